"""The rules of a ticket's fields, for new tickets and for changes alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk_core.access.policy import READ_CUSTOMER, visible
from helpdesk_core.contract.actor import Actor, ActorKind
from helpdesk_core.contract.errors import Invalid
from helpdesk_core.contract.messages import message
from helpdesk_core.customers.models import Company, Contact
from helpdesk_core.tickets.catalog import ticket_catalog
from helpdesk_core.tickets.commands import MAX_SUBJECT, MAX_TAGS, MAX_TEXT
from helpdesk_core.users.catalog import people

_MAX_TAG = 60


def check_text(value: object, limit: int) -> str:
    """*value* as text without NUL; raises ``ValueError`` when it is longer than *limit*."""
    text = str(value or "")
    if "\x00" in text:
        raise ValueError(message("This text holds a character that cannot be stored."))
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError(message("This text holds a character that cannot be stored.")) from None
    if len(text) > limit:
        raise ValueError(message("At most %(limit)d characters.", limit=limit))
    return text


def _subject(session: Session, value: object) -> str:
    text = " ".join(check_text(value, MAX_SUBJECT).split())
    if not text:
        raise ValueError(message("A subject is required."))
    return text


def _description(session: Session, value: object) -> str:
    return check_text(value, MAX_TEXT)


def _type(session: Session, value: object) -> int | None:
    if value is None:
        return None
    if not isinstance(value, int) or value not in ticket_catalog().types:
        raise ValueError(message("There is no such type."))
    return value


def _priority(session: Session, value: object) -> int:
    if value is None:
        return ticket_catalog().default_priority.id
    if not isinstance(value, int) or value not in ticket_catalog().priorities:
        raise ValueError(message("There is no such priority."))
    return value


def _assignee(session: Session, value: object) -> int | None:
    if value is None:
        return None
    employee = people().employees.get(value) if isinstance(value, int) else None
    if employee is None or not employee.active:
        raise ValueError(message("There is no such active employee."))
    return employee.id


def _group(session: Session, value: object) -> int | None:
    if value is None:
        return None
    group = people().groups.get(value) if isinstance(value, int) else None
    if group is None or group.hidden:
        raise ValueError(message("There is no such group."))
    return group.id


def _company(session: Session, value: object) -> int | None:
    if value is not None and (not isinstance(value, int) or session.get(Company, value) is None):
        raise ValueError(message("There is no such company."))
    return value


def _contact(session: Session, value: object) -> int | None:
    if value is None:
        return None
    contact = session.get(Contact, value) if isinstance(value, int) else None
    if contact is None or contact.anonymised_at is not None:
        raise ValueError(message("There is no such contact."))
    return contact.id


def _due(session: Session, value: object) -> datetime | None:
    if value is not None and (not isinstance(value, datetime) or value.tzinfo is None):
        raise ValueError(message("Give a date and a time."))
    if value is not None and not 2000 <= value.year < 2200:
        raise ValueError(message("This date is out of range."))
    return value


def _tags(session: Session, value: object) -> tuple[str, ...]:
    names = value if isinstance(value, list | tuple) else str(value or "").split(",")
    tags = tuple(dict.fromkeys(" ".join(check_text(name, _MAX_TAG).lower().split()) for name in names))
    tags = tuple(sorted(tag for tag in tags if tag))
    if len(tags) > MAX_TAGS:
        raise ValueError(message("At most %(count)d tags.", count=MAX_TAGS))
    return tags


def _observers(session: Session, value: object) -> tuple[tuple[str, int], ...]:
    keys = (
        tuple(sorted({(str(kind), int(row_id)) for kind, row_id in value})) if isinstance(value, list | tuple) else ()
    )
    for kind, row_id in keys:
        known = people().employees if kind == "employee" else people().groups if kind == "group" else {}
        if row_id not in known:
            raise ValueError(message("There is no such employee or group."))
    return keys


CHECKS: Mapping[str, Callable[[Session, object], object]] = {
    "subject": _subject,
    "description": _description,
    "type_id": _type,
    "priority_id": _priority,
    "company_id": _company,
    "contact_id": _contact,
    "assignee_id": _assignee,
    "group_id": _group,
    "due_at": _due,
    "tags": _tags,
    "observers": _observers,
}

#: What a customer may give a ticket of his own.
CONTACT_FIELDS = frozenset({"subject", "description"})


def _refuse_unseen(session: Session, name: str, value: object, actor: Actor) -> None:
    # A ticket opens its customer's card: whoever could name any number would see every customer (T-07).
    models: dict[str, type[Any]] = {"company_id": Company, "contact_id": Contact}
    model = models.get(name)
    if model is None or value is None or actor.kind is not ActorKind.EMPLOYEE:
        return
    if session.scalar(visible(select(model.id).where(model.id == value), actor, READ_CUSTOMER, model)) is None:
        if model is Company:
            raise ValueError(message("There is no such company."))
        raise ValueError(message("There is no such contact."))


def check_fields(session: Session, values: Mapping[str, object], actor: Actor) -> dict[str, object]:
    """The checked values by field; raises ``Invalid`` with every field at fault."""
    errors: dict[str, list[str]] = {}
    checked: dict[str, object] = {}
    for name, value in values.items():
        check = CHECKS.get(name)
        if check is None or (actor.kind is ActorKind.CONTACT and name not in CONTACT_FIELDS):
            errors[name] = [message("This field cannot be set.")]
            continue
        try:
            checked[name] = check(session, value)
            _refuse_unseen(session, name, checked[name], actor)
        except (ValueError, TypeError) as error:
            errors[name] = [error.args[0]]
    if errors:
        raise Invalid(errors)
    return checked
