"""Forms of the words' pages."""

from __future__ import annotations

from functools import cache
from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, HiddenField, SelectField, StringField, TextAreaField

from helpdesk_core.ui.form import PageForm

_LINE = 60


class WordForm(PageForm):
    """A word in one language, one field for each form of number; ``version`` is of the row that the reader saw."""

    version = HiddenField()

    @property
    def forms(self) -> list[Any]:
        """The fields of the forms, in their order."""
        return [field for field in self if field.name.startswith("form_")]


@cache
def word_form(count: int, long: bool) -> type[WordForm]:
    """The form of a word of *count* forms."""
    kind = TextAreaField if long else StringField
    fields = {f"form_{number}": kind(_("Text")) for number in range(count)}
    return type("ComposedWordForm", (WordForm,), fields)


def is_long(texts: tuple[str, ...]) -> bool:
    """Whether a text needs more than a line to be edited."""
    return any(len(text) > _LINE or "\n" in text for text in texts)


class ImportForm(PageForm):
    """A file of words."""

    language = SelectField(_("Language"))
    domain = SelectField(_("Part"))
    file = FileField(_("File"), [FileRequired()], description=_("A .po file in UTF-8."))
    dry_run = BooleanField(_("Only check, change nothing"))
