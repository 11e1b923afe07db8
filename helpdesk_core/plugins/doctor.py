"""What is wrong, or about to be, with the plugins of a site."""

from __future__ import annotations

from flask import Flask

from helpdesk_core.contract.specs import Health, HealthFinding
from helpdesk_core.db import migrate
from helpdesk_core.db.session import reading
from helpdesk_core.plugins.breaker import suspensions
from helpdesk_core.plugins.states import PluginCard, PluginState, list_plugins

_FAILED = frozenset({PluginState.QUARANTINED})
_WARNED = frozenset({PluginState.BARRED, PluginState.INCOMPATIBLE, PluginState.ORPHAN, PluginState.PURGING})


def plugin_diagnosis(app: Flask) -> list[HealthFinding]:
    """Return one finding per plugin, per suspended contribution and per table that waits for its migration."""
    found = [_of_card(card) for card in list_plugins(app)]
    with app.app_context(), reading():
        left_out = suspensions()
    found += [
        HealthFinding(key=f"plugins.{row.plugin}.{row.hook}", status=Health.WARNING, message=f"suspended: {row.reason}")
        for row in left_out
    ]
    found += [
        HealthFinding(key=f"plugins.{name}", status=Health.FAILED, message="not up to date: run `helpdesk db upgrade`")
        for name, (stands, head) in migrate.current(app).items()
        if stands != head
    ]
    return found


def _of_card(card: PluginCard) -> HealthFinding:
    status = Health.FAILED if card.state in _FAILED else Health.WARNING if card.state in _WARNED else Health.OK
    message = f"{card.state.value}: {card.reason}" if card.reason else card.state.value
    return HealthFinding(key=f"plugins.{card.name}", status=status, message=message)
