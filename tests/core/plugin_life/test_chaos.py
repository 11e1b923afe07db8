"""One plugin misbehaves in every hook in every way: the desk stays up, nothing widens, nothing is half written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, text

from helpdesk_core.access.permissions import CORE_PERMISSIONS
from helpdesk_core.access.policy import holds, visible
from helpdesk_core.contract.actor import Actor
from helpdesk_core.contract.errors import PluginFailed
from helpdesk_core.contract.markers import HookKind
from helpdesk_core.customers.services import anonymise_contact, get_contact
from helpdesk_core.db.base import CORE, metadata
from helpdesk_core.db.session import db, reading, unit_of_work
from helpdesk_core.plugins.calls import EXTENSION
from helpdesk_core.testing.apps import dispose, make_app
from helpdesk_core.testing.desk import Desk, build_desk
from helpdesk_core.testing.signing_in import sign_in
from helpdesk_core.tickets.commands import AddComment, ChangeTicket, CreateTicket, TransitionTicket
from helpdesk_core.tickets.comments import add_comment
from helpdesk_core.tickets.models import Ticket
from helpdesk_core.tickets.services import change_ticket, create_ticket, delete_ticket, get_ticket, transition_ticket
from tests.core.plugin_life.chaos import FAULTS, MODES, Chaos, chaos, named

pytestmark = pytest.mark.helpdesk(plugins=[Chaos], config={"HELPDESK_CONTRIBUTION_FAILURES": 1000})

READ_TIME = named(HookKind.CONTRIBUTE, HookKind.FIRST_RESULT)
TAKE_PART = named(HookKind.TAKE_PART)
POLICIES = named(HookKind.POLICY)
PAGES = (
    "/", "/inbox", "/tickets", "/tickets?q=till", "/tickets/{ticket}", "/tickets/new", "/companies", "/contacts",
    "/employees", "/account", "/settings", "/settings/general", "/settings/roles", "/settings/applications",
)  # fmt: skip


def by_name(mode: Callable[..., object]) -> str:
    return mode.__name__


@pytest.fixture
def desk(app: Flask) -> Iterator[Desk]:
    with app.app_context():
        yield build_desk()


def browser(app: Flask, actor: Actor) -> FlaskClient:
    client = app.test_client()
    sign_in(app, client, actor)
    return client


@pytest.mark.parametrize("mode", MODES, ids=by_name)
def test_every_page_stays_up_whatever_is_contributed(app: Flask, desk: Desk, mode: Callable[[], object]) -> None:
    """F-21: hooks of reading, each in every mode."""
    number = desk.ticket()
    client, customer = browser(app, desk.admin), browser(app, desk.customer)
    with chaos(mode, READ_TIME):
        for page in PAGES:
            assert client.get(page.format(ticket=number)).status_code in (200, 303), page
        for page in ("/my", f"/my/{number}", "/my/new"):
            assert customer.get(page).status_code in (200, 404), page
    with reading() as session:
        assert session.scalar(text("SELECT count(*) FROM setting WHERE key LIKE 'chaos.%'")) == 0


Act = Callable[[Any, Desk, int], Any]


def _transition(session: Any, desk: Desk, number: int) -> None:
    ticket = get_ticket(session, number, actor=desk.admin, lock=True)
    transition_ticket(session, ticket, TransitionTicket(to="service_desk.resolved"), actor=desk.admin)


ACTIONS: dict[str, Act] = {
    "create": lambda session, desk, number: create_ticket(
        session, CreateTicket(subject="Scanner", contact_id=desk.customer.id), actor=desk.admin
    ),
    "change": lambda session, desk, number: change_ticket(
        session,
        get_ticket(session, number, actor=desk.admin, lock=True),
        ChangeTicket(values={"subject": "Other"}),
        actor=desk.admin,
    ),
    "comment": lambda session, desk, number: add_comment(
        session,
        get_ticket(session, number, actor=desk.admin, lock=True),
        AddComment(body="Hello", internal=True),
        actor=desk.admin,
    ),
    "transition": _transition,
    "delete": lambda session, desk, number: delete_ticket(
        session, get_ticket(session, number, actor=desk.admin, lock=True), actor=desk.admin
    ),
    "anonymise": lambda session, desk, number: anonymise_contact(
        session, get_contact(session, desk.stranger.id, actor=desk.admin), actor=desk.admin
    ),
}


def act(name: str, desk: Desk, number: int) -> None:
    with unit_of_work() as session:
        ACTIONS[name](session, desk, number)


def counts() -> dict[str, int]:
    tables = [table for table in metadata.tables.values() if table.info.get("owner") == CORE]
    with reading() as session:
        return {table.name: session.scalar(select(func.count()).select_from(table)) or 0 for table in tables}


def test_every_hook_of_a_change_is_met_by_these_actions(app: Flask, desk: Desk) -> None:
    number = desk.ticket()
    with chaos(None, ()) as plugin:
        for name in ACTIONS:
            act(name, desk, number)
        assert set(TAKE_PART) <= plugin.called


@pytest.mark.parametrize("mode", FAULTS, ids=by_name)
def test_a_failure_inside_a_change_rolls_it_back_and_names_the_plugin(
    app: Flask, desk: Desk, mode: Callable[[], object]
) -> None:
    """F-21: hooks before and after the fact, each in every mode; nothing is half written."""
    number = desk.ticket()
    before = counts()
    for hook in TAKE_PART:
        met = 0
        for name in ACTIONS:
            with chaos(mode, [hook]) as plugin:
                if not _calls(name, hook):
                    continue
                with pytest.raises(PluginFailed) as failure:
                    act(name, desk, number)
                assert (failure.value.plugin, failure.value.hook) == ("chaos", hook)
                assert hook in plugin.called
                met += 1
            assert counts() == before, (hook, name)
            with reading() as session:
                ticket = session.get(Ticket, number)
                assert ticket is not None
                assert (ticket.subject, ticket.status_key) == ("Till prints nothing", "service_desk.open")
        assert met, f"no action calls {hook}"
    assert app.extensions[EXTENSION].statistics.failures()


def _calls(action: str, hook: str) -> bool:
    """Whether this action calls this hook."""
    words = {
        "create": ("validate_ticket", "ticket_create", "suggest_observers"),
        "change": ("ticket_change",),
        "comment": ("comment_add",),
        "transition": ("before_transition", "ticket_transitioned"),
        "delete": ("ticket_delete",),
        "anonymise": ("forget_user",),
    }
    return any(word in hook for word in words[action])


@pytest.mark.parametrize("mode", FAULTS, ids=by_name)
def test_a_change_survives_what_is_only_suggested(app: Flask, desk: Desk, mode: Callable[[], object]) -> None:
    """F-21: a suggestion that fails inside a change is left out, or ends the change as a whole."""
    before = counts()
    with chaos(mode, ["helpdesk_suggest_assignee"]):
        if mode.__name__ == "rolls_back":
            with pytest.raises(PluginFailed, match="chaos"):
                act("create", desk, 0)
            assert counts() == before
        else:
            act("create", desk, 0)
            assert counts()["ticket"] == before["ticket"] + 1
            assert counts()["setting"] == before["setting"]


@pytest.mark.parametrize("mode", FAULTS, ids=by_name)
def test_rules_of_access_that_fail_never_widen_and_leave_the_way_out(
    app: Flask, desk: Desk, mode: Callable[[], object]
) -> None:
    """F-21: what fails denies; the pages answer, and an administrator reaches the switch."""
    number = desk.ticket()
    people = (desk.admin, desk.lead, desk.insider, desk.outsider, desk.customer, desk.stranger)

    def seen() -> dict[Any, Any]:
        with reading() as session:
            return {
                actor: (
                    {spec.name for spec in CORE_PERMISSIONS if holds(actor, spec.name)},
                    set(session.scalars(visible(select(Ticket.id), actor))),
                )
                for actor in people
            }

    allowed = seen()
    client = browser(app, desk.admin)
    for hook in POLICIES:
        with chaos(mode, [hook]):
            for actor, (rights, tickets) in seen().items():
                assert rights <= allowed[actor][0], (hook, actor)
                assert tickets <= allowed[actor][1], (hook, actor)
            for page in PAGES:
                assert client.get(page.format(ticket=number)).status_code in (200, 303, 403, 404), (hook, page)
            assert client.get("/settings/applications").status_code == 200
            assert "data-plugin-notices" in client.get("/inbox").text
    assert seen() == allowed
    with reading() as session:
        assert session.scalar(text("SELECT count(*) FROM setting WHERE key LIKE 'chaos.%'")) == 0


@pytest.mark.parametrize("hook", named(HookKind.REGISTER))
def test_a_fault_at_start_quarantines_it_alone(hook: str, database_url: str, tmp_path: Path, app: Flask) -> None:
    """F-21, F-23."""
    for mode in (FAULTS[0], FAULTS[1], FAULTS[2]):
        with chaos(mode, [hook]):
            started = make_app(database_url, tmp_path / "data", plugins=[Chaos], config={"TESTING": False})
            assert list(started.extensions[EXTENSION].quarantined) == ["chaos"], mode
            assert list(started.extensions[EXTENSION].plugins) == []
            assert started.test_client().get("/login").status_code == 200
            dispose(started)


def test_a_failed_statement_of_a_policy_leaves_the_transaction_whole(app: Flask, desk: Desk) -> None:
    with chaos(FAULTS[-1], POLICIES), unit_of_work() as session:
        session.execute(text("INSERT INTO setting (key, value) VALUES ('core.x', '1')"))
        assert not holds(desk.lead, "core:ticket:export")
    with reading() as session:
        assert session.scalar(text("SELECT count(*) FROM setting WHERE key = 'core.x'")) == 1
    assert not db.session().in_transaction()
