"""Pages of people, customers and settings: they open, keep what was typed, and change what they say."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select

from helpdesk_core.access.models import Role, RoleGrant
from helpdesk_core.contract.actor import SYSTEM, Actor, ActorKind
from helpdesk_core.contract.errors import Forbidden, Invalid, NotFound, Rejected
from helpdesk_core.customers.commands import CompanyValues, ContactValues
from helpdesk_core.customers.models import Company, Contact
from helpdesk_core.customers.services import (
    FORGOTTEN,
    anonymise_contact,
    create_company,
    create_contact,
    delete_company,
    get_contact,
    grant_portal_access,
)
from helpdesk_core.db.session import reading, unit_of_work
from helpdesk_core.events.models import EventRow
from helpdesk_core.settings.registry import comments_internal_by_default
from helpdesk_core.statuses.catalog import status_catalog
from helpdesk_core.statuses.models import Status
from helpdesk_core.statuses.services import StatusValues, create_status, delete_status, update_status
from helpdesk_core.tickets.commands import CreateTicket, TransitionTicket
from helpdesk_core.tickets.models import Priority, Ticket
from helpdesk_core.tickets.services import create_ticket, get_ticket, transition_ticket
from helpdesk_core.users.commands import CreateEmployee, GroupValues
from helpdesk_core.users.models import Employee, Group
from helpdesk_core.users.photos import SIDE, square_photo
from helpdesk_core.users.services import create_employee, create_group, delete_or_hide
from helpdesk_core.users.sessions import sign_in

PASSWORD = "correct horse battery"


def _employee(name: str, role: str) -> int:
    command = CreateEmployee(name=name, login=name.lower(), password=PASSWORD, role_keys=(role,))
    with unit_of_work() as session:
        return create_employee(session, command, actor=SYSTEM).id


@pytest.fixture
def admin(app: Flask, client: FlaskClient) -> Iterator[Actor]:
    """An administrator whose browser is ``client``; the app's context is open."""
    with app.app_context():
        number = _employee("Ada", "core.administrator")
        assert client.post("/login", data={"login": "ada", "password": PASSWORD}).status_code == 303
        yield Actor(ActorKind.EMPLOYEE, number, "Ada")


@pytest.fixture
def lead(admin: Actor) -> Actor:
    """A lead specialist."""
    return Actor(ActorKind.EMPLOYEE, _employee("Lee", "core.lead"), "Lee")


def _ticket(**values: object) -> int:
    with unit_of_work() as session:
        return create_ticket(session, CreateTicket(subject="Till", **values), actor=SYSTEM).id  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "url",
    [
        "/employees", "/employees?q=a&inactive=yes", "/employees/1", "/employees/new", "/employees/1/edit",
        "/employees/1/password", "/employees/1/deactivate", "/groups", "/groups/new", "/companies", "/companies/new",
        "/contacts", "/contacts/new", "/companies/search.json?q=a", "/contacts/search.json", "/account", "/settings",
        "/settings/general", "/settings/statuses", "/settings/statuses/new", "/settings/statuses/1", "/settings/roles",
        "/settings/lists/types", "/settings/lists/types/new", "/settings/lists/priorities/1", "/settings/lists/fields",
        "/settings/lists/fields/new", "/settings/lists/canned", "/settings/lists/canned/new",
        "/settings/lists/categories", "/settings/lists/categories/1",
    ],
)  # fmt: skip
def test_pages_open(client: FlaskClient, admin: Actor, url: str) -> None:
    """OK-206, OK-217: each page of people and settings is there for an administrator."""
    assert client.get(url).status_code == 200


@pytest.mark.parametrize("url", ["/employees/999", "/groups/999/edit", "/companies/999", "/settings/lists/none"])
def test_unknown_numbers_are_not_found(client: FlaskClient, admin: Actor, url: str) -> None:
    """Unknown ids are 404."""
    assert client.get(url).status_code == 404


def test_a_refused_form_keeps_what_was_typed_and_changes_nothing(client: FlaskClient, admin: Actor) -> None:
    """Every form says what was wrong and where."""
    typed = {"name": "Boris", "login": "ada", "timezone": "UTC", "language": "en", "active": "y"}
    answer = client.post("/employees/new", data=typed)
    assert answer.status_code == 422
    assert 'value="Boris"' in answer.text
    assert 'id="login-error"' in answer.text
    with reading() as session:
        assert session.scalars(select(Employee.name)).all() == ["Ada"]


def test_an_employee_is_added_active_at_once(client: FlaskClient, admin: Actor) -> None:
    """OK-208, OK-212."""
    typed = {
        "name": "Boris",
        "login": "boris",
        "password": PASSWORD,
        "role_keys": ["core.lead", "core.specialist"],
        "timezone": "Asia/Kuala_Lumpur",
        "language": "ms",
        "active": "y",
    }
    assert client.post("/employees/new", data=typed).status_code == 303
    assert sign_in("boris", PASSWORD) is not None


