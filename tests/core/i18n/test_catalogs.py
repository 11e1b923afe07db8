"""The catalogs: they parse, hold every place that the code fills, and are compiled as they stand."""

from __future__ import annotations

import ast
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from gettext import c2py
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import force_locale, ngettext

from helpdesk_core.access.permissions import CORE_PERMISSIONS
from helpdesk_core.i18n.locale import LANGUAGES
from helpdesk_core.install import preset_words

pytestmark = pytest.mark.wording

ROOT = Path(__file__).parents[3]
CATALOGS = sorted(
    [*ROOT.glob("helpdesk_core/translations/*/LC_MESSAGES/*.po"), *ROOT.glob("plugins/*/*/translations/*/*/*.po")]
)
_MARKS = frozenset({"_", "_l", "_n", "gettext", "ngettext", "pgettext", "npgettext", "lazy_gettext", "message"})
_PLACE = re.compile(r"%\(\w+\)[sd]|%%|\{\w+\}")


def _module() -> Any:
    spec = importlib.util.spec_from_file_location("catalogs", ROOT / "_build" / "catalogs.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _read(path: Path) -> Catalog:
    with path.open("rb") as source:
        return read_po(source, locale=path.parts[-3], abort_invalid=True)


def _name(path: Path) -> str:
    return f"{path.parts[-4]}-{path.parts[-3]}"


def test_every_language_of_the_interface_has_a_catalog() -> None:
    """English needs none: its texts are the code's own."""
    there = {path.parts[-3] for path in CATALOGS if "helpdesk_core" in path.parts and "plugins" not in path.parts}
    assert there == {code for code, _ in LANGUAGES} - {"en"}


@pytest.mark.parametrize("path", CATALOGS, ids=_name)
def test_translations_have_the_places_of_the_text(path: Path) -> None:
    """A place that is missing would lose a name, one too many would break the page; each form of a plural counts."""
    catalog, wrong = _read(path), []
    for text in catalog:
        if not text.id:
            continue
        wanted = set(_PLACE.findall(text.id if isinstance(text.id, str) else text.id[-1]))
        forms = [text.string] if isinstance(text.string, str) else list(text.string or ())
        if any(forms) and isinstance(text.id, tuple):
            assert len(forms) == catalog.num_plurals
            assert all(forms), text.id
        # "one day" names no number in many languages.
        free = {"%(num)d", "%(num)s"} if isinstance(text.id, tuple) else set()
        wrong += [form for form in filter(None, forms) if not wanted - free <= set(_PLACE.findall(form)) <= wanted]
        wrong += [form for form in filter(None, forms) if form.count("%") != sum(map(len, re.findall("%%?", form)))]
    assert wrong == []


@pytest.mark.parametrize("path", CATALOGS, ids=_name)
def test_nothing_is_fuzzy_and_the_plural_is_the_languages_own(path: Path) -> None:
    """A guess of a program is worse than English."""
    catalog = _read(path)
    assert [text.id for text in catalog if text.id and text.fuzzy] == []
    assert catalog.num_plurals == {"ms": 1, "ru": 3, "ar": 6}.get(path.parts[-3], catalog.num_plurals)


@pytest.mark.parametrize("path", [path for path in CATALOGS if path.parts[-3] == "ar"], ids=_name)
def test_arabic_numbers_its_forms_as_gettext_does(path: Path) -> None:
    """None, one, two, few (3 to 10), many (11 to 99), hundreds: tools of translators say so, one library does not."""
    header = dict(_read(path).mime_headers)["Plural-Forms"]
    choose = c2py(header.partition("plural=")[2].rstrip(";"))
    numbers = (0, 1, 2, 3, 10, 11, 99, 100, 102, 103, 111)
    assert [choose(number) for number in numbers] == [0, 1, 2, 3, 3, 4, 4, 5, 5, 3, 4]


@pytest.mark.parametrize(
    ("number", "said"), [(1, "يوم واحد"), (2, "يومين"), (3, "3 أيام"), (11, "11 يومًا"), (100, "100 يوم")]
)
def test_a_number_takes_its_form(app: Flask, number: int, said: str) -> None:
    """Form and number agree in what a page says, not in the file alone."""
    with app.test_request_context("/"), force_locale("ar"):
        assert ngettext("%(num)d day", "%(num)d days", number) == said


@pytest.mark.parametrize("path", CATALOGS, ids=_name)
def test_the_compiled_catalog_is_fresh(path: Path) -> None:
    """What Flask-Babel reads says the same as what translators wrote; `make install` compiles it."""
    wanted = BytesIO()
    write_mo(wanted, _read(path))
    wanted.seek(0)
    with path.with_suffix(".mo").open("rb") as source:
        assert _texts(read_mo(source)) == _texts(read_mo(wanted))


def _texts(catalog: Catalog) -> dict[Any, Any]:
    return {(text.context, _key(text.id)): _key(text.string) for text in catalog if text.id}


def _key(text: Any) -> Any:
    return tuple(text) if isinstance(text, list) else text


@pytest.mark.parametrize("language", [code for code, _ in LANGUAGES if code != "en"])
def test_the_first_words_of_a_desk_are_translated(language: str) -> None:
    """Statuses and roles by their keys: pages show them through ``term``."""
    catalog = _read(ROOT / "helpdesk_core" / "translations" / language / "LC_MESSAGES" / "messages.po")
    for context, key, _text in preset_words():
        found = catalog.get(key, context)
        assert found is not None, key
        assert found.string, key


@pytest.mark.parametrize("language", [code for code, _ in LANGUAGES if code != "en"])
def test_rights_are_said_in_the_readers_language(app: Flask, language: str) -> None:
    """The matrix of roles shows them; a log shows the name."""
    with app.test_request_context("/"):
        english = {spec.name: str(spec.label) for spec in CORE_PERMISSIONS}
        with force_locale(language):
            assert [name for name, label in english.items() if str(_label(name)) == label] == []


def _label(name: str) -> str:
    return next(spec.label for spec in CORE_PERMISSIONS if spec.name == name)


def test_texts_of_the_code_reach_the_catalogs() -> None:
    """All ways of marking a text: in a template, in code, in a refusal, as a plural, as a right, as a word."""
    texts = _module().template()
    for known in (
        "Forgot your password?",
        "Choose one of the list.",
        "At most %(limit)d characters.",
        "%(num)d ticket has this status: move it to another one first.",
        "Work in the desk",
        "Several values of a list",
    ):
        assert texts.get(known) is not None, known
    assert texts.get("service_desk.open", "status") is not None


@pytest.mark.long
def test_every_text_is_translated() -> None:
    """Core and plugins in every language; long, so that a text may land before its translations do."""
    from helpdesk_core.i18n.updating import coverage_of

    found = [one for part in _module().parts() for one in coverage_of(part)]
    assert {one.language for one in found} == {code for code, _ in LANGUAGES[1:]}
    assert [f"{one.domain} {one.language}: {one.done} of {one.total}" for one in found if one.done < one.total] == []


def test_no_marked_text_hides_in_another() -> None:
    """What gathers the texts does not look into an f-string: "(group)" was English everywhere."""
    modules = [*ROOT.glob("helpdesk_core/**/*.py"), *ROOT.glob("plugins/*/helpdesk_*/**/*.py")]
    hidden = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path in modules
        for text in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(text, ast.JoinedStr)
        for call in ast.walk(text)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in _MARKS
    ]
    assert hidden == []


