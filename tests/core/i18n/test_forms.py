"""What forms say by themselves, in every language of the interface."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from flask import Flask
from flask_babel import force_locale
from werkzeug.datastructures import MultiDict
from wtforms import IntegerField, SelectField, StringField
from wtforms.i18n import messages_path
from wtforms.validators import InputRequired, Length, NumberRange

from helpdesk_core.i18n.locale import LANGUAGES
from helpdesk_core.ui.form import PageForm
from helpdesk_core.ui.form_texts import OF_THE_LIBRARY

pytestmark = pytest.mark.wording


class _Example(PageForm):  # type: ignore[misc]  # the library ships no types
    """A field for each kind of refusal."""

    name = StringField("Name", [InputRequired()])
    note = StringField("Note", [Length(max=254)])
    rank = IntegerField("Rank", [NumberRange(0, 100)])
    kind = SelectField("Kind", choices=[("a", "A")])


def test_the_texts_of_the_library_are_all_gathered() -> None:
    """A release of the library that says something new shows itself here."""
    with (Path(messages_path()) / "wtforms.pot").open("rb") as source:
        said = {one.id for one in read_po(source) if one.id}
    assert set(OF_THE_LIBRARY) == said


@pytest.mark.parametrize("language", [code for code, _name in LANGUAGES])
def test_a_wrong_field_is_refused_in_the_readers_language(app: Flask, language: str) -> None:
    """Arabic once said nothing at all for more than two letters, Malay spoke English."""
    sent = MultiDict({"name": "", "note": "x" * 300, "rank": "many", "kind": "b"})
    with app.test_request_context("/", method="POST"), force_locale(language):
        form = _Example(sent, meta={"csrf": False})
        assert not form.validate()
    errors = [error for name in ("name", "note", "rank", "kind") for error in form.errors[name]]
    assert all(errors)
    assert "254" in form.errors["note"][0]
    words = {
        "en": r"[a-zA-Z]{4}",
        "ms": r"(?i)medan|aksara|nombor|pilihan",
        "ru": r"[а-я]{4}",
        "ar": r"[\u0620-\u064a]{4}",
    }
    assert [error for error in errors if not re.search(words[language], error)] == []
    if language != "en":
        assert [error for error in errors if re.search(r"(?i)\b(field|number|choice|integer)\b", error)] == []
