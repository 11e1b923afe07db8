"""Enable, disable, purge: each step whole or not at all, on both databases."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text

from helpdesk_core.access.policy import visible
from helpdesk_core.contract.actor import SYSTEM
from helpdesk_core.contract.errors import Forbidden, NotFound, Rejected, TryLater
from helpdesk_core.db import migrate
from helpdesk_core.db.session import reading, unit_of_work
from helpdesk_core.events.models import EventRow
from helpdesk_core.plugins.lifecycle import disable, enable, purge
from helpdesk_core.plugins.models import PluginRow
from helpdesk_core.plugins.states import PluginState
from helpdesk_core.testing.apps import dispose, make_app
from helpdesk_core.tickets.commands import CreateTicket
from helpdesk_core.tickets.models import Ticket
from helpdesk_core.tickets.services import create_ticket, delete_ticket, get_ticket
from tests.core.plugin_life.conftest import Start
from tests.core.plugin_life.looking import card, employee, generation, loaded, rows, specialist_rights, tables
from tests.core.plugin_life.made import Workshop

ON_ENABLE = """
def on_enable(self, ctx):
    {}
"""


def test_enabling_migrates_grants_and_takes_effect_at_the_next_start(start: Start, workshop: Workshop) -> None:
    """UR-14."""
    workshop.make("alpha")
    app = start()
    assert (card(app, "alpha").state, card(app, "alpha").summary) == (PluginState.AVAILABLE, "Things of alpha")
    assert not [name for name in sys.modules if name.startswith("made_")], "a card needs no import"
    before = generation(app)
    enable(app, "alpha")
    assert "alpha_thing" in tables(app)
    assert "alpha:thing:read" in specialist_rights(app)
    assert generation(app) == before + 1
    assert loaded(app) == [], "no code is loaded into an app that runs"
    again = start()
    assert (loaded(again), card(again, "alpha").state) == (["alpha"], PluginState.ENABLED)
    assert card(again, "alpha").tables == ("alpha_thing",)
    assert (card(again, "alpha").size or 0) > 0


def test_a_disabled_plugin_is_not_imported_and_keeps_data_and_rights(start: Start, workshop: Workshop) -> None:
    """UR-14, F-22."""
    workshop.make("alpha")
    app = start()
    enable(app, "alpha")
    with app.app_context(), unit_of_work() as session:
        ticket = create_ticket(session, CreateTicket(subject="Scanner"), actor=SYSTEM).id
        session.execute(text("INSERT INTO alpha_thing (ticket_id, label) VALUES (:id, 'kept')"), {"id": ticket})
    assert disable(start(), "alpha") == []
    for name in [name for name in sys.modules if name.startswith("made_")]:
        del sys.modules[name]
    off = start()
    assert loaded(off) == []
    assert not [name for name in sys.modules if name.startswith("made_")]
    assert off.test_client().get("/alpha/").status_code == 404
    assert "alpha:thing:read" in specialist_rights(off)
    with off.app_context(), unit_of_work() as session:
        delete_ticket(session, get_ticket(session, ticket, actor=SYSTEM), actor=SYSTEM)
    assert rows(off, "SELECT ticket_id, label FROM alpha_thing") == [(None, "kept")]
    assert card(off, "alpha").state == PluginState.DISABLED
    enable(off, "alpha")
    assert rows(off, "SELECT label FROM alpha_thing") == [("kept",)]


def test_what_an_administrator_took_away_is_not_given_again(start: Start, workshop: Workshop) -> None:
    workshop.make("alpha")
    app = start()
    enable(app, "alpha")
    with app.app_context(), unit_of_work() as session:
        session.execute(text("DELETE FROM role_grant WHERE permission = 'alpha:thing:read'"))
    disable(app, "alpha")
    enable(app, "alpha")
    migrate.upgrade(start())
    assert "alpha:thing:read" not in specialist_rights(app)


@pytest.mark.parametrize(
    "fault",
    [
        "raise RuntimeError('no')",
        "raise SystemExit(0)",
        "ctx.session.rollback()",
        "ctx.session.commit()",
        "ctx.session.begin_nested()",
        "ctx.session.connection().exec_driver_sql('select nothing from nowhere')",
    ],
)
def test_a_failure_in_on_enable_leaves_nothing(start: Start, workshop: Workshop, fault: str) -> None:
    """F-21, F-23."""
    workshop.make("alpha", members=ON_ENABLE.format(fault))
    app = start()
    before, rights, number = tables(app), specialist_rights(app), generation(app)
    with pytest.raises(Rejected, match="alpha: on_enable failed"):
        enable(app, "alpha")
    assert (tables(app), specialist_rights(app), generation(app)) == (before, rights, number)
    assert card(app, "alpha").state == PluginState.AVAILABLE


@pytest.mark.parametrize("fault", ["raise RuntimeError('no')", "raise SystemExit(0)", "op.execute('nonsense')"])
def test_a_failing_migration_leaves_nothing(start: Start, workshop: Workshop, fault: str) -> None:
    """F-21, F-24."""
    workshop.make("alpha", upgrade=fault)
    app = start()
    before = tables(app)
    with pytest.raises(Rejected, match="alpha: its migration failed"):
        enable(app, "alpha")
    assert tables(app) == before
    assert card(app, "alpha").state == PluginState.AVAILABLE


def test_a_plugin_that_cannot_be_loaded_is_refused_before_it_is_migrated(start: Start, workshop: Workshop) -> None:
    """F-23."""
    workshop.make("alpha", imports="raise RuntimeError('broken')")
    app = start()
    before = tables(app)
    with pytest.raises(Rejected, match="alpha cannot be loaded: RuntimeError: broken"):
        enable(app, "alpha")
    assert tables(app) == before


def test_a_plugin_that_would_keep_another_out_is_refused(start: Start, workshop: Workshop) -> None:
    """F-23: two plugins that claim the same."""
    taking = """
    @hookimpl
    def helpdesk_setup(self, app):
        app.add_url_rule("/zulu/", endpoint="alpha_takes", view_func=lambda: "mine")
    """
    workshop.make("zulu")
    workshop.make("alpha", members=taking)
    app = start()
    enable(app, "zulu")
    with pytest.raises(Rejected, match="alpha would keep zulu from loading"):
        enable(start(), "alpha")
    assert loaded(start()) == ["zulu"]


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"api": ">=9"}, "is made for api >=9"),
        ({"requires": ("bravo",)}, "requires bravo: enable bravo first"),
    ],
)
def test_what_cannot_run_here_is_told_from_metadata(
    start: Start, workshop: Workshop, options: dict[str, Any], reason: str
) -> None:
    """F-23."""
    workshop.make("alpha", **options)
    app = start()
    with pytest.raises(Rejected, match=reason):
        enable(app, "alpha")
    assert not [name for name in sys.modules if name.startswith("made_")]


def test_what_is_not_installed_cannot_be_enabled(start: Start) -> None:
    with pytest.raises(NotFound):
        enable(start(), "ghost")


def test_a_plugin_that_others_require_stays_until_they_go(start: Start, workshop: Workshop) -> None:
    workshop.make("bravo")
    workshop.make("alpha", requires=("bravo",))
    app = start()
    enable(app, "bravo")
    enable(app, "alpha")
    assert card(start(), "bravo").required_by == ("alpha",)
    with pytest.raises(Rejected, match="alpha requires bravo: disable alpha first"):
        disable(app, "bravo")
    disable(app, "alpha")
    disable(app, "bravo")
    with pytest.raises(Rejected, match="alpha requires bravo: purge alpha first"):
        purge(app, "bravo", confirmation="bravo")
    purge(app, "alpha", confirmation="alpha")
    purge(app, "bravo", confirmation="bravo")
    assert {name for name in tables(app) if "alpha" in name or "bravo" in name} == set()


@pytest.mark.parametrize("fault", ["raise RuntimeError('no')", "raise SystemExit(0)", "ctx.session.rollback()"])
def test_a_plugin_cannot_refuse_to_be_disabled(start: Start, workshop: Workshop, fault: str) -> None:
    """F-21."""
    workshop.make("alpha", members=ON_ENABLE.format(fault).replace("on_enable", "on_disable"))
    app = start()
    enable(app, "alpha")
    notes = disable(app, "alpha")
    assert [note.split(":")[0] for note in notes] == ([] if "rollback" in fault else ["on_disable failed"])
    assert loaded(start()) == []


def test_a_plugin_that_broke_since_can_still_be_disabled(start: Start, workshop: Workshop) -> None:
    workshop.make("alpha")
    app = start()
    enable(app, "alpha")
    (workshop.site / "made_alpha" / "plugin.py").write_text("raise RuntimeError('broken since')")
    for name in [name for name in sys.modules if name.startswith("made_")]:
        del sys.modules[name]
    broken = start()
    assert (card(broken, "alpha").state, card(broken, "alpha").reason) == (
        PluginState.QUARANTINED,
        "RuntimeError: broken since",
    )
    assert disable(broken, "alpha") == ["on_disable was not called: RuntimeError: broken since"]
    assert card(start(), "alpha").state == PluginState.DISABLED


def test_an_orphan_is_reported_and_harmless(start: Start, workshop: Workshop) -> None:
    """F-22."""
    workshop.make("alpha")
    app = start()
    enable(app, "alpha")
    workshop.remove("alpha")
    left = start()
    assert (card(left, "alpha").state, loaded(left)) == (PluginState.ORPHAN, [])
    assert left.test_client().get("/login").status_code == 200
    assert migrate.upgrade(left) == []
    assert migrate.check(left) == []
    disable(left, "alpha")
    with pytest.raises(Rejected, match="install it again, then purge"):
        purge(left, "alpha", confirmation="alpha")
    workshop.restore("alpha")
    purge(left, "alpha", confirmation="alpha")
    assert "alpha_thing" not in tables(left)


def test_the_configuration_is_the_set_until_the_database_knows_one(start: Start, workshop: Workshop) -> None:
    workshop.make("alpha")
    workshop.make("bravo")
    app = start(HELPDESK_PLUGINS="alpha")
    assert loaded(app) == ["alpha"]
    migrate.upgrade(app)
    assert rows(app, "SELECT name, state FROM plugin") == [("alpha", "enabled")]
    bound = start(HELPDESK_PLUGINS="bravo")
    assert loaded(bound) == [], "from now on it only bounds the set"
    assert (card(bound, "alpha").state, card(bound, "alpha").reason) == (
        PluginState.BARRED,
        "HELPDESK_PLUGINS does not name it",
    )
    disable(bound, "alpha")
    with pytest.raises(Rejected, match="HELPDESK_PLUGINS does not name alpha"):
        enable(bound, "alpha")
    enable(bound, "bravo")
    assert loaded(start(HELPDESK_PLUGINS="alpha, bravo")) == ["bravo"]
    assert loaded(start()) == ["bravo"]


def test_the_safe_mode_starts_with_none_and_changes_nothing(start: Start, workshop: Workshop) -> None:
    workshop.make("alpha")
    enable(start(), "alpha")
    safe = start(HELPDESK_SAFE_MODE="1")
    assert (loaded(safe), card(safe, "alpha").state) == ([], PluginState.BARRED)
    assert loaded(start()) == ["alpha"]
    disable(safe, "alpha", run_code=False)
    assert loaded(start()) == []


def test_only_who_may_can_change_the_set(start: Start, workshop: Workshop) -> None:
    workshop.make("alpha")
    app = start()
    lead = employee(app, "core.lead")
    for change in (
        lambda: enable(app, "alpha", actor=lead),
        lambda: disable(app, "alpha", actor=lead),
        lambda: purge(app, "alpha", confirmation="alpha", actor=lead),
    ):
        with pytest.raises(Forbidden):
            change()
    admin = employee(app, "core.administrator")
    enable(app, "alpha", actor=admin)
    with app.app_context(), reading() as session:
        event = session.scalars(select(EventRow).where(EventRow.name == "plugin.enabled")).one()
        assert (event.actor_id, event.after) == (admin.id, {"name": "alpha", "version": "1.0"})
        assert session.get(PluginRow, "alpha") is not None


def test_without_its_set_a_process_answers_nothing_but_try_again(tmp_path: Path, workshop: Workshop) -> None:
    """Nobody knows which rules of access are missing, so nothing is shown; see `active.read_active_set`."""
    broken = tmp_path / "broken.db"
    broken.write_bytes(b"this is no database, but a file of the same name" * 40)
    app = make_app(f"sqlite:///{broken}", tmp_path / "data", config={"TESTING": False})
    answer = app.test_client().get("/login")
    assert (answer.status_code, "Retry-After" in answer.headers) == (503, True)
    with pytest.raises(TryLater):
        enable(app, "alpha")
    dispose(app)


RULES = """
@hookimpl
def helpdesk_ticket_scope(self, actor, permission):
    return [ScopeRule(effect="deny", condition=Ticket.subject == "secret")]
"""


def test_rules_of_access_that_cannot_be_loaded_deny(start: Start, workshop: Workshop) -> None:
    """F-21: what a broken plugin hid does not come to light; disabling it is a decision."""
    workshop.make("alpha", members=RULES, imports="from helpdesk_core.tickets.models import Ticket")
    app = start()
    enable(app, "alpha")
    admin = employee(app, "core.administrator")

    def seen(by: Flask) -> list[str]:
        with by.app_context(), reading() as session:
            return list(session.scalars(visible(select(Ticket.subject), admin)))

    with app.app_context(), unit_of_work() as session:
        for subject in ("open", "secret"):
            create_ticket(session, CreateTicket(subject=subject), actor=SYSTEM)
    assert seen(start()) == ["open"]
    (workshop.site / "made_alpha" / "plugin.py").write_text("raise RuntimeError('broken since')")
    workshop.forget_imports()
    assert seen(start()) == []
    disable(start(), "alpha")
    assert seen(start()) == ["open", "secret"]
