"""Frozen values that plugins return from hooks, and the values that hooks are called with.

A spec says what exists; it holds no state. Names are namespaced by their owner: ``<owner>.<x>`` for keys,
``<owner>:<resource>:<action>`` for permissions, where the owner is the plugin's name (or ``core``).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from helpdesk_core.contract.actor import Actor

if TYPE_CHECKING:
    import click
    from flask import Blueprint
    from sqlalchemy import ColumnElement, Select
    from wtforms import Field

# --- access ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """A right that roles can grant: ``name`` is ``scope:resource:action``.

    ``has_row`` says that it is asked about one row at a time (a ticket), so SQL rules it and ``helpdesk_decide`` is
    never asked. ``roles`` are the role keys that get it when it first appears.
    """

    name: str
    label: str
    description: str = ""
    has_row: bool = False
    roles: tuple[str, ...] = ()

    @property
    def scope(self) -> str:
        """Who owns the right: ``core`` or a plugin's name."""
        return self.name.split(":", 1)[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleSpec:
    """A role that comes ready-made, with the permissions it is born with."""

    key: str
    label: str
    description: str = ""
    grants: tuple[str, ...] = ()
    for_contacts: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeRule:
    """Which tickets a plugin allows or denies: ``condition`` is a SQLAlchemy expression over ``Ticket``; deny wins."""

    effect: Literal["allow", "deny"]
    condition: "ColumnElement[bool]"

    def __post_init__(self) -> None:
        # A misspelt effect must not pass as "says nothing".
        if self.effect not in ("allow", "deny"):
            raise ValueError(f"effect must be 'allow' or 'deny', not {self.effect!r}")


# --- statuses -------------------------------------------------------------------------------------------------------


class StatusCategory(StrEnum):
    """What a status means to the logic; labels mean nothing to it."""

    NEW = "new"
    OPEN = "open"
    WAITING = "waiting"
    PAUSED = "paused"
    SOLVED = "solved"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusSpec:
    """A status: ``key`` never changes, ``category`` and the flags decide, the label is only shown.

    ``finish_target`` is the key that "Send and finish" goes to from here. Colours are ``#rrggbb``; administrators may
    change them. Statuses stand in the desk's order, those of plugins behind the others by ``order``.
    """

    key: str
    label: str
    category: StatusCategory
    pauses_sla: bool = False
    counts_to_load: bool = True
    requires_until: bool = False
    finish_target: str | None = None
    background: str = "#e9ecef"
    foreground: str = "#212529"
    order: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class TransitionSpec:
    """An allowed step between two statuses, by key; ``permission`` narrows who may take it."""

    source: str
    target: str
    permission: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """A step about to be taken, or just taken, by status key."""

    source: str
    target: str


class FinishedReply(StrEnum):
    """What a customer's reply does to a finished ticket."""

    REOPEN = "reopen"  # back to work
    KEEP = "keep"  # add the comment, change nothing
    NEW_TICKET = "new_ticket"  # the reply starts a ticket linked to the old one


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerReply:
    """What a customer's reply does to a ticket that is not finished: it goes to ``status``, or stays (``None``)."""

    status: str | None


# --- tickets --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """One field of a ticket before and after."""

    name: str
    before: object
    after: object


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketChange:
    """What a command changes in a ticket; only fields that really differ are in it."""

    fields: tuple[FieldChange, ...]

    def get(self, name: str) -> FieldChange | None:
        """Return the change of the field *name*, or ``None`` when it stays."""
        return next((change for change in self.fields if change.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketDraft:
    """A ticket about to be created (or being typed), as plugins see it; read-only.

    ``extra`` holds the values of plugins' ticket fields by key, and of custom fields as ``field.<key>``.
    """

    subject: str
    description: str = ""
    type_id: int | None = None
    priority_id: int | None = None
    company_id: int | None = None
    contact_id: int | None = None
    assignee_id: int | None = None
    group_id: int | None = None
    tags: tuple[str, ...] = ()
    registration_method: str = "ui"
    extra: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentDraft:
    """A comment about to be added: its Markdown text and whether only employees will see it."""

    text: str
    internal: bool
    attachment_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketField:
    """A plugin's field on tickets; its data lives in the plugin's side table.

    It stands on the form of a new ticket, in the card's panel, in the list as a column that people may choose, in
    the CSV export and, where ``searchable`` is given, in the filter. Customers do not see it.

    ``control`` makes the form field, whose validators check what was typed. ``load_many(session, ticket_ids)`` reads
    the values of a page of tickets at once, by ticket id; tickets without one are left out. ``save(session, ticket,
    value, actor)`` writes one inside the ticket's transaction (an empty one is ``None``, ``""`` or ``()``) and may
    raise ``Invalid``. ``show`` says a value in words; without it the control's own choices and types do. ``read`` and
    ``write`` are rights without a row. ``searchable`` makes a condition over ``Ticket`` of the text of a filter.
    """

    key: str
    label: str
    control: "Callable[[], Field]"
    load_many: Callable[[Any, Sequence[int]], Mapping[int, object]]
    save: Callable[[Any, Any, Any, Actor], None]
    show: Callable[[Any], str] | None = None
    read: str | None = None
    write: str | None = None
    searchable: "Callable[[str], ColumnElement[bool]] | None" = None
    order: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignee:
    """A suggestion who should take a ticket: an employee, a group, or an employee in a group."""

    employee_id: int | None = None
    group_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Observer:
    """Somebody who should follow a ticket."""

    kind: Literal["employee", "group"]
    id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RelatedItem:
    """A thing worth seeing beside a ticket: another ticket, an article; the highest ``score`` comes first."""

    kind: str
    label: str
    url: str
    score: float = 0.0
    ticket_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketWarning:
    """Something to tell the author of a ticket before it is sent; it does not stop him. ``url`` leads to more."""

    text: str
    level: Literal["info", "warning"] = "warning"
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketAction:
    """An entry of the ticket's action menu; ``method`` "post" makes it a button with the CSRF token."""

    key: str
    label: str
    endpoint: str
    values: Mapping[str, str | int] = field(default_factory=dict)
    method: Literal["get", "post"] = "post"
    permission: str | None = None
    icon: str | None = None
    order: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketFilter:
    """A filter of the ticket list: ``condition`` makes a condition over ``Ticket`` of the text the user gave.

    ``control`` makes the form field; the text is at most 200 characters long.
    """

    key: str
    label: str
    control: "Callable[[], Field]"
    condition: "Callable[[str], ColumnElement[bool]]"
    permission: str | None = None
    order: int = 100


# --- events ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class EventSpec:
    """A kind of journal row: ``name`` is what is recorded, ``text`` says when, for whoever acts on it.

    ``subject`` is what the row's ``subject_id`` counts; ``fields`` are the keys that ``before`` and ``after`` may hold
    (none named: the changed fields of the subject). With ``customer`` the row may be told to customers, each row
    decides by its audience; without it, never.
    """

    name: str
    text: str
    subject: str
    fields: tuple[str, ...] = ()
    customer: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEvent:
    """One thing that happened, as a subscriber gets it; ``id`` is the same at every attempt.

    ``audience`` says who may be told: what is ``internal`` never reaches a customer.
    """

    id: int
    name: str
    ticket_id: int | None
    subject_kind: str
    subject_id: int | None
    actor: Actor
    audience: Literal["internal", "customer"]
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    occurred_at: datetime


#: How long to wait before each further attempt; after the last one the job is dead and waits for an administrator.
DELAYS: Final = tuple(timedelta(seconds=seconds) for seconds in (5, 30, 120, 600, 3600, 6 * 3600, 24 * 3600))


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriberSpec:
    """Somebody who wants to know of events: ``handle(event)`` is called after the change was committed.

    It runs as a job, outside any transaction, at least once for each event whatever crashes, and in no certain order:
    remember ``event.id`` with what you do, and read the current state through the services. An error is tried again
    after ``delays``; ``Rejected`` is not. With ``imported`` it also hears of what was imported.
    """

    name: str
    events: tuple[str, ...]
    handle: Callable[[JournalEvent], None]
    queue: str = "default"
    delays: tuple[timedelta, ...] = DELAYS
    imported: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenerSpec:
    """Somebody who wants to know of events at once: ``hear(events)`` is called right after the commit, best effort.

    It is called in the process and thread that committed, with everything that one transaction recorded and the
    listener asked for; what was imported is left out. Be quick, touch no database, and put the work elsewhere: the
    caller waits. Nothing is tried again: what must not be lost is a ``SubscriberSpec``.
    """

    name: str
    events: tuple[str, ...]
    hear: Callable[[Sequence[JournalEvent]], None]


# --- jobs -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRun:
    """One attempt at a job. ``key`` is the same at every attempt: give it to whatever must not happen twice."""

    id: int
    payload: Mapping[str, Any]
    attempt: int
    created_at: datetime

    @property
    def key(self) -> str:
        """A name for the effects of this job outside the database (a Message-ID, an idempotency key)."""
        # A database may give the number of a job that was done to another one: the moment tells them apart.
        return f"helpdesk-job-{self.id}-{round(self.created_at.timestamp() * 1000)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSpec:
    """Work outside a request: ``run(job)`` is called outside any transaction, at least once, on any process.

    It opens its own unit of work. An error is tried again after ``delays``, one attempt more than there are delays;
    ``Rejected`` is not tried again. A job with ``every`` runs once in each such period, however many processes there
    are. ``queue`` lets a site give it workers of its own.
    """

    name: str
    run: Callable[[JobRun], None]
    queue: str = "default"
    delays: tuple[timedelta, ...] = DELAYS
    every: timedelta | None = None


# --- pages ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class BlueprintSpec:
    """A plugin's pages: the blueprint carries the plugin's name, and ``/<plugin>`` unless ``url_prefix`` says more."""

    blueprint: "Blueprint"
    url_prefix: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NavItem:
    """A menu entry; it is shown to those who hold ``permission``."""

    key: str
    label: str
    endpoint: str
    place: Literal["main", "settings", "account", "portal"] = "main"
    permission: str | None = None
    icon: str | None = None
    order: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotFill:
    """What a plugin puts into a named place of a page.

    The core checks ``permission``, calls ``load(**context)`` (``None`` shows nothing), renders the plugin's own
    ``template`` with the mapping it returned, and skips the fill when any of it fails.
    """

    slot: str
    template: str
    permission: str | None = None
    load: Callable[..., Mapping[str, object] | None] | None = None
    order: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """A stylesheet or script that every page loads: a ``.css`` or ``.js`` file of the plugin's ``static`` folder.

    The plugin's blueprint of its own name serves the folder. A script is deferred and finds the page complete.
    """

    filename: str


# --- search ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Searchable:
    """A kind of things that the search finds: ``kind`` is ``<plugin>.<x>``, ``label`` says what they are (plural).

    ``visible`` gives the ids of the items an actor may see, as a subquery that the search is narrowed by; ``url`` is
    the address of one. The texts are kept by ``index_item`` and ``forget_items``.
    """

    kind: str
    label: str
    visible: "Callable[[Actor], Select[Any]]"
    url: Callable[[int], str]
    permission: str | None = None


# --- words, commands, health ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A word that a site may rename: ``key`` is the message id within ``context``, ``text`` the English default."""

    context: str
    key: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CliGroup:
    """A plugin's commands: they appear as ``helpdesk <plugin> ...``; the group carries the plugin's name."""

    group: "click.Group"


class Health(StrEnum):
    """How a checked part feels."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthFinding:
    """One line of ``helpdesk check``: what was checked, how it is, and what to do about it."""

    key: str
    status: Health
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """An independent chain of migrations with a version table of its own.

    ``requires`` are lineages that must be at head first; ``requires_core_revision`` is a core revision that must have
    been applied.
    """

    name: str
    directory: Path
    requires: tuple[str, ...] = ()
    requires_core_revision: str | None = None

    @property
    def version_table(self) -> str:
        """The table that stores where this lineage stands."""
        return f"helpdesk_version_{self.name}"
