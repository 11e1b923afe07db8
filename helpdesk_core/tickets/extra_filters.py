"""Filters that plugins add to the ticket list: registered ones, and their searchable ticket fields."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, false
from wtforms.form import BaseForm
from wtforms.meta import DefaultMeta

from helpdesk_core.access.policy import holds
from helpdesk_core.contract.actor import Actor
from helpdesk_core.contract.specs import TicketFilter
from helpdesk_core.plugins.calls import current_runtime, isolated, suspended
from helpdesk_core.plugins.registry import Registered
from helpdesk_core.tickets.extra_fields import all_extra_fields

#: (name in the address, what was asked for)
Asked = tuple[str, str]


def _filters() -> list[Registered[TicketFilter]]:
    """Every plugin's filters, in their order."""
    found = list(current_runtime().registry.owned(TicketFilter))
    for field in all_extra_fields():
        if field.spec.searchable is not None:
            spec = TicketFilter(
                key=field.name,
                label=field.label,
                control=field.spec.control,
                condition=field.spec.searchable,
                permission=field.spec.read,
                order=field.spec.order,
            )
            found.append(Registered(field.plugin, spec))
    return sorted(found, key=lambda row: (row.spec.order, row.spec.key))


def filter_names() -> list[str]:
    """The names by which an address may ask for plugins' filters."""
    return [row.spec.key for row in _filters()]


def filter_conditions(asked: Sequence[Asked], actor: Actor) -> list[ColumnElement[bool]]:
    """What was asked for, as conditions over ``Ticket``; nothing is found where the filter fails or is not the actor's.

    Without that a list would show more than its own chips say.
    """
    known = {row.spec.key: row for row in _filters()} if asked else {}
    found: list[ColumnElement[bool]] = []
    for name, text in asked:
        row = known.get(name)
        condition: ColumnElement[bool] = false()
        if row is not None and (row.spec.permission is None or holds(actor, row.spec.permission)):
            if suspended(row.plugin, f"filter {name}"):
                found.append(condition)
                continue
            with isolated(row.plugin, f"filter {name}"):
                condition = row.spec.condition(text)
        found.append(condition)
    return found


def filter_controls(actor: Actor) -> dict[str, Callable[[], Any]]:
    """The controls of the filter's form by name, for those who may use them."""
    made: dict[str, Any] = {}
    for row in _filters():
        if suspended(row.plugin, f"filter {row.spec.key}"):
            continue
        if row.spec.permission is None or holds(actor, row.spec.permission):
            with isolated(row.plugin, f"filter {row.spec.key}"):
                _bound(row.spec, "")  # a control that breaks when it is drawn breaks here
                made[row.spec.key] = row.spec.control()
    return made


def filter_words(asked: Sequence[Asked]) -> tuple[dict[str, str], dict[Asked, str]]:
    """What the filters that were asked for are called, and their values in words."""
    known = {row.spec.key: row for row in _filters()} if asked else {}
    labels: dict[str, str] = {}
    values: dict[Asked, str] = {}
    for name, text in asked:
        row = known[name]
        labels[name], values[(name, text)] = str(row.spec.label), text
        if suspended(row.plugin, f"filter {name}"):
            continue
        with isolated(row.plugin, f"filter {name}"):
            control = _bound(row.spec, text)
            chosen = [choice for choice in getattr(control, "iter_choices", tuple)() if choice[2]]
            values[(name, text)] = ", ".join(str(choice[1]) for choice in chosen) or text
    return labels, values


def _bound(spec: TicketFilter, text: str) -> Any:
    control: Any = spec.control()  # what a field's class makes is no field yet: a form binds it
    form = BaseForm({spec.key: control}, meta=DefaultMeta())
    form.process(data={spec.key: text})
    return form[spec.key]
