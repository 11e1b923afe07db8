"""What the page of applications shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from flask import Flask
from flask_babel import gettext as _

from helpdesk_core.contract.errors import NotFound
from helpdesk_core.db.session import db, reading
from helpdesk_core.i18n.domains import words_of
from helpdesk_core.plugins.active import ACTIVE, ActiveSet, stored_generation
from helpdesk_core.plugins.breaker import Suspended, suspensions
from helpdesk_core.plugins.calls import EXTENSION, Runtime, current_runtime
from helpdesk_core.plugins.costs import Cost, costs
from helpdesk_core.plugins.states import PluginCard, PluginState, list_plugins

#: The hooks whose failure denies instead of being skipped.
_POLICIES: Final = ("helpdesk_ticket_scope", "helpdesk_decide")
#: How a state is shown: its colour and icon.
TONES: Final = {
    PluginState.AVAILABLE: ("neutral", "box"),
    PluginState.ENABLED: ("success", "check-circle"),
    PluginState.QUARANTINED: ("danger", "exclamation-octagon"),
    PluginState.BARRED: ("warning", "slash-circle"),
    PluginState.DISABLED: ("neutral", "pause-circle"),
    PluginState.INCOMPATIBLE: ("warning", "puzzle"),
    PluginState.PURGING: ("warning", "hourglass-split"),
    PluginState.ORPHAN: ("warning", "question-circle"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The page: cards, what is suspended, what things cost, and whether this process runs the newest set."""

    cards: list[PluginCard]
    suspended: tuple[Suspended, ...]
    costs: list[Cost]
    live: bool
    safe_mode: bool
    bound: tuple[str, ...] | None


def overview(app: Flask) -> Overview:
    """Everything for the page of applications; the number of queries does not grow with the plugins."""
    active: ActiveSet = app.extensions[ACTIVE]
    runtime: Runtime = app.extensions[EXTENSION]
    cards = list_plugins(app)
    with reading() as session:
        return Overview(
            cards=sorted(cards, key=lambda card: (_RANK.index(card.state), card.name)),
            suspended=suspensions(),
            costs=costs(session, runtime),
            live=is_live(app),
            safe_mode=active.safe_mode,
            bound=tuple(sorted(active.bound)) if active.bound is not None else None,
        )


_RANK: Final = (
    PluginState.QUARANTINED,
    PluginState.PURGING,
    PluginState.BARRED,
    PluginState.ORPHAN,
    PluginState.ENABLED,
    PluginState.DISABLED,
    PluginState.AVAILABLE,
    PluginState.INCOMPATIBLE,
)


def is_live(app: Flask) -> bool:
    """Whether this process runs the set that the database holds now."""
    active: ActiveSet = app.extensions[ACTIVE]
    with db.engine.connect() as connection:
        return stored_generation(connection) == active.generation


def card_of(app: Flask, name: str) -> PluginCard:
    """The card of one plugin; raises ``NotFound``."""
    for card in list_plugins(app):
        if card.name == name:
            return card
    raise NotFound(f"plugin {name}")


def notices() -> list[str]:
    """What an administrator should know on every page; costs no query."""
    runtime = current_runtime()
    found = [_("The application %(name)s could not be loaded.", name=name) for name in sorted(runtime.quarantined)]
    found += [
        _("The application %(name)s is suspended in %(hook)s: it failed too often.", name=row.plugin, hook=row.hook)
        for row in suspensions()
    ]
    found += [
        _("The application %(name)s fails when it decides on access, so everything it rules is denied.", name=plugin)
        for (plugin, hook) in sorted(runtime.statistics.failures())
        if hook in _POLICIES
    ]
    if runtime.missing_policies:
        found.append(_("An application that rules access is missing, so everything it rules is denied."))
    return list(dict.fromkeys(found))


def summary_of(card: PluginCard) -> str:
    """What a plugin is for, in the reader's language; as the manifest says it while the plugin does not run."""
    return words_of(card.name).gettext(card.summary)


def words() -> dict[str, Any]:
    """What a plugin adds, in words."""
    return {
        "assets": _("scripts and styles"), "blueprints": _("pages"), "cli": _("commands"), "events": _("events"),
        "jobs": _("jobs"), "listeners": _("what follows at once"), "nav": _("menu entries"),
        "permissions": _("rights"), "roles": _("roles"), "searchables": _("search results"), "settings": _("settings"),
        "slots": _("parts of pages"), "statuses": _("statuses"), "subscribers": _("what follows events"),
        "tables": _("data"), "terms": _("words"), "ticket_fields": _("ticket fields"), "ticket_filters": _("filters"),
        "transitions": _("steps between statuses"),
    }  # fmt: skip


def state_words() -> dict[PluginState, Any]:
    """The states in words."""
    return {
        PluginState.AVAILABLE: _("Not enabled"),
        PluginState.ENABLED: _("Enabled"),
        PluginState.QUARANTINED: _("Could not be loaded"),
        PluginState.BARRED: _("Held back"),
        PluginState.DISABLED: _("Disabled, data kept"),
        PluginState.INCOMPATIBLE: _("Does not fit"),
        PluginState.PURGING: _("Purge broken off"),
        PluginState.ORPHAN: _("Package missing"),
    }
