"""A contribution that fails or dawdles is left out in every process until somebody resumes it (F-21)."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from helpdesk_core.contract.errors import Forbidden, NotFound
from helpdesk_core.db.session import reading
from helpdesk_core.plugins.breaker import Breaker
from helpdesk_core.plugins.calls import EXTENSION
from helpdesk_core.plugins.costs import costs, save_costs
from helpdesk_core.plugins.lifecycle import enable, resume
from helpdesk_core.testing.counting import count_queries
from tests.core.plugin_life.conftest import Start
from tests.core.plugin_life.made import Workshop
from tests.core.plugin_life.test_pages import PAGE, signed_in

SLOT = """
calls = 0
fault = None

@hookimpl
def helpdesk_register_slots(self):
    def load():
        type(self).calls += 1
        if type(self).fault:
            type(self).fault()
        return {}
    return [SlotFill(slot="inbox.header", template="alpha/inbox.html", load=load)]
"""


@pytest.fixture
def alpha(workshop: Workshop, start: Start) -> Any:
    """A running app with a plugin that fills a slot of the inbox; returns the app and the plugin's class."""
    workshop.make("alpha", members=SLOT)
    folder = workshop.site / "made_alpha" / "templates" / "alpha"
    folder.mkdir(parents=True)
    (folder / "inbox.html").write_text("<p>SLOT-OF-ALPHA</p>")
    enable(start(), "alpha")
    app = start(HELPDESK_CONTRIBUTION_MS=200)
    return app, type(app.extensions[EXTENSION].plugins["alpha"].instance)


def fail() -> None:
    raise RuntimeError("broken slot")


def suspended(app: Flask) -> list[tuple[str, str]]:
    with app.app_context(), reading() as session:
        return [tuple(row) for row in session.execute(text("SELECT plugin, hook FROM plugin_suspension"))]


def test_three_failures_in_a_row_suspend_it_in_every_process(alpha: Any, start: Start) -> None:
    app, plugin = alpha
    client, other = signed_in(app), start()
    other_client = signed_in(other)
    assert "SLOT-OF-ALPHA" in other_client.get("/inbox").text
    plugin.fault = fail
    for _round in range(3):
        assert client.get("/inbox").status_code == 200
    assert suspended(app) == [("alpha", "slot inbox.header")]
    plugin.fault, plugin.calls = None, 0
    assert "SLOT-OF-ALPHA" not in client.get("/inbox").text
    assert "SLOT-OF-ALPHA" not in other_client.get("/inbox").text
    assert plugin.calls == 0, "what is suspended is not called"
    page = client.get(PAGE).text
    assert 'data-suspended="alpha"' in page
    assert "broken slot" in page
    assert "data-plugin-notices" in client.get("/inbox").text

    client.post(f"{PAGE}/alpha/resume", data={"hook": "slot inbox.header"})
    assert suspended(app) == []
    assert "SLOT-OF-ALPHA" in client.get("/inbox").text
    assert "SLOT-OF-ALPHA" in other_client.get("/inbox").text


def test_failures_that_are_not_in_a_row_suspend_nothing(alpha: Any) -> None:
    app, plugin = alpha
    client = signed_in(app)
    for _round in range(3):
        plugin.fault = fail
        client.get("/inbox")
        client.get("/inbox")
        plugin.fault = None
        assert "SLOT-OF-ALPHA" in client.get("/inbox").text
    assert suspended(app) == []


def test_what_is_slow_three_times_is_suspended(alpha: Any) -> None:
    import time

    app, plugin = alpha
    client = signed_in(app)
    plugin.fault = lambda: time.sleep(0.25)
    for _round in range(3):
        assert "SLOT-OF-ALPHA" in client.get("/inbox").text
    assert suspended(app) == [("alpha", "slot inbox.header")]


def test_asking_costs_no_query(alpha: Any, start: Start) -> None:
    app, plugin = alpha

    def questions() -> int:
        client = signed_in(app)
        client.get("/inbox")
        with count_queries(app) as sent:
            client.get("/inbox")
        return len(sent)

    calm = questions()
    bare = start(HELPDESK_SAFE_MODE="1")
    client = signed_in(bare)
    client.get("/inbox")
    with count_queries(bare) as sent:
        client.get("/inbox")
    assert len(sent) == calm
    plugin.fault = fail
    client = signed_in(app)
    for _round in range(4):
        client.get("/inbox")
    assert suspended(app)
    assert questions() == calm, "nor while something is suspended"


def test_only_who_may_resumes(alpha: Any) -> None:
    from helpdesk_core.contract.actor import UNKNOWN

    app, _plugin = alpha
    with pytest.raises(Forbidden):
        resume(app, "alpha", "slot inbox.header", actor=UNKNOWN)
    with pytest.raises(NotFound):
        resume(app, "alpha", "slot inbox.header")


def test_the_bound_can_be_set() -> None:
    breaker = Breaker(failures=2, seconds=1.0)
    breaker.note("alpha", "hook", 1.5, None)
    assert not breaker.is_open("alpha", "hook")
    breaker.note("alpha", "hook", 0.1, RuntimeError("x"))
    assert breaker.is_open("alpha", "hook")
    assert not breaker.is_open("alpha", "other")


def test_costs_of_all_processes_are_summed(alpha: Any, start: Start) -> None:
    app, plugin = alpha
    other = start()
    for one in (app, other, app):
        client = signed_in(one)
        client.get("/inbox")
        save_costs(one)
    plugin.fault = fail
    signed_in(app).get("/inbox")  # counted, not stored yet
    with app.app_context(), reading() as session:
        found = {(one.plugin, one.hook): one for one in costs(session, app.extensions[EXTENSION])}
    cost = found[("alpha", "slot inbox.header")]
    assert (cost.calls, cost.failures, cost.last_error) == (4, 1, "RuntimeError: broken slot")
    assert 0 < cost.mean <= cost.slowest
