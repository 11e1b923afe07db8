"""Page, list, search, snippet, suggestion and file agree with the rules, whatever the tree and the rights."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from helpdesk_core.testing import Desk, sign_in
from helpdesk_core.toolkit import SYSTEM, Actor, StoredFile, forget_items, reading, unit_of_work, utcnow
from helpdesk_knowledge_base import queries
from helpdesk_knowledge_base.access import held
from helpdesk_knowledge_base.commands import SaveArticle
from helpdesk_knowledge_base.index import KIND
from helpdesk_knowledge_base.models import Article, ArticleFile, Right, Section, SectionRight
from helpdesk_knowledge_base.services import save_article
from helpdesk_knowledge_base.testing import Shelf

pytestmark = pytest.mark.helpdesk(plugins=["knowledge_base"])

ROLES = ("lead", "specialist", "contact")


@dataclass
class Place:
    """A section of a random tree: its parent's index, whether it inherits, and its own rights."""

    parent: int | None
    inherits: bool
    own: frozenset[tuple[str, str]]
    articles: list[bool] = field(default_factory=list)  # whether each is published


GRANTS = st.frozensets(
    st.tuples(st.sampled_from(ROLES), st.sampled_from([right.value for right in Right])).filter(
        lambda grant: grant[0] != "contact" or grant[1] == "view"
    ),
    max_size=7,
)


@st.composite
def trees(draw: st.DrawFn) -> list[Place]:
    places: list[Place] = []
    for index in range(draw(st.integers(1, 7))):
        parent = draw(st.one_of(st.none(), st.integers(0, index - 1))) if index else None
        inherits = parent is not None and draw(st.booleans())
        articles = draw(st.lists(st.booleans(), max_size=2))
        places.append(Place(parent, inherits, draw(GRANTS), articles))
    return places


# --- the rules, in ten lines ------------------------------------------------------------------------------


def has(places: list[Place], roles: set[str], index: int, right: str) -> bool:
    source, chain = index, []
    while places[source].inherits:
        source = places[source].parent  # type: ignore[assignment]
    at: int | None = index
    while at is not None:
        chain.append(at)
        at = places[at].parent
    viewed = all(places[one].inherits or any((role, "view") in places[one].own for role in roles) for one in chain)
    return viewed and any((role, right) in places[source].own for role in roles)


def sees(places: list[Place], roles: set[str] | None, index: int, published: bool) -> bool:
    if roles is None:  # who manages the base
        return True
    return has(places, roles, index, "view") and (published or has(places, roles, index, "edit_articles"))


# --- the real thing ---------------------------------------------------------------------------------------


def build(shelf: Shelf, places: list[Place]) -> dict[int, tuple[int, bool, int]]:
    """Make the tree anew; returns the articles: id -> (index of the section, published, id of the file)."""
    role_ids = {role: shelf.role_id(role) for role in ROLES}
    made: dict[int, tuple[int, bool, int]] = {}
    with unit_of_work() as session:
        session.execute(delete(Article))
        forget_items(session, KIND)
        for section_id in session.scalars(select(Section.id).order_by(Section.id.desc())).all():
            session.execute(delete(Section).where(Section.id == section_id))
        ids: list[int] = []
        for place in places:
            section = Section(
                name="Part",
                parent_id=None if place.parent is None else ids[place.parent],
                inherits=place.inherits,
                created_at=utcnow(),
            )
            session.add(section)
            session.flush()
            ids.append(section.id)
            if not place.inherits:
                session.add_all(
                    SectionRight(section_id=section.id, role_id=role_ids[role], right=right)
                    for role, right in place.own
                )
        session.flush()
        for index, place in enumerate(places):
            for published in place.articles:
                name = f"f{len(made)}"
                stored = StoredFile(name=name, content_type="text/plain", size=1, sha256="0" * 64, stored_name=name)
                command = SaveArticle(
                    section_id=ids[index],
                    title="Canary feeding",
                    body="The canary sings in the morning.",
                    publish=published,
                    files=(stored,),
                )
                article = save_article(session, command, actor=SYSTEM)
                file_id = session.scalars(select(ArticleFile.id).where(ArticleFile.article_id == article.id)).one()
                made[article.id] = (index, published, file_id)
    return made


@pytest.fixture
def people(app: Flask, desk: Desk, two_roles: Actor) -> dict[Actor, tuple[set[str] | None, FlaskClient]]:
    """Everybody with his roles and a browser."""
    roles: dict[Actor, set[str] | None] = {
        desk.admin: None,
        desk.lead: {"lead"},
        desk.insider: {"specialist"},
        two_roles: {"lead", "specialist"},
        desk.customer: {"contact"},
    }
    browsers: dict[Actor, tuple[set[str] | None, FlaskClient]] = {}
    for actor, held_roles in roles.items():
        client = app.test_client()
        sign_in(app, client, actor)
        browsers[actor] = (held_roles, client)
    return browsers


@given(places=trees())
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_everything_agrees_with_the_rules(
    app: Flask, shelf: Shelf, people: dict[Actor, tuple[set[str] | None, FlaskClient]], places: list[Place]
) -> None:
    """T-00 for articles: not shown means not anywhere; decision 10 of the rules."""
    articles = build(shelf, places)
    for actor, (roles, client) in people.items():
        expected = {one for one, (index, published, _) in articles.items() if sees(places, roles, index, published)}
        public = {one for one in expected if articles[one][1]}
        with app.test_request_context(), reading() as session:
            listed = {
                queries.listed(row).id
                for node in queries.tree(session, actor=actor)
                for row in queries.articles_of(session, node.id, actor=actor).rows
            }
            hits = queries.find("canary", actor=actor)
            suggested = queries.suggested(session, "canary feeding", actor=actor, limit=50)
            files = {one for one in articles if queries.file_for(session, articles[one][2], actor=actor)}
        pages = {one for one in articles if client.get(f"/knowledge_base/articles/{one}").status_code == 200}
        assert {hit.item_id for hit in hits} == listed == pages == expected
        assert all("<mark>canary</mark>" in hit.snippet for hit in hits)
        assert {one.id for one in suggested} == public
        assert files == expected
        assert client.get("/knowledge_base/?q=canary").text.count('class="kb-hit"') == len(expected)


@given(places=trees())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_four_rights_agree_with_the_rules(
    app: Flask, shelf: Shelf, people: dict[Actor, tuple[set[str] | None, FlaskClient]], places: list[Place]
) -> None:
    bare = [Place(place.parent, place.inherits, place.own) for place in places]
    build(shelf, bare)
    with reading() as session:
        ids = session.scalars(select(Section.id).order_by(Section.id)).all()
        for actor, (roles, _) in people.items():
            for index, section_id in enumerate(ids):
                wanted = {right for right in Right if roles is None or has(bare, roles, index, right.value)}
                assert held(session, section_id, actor=actor) == wanted
