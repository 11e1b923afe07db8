"""Statuses that administrators add, their colours, and the matrix of allowed steps."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from helpdesk_core.access.policy import require
from helpdesk_core.contract.actor import Actor
from helpdesk_core.contract.errors import Invalid, NotFound, Rejected
from helpdesk_core.contract.messages import message, message_n
from helpdesk_core.contract.specs import StatusCategory
from helpdesk_core.db.turns import take_turns
from helpdesk_core.events.journal import record
from helpdesk_core.statuses.catalog import FINISHED
from helpdesk_core.statuses.colours import LEAST_CONTRAST, contrast, readable
from helpdesk_core.statuses.models import Status, StatusTransition
from helpdesk_core.tickets.models import Ticket
from helpdesk_core.users.rules import Problems

CATEGORIES: Final = tuple(category.value for category in StatusCategory)
MOST_STATUSES: Final = 60
_MANAGE: Final = "core:settings:manage"
_FINISHED: Final = frozenset(category.value for category in FINISHED)
#: What the journal tells of a change.
_TOLD: Final = (
    "label", "category", "background", "foreground", "final", "pauses_sla", "counts_to_load", "requires_until",
    "finish_target",
)  # fmt: skip
_KEY: Final = re.compile(r"site\.[a-z0-9][a-z0-9_]{0,59}")


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusValues:
    """A status as its form holds it; of a system status only the colours and two flags count (UR-09, decision 8).

    ``final`` says that the status is never left, which only a closed one can be: without a word every closed status is.
    ``key`` is for who must know it beforehand (imports); without it a new status is named after its label.
    """

    label: str
    category: str
    background: str = "#e9ecef"
    foreground: str = "#212529"
    pauses_sla: bool = False
    counts_to_load: bool = True
    requires_until: bool = False
    final: bool | None = None
    finish_target: str | None = None
    sources: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    key: str | None = None


def create_status(session: Session, command: StatusValues, *, actor: Actor) -> Status:
    """Add a status that every process offers from its next request on (OK-045, UR-02); raises ``Invalid``."""
    require(actor, _MANAGE)
    take_turns(session, "status")
    known = set(session.scalars(select(Status.key)))
    if len(known) >= MOST_STATUSES:
        raise Rejected(message("There are %(count)d already.", count=MOST_STATUSES))
    _check(session, command, known, None)
    status = Status(
        key=command.key or _new_key(command.label, known),
        is_system=False,
        is_default=False,
        position=(session.scalar(select(func.max(Status.position))) or 0) + 10,
    )
    _write(status, command)
    session.add(status)
    session.flush()
    steps = {(source, status.key) for source in command.sources} | {(status.key, to) for to in command.targets}
    session.add_all(StatusTransition(source=source, target=target) for source, target in sorted(steps))
    session.flush()
    _note(session, "status.created", status, actor, after={"label": status.label, "category": status.category})
    return status


def update_status(session: Session, status: Status, command: StatusValues, *, actor: Actor) -> Status:
    """Change a status; raises ``Rejected`` where a system status would be renamed or mean something else (UR-03)."""
    require(actor, _MANAGE)
    before = {name: getattr(status, name) for name in _TOLD}
    if status.is_system:
        _change_system(status, command)
    else:
        _check(session, command, set(session.scalars(select(Status.key))), status)
        _check_tickets(session, status, command)
        _write(status, command)
    session.flush()
    after = {name: getattr(status, name) for name in _TOLD if getattr(status, name) != before[name]}
    if after:
        _note(session, "status.changed", status, actor, before={name: before[name] for name in after}, after=after)
    return status


def _change_system(status: Status, command: StatusValues) -> None:
    """Colours and the two flags that others act on; what the status is called and means is protected (decision 8)."""
    final = status.final if command.final is None else command.final
    if (command.label.strip(), command.category, final) != (status.label, status.category, status.final):
        raise Rejected(message("A system status keeps its name, its state and whether it is final."))
    problems = Problems()
    _check_colours(problems, command)
    problems.raise_if_any()
    status.background, status.foreground = command.background.lower(), command.foreground.lower()
    status.pauses_sla, status.counts_to_load = command.pauses_sla, command.counts_to_load


def _check_tickets(session: Session, status: Status, command: StatusValues) -> None:
    """What tickets in the status rely on does not change under them."""
    if (command.category in _FINISHED) != (status.category in _FINISHED):
        # When they were solved was noted, or not, as they came here.
        _refuse_used(session, Ticket.status_key == status.key)
    if status.requires_until and not command.requires_until:
        _refuse_used(session, (Ticket.status_key == status.key) & Ticket.until_at.is_not(None))


def _refuse_used(session: Session, condition: ColumnElement[bool]) -> None:
    used = session.scalar(select(func.count()).select_from(Ticket).where(condition)) or 0
    if used:
        raise Rejected(
            message_n(
                "%(num)d ticket has this status: move it to another one first.",
                "%(num)d tickets have this status: move them to another one first.",
                used,
            )
        )


def delete_status(session: Session, status: Status, *, actor: Actor) -> None:
    """Delete a status that no ticket has; raises ``Rejected`` for a system status (UR-03) and for one in use."""
    require(actor, _MANAGE)
    if status.is_system:
        raise Rejected(message("A system status cannot be deleted."))
    if status.is_default:
        raise Rejected(message("The default status cannot be deleted: make another one the default first."))
    _refuse_used(session, Ticket.status_key == status.key)
    _note(session, "status.deleted", status, actor, before={"label": status.label, "category": status.category})
    for other in session.scalars(select(Status).where(Status.finish_target == status.key)):
        other.finish_target = None
    session.delete(status)
    session.flush()


def write_matrix(
    session: Session, steps: Iterable[tuple[str, str]], *, actor: Actor, among: Collection[str] | None = None
) -> int:
    """Allow exactly these steps (source, target); returns how many changed. Unknown keys raise ``Invalid``.

    A step that stays keeps the permission that narrows it. Steps from or to a status that is not *among* those which
    the author saw stay as they are: a plugin may have brought it meanwhile.
    """
    require(actor, _MANAGE)
    wanted = {(source, target) for source, target in steps if source != target}
    known = set(session.scalars(select(Status.key)))
    if any(source not in known or target not in known for source, target in wanted):
        raise Invalid({"": [message("There is no such status.")]})
    rows = {(row.source, row.target): row for row in session.scalars(select(StatusTransition))}
    seen = known if among is None else known & set(among)
    wanted |= {step for step in rows if not seen.issuperset(step)}
    added, removed = wanted - rows.keys(), rows.keys() - wanted
    for step in removed:
        session.delete(rows[step])
    session.add_all(StatusTransition(source=source, target=target) for source, target in sorted(added))
    session.flush()
    if added or removed:
        record(
            session,
            "status.matrix_changed",
            actor=actor,
            subject_kind="status",
            subject_id=None,
            before={"removed": [list(step) for step in sorted(removed)]},
            after={"added": [list(step) for step in sorted(added)]},
        )
    return len(added) + len(removed)


def get_status(session: Session, status_id: int) -> Status:
    """The status; raises ``NotFound``."""
    status = session.get(Status, status_id)
    if status is None:
        raise NotFound("status")
    return status


def _check(session: Session, command: StatusValues, known: set[str], status: Status | None) -> None:
    problems = Problems()
    problems.text("label", command.label, 80, required=True)
    if command.key is not None and status is None and (not _KEY.fullmatch(command.key) or command.key in known):
        problems.add("key", message("Must be new, and of the form site.<name>."))
    if command.category not in CATEGORIES:
        problems.add("category", message("Choose one of the states."))
    _check_colours(problems, command)
    # Compared here: lower() of SQLite knows ASCII only.
    labels = session.execute(select(Status.id, Status.label))
    same = next((row.id for row in labels if row.label.casefold() == command.label.strip().casefold()), None)
    if same is not None and (status is None or same != status.id):
        problems.add("label", message("There is a status of this name."))
    for name, keys in (("sources", command.sources), ("targets", command.targets)):
        if not set(keys) <= known:
            problems.add(name, message("There is no such status."))
    _check_meaning(session, problems, command, known, status)
    problems.raise_if_any()


def _check_meaning(
    session: Session, problems: Problems, command: StatusValues, known: set[str], status: Status | None
) -> None:
    finished = command.category in _FINISHED
    if command.final and command.category != StatusCategory.CLOSED:
        problems.add("final", message("Only a closed status can be final."))
    if command.requires_until and finished:
        problems.add("requires_until", message("A finished status is not left by itself."))
    if status is not None and status.is_default and (finished or command.requires_until):
        problems.add("category", message("The default status must be one in which work begins."))
    if command.finish_target is None:
        return
    target = session.scalar(select(Status).where(Status.key == command.finish_target))
    if command.finish_target not in known or target is None:
        problems.add("finish_target", message("There is no such status."))
    elif target.requires_until:
        problems.add("finish_target", message("This status asks until when: nothing is finished there."))


def _check_colours(problems: Problems, command: StatusValues) -> None:
    problems.colour("background", command.background)
    problems.colour("foreground", command.foreground)
    if problems.errors.keys() & {"background", "foreground"}:
        return
    ratio = contrast(command.background, command.foreground)
    if ratio < LEAST_CONTRAST:
        told = message(
            "Cannot be read on its background: the contrast is %(ratio)s, at least %(least)s is needed. "
            "%(colour)s can be read.",
            ratio=f"{ratio:.1f}",
            least=LEAST_CONTRAST,
            colour=readable(command.background, command.foreground),
        )
        problems.add("foreground", told)


def _write(status: Status, command: StatusValues) -> None:
    status.label, status.category = command.label.strip(), command.category
    status.background, status.foreground = command.background.lower(), command.foreground.lower()
    status.pauses_sla, status.counts_to_load = command.pauses_sla, command.counts_to_load
    status.requires_until, status.finish_target = command.requires_until, command.finish_target
    closed = command.category == StatusCategory.CLOSED
    status.final = closed if command.final is None else command.final


def _new_key(label: str, known: set[str]) -> str:
    word = re.sub(r"[^a-z0-9]+", "_", label.strip().lower()).strip("_")[:50] or "status"
    key, number = f"site.{word}", 2
    while key in known:
        key, number = f"site.{word}_{number}", number + 1
    return key


def _note(
    session: Session,
    name: str,
    status: Status,
    actor: Actor,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    record(session, name, actor=actor, subject_kind="status", subject_id=status.id, before=before, after=after)
