"""The hooks that show on pages, and those asked at the start: the whole app, a plugin that is really installed."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from helpdesk_core.access.policy import can, holds
from helpdesk_core.contract.actor import Actor
from helpdesk_core.db import migrate
from helpdesk_core.db.base import metadata
from helpdesk_core.db.session import reading
from helpdesk_core.plugins.calls import current_runtime
from helpdesk_core.plugins.health import plugin_findings
from helpdesk_core.testing.counting import count_queries
from helpdesk_core.testing.desk import Desk, build_desk
from helpdesk_core.testing.signing_in import sign_in
from helpdesk_core.tickets.models import Ticket
from helpdesk_core.ui.slots import SLOTS

pytestmark = [pytest.mark.helpdesk(plugins=["visit_log"]), pytest.mark.usefixtures("visit_log")]
Enter = Callable[[Actor], FlaskClient]
MARK = "data-visit-log-slot"


@pytest.fixture
def desk(app: Flask) -> Iterator[Desk]:
    with app.app_context():
        yield build_desk()


@pytest.fixture
def enter(app: Flask, desk: Desk) -> Enter:
    def entered(actor: Actor) -> FlaskClient:
        client = app.test_client()
        sign_in(app, client, actor)
        return client

    return entered


def test_hook_ticket_actions_stand_in_the_menu_of_those_who_may(desk: Desk, enter: Enter) -> None:
    ticket_id = desk.ticket(assignee_id=desk.insider.id)
    action = f"/visit_log/tickets/{ticket_id}/note"
    assert action in enter(desk.admin).get(f"/tickets/{ticket_id}").text
    other = enter(desk.insider).get(f"/tickets/{ticket_id}")
    assert (other.status_code, action in other.text) == (200, False)
    assert "Nowhere" not in other.text  # its endpoint does not exist: left out alone


def test_hook_find_related_shows_no_ticket_that_the_reader_may_not_see(desk: Desk, enter: Enter) -> None:
    desk.ticket(subject="foreign")
    ticket_id = desk.ticket(assignee_id=desk.insider.id)
    assert "The ticket before" in enter(desk.admin).get(f"/tickets/{ticket_id}").text
    page = enter(desk.insider).get(f"/tickets/{ticket_id}").text
    assert ("The last visit" in page, "The ticket before" in page) == (True, False)


def test_hook_ticket_warnings_stand_on_the_form_while_it_is_typed(desk: Desk, enter: Enter) -> None:
    browser = enter(desk.admin)
    assert 'hx-post="/tickets/new/warnings"' in browser.get("/tickets/new").text
    warned = browser.post("/tickets/new/warnings", data={"subject": "Till"}).text
    assert ("Say where to go" in warned, "<html" in warned, 'href="/visit_log/"' in warned) == (True, False, True)
    assert "Say where" not in browser.post("/tickets/new/warnings", data={"description": "Here"}).text
    assert "Say where to go" in browser.post("/tickets/new", data={"subject": ""}).text


def test_hook_register_ticket_fields_is_a_column_a_filter_and_in_the_export(
    app: Flask, desk: Desk, enter: Enter
) -> None:
    """OK-047: the column is loaded once for the page, and narrowing by the field finds its tickets only."""
    first, second = (desk.ticket(subject=plate, extra={"ext.visit_log.car": plate}) for plate in ("B 1", "B 2"))
    browser = enter(desk.admin)
    assert "col-ext-visit_log-car" not in browser.get("/tickets").text
    browser.post("/tickets/columns", data={"columns": ["subject", "ext.visit_log.car"]})
    assert re.search(r'<td class="col-ext-visit_log-car">\s*<bdi>B 1</bdi>', browser.get("/tickets").text)
    with count_queries(app) as few:
        browser.get("/tickets")
    for number in range(12):
        desk.ticket(subject=f"more {number}", extra={"ext.visit_log.car": f"C {number}"})
    with count_queries(app) as many:
        browser.get("/tickets")
    assert len(many) == len(few), many
    found = browser.get("/tickets?ext.visit_log.car=B+2").text
    assert (f'data-ticket="{second}"' in found, f'data-ticket="{first}"' in found) == (True, False)
    assert 'name="ext.visit_log.car"' in found
    export = browser.get("/tickets/export.csv?ext.visit_log.car=B+2")
    rows = list(csv.DictReader(io.StringIO(export.text.removeprefix("\ufeff"))))
    assert [(row["subject"], row["Car"]) for row in rows] == [("B 2", "B 2")]


def test_hook_register_ticket_filters_narrow_the_list(desk: Desk, enter: Enter) -> None:
    visited, plain = desk.ticket(subject="visit"), desk.ticket(subject="Till")
    browser = enter(desk.admin)
    page = browser.get("/tickets?visit_log.noted=yes").text
    assert (f'data-ticket="{visited}"' in page, f'data-ticket="{plain}"' in page) == (True, False)
    assert "Visited: <b>with notes</b>" in page
    assert 'name="visit_log.noted"' in page
    assert browser.get("/tickets?visit_log.gone=yes").status_code == 200


def test_hook_register_searchables_are_found_by_those_who_see_them(desk: Desk, enter: Enter) -> None:
    desk.ticket(subject="visit the bakery")
    browser = enter(desk.admin)
    page = browser.get("/tickets?q=created+ADA").text
    assert "data-found-item" in page
    assert "<mark>created</mark> by <mark>Ada</mark> Admin" in page
    assert "data-found-item" not in browser.get("/tickets?q=bakery").text
    assert "data-found-item" not in enter(desk.insider).get("/tickets?q=created").text


def test_hook_register_nav_draws_every_place(desk: Desk, enter: Enter) -> None:
    page = enter(desk.admin).get("/settings").text
    assert 'data-nav="visit_log.index"' in page
    assert 'data-nav="visit_log.own"' in page
    assert 'data-setting="visit_log.options"' in page
    assert enter(desk.admin).get("/visit_log/options").status_code == 200
    portal = enter(desk.customer).get("/my").text
    assert ('data-nav="visit_log.mine"' in portal, 'data-nav="visit_log.index"' in portal) == (True, False)


def test_hook_register_blueprints_pages_ask_for_their_right(desk: Desk, enter: Enter) -> None:
    assert enter(desk.admin).get("/visit_log/").status_code == 200
    assert enter(desk.customer).get("/visit_log/").status_code == 404
    assert enter(desk.customer).get("/visit_log/mine").status_code == 200
    assert enter(desk.admin).get("/visit_log/mine").status_code == 404
    assert enter(desk.insider).post("/visit_log/tickets/1/note").status_code == 403


def test_hook_register_terms_give_words_their_default(desk: Desk, enter: Enter) -> None:
    assert "<h1>Visits to customers</h1>" in enter(desk.admin).get("/visit_log/").text


def test_hook_register_assets_are_loaded_and_served(desk: Desk, enter: Enter) -> None:
    browser = enter(desk.admin)
    page = browser.get("/inbox").text
    for path in re.findall(r'(?:href|src)="(/visit_log/static/[^"]+)"', page):
        with browser.get(path) as answer:
            assert answer.status_code == 200
    assert page.count("/visit_log/static/") == 2


def test_hook_register_slots_fills_every_place_there_is(app: Flask, desk: Desk, enter: Enter) -> None:
    ticket_id = desk.ticket(subject="visit")
    staff, customer, nobody = enter(desk.admin), enter(desk.customer), app.test_client()
    places = {
        "shell.topbar": (staff, "/visit_log/", 1),
        "ticket.list.header": (staff, "/tickets", 2),
        "inbox.header": (staff, "/inbox", 2),
        "ticket.header": (staff, f"/tickets/{ticket_id}", 4),  # with ticket.main, ticket.composer
        "ticket.form": (staff, "/tickets/new", 2),
        "employee.card": (staff, f"/employees/{desk.lead.id}", 2),
        "company.card": (staff, f"/companies/{desk.company_id}", 2),
        "contact.card": (staff, f"/contacts/{desk.customer.id}", 2),
        "account": (staff, "/account", 2),
        "settings.index": (staff, "/settings", 2),
        "auth.login": (nobody, "/login", 1),
        "portal.nav": (customer, "/visit_log/mine", 1),
        "portal.list": (customer, "/my", 2),
        "portal.ticket": (customer, f"/my/{ticket_id}", 2),
        "portal.form": (customer, "/my/new", 2),
    }
    assert SLOTS.keys() - places.keys() == {"ticket.main", "ticket.composer", "ticket.sidebar"}
    found = {name: (path, browser.get(path).text.count(MARK)) for name, (browser, path, _) in places.items()}
    assert found == {name: (path, count) for name, (_, path, count) in places.items()}
    assert "<p>created by Ada Admin</p>" in staff.get(f"/tickets/{ticket_id}").text


# --- rights ---------------------------------------------------------------------------------------------------------


def test_hook_ticket_scope_rules_the_list_and_the_single_ticket_alike(desk: Desk, enter: Enter) -> None:
    opened, sealed = desk.ticket(subject="open to all"), desk.ticket(subject="sealed")
    for actor, ticket_id, status in (
        (desk.outsider, opened, 200),
        (desk.insider, opened, 404),
        (desk.admin, sealed, 404),
    ):
        browser = enter(actor)
        assert browser.get(f"/tickets/{ticket_id}").status_code == status
        assert (f'data-ticket="{ticket_id}"' in browser.get("/tickets").text) == (status == 200)
        with reading() as session:
            assert can(actor, "core:ticket:read", session.get_one(Ticket, ticket_id)) == (status == 200)


def test_hook_decide_no_outweighs_roles_and_yes_allows(desk: Desk) -> None:
    with reading():
        assert not holds(desk.admin, "core:view:share")
        assert holds(desk.outsider, "visit_log:entry:write")
        assert not holds(desk.insider, "visit_log:entry:write")


def test_hook_register_permissions_are_given_to_roles_and_stand_in_the_matrix(desk: Desk, enter: Enter) -> None:
    page = enter(desk.admin).get("/settings/roles").text
    assert "core.specialist visit_log:entry:read" in page
    with reading():
        assert (holds(desk.lead, "visit_log:entry:write"), holds(desk.insider, "visit_log:entry:read")) == (True, True)


def test_hook_register_roles_stand_among_the_roles_with_their_grants(desk: Desk, enter: Enter) -> None:
    page = enter(desk.admin).get("/settings/roles").text
    assert "Driver" in page
    chosen = page.split('name="visit_log.driver visit_log:car:write"')[1].split("</select>")[0]
    assert re.search(r'value="all"[^>]* selected', chosen)


# --- at the start ---------------------------------------------------------------------------------------------------


def test_hook_setup_runs_once_for_the_app(desk: Desk, app: Flask) -> None:
    assert app.config["VISIT_LOG_READY"] is True


def test_hook_check_health_speaks_in_the_findings(desk: Desk, app: Flask) -> None:
    assert "the log is open" in [one.message for one in plugin_findings(app)]


def test_hook_register_cli_brings_commands_under_the_plugins_name(desk: Desk, app: Flask) -> None:
    from helpdesk_core.contract.specs import CliGroup

    groups = [row.spec.group for row in current_runtime().registry.owned(CliGroup)]
    answer = app.test_cli_runner().invoke(groups[0], ["count"])
    assert (answer.exit_code, answer.output) == (0, "visits: none\n")


def test_the_manifest_tells_the_truth_about_what_is_added(desk: Desk) -> None:
    runtime = current_runtime()
    declared = set(runtime.plugins["visit_log"].manifest.adds) - {"settings", "tables"}
    assert runtime.registry.words("visit_log") == declared


def test_the_plugins_tables_are_its_own_and_as_its_migrations_made_them(desk: Desk, app: Flask) -> None:
    assert metadata.tables["visit_log_entry"].info["owner"] == "visit_log"
    assert migrate.check(app) == []


def test_calls_are_counted_by_plugin_and_hook(desk: Desk) -> None:
    before = current_runtime().statistics.of("visit_log", "helpdesk_ticket_created").calls
    desk.ticket()
    desk.ticket()
    assert current_runtime().statistics.of("visit_log", "helpdesk_ticket_created").calls == before + 2
