"""The commands of a ticket: allow, ask the plugins, change, record. The caller's unit of work commits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from helpdesk_core.access.policy import READ_TICKET, require, visible
from helpdesk_core.contract.actor import Actor, ActorKind
from helpdesk_core.contract.errors import Invalid, NotFound, TooLarge
from helpdesk_core.contract.messages import message
from helpdesk_core.contract.specs import FieldChange, StatusCategory, TicketChange, TicketDraft, Transition
from helpdesk_core.customers.models import Contact
from helpdesk_core.db.turns import take_turns
from helpdesk_core.db.types import utcnow
from helpdesk_core.events.journal import record
from helpdesk_core.fields.services import check_values, load_values, save_values
from helpdesk_core.inbound.forgetting import forget_originals
from helpdesk_core.plugins.calls import hooks
from helpdesk_core.search.services import index_ticket
from helpdesk_core.statuses.catalog import StatusInfo, status_catalog
from helpdesk_core.storage.local import storage
from helpdesk_core.tickets import extra_fields, relations
from helpdesk_core.tickets.commands import MAX_FILES, ChangeTicket, CreateTicket, Stamp, TransitionTicket
from helpdesk_core.tickets.conflicts import journal_value, refuse_stale
from helpdesk_core.tickets.models import Attachment, Ticket
from helpdesk_core.tickets.steps import TRANSITION, check_until, require_step
from helpdesk_core.tickets.suggestions import follow_suggestions
from helpdesk_core.tickets.validation import check_fields

_ASSIGNING = frozenset({"assignee_id", "group_id"})
_CUSTOMER = frozenset({"company_id", "contact_id"})
_FIELD = "field."


def get_ticket(
    session: Session, ticket_id: int, *, actor: Actor, permission: str = READ_TICKET, lock: bool = False
) -> Ticket:
    """The ticket, for *actor* to use so; raises ``NotFound`` where he may not see it, ``Forbidden`` where only that.

    With *lock* no other transaction changes it until this one ends.
    """
    query = visible(select(Ticket).where(Ticket.id == ticket_id), actor)
    if lock:
        query = query.with_for_update(of=Ticket)
    ticket: Ticket | None = session.scalar(query)
    if ticket is None:
        raise NotFound("ticket")
    if permission != READ_TICKET:
        require(actor, permission, ticket)
    return ticket


def create_ticket(session: Session, command: CreateTicket, *, actor: Actor) -> Ticket:
    """Register a ticket and return it; the same ``form_token`` again returns the ticket it made (OK-008).

    Raises ``Forbidden``, ``Invalid`` with every field at fault, or what a plugin refuses it with.
    """
    require(actor, "core:ticket:create")
    if command.form_token is not None:
        take_turns(session, "ticket.form_token", command.form_token)
        twin = session.scalar(select(Ticket).where(Ticket.form_token == command.form_token))
        if twin is not None:
            require(actor, READ_TICKET, twin)
            for file in command.files:  # sent and stored once more; the ticket has its own
                storage().delete(file.stored_name)
            return twin
    if len(command.files) > MAX_FILES:
        raise TooLarge("files", limit=MAX_FILES)
    values, field_values = _checked_new(session, command, actor)
    extra = extra_fields.check_writable(command.extra, actor)
    draft = _draft(command, values, field_values, extra)
    hooks().helpdesk_validate_ticket(session=session, draft=draft, actor=actor)
    hooks().helpdesk_before_ticket_create(session=session, draft=draft, actor=actor)
    ticket = _insert(session, command, values, actor)
    relations.add_tags(session, ticket.id, _tuple(values["tags"]))
    relations.add_observers(session, ticket.id, _tuple(values["observers"]))
    save_values(session, ticket.id, field_values)
    given = {name: value for name, value in extra.items() if not extra_fields.is_empty(value)}
    extra_fields.save_extra(session, ticket, given, actor)
    relations.attach(session, command.files, ticket_id=ticket.id, comment_id=None, internal=False, at=ticket.created_at)
    follow_suggestions(session, ticket, actor)
    session.flush()  # plugins below see the rows as written
    hooks().helpdesk_ticket_created(session=session, ticket=ticket, actor=actor)
    session.flush()
    index_ticket(session, ticket.id, ticket.subject, ticket.description, new=True)
    _note(
        session,
        "ticket.created",
        ticket,
        acting(actor, command.stamp),
        audience="internal" if command.quiet else "customer",
        after={"subject": ticket.subject, "status": ticket.status_key, "method": ticket.registration_method},
        at=ticket.created_at,
    )
    return ticket


def _checked_new(session: Session, command: CreateTicket, actor: Actor) -> tuple[dict[str, Any], dict[str, Any]]:
    given: dict[str, object] = {"subject": command.subject, "description": command.description}
    if actor.kind is ActorKind.CONTACT:
        contact = session.get_one(Contact, actor.id)
        given_by_desk: dict[str, object] = {"contact_id": contact.id, "company_id": contact.company_id}
        values = check_fields(session, given, actor)
        values.update(given_by_desk, type_id=None, assignee_id=None, group_id=None, due_at=None, tags=(), observers=())
        values.update(check_fields(session, {"priority_id": None}, Actor(ActorKind.SYSTEM)))
        return values, {}
    for name in ("type_id", "priority_id", "company_id", "contact_id", "assignee_id", "group_id", "due_at"):
        given[name] = getattr(command, name)
    given["tags"] = command.tags
    given["observers"] = (
        *(("employee", row) for row in command.observer_employee_ids),
        *(("group", row) for row in command.observer_group_ids),
    )
    errors: dict[str, list[str]] = {}
    values, field_values = {}, {}
    try:
        values = check_fields(session, given, actor)
    except Invalid as error:
        errors.update(error.errors)
    try:
        complete = actor.kind is ActorKind.EMPLOYEE
        field_values = dict(check_values(command.field_values, actor=actor, complete=complete))
    except Invalid as error:
        errors.update(error.errors)
    if errors:
        raise Invalid(errors)
    if values["company_id"] is None and values["contact_id"] is not None:
        values["company_id"] = session.get_one(Contact, values["contact_id"]).company_id
    return values, field_values


def _draft(
    command: CreateTicket, values: Mapping[str, Any], field_values: Mapping[str, Any], extra: Mapping[str, Any]
) -> TicketDraft:
    names = ("subject", "description", "type_id", "priority_id", "company_id", "contact_id", "assignee_id", "group_id")
    return TicketDraft(
        **{name: values[name] for name in names},
        tags=_tuple(values["tags"]),
        registration_method=command.registration_method,
        extra={f"{_FIELD}{key}": value for key, value in field_values.items()}
        | {name.removeprefix(extra_fields.PREFIX): value for name, value in extra.items()},
    )


def _insert(session: Session, command: CreateTicket, values: Mapping[str, Any], actor: Actor) -> Ticket:
    statuses = status_catalog()
    if command.status_key is not None and command.status_key not in statuses.by_key:
        raise Invalid({"status_key": [message("There is no such status.")]})
    status = statuses.by_key[command.status_key] if command.status_key else statuses.default
    at = command.stamp.at if command.stamp else utcnow()
    author = acting(actor, command.stamp)
    ticket = Ticket(
        **{name: value for name, value in values.items() if name not in ("tags", "observers")},
        status_key=status.key,
        author_employee_id=author.id if author.kind is ActorKind.EMPLOYEE else None,
        author_contact_id=author.id if author.kind is ActorKind.CONTACT else None,
        author_label=author.label,
        registration_method=command.registration_method,
        created_at=at,
        updated_at=at,
        activity_at=at,
        activity_by=activity_key(author),
        needs_answer=not status.finished,
        form_token=command.form_token,
    )
    _enter_status(ticket, status, at)
    session.add(ticket)
    session.flush()
    return ticket


def change_ticket(session: Session, ticket: Ticket, command: ChangeTicket, *, actor: Actor) -> Ticket:
    """Give fields of *ticket* new values; those that do not differ are left alone.

    Raises ``Conflict`` where somebody else changed the same field after ``command.version``.
    """
    rights = {"core:ticket:assign" if name in _ASSIGNING else "core:ticket:change" for name in command.values}
    for right in sorted(rights):
        require(actor, right, ticket)
    extra = {name: value for name, value in command.values.items() if name.startswith(extra_fields.PREFIX)}
    plain = {
        name: value for name, value in command.values.items() if not name.startswith((_FIELD, extra_fields.PREFIX))
    }
    custom = {name.removeprefix(_FIELD): value for name, value in command.values.items() if name.startswith(_FIELD)}
    # What stays as it is need not be seen by who sends it along.
    plain = {name: value for name, value in plain.items() if name not in _CUSTOMER or value != getattr(ticket, name)}
    wanted: dict[str, Any] = dict(check_fields(session, plain, actor))
    wanted.update({f"{_FIELD}{key}": value for key, value in check_values(custom, actor=actor, complete=False).items()})
    wanted.update(extra_fields.check_writable(extra, actor))
    current = _current(session, ticket, wanted)
    differing = {name: value for name, value in wanted.items() if value != current[name]}
    if not differing:
        return ticket
    if command.version is not None:
        refuse_stale(session, ticket, command.version, differing, current)
    change = TicketChange(
        fields=tuple(FieldChange(name=name, before=current[name], after=value) for name, value in differing.items())
    )
    hooks().helpdesk_before_ticket_change(session=session, ticket=ticket, change=change, actor=actor)
    _write(session, ticket, differing, actor)
    touch(ticket, actor, command.stamp)
    session.flush()
    hooks().helpdesk_ticket_changed(session=session, ticket=ticket, change=change, actor=actor)
    if {"subject", "description"} & differing.keys():
        index_ticket(session, ticket.id, ticket.subject, ticket.description)
    _note(
        session,
        "ticket.changed",
        ticket,
        acting(actor, command.stamp),
        before={name: journal_value(name, current[name]) for name in differing},
        after={name: journal_value(name, value) for name, value in differing.items()},
        at=command.stamp.at if command.stamp else None,
        batch=command.batch,
    )
    return ticket


def _current(session: Session, ticket: Ticket, names: Mapping[str, object]) -> dict[str, Any]:
    extra = [name for name in names if name.startswith(extra_fields.PREFIX)]
    current: dict[str, Any] = extra_fields.current_values(session, ticket.id, extra)
    custom: dict[str, Any] | None = None
    for name in names:
        if name in current:
            continue
        if name == "tags":
            current[name] = tuple(relations.tags_of(session, ticket.id))
        elif name == "observers":
            current[name] = tuple(relations.observers_of(session, ticket.id))
        elif name.startswith(_FIELD):
            custom = custom if custom is not None else dict(load_values(session, [ticket.id])[ticket.id])
            current[name] = custom.get(name.removeprefix(_FIELD))
        else:
            current[name] = getattr(ticket, name)
    return current


def _write(session: Session, ticket: Ticket, values: Mapping[str, Any], actor: Actor) -> None:
    extra = {name: value for name, value in values.items() if name.startswith(extra_fields.PREFIX)}
    for name, value in values.items():
        if name == "tags":
            relations.set_tags(session, ticket.id, value)
        elif name == "observers":
            relations.set_observers(session, ticket.id, value)
        elif not name.startswith(_FIELD) and name not in extra:
            setattr(ticket, name, value)
    custom = {name.removeprefix(_FIELD): value for name, value in values.items() if name.startswith(_FIELD)}
    save_values(session, ticket.id, custom)
    extra_fields.save_extra(session, ticket, extra, actor)


def transition_ticket(session: Session, ticket: Ticket, command: TransitionTicket, *, actor: Actor) -> None:
    """Move *ticket* to the status ``command.to``; raises ``Forbidden``, ``Rejected`` or ``Invalid`` (OK-044).

    Importers may take any step out of a status that is not final: history has its own order.
    """
    require(actor, TRANSITION, ticket)
    catalog = status_catalog()
    target = catalog.by_key.get(command.to)
    if target is None:
        raise NotFound("status")
    if target.key == ticket.status_key:
        return
    if actor.kind is not ActorKind.IMPORT:
        require_step(ticket, target, actor)
        if target.requires_until:
            check_until(command.until_at)
    elif catalog.by_key[ticket.status_key].final:
        require_step(ticket, target, actor)
    move(session, ticket, target, actor=actor, command=command)


def move(session: Session, ticket: Ticket, target: StatusInfo, *, actor: Actor, command: TransitionTicket) -> None:
    """Take the step: hooks, row, journal. The right to it is the caller's business."""
    step = Transition(source=ticket.status_key, target=target.key)
    hooks().helpdesk_before_transition(session=session, ticket=ticket, transition=step, actor=actor)
    at = command.stamp.at if command.stamp else utcnow()
    ticket.status_key = target.key
    ticket.until_at = command.until_at if target.requires_until else None
    _enter_status(ticket, target, at)
    if target.finished or actor.kind is ActorKind.EMPLOYEE:
        ticket.needs_answer = False
    touch(ticket, actor, command.stamp)
    session.flush()  # plugins below see the row as written
    hooks().helpdesk_ticket_transitioned(session=session, ticket=ticket, transition=step, actor=actor)
    _note(
        session,
        "ticket.transitioned",
        ticket,
        acting(actor, command.stamp),
        audience="customer",
        before={"status": step.source},
        after={"status": step.target} | ({"cause": command.cause} if command.cause else {}),
        at=at,
        batch=command.batch,
    )


