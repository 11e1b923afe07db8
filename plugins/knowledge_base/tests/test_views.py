"""The pages as their readers see them: what is offered, what is refused, what never shows."""

from __future__ import annotations

import io
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from helpdesk_core.testing import Desk, count_queries, sign_in
from helpdesk_core.toolkit import Actor, reading
from helpdesk_knowledge_base.models import Article, ArticleFile, Right, Section
from helpdesk_knowledge_base.testing import Shelf

pytestmark = pytest.mark.helpdesk(plugins=["knowledge_base"])

ALL = tuple(Right)
VIEW = (Right.VIEW,)
HOME = "/knowledge_base/"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 32


class Browsers:
    """A signed-in browser for each person."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self._known: dict[Actor, FlaskClient] = {}

    def __call__(self, actor: Actor) -> FlaskClient:
        if actor not in self._known:
            self._known[actor] = self.app.test_client()
            sign_in(self.app, self._known[actor], actor)
        return self._known[actor]


@pytest.fixture
def browse(app: Flask) -> Browsers:
    return Browsers(app)


def actions(page: str) -> set[str]:
    return set(re.findall(r'data-action="([\w-]+)"', page))


def articles_on(page: str) -> set[int]:
    return {int(one) for one in re.findall(r'data-article="(\d+)"', page)}


def sections_on(page: str) -> set[int]:
    return {int(one) for one in re.findall(r'data-section="(\d+)"', page)}


def test_who_has_not_signed_in_reads_nothing(app: Flask, shelf: Shelf) -> None:
    section = shelf.section("Open", contact=VIEW, lead=VIEW)
    article = shelf.article(section)
    client = app.test_client()
    for path in (HOME, f"{HOME}sections/{section}", f"{HOME}articles/{article}"):
        answer = client.get(path)
        assert (answer.status_code, "/login" in answer.headers["Location"]) == (303, True)


def test_buttons_are_there_for_those_who_may(shelf: Shelf, desk: Desk, browse: Browsers) -> None:
    """OK-156, OK-158, OK-159: no button without the right, and the address is refused too."""
    section = shelf.section("Open", lead=ALL, specialist=VIEW, contact=VIEW)
    article = shelf.article(section)
    places = (f"{HOME}sections/{section}", f"{HOME}articles/{article}")
    shown = {actor: [actions(browse(actor).get(path).text) for path in places] for actor in (desk.lead, desk.insider)}
    assert shown[desk.lead] == [{"new-section", "new-article", "rights"}, {"edit", "versions"}]
    assert shown[desk.insider] == [set(), set()]
    for path in (
        f"sections/{section}/edit",
        f"sections/{section}/rights",
        f"sections/{section}/delete",
        f"articles/{article}/edit",
        f"articles/{article}/versions",
    ):
        assert browse(desk.insider).get(HOME + path).status_code == 403
        assert browse(desk.customer).get(HOME + path).status_code == 404
        assert browse(desk.lead).get(HOME + path).status_code == 200


def test_a_hidden_section_and_its_article_do_not_exist(shelf: Shelf, desk: Desk, browse: Browsers) -> None:
    """OK-157, T-06: 404, not 403, for every address below."""
    section = shelf.section("Hidden", lead=ALL)
    article = shelf.article(section, "Secret title")
    for actor in (desk.insider, desk.customer):
        for path in (f"sections/{section}", f"articles/{article}"):
            assert browse(actor).get(HOME + path).status_code == 404
        assert "Secret title" not in browse(actor).get(HOME).text
    for path in (f"sections/{section}/edit", f"articles/{article}/edit", f"articles/{article}/versions"):
        assert browse(desk.insider).get(HOME + path).status_code == 404


def test_the_search_shows_no_sibling_section(shelf: Shelf, desk: Desk, browse: Browsers) -> None:
    """Zammad 4274: the search listed what stands next to the visible section."""
    top = shelf.section("Top", lead=ALL, contact=VIEW)
    mine = shelf.section("Mine", top)
    sibling = shelf.section("Sibling", top, lead=ALL)
    visible, hidden = shelf.article(mine, "Canary one"), shelf.article(sibling, "Canary two", "canary secret")
    page = browse(desk.customer).get(f"{HOME}?q=canary").text
    assert re.findall(r'data-hit="(\d+)"', page) == [str(visible)]
    assert "secret" not in page
    assert sibling not in sections_on(page)
    assert set(re.findall(r'data-hit="(\d+)"', browse(desk.lead).get(f"{HOME}?q=canary").text)) == {
        str(visible),
        str(hidden),
    }


def test_hits_come_by_rank_with_their_words_marked(shelf: Shelf, desk: Desk, browse: Browsers) -> None:
    section = shelf.section("Open", lead=ALL)
    body = shelf.article(section, "Other things", "Somewhere the <b>PÄPER</b> & more")
    title = shelf.article(section, "Paper jam", "Open the cover")
    page = browse(desk.lead).get(f"{HOME}?q=paper").text
    assert re.findall(r'data-hit="(\d+)"', page) == [str(title), str(body)]
    assert "<mark>PÄPER</mark>" in page
    assert "<b>PÄPER" not in page


def test_suggestions_list_nothing_forbidden(shelf: Shelf, desk: Desk, browse: Browsers) -> None:
    """Zammad 4069: the suggestions beside a ticket listed answers that their reader may not see."""
    hidden = shelf.article(shelf.section("Hidden", lead=ALL), "Till prints nothing", "The till prints nothing at all")
    open_section = shelf.section("Open", lead=ALL, specialist=VIEW)
    shown = shelf.article(open_section, "The till prints", "When it prints nothing")
    draft = shelf.article(open_section, "Till prints nothing draft", "The till prints", publish=False)
    ticket = desk.ticket(subject="Till prints nothing", assignee_id=desk.insider.id)
    assert articles_on(browse(desk.insider).get(f"/tickets/{ticket}").text) == {shown}
    assert articles_on(browse(desk.lead).get(f"/tickets/{ticket}").text) == {shown, hidden}
    assert draft not in articles_on(browse(desk.lead).get(f"/tickets/{ticket}").text)


def test_suggestions_prefer_rare_words(shelf: Shelf, desk: Desk, browse: Browsers) -> None:
    section = shelf.section("Open", lead=ALL)
    for number in range(4):
        shelf.article(section, f"Printer of kind {number}", "The printer prints paper")
    rare = shelf.article(section, "Drum unit", "The printer has a fuser")
    ticket = desk.ticket(subject="Printer shows fuser error")
    found = re.findall(r'<li data-article="(\d+)"', browse(desk.lead).get(f"/tickets/{ticket}").text)
    assert found[0] == str(rare)


def test_an_article_that_the_customer_cannot_read_is_no_answer(shelf: Shelf, desk: Desk, browse: Browsers) -> None:
    """Zammad 4907: it was inserted, link and all."""
    closed = shelf.article(shelf.section("Staff", lead=ALL), "Till prints nothing", "Prints nothing: internal trick")
    opened = shelf.article(
        shelf.section("Open", lead=ALL, contact=VIEW),
        "Till prints nothing again",
        "Turn the **roll**.\n\n![the roll](roll.png)\n\nIt prints again.",
    )
    ticket = desk.ticket()
    page = browse(desk.lead).get(f"/tickets/{ticket}").text
    assert re.findall(r"articles/(\d+)/answer", page) == [str(opened)]
    answer = browse(desk.lead).get(f"{HOME}articles/{opened}/answer?ticket={ticket}")
    assert answer.text.startswith("Turn the **roll**.\n\nIt prints again.")
    assert f"{HOME}articles/{opened})" in answer.text
    assert answer.mimetype == "text/plain"
    refused = browse(desk.lead).get(f"{HOME}articles/{closed}/answer?ticket={ticket}")
    assert refused.status_code == 409
    assert "internal trick" not in refused.text


def test_without_a_customer_only_what_customers_may_read_is_an_answer(
    shelf: Shelf, desk: Desk, browse: Browsers
) -> None:
    closed = shelf.article(shelf.section("Staff", lead=ALL), "Till prints nothing", "Prints nothing at all")
    ticket = desk.ticket(contact_id=None)
    assert browse(desk.lead).get(f"{HOME}articles/{closed}/answer?ticket={ticket}").status_code == 409


def test_the_answer_needs_the_ticket_in_sight(shelf: Shelf, desk: Desk, browse: Browsers) -> None:
    article = shelf.article(shelf.section("Open", specialist=ALL, contact=VIEW))
    ticket = desk.ticket()
    assert browse(desk.outsider).get(f"{HOME}articles/{article}/answer?ticket={ticket}").status_code == 404


def test_an_article_of_a_ticket_begins_with_its_public_words(shelf: Shelf, desk: Desk, browse: Browsers) -> None:
    """T-11: nothing internal slips into an article."""
    shelf.section("Open", lead=ALL)
    ticket = desk.ticket(subject="Till prints nothing", description="It hums.")
    desk.comment(ticket, "CANARY-INTERNAL", internal=True)
    desk.comment(ticket, "It still hums", actor=desk.customer)
    desk.comment(ticket, "Turn the roll over.")
    card = browse(desk.lead).get(f"/tickets/{ticket}").text
    assert f"{HOME}articles/new?ticket={ticket}" in card
    page = browse(desk.lead).get(f"{HOME}articles/new?ticket={ticket}").text
    assert 'value="Till prints nothing"' in page
    assert "It hums." in page
    assert "Turn the roll over." in page
    assert "It still hums" not in page
    assert "CANARY-INTERNAL" not in page
    assert browse(desk.outsider).get(f"{HOME}articles/new?ticket={ticket}").status_code == 404
    assert "articles/new" not in browse(desk.insider).get("/tickets").text


def write(client: FlaskClient, path: str, **form: object) -> object:
    data = {"title": "Paper jam", "body": "Open the cover.", "then": "publish", **form}
    return client.post(HOME + path, data=data, content_type="multipart/form-data")


def test_an_article_is_written_with_a_picture_and_read(shelf: Shelf, desk: Desk, browse: Browsers) -> None:
    section = shelf.section("Open", lead=ALL, contact=VIEW)
    form = {
        "section_id": section,
        "body": "Look:\n\n![The <cover>](cover.png)\n\n![elsewhere](http://tracker.test/x.png)\n\n<script>alert(1)</script>",
        "files": (io.BytesIO(PNG), "cover.png", "image/png"),
    }
    answer = write(browse(desk.lead), "articles/new", **form)
    assert answer.status_code == 303  # type: ignore[attr-defined]
    with reading() as session:
        article, file = session.scalars(select(Article.id)).one(), session.scalars(select(ArticleFile)).one()
    page = browse(desk.customer).get(f"{HOME}articles/{article}").text
    assert f'<img src="{HOME}files/{file.id}" alt="The &lt;cover&gt;"' in page
    assert "tracker.test" not in page.split("data-body")[1].split("</article>")[0].replace("elsewhere", "")
    assert "<script>alert" not in page
    picture = browse(desk.customer).get(f"{HOME}files/{file.id}")
    assert (picture.status_code, picture.mimetype, picture.data) == (200, "image/png", PNG)
    assert picture.headers["X-Content-Type-Options"] == "nosniff"
    shelf.grant(section, lead=ALL)
    assert browse(desk.customer).get(f"{HOME}files/{file.id}").status_code == 404


def test_a_refused_article_keeps_what_was_typed(shelf: Shelf, desk: Desk, browse: Browsers) -> None:
    section = shelf.section("Open", lead=ALL)
    answer = write(browse(desk.lead), "articles/new", section_id=section, title=" ", body="Long work")
    assert answer.status_code == 422  # type: ignore[attr-defined]
    assert "Long work" in answer.text  # type: ignore[attr-defined]


def test_two_editors_see_both_texts(shelf: Shelf, desk: Desk, browse: Browsers) -> None:
    section = shelf.section("Open", lead=ALL)
    article = shelf.article(section, body="First line.\nSecond line.")
    path = f"articles/{article}/edit"
    assert write(browse(desk.admin), path, section_id=section, version=1, body="Theirs.").status_code == 303  # type: ignore[attr-defined]
    answer = write(browse(desk.lead), path, section_id=section, version=1, body="Mine.")
    assert answer.status_code == 409  # type: ignore[attr-defined]
    assert "Theirs" in answer.text  # type: ignore[attr-defined]
    assert 'name="version" type="hidden" value="2"' in answer.text  # type: ignore[attr-defined]
    again = write(browse(desk.lead), path, section_id=section, version=2, body="Mine.")
    assert again.status_code == 303  # type: ignore[attr-defined]


def test_versions_are_compared_and_restored(shelf: Shelf, desk: Desk, browse: Browsers) -> None:
    section = shelf.section("Open", lead=ALL)
    article = shelf.article(section, body="Open the cover.")
    write(browse(desk.lead), f"articles/{article}/edit", section_id=section, version=1, body="Close the cover.")
    page = browse(desk.lead).get(f"{HOME}articles/{article}/versions").text
    assert "<mark>Open</mark> the cover." in page
    assert "<mark>Close</mark> the cover." in page
    assert browse(desk.lead).post(f"{HOME}articles/{article}/versions/1/restore").status_code == 303
    assert "Close the cover." in browse(desk.lead).get(f"{HOME}articles/{article}").text
    browse(desk.lead).post(f"{HOME}articles/{article}/publish")
    assert "Open the cover." in browse(desk.lead).get(f"{HOME}articles/{article}").text
    assert browse(desk.lead).get(f"{HOME}articles/{article}/versions?number=99").status_code == 404


def test_rights_are_given_and_taken_by_the_form(shelf: Shelf, desk: Desk, browse: Browsers) -> None:
    section = shelf.section("Open", lead=ALL)
    path = f"{HOME}sections/{section}/rights"
    with reading() as session:
        version = session.get_one(Section, section).version
    boxes = [f"{shelf.role_id('lead')}:{right}" for right in Right] + [f"{shelf.role_id('contact')}:view"]
    assert browse(desk.lead).post(path, data={"grant": boxes, "version": version}).status_code == 303
    assert browse(desk.customer).get(f"{HOME}sections/{section}").status_code == 200
    stale = browse(desk.lead).post(path, data={"grant": boxes[:4], "version": version})
    assert stale.status_code == 409
    assert browse(desk.customer).get(f"{HOME}sections/{section}").status_code == 200
    taken = browse(desk.lead).post(path, data={"grant": boxes[:4], "version": version + 1})
    assert taken.status_code == 303
    assert browse(desk.customer).get(f"{HOME}sections/{section}").status_code == 404
    assert browse(desk.lead).post(path, data={"grant": ["1:everything"], "version": version + 2}).status_code == 422
    assert browse(desk.lead).post(path, data={"grant": boxes}).status_code == 409


def test_a_section_is_added_renamed_and_moved_by_its_forms(shelf: Shelf, desk: Desk, browse: Browsers) -> None:
    """OK-153, OK-154."""
    top, other = shelf.section("Top", lead=ALL), shelf.section("Other", lead=ALL)
    client = browse(desk.lead)
    assert f'<option selected value="{top}">' in client.get(f"{HOME}sections/new?parent={top}").text
    form = {"name": "Part", "parent_id": top, "inherits": "y"}
    assert client.post(f"{HOME}sections/new", data=form).status_code == 303
    with reading() as session:
        part = session.scalars(select(Section).where(Section.name == "Part")).one()
    path = f"{HOME}sections/{part.id}/edit"
    assert "Top" in client.get(path).text
    moved = {"name": "Renamed", "summary": "What is in it", "parent_id": other, "position": 5, "version": 1}
    assert client.post(path, data=moved).status_code == 303
    with reading() as session:
        part = session.get_one(Section, part.id)
    assert (part.name, part.summary, part.parent_id, part.position) == ("Renamed", "What is in it", other, 5)
    assert client.post(path, data=moved).status_code == 409
    assert client.post(path, data={**moved, "name": " ", "version": 2}).status_code == 422
    assert client.post(path, data={**moved, "parent_id": 0, "version": 2}).status_code == 422
    assert client.get(f"{HOME}sections/{top}/edit").status_code == 200
    assert client.post(f"{HOME}sections/new", data={"name": "Root", "parent_id": 0}).status_code == 422


def test_a_customer_manages_nothing_whatever_his_role_is_granted(shelf: Shelf, desk: Desk, browse: Browsers) -> None:
    section = shelf.section("Staff", lead=ALL)
    grant = {"core.contact knowledge_base:base:manage": "all"}
    assert browse(desk.admin).post("/settings/roles", data=grant).status_code == 303
    assert browse(desk.customer).get(f"{HOME}sections/{section}").status_code == 404
    assert sections_on(browse(desk.customer).get(HOME).text) == set()
    grant = {"core.lead knowledge_base:base:manage": "all"}
    hidden = shelf.section("Nobody's")
    assert browse(desk.lead).get(f"{HOME}sections/{hidden}").status_code == 404
    assert browse(desk.admin).post("/settings/roles", data=grant).status_code == 303
    assert browse(desk.lead).get(f"{HOME}sections/{hidden}").status_code == 200


def test_deleting_a_section_asks_first(shelf: Shelf, desk: Desk, browse: Browsers) -> None:
    section, target = shelf.section("Old", lead=ALL), shelf.section("New", lead=ALL)
    article = shelf.article(section)
    path = f"{HOME}sections/{section}/delete"
    assert browse(desk.lead).post(path, data={"content": "move", "move_to": 0}).status_code == 422
    assert browse(desk.lead).post(path, data={"content": "move", "move_to": target}).status_code == 303
    assert articles_on(browse(desk.lead).get(f"{HOME}sections/{target}").text) == {article}
    assert browse(desk.lead).post(f"{HOME}sections/{target}/delete", data={"content": "delete"}).status_code == 303
    assert browse(desk.lead).get(f"{HOME}articles/{article}").status_code == 404


def test_a_customer_votes_and_an_editor_sees_the_counts(shelf: Shelf, desk: Desk, browse: Browsers) -> None:
    article = shelf.article(shelf.section("Open", lead=ALL, specialist=VIEW, contact=VIEW))
    path = f"{HOME}articles/{article}"
    assert browse(desk.customer).post(f"{path}/vote", data={"helpful": "no"}).status_code == 303
    assert "data-unhelpful>1<" in browse(desk.lead).get(path).text
    assert "data-votes" not in browse(desk.insider).get(path).text
    assert "data-votes" not in browse(desk.customer).get(path).text
    assert browse(desk.lead).post(f"{path}/vote", data={"helpful": "yes"}).status_code == 404


def test_a_request_while_it_is_typed_meets_its_answer(shelf: Shelf, desk: Desk, browse: Browsers) -> None:
    """OK-152: self-service before the ticket."""
    shown = shelf.article(shelf.section("Open", lead=ALL, contact=VIEW), "Till prints nothing", "Turn the roll")
    hidden = shelf.article(shelf.section("Staff", lead=ALL), "Till prints nothing inside", "Turn the roll")
    typed = {"subject": "My till prints nothing", "description": "since today"}
    assert articles_on(browse(desk.customer).post(f"{HOME}suggestions", data=typed).text) == {shown}
    assert hidden not in articles_on(browse(desk.customer).post(f"{HOME}suggestions", data=typed).text)
    assert "data-kb-deflect" in browse(desk.customer).get("/my/new").text
    assert browse(desk.customer).post(f"{HOME}suggestions", data={}).text.strip() == ""


def test_the_search_of_the_desk_finds_articles_too(shelf: Shelf, desk: Desk, browse: Browsers) -> None:
    article = shelf.article(shelf.section("Open", lead=ALL), "Canary feeding", "Seeds")
    hidden = shelf.article(shelf.section("Hidden"), "Canary secrets", "Seeds")
    page = browse(desk.lead).get("/tickets?q=canary").text
    assert f"{HOME}articles/{article}" in page
    assert f"{HOME}articles/{hidden}" not in page


@pytest.mark.parametrize("page", ["", "sections/{section}", "articles/{article}"])
def test_a_page_asks_as_much_of_a_big_base_as_of_a_small_one(
    app: Flask, shelf: Shelf, desk: Desk, browse: Browsers, page: str
) -> None:
    section = shelf.section("Open", lead=ALL)
    article = shelf.article(section)
    path = HOME + page.format(section=section, article=article)
    browse(desk.lead).get(path)
    with count_queries(app) as small:
        assert browse(desk.lead).get(path).status_code == 200
    for number in range(8):
        shelf.article(shelf.section(f"Part {number}", section), f"Article {number}")
    browse(desk.lead).get(path)
    with count_queries(app) as big:
        browse(desk.lead).get(path)
    assert len(big) == len(small) <= 14, big
