"""Warranties: who may set them, and where they are seen."""

from datetime import date, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from helpdesk_core.testing import Desk, journal, run_jobs, sign_in
from helpdesk_core.toolkit import ChangeTicket, change_ticket, enqueue, get_ticket, unit_of_work, utcnow
from helpdesk_warranty.jobs import REMIND

pytestmark = pytest.mark.helpdesk(plugins=["warranty"])


def give_warranty(desk: Desk, ticket_id: int, day: date) -> None:
    with unit_of_work() as session:
        ticket = get_ticket(session, ticket_id, actor=desk.admin)
        change_ticket(session, ticket, ChangeTicket(values={"ext.warranty.ends_on": day}), actor=desk.admin)


def test_a_warranty_that_ends_soon_is_listed_and_marked(app: Flask, client: FlaskClient, desk: Desk) -> None:
    ticket_id = desk.ticket()
    give_warranty(desk, ticket_id, utcnow().date())
    sign_in(app, client, desk.admin)
    assert f"#{ticket_id}" in client.get("/warranty/").text
    assert 'data-warranty="soon"' in client.get(f"/tickets/{ticket_id}").text


def test_without_a_warranty_there_is_nothing_to_see(app: Flask, client: FlaskClient, desk: Desk) -> None:
    ticket_id = desk.ticket()
    sign_in(app, client, desk.admin)
    assert f"#{ticket_id}" not in client.get("/warranty/").text
    assert "data-warranty" not in client.get(f"/tickets/{ticket_id}").text


def test_the_customer_sees_no_warranty(app: Flask, client: FlaskClient, desk: Desk) -> None:
    ticket_id = desk.ticket()
    give_warranty(desk, ticket_id, utcnow().date())
    sign_in(app, client, desk.customer)
    assert client.get("/warranty/").status_code == 404
    assert "warranty" not in client.get(f"/my/{ticket_id}").text.lower()


def remind(app: Flask) -> None:
    with unit_of_work() as session:
        enqueue(session, REMIND)
    run_jobs(app)


def test_a_ticket_is_reminded_once_for_each_last_day(app: Flask, desk: Desk) -> None:
    ending, lasting = desk.ticket(), desk.ticket()
    give_warranty(desk, ending, utcnow().date())
    give_warranty(desk, lasting, utcnow().date() + timedelta(days=300))
    remind(app)
    remind(app)  # a job may run twice: its process may have died after the work was done
    assert journal(ending).count("comment.added") == 1
    give_warranty(desk, ending, utcnow().date() + timedelta(days=7))
    remind(app)
    assert journal(ending).count("comment.added") == 2
    assert "comment.added" not in journal(lasting)
