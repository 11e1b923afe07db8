"""Settings » Presets: looking, changing with a map, and a configuration as a file, in the browser."""

from __future__ import annotations

import re
from html import unescape
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient

from helpdesk_core.configuration import views
from helpdesk_core.configuration.presets import FOLDER
from helpdesk_core.contract.presets import PRESETS
from helpdesk_core.db.session import reading
from helpdesk_core.testing import Login, MakeEmployee, MakeTicket
from helpdesk_core.tickets.models import Ticket

#: What is exported holds the words of the site: where every word is called otherwise, it is longer.
pytestmark = pytest.mark.wording

PATH = "/settings/configuration"
PRESET = (FOLDER / "service_desk.toml").read_text("utf-8")


@pytest.fixture
def admin(client: FlaskClient, make_employee: MakeEmployee, login: Login) -> FlaskClient:
    login(client, make_employee())
    return client


def _upload(client: FlaskClient, text: str, name: str = "desk.toml") -> tuple[int, str]:
    answer = client.post(f"{PATH}/plan", data={"file": (BytesIO(text.encode()), name)})
    return answer.status_code, answer.text


def _hidden(page: str) -> dict[str, str]:
    found = re.findall(r'<input id="(name|text|shown)" name="\w+" type="hidden" value="([^"]*)">', page)
    return {name: unescape(value) for name, value in found}


def _status_of(app: Flask, number: int) -> str:
    with app.app_context(), reading() as session:
        return session.get_one(Ticket, number).status_key


def test_the_preset_in_use_is_marked_among_the_four(admin: FlaskClient) -> None:
    """CR-01, OK-032: each with its statuses; what is downloaded is the preset itself."""
    page = admin.get(PATH).text
    assert re.findall(r'data-preset="(\w+)"', page) == list(PRESETS)
    assert page.count("is-active") == 1
    assert 'data-status="lead_desk.in_processing"' in page
    answer = admin.get(f"{PATH}/export")
    assert answer.data.decode() == PRESET
    assert answer.headers["Content-Disposition"] == 'attachment; filename="helpdesk.toml"'


def test_a_file_is_shown_before_it_is_applied(admin: FlaskClient) -> None:
    """Two steps; the second does what the first showed."""
    status, page = _upload(admin, PRESET.replace("\n", "\r\n").replace('"Incident"', '"Störung"'))
    assert (status, re.findall(r'data-plan="(\w+)" data-key="([\w.]+)"', page)) == (200, [("changed", "core.incident")])
    assert admin.get(f"{PATH}/export").data.decode() == PRESET
    assert admin.post(f"{PATH}/apply", data=_hidden(page)).status_code == 303
    assert admin.get(f"{PATH}/export").data.decode() == PRESET.replace('"Incident"', '"Störung"')
    assert "data-plan" not in _upload(admin, PRESET.replace('"Incident"', '"Störung"'))[1]


def test_what_was_changed_meanwhile_is_shown_anew(admin: FlaskClient) -> None:
    """The plan is another one by now: nothing is applied, and the new plan stands there."""
    _status, page = _upload(admin, PRESET.replace('"Incident"', '"Fault"'))
    other = _upload(admin, PRESET.replace('"Internal"', '"Inside"'))[1]
    admin.post(f"{PATH}/apply", data=_hidden(other))
    answer = admin.post(f"{PATH}/apply", data=_hidden(page))
    assert answer.status_code == 409
    assert 'data-key="core.internal"' in answer.text
    assert '"Fault"' not in admin.get(f"{PATH}/export").data.decode()


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("no [toml", "desk.toml"),
        (PRESET.replace("rank = 10", "rank = -1"), "desk.toml:66: [priorities.core.critical] rank"),
    ],
)
def test_a_wrong_file_is_refused_line_by_line(text: str, place: str, admin: FlaskClient) -> None:
    status, page = _upload(admin, text)
    assert (status, [unescape(one) for one in re.findall(r'data-fault="([^"]*)"', page)]) == (422, [place])
    assert 'data-form="apply"' not in page


def test_no_file_and_a_name_with_markup(admin: FlaskClient) -> None:
    """What was sent is never taken for a page's own text."""
    assert admin.post(f"{PATH}/plan").status_code == 422
    status, page = _upload(admin, "a = 1", "<script>.toml")
    assert (status, "<script>.toml" in page, "&lt;script&gt;.toml" in page) == (422, False, True)


def test_a_file_that_would_orphan_tickets_names_them(admin: FlaskClient, make_ticket: MakeTicket) -> None:
    number = make_ticket()
    status, page = _upload(admin, (FOLDER / "lead_desk.toml").read_text("utf-8"))
    assert status == 422
    assert "desk.toml: [statuses.service_desk.open]" in unescape(page)
    assert f"#{number}" in page


def test_another_preset_is_chosen_with_its_map(admin: FlaskClient, app: Flask, make_ticket: MakeTicket) -> None:
    """The proposals are chosen already; what is chosen instead is what the tickets get."""
    number = make_ticket()
    page = admin.get(f"{PATH}/preset/support_center").text
    assert re.findall(r'data-goes="([\w.]+)"', page) == list(dict.fromkeys(re.findall(r'"(service_desk\.\w+)"', page)))
    assert re.search(r'name="move_service_desk\.open">\s*<option selected value="support_center\.opened">', page)
    moves = {f"move_service_desk.{name}": "support_center.completed" for name in ("resolved", "closed")}
    moves |= {
        "move_service_desk.open": "support_center.on_hold",
        "move_service_desk.postponed": "support_center.on_hold",
    }
    assert admin.post(f"{PATH}/preset/support_center", data=moves).status_code == 303
    assert _status_of(app, number) == "support_center.on_hold"
    card = admin.get(f"/tickets/{number}")
    assert 'data-status="support_center.on_hold"' in card.text
    assert "preset=" not in card.text


def test_a_choice_that_cannot_be_is_refused(admin: FlaskClient, app: Flask, make_ticket: MakeTicket) -> None:
    """A status that asks until when, a status that is not offered, a preset that there is not."""
    number = make_ticket()
    moves = {f"move_service_desk.{name}": "lead_desk.processed" for name in ("resolved", "closed", "postponed")}
    for target, status in (("lead_desk.postponed", 422), ("service_desk.closed", 422)):
        answer = admin.post(f"{PATH}/preset/lead_desk", data={**moves, "move_service_desk.open": target})
        assert answer.status_code == status
    assert admin.get(f"{PATH}/preset/crm").status_code == 404
    assert _status_of(app, number) == "service_desk.open"


def test_too_many_tickets_for_a_request_are_left_to_the_command(
    admin: FlaskClient, app: Flask, make_ticket: MakeTicket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "MOST_IN_A_REQUEST", 0)
    number = make_ticket()
    page = admin.get(f"{PATH}/preset/request_flow")
    assert "helpdesk config preset request_flow" in page.text
    moves = {f"move_service_desk.{name}": "request_flow.closed" for name in ("open", "resolved", "closed", "postponed")}
    assert admin.post(f"{PATH}/preset/request_flow", data=moves).status_code == 409
    assert _status_of(app, number) == "service_desk.open"
