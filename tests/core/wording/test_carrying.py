"""Words as files: out and in again without loss, and every way in which a line can be wrong."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from flask_babel import force_locale, gettext

from helpdesk_core.cli import main
from helpdesk_core.contract.actor import SYSTEM
from helpdesk_core.contract.errors import Forbidden
from helpdesk_core.db import migrate
from helpdesk_core.db.session import reading, unit_of_work
from helpdesk_core.i18n.compiling import compile_catalog, read_catalog
from helpdesk_core.i18n.layers import CORE
from helpdesk_core.i18n.locale import LANGUAGES
from helpdesk_core.i18n.plurals import count_of, header_of, same_rule
from helpdesk_core.i18n.po import read_file
from helpdesk_core.i18n.terms import term
from helpdesk_core.i18n.updating import TRANSLATED, Part, check_catalog, known_words, update_catalogs
from helpdesk_core.testing import Desk
from helpdesk_core.wording.carrying import Carried, export_words, import_words
from helpdesk_core.wording.inventory import inventory
from helpdesk_core.wording.models import Translation
from helpdesk_core.wording.parts import all_parts
from helpdesk_core.wording.queries import edits_of
from helpdesk_core.wording.services import EditWord, edit_word
from helpdesk_core.wording.words import digest_of

pytestmark = pytest.mark.wording

HEAD = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
OPEN = digest_of("core", "status", "service_desk.open")


def bring(data: str | bytes, language: str = "ms", *, dry_run: bool = False) -> Carried:
    raw = data if isinstance(data, bytes) else data.encode()
    with unit_of_work() as session:
        return import_words(session, raw, language, CORE, actor=SYSTEM, dry_run=dry_run)


def taken(language: str, domain: str = CORE) -> bytes:
    with reading() as session:
        return export_words(session, language, domain, actor=SYSTEM)


def word(msgid: str, *forms: str, plural: str | None = None, before: str = "") -> str:
    lines = [*([before] if before else []), f'msgid "{msgid}"']
    if plural is None:
        return "\n".join([*lines, f'msgstr "{forms[0]}"', "", ""])
    lines.append(f'msgid_plural "{plural}"')
    return "\n".join([*lines, *(f'msgstr[{number}] "{form}"' for number, form in enumerate(forms)), "", ""])


GOOD = word("Tickets", "Tiket kita")
DAYS = ("%(num)d day", "%(num)d days")
WRONG = {
    "unknown": (word("No such sentence", "Tiada"), 7),
    "place missing": (word("At most %(limit)d characters.", "Paling banyak"), 7),
    "place unknown": (word("At most %(limit)d characters.", "%(limit)d %(more)s"), 7),
    "unnamed place": (word("Tickets", "Tiket %s"), 7),
    "markup": (word("Inbox", "<b>Peti</b>"), 7),
    "too many forms": (word(DAYS[0], "%(num)d hari", "%(num)d hari", plural=DAYS[1]), 7),
    "another plural": (word(DAYS[0], "%(num)d hari", plural="%(num)d dayz"), 7),
    "no plural": (word(DAYS[0], "%(num)d hari"), 7),
    "fuzzy": (word("Inbox", "Peti", before="#, fuzzy"), 8),
    "twice": (word("Tickets", "Tiket lain"), 7),
    "a form left out": (f'msgid "{DAYS[0]}"\nmsgid_plural "{DAYS[1]}"\nmsgstr[1] "%(num)d hari"\n\n', 7),
    "no catalog": ("nothing of the kind\n\n", 7),
    "not ended": ('msgid "Inbox\nmsgstr "Peti"\n\n', 7),
    "no msgstr": ('msgid "Inbox"\n\n', 7),
    "escape": ('msgid "Inbox"\nmsgstr "\\N{nothing}"\n\n', 8),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_line_is_named_and_the_rest_goes_in(desk: Desk, case: str) -> None:
    """T-02: whatever is wrong with it; a dry run says the same and writes nothing."""
    text, line = WRONG[case]
    data = HEAD + GOOD + text + word("Contacts", "Kenalan kita")
    for dry_run in (True, False):
        carried = bring(data, dry_run=dry_run)
        assert [fault.line for fault in carried.faults][:1] == [line], carried
        assert carried.written == 2
        with reading() as session:
            assert len(edits_of(session, "ms")) == (0 if dry_run else 2)


def test_what_is_not_utf8_is_named_line_by_line(desk: Desk) -> None:
    """A file of mixed charsets, and a head that says another one."""
    data = HEAD.encode() + GOOD.encode() + b'msgid "Inbox"\nmsgstr "' + b"\xcf\xe5" + b'"\n'
    carried = bring(data)
    assert ([fault.line for fault in carried.faults], carried.written) == ([8], 1)
    carried = bring((HEAD.replace("utf-8", "koi8-r") + word("Contacts", "Kenalan kita")).encode())
    assert ([fault.line for fault in carried.faults], carried.written) == ([1], 1)


def test_a_head_that_counts_another_way_spoils_the_plurals_only(desk: Desk) -> None:
    """Forms in an order that is not ours are not guessed at."""
    head = 'msgid ""\nmsgstr "Plural-Forms: nplurals=3; plural=(n==1 ? 0 : n==2 ? 1 : 2);\\n"\n\n'
    days = word(DAYS[0], "%(num)d a", "%(num)d b", "%(num)d c", plural=DAYS[1])
    carried = bring(head + GOOD + days, "ru")
    assert ([fault.line for fault in carried.faults], carried.written) == ([1, 7], 1)
    right = f'msgid ""\nmsgstr "Plural-Forms: {header_of("ru")}\\n"\n\n'
    assert bring(right + days, "ru").written == 1


@pytest.mark.parametrize("data", [b"", b"\x00\x01\x02", b'"' * 1000, b"msgid " * 1000, b'msgid "a"\n' * 500,
                                  b'msgstr[99] "x"\nmsgid "Inbox"\n', b"\xff\xfe" * 100])  # fmt: skip
def test_no_file_does_harm(desk: Desk, data: bytes) -> None:
    """F-33: an error with a line, never one of ours."""
    assert bring(data).written == 0


@pytest.mark.helpdesk(plugins=["notifications"])
@pytest.mark.parametrize("language", [code for code, _ in LANGUAGES])
def test_what_goes_out_comes_in_again(desk: Desk, language: str) -> None:
    """Quotes, line ends, percent signs, markup of the source, plurals: the second file is the first one."""
    markup = "Type <strong><code>%(name)s</code></strong> to confirm."
    said = {
        OPEN: ('Buka "kini" \\ \t'.strip(),),
        digest_of(CORE, "customer:status", "service_desk.open"): ("مفتوحة 100 %",),
        digest_of(CORE, "", markup): ("«<strong><code>%(name)s</code></strong>» & co",),
        digest_of(CORE, "section", "tickets"): ("x" * 200,),
        digest_of(CORE, "", DAYS[0]): tuple(f"{n}: %(num)d" for n in range(count_of(language))),
        digest_of("notifications", "", inventory_text("notifications")): ("Ganti",),
    }  # fmt: skip
    with unit_of_work() as session:
        for digest, forms in said.items():
            edit_word(session, EditWord(digest=digest, language=language, forms=forms), actor=SYSTEM)
    files = {domain: taken(language, domain) for domain in (CORE, "notifications")}
    with unit_of_work() as session:
        session.query(Translation).delete()
    with unit_of_work() as session:
        for domain, data in files.items():
            carried = import_words(session, data, language, domain, actor=SYSTEM)
            assert carried.faults == (), domain
    assert {domain: taken(language, domain) for domain in files} == files
    with reading() as session:
        assert {digest: edit.forms for digest, edit in edits_of(session, language).items()} == said


def inventory_text(domain: str) -> str:
    """Some text of a plugin without places."""
    return next(one.msgid for one in inventory().words if one.domain == domain and "%" not in one.msgid
                and one.plural is None and not one.label)  # fmt: skip


def test_what_the_catalog_says_anyway_is_nobodys_own(desk: Desk) -> None:
    """A translator's whole file changes only what it changes."""
    with reading() as session:
        data = export_words(session, "ms", CORE, actor=SYSTEM, everything=True)
    carried = bring(data)
    assert (carried.written, carried.faults) == (0, ())
    assert carried.unchanged > 500
    changed = data.replace(b'msgid "Tickets"\nmsgstr "', b'msgid "Tickets"\nmsgstr "Kita: ')
    assert bring(changed).written == 1


