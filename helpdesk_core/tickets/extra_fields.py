"""Fields that plugins add to tickets (OK-005): loaded for a page at once, saved with the ticket, gone with the plugin.

Forms, columns and the journal call such a field ``ext.<key>``; custom fields of the site are ``field.<key>``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from wtforms.form import BaseForm
from wtforms.meta import DefaultMeta

from helpdesk_core.access.policy import TRUSTED, holds
from helpdesk_core.contract.actor import Actor, ActorKind
from helpdesk_core.contract.errors import Forbidden, Invalid
from helpdesk_core.contract.messages import message
from helpdesk_core.contract.specs import TicketField
from helpdesk_core.plugins.calls import current_runtime, isolated, suspended, taking_part
from helpdesk_core.tickets.models import Ticket

PREFIX: Final = "ext."
_EMPTY: Final = (None, "", ())
_STAFF: Final = TRUSTED | {ActorKind.EMPLOYEE}
#: How the card edits a control: see ``editable_property`` in the tickets' macros.
_KINDS: Final = {
    "SelectField": "select",
    "SelectMultipleField": "many",
    "BooleanField": "yes_no",
    "DateField": "date",
    "DateTimeLocalField": "datetime",
    "IntegerField": "number",
    "DecimalField": "number",
    "FloatField": "number",
}


@dataclass(frozen=True, slots=True)
class ExtraField:
    """A plugin's ticket field in the hands of the core."""

    plugin: str
    spec: TicketField

    @property
    def name(self) -> str:
        """How forms, columns and the journal call it."""
        return PREFIX + self.spec.key

    @property
    def label(self) -> str:
        """What people call it."""
        return str(self.spec.label)

    def bound(self, *, value: object = None, sent: Sequence[str] | None = None) -> Any:
        """The control with a value, or with what a form *sent*; whatever the plugin raises passes."""
        control: Any = self.spec.control()  # what a field's class makes is no field yet: a form binds it
        form = BaseForm({self.name: control}, meta=DefaultMeta())
        if sent is None:
            form.process(data={self.name: list(value) if isinstance(value, tuple) else value})
        else:
            form.process(MultiDict([("sent", ""), *((self.name, text) for text in sent)]))
        return form[self.name]

    def text(self, value: object) -> str:
        """*value* in words."""
        if value in _EMPTY:
            return ""
        if self.spec.show is not None:
            return str(self.spec.show(value))
        control = self.bound(value=value)
        if hasattr(control, "iter_choices"):
            return ", ".join(str(choice[1]) for choice in control.iter_choices() if choice[2])
        if isinstance(value, bool):
            return str(_("yes") if value else _("no"))
        return value.isoformat() if isinstance(value, date) else str(value)


def all_extra_fields() -> list[ExtraField]:
    """The fields of every running plugin, in their order."""
    rows = [ExtraField(row.plugin, row.spec) for row in current_runtime().registry.owned(TicketField)]
    return sorted(rows, key=lambda field: (field.spec.order, field.spec.key))


def extra_fields(actor: Actor) -> list[ExtraField]:
    """The fields that *actor* may read; a customer none."""
    if actor.kind not in _STAFF:
        return []
    return [field for field in all_extra_fields() if field.spec.read is None or holds(actor, field.spec.read)]


def may_write(field: ExtraField, actor: Actor) -> bool:
    """Whether *actor* may give the field a value, where he may change the ticket at all."""
    return field.spec.write is None or holds(actor, field.spec.write)


def unreadable_names(actor: Actor) -> frozenset[str]:
    """How the journal names the fields that *actor* may not read."""
    shown = {field.name for field in extra_fields(actor)}
    return frozenset(field.name for field in all_extra_fields() if field.name not in shown)


def _suspended(field: ExtraField) -> bool:
    return suspended(field.plugin, f"field {field.spec.key}")


def form_controls(actor: Actor) -> dict[str, Any]:
    """The controls of a new ticket's form by name; a plugin that cannot make its own leaves it out."""
    made: dict[str, Any] = {}
    for field in extra_fields(actor):
        if may_write(field, actor) and not _suspended(field):
            with isolated(field.plugin, f"field {field.spec.key}"):
                field.bound()  # a control that breaks when it is drawn breaks here
                made[field.name] = field.spec.control()
    return made


