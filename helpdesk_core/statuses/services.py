"""Statuses that administrators add, their colours, and the matrix of allowed steps."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from helpdesk_core.access.policy import require
from helpdesk_core.contract.actor import Actor
from helpdesk_core.contract.errors import Invalid, NotFound, Rejected
from helpdesk_core.contract.messages import message, message_n
from helpdesk_core.contract.specs import StatusCategory
from helpdesk_core.db.turns import take_turns
from helpdesk_core.events.journal import record
from helpdesk_core.statuses.models import Status, StatusTransition
from helpdesk_core.tickets.models import Ticket
from helpdesk_core.users.rules import Problems

CATEGORIES: Final = tuple(category.value for category in StatusCategory)
MOST_STATUSES: Final = 60
_MANAGE: Final = "core:settings:manage"
_KEY: Final = re.compile(r"site\.[a-z0-9][a-z0-9_]{0,59}")


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusValues:
    """A status as its form holds it; of a system status only the colours count (UR-09).

    ``key`` is for who must know it beforehand (imports); without it a new status is named after its label.
    """

    label: str
    category: str
    background: str = "#e9ecef"
    foreground: str = "#212529"
    pauses_sla: bool = False
    counts_to_load: bool = True
    requires_until: bool = False
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
    """Change a status; raises ``Rejected`` when more than the colours of a system status would change (UR-03)."""
    require(actor, _MANAGE)
    if status.is_system:
        if (command.label.strip(), command.category) != (status.label, status.category):
            raise Rejected(message("Of a system status only the colours can be changed."))
        problems = Problems()
        problems.colour("background", command.background)
        problems.colour("foreground", command.foreground)
        problems.raise_if_any()
        before = {"background": status.background, "foreground": status.foreground}
        status.background, status.foreground = command.background, command.foreground
    else:
        _check(session, command, set(session.scalars(select(Status.key))), status)
        before = {"label": status.label, "category": status.category, "background": status.background}
        _write(status, command)
    session.flush()
    after = {name: getattr(status, name) for name in before}
    _note(session, "status.changed", status, actor, before=before, after=after)
    return status


def delete_status(session: Session, status: Status, *, actor: Actor) -> None:
    """Delete a status that no ticket has; raises ``Rejected`` for a system status (UR-03) and for one in use."""
    require(actor, _MANAGE)
    if status.is_system or status.is_default:
        raise Rejected(message("A system status cannot be deleted."))
    used = session.scalar(select(func.count()).select_from(Ticket).where(Ticket.status_key == status.key)) or 0
    if used:
        raise Rejected(
            message_n(
                "%(num)d ticket has this status: move it to another one first.",
                "%(num)d tickets have this status: move them to another one first.",
                used,
            )
        )
    _note(session, "status.deleted", status, actor, before={"label": status.label, "category": status.category})
    for other in session.scalars(select(Status).where(Status.finish_target == status.key)):
        other.finish_target = None
    session.delete(status)
    session.flush()


def write_matrix(session: Session, steps: Iterable[tuple[str, str]], *, actor: Actor) -> int:
    """Allow exactly these steps (source, target); returns how many changed. Unknown keys raise ``Invalid``.

    A step that stays keeps the permission that narrows it.
    """
    require(actor, _MANAGE)
    wanted = {(source, target) for source, target in steps if source != target}
    known = set(session.scalars(select(Status.key)))
    if any(source not in known or target not in known for source, target in wanted):
        raise Invalid({"": [message("There is no such status.")]})
    rows = {(row.source, row.target): row for row in session.scalars(select(StatusTransition))}
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
    problems.colour("background", command.background)
    problems.colour("foreground", command.foreground)
    # Compared here: lower() of SQLite knows ASCII only.
    labels = session.execute(select(Status.id, Status.label))
    same = next((row.id for row in labels if row.label.casefold() == command.label.strip().casefold()), None)
    if same is not None and (status is None or same != status.id):
        problems.add("label", message("There is a status of this name."))
    for name, keys in (("sources", command.sources), ("targets", command.targets)):
        if not set(keys) <= known:
            problems.add(name, message("There is no such status."))
    if command.finish_target is not None and command.finish_target not in known:
        problems.add("finish_target", message("There is no such status."))
    problems.raise_if_any()


def _write(status: Status, command: StatusValues) -> None:
    status.label, status.category = command.label.strip(), command.category
    status.background, status.foreground = command.background, command.foreground
    status.pauses_sla, status.counts_to_load = command.pauses_sla, command.counts_to_load
    status.requires_until, status.finish_target = command.requires_until, command.finish_target
    status.final = command.category == "closed"


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
    before: dict[str, str] | None = None,
    after: dict[str, str] | None = None,
) -> None:
    record(session, name, actor=actor, subject_kind="status", subject_id=status.id, before=before, after=after)