def test_who_may_not_edit_may_not_carry(desk: Desk) -> None:
    """T-06."""
    with pytest.raises(Forbidden), reading() as session:
        export_words(session, "ms", CORE, actor=desk.lead)
    with pytest.raises(Forbidden), unit_of_work() as session:
        import_words(session, b"", "ms", CORE, actor=desk.lead)


# --- the catalogs that come with the program --------------------------------------------------------


@pytest.mark.helpdesk(plugins=["knowledge_base", "notifications"])
def test_the_catalogs_are_right_line_by_line(desk: Desk) -> None:
    """UR-10: places, markup, forms; and every head counts as the program does."""
    for part in all_parts():
        known = known_words(part)
        for language in TRANSLATED:
            path = part.catalog(language)
            wrong = [
                f"{path.name} {language}:{fault.line}: {fault.reason}" for fault in check_catalog(part, language, known)
            ]
            assert wrong == []
            assert same_rule(read_file(path.read_bytes(), language).head["Plural-Forms"], language)


def test_an_update_keeps_what_translators_wrote(app: Flask, tmp_path: Path) -> None:
    """New texts come, old ones go, the rest stays; twice is the same as once."""
    package = tmp_path / "helpdesk_sample"
    (package / "templates").mkdir(parents=True)
    (package / "views.py").write_text(
        'from x import _, ngettext\n_("Hello")\nngettext("%(num)d day", "%(num)d days", 1)\n'
    )
    (package / "templates" / "page.html").write_text("{% trans %}Good bye{% endtrans %}")
    part = Part("sample", package, (("status", "sample.begun", "Begun", "plugin.py"),))
    assert [(one.language, one.done, one.total) for one in update_catalogs(part)] == [
        (code, 0, 4) for code in TRANSLATED
    ]
    path = part.catalog("ar")
    text = path.read_text("utf-8").replace('msgid "Hello"\nmsgstr ""', 'msgid "Hello"\nmsgstr "مرحبا"')
    path.write_text(text, "utf-8")
    (package / "templates" / "page.html").write_text("{% trans %}Welcome{% endtrans %}")
    assert [one.done for one in update_catalogs(part)] == [0, 0, 1]
    written = path.read_bytes()
    list(update_catalogs(part))
    assert path.read_bytes() == written
    assert "Good bye" not in path.read_text("utf-8")
    assert same_rule(read_file(written, "ar").head["Plural-Forms"], "ar")
    compile_catalog(path)
    assert read_catalog(path).num_plurals == 6


