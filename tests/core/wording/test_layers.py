"""What is said: the database's word, the site's file, the catalog, the code; and what an edit can never do."""

from __future__ import annotations

from pathlib import Path

import pytest
from babel.messages.plurals import get_plural
from flask import Flask, current_app
from flask.testing import FlaskClient
from flask_babel import force_locale, gettext, lazy_gettext, ngettext

from helpdesk_core.contract.actor import SYSTEM
from helpdesk_core.contract.messages import message, translated
from helpdesk_core.db.session import unit_of_work
from helpdesk_core.db.types import utcnow
from helpdesk_core.i18n.plurals import chooser_of, count_of, examples_of, header_of, same_rule
from helpdesk_core.i18n.terms import term, words_for_customers
from helpdesk_core.testing import Desk, count_queries, sign_in
from helpdesk_core.tickets.catalog import ticket_catalog
from helpdesk_core.ui.form_texts import FormTexts
from helpdesk_core.wording.models import Translation
from helpdesk_core.wording.services import EditWord, edit_word, restore_word
from helpdesk_core.wording.words import digest_of

pytestmark = pytest.mark.wording


def say(language: str, msgid: str, *forms: str, context: str = "", domain: str = "core") -> None:
    with unit_of_work() as session:
        command = EditWord(digest=digest_of(domain, context, msgid), language=language, forms=forms)
        edit_word(session, command, actor=SYSTEM)


def force(language: str, msgid: str, *forms: str, context: str = "", plural: str | None = None) -> None:
    """Write a row that no page would let in."""
    with unit_of_work() as session:
        session.add(
            Translation(
                language=language, digest=digest_of("core", context, msgid), domain="core", context=context,
                msgid=msgid, plural=plural, forms=list(forms), previous=None, source=[msgid], version=1,
                edited_by="nobody", edited_at=utcnow(),
            )
        )  # fmt: skip


def draw(template: str, **values: object) -> str:
    return current_app.jinja_env.from_string(template).render(**values)


def test_an_edit_speaks_in_its_language_only(desk: Desk) -> None:
    """UR-10: in code, templates, refusals and plurals alike; emptied, the catalog speaks again."""
    say("ms", "Tickets", "Tiket saya")
    say("ms", "%(num)d day", "%(num)d hari penuh")
    template = "{% trans %}Tickets{% endtrans %}|{{ ngettext('%(num)d day', '%(num)d days', 3) }}"
    with force_locale("ms"):
        assert (gettext("Tickets"), ngettext("%(num)d day", "%(num)d days", 3)) == ("Tiket saya", "3 hari penuh")
        assert draw(template) == "Tiket saya|3 hari penuh"
        assert translated(message("Tickets")) == "Tiket saya"
    with force_locale("ru"):
        assert draw(template) == "Заявки|3 дня"
    with force_locale("en"):
        assert draw(template) == "Tickets|3 days"
    with unit_of_work() as session:
        assert restore_word(session, digest_of("core", "", "Tickets"), "ms", actor=SYSTEM)
    with force_locale("ms"):
        assert gettext("Tickets") != "Tiket saya"


def test_english_too_has_the_sites_words(desk: Desk) -> None:
    """UR-10: English has no catalog, and an overlay like any other language."""
    say("en", "%(num)d day", "one whole day", "%(num)d whole days")
    with force_locale("en"):
        assert [ngettext("%(num)d day", "%(num)d days", n) for n in (1, 2)] == ["one whole day", "2 whole days"]


