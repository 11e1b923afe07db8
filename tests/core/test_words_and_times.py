"""Words by language and moments as markup: what every page draws by the hundred."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from flask import Flask
from flask_babel import force_locale, gettext

from helpdesk_core.app import create_app
from helpdesk_core.ui.formatting import filesize, time_tag


def site(tmp_path: Path) -> Flask:
    """An app with a Malay catalog of one word."""
    folder = tmp_path / "words" / "ms" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    catalog = Catalog(locale="ms")
    catalog.add("Unread", "Belum dibaca")
    with (folder / "messages.mo").open("wb") as file:
        write_mo(file, catalog)
    app = create_app({"TESTING": True, "HELPDESK_DATA_DIR": str(tmp_path)})
    app.extensions["babel"].translation_directories[:] = [str(tmp_path / "words")]
    return app


def test_each_language_keeps_its_own_words(tmp_path: Path) -> None:
    """UR-10: the catalogs are kept by language, in Python and in templates alike."""
    app = site(tmp_path)
    page = app.jinja_env.from_string("{% trans %}Unread{% endtrans %}")
    with app.test_request_context("/"):
        for _ in range(2):
            with force_locale("ms"):
                assert gettext("Unread") == "Belum dibaca"
                assert page.render() == "Belum dibaca"
            with force_locale("en"):
                assert gettext("Unread") == "Unread"
                assert page.render() == "Unread"


def test_a_moment_is_drawn_with_its_exact_time(tmp_path: Path) -> None:
    moment = datetime(2020, 2, 29, 12, 30, tzinfo=UTC)
    with site(tmp_path).test_request_context("/"):
        assert time_tag(moment) == (
            '<time datetime="2020-02-29T12:30:00Z" title="Feb 29, 2020, 12:30 UTC" data-relative>Feb 29, 2020</time>'
        )
        assert 'class="&#34;&gt;">Feb 29, 2020, 12:30 UTC<' in time_tag(moment, absolute=True, cls='">')
        assert time_tag(None) == ""
        for language, said in (
            ("ms", "29 Feb 2020, 12:30"),
            ("ru", "29 февр. 2020 г., 12:30"),
            ("ar", "29‏/02‏/2020، 12:30"),
        ):
            with force_locale(language):
                assert said in time_tag(moment, absolute=True).replace("\u202f", " ")


def test_a_size_is_said_in_the_readers_language(tmp_path: Path) -> None:
    """Three digits at most, the decimal mark and the unit of the language; English where nobody reads."""
    sizes = (512, 999, 12_800, 160 * 1024, 5 * 1024**2, 2_254_857_830)
    app = site(tmp_path)
    with app.test_request_context("/"):
        assert [filesize(size) for size in sizes] == ["512 byte", "999 byte", "12 kB", "160 kB", "5 MB", "2.1 GB"]
        with force_locale("ru"):
            assert [filesize(size) for size in (7_782, 5 * 1024**2)] == ["7,6 кБ", "5 МБ"]
    assert filesize(2048) == "2 kB"


def test_a_macro_draws_each_value_once(tmp_path: Path) -> None:
    """Fifty rows have four statuses; different values stay apart."""
    drawn: list[str] = []

    def pill(value: str) -> str:
        drawn.append(value)
        return f"[{value}]"

    text = "{% set one = once_each(pill) %}{% for v in 'abab' %}{{ one(v) }}{% endfor %}"
    assert site(tmp_path).jinja_env.from_string(text).render(pill=pill) == "[a][b][a][b]"
    assert drawn == ["a", "b"]
