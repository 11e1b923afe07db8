"""What happens when a plugin fails follows from the kind of the hook alone."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text
from structlog.testing import capture_logs

from helpdesk_core.contract.actor import Actor, ActorKind
from helpdesk_core.contract.errors import Invalid, PluginFailed, Rejected
from helpdesk_core.contract.markers import hookimpl
from helpdesk_core.contract.plugin import Plugin
from helpdesk_core.contract.specs import Assignee, Observer, RelatedItem, ScopeRule, TicketDraft
from helpdesk_core.db.session import CommitRefused, db, reading, unit_of_work
from helpdesk_core.plugins.calls import current_runtime, hooks, isolated
from helpdesk_core.plugins.manager import load_plugins

AGENT = Actor(ActorKind.EMPLOYEE, 3, "Ada")

#: Ways to break that any hook must survive (F-21).
FAULTS: dict[str, Callable[[], object]] = {}


def fault(function: Callable[[], object]) -> Callable[[], object]:
    FAULTS[function.__name__] = function
    return function


@fault
def raises() -> object:
    raise RuntimeError("broken")


@fault
def exits() -> object:
    raise SystemExit(3)


@fault
def recurses() -> object:
    return recurses()


@fault
def runs_out_of_memory() -> object:
    raise MemoryError


@fault
def returns_a_number() -> object:
    return 42


@fault
def returns_a_list_of_texts() -> object:
    return ["text"]


class Middle(Plugin):
    """Fails as it is told, between two plugins that work."""

    name = "middle"
    fault: Callable[[], object]

    @hookimpl
    def helpdesk_find_related(self) -> Any:
        return self.fault()

    @hookimpl
    def helpdesk_suggest_assignee(self) -> Any:
        return self.fault()

    @hookimpl
    def helpdesk_ticket_scope(self) -> Any:
        return self.fault()

    @hookimpl
    def helpdesk_decide(self) -> Any:
        return self.fault()

    @hookimpl
    def helpdesk_ticket_created(self) -> Any:
        return self.fault()

    @hookimpl
    def helpdesk_suggest_observers(self) -> Any:
        return self.fault()

    @hookimpl
    def helpdesk_before_transition(self) -> Any:
        return self.fault()

    @hookimpl
    def helpdesk_validate_ticket(self) -> Any:
        return self.fault()


class Well(Plugin):
    """Works; base of the two neighbours."""

    name = "alpha"

    @hookimpl
    def helpdesk_find_related(self) -> list[RelatedItem]:
        return [RelatedItem(kind="x", label=self.name, url="/")]

    @hookimpl
    def helpdesk_validate_ticket(self, draft: TicketDraft) -> None:
        if not draft.subject:
            raise Invalid({"subject": [f"{self.name} wants one"]})


class Last(Well):
    """Works, after the failing one."""

    name = "zulu"

    @hookimpl
    def helpdesk_suggest_assignee(self) -> Assignee:
        return Assignee(group_id=1)


@pytest.fixture
def plugin() -> Middle:
    return Middle()


@pytest.fixture
def app(make_app: Any, plugin: Middle) -> Iterator[Flask]:
    app: Flask = make_app()
    load_plugins(app, plugins=[Last, plugin, Well])
    with app.app_context():
        with unit_of_work() as session:
            session.execute(text("create table note (text varchar)"))
        yield app


@pytest.fixture(params=FAULTS)
def broken(request: pytest.FixtureRequest, app: Flask, plugin: Middle) -> str:
    plugin.fault = FAULTS[request.param]
    return str(request.param)


def write(word: str) -> None:
    db.session.execute(text("insert into note values (:word)"), {"word": word})


def notes() -> list[str]:
    with reading() as session:
        return list(session.scalars(text("select text from note")))


def create() -> None:
    """Write as the core does, and let the plugins take part."""
    with unit_of_work() as session:
        write("by the core")
        hooks().helpdesk_ticket_created(session=session, ticket=None, actor=AGENT)


def write_and_look() -> None:
    with unit_of_work():
        write("by the core")
        related()


def related() -> list[str]:
    return [one.value.label for one in hooks().helpdesk_find_related(ticket=None, actor=AGENT, limit=5)]


def test_a_failing_contribution_is_skipped_logged_and_counted_and_the_others_stay(broken: str) -> None:
    """F-21."""
    with capture_logs() as logs:
        assert related() == ["alpha", "zulu"]
    assert [(line["plugin"], line["hook"]) for line in logs] == [("middle", "helpdesk_find_related")]
    assert current_runtime().statistics.failures() == {("middle", "helpdesk_find_related"): 1}


def test_a_failing_first_result_passes_the_question_on(broken: str) -> None:
    """F-21."""
    with capture_logs() as logs:
        assert hooks().helpdesk_suggest_assignee(ticket=None, actor=AGENT) == Assignee(group_id=1)
    assert [line["plugin"] for line in logs] == ["middle"]


@pytest.mark.parametrize("hook", ["helpdesk_ticket_scope", "helpdesk_decide"])
def test_a_failing_policy_is_never_an_answer(broken: str, hook: str) -> None:
    """F-21."""
    with pytest.raises(PluginFailed) as failure:
        getattr(hooks(), hook)(actor=AGENT, permission="core:ticket:read")
    assert (failure.value.plugin, failure.value.hook) == ("middle", hook)


def test_a_failing_take_part_hook_rolls_the_change_back_and_is_named(broken: str) -> None:
    """F-21."""
    with pytest.raises(PluginFailed) as failure:
        create()
    assert (failure.value.plugin, failure.value.hook) == ("middle", "helpdesk_ticket_created")
    assert failure.value.__cause__ is not None
    assert notes() == []


def test_a_veto_by_return_value_is_a_fault_not_a_silent_pass(app: Flask, plugin: Middle) -> None:
    plugin.fault = lambda: False
    with pytest.raises(PluginFailed, match="returned bool, expected nothing"), unit_of_work() as session:
        hooks().helpdesk_before_transition(session=session, ticket=None, transition=None, actor=AGENT)


def test_a_refusal_keeps_its_type_and_gets_the_plugins_name(app: Flask, plugin: Middle) -> None:
    def refuse() -> None:
        raise Rejected("not today")

    plugin.fault = refuse
    with pytest.raises(Rejected) as refusal, unit_of_work() as session:
        hooks().helpdesk_before_transition(session=session, ticket=None, transition=None, actor=AGENT)
    assert (refusal.value.plugin, refusal.value.http_status) == ("middle", 409)
    assert current_runtime().statistics.failures() == {}


def test_every_plugin_may_say_what_is_wrong_with_a_draft(app: Flask, plugin: Middle) -> None:
    def refuse() -> None:
        raise Invalid({"subject": ["middle wants one"], "type": ["middle wants it"]})

    plugin.fault = refuse
    with pytest.raises(Invalid) as refusal, unit_of_work() as session:
        hooks().helpdesk_validate_ticket(session=session, draft=TicketDraft(subject=""), actor=AGENT)
    assert refusal.value.errors == {
        "subject": ["alpha wants one", "middle wants one", "zulu wants one"],
        "type": ["middle wants it"],
    }
    assert refusal.value.plugin == "alpha, middle, zulu"


def test_a_misspelt_effect_is_a_failure_not_nothing(app: Flask, plugin: Middle) -> None:
    plugin.fault = lambda: [ScopeRule(effect="denied", condition=None)]  # type: ignore[arg-type]
    with pytest.raises(PluginFailed):
        hooks().helpdesk_ticket_scope(actor=AGENT, permission="core:ticket:read")


def test_one_wrong_item_spoils_the_plugins_whole_list(app: Flask, plugin: Middle) -> None:
    plugin.fault = lambda: [RelatedItem(kind="x", label="middle", url="/"), Observer(kind="employee", id=1)]
    with capture_logs():
        assert related() == ["alpha", "zulu"]


def test_an_interrupt_from_the_keyboard_stops_the_program(app: Flask, plugin: Middle) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    plugin.fault = interrupt
    with pytest.raises(KeyboardInterrupt):
        related()


class TestAContributionLeavesTheSessionAsItWas:
    """A read-time hook cannot write, and cannot break the core's transaction."""

    def test_a_failed_statement_does_not_break_the_change_around_it(self, app: Flask, plugin: Middle) -> None:
        plugin.fault = lambda: db.session.execute(text("select nothing from nowhere"))
        with capture_logs(), unit_of_work():
            write("before")
            assert related() == ["alpha", "zulu"]
            write("after")
        assert notes() == ["before", "after"]

    def test_what_it_wrote_inside_a_change_is_undone(self, app: Flask, plugin: Middle) -> None:
        plugin.fault = lambda: write("by a read-time hook")
        with unit_of_work():
            write("by the core")
            related()
        assert notes() == ["by the core"]

    def test_what_it_wrote_while_reading_is_undone(self, app: Flask, plugin: Middle) -> None:
        plugin.fault = lambda: write("by a read-time hook")
        with reading():
            related()
        related()
        assert notes() == []
        assert not db.session().in_transaction()

    @pytest.mark.parametrize("where", [unit_of_work, reading])
    def test_its_commit_is_refused(self, app: Flask, plugin: Middle, where: Any) -> None:
        def commit() -> None:
            write("by a read-time hook")
            db.session.commit()

        plugin.fault = commit
        with capture_logs() as logs, where() as session:
            before = session.execute(text("select count(*) from note")).scalar_one()
            assert related() == ["alpha", "zulu"]
        assert before == 0
        assert [CommitRefused.__name__ in line["error"] for line in logs] == [True]
        assert notes() == []

    def test_it_cannot_open_a_change_of_its_own(self, app: Flask, plugin: Middle) -> None:
        def change() -> None:
            with unit_of_work():
                write("by a read-time hook")

        plugin.fault = change
        with capture_logs():
            assert related() == ["alpha", "zulu"]
        assert notes() == []

    def test_ending_the_cores_change_ends_it_loudly(self, app: Flask, plugin: Middle) -> None:
        plugin.fault = lambda: db.session.rollback()
        with pytest.raises(PluginFailed, match="ended the transaction") as failure:
            write_and_look()
        assert failure.value.plugin == "middle"
        assert notes() == []

    def test_a_commit_from_a_take_part_hook_is_refused(self, app: Flask, plugin: Middle) -> None:
        plugin.fault = lambda: db.session.commit()
        with pytest.raises(PluginFailed) as failure:
            create()
        assert isinstance(failure.value.__cause__, CommitRefused)
        assert notes() == []


def test_other_read_time_code_of_plugins_is_isolated_the_same_way(app: Flask) -> None:
    with capture_logs() as logs, isolated("middle", "slot ticket.sidebar"):
        raise RuntimeError("broken slot")
    assert [(line["plugin"], line["hook"]) for line in logs] == [("middle", "slot ticket.sidebar")]
    assert current_runtime().statistics.of("middle", "slot ticket.sidebar").failures == 1
