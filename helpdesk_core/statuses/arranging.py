"""How the statuses stand to each other and to the desk: order, default, denied steps, the statuses of a type."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Final, Literal

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from helpdesk_core.access.models import Role
from helpdesk_core.access.policy import require
from helpdesk_core.contract.actor import Actor
from helpdesk_core.contract.errors import Invalid, NotFound, Rejected
from helpdesk_core.contract.messages import message
from helpdesk_core.contract.specs import StatusCategory
from helpdesk_core.db.reference import touch_reference
from helpdesk_core.db.turns import take_turns
from helpdesk_core.events.journal import record
from helpdesk_core.statuses.catalog import FINISHED
from helpdesk_core.statuses.models import DeniedStep, Status, StatusTransition
from helpdesk_core.tickets.models import TicketType, TypeStatus

_MANAGE: Final = "core:settings:manage"


def set_default(session: Session, status: Status, *, actor: Actor) -> None:
    """Let new tickets begin in *status* (UR-05); raises ``Rejected`` where none could."""
    require(actor, _MANAGE)
    take_turns(session, "status")
    if StatusCategory(status.category) in FINISHED or status.requires_until:
        raise Rejected(message("The default status must be one in which work begins."))
    narrow = _types_without(session, status.key)
    if narrow:
        raise Rejected(message("These types do not have this status: %(types)s.", types=", ".join(narrow)))
    now = session.scalars(select(Status).where(Status.is_default.is_(True))).all()
    if status in now:
        return
    before = [one.key for one in now]
    for one in now:
        one.is_default = False
    status.is_default = True
    session.flush()
    _note(session, "status.default_changed", status, actor, before={"default": before}, after={"default": status.key})


def _types_without(session: Session, key: str) -> list[str]:
    subsets = select(TypeStatus.type_id)
    having = select(TypeStatus.type_id).where(TypeStatus.status_key == key)
    query = select(TicketType.name).where(TicketType.id.in_(subsets), TicketType.id.not_in(having))
    return list(session.scalars(query.order_by(TicketType.position, TicketType.id)))


def move_status(session: Session, status: Status, direction: Literal["up", "down"], *, actor: Actor) -> bool:
    """Let *status* change places with its neighbour; whether there was one."""
    require(actor, _MANAGE)
    take_turns(session, "status")
    rows = list(session.scalars(select(Status).order_by(Status.position, Status.id)))
    place = rows.index(status)
    other = place - 1 if direction == "up" else place + 1
    if not 0 <= other < len(rows):
        return False
    rows[place], rows[other] = rows[other], rows[place]
    for number, row in enumerate(rows, start=1):
        row.position = 10 * number
    session.flush()
    _note(session, "status.moved", status, actor, after={"place": other + 1})
    return True


def write_denied(
    session: Session, role_key: str, allowed: Iterable[tuple[str, str]], *, actor: Actor, among: Collection[str]
) -> int:
    """Let people of a role take, of the matrix' steps *among* these statuses, the *allowed* ones only (OK-216).

    Returns how many steps changed. Raises ``NotFound`` for a role that is none, ``Rejected`` for the administrator's.
    """
    require(actor, _MANAGE)
    role = session.scalar(select(Role).where(Role.key == role_key))
    if role is None:
        raise NotFound("role")
    if role.grants_all:
        raise Rejected(message("An administrator may take every step."))
    seen, wanted = set(among), set(allowed)
    matrix = session.execute(select(StatusTransition.source, StatusTransition.target)).all()
    steps = {(source, target) for source, target in matrix if source in seen and target in seen}
    rows = {
        (row.source, row.target): row
        for row in session.scalars(select(DeniedStep).where(DeniedStep.role_id == role.id))
        if row.source in seen and row.target in seen
    }
    denied, freed = steps - wanted - rows.keys(), {step for step in rows if step in wanted or step not in steps}
    for step in freed:
        session.delete(rows[step])
    session.add_all(DeniedStep(role_id=role.id, source=source, target=target) for source, target in sorted(denied))
    session.flush()
    if denied or freed:
        record(
            session,
            "status.denied_steps_changed",
            actor=actor,
            subject_kind="role",
            subject_id=role.id,
            before={"denied": [list(step) for step in sorted(freed)]},
            after={"role": role.key, "denied": [list(step) for step in sorted(denied)]},
        )
    return len(denied) + len(freed)


def write_type_statuses(session: Session, wanted: Mapping[int, Collection[str]], *, actor: Actor) -> int:
    """Let tickets of each type have these statuses only, or all of them where none is named (PY-34).

    Returns how many types changed. Raises ``Invalid`` where the default status is left out: every new ticket has it.
    """
    require(actor, _MANAGE)
    take_turns(session, "status")
    default = session.scalars(select(Status.key).where(Status.is_default.is_(True))).one()
    known = set(session.scalars(select(Status.key)))
    types = {row.id: row for row in session.scalars(select(TicketType).where(TicketType.id.in_(wanted)))}
    changed = 0
    for type_id, keys in sorted(wanted.items()):
        if type_id not in types:
            raise NotFound("type")
        changed += _write_type(session, types[type_id], set(keys), known, default, actor)
    return changed


def _write_type(
    session: Session, kind: TicketType, keys: set[str], known: set[str], default: str, actor: Actor
) -> bool:  # fmt: skip
    if not keys <= known:
        raise Invalid({"": [message("There is no such status.")]})
    if keys == known:
        keys = set()  # all of them, also those that are added later
    if keys and default not in keys:
        raise Invalid({"": [message("%(type)s: the default status must be among them.", type=kind.name)]})
    before = set(session.scalars(select(TypeStatus.status_key).where(TypeStatus.type_id == kind.id)))
    if keys == before:
        return False
    session.execute(delete(TypeStatus).where(TypeStatus.type_id == kind.id, TypeStatus.status_key.not_in(keys)))
    session.add_all(TypeStatus(type_id=kind.id, status_key=key) for key in sorted(keys - before))
    touch_reference(session)
    session.flush()
    record(
        session,
        "status.type_changed",
        actor=actor,
        subject_kind="types",
        subject_id=kind.id,
        before={"statuses": sorted(before)},
        after={"statuses": sorted(keys)},
    )
    return True


def _note(session: Session, name: str, status: Status, actor: Actor, **facts: Mapping[str, object]) -> None:
    record(session, name, actor=actor, subject_kind="status", subject_id=status.id, **facts)  # type: ignore[arg-type]
