"""Checking and storing the values of custom fields."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from helpdesk_core.contract.actor import Actor
from helpdesk_core.contract.errors import Invalid
from helpdesk_core.contract.messages import message
from helpdesk_core.fields.catalog import FieldInfo, custom_fields
from helpdesk_core.fields.models import TicketFieldChoice, TicketFieldValue
from helpdesk_core.fields.visibility import visible_fields

MAX_TEXT = 2_000
_MAX_NUMBER = Decimal(10) ** 12

#: A checked value: text, number, day, yes/no, an option's id, or several options' ids.
FieldValue = str | Decimal | date | bool | int | tuple[int, ...] | None


def check_values(raw: Mapping[str, object], *, actor: Actor, complete: bool) -> dict[str, FieldValue]:
    """The typed values of *raw* by field key; raises ``Invalid`` with every field at fault.

    A field that *actor* does not see does not exist for him (OK-048). With *complete* a required field that is
    missing is at fault too (OK-049).
    """
    fields = {field.key: field for field in visible_fields(actor)}
    errors: dict[str, list[str]] = {}
    values: dict[str, FieldValue] = {}
    for key, value in raw.items():
        info = fields.get(key)
        if info is None:
            errors[f"field.{key}"] = [message("There is no such field.")]
            continue
        try:
            values[key] = _CHECKS[info.kind](info, value)
        except (ValueError, InvalidOperation) as error:
            told = error.args[0] if type(error) is ValueError else message("This is not a valid value.")
            errors[f"field.{key}"] = [told]
    if complete:
        for key, info in fields.items():
            if info.required and values.get(key) in (None, "", ()) and key not in errors:
                errors[f"field.{key}"] = [message("This field is required.")]
    if errors:
        raise Invalid(errors)
    return values


def _text(info: FieldInfo, value: object) -> FieldValue:
    text = str(value or "").strip()
    if len(text) > MAX_TEXT:
        raise ValueError(message("At most %(limit)d characters.", limit=MAX_TEXT))
    return text or None


def _number(info: FieldInfo, value: object) -> FieldValue:
    if value in (None, ""):
        return None
    number = Decimal(str(value).strip())
    if not number.is_finite() or abs(number) > _MAX_NUMBER:
        raise ValueError(message("This number is out of range."))
    return round(number, 6)


def _day(info: FieldInfo, value: object) -> FieldValue:
    if value in (None, ""):
        return None
    return value if isinstance(value, date) else date.fromisoformat(str(value))


def _yes_no(info: FieldInfo, value: object) -> FieldValue:
    if value in (None, ""):
        return None
    if str(value).lower() in ("true", "yes", "on", "1", "y"):
        return True
    if str(value).lower() in ("false", "no", "off", "0", "n"):
        return False
    raise ValueError(message("Choose yes or no."))


def _option(info: FieldInfo, value: object) -> int:
    for option in info.options:
        if str(value) in (str(option.id), option.label):
            return option.id
    raise ValueError(message("Choose one of the list."))


def _choice(info: FieldInfo, value: object) -> FieldValue:
    return None if value in (None, "") else _option(info, value)


def _choices(info: FieldInfo, value: object) -> FieldValue:
    given: Iterable[object] = value if isinstance(value, list | tuple) else [] if value in (None, "") else [value]
    return tuple(dict.fromkeys(_option(info, item) for item in given))


_CHECKS: Mapping[str, Callable[[FieldInfo, object], FieldValue]] = {
    "text": _text,
    "number": _number,
    "date": _day,
    "yes_no": _yes_no,
    "choice": _choice,
    "choices": _choices,
}

_COLUMNS = {"text": "text", "number": "number", "date": "day", "yes_no": "yes", "choice": "option_id"}


def load_values(session: Session, ticket_ids: Iterable[int]) -> dict[int, dict[str, FieldValue]]:
    """The values of a page of tickets: ticket id -> field key -> value; two queries."""
    ids = list(ticket_ids)
    by_id = {info.id: info for info in custom_fields().values()}
    found: dict[int, dict[str, FieldValue]] = {ticket_id: {} for ticket_id in ids}
    if not by_id or not ids:
        return found
    for row in session.scalars(select(TicketFieldValue).where(TicketFieldValue.ticket_id.in_(ids))):
        info = by_id[row.field_id]
        found[row.ticket_id][info.key] = getattr(row, _COLUMNS[info.kind])
    if any(info.kind == "choices" for info in by_id.values()):
        query = select(TicketFieldChoice).where(TicketFieldChoice.ticket_id.in_(ids))
        for choice in session.scalars(query.order_by(TicketFieldChoice.option_id)):
            key = by_id[choice.field_id].key
            known = found[choice.ticket_id].get(key)
            found[choice.ticket_id][key] = (*(known if isinstance(known, tuple) else ()), choice.option_id)
    return found


def save_values(session: Session, ticket_id: int, values: Mapping[str, FieldValue]) -> None:
    """Store checked values of a ticket; an empty one takes the row away."""
    fields = custom_fields()
    for key, value in values.items():
        info = fields[key]
        for model in (TicketFieldValue, TicketFieldChoice):
            session.execute(delete(model).where(model.ticket_id == ticket_id, model.field_id == info.id))
        if info.kind == "choices":
            options = value if isinstance(value, tuple) else ()
            session.add_all(TicketFieldChoice(ticket_id=ticket_id, field_id=info.id, option_id=o) for o in options)
        elif value is not None:
            session.add(TicketFieldValue(ticket_id=ticket_id, field_id=info.id, **{_COLUMNS[info.kind]: value}))
    session.flush()


def shown_value(info: FieldInfo, value: FieldValue) -> str | list[str] | bool | None:
    """The value as the journal and exports keep it: options by label, the rest as text."""
    labels = {option.id: option.label for option in info.options}
    if info.kind == "choice" and isinstance(value, int):
        return labels.get(value, str(value))
    if isinstance(value, tuple):
        return [labels.get(option, str(option)) for option in value]
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return value if value is None or isinstance(value, bool) else str(value)