def _invoke(app: Flask, *words: str) -> Result:
    with app.app_context():
        return CliRunner().invoke(main, ["i18n", *words])


def test_commands_say_what_is_covered_and_what_is_wrong(app: Flask, desk: Desk, tmp_path: Path) -> None:
    """For people, and with --json for programs."""
    plain = _invoke(app, "coverage")
    assert plain.exit_code == 0
    assert "core" in plain.stdout
    found = json.loads(_invoke(app, "coverage", "--domain", "core", "--json").stdout)
    assert {one["language"] for one in found} == set(TRANSLATED)
    assert all(0 < one["percent"] <= 100 and one["total"] > 500 for one in found)
    assert _invoke(app, "coverage", "--domain", "nobody").exit_code == 1
    assert json.loads(_invoke(app, "check", "--json").stdout) == []
    templates = json.loads(_invoke(app, "extract", "--output", str(tmp_path), "--json").stdout)
    assert templates[0]["file"] == str(tmp_path / "core.pot")
    assert 'msgid "Forgot your password?"' in (tmp_path / "core.pot").read_text("utf-8")


def test_commands_carry_words(app: Flask, desk: Desk, tmp_path: Path) -> None:
    """Out into the site's folder, in again; a wrong line is said with its file and number, and is status 1."""
    with unit_of_work() as session:
        edit_word(session, EditWord(digest=OPEN, language="ms", forms=("Baru",)), actor=SYSTEM)
    assert _invoke(app, "export", "--language", "ms", "--output", str(tmp_path)).exit_code == 0
    file = tmp_path / "ms" / "LC_MESSAGES" / "site.po"
    done = _invoke(app, "import", str(file), "--json")
    assert (done.exit_code, json.loads(done.stdout)["unchanged"]) == (0, 1)
    file.write_text(file.read_text("utf-8").replace("Baru", "Lain") + '\nmsgid "Nothing"\nmsgstr "x"\n', "utf-8")
    done = _invoke(app, "import", str(file), "--dry-run")
    assert done.exit_code == 1
    assert f"{file}:" in done.stdout
    assert _invoke(app, "import", str(file)).exit_code == 1
    with force_locale("ms"):
        assert term("status", "service_desk.open", "Open") == "Lain"
    assert _invoke(app, "import", str(shutil.copy(file, tmp_path / "x.po")), "--domain", "nobody").exit_code == 1


def test_a_file_of_the_site_is_checked_too(app: Flask, desk: Desk) -> None:
    """`helpdesk i18n check` names the lines that the layers leave out."""
    folder = Path(app.config["HELPDESK_DATA_DIR"]) / "translations" / "ru" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    try:
        (folder / "site.po").write_text(HEAD + word("Inbox", "<b>x</b>"), "utf-8")
        done = _invoke(app, "check", "--json")
        assert done.exit_code == 1
        told = json.loads(done.stdout.splitlines()[0])
        assert {(Path(one["file"]).name, one["line"]) for one in told} == {("site.po", 4)}
    finally:
        shutil.rmtree(folder)


def test_an_upgrade_leaves_the_sites_words(app: Flask, desk: Desk) -> None:
    """UR-10: `helpdesk db upgrade`, with all that it installs, takes nothing back."""
    with unit_of_work() as session:
        edit_word(session, EditWord(digest=OPEN, language="ms", forms=("Baru",)), actor=SYSTEM)
        edit_word(
            session, EditWord(digest=digest_of(CORE, "", "Tickets"), language="ms", forms=("Kita",)), actor=SYSTEM
        )
    migrate.upgrade(app)
    with force_locale("ms"):
        assert (term("status", "service_desk.open", "Open"), gettext("Tickets")) == ("Baru", "Kita")
