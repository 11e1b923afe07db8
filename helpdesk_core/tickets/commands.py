"""What can be asked of a ticket."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from helpdesk_core.contract.files import StoredFile

MAX_SUBJECT = 250
MAX_TEXT = 100_000
MAX_TAGS = 20
MAX_FILES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """When something happened and who did it, where that is not now and not the actor (imports, demo data)."""

    at: datetime
    employee_id: int | None = None
    contact_id: int | None = None
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateTicket:
    """A new ticket; ``form_token`` makes pressing Create twice one ticket (OK-008).

    ``field_values`` are custom fields by key, ``extra`` the fields of plugins as ``ext.<key>``. Of a ``quiet`` one the
    customer is not told (T-26).
    """

    subject: str
    description: str = ""
    type_id: int | None = None
    priority_id: int | None = None
    company_id: int | None = None
    contact_id: int | None = None
    assignee_id: int | None = None
    group_id: int | None = None
    due_at: datetime | None = None
    tags: tuple[str, ...] = ()
    observer_employee_ids: tuple[int, ...] = ()
    observer_group_ids: tuple[int, ...] = ()
    field_values: Mapping[str, object] = field(default_factory=dict)
    extra: Mapping[str, object] = field(default_factory=dict)
    files: tuple[StoredFile, ...] = ()
    registration_method: str = "ui"
    status_key: str | None = None
    form_token: str | None = None
    stamp: Stamp | None = None
    quiet: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeTicket:
    """New values of some fields, by name; ``version`` is the ticket's version that the author looked at.

    Names: subject, description, type_id, priority_id, company_id, contact_id, assignee_id, group_id, due_at, tags,
    observers (``("employee"|"group", id)`` pairs) and ``field.<key>`` for custom fields, ``ext.<key>`` for
    fields of plugins.
    """

    values: Mapping[str, object]
    version: int | None = None
    batch: str | None = None
    stamp: Stamp | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TransitionTicket:
    """Move a ticket to the status ``to``; ``until_at`` where that status asks until when.

    ``cause`` is told in the history where nobody chose the step: returned, auto_closed, reopened, customer_replied; or
    where a customer had the last word: confirmed, resumed.
    """

    to: str
    until_at: datetime | None = None
    cause: str | None = None
    batch: str | None = None
    stamp: Stamp | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AddComment:
    """A public or internal comment; ``finish`` also moves the ticket to its finish target (PY-26).

    Of a ``quiet`` one, a robot's, nobody is told (T-27).
    """

    body: str
    internal: bool
    files: tuple[StoredFile, ...] = ()
    finish: bool = False
    registration_method: str = "ui"
    stamp: Stamp | None = None
    quiet: bool = False
