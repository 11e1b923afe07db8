"""What a person may not see is on no surface there is: one model of people and tickets, every page that shows them."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from helpdesk_core.access.models import Role, RoleGrant
from helpdesk_core.access.policy import can, can_many, visible
from helpdesk_core.cli import main
from helpdesk_core.contract.actor import Actor, ActorKind
from helpdesk_core.customers.models import Company, Contact
from helpdesk_core.db.reference import touch_reference
from helpdesk_core.db.session import reading, unit_of_work
from helpdesk_core.db.types import utcnow
from helpdesk_core.testing.desk import Desk
from helpdesk_core.testing.signing_in import sign_in
from helpdesk_core.tickets.commands import AddComment
from helpdesk_core.tickets.comments import add_comment
from helpdesk_core.tickets.models import Attachment, SavedView, Ticket, TicketLink, TicketTag
from helpdesk_core.tickets.services import get_ticket
from helpdesk_core.users.models import Group, GroupMember
from tests.core.access.world import plain, stored

_CANARY = re.compile(r"CANARY-(\d+)-")
_INTERNAL_TYPE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A ticket of the model, by the positions of its people."""

    contact: int | None
    assignee: int | None
    group: int | None
    author: int
    internal_type: bool
    observers: tuple[int, ...]
    watching_groups: tuple[int, ...]


@dataclass(slots=True, kw_only=True)
class Model:
    """People, groups, grants and tickets; says on its own who sees what, in Python and without the policy."""

    employees: Sequence[Actor]
    contacts: Sequence[Actor]
    members: dict[int, frozenset[int]]
    reach: dict[str, str]
    roles: dict[int, str]
    groups: Sequence[int]
    tickets: dict[int, Case] = field(default_factory=dict)

    def sees(self, actor: Actor, case: Case) -> bool:
        """OK-215: what is his business, or everything where his role says so."""
        if actor.kind is ActorKind.CONTACT:
            return case.contact is not None and self.contacts[case.contact].id == actor.id and not case.internal_type
        me = next(index for index, one in enumerate(self.employees) if one.id == actor.id)
        reach = self.reach[self.roles[me]]
        mine = {index for index, members in self.members.items() if me in members}
        related = (
            me in (case.assignee, case.author)
            or me in case.observers
            or case.group in mine
            or bool(mine & set(case.watching_groups))
        )
        return reach == "all" or (reach == "related" and related)

    def seen(self, actor: Actor) -> set[int]:
        """The numbers of the tickets that *actor* sees."""
        return {number for number, case in self.tickets.items() if self.sees(actor, case)}


_positions = st.integers(0, 3)
_cases = st.builds(
    Case,
    contact=st.none() | st.integers(0, 1),
    assignee=st.none() | _positions,
    group=st.none() | st.integers(0, 1),
    author=_positions,
    internal_type=st.booleans(),
    observers=st.lists(_positions, max_size=2, unique=True).map(tuple),
    watching_groups=st.lists(st.integers(0, 1), max_size=1).map(tuple),
)
_models = st.fixed_dictionaries(
    {
        "members": st.fixed_dictionaries(dict.fromkeys((0, 1), st.frozensets(_positions, max_size=2))),
        "specialists": st.sampled_from(["related", "all", ""]),
        "leads": st.sampled_from(["all", "related"]),
        "cases": st.lists(_cases, min_size=1, max_size=6),
        "company_of": st.lists(st.none() | st.integers(0, 1), min_size=6, max_size=6),
    }
)  # fmt: skip