def test_nobody_leaves_while_assignee_of_a_ticket_that_is_not_closed(client: FlaskClient, admin: Actor) -> None:
    """OK-209: the message lists the tickets and offers to hand them over."""
    number = _employee("Sam", "core.specialist")
    ticket = _ticket(assignee_id=number)
    refused = client.post(f"/employees/{number}/deactivate", data={"employee_id": "", "group_id": ""})
    assert refused.status_code == 409
    assert f'data-ticket="{ticket}"' in refused.text
    answer = client.post(f"/employees/{number}/deactivate", data={"employee_id": str(admin.id), "group_id": ""})
    assert answer.status_code == 303
    with reading() as session:
        row = session.get(Ticket, ticket)
        employee = session.get(Employee, number)
    assert row is not None
    assert employee is not None
    assert (row.assignee_id, employee.active) == (admin.id, False)


def test_a_group_that_tickets_name_is_hidden_not_deleted(admin: Actor) -> None:
    """OK-218."""
    with unit_of_work() as session:
        used = create_group(session, GroupValues(name="Field"), actor=SYSTEM).id
        idle = create_group(session, GroupValues(name="Idle"), actor=SYSTEM).id
    _ticket(group_id=used)
    with unit_of_work() as session:
        gone = [delete_or_hide(session, session.get_one(Group, number), actor=admin) for number in (used, idle)]
    assert gone == [False, True]
    with reading() as session:
        assert [(row.name, row.hidden) for row in session.scalars(select(Group))] == [("Field", True)]


def test_a_lead_neither_edits_people_nor_grants_portal_access(lead: Actor) -> None:
    """OK-214: five checks."""
    with unit_of_work() as session:
        contact = create_contact(session, ContactValues(name="Chandra"), actor=lead)
    with pytest.raises(Forbidden), unit_of_work() as session:
        create_employee(session, CreateEmployee(name="X"), actor=lead)
    with pytest.raises(Forbidden), unit_of_work() as session:
        grant_portal_access(session, contact, "chandra", password=PASSWORD, actor=lead)
    with pytest.raises(Forbidden), unit_of_work() as session:
        create_group(session, GroupValues(name="X"), actor=lead)
    with pytest.raises(Forbidden), unit_of_work() as session:
        create_status(session, StatusValues(label="X", category="open"), actor=lead)
    with pytest.raises(Forbidden), unit_of_work() as session:
        delete_company(session, create_company(session, CompanyValues(name="Y"), actor=SYSTEM), actor=lead)
    with reading() as session:
        assert session.scalars(select(Company)).all() == []


def test_a_specialist_sees_the_cards_of_his_tickets_only(admin: Actor) -> None:
    """OK-215: the card is 404 when the last link disappears."""
    sam = Actor(ActorKind.EMPLOYEE, _employee("Sam", "core.specialist"), "Sam")
    with unit_of_work() as session:
        number = create_contact(session, ContactValues(name="Chandra"), actor=SYSTEM).id
    with reading() as session, pytest.raises(NotFound):
        get_contact(session, number, actor=sam)
    _ticket(contact_id=number, assignee_id=sam.id)
    with reading() as session:
        assert get_contact(session, number, actor=sam).name == "Chandra"


def test_anonymising_leaves_no_trace_of_the_name(admin: Actor) -> None:
    """Name, addresses, login, sessions and labels go; the ticket stays."""
    with unit_of_work() as session:
        values = ContactValues(name="Chandra Customer", email="c@example.test", phone="123")
        contact = create_contact(session, values, actor=SYSTEM)
        grant_portal_access(session, contact, "chandra", password=PASSWORD, actor=SYSTEM)
    assert sign_in("chandra", PASSWORD) is not None
    with unit_of_work() as session:
        customer = Actor(ActorKind.CONTACT, contact.id, contact.name)
        ticket = create_ticket(session, CreateTicket(subject="Till"), actor=customer).id
    with unit_of_work() as session:
        anonymise_contact(session, session.get_one(Contact, contact.id), actor=admin)
    assert sign_in("chandra", PASSWORD) is None
    with reading() as session:
        row = session.get_one(Contact, contact.id)
        labels = set(session.scalars(select(EventRow.actor_label)))
        bodies = [str((event.before, event.after)) for event in session.scalars(select(EventRow))]
        assert session.get_one(Ticket, ticket).author_label in ("", FORGOTTEN)
    assert (row.name, row.email, row.phone) == (FORGOTTEN, None, None)
    assert "Chandra Customer" not in labels
    assert not any("Chandra Customer" in body or "c@example.test" in body for body in bodies)


