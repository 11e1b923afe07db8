"""Purging: everything goes, once its name was typed, and what was broken off is resumed."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from helpdesk_core.contract.actor import SYSTEM
from helpdesk_core.contract.errors import Invalid, NotFound, Rejected
from helpdesk_core.db.session import unit_of_work
from helpdesk_core.db.types import utcnow
from helpdesk_core.jobs.models import Job
from helpdesk_core.plugins.lifecycle import disable, enable, purge
from helpdesk_core.plugins.states import PluginState
from helpdesk_core.tickets.commands import CreateTicket
from helpdesk_core.tickets.services import create_ticket
from tests.core.plugin_life.conftest import Start
from tests.core.plugin_life.looking import card, rows, specialist_rights, tables
from tests.core.plugin_life.made import Workshop


def test_a_purge_removes_everything_and_needs_the_name_typed(start: Start, workshop: Workshop) -> None:
    workshop.make("alpha")
    app = start()
    fresh, rights = tables(app), specialist_rights(app)
    enable(app, "alpha")
    with app.app_context(), unit_of_work() as session:
        session.execute(text("INSERT INTO setting (key, value) VALUES ('alpha.limit', '5'), ('alphabet.x', '1')"))
        for job in ("alpha.remind", "alphabet.remind"):
            session.add(Job(name=job, queue="default", payload={}, created_at=utcnow()))
    with pytest.raises(Rejected, match="is enabled: disable it first"):
        purge(app, "alpha", confirmation="alpha")
    disable(app, "alpha")
    for typed in ("", "Alpha", "bravo"):
        with pytest.raises(Invalid):
            purge(app, "alpha", confirmation=typed)
    assert purge(app, "alpha", confirmation="alpha") == []
    assert (tables(app), specialist_rights(app)) == (fresh, rights)
    assert rows(app, "SELECT key FROM setting") == [("alphabet.x",)]
    assert rows(app, "SELECT name FROM job") == [("alphabet.remind",)]
    assert rows(app, "SELECT name FROM plugin") == []
    assert rows(app, "SELECT name FROM plugin_permission") == []
    assert card(app, "alpha").state == PluginState.AVAILABLE
    with pytest.raises(NotFound):
        purge(app, "alpha", confirmation="alpha")
    assert [name for (name,) in rows(app, "SELECT name FROM event WHERE name LIKE 'plugin.%' ORDER BY id")] == [
        "plugin.enabled",
        "plugin.disabled",
        "plugin.purged",
    ]


def test_a_status_that_tickets_have_stays_when_its_plugin_is_purged(start: Start, workshop: Workshop) -> None:
    workshop.make("alpha", members=STATUSES)
    app = start()
    enable(app, "alpha")
    with app.app_context(), unit_of_work() as session:
        ticket = create_ticket(session, CreateTicket(subject="Scanner"), actor=SYSTEM)
        ticket.status_key = "alpha.waiting"
    disable(app, "alpha")
    purge(app, "alpha", confirmation="alpha")
    kept = rows(app, "SELECT key, is_system, finish_target FROM status WHERE key LIKE 'alpha.%'")
    assert [(key, bool(system), target) for key, system, target in kept] == [("alpha.waiting", False, None)]
    steps = rows(app, "SELECT source, target FROM status_transition WHERE source LIKE 'alpha.%'")
    assert steps == [("alpha.waiting", "service_desk.open")], "a step that a right of the plugin narrowed is gone"


STATUSES = """
@hookimpl
def helpdesk_register_statuses(self):
    return [
        StatusSpec(key="alpha.waiting", label="Waiting", category=StatusCategory.WAITING, finish_target="alpha.done"),
        StatusSpec(key="alpha.done", label="Done", category=StatusCategory.SOLVED),
    ]

@hookimpl
def helpdesk_register_transitions(self):
    return [
        TransitionSpec(source="alpha.waiting", target="service_desk.open"),
        TransitionSpec(source="alpha.waiting", target="service_desk.resolved", permission="alpha:thing:read"),
    ]
"""


def test_a_purge_that_was_broken_off_is_resumed(start: Start, workshop: Workshop) -> None:
    workshop.make(
        "alpha", downgrade="import pathlib\nif pathlib.Path(__file__ + '.stop').exists(): raise SystemExit(9)"
    )
    app = start()
    enable(app, "alpha")
    disable(app, "alpha")
    stop = workshop.site / "made_alpha" / "migrations" / "versions" / "alpha_0001.py.stop"
    stop.touch()
    with pytest.raises(Rejected, match="taking its tables away failed"):
        purge(app, "alpha", confirmation="alpha")
    assert (card(app, "alpha").state, "alpha_thing" in tables(app)) == (PluginState.PURGING, True)
    with pytest.raises(Rejected, match="is being purged"):
        enable(app, "alpha")
    stop.unlink()
    purge(app, "alpha", confirmation="alpha")
    assert (card(app, "alpha").state, "alpha_thing" in tables(app)) == (PluginState.AVAILABLE, False)
