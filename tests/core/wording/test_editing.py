"""Editing words: what is refused, what is remembered, and how it is taken back."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from helpdesk_core.contract.actor import SYSTEM, Actor
from helpdesk_core.contract.errors import Forbidden, Invalid, NotFound, Rejected
from helpdesk_core.db.session import reading, unit_of_work
from helpdesk_core.events.models import EventRow
from helpdesk_core.testing import Desk
from helpdesk_core.wording.inventory import inventory
from helpdesk_core.wording.queries import edits_of_word, history_of, packaged_forms
from helpdesk_core.wording.services import EditWord, edit_word, undo_edit
from helpdesk_core.wording.words import digest_of

pytestmark = pytest.mark.wording

DAY = digest_of("core", "", "%(num)d day")
LIMIT = digest_of("core", "", "At most %(limit)d characters.")
OPEN = digest_of("core", "status", "service_desk.open")


def edit(digest: str, language: str, *forms: str, actor: Actor = SYSTEM, version: int | None = None) -> bool:
    with unit_of_work() as session:
        return edit_word(session, EditWord(digest=digest, language=language, forms=forms, version=version), actor=actor)


@pytest.mark.parametrize(
    ("digest", "language", "forms"),
    [
        (LIMIT, "ms", ("Paling banyak aksara.",)),
        (LIMIT, "ms", ("%(limit)d dan %(size)d",)),
        (LIMIT, "ms", ("%(limit)s aksara",)),
        (LIMIT, "ms", ("<b>%(limit)d</b>",)),
        (LIMIT, "ms", ("%(limit)d\x07",)),
        (LIMIT, "ms", ("%(limit)d \u202eaksara",)),
        (LIMIT, "ms", ("%(limit)d \ud800",)),
        (LIMIT, "ms", ("%(limit)d" + "x" * 5000,)),
        (DAY, "ru", ("%(num)d день", "%(num)d дня")),
        (DAY, "ru", ("%(num)d день", "", "%(num)d дней")),
        (DAY, "ms", ("%(num)d hari", "%(num)d hari")),
        (OPEN, "ms", ("x" * 201,)),
        (OPEN, "ms", ("<i>Buka</i>",)),
        (OPEN, "ms", ("Buka %(name)s",)),
        (OPEN, "ms", ("Bu\nka",)),
    ],
)
def test_what_could_break_a_page_is_refused(desk: Desk, digest: str, language: str, forms: tuple[str, ...]) -> None:
    """T-02: places, markup, number of forms, letters and length; nothing is written."""
    with pytest.raises(Invalid):
        edit(digest, language, *forms)
    with reading() as session:
        assert edits_of_word(session, digest) == {}


@pytest.mark.parametrize("form", ["Buka \"'«&»", "فتح", "x" * 200, "100 % Buka", "a < b > c", "Бу́ка 🎫"])
def test_what_looks_dangerous_and_is_not_is_kept(desk: Desk, form: str) -> None:
    """Quotes, comparisons, percent signs and other scripts are everyday words."""
    assert edit(OPEN, "ms", form)
    with reading() as session:
        assert edits_of_word(session, OPEN)["ms"].forms == (form,)


def test_an_edit_is_remembered_and_taken_back(desk: Desk) -> None:
    """UR-10: who, when, before and after; undo brings the former text, emptying the original."""
    assert edit(OPEN, "ms", "Baru", actor=desk.admin)
    assert not edit(OPEN, "ms", "Baru", actor=desk.admin)
    assert edit(OPEN, "ms", " Aktif ", actor=desk.admin)
    with reading() as session:
        row = edits_of_word(session, OPEN)["ms"]
        past = history_of(session, row)
    assert (row.forms, row.edited_by, row.version) == (("Aktif",), "Ada Admin", 2)
    assert [(one.who, one.before, one.after) for one in past] == [
        ("Ada Admin", ("Baru",), ("Aktif",)),
        ("Ada Admin", (), ("Baru",)),
    ]
    with unit_of_work() as session:
        undo_edit(session, OPEN, "ms", actor=desk.admin)
    with reading() as session:
        assert edits_of_word(session, OPEN)["ms"].forms == ("Baru",)
    with pytest.raises(Rejected), unit_of_work() as session:
        undo_edit(session, OPEN, "ms", actor=desk.admin)
    assert edit(OPEN, "ms", "  ", actor=desk.admin)
    with reading() as session:
        assert edits_of_word(session, OPEN)["ms"].forms == ()
        told = session.scalars(select(EventRow.name).where(EventRow.subject_kind == "translation")).all()
    assert told == ["translation.changed"] * 4


def test_two_translators_do_not_overwrite_each_other(desk: Desk) -> None:
    """T-60: who began at an older version is told."""
    assert edit(OPEN, "ms", "Baru", version=0)
    with pytest.raises(Rejected):
        edit(OPEN, "ms", "Aktif", version=0)
    assert edit(OPEN, "ms", "Aktif", version=1)


def test_only_who_may_edits_words(desk: Desk) -> None:
    """T-06: the policy is asked; what is not there is not found."""
    for actor in (desk.lead, desk.insider, desk.customer):
        with pytest.raises(Forbidden):
            edit(OPEN, "ms", "Baru", actor=actor)
    with pytest.raises(NotFound):
        edit(OPEN, "de", "Offen")
    with pytest.raises(NotFound):
        edit("0" * 24, "ms", "Baru")


@pytest.mark.helpdesk(plugins=["knowledge_base", "notifications"])
def test_every_word_is_known_with_its_places(desk: Desk) -> None:
    """UR-10: texts of the core and of plugins, statuses, priorities, types, roles, sections; where each is used."""
    known = inventory()
    named = {(word.domain, word.context, word.msgid) for word in known.words}
    for wanted in (
        ("core", "status", "service_desk.open"),
        ("core", "customer:status", "service_desk.open"),
        ("core", "priority", "core.high"),
        ("core", "type", "core.incident"),
        ("core", "role", "core.administrator"),
        ("core", "section", "tickets"),
        ("core", "noun", "customer"),
        ("core", "", "Forgot your password?"),
        ("knowledge_base", "", "Articles"),
    ):
        assert wanted in named, wanted
    assert {word.domain for word in known.words} == {"core", "knowledge_base", "notifications"}
    assert all(word.places for word in known.words if not word.label)
    password = known.by_digest[digest_of("core", "", "Forgot your password?")]
    assert password.places[0].path == "helpdesk_core/templates/core/auth/login.html"
    assert password.places[0].line > 1
    assert password.rooms == ("sign_in",)
    assert packaged_forms(known.by_digest[DAY], "ru") == ("%(num)d день", "%(num)d дня", "%(num)d дней")
    assert packaged_forms(known.by_digest[digest_of("core", "section", "tickets")], "ru") == ("Заявки",)
    assert packaged_forms(known.by_digest[OPEN], "ms") == ("Terbuka",)
