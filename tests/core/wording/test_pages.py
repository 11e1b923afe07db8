"""Settings » Translations as people use it."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from helpdesk_core.contract.actor import SYSTEM, Actor
from helpdesk_core.db.session import unit_of_work
from helpdesk_core.i18n.locale import LANGUAGES
from helpdesk_core.testing import Desk, count_queries, sign_in
from helpdesk_core.users.models import Employee
from helpdesk_core.wording.models import Translation
from helpdesk_core.wording.services import EditWord, edit_word
from helpdesk_core.wording.words import digest_of

pytestmark = pytest.mark.wording

OPEN = digest_of("core", "status", "service_desk.open")
DAY = digest_of("core", "", "%(num)d day")


@pytest.fixture
def editor(app: Flask, client: FlaskClient, desk: Desk) -> FlaskClient:
    sign_in(app, client, desk.admin)
    return client


def say(digest: str, language: str, *forms: str, actor: Actor = SYSTEM) -> None:
    with unit_of_work() as session:
        edit_word(session, EditWord(digest=digest, language=language, forms=forms), actor=actor)


def words_on(text: str) -> list[str]:
    return re.findall(r'data-word="(\w+)"', text)


@pytest.mark.parametrize("typed", ["service_desk.open", "terbuka", "ОТКРЫТА", "مفتوحة"])
def test_a_word_is_found_in_any_language(editor: FlaskClient, typed: str) -> None:
    """UR-10: by its key, or by what any reader sees."""
    assert OPEN in words_on(editor.get("/settings/translations", query_string={"q": typed, "language": "ms"}).text)


def test_a_system_status_is_renamed_for_one_language(editor: FlaskClient, desk: Desk) -> None:
    """UR-10: the page says it; other languages and the key stay."""
    number = desk.ticket()
    answer = editor.post(f"/settings/translations/ms/{OPEN}", data={"form_0": "Sedang dibuat", "version": "0"})
    assert answer.status_code == 303
    for language, said in (("ms", True), ("en", False), ("ru", False)):
        with unit_of_work() as session:
            session.get_one(Employee, desk.admin.id).language = language
        for path in ("/tickets", f"/tickets/{number}", "/settings/statuses"):
            text = editor.get(path).text
            assert ("Sedang dibuat" in text) is said, (language, path)
            assert "service_desk.open" in text
    answer = editor.post(f"/settings/translations/ms/{OPEN}", data={"form_0": "", "version": "1"})
    assert answer.status_code == 303
    with unit_of_work() as session:
        session.get_one(Employee, desk.admin.id).language = "ms"
    assert "Sedang dibuat" not in editor.get("/tickets").text


def test_a_refused_word_keeps_what_was_typed(editor: FlaskClient) -> None:
    """T-02: the field says what is wrong; nothing is written, and a stale page is told so."""
    typed = {"form_0": "%(num)d день", "form_1": "<b>%(num)d</b> дня", "form_2": "%(many)s дней", "version": "0"}
    answer = editor.post(f"/settings/translations/ru/{DAY}", data=typed)
    assert answer.status_code == 422
    assert "&lt;b&gt;%(num)d&lt;/b&gt; дня" in answer.text
    assert 'id="form_1-error"' in answer.text
    assert 'id="form_0-error"' not in answer.text
    say(OPEN, "ms", "Baru")
    answer = editor.post(f"/settings/translations/ms/{OPEN}", data={"form_0": "Aktif", "version": "0"})
    assert answer.status_code == 409
    with unit_of_work() as session:
        assert session.query(Translation).one().forms == ["Baru"]


def test_lists_are_filtered_by_place_part_and_state(editor: FlaskClient) -> None:
    """Changed here, not translated, and stale where the source is another one by now."""
    say(OPEN, "ms", "Baru")
    say(DAY, "ms", "%(num)d hari penuh")
    with unit_of_work() as session:
        session.query(Translation).filter_by(digest=DAY).one().source = ["%(num)d old day", "%(num)d old days"]
        session.add(gone_word())

    def found(**query: str) -> set[str]:
        return set(words_on(editor.get("/settings/translations", query_string={"language": "ms", **query}).text))

    assert found(state="changed") == {OPEN, DAY, digest_of("core", "", "A sentence of the past")}
    assert found(state="stale") == {DAY, digest_of("core", "", "A sentence of the past")}
    assert found(state="changed", room="terms") == {OPEN}
    assert found(state="changed", domain="core") >= {OPEN, DAY}
    assert found(state="changed", language="ru") == set()
    assert "%(num)d old day" in editor.get(f"/settings/translations/ms/{DAY}").text
    gone = digest_of("core", "", "A sentence of the past")
    assert editor.get(f"/settings/translations/ms/{gone}").status_code == 200
    assert editor.post(f"/settings/translations/ms/{gone}/restore").status_code == 303
    assert found(state="stale") == {DAY}


def gone_word() -> Translation:
    from helpdesk_core.db.types import utcnow

    return Translation(
        language="ms", digest=digest_of("core", "", "A sentence of the past"), domain="core", context="",
        msgid="A sentence of the past", plural=None, forms=["Ayat lama"], previous=[],
        source=["A sentence of the past"], version=1, edited_by="Ada", edited_at=utcnow(),
    )  # fmt: skip


def test_pages_follow_each_other_and_lose_no_word(editor: FlaskClient) -> None:
    """Forwards and back again; a page costs the same however many words were edited."""
    seen: list[str] = []
    path: str | None = "/settings/translations?language=ms&domain=core"
    paths = []
    while path is not None:
        text = editor.get(path).text
        paths.append(words_on(text))
        seen += paths[-1]
        following = re.search(r'rel="next" href="([^"]+)"', text)
        path = following[1].replace("&amp;", "&") if following else None
        before = re.search(r'rel="prev" href="([^"]+)"', text)
        if len(paths) == 3 and before:
            assert words_on(editor.get(before[1].replace("&amp;", "&")).text) == paths[1]
    assert len(seen) == len(set(seen)) > 500
    with count_queries() as few:
        editor.get("/settings/translations?language=ms")
    for index in range(30):
        say(seen[index], "ms", "Kata")
    editor.get("/settings/translations?language=ms")
    with count_queries() as many:
        editor.get("/settings/translations?language=ms")
    assert len(many) == len(few)


def test_the_page_of_a_word_tells_everything_about_it(editor: FlaskClient, desk: Desk) -> None:
    """Source, other languages, places, who and when, and undo."""
    say(DAY, "ru", "%(num)d сутки", "%(num)d суток", "%(num)d суток", actor=desk.admin)
    text = editor.get(f"/settings/translations/ru/{DAY}").text
    for said in ("%(num)d days", "helpdesk_core/ui/formatting.py:", "Ada Admin", "%(num)d hari", "1, 21, 31"):
        assert said in text, said
    assert editor.post(f"/settings/translations/ru/{DAY}/undo").status_code == 303
    assert "сутки" not in re.sub(r"(?s)<ol.*?</ol>", "", editor.get(f"/settings/translations/ru/{DAY}").text)
    assert editor.post(f"/settings/translations/ru/{DAY}/undo").status_code == 409


def test_the_pages_are_for_who_may(app: Flask, client: FlaskClient, desk: Desk) -> None:
    """T-06: others are refused, also the addresses behind the buttons."""
    sign_in(app, client, desk.lead)
    for path in ("", f"/ms/{OPEN}", "/export?language=ms", "/import"):
        assert client.get(f"/settings/translations{path}").status_code == 403, path
    for path in (f"/ms/{OPEN}", f"/ms/{OPEN}/restore", f"/ms/{OPEN}/undo", "/import"):
        assert client.post(f"/settings/translations{path}").status_code == 403, path


@pytest.mark.parametrize("path", ["/xx/" + OPEN, "/ms/" + "0" * 24, "/ms/x", "/export?language=xx",
                                  "/export?language=ms&domain=nobody"])  # fmt: skip
def test_what_is_not_there_is_not_found(editor: FlaskClient, path: str) -> None:
    assert editor.get(f"/settings/translations{path}").status_code == 404


@pytest.mark.parametrize("language", [code for code, _ in LANGUAGES])
def test_every_language_shows_its_words(editor: FlaskClient, language: str) -> None:
    """Arabic runs from right to left beside a source that does not."""
    text = editor.get(f"/settings/translations/{language}/{DAY}").text
    assert text.count('name="form_') == {"en": 2, "ms": 1, "ru": 3, "ar": 6}[language]
    fields = [tag for tag in re.findall(r"<input[^>]*>", text) if 'name="form_' in tag]
    assert all(('dir="rtl"' in field) is (language == "ar") for field in fields)
    assert fields


def test_a_file_comes_in_line_by_line(editor: FlaskClient, tmp_path: Path) -> None:
    """What is wrong is named with its line, the rest goes in."""
    data = (
        b'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'
        b'msgctxt "status"\nmsgid "service_desk.open"\nmsgstr "Baru"\n\n'
        b'msgid "No such sentence"\nmsgstr "Tiada"\n'
    )
    form = {"language": "ms", "domain": "core", "dry_run": "y", "file": (io.BytesIO(data), "site.po")}
    answer = editor.post("/settings/translations/import", data=form)
    assert answer.status_code == 200
    assert re.findall(r'data-line="(\d+)"', answer.text) == ["9"]
    form = {"language": "ms", "domain": "core", "file": (io.BytesIO(data), "site.po")}
    answer = editor.post("/settings/translations/import", data=form)
    assert 'data-carried="1"' in answer.text
    taken = editor.get("/settings/translations/export?language=ms")
    assert 'msgid "service_desk.open"\nmsgstr "Baru"' in taken.text
