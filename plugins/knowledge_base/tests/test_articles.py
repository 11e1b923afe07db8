"""Articles: drafts, versions, two editors at once, files, votes, the journal."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from helpdesk_core.testing import Clock, Desk
from helpdesk_core.toolkit import (
    SYSTEM,
    Conflict,
    Contact,
    Forbidden,
    Invalid,
    NotFound,
    StoredFile,
    delete_ticket,
    get_ticket,
    hooks,
    reading,
    unit_of_work,
)
from helpdesk_knowledge_base import queries
from helpdesk_knowledge_base.commands import BODY_LIMIT, LINES_LIMIT, TITLE_LIMIT, SaveArticle
from helpdesk_knowledge_base.models import Article, ArticleWord, Revision, Right, Vote
from helpdesk_knowledge_base.services import (
    delete_article,
    discard_draft,
    get_article,
    publish_article,
    remove_file,
    restore_revision,
    save_article,
    unpublish_article,
    vote,
)
from helpdesk_knowledge_base.testing import Shelf

pytestmark = pytest.mark.helpdesk(plugins=["knowledge_base"])

ALL = tuple(Right)
VIEW = (Right.VIEW,)


@pytest.fixture
def section(shelf: Shelf) -> int:
    """A section that the lead edits and customers read."""
    return shelf.section("Open", lead=ALL, contact=VIEW)


def save(desk: Desk, article: int, section: int, body: str, *, title: str = "Paper jam", **values: object) -> Article:
    with unit_of_work() as session:
        fields: dict[str, object] = {"publish": True, **values}
        command = SaveArticle(article_id=article, section_id=section, title=title, body=body, **fields)  # type: ignore[arg-type]
        return save_article(session, command, actor=desk.lead)


def read(article: int, actor: object) -> Article:
    with reading() as session:
        return get_article(session, article, actor=actor)  # type: ignore[arg-type]


def test_readers_see_a_change_when_it_is_published(shelf: Shelf, desk: Desk, section: int) -> None:
    article = shelf.article(section, body="First.")
    save(desk, article, section, "Second.", title="Paper jam?", publish=False)
    assert (read(article, desk.customer).title, read(article, desk.customer).body) == ("Paper jam", "First.")
    assert read(article, desk.lead).newest_body == "Second."
    with unit_of_work() as session:
        publish_article(session, article, actor=desk.lead)
    assert (read(article, desk.customer).title, read(article, desk.customer).body) == ("Paper jam?", "Second.")
    assert not read(article, desk.lead).has_draft


def test_the_title_of_a_waiting_change_shows_in_no_list_of_readers(shelf: Shelf, desk: Desk, section: int) -> None:
    article = shelf.article(section)
    save(desk, article, section, "Secret plan.", title="Secret plan", publish=False)
    with reading() as session:
        for actor, title in ((desk.customer, "Paper jam"), (desk.lead, "Secret plan")):
            rows = queries.articles_of(session, section, actor=actor).rows
            assert [queries.listed(row).title for row in rows] == [title]
            assert [one.title for one in queries.recent(session, actor=actor)] == [title]


def test_readers_see_no_time_of_work_that_waits(shelf: Shelf, desk: Desk, section: int, clock: Clock) -> None:
    article = shelf.article(section)
    written = clock.now
    clock.advance(hours=2)
    shelf.article(section, "Later")
    clock.advance(hours=2)
    save(desk, article, section, "Second.", publish=False)
    with reading() as session:
        seen = {one.id: one.changed_at for one in queries.recent(session, actor=desk.customer)}
        edited = queries.recent(session, actor=desk.lead)[0]
    assert (list(seen)[-1], seen[article]) == (article, written)
    assert (edited.id, edited.changed_at) == (article, clock.now)


def test_a_discarded_change_leaves_what_readers_see(shelf: Shelf, desk: Desk, section: int) -> None:
    article = shelf.article(section, body="First.")
    save(desk, article, section, "Second.", publish=False)
    with unit_of_work() as session:
        discard_draft(session, article, actor=desk.lead)
    assert read(article, desk.lead).newest_body == "First."


def test_an_unpublished_article_is_gone_for_its_readers(shelf: Shelf, desk: Desk, section: int) -> None:
    article = shelf.article(section)
    with unit_of_work() as session:
        unpublish_article(session, article, actor=desk.lead)
    with pytest.raises(NotFound):
        read(article, desk.customer)
    assert read(article, desk.lead).published_at is None


def test_every_saved_version_is_kept_and_can_be_restored(shelf: Shelf, desk: Desk, section: int) -> None:
    article = shelf.article(section, body="First.")
    save(desk, article, section, "Second.")
    save(desk, article, section, "Second.")  # the same again is no version
    with unit_of_work() as session:
        restore_revision(session, article, 1, actor=desk.lead)
    assert read(article, desk.customer).body == "Second."
    assert read(article, desk.lead).newest_body == "First."
    with reading() as session:
        kept = session.scalars(select(Revision.body).order_by(Revision.number)).all()
    assert kept == ["First.", "Second.", "First."]


def test_two_editors_of_the_same_text_are_told(shelf: Shelf, desk: Desk, section: int) -> None:
    article = shelf.article(section, body="First.")
    save(desk, article, section, "Mine.", version=1)
    with pytest.raises(Conflict) as conflict:
        save(desk, article, section, "Theirs.", version=1)
    assert [(one.name, one.base, one.mine, one.theirs) for one in conflict.value.fields] == [
        ("body", "First.", "Theirs.", "Mine.")
    ]
    assert read(article, desk.lead).body == "Mine."


def test_two_editors_of_different_fields_both_win(shelf: Shelf, desk: Desk, section: int) -> None:
    article = shelf.article(section, body="First.")
    other = shelf.section("Other", lead=ALL)
    save(desk, article, section, "Second.", version=1)
    save(desk, article, section, "First.", title="Better title", version=1)
    save(desk, article, other, "First.", version=1)
    found = read(article, desk.lead)
    assert (found.title, found.body, found.section_id) == ("Better title", "Second.", other)


def test_moving_an_article_applies_the_rights_of_the_target(shelf: Shelf, desk: Desk, section: int) -> None:
    """OK-160."""
    article = shelf.article(section)
    closed = shelf.section("Closed", lead=ALL)
    save(desk, article, closed, "Open the cover.")
    with pytest.raises(NotFound):
        read(article, desk.customer)
    read_only = shelf.section("Read only", lead=VIEW)
    with pytest.raises(Forbidden):
        save(desk, article, read_only, "Open the cover.")
    hidden = shelf.section("Hidden", specialist=ALL)
    with pytest.raises(NotFound):
        save(desk, article, hidden, "Open the cover.")


@pytest.mark.parametrize("rights", [(Right.VIEW,), (Right.VIEW, Right.CREATE), (Right.VIEW, Right.EDIT)])
def test_only_the_fourth_right_edits_articles(shelf: Shelf, desk: Desk, rights: tuple[Right, ...]) -> None:
    """OK-159: it is independent of the right to edit the section."""
    section = shelf.section("Open", specialist=rights)
    article = shelf.article(section)
    for change in (publish_article, unpublish_article, discard_draft, delete_article):
        with pytest.raises(Forbidden), unit_of_work() as session:
            change(session, article, actor=desk.insider)
        with pytest.raises(NotFound), unit_of_work() as session:
            change(session, article, actor=desk.customer)
    shelf.grant(section, specialist=(Right.VIEW, Right.EDIT_ARTICLES))
    with unit_of_work() as session:
        delete_article(session, article, actor=desk.insider)


@pytest.mark.parametrize(
    ("title", "body", "field"),
    [
        ("", "Text", "title"),
        (" \n ", "Text", "title"),
        ("x" * (TITLE_LIMIT + 1), "Text", "title"),
        ("Title", "  ", "body"),
        ("Title", "x" * (BODY_LIMIT + 1), "body"),
        ("Title", "x\n" * LINES_LIMIT + "x", "body"),
    ],
)
def test_what_is_typed_is_bounded(shelf: Shelf, desk: Desk, section: int, title: str, body: str, field: str) -> None:
    command = SaveArticle(section_id=section, title=title, body=body, publish=True)
    with pytest.raises(Invalid) as refused, unit_of_work() as session:
        save_article(session, command, actor=desk.lead)
    assert list(refused.value.errors) == [field]


def test_sending_the_form_twice_makes_one_article(shelf: Shelf, desk: Desk, section: int) -> None:
    ids = set()
    for _ in range(2):
        with unit_of_work() as session:
            command = SaveArticle(section_id=section, title="Once", body="Text", publish=True, form_token="abc")
            ids.add(save_article(session, command, actor=desk.lead).id)
    assert len(ids) == 1


def stored(name: str = "cover.png") -> StoredFile:
    return StoredFile(name=name, content_type="image/png", size=3, sha256="0" * 64, stored_name=name.replace(".", ""))


def test_a_file_reaches_readers_with_the_version_that_brought_it(shelf: Shelf, desk: Desk, section: int) -> None:
    article = shelf.article(section)
    save(desk, article, section, "Open the cover.", publish=False, files=(stored(),))
    with reading() as session:
        assert queries.files_of(session, article, actor=desk.customer) == []
        (file,) = queries.files_of(session, article, actor=desk.lead)
        assert queries.file_for(session, file.id, actor=desk.customer) is None
    with unit_of_work() as session:
        publish_article(session, article, actor=desk.lead)
    with reading() as session:
        assert queries.file_for(session, file.id, actor=desk.customer) is not None
    with pytest.raises(NotFound), unit_of_work() as session:
        remove_file(session, file.id, actor=desk.outsider)
    with unit_of_work() as session:
        assert remove_file(session, file.id, actor=desk.lead) == (article, file.stored_name)


def test_a_deleted_article_leaves_nothing_to_find(shelf: Shelf, desk: Desk, section: int) -> None:
    article = shelf.article(section)
    save(desk, article, section, "Open the cover.", files=(stored(),))
    with unit_of_work() as session:
        assert delete_article(session, article, actor=desk.lead) == ["coverpng"]
    with reading() as session:
        assert session.scalar(select(ArticleWord.word).limit(1)) is None
        assert queries.find("cover", actor=desk.admin) == []


def test_a_contact_says_whether_it_helped_and_may_change_his_mind(shelf: Shelf, desk: Desk, section: int) -> None:
    article = shelf.article(section)
    for actor, helpful in ((desk.customer, False), (desk.stranger, True), (desk.customer, True)):
        with unit_of_work() as session:
            vote(session, article, helpful, actor=actor)
    with reading() as session:
        assert queries.votes_of(session, article) == (2, 0)
        assert queries.vote_of(session, article, actor=desk.customer) is True
    with pytest.raises(Forbidden), unit_of_work() as session:
        vote(session, article, True, actor=desk.lead)
    shelf.grant(section, lead=ALL)
    with pytest.raises(NotFound), unit_of_work() as session:
        vote(session, article, False, actor=desk.customer)


def test_a_forgotten_contacts_votes_go(shelf: Shelf, desk: Desk, section: int) -> None:
    article = shelf.article(section)
    with unit_of_work() as session:
        vote(session, article, True, actor=desk.customer)
    with unit_of_work() as session:
        hooks().helpdesk_forget_user(session=session, user_id=session.get_one(Contact, desk.customer.id).id)
    with reading() as session:
        assert session.scalars(select(Vote)).all() == []


def test_the_article_outlives_its_ticket(shelf: Shelf, desk: Desk, section: int) -> None:
    ticket = desk.ticket()
    with unit_of_work() as session:
        command = SaveArticle(section_id=section, title="From a ticket", body="Text", publish=True, ticket_id=ticket)
        article = save_article(session, command, actor=desk.lead).id
    with unit_of_work() as session:
        delete_ticket(session, get_ticket(session, ticket, actor=SYSTEM), actor=SYSTEM)
    assert read(article, desk.lead).ticket_id is None


def test_an_article_of_a_ticket_needs_the_ticket_in_sight(shelf: Shelf, desk: Desk) -> None:
    section = shelf.section("Open", specialist=ALL)
    ticket = desk.ticket()
    command = SaveArticle(section_id=section, title="From a ticket", body="Text", publish=True, ticket_id=ticket)
    with pytest.raises(NotFound), unit_of_work() as session:
        save_article(session, command, actor=desk.outsider)
