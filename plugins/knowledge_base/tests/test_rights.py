"""Who may do what in which section, and the ways in which it went wrong elsewhere."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from helpdesk_core.testing import Desk
from helpdesk_core.toolkit import (
    SYSTEM,
    Actor,
    Conflict,
    Employee,
    Forbidden,
    Invalid,
    NotFound,
    Rejected,
    reading,
    unit_of_work,
)
from helpdesk_knowledge_base import queries
from helpdesk_knowledge_base.access import Reader, held
from helpdesk_knowledge_base.commands import (
    DEPTH_LIMIT,
    ChangeSection,
    CreateSection,
    DeleteSection,
    SaveArticle,
    SetRights,
)
from helpdesk_knowledge_base.models import Article, Right, Section
from helpdesk_knowledge_base.sections import change_section, create_section, delete_section, set_rights
from helpdesk_knowledge_base.services import get_article, save_article
from helpdesk_knowledge_base.testing import Shelf

pytestmark = pytest.mark.helpdesk(plugins=["knowledge_base"])

ALL = tuple(Right)
VIEW, EDITOR, WRITER = (Right.VIEW,), (Right.VIEW, Right.EDIT), (Right.VIEW, Right.EDIT_ARTICLES)


def rights(section_id: int, actor: Actor) -> set[str]:
    with reading() as session:
        return {right.value for right in held(session, section_id, actor=actor)}


def seen(actor: Actor) -> list[str]:
    with reading() as session:
        return [node.name for node in queries.tree(session, actor=actor)]


def allow(section_id: int, actor: Actor, inherits: bool, grants: frozenset[tuple[int, Right]] | None = None) -> None:
    with unit_of_work() as session:
        set_rights(session, SetRights(section_id=section_id, inherits=inherits, grants=grants), actor=actor)


# --- inheritance --------------------------------------------------------------------------------------


def test_an_inheriting_section_follows_its_parent(shelf: Shelf, desk: Desk) -> None:
    """OK-155: same as the parent, now and later."""
    top = shelf.section("Top", lead=VIEW)
    below = shelf.section("Below", top)
    assert rights(below, desk.lead) == {"view"}
    shelf.grant(top, lead=(Right.VIEW, Right.EDIT), specialist=VIEW)
    assert rights(below, desk.lead) == {"view", "edit"}
    assert rights(below, desk.insider) == {"view"}


def test_unticking_inherit_copies_the_rights_as_they_are_then(shelf: Shelf, desk: Desk) -> None:
    """OK-155: a frozen copy."""
    top = shelf.section("Top", lead=ALL, specialist=VIEW)
    below = shelf.section("Below", top)
    allow(below, SYSTEM, inherits=False)
    shelf.grant(top, lead=ALL, specialist=ALL)
    assert rights(below, desk.insider) == {"view"}
    assert rights(below, desk.lead) == {right.value for right in Right}


def test_ticking_inherit_again_follows_the_parent_again(shelf: Shelf, desk: Desk) -> None:
    top = shelf.section("Top", lead=VIEW)
    below = shelf.section("Below", top, specialist=VIEW)
    allow(below, SYSTEM, inherits=True)
    shelf.grant(top, lead=VIEW, specialist=VIEW)
    assert rights(below, desk.lead) == rights(below, desk.insider) == {"view"}


def test_the_four_rights_are_independent_and_three_need_the_view(shelf: Shelf, desk: Desk) -> None:
    """OK-156..159: none brings another along, and none counts without the view."""
    for right in (Right.CREATE, Right.EDIT, Right.EDIT_ARTICLES):
        section = shelf.section(f"Only {right}", lead=(Right.VIEW, right), specialist=(right,))
        assert rights(section, desk.lead) == {"view", right.value}
        assert rights(section, desk.insider) == set()


def test_the_view_needs_the_view_of_every_section_above(shelf: Shelf, desk: Desk) -> None:
    top = shelf.section("Top", lead=VIEW)
    below = shelf.section("Below", top, specialist=ALL, lead=ALL)
    assert rights(below, desk.insider) == set()
    shelf.grant(top, lead=VIEW, specialist=VIEW)
    assert rights(below, desk.insider) == {right.value for right in Right}


def test_several_roles_of_one_person_unite_section_by_section(shelf: Shelf, desk: Desk, two_roles: Actor) -> None:
    top = shelf.section("Top", lead=VIEW)
    below = shelf.section("Below", top, specialist=(Right.VIEW, Right.CREATE))
    assert rights(below, two_roles) == {"view", "create"}
    assert rights(below, desk.lead) == rights(below, desk.insider) == set()


def test_who_manages_the_base_holds_everything(shelf: Shelf, desk: Desk) -> None:
    section = shelf.section("Nobody's")
    assert rights(section, desk.admin) == {right.value for right in Right}
    assert rights(section, desk.lead) == set()


def test_an_employee_who_left_sees_nothing(shelf: Shelf, desk: Desk) -> None:
    shelf.section("Open", lead=ALL)
    with unit_of_work() as session:
        session.get_one(Employee, desk.lead.id).active = False
    assert seen(desk.lead) == []


# --- what went wrong elsewhere --------------------------------------------------------------------------


def test_changing_one_roles_right_resets_nothing_below(shelf: Shelf, desk: Desk) -> None:
    """Zammad 4629: the children's own rights were overwritten."""
    top = shelf.section("Top", lead=ALL, specialist=VIEW)
    own = shelf.section("Own", top, lead=VIEW, specialist=ALL)
    deeper = shelf.section("Deeper", own)
    shelf.grant(top, lead=VIEW, specialist=VIEW, contact=VIEW)
    for section in (own, deeper):
        assert rights(section, desk.lead) == {"view"}
        assert rights(section, desk.insider) == {right.value for right in Right}
        assert rights(section, desk.customer) == set()