def test_the_sites_file_stands_between_the_database_and_the_catalog(app: Flask, desk: Desk) -> None:
    """UR-10: `translations/ms/LC_MESSAGES/site.po`; a wrong entry in it is left out, the others count."""
    folder = Path(app.config["HELPDESK_DATA_DIR"]) / "translations" / "ms" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "site.po").write_text(
        'msgid "Tickets"\nmsgstr "Dari fail"\n\nmsgid "Inbox"\nmsgstr "<b>Peti</b>"\n\n'
        'msgctxt "status"\nmsgid "service_desk.open"\nmsgstr "Dibuka"\n',
        encoding="utf-8",
    )
    app.extensions.pop("helpdesk_site_words", None)
    app.extensions.pop("helpdesk_reference", None)
    try:
        with force_locale("ms"):
            assert gettext("Tickets") == "Dari fail"
            assert "<b>" not in gettext("Inbox")
            assert term("status", "service_desk.open", "Open") == "Dibuka"
        say("ms", "Tickets", "Dari pangkalan")
        with force_locale("ms"):
            assert gettext("Tickets") == "Dari pangkalan"
        with force_locale("ru"):
            assert gettext("Tickets") == "Заявки"
    finally:
        (folder / "site.po").unlink()
        app.extensions.pop("helpdesk_site_words", None)


def test_a_word_of_the_site_is_escaped_wherever_it_is_drawn(desk: Desk) -> None:
    """T-02: also rows that no page would have let in, also lazy texts, which the library calls safe."""
    force("ms", "Tickets", '"><script>alert(1)</script>&amp;')
    lazy = lazy_gettext("Tickets")
    with force_locale("ms"):
        for template in ("{% trans %}Tickets{% endtrans %}", "{{ _('Tickets') }}", "{{ lazy }}",
                         "<i title='{{ lazy }}'>", "{{ [lazy]|join }}"):  # fmt: skip
            shown = draw(template, lazy=lazy)
            assert "<script" not in shown, template
            assert '">' not in shown.replace("<i title='", ""), template


def test_the_sources_own_markup_stays_markup(desk: Desk) -> None:
    """T-02: a tag of the source may stand in its translation, anything else is text."""
    text = "Type <strong><code>%(name)s</code></strong> to confirm."
    say("ms", text, 'Taip "<strong><code>%(name)s</code></strong>" & sahkan')
    with force_locale("ms"):
        template = "{% trans name='<x>' %}Type <strong><code>{{ name }}</code></strong> to confirm.{% endtrans %}"
        shown = draw(template)
    assert shown == "Taip &#34;<strong><code>&lt;x&gt;</code></strong>&#34; &amp; sahkan"


@pytest.mark.parametrize("text", ["%", "100 %", "%(nobody)s", "%(num)s %", "%d", "%%(x", "%(num)", "%(num)d %s"])
def test_no_word_can_break_a_page(desk: Desk, text: str) -> None:
    """UR-10: what cannot be filled gives way to the catalog's word; a percent sign stands for itself."""
    force("en", "Tickets", text)
    force("en", "%(num)d day", text, text, plural="%(num)d days")
    with force_locale("en"):
        template = "{% trans %}Tickets{% endtrans %}|{{ ngettext('%(num)d day', '%(num)d days', 2) }}"
        assert "|" in draw(template)
        assert gettext("Tickets")
        assert ngettext("%(num)d day", "%(num)d days", 2)


def test_the_catalog_speaks_where_a_value_is_missing(desk: Desk) -> None:
    """Two places of the code may fill one text differently."""
    say("en", "At most %(limit)d characters.", "No more than %(limit)d letters.")
    with force_locale("en"):
        assert gettext("At most %(limit)d characters.", limit=3) == "No more than 3 letters."
        assert gettext("At most %(limit)d characters.") == "No more than %(limit)d letters."
        with pytest.raises(TypeError):
            gettext("At most %(limit)d characters.", limit="many")


def test_a_list_asks_for_no_word(app: Flask, client: FlaskClient, desk: Desk) -> None:
    """OK-037: the overlay costs a page no query, however many words were edited."""
    for _ in range(3):
        desk.ticket()
    sign_in(app, client, desk.admin)
    client.get("/tickets")
    with count_queries() as before:
        client.get("/tickets")
    for number, name in enumerate(("Tickets", "Inbox", "Companies", "Contacts")):
        say("en", name, f"Word {number}")
    assert "Word 0" in client.get("/tickets").text
    with count_queries() as after:
        client.get("/tickets")
    assert len(after) == len(before)


