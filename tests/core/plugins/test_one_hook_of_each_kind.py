"""The test plugin, found by its metadata, takes part in every kind of hook."""

import sys
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from helpdesk_core.contract.actor import Actor, ActorKind
from helpdesk_core.contract.errors import Invalid, Rejected
from helpdesk_core.contract.specs import (
    Assignee,
    CliGroup,
    NavItem,
    Observer,
    Permission,
    SlotFill,
    StatusSpec,
    TicketDraft,
    Transition,
)
from helpdesk_core.db.session import reading, unit_of_work
from helpdesk_core.plugins.calls import Contribution, Runtime, current_runtime, hooks
from helpdesk_core.plugins.manager import load_plugins, start_plugins
from helpdesk_core.plugins.migrations import lineages

AGENT = Actor(ActorKind.EMPLOYEE, 3, "Ada")
PARTNER = Actor(ActorKind.PARTNER, None, "Other desk")


@pytest.fixture
def app(make_app: Any, visit_log: None) -> Iterator[Flask]:
    app: Flask = make_app(HELPDESK_PLUGINS=["visit_log"])
    load_plugins(app)
    start_plugins(app)
    with app.app_context():
        entry = sys.modules["helpdesk_visit_log.models"].Entry
        with unit_of_work() as session:
            entry.__table__.create(session.connection())
        yield app


@pytest.fixture
def runtime(app: Flask) -> Runtime:
    return current_runtime()


def entries() -> int:
    entry = sys.modules["helpdesk_visit_log.models"].Entry
    with reading() as session:
        return session.scalar(select(func.count(entry.id))) or 0


def test_a_register_hook_fills_the_registry_with_specs_of_their_type(runtime: Runtime) -> None:
    registry = runtime.registry
    assert [one.name for one in registry.all(Permission)] == ["visit_log:entry:read"]
    assert [(one.plugin, one.spec.key) for one in registry.owned(StatusSpec)] == [("visit_log", "visit_log.on_site")]
    assert [one.endpoint for one in registry.all(NavItem)] == ["visit_log.index"]
    assert [one.group.name for one in registry.all(CliGroup)] == ["visit-log"]
    assert [one.slot for one in registry.all(SlotFill)] == ["ticket.sidebar"]


def test_the_manifest_tells_the_truth_about_what_is_added(runtime: Runtime) -> None:
    declared = set(runtime.plugins["visit_log"].manifest.adds) - {"settings", "tables"}
    assert runtime.registry.words("visit_log") == declared


def test_pages_of_the_plugin_are_served_under_its_name(app: Flask) -> None:
    assert app.test_client().get("/visit_log/").text == "visits"
    assert app.config["VISIT_LOG_READY"] is True


def test_a_take_part_hook_writes_in_the_transaction_of_the_core(app: Flask, ticket: Any) -> None:
    with unit_of_work() as session:
        hooks().helpdesk_ticket_created(session=session, ticket=ticket, actor=AGENT)
    assert entries() == 1


def test_what_a_take_part_hook_wrote_goes_when_the_core_rolls_back(app: Flask, ticket: Any) -> None:
    def create_and_fail() -> None:
        with unit_of_work() as session:
            hooks().helpdesk_ticket_created(session=session, ticket=ticket, actor=AGENT)
            session.flush()
            raise RuntimeError("the core failed afterwards")

    with pytest.raises(RuntimeError, match="afterwards"):
        create_and_fail()
    assert entries() == 0


def test_a_take_part_hook_refuses_and_is_named(app: Flask, ticket: Any) -> None:
    step = Transition(source="service_desk.open", target="service_desk.resolved")
    with pytest.raises(Rejected) as refusal, unit_of_work() as session:
        hooks().helpdesk_before_transition(session=session, ticket=ticket, transition=step, actor=AGENT)
    assert (refusal.value.plugin, refusal.value.reason) == ("visit_log", "Note the visit first")


def test_a_refused_draft_says_which_field_and_which_plugin(app: Flask) -> None:
    with pytest.raises(Invalid) as refusal, unit_of_work() as session:
        hooks().helpdesk_validate_ticket(session=session, draft=TicketDraft(subject="forbidden"), actor=AGENT)
    assert refusal.value.errors == {"subject": ["has a word that is closed here"]}
    assert refusal.value.plugin == "visit_log"


def test_a_take_part_hook_may_answer_with_a_list(app: Flask, ticket: Any) -> None:
    with unit_of_work() as session:
        found = hooks().helpdesk_suggest_observers(session=session, ticket=ticket)
    assert found == [Contribution("visit_log", Observer(kind="employee", id=1))]


def test_a_contribution_comes_with_its_plugin(app: Flask, ticket: Any) -> None:
    found = hooks().helpdesk_find_related(ticket=ticket, actor=AGENT, limit=5)
    assert [(one.plugin, one.value.label) for one in found] == [("visit_log", "visit of 1")]
    assert hooks().helpdesk_find_related(ticket=ticket, actor=AGENT, limit=0) == []


def test_a_policy_hook_says_allow_deny_or_nothing(app: Flask) -> None:
    assert hooks().helpdesk_decide(actor=AGENT, permission="visit_log:entry:read") == [Contribution("visit_log", True)]
    assert hooks().helpdesk_decide(actor=AGENT, permission="core:user:edit") == []
    denied = hooks().helpdesk_ticket_scope(actor=PARTNER, permission="core:ticket:read")
    assert [one.value.effect for one in denied] == ["deny"]
    assert hooks().helpdesk_ticket_scope(actor=AGENT, permission="core:ticket:read") == []


def test_a_first_result_hook_gives_the_answer_or_none(app: Flask, ticket: Any) -> None:
    assert hooks().helpdesk_suggest_assignee(ticket=ticket, actor=AGENT) == Assignee(employee_id=7)
    assert hooks().helpdesk_reply_to_finished_ticket(ticket=ticket, actor=AGENT) is None


def test_the_plugin_brings_a_lineage_after_the_core(runtime: Runtime) -> None:
    chain = lineages(runtime.plugins)
    assert [(one.name, one.requires, one.version_table) for one in chain] == [
        ("core", (), "helpdesk_version_core"),
        ("visit_log", ("core",), "helpdesk_version_visit_log"),
    ]
    assert (chain[1].directory / "versions" / "visit_log_0001.py").is_file()


def test_the_table_belongs_to_the_plugin(app: Flask) -> None:
    table = sys.modules["helpdesk_visit_log.models"].Entry.__table__
    assert (table.name, table.info["owner"]) == ("visit_log_entry", "visit_log")


def test_calls_are_counted_by_plugin_and_hook(runtime: Runtime, ticket: Any) -> None:
    for _ in range(3):
        hooks().helpdesk_find_related(ticket=ticket, actor=AGENT, limit=5)
    counted = runtime.statistics.of("visit_log", "helpdesk_find_related")
    assert (counted.calls, counted.failures) == (3, 0)
    assert counted.seconds > 0


def test_a_hook_called_with_other_arguments_than_specified_is_a_fault_of_the_core(app: Flask, ticket: Any) -> None:
    with pytest.raises(TypeError, match="helpdesk_find_related takes"):
        hooks().helpdesk_find_related(ticket=ticket)
    with pytest.raises(AttributeError, match="there is no hook helpdesk_nothing"):
        hooks().helpdesk_nothing()