@pytest.mark.parametrize("wanted", [Right.CREATE, Right.EDIT_ARTICLES])
@pytest.mark.parametrize("role", ["lead", "specialist"])
def test_the_editor_of_a_part_cannot_grant_what_he_does_not_hold(
    shelf: Shelf, desk: Desk, wanted: Right, role: str
) -> None:
    """Zammad 4893: he granted himself everything."""
    part = shelf.section("Part", lead=EDITOR)
    grants = {"lead": EDITOR, role: (*EDITOR, wanted)}
    with pytest.raises(Rejected):
        shelf.grant(part, desk.lead, **grants)
    assert rights(part, desk.lead) == {"view", "edit"}
    assert rights(part, desk.insider) == set()


def test_the_editor_hands_on_what_he_holds(shelf: Shelf, desk: Desk) -> None:
    part = shelf.section("Part", lead=EDITOR)
    shelf.grant(part, desk.lead, lead=EDITOR, specialist=EDITOR)
    assert rights(part, desk.insider) == {"view", "edit"}


def test_inheriting_again_cannot_bring_what_the_editor_does_not_hold(shelf: Shelf, desk: Desk) -> None:
    top = shelf.section("Top", lead=VIEW, specialist=ALL)
    part = shelf.section("Part", top, lead=EDITOR)
    with pytest.raises(Rejected):
        allow(part, desk.lead, inherits=True)
    assert rights(part, desk.insider) == set()


def test_moving_cannot_bring_what_the_editor_does_not_hold(shelf: Shelf, desk: Desk) -> None:
    strict = shelf.section("Strict", lead=EDITOR)
    lax = shelf.section("Lax", lead=ALL)
    part = shelf.section("Part", strict)
    with pytest.raises(Rejected), unit_of_work() as session:
        change_section(session, ChangeSection(section_id=part, name="Part", parent_id=lax), actor=desk.lead)
    assert rights(part, desk.lead) == {"view", "edit"}


def test_the_editor_of_a_child_cannot_widen_its_parent(shelf: Shelf, desk: Desk) -> None:
    """OK-158: a grant below opens nothing above, and the parent's rights are not his to change."""
    top = shelf.section("Top", lead=VIEW)
    child = shelf.section("Child", top, lead=EDITOR)
    shelf.grant(child, desk.lead, lead=EDITOR, specialist=VIEW)
    assert rights(top, desk.insider) == rights(child, desk.insider) == set()
    with pytest.raises(Forbidden):
        shelf.grant(top, desk.lead, lead=VIEW, specialist=VIEW)
    assert seen(desk.insider) == []


def test_no_right_is_honoured_below_a_readers_section(shelf: Shelf, desk: Desk) -> None:
    """Zammad 5124: "none" below "reader" was taken for "reader"."""
    top = shelf.section("Top", lead=ALL, contact=VIEW)
    hidden = shelf.section("Hidden", top, lead=ALL)
    under = shelf.section("Under", hidden)
    article = shelf.article(under)
    assert seen(desk.customer) == ["Top"]
    assert rights(hidden, desk.customer) == rights(under, desk.customer) == set()
    with reading() as session, pytest.raises(NotFound):
        get_article(session, article, actor=desk.customer)


def test_every_right_can_be_revoked(shelf: Shelf, desk: Desk) -> None:
    """Zammad 5123: one could be given and not be taken away."""
    section = shelf.section("Open", lead=ALL, specialist=ALL, contact=VIEW)
    for right in Right:
        rest = tuple(one for one in Right if one is not right)
        shelf.grant(section, lead=ALL, specialist=rest, contact=VIEW)
        assert right.value not in rights(section, desk.insider)
    shelf.grant(section, lead=ALL)
    assert rights(section, desk.insider) == rights(section, desk.customer) == set()
    assert rights(section, desk.lead) == {right.value for right in Right}


