"""Administration » Applications."""

from __future__ import annotations

import io
import json
import re
import zipfile

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from helpdesk_core.db.session import reading, unit_of_work
from helpdesk_core.plugins.calls import EXTENSION
from helpdesk_core.plugins.lifecycle import disable, enable
from helpdesk_core.testing.counting import count_queries
from helpdesk_core.testing.factories import employee_maker, login_of_rows
from tests.core.plugin_life.conftest import Start
from tests.core.plugin_life.made import Workshop

PAGE = "/settings/applications"


def signed_in(app: Flask, role: str = "core.administrator") -> FlaskClient:
    client = app.test_client()
    login_of_rows(app)(client, employee_maker(app)(role=role))
    return client


def states(page: str) -> dict[str, str]:
    return dict(re.findall(r'data-application="(\w+)" data-state="(\w+)"', page))


def test_the_page_enables_disables_and_purges(start: Start, workshop: Workshop) -> None:
    """UR-14: no menu and 404 before; both there after; data kept while it is off."""
    workshop.make("alpha")
    app = start()
    client = signed_in(app)
    assert states(client.get(PAGE).text)["alpha"] == "available"
    assert client.get("/alpha/").status_code == 404
    assert client.post(f"{PAGE}/alpha/enable").status_code == 303
    page = client.get(PAGE).text
    assert 'data-live="no"' in page, "this process still runs the set before"
    assert "HX-Refresh" not in client.get(f"{PAGE}/live").headers

    again = start()
    client = signed_in(again)
    page = client.get(PAGE).text
    assert states(page)["alpha"] == "enabled"
    assert 'data-live="no"' not in page
    assert client.get(f"{PAGE}/live").headers["HX-Refresh"] == "true"
    assert client.get("/alpha/").status_code == 200
    assert 'data-nav="alpha.home"' in client.get("/inbox").text
    with again.app_context(), unit_of_work() as session:
        session.execute(text("INSERT INTO alpha_thing (label) VALUES ('kept')"))
    assert client.post(f"{PAGE}/alpha/disable").status_code == 303

    off = start()
    client = signed_in(off)
    assert client.get("/alpha/").status_code == 404
    assert 'data-nav="alpha.home"' not in client.get("/inbox").text
    assert states(client.get(PAGE).text)["alpha"] == "disabled"
    refused = client.post(f"{PAGE}/alpha/purge", data={"confirmation": "alpa"})
    assert (refused.status_code, rows(off)) == (409, 1)
    assert client.post(f"{PAGE}/alpha/purge", data={"confirmation": "alpha"}).status_code == 303
    assert states(client.get(PAGE).text)["alpha"] == "available"


def rows(app: Flask) -> int:
    with app.app_context(), reading() as session:
        return int(session.execute(text("SELECT count(*) FROM alpha_thing")).scalar_one())


def test_a_refusal_is_told_and_changes_nothing(start: Start, workshop: Workshop) -> None:
    """F-21, F-23: also where the plugin ends the whole process."""
    workshop.make("alpha", imports="import os; os._exit(0)")
    workshop.make("bravo", requires=("alpha",))
    app = start()
    client = signed_in(app)
    for name, reason in (("bravo", "requires alpha"), ("alpha", "ended the process")):
        answer = client.post(f"{PAGE}/{name}/enable", follow_redirects=True)
        assert reason in answer.text
        assert states(answer.text)[name] == "available"


@pytest.mark.parametrize("role", ["core.lead", "core.specialist"])
def test_only_who_may_sees_the_page(start: Start, workshop: Workshop, role: str) -> None:
    workshop.make("alpha")
    client = signed_in(start(), role)
    assert client.get(PAGE).status_code == 403
    for path in ("alpha/enable", "alpha/disable", "alpha/purge", "alpha/resume", "costs"):
        assert client.post(f"{PAGE}/{path}").status_code == 403
    for path in ("alpha/export", "alpha/purge", "live"):
        assert client.get(f"{PAGE}/{path}").status_code == 403


def test_names_that_are_no_application_are_not_found(start: Start) -> None:
    client = signed_in(start())
    for name in ("--help", "ghost", "core", "%2e%2e"):
        assert client.post(f"{PAGE}/{name}/enable").status_code == 404
        assert client.get(f"{PAGE}/{name}/export").status_code == 404


def test_the_data_is_exported_as_lines_of_json(start: Start, workshop: Workshop) -> None:
    workshop.make("alpha")
    app = start()
    enable(app, "alpha")
    with app.app_context(), unit_of_work() as session:
        session.execute(text("INSERT INTO alpha_thing (label) VALUES ('Ключ 🔑'), ('two')"))
    disable(app, "alpha")
    workshop.remove("alpha")  # what is left can be saved without the package
    answer = signed_in(app).get(f"{PAGE}/alpha/export", buffered=True)
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert sorted(archive.namelist()) == ["about.json", "alpha_thing.jsonl"]
        lines = [json.loads(line) for line in archive.read("alpha_thing.jsonl").decode().splitlines()]
        about = json.loads(archive.read("about.json"))
    assert [line["label"] for line in lines] == ["Ключ 🔑", "two"]
    assert about["rows"] == {"alpha_thing": 2}
    assert answer.headers["Content-Disposition"] == 'attachment; filename="alpha.zip"'


def test_a_quarantined_application_is_told_on_every_page_of_who_can_mend_it(start: Start, workshop: Workshop) -> None:
    workshop.make("alpha")
    app = start()
    enable(app, "alpha")
    (workshop.site / "made_alpha" / "plugin.py").write_text("raise RuntimeError('broken <since>')")
    workshop.forget_imports()
    broken = start()
    admin, agent = signed_in(broken), signed_in(broken, "core.specialist")
    assert "data-plugin-notices" in admin.get("/inbox").text
    assert "data-plugin-notices" not in agent.get("/inbox").text
    page = admin.get(PAGE).text
    assert states(page)["alpha"] == "quarantined"
    assert "broken &lt;since&gt;" in page


def test_costs_are_shown_at_the_foot_to_who_asked(start: Start, workshop: Workshop) -> None:
    workshop.make("alpha", members=ACTIONS)
    app = start()
    enable(app, "alpha")
    app = start()
    client, other = signed_in(app), signed_in(app)
    with app.app_context():
        app.extensions[EXTENSION].hooks.helpdesk_check_health(app=app)
    assert "helpdesk_check_health" in client.get(PAGE).text
    assert "data-page-costs" not in client.get("/inbox").text
    client.post(f"{PAGE}/costs", data={"show": "1"})
    assert "data-page-costs" in client.get("/inbox").text
    assert "data-page-costs" not in other.get("/inbox").text
    client.post(f"{PAGE}/costs", data={"show": "0"})
    assert "data-page-costs" not in client.get("/inbox").text


ACTIONS = """
@hookimpl
def helpdesk_check_health(self, app):
    return []
"""


def test_the_page_asks_as_many_questions_for_ten_plugins_as_for_one(start: Start, workshop: Workshop) -> None:
    def questions(app: Flask) -> int:
        client = signed_in(app)
        client.get(PAGE)
        with count_queries(app) as counted:
            assert client.get(PAGE).status_code == 200
        return len(counted)

    workshop.make("alpha")
    one = questions(start())
    for number in range(9):
        workshop.make(f"more{number}x")
    assert questions(start()) == one
