"""Named places in pages that plugins fill; the core draws each fill and skips one that fails."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from flask import g, render_template
from markupsafe import Markup

from helpdesk_core.access.policy import holds
from helpdesk_core.contract.specs import SlotFill
from helpdesk_core.plugins.calls import current_runtime, isolated, suspended


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A named place: ``context`` are the names its fills are loaded and drawn with, ``since`` a version of the API."""

    name: str
    text: str
    context: tuple[str, ...] = ()
    since: str = "1.0"


#: Every place, in the order of the pages.
SLOTS: Final[Mapping[str, Slot]] = MappingProxyType(
    {
        name: Slot(name=name, text=text, context=context)
        for name, text, context in (
            ("shell.topbar", "the top bar of the desk's pages, beside the search", ()),
            ("inbox.header", "above the inbox", ()),
            ("ticket.list.header", "above the ticket list", ()),
            ("ticket.header", "the toolbar of a ticket: buttons", ("ticket",)),
            ("ticket.main", "a ticket, above the reply box", ("ticket",)),
            ("ticket.composer", "inside the reply box, beside its tools: buttons only", ("ticket",)),
            ("ticket.sidebar", "the column beside a ticket", ("ticket",)),
            ("ticket.form", "the form of a new ticket, below its fields", ("form",)),
            ("employee.card", "an employee's page", ("employee",)),
            ("company.card", "a company's page", ("company",)),
            ("contact.card", "a contact's page", ("contact",)),
            ("account", "everybody's own page", ()),
            ("settings.index", "the first page of the settings", ()),
            ("auth.login", "below the sign-in form", ()),
            ("portal.nav", "the customer pages' top bar", ()),
            ("portal.list", "a customer's first page, above the list of requests", ()),
            ("portal.ticket", "a customer's request, below the conversation", ("ticket",)),
            ("portal.form", "the form of a customer's new request", ("form",)),
        )
    }
)


def slot(name: str, **context: object) -> Markup:
    """What the plugins put into the place *name*; empty where none does."""
    if name not in SLOTS:
        raise LookupError(f"there is no slot {name!r}")
    drawn = []
    for fill in sorted(current_runtime().registry.owned(SlotFill), key=lambda row: row.spec.order):
        spec = fill.spec
        if spec.slot != name or (spec.permission is not None and not holds(g.actor, spec.permission)):
            continue
        if suspended(fill.plugin, f"slot {name}"):
            continue
        with isolated(fill.plugin, f"slot {name}"):
            values = spec.load(**context) if spec.load is not None else {}
            if values is not None:
                drawn.append(Markup(render_template(spec.template, **context, **values)))  # noqa: S704  # autoescaped
    return Markup("").join(drawn)
