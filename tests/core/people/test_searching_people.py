"""Companies, contacts and employees are found and sorted in any alphabet, the same on both databases."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from helpdesk_core.contract.actor import SYSTEM
from helpdesk_core.customers import queries
from helpdesk_core.customers.commands import CompanyValues, ContactValues
from helpdesk_core.customers.models import Contact
from helpdesk_core.customers.services import anonymise_contact, create_company, create_contact, update_company
from helpdesk_core.db.session import reading, unit_of_work
from helpdesk_core.testing import Desk, sign_in
from helpdesk_core.users.commands import CreateEmployee
from helpdesk_core.users.queries import employees
from helpdesk_core.users.services import create_employee

NAMES = (
    "Müller GmbH",
    "ÇELİK Yapı",
    "Иванов и сыновья",
    "Straßenbau",
    "Ωmega",
    "北京公司",
    "شركة النور",
    "100% Rent_A",
)


@pytest.fixture
def people(desk: Desk) -> Desk:
    """Companies, contacts and employees of all these names."""
    with unit_of_work() as session:
        for number, name in enumerate(NAMES):
            create_company(session, CompanyValues(name=name, email=f"desk@n{number}.test"), actor=SYSTEM)
            create_contact(session, ContactValues(name=name, phone=f"+60 (3) 21-{number}00 77"), actor=SYSTEM)
            create_employee(session, CreateEmployee(name=name, position="Dépannage"), actor=SYSTEM)
    return desk


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("müller", "Müller GmbH"), ("MÜLLER", "Müller GmbH"), ("muller", "Müller GmbH"),
        ("Mu\u0308ller", "Müller GmbH"),
        ("gmbh mül", "Müller GmbH"), ("çelik", "ÇELİK Yapı"), ("Çelik", "ÇELİK Yapı"), ("celik", "ÇELİK Yapı"),
        ("ИВАНОВ", "Иванов и сыновья"), ("ванов", "Иванов и сыновья"), ("STRASSE", "Straßenbau"),
        ("straße", "Straßenbau"), ("ß", "Straßenbau"), ("ωMEGA", "Ωmega"), ("ώmega", "Ωmega"), ("北京", "北京公司"),
        ("النور", "شركة النور"), ("rent_a", "100% Rent_A"),
    ],
)  # fmt: skip
def test_a_name_is_found_however_it_is_typed(people: Desk, text: str, name: str) -> None:
    """Without case, accents and the ways of writing one letter; on all three lists."""
    found = (
        [row.name for row in queries.companies(people.admin, text=text).rows],
        [row.name for row in queries.contacts(people.admin, text=text).rows],
        [row.name for row in employees(text=text)],
    )
    assert found == ([name],) * 3


@pytest.mark.parametrize("text", ["muller straße", "%", "_", "...", "'", "\\", "nobody"])
def test_what_nobody_is_called_finds_nobody(people: Desk, text: str) -> None:
    """All words have to fit, and signs are no wildcards."""
    assert queries.companies(people.admin, text=text).rows == []
    assert queries.contacts(people.admin, text=text).rows == []
    assert employees(text=text) == []


def test_addresses_numbers_and_companies_find_people(people: Desk) -> None:
    """An e-mail as it stands, a number however it is spaced, a contact by his company, an employee by his position."""
    assert [row.name for row in queries.companies(people.admin, text="desk@N3.test").rows] == ["Straßenbau"]
    for text in ("60321-30077", "+603 2130077", "213 00 77"):
        assert [row.name for row in queries.contacts(people.admin, text=text).rows] == ["Straßenbau"]
    assert [row.name for row in queries.contacts(people.admin, text="kopi").rows] == ["Chandra Customer"]
    assert len(employees(text="DEPANNAGE")) == len(NAMES)


def test_what_was_changed_is_found_by_its_new_words_alone(people: Desk) -> None:
    """A company that is renamed, a person who is forgotten."""
    with unit_of_work() as session:
        number = queries.companies(people.admin, text="müller").rows[0].id
        company = queries.company_card(number, people.admin).company
        update_company(session, session.merge(company), CompanyValues(name="Schäfer"), actor=people.admin)
        contact = session.scalars(select(Contact).where(Contact.name == "Иванов и сыновья")).one()
        anonymise_contact(session, contact, actor=people.admin)
    with reading():
        assert queries.companies(people.admin, text="müller").rows == []
        assert [row.name for row in queries.companies(people.admin, text="SCHAFER").rows] == ["Schäfer"]
        assert queries.contacts(people.admin, text="иванов").rows == []


def test_lists_are_sorted_without_regard_to_case_and_accents(desk: Desk) -> None:
    """On SQLite too, where the letters' numbers would put Ä behind z."""
    with unit_of_work() as session:
        for name in ("zebra", "Äpfel", "apfel B", "Öl", "Nuss", "олень", "Якорь"):
            create_company(session, CompanyValues(name=name), actor=SYSTEM)
    names = [row.name for row in queries.companies(desk.admin).rows]
    assert names == ["Äpfel", "apfel B", "Kopi Tiam", "Nuss", "Öl", "zebra", "олень", "Якорь"]


def test_the_searching_lists_of_a_ticket_find_them_too(app: Flask, client: FlaskClient, people: Desk) -> None:
    """What the picker of a new ticket asks for."""
    sign_in(app, client, people.admin)
    for kind in ("companies", "contacts"):
        rows = client.get(f"/tickets/pick/{kind}?q=ЧЕЛИК").get_json()
        assert rows == []
        rows = client.get(f"/tickets/pick/{kind}?q=çelik").get_json()
        assert [row["text"] for row in rows] == ["ÇELİK Yapı"]