def test_an_editor_may_revoke_what_he_does_not_hold(shelf: Shelf, desk: Desk) -> None:
    section = shelf.section("Part", lead=EDITOR, specialist=ALL)
    shelf.grant(section, desk.lead, lead=EDITOR)
    assert rights(section, desk.insider) == set()


def test_a_section_with_drafts_only_is_shown_to_its_editor(shelf: Shelf, desk: Desk) -> None:
    """Zammad 6135: it was hidden from the one who should publish them."""
    section = shelf.section("New", lead=WRITER, specialist=VIEW)
    draft = shelf.article(section, "Draft", publish=False)
    assert seen(desk.lead) == seen(desk.insider) == ["New"]
    with reading() as session:
        nodes = {actor: queries.tree(session, actor=actor)[0].articles for actor in (desk.lead, desk.insider)}
        assert nodes == {desk.lead: 1, desk.insider: 0}
        assert get_article(session, draft, actor=desk.lead).title == "Draft"
    with reading() as session, pytest.raises(NotFound):
        get_article(session, draft, actor=desk.insider)


def test_a_writer_keeps_his_own_draft_in_sight(shelf: Shelf, desk: Desk) -> None:
    section = shelf.section("New", specialist=(Right.VIEW, Right.CREATE))
    draft = shelf.article(section, "Mine", publish=False, actor=desk.insider)
    with reading() as session:
        assert get_article(session, draft, actor=desk.insider).title == "Mine"
    with reading() as session, pytest.raises(NotFound):
        get_article(session, draft, actor=desk.outsider)
    with unit_of_work() as session:
        command = SaveArticle(article_id=draft, section_id=section, title="Mine", body="Better.", publish=True)
        save_article(session, command, actor=desk.insider)
    command = SaveArticle(article_id=draft, section_id=section, title="Mine", body="Once more.", publish=True)
    with pytest.raises(Forbidden), unit_of_work() as session:
        save_article(session, command, actor=desk.insider)


def test_customers_can_only_be_let_in_to_read(shelf: Shelf, desk: Desk) -> None:
    section = shelf.section("Open", contact=VIEW)
    with pytest.raises(Invalid) as refused:
        shelf.grant(section, contact=(Right.VIEW, Right.EDIT_ARTICLES))
    assert list(refused.value.errors) == ["rights"]
    assert rights(section, desk.customer) == {"view"}


def test_rights_of_an_unknown_role_are_refused(shelf: Shelf) -> None:
    section = shelf.section("Open")
    with pytest.raises(Invalid):
        allow(section, SYSTEM, inherits=False, grants=frozenset({(987_654, Right.VIEW)}))


def test_a_form_that_was_opened_before_a_change_gives_nothing_back(shelf: Shelf, desk: Desk) -> None:
    section = shelf.section("Open", lead=ALL, specialist=ALL)
    with reading() as session:
        version = session.get_one(Section, section).version
    shelf.grant(section, lead=ALL)
    stale = SetRights(
        section_id=section, inherits=False, grants=shelf.grants(lead=ALL, specialist=ALL), version=version
    )
    with pytest.raises(Conflict), unit_of_work() as session:
        set_rights(session, stale, actor=desk.lead)
    assert rights(section, desk.insider) == set()


# --- the tree -------------------------------------------------------------------------------------------


def test_a_new_section_needs_the_right_to_create(shelf: Shelf, desk: Desk) -> None:
    """OK-156: without it, refused; at the top, only for who manages the base."""
    top = shelf.section("Top", lead=(Right.VIEW, Right.CREATE), specialist=(Right.VIEW, Right.EDIT))
    for actor, parent, error in ((desk.insider, top, Forbidden), (desk.lead, None, Forbidden)):
        with pytest.raises(error), unit_of_work() as session:
            create_section(session, CreateSection(name="New", parent_id=parent), actor=actor)
    with pytest.raises(NotFound), unit_of_work() as session:
        create_section(session, CreateSection(name="New", parent_id=top), actor=desk.customer)
    with unit_of_work() as session:
        made = create_section(session, CreateSection(name="New", parent_id=top), actor=desk.lead).id
    assert rights(made, desk.insider) == {"view", "edit"}
    assert seen(desk.lead) == ["Top", "New"]