def test_a_new_status_is_usable_at_once(client: FlaskClient, admin: Actor) -> None:
    """OK-045, UR-02."""
    typed = {
        "label": "At the supplier",
        "category": "waiting",
        "background": "#ffeeaa",
        "foreground": "#111111",
        "finish_target": "",
        "sources": ["service_desk.open"],
        "targets": ["service_desk.open"],
    }
    ticket = _ticket()
    assert client.post("/settings/statuses/new", data=typed).status_code == 303
    with unit_of_work() as session:
        key = "site.at_the_supplier"
        transition_ticket(session, get_ticket(session, ticket, actor=admin), TransitionTicket(to=key), actor=admin)
    with reading() as session:
        assert session.get_one(Ticket, ticket).status_key == key
        assert status_catalog().by_key[key].category == "waiting"


def test_system_statuses_are_protected_but_for_their_colours(admin: Actor) -> None:
    """UR-03, UR-09."""

    def system() -> Status:
        return session.scalars(select(Status).where(Status.key == "service_desk.open")).one()

    with pytest.raises(Rejected), unit_of_work() as session:
        delete_status(session, system(), actor=admin)
    with pytest.raises(Rejected), unit_of_work() as session:
        update_status(session, system(), StatusValues(label="Other", category="open"), actor=admin)
    with unit_of_work() as session:
        wanted = StatusValues(label="Open", category="open", background="#000000", foreground="#ffffff")
        update_status(session, system(), wanted, actor=admin)
    with reading():
        assert status_catalog().by_key["service_desk.open"].background == "#000000"


def test_the_default_visibility_of_comments_is_a_setting(client: FlaskClient, admin: Actor) -> None:
    """OK-072."""
    typed = {"site_name": "Kopi Desk", "comments_internal": "y", "upload_limit_mb": "5"}
    assert client.post("/settings/general", data=typed).status_code == 303
    with reading():
        assert comments_internal_by_default()
    assert "Kopi Desk" in client.get("/settings/general").text
    assert client.post("/settings/general", data={**typed, "upload_limit_mb": "9999"}).status_code == 422


def test_the_matrix_changes_a_right_and_never_the_administrators(client: FlaskClient, admin: Actor) -> None:
    """OK-213, OK-216."""
    wanted = {"core.specialist core:customer:create": "all", "core.administrator core:ticket:read": "none"}
    assert client.post("/settings/roles", data=wanted).status_code == 303
    with reading() as session:
        granted = session.execute(
            select(Role.key, RoleGrant.reach)
            .join(RoleGrant, RoleGrant.role_id == Role.id)
            .where(RoleGrant.permission == "core:customer:create", Role.key == "core.specialist")
        ).all()
        assert [tuple(row) for row in granted] == [("core.specialist", "all")]
    refused = client.post("/settings/roles", data={"core.specialist core:desk:use": "related"})
    assert refused.status_code == 422


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        ("types", {"name": "Complaint", "position": "5", "active": "y"}),
        ("priorities", {"name": "Blocker", "rank": "1", "colour": "#ff0000", "active": "y"}),
        ("categories", {"name": "Reseller", "colour": "#ff0000", "position": "5"}),
        ("fields", {"label": "Device", "kind": "choice", "options": "Till\nPrinter", "position": "5", "active": "y"}),
        ("canned", {"group": "First", "title": "Hello", "body": "We have it.", "position": "5"}),
    ],
)
def test_short_lists_take_entries_and_give_them_back(
    client: FlaskClient, admin: Actor, kind: str, typed: dict[str, str]
) -> None:
    """OK-046, OK-050, OK-146, PY-23."""
    assert client.post(f"/settings/lists/{kind}/new", data=typed).status_code == 303
    page = client.get(f"/settings/lists/{kind}").text
    assert (typed.get("name") or typed.get("label") or typed["title"]) in page
    again = client.post(f"/settings/lists/{kind}/new", data=typed)
    assert again.status_code == (303 if kind == "canned" else 422)


def test_the_default_priority_stays(client: FlaskClient, admin: Actor) -> None:
    """New tickets always have one."""
    with reading() as session:
        number = session.scalars(select(Priority.id).where(Priority.is_default)).one()
    assert client.post(f"/settings/lists/priorities/{number}/delete").status_code == 409
    with reading() as session:
        assert session.get(Priority, number) is not None


def test_a_photo_is_drawn_anew_and_small(client: FlaskClient, admin: Actor) -> None:
    """OK-210."""
    sent = BytesIO()
    Image.new("RGB", (900, 500), "red").save(sent, "PNG")
    answer = client.post("/account/photo", data={"photo": (BytesIO(sent.getvalue()), "x.svg")})
    assert answer.status_code == 303
    shown = client.get(f"/employees/{admin.id}/photo")
    assert (shown.status_code, shown.mimetype) == (200, "image/jpeg")
    assert Image.open(BytesIO(shown.data)).size == (SIDE, SIDE)
    shown.close()
    assert client.post("/account/photo", data={"photo": (BytesIO(b"<svg/>"), "x.png")}).status_code == 422
    with pytest.raises(Invalid):
        square_photo(b"GIF89a" + b"\0" * 50)