def _build(desk: Desk, drawn: dict[str, object]) -> tuple[Model, list[int]]:
    """Write the drawn model into the database."""
    employees = (desk.admin, desk.lead, desk.insider, desk.outsider)
    with unit_of_work() as session:
        for table in (Ticket, GroupMember, SavedView):
            session.execute(delete(table))
        touch_reference(session)  # a bulk statement does not tell that people's groups are others now
        groups = [desk.group_id, *session.scalars(select(Group.id).where(Group.id != desk.group_id))]
        if len(groups) < 2:
            other = Group(name="Second", description="")
            session.add(other)
            session.flush()
            groups.append(other.id)
        companies = list(session.scalars(select(Company.id).order_by(Company.id)))
        if len(companies) < 2:
            company = Company(name="Second company", created_at=utcnow())
            session.add(company)
            session.flush()
            companies.append(company.id)
        members: dict[int, frozenset[int]] = drawn["members"]  # type: ignore[assignment]
        for index, who in members.items():
            session.add_all(
                GroupMember(group_id=groups[index], employee_id=employees[one].id, notify=True) for one in who
            )
        for key, reach in (("core.specialist", drawn["specialists"]), ("core.lead", drawn["leads"])):
            role_id = session.scalars(select(Role.id).where(Role.key == key)).one()
            grant = session.get(RoleGrant, (role_id, "core:ticket:read"))
            if not reach and grant is not None:
                session.delete(grant)
            elif grant is None and reach:
                session.add(RoleGrant(role_id=role_id, permission="core:ticket:read", reach=str(reach)))
            elif grant is not None:
                grant.reach = str(reach)
    model = Model(
        employees=employees,
        contacts=(desk.customer, desk.stranger),
        members=members,
        reach={"admin": "all", "lead": str(drawn["leads"]), "specialist": str(drawn["specialists"])},
        roles={0: "admin", 1: "lead", 2: "specialist", 3: "specialist"},
        groups=groups,
    )
    company_of: list[int | None] = drawn["company_of"]  # type: ignore[assignment]
    for number, case in enumerate(drawn["cases"]):  # type: ignore[arg-type, var-annotated]
        place = company_of[number]
        ticket_id = desk.ticket(
            subject="CANARY",
            contact_id=None if case.contact is None else model.contacts[case.contact].id,
            company_id=None if place is None else companies[place],
            type_id=_INTERNAL_TYPE if case.internal_type else None,
            assignee_id=None if case.assignee is None else employees[case.assignee].id,
            group_id=None if case.group is None else groups[case.group],
            observer_employee_ids=tuple(employees[one].id for one in case.observers),
            observer_group_ids=tuple(groups[one] for one in case.watching_groups),
        )
        file = stored(b"words", "notes.txt")
        with unit_of_work() as session:
            ticket = get_ticket(session, ticket_id, actor=desk.admin, lock=True)
            ticket.subject = f"CANARY-{ticket_id}-subject"
            ticket.author_employee_id = employees[case.author].id
            add_comment(
                session,
                ticket,
                AddComment(body="needle in a haystack", internal=False, files=(file,)),
                actor=desk.admin,
            )
            for other in model.tickets:
                session.add(TicketLink(source_id=ticket_id, target_id=other, kind="related"))
        model.tickets[ticket_id] = case
    return model, companies


def _named(page: str) -> set[int]:
    return {int(number) for number in _CANARY.findall(page)}


def _browser(app: Flask, actor: Actor) -> FlaskClient:
    client = app.test_client()
    sign_in(app, client, actor)
    return client


def _check_employee(app: Flask, model: Model, actor: Actor) -> None:
    seen, everything = model.seen(actor), set(model.tickets)
    client = _browser(app, actor)
    assert _named(client.get("/tickets").text) == seen, "the list"
    assert _named(client.get("/tickets?sort=subject").text) == seen, "the list in another order"
    assert _named(client.get("/tickets?q=needle").text) == seen, "the search"
    assert _named(client.get("/inbox").text) <= seen, "the inbox"
    if client.get("/tickets/export.csv").status_code == 200:
        rows = list(csv.reader(io.StringIO(client.get("/tickets/export.csv").text)))
        assert {int(row[0]) for row in rows[1:]} == seen, "the export"
    for number in everything:
        card = client.get(f"/tickets/{number}")
        if not model.reach[model.roles[model.employees.index(actor)]]:
            assert card.status_code == 403
        else:
            assert card.status_code == (200 if number in seen else 404), "the card"
        assert _named(card.text) <= seen, "links and similar tickets on the card"
        assert client.get(f"/attachments/{_file_of(number)}").status_code == (200 if number in seen else 404), "a file"
        assert bool(_named(client.get(f"/tickets?q=%23{number}").text) & {number}) == (number in seen), "by number"
    client.post(
        "/tickets/bulk", data={"ids": [str(one) for one in everything], "action": "tag", "value_tag": f"by{actor.id}"}
    )
    with reading() as session:
        tagged = set(session.scalars(select(TicketTag.ticket_id).where(TicketTag.ticket_id.in_(everything))))
        may = {number for number in everything if can(actor, "core:ticket:change", session.get_one(Ticket, number))}
    assert tagged == may <= seen, "the bulk change"
    with unit_of_work() as session:
        session.execute(delete(TicketTag))


def _check_contact(app: Flask, model: Model, actor: Actor) -> None:
    seen = model.seen(actor)
    client = _browser(app, actor)
    assert _named(client.get("/my?show=all").text) == seen, "the customer's list"
    assert _named(client.get("/my?show=all&q=needle&company=1&contact=2&view=1").text) == seen, "with foreign filters"
    for number in model.tickets:
        assert client.get(f"/my/{number}").status_code == (200 if number in seen else 404), "the customer's card"
        assert _named(client.get(f"/my/{number}").text) <= {number} & seen
        assert client.get(f"/attachments/{_file_of(number)}").status_code == (200 if number in seen else 404), "a file"
        reply = client.post(f"/my/{number}/reply", data={"body": "words"})
        assert reply.status_code == (303 if number in seen else 404), "the reply"