def test_a_section_cannot_stand_inside_itself(shelf: Shelf, desk: Desk) -> None:
    """OK-154: no circles."""
    top = shelf.section("Top", lead=ALL)
    below = shelf.section("Below", top)
    deepest = shelf.section("Deepest", below)
    for target in (top, below, deepest):
        with pytest.raises(Invalid) as refused, unit_of_work() as session:
            change_section(session, ChangeSection(section_id=top, name="Top", parent_id=target), actor=desk.admin)
        assert list(refused.value.errors) == ["parent_id"]
    assert seen(desk.lead) == ["Top", "Below", "Deepest"]


def test_moving_applies_the_rights_of_the_new_place(shelf: Shelf, desk: Desk) -> None:
    """OK-160: what inherits follows the new parent, what has rights of its own keeps them under a new gate."""
    inner = shelf.section("Inner", lead=ALL)
    outer = shelf.section("Outer", lead=ALL, contact=VIEW)
    follows = shelf.section("Follows", inner)
    own = shelf.section("Own", inner, lead=ALL)
    for section in (follows, own):
        with unit_of_work() as session:
            moved = ChangeSection(section_id=section, name=f"Moved {section}", parent_id=outer)
            change_section(session, moved, actor=desk.lead)
    assert rights(follows, desk.customer) == {"view"}
    assert rights(own, desk.customer) == set()


def test_moved_to_the_top_a_section_keeps_what_it_had(shelf: Shelf, desk: Desk) -> None:
    top = shelf.section("Top", lead=VIEW)
    part = shelf.section("Part", top)
    shelf.grant(top, lead=ALL)
    with pytest.raises(Forbidden), unit_of_work() as session:
        change_section(session, ChangeSection(section_id=part, name="Part", parent_id=None), actor=desk.lead)
    with unit_of_work() as session:
        change_section(session, ChangeSection(section_id=part, name="Part", parent_id=None), actor=desk.admin)
    shelf.grant(top, lead=VIEW)
    assert rights(part, desk.lead) == {right.value for right in Right}


def test_the_tree_goes_to_a_limit(shelf: Shelf, desk: Desk) -> None:
    section = shelf.section("1", lead=VIEW)
    for level in range(2, DEPTH_LIMIT + 1):
        section = shelf.section(str(level), section)
    assert len(seen(desk.lead)) == DEPTH_LIMIT
    with pytest.raises(Invalid):
        shelf.section("too deep", section)


def test_deleting_a_filled_section_asks_where_its_content_goes(shelf: Shelf, desk: Desk) -> None:
    section = shelf.section("Old", lead=ALL)
    article = shelf.article(section)
    with pytest.raises(Invalid) as refused, unit_of_work() as session:
        delete_section(session, DeleteSection(section_id=section), actor=desk.lead)
    assert list(refused.value.errors) == ["move_to"]
    target = shelf.section("New", lead=ALL, contact=VIEW)
    with unit_of_work() as session:
        delete_section(session, DeleteSection(section_id=section, move_to=target), actor=desk.lead)
    with reading() as session:
        assert get_article(session, article, actor=desk.customer).section_id == target
    assert seen(desk.lead) == ["New"]


def test_deleting_everything_needs_the_right_to_everything(shelf: Shelf, desk: Desk) -> None:
    section = shelf.section("Old", lead=ALL)
    hidden = shelf.section("Hidden", section, specialist=VIEW)
    article = shelf.article(hidden)
    gone = DeleteSection(section_id=section, everything=True)
    with pytest.raises(Rejected), unit_of_work() as session:
        delete_section(session, gone, actor=desk.lead)
    with unit_of_work() as session:
        delete_section(session, gone, actor=desk.admin)
    with reading() as session:
        assert session.scalars(select(Section.id)).all() == []
        assert session.get(Article, article) is None


def test_the_content_does_not_go_where_the_mover_may_not_create(shelf: Shelf, desk: Desk) -> None:
    section = shelf.section("Old", lead=ALL)
    shelf.article(section)
    target = shelf.section("Read only", lead=VIEW)
    with pytest.raises(Forbidden), unit_of_work() as session:
        delete_section(session, DeleteSection(section_id=section, move_to=target), actor=desk.lead)
    assert seen(desk.lead) == ["Old", "Read only"]


def test_list_and_single_check_are_one_expression(shelf: Shelf, desk: Desk) -> None:
    top = shelf.section("Top", lead=VIEW)
    for number in range(3):
        shelf.section(str(number), top, **({"lead": VIEW} if number else {"specialist": VIEW}))
    with reading() as session:
        rule = Reader(desk.lead).sections()
        everyone = session.scalars(select(Section.id)).all()
        listed = set(session.scalars(select(Section.id).where(rule)))
        single = {one for one in everyone if session.scalar(select(Section.id).where(rule, Section.id == one))}
    assert listed == single
    assert len(listed) == 3
