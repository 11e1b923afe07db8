"""Named places in pages that plugins fill; the core draws each fill and skips one that fails."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from flask import g, render_template
from markupsafe import Markup

from helpdesk_core.access.policy import holds
from helpdesk_core.contract.specs import SlotFill
from helpdesk_core.plugins.calls import current_runtime, isolated

#: Every place: its name and the context it is drawn with.
SLOTS: Final = MappingProxyType(
    {
        "shell.topbar": (),
        "ticket.list.header": (),
        "inbox.header": (),
        "ticket.header": ("ticket",),
        "ticket.main": ("ticket",),
        "ticket.sidebar": ("ticket",),
        "ticket.composer": ("ticket",),
        "ticket.form": ("form",),
        "employee.card": ("employee",),
        "company.card": ("company",),
        "contact.card": ("contact",),
        "account": (),
        "settings.index": (),
        "auth.login": (),
        "portal.nav": (),
        "portal.list": (),
        "portal.ticket": ("ticket",),
        "portal.form": ("form",),
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
        with isolated(fill.plugin, f"slot {name}"):
            values = spec.load(**context) if spec.load is not None else {}
            if values is not None:
                drawn.append(Markup(render_template(spec.template, **context, **values)))  # noqa: S704  # autoescaped
    return Markup("").join(drawn)