def texts_of(session: Session, fields: Sequence[ExtraField], ticket_ids: Iterable[int]) -> dict[int, dict[str, str]]:
    """The values of these fields in words, by ticket id and name; each field loads once for the whole page."""
    ids = list(ticket_ids)
    found: dict[int, dict[str, str]] = {ticket_id: {} for ticket_id in ids}
    for field in fields if ids else ():
        if _suspended(field):
            continue
        with isolated(field.plugin, f"field {field.spec.key}"):
            loaded = field.spec.load_many(session, ids)
            texts = {ticket_id: field.text(value) for ticket_id, value in loaded.items() if ticket_id in found}
            for ticket_id, text in texts.items():
                found[ticket_id][field.name] = text
    return found


def panel_rows(session: Session, ticket_id: int, actor: Actor) -> list[dict[str, Any]]:
    """The rows of the card's panel, see ``editable_property``."""
    rows: list[dict[str, Any]] = []
    for field in extra_fields(actor):
        if _suspended(field):
            continue
        with isolated(field.plugin, f"field {field.spec.key}"):
            value = field.spec.load_many(session, [ticket_id]).get(ticket_id)
            rows.append(_panel_row(field, value, editable=may_write(field, actor)))
    return rows


def _panel_row(field: ExtraField, value: Any, *, editable: bool) -> dict[str, Any]:
    control = field.bound(value=value)
    kind = next((_KINDS[base.__name__] for base in type(control).__mro__ if base.__name__ in _KINDS), "text")
    row: dict[str, Any] = {"name": field.name, "label": field.label, "kind": kind, "options": []}
    if not editable:
        return row | {"kind": "static", "value": field.text(value)}
    if kind in ("select", "many"):
        row["options"] = [
            {"value": choice[0], "label": str(choice[1]), "selected": bool(choice[2]), "group": ""}
            for choice in control.iter_choices()
        ]
    return row | {
        "value": bool(value) if kind == "yes_no" else field.text(value) if kind == "select" else _typed(control)
    }


def _typed(control: Any) -> str:
    return str(control._value() or "") if hasattr(control, "_value") else ""


# --- writing ----------------------------------------------------------------------------------------


def read_sent(name: str, sent: Sequence[str]) -> object:
    """What a form sent for the field *name*, as the plugin's control reads it; raises ``Invalid``."""
    field = _known([name])[name]
    with taking_part(field.plugin, f"field {field.spec.key}"):
        control = field.bound(sent=sent)
        if not control.validate(None):
            raise Invalid({name: [str(error) for error in control.errors]})
    return _plain(control.data)


def check_writable(values: Mapping[str, object], actor: Actor) -> dict[str, object]:
    """*values* by name; raises ``Invalid`` for a field that is not there, ``Forbidden`` for one not to be written."""
    for name, field in _known(values).items():
        if actor.kind not in _STAFF:
            raise Invalid({name: [message("This field cannot be set.")]})
        if not may_write(field, actor):
            raise Forbidden(field.spec.write or name)
    return {name: _plain(value) for name, value in values.items()}


def current_values(session: Session, ticket_id: int, names: Iterable[str]) -> dict[str, object]:
    """What the ticket holds now, by name; a plugin that cannot say it stops the change."""
    found: dict[str, object] = {}
    for name, field in _known(names).items():
        with taking_part(field.plugin, f"field {field.spec.key}"):
            found[name] = _plain(field.spec.load_many(session, [ticket_id]).get(ticket_id))
    return found


def save_extra(session: Session, ticket: Ticket, values: Mapping[str, object], actor: Actor) -> None:
    """Let each plugin store its value inside the transaction; any error rolls the change back."""
    for name, field in _known(values).items():
        with taking_part(field.plugin, f"field {field.spec.key}"):
            field.spec.save(session, ticket, values[name], actor)
    if values:
        session.flush()


def journal_text(name: str, value: object) -> str:
    """A value as the journal keeps it: readable when the plugin is gone."""
    field = _known([name])[name]
    with taking_part(field.plugin, f"field {field.spec.key}"):
        return field.text(value)


def is_empty(value: object) -> bool:
    """Whether a value says nothing."""
    return value in _EMPTY


def _plain(value: object) -> object:
    # Lists cannot be compared with what a plugin keeps as a tuple; an empty text is no value.
    value = tuple(value) if isinstance(value, list) else value
    return None if value in _EMPTY else value


def _known(names: Iterable[str]) -> dict[str, ExtraField]:
    fields = {field.name: field for field in all_extra_fields()}
    names = list(names)
    unknown = [name for name in names if name not in fields]
    if unknown:
        raise Invalid({name: [message("There is no such field.")] for name in unknown})
    return {name: fields[name] for name in names}