def _file_of(ticket_id: int) -> int:
    with reading() as session:
        return session.scalars(select(Attachment.id).where(Attachment.ticket_id == ticket_id)).one()


def _check_customers(model: Model, actor: Actor, client: FlaskClient, companies: Sequence[int]) -> None:
    """Companies and contacts: list, search, filter's picker and card agree with the policy's list."""
    with reading() as session:
        for url, rule, model_class, picker in (
            ("/companies", Company.id, Company, "/tickets/pick/companies"),
            ("/contacts", Contact.id, Contact, "/tickets/pick/contacts"),
        ):
            seen = set(session.scalars(visible(select(rule), actor, "core:customer:read", model_class)))
            page = client.get(url).text
            listed = {int(number) for number in re.findall(rf'href="{url}/(\d+)"', page)}
            found = {int(row["value"]) for row in client.get(f"{url}/search.json").json}
            picked = {int(row["value"]) for row in client.get(picker).json}
            assert listed == found == picked == seen, url
            for number in session.scalars(select(rule)):
                assert client.get(f"{url}/{number}").status_code == (200 if number in seen else 404), url


def _lists_and_single_checks_agree(model: Model) -> None:
    actions = ("read", "change", "comment", "read_internal", "delete")
    permissions = [f"core:ticket:{action}" for action in actions]
    numbers = list(model.tickets)
    with reading() as session:
        for actor in (*model.employees, *model.contacts):
            many = can_many(actor, permissions, numbers)
            for permission in permissions:
                listed = set(session.scalars(visible(select(Ticket.id), actor, permission)))
                single = {one for one in numbers if can(actor, permission, session.get_one(Ticket, one))}
                assert listed == single == {one for one in numbers if permission in many[one]}, (actor, permission)
            assert set(session.scalars(visible(select(Ticket.id), actor))) == model.seen(actor), actor


def _one_model_on_every_surface(app: Flask, desk: Desk, drawn: dict[str, object]) -> None:
    model, companies = _build(desk, drawn)
    _lists_and_single_checks_agree(model)
    for actor in model.employees:
        _check_employee(app, model, actor)
        _check_customers(model, actor, _browser(app, actor), companies)
    for actor in model.contacts:
        _check_contact(app, model, actor)


_quiet = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]


@settings(max_examples=5, deadline=None, suppress_health_check=_quiet)
@given(drawn=_models)
def test_every_surface_shows_what_the_model_says(app: Flask, desk: Desk, drawn: dict[str, object]) -> None:
    """T-06, T-07, T-08, T-09, OK-215, OK-216: list, search, inbox, export, card, files, bulk, customer's pages."""
    _one_model_on_every_surface(app, desk, drawn)


@pytest.mark.long
@settings(max_examples=200, deadline=None, suppress_health_check=_quiet)
@given(drawn=_models)
def test_two_hundred_models_on_every_surface(app: Flask, desk: Desk, drawn: dict[str, object]) -> None:
    """T-06, OK-215, OK-216."""
    _one_model_on_every_surface(app, desk, drawn)


# --- surfaces one by one ------------------------------------------------------------------------------------


def test_a_shared_view_shows_its_reader_what_he_sees_and_no_name(app: Flask, desk: Desk) -> None:
    """T-06: the filter of a shared view names a company and tickets that the reader does not see."""
    desk.ticket(subject="CANARY-1-", company_id=desk.company_id)
    with unit_of_work() as session:
        filters = {"company": [str(desk.company_id)], "contact": [str(desk.customer.id)]}
        view = SavedView(owner_id=desk.admin.id, name="Everything", shared=True, filters=filters)
        session.add(view)
        session.flush()
        view_id = view.id
    outsider = _browser(app, desk.outsider)
    for url in (f"/tickets?view={view_id}", f"/tickets/export.csv?view={view_id}"):
        page = outsider.get(url).text
        assert "CANARY" not in page
        assert "Kopi Tiam" not in page
        assert "Chandra" not in page
    assert "CANARY" in _browser(app, desk.admin).get(f"/tickets?view={view_id}").text


def test_a_view_of_somebody_else_is_no_view(app: Flask, desk: Desk) -> None:
    """T-06: asked for by its number, a personal view answers like one that is not there."""
    with unit_of_work() as session:
        view = SavedView(
            owner_id=desk.admin.id, name="CANARY-7-", shared=False, filters={"status": ["service_desk.open"]}
        )
        session.add(view)
        session.flush()
        view_id = view.id
    lead = _browser(app, desk.lead)
    foreign, missing = lead.get(f"/tickets?view={view_id}").text, lead.get("/tickets?view=99999").text
    assert "CANARY" not in foreign
    assert plain(foreign) == plain(missing)