def delete_ticket(session: Session, ticket: Ticket, *, actor: Actor) -> list[str]:
    """Delete *ticket* with all that hangs on it; returns the stored names of its files, to be removed after commit."""
    require(actor, "core:ticket:delete", ticket)
    hooks().helpdesk_before_ticket_delete(session=session, ticket=ticket, actor=actor)
    stored = list(session.scalars(select(Attachment.stored_name).where(Attachment.ticket_id == ticket.id)))
    number = ticket.id
    stored += forget_originals(session, ticket_id=number)
    session.execute(delete(Ticket).where(Ticket.id == number))
    session.expunge(ticket)
    record(session, "ticket.deleted", actor=actor, subject_kind="ticket", subject_id=number)
    return stored


def _note(session: Session, name: str, ticket: Ticket, actor: Actor, **facts: Any) -> None:
    """Journal an event about *ticket* as it stands now."""
    ids: dict[str, Any] = {"ticket_id": ticket.id, "subject_id": ticket.id, "ticket_version": ticket.version}
    record(session, name, actor=actor, subject_kind="ticket", **ids, **facts)


def _enter_status(ticket: Ticket, status: StatusInfo, at: datetime) -> None:
    if status.category is StatusCategory.SOLVED:
        ticket.solved_at, ticket.closed_at = at, None
    elif status.category is StatusCategory.CLOSED:
        ticket.closed_at = at
    else:
        ticket.solved_at = ticket.closed_at = None


def touch(ticket: Ticket, actor: Actor, stamp: Stamp | None) -> None:
    """Note that something happened: version, time and who did it."""
    at = stamp.at if stamp else utcnow()
    ticket.version += 1
    ticket.updated_at = max(at, ticket.updated_at)
    ticket.activity_at = max(at, ticket.activity_at)
    ticket.activity_by = activity_key(acting(actor, stamp))


def acting(actor: Actor, stamp: Stamp | None) -> Actor:
    """Who did it: the stamp's author where a trusted actor brings one, else *actor*."""
    if stamp is None or actor.kind not in (ActorKind.IMPORT, ActorKind.SYSTEM):
        return actor
    if stamp.employee_id is not None:
        return Actor(ActorKind.EMPLOYEE, stamp.employee_id, stamp.label)
    if stamp.contact_id is not None:
        return Actor(ActorKind.CONTACT, stamp.contact_id, stamp.label)
    return Actor(actor.kind, actor.id, stamp.label or actor.label)


def activity_key(actor: Actor) -> str:
    """How ``Ticket.activity_by`` names an actor: ``employee:7``."""
    return f"{actor.kind.value}:{actor.id or ''}"


def _tuple(value: Any) -> tuple[Any, ...]:
    return tuple(value)