def test_customers_read_another_word_where_there_is_one(desk: Desk) -> None:
    """UR-10: a second context; without it they read the staff's."""
    say("ms", "service_desk.open", "Dibuka", context="status")
    with force_locale("ms"), words_for_customers():
        assert term("status", "service_desk.open", "Open") == "Dibuka"
    say("ms", "service_desk.open", "Kami sedang membantu", context="customer:status")
    with force_locale("ms"):
        assert term("status", "service_desk.open", "Open") == "Dibuka"
        with words_for_customers():
            assert term("status", "service_desk.open", "Open") == "Kami sedang membantu"
    with force_locale("ru"), words_for_customers():
        assert term("status", "service_desk.open", "Open") == "Открыта"


def test_a_name_that_an_administrator_typed_beats_the_catalog(desk: Desk) -> None:
    """Priorities can be renamed in their own list: the catalog translates what the program came with, no more."""
    key = ticket_catalog().default_priority.key
    with force_locale("ms"):
        assert term("priority", key, "Everyday") == "Everyday"
    say("ms", key, "Setiap hari", context="priority")
    with force_locale("ms"):
        assert term("priority", key, "Everyday") == "Setiap hari"


@pytest.mark.parametrize(
    ("language", "forms"),
    [
        ("en", {0: 1, 1: 0, 2: 1, 3: 1, 11: 1, 99: 1, 100: 1, 102: 1}),
        ("ms", {0: 0, 1: 0, 2: 0, 3: 0, 11: 0, 99: 0, 100: 0, 102: 0}),
        ("ru", {0: 2, 1: 0, 2: 1, 3: 1, 11: 2, 21: 0, 99: 2, 100: 2, 102: 1, 111: 2}),
        ("ar", {0: 0, 1: 1, 2: 2, 3: 3, 10: 3, 11: 4, 99: 4, 100: 5, 102: 5, 103: 3, 111: 4}),
    ],
)
def test_each_language_counts_its_own_way(desk: Desk, language: str, forms: dict[int, int]) -> None:
    """UR-10: the form of a number, also in words of the site."""
    chosen = chooser_of(language)
    assert {number: chosen(number) for number in forms} == forms
    assert all(len(some) >= 1 for some in examples_of(language))
    say(language, "%(num)d day", *(f"form {index} of %(num)d" for index in range(count_of(language))))
    with force_locale(language):
        said = {number: ngettext("%(num)d day", "%(num)d days", number) for number in forms}
    assert said == {number: f"form {index} of {number}" for number, index in forms.items()}


def test_heads_of_files_are_compared_by_what_they_choose() -> None:
    """Babel's own Arabic rule swaps the last two forms; however a rule is written, it counts; none may do harm."""
    assert not same_rule(str(get_plural("ar")), "ar")
    usual = "nplurals=6; plural=n==0?0:n==1?1:n==2?2:n%100>=3&&n%100<=10?3:n%100>=11?4:5;"
    assert same_rule(usual, "ar")
    assert same_rule(header_of("ar"), "ar")
    assert same_rule("nplurals=2; plural=n!=1", "en")
    for wrong in ("", "nplurals=2; plural=n/0;", "nplurals=1; plural=__import__('os');", "nplurals=2;"):
        assert not same_rule(wrong, "en")


def test_who_fills_a_words_places_himself_gets_it_ready_to_be_filled(desk: Desk) -> None:
    """UR-10: the form library fills after asking; a percent sign of the site's stands for itself even then."""
    say("en", "Number must be at least %(min)s.", "100 % of %(min)s at least")
    say("en", "This field is required.", "100 % needed")
    texts = FormTexts()
    with force_locale("en"):
        assert texts.gettext("Number must be at least %(min)s.") % {"min": 3} == "100 % of 3 at least"
        assert texts.gettext("This field is required.") == "100 % needed"