def test_what_is_stale_is_compiled_and_what_is_broken_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what changed is compiled; a catalog that cannot be read stops with its name and leaves the old one."""
    module = _module()
    folder = tmp_path / "helpdesk_core" / "translations" / "ru" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    source = shutil.copy(ROOT / "helpdesk_core/translations/ru/LC_MESSAGES/messages.po", folder)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "CORE", tmp_path / "helpdesk_core" / "translations")
    assert module.compile_stale() == [Path(source)]
    assert module.compile_stale() == []
    compiled = (folder / "messages.mo").read_bytes()
    Path(source).write_text('msgid "a"\nmsgstr "b"\nnothing of a catalog\n', encoding="utf-8")
    os.utime(folder / "messages.mo", (1, 1))
    with pytest.raises(ValueError, match=r"messages\.po"):
        module.compile_stale()
    assert (folder / "messages.mo").read_bytes() == compiled


def test_finding_stale_catalogs_needs_the_standard_library_only() -> None:
    """A start that has nothing to compile must work before anything is installed."""
    code = f"import sys; sys.path.insert(0, {str(ROOT / '_build')!r}); import catalogs; catalogs.stale()"
    subprocess.run([sys.executable, "-S", "-c", code], check=True, timeout=60)


@pytest.mark.parametrize(("language", "word"), [("ms", "Log masuk"), ("ru", "Войти"), ("ar", "تسجيل الدخول")])
def test_the_login_speaks_the_browsers_language(client: FlaskClient, language: str, word: str) -> None:
    """Arabic runs from right to left."""
    page = client.get("/login", headers={"Accept-Language": language}).text
    assert word in page
    assert f'lang="{language}"' in page
    assert f'dir="{"rtl" if language == "ar" else "ltr"}"' in page