def test_the_history_names_no_ticket_that_the_reader_does_not_see(app: Flask, desk: Desk) -> None:
    """T-07: linked by somebody who sees both; the specialist of one reads that there is another, not which."""
    own = desk.ticket(subject="Own", group_id=desk.group_id)
    foreign = desk.ticket(subject="CANARY-9-")
    admin, insider = _browser(app, desk.admin), _browser(app, desk.insider)
    admin.post(f"/tickets/{own}/links", data={"number": str(foreign), "relation": "related"})
    for url in (f"/tickets/{own}", f"/tickets/{own}?tab=history"):
        assert f"#{foreign}" in admin.get(url).text
        page = insider.get(url).text
        assert "CANARY" not in page
        assert f"#{foreign}" not in page


def test_what_is_sent_in_a_body_is_checked_like_what_stands_in_the_address(app: Flask, desk: Desk) -> None:
    """T-07: foreign ids in forms: a link to a foreign ticket, a foreign customer, foreign tickets in a bulk change."""
    own, foreign = desk.ticket(group_id=desk.group_id), desk.ticket(subject="CANARY-3-")
    with unit_of_work() as session:
        company = Company(name="CANARY-4-", created_at=utcnow())
        contact = Contact(name="CANARY-5-", created_at=utcnow())
        session.add_all((company, contact))
        session.flush()
        company_id, contact_id = company.id, contact.id
    insider = _browser(app, desk.insider)
    link = insider.post(f"/tickets/{own}/links", data={"number": str(foreign), "relation": "related"})
    missing = insider.post(f"/tickets/{own}/links", data={"number": "99999", "relation": "related"})
    assert (link.status_code, plain(link.text)) == (409, plain(missing.text))
    for name, number in (("company_id", company_id), ("contact_id", contact_id)):
        for url in (f"/tickets/{own}/edit", f"/tickets/{own}/properties", "/tickets/new"):
            refused = insider.post(url, data={"subject": "Taken over", name: str(number)})
            unknown = insider.post(url, data={"subject": "Taken over", name: "99999"})
            assert (refused.status_code, unknown.status_code) == (422, 422), (url, name)
            assert "CANARY" not in refused.text
        assert "CANARY" not in insider.get("/tickets/new", query_string={name: str(number)}).text
    bulk = insider.post("/tickets/bulk", data={"ids": [str(foreign)], "action": "tag", "value_tag": "mine"})
    assert "CANARY" not in bulk.text
    with reading() as session:
        ticket = session.get_one(Ticket, own)
        assert (ticket.subject, ticket.company_id) == ("Till prints nothing", desk.company_id)
        assert session.scalars(select(Ticket.id).where(Ticket.subject == "Taken over")).all() == []
        assert session.scalars(select(TicketLink.id)).all() == []
        assert session.scalars(select(TicketTag.tag_id)).all() == []


def test_a_form_token_of_somebody_else_gives_no_foreign_ticket(app: Flask, desk: Desk) -> None:
    """T-07, OK-008: the token of another person's form leads to nothing of his."""
    token = "a" * 32
    desk.ticket(subject="CANARY-6-", form_token=token, contact_id=desk.stranger.id)
    for who, url in (("outsider", "/tickets/new"), ("customer", "/my/new")):
        answer = _browser(app, getattr(desk, who)).post(url, data={"subject": "x", "form_token": token})
        assert answer.status_code == 404
        assert "CANARY" not in answer.text


def test_the_terminal_prints_no_note_and_no_word_of_comments(app: Flask, desk: Desk) -> None:
    """T-11: ``ticket list`` and ``ticket show`` print the ticket, as JSON that is read back; notes stay inside."""
    ticket_id = desk.ticket(subject='CANARY-8- "quoted" \u202e\n', description="Words")
    desk.comment(ticket_id, "NOTE-CANARY", internal=True)
    runner = CliRunner()
    shown = runner.invoke(main, ["ticket", "show", str(ticket_id), "--json"])
    listed = runner.invoke(main, ["ticket", "list", "--json", "--search", "canary"])
    assert json.loads(shown.stdout)["number"] == ticket_id
    assert [row["number"] for row in json.loads(listed.stdout)] == [ticket_id]
    assert "NOTE-CANARY" not in shown.stdout + listed.stdout
    assert runner.invoke(main, ["ticket", "show", str(2**70)]).exit_code == 1
    assert runner.invoke(main, ["ticket", "show", "--", "-1"]).exit_code == 1
