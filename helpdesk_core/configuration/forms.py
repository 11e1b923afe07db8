"""Forms of the pages about presets and configurations."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf.file import FileField, FileRequired
from wtforms import HiddenField, SelectField

from helpdesk_core.ui.form import PageForm

_MOVE = "move_"


class UploadForm(PageForm):
    """A configuration's file, to be looked at."""

    file = FileField(_("Configuration"), [FileRequired()], description=_("A .toml file of another helpdesk."))


class ConfirmForm(PageForm):
    """The text that was looked at, and the plan that was shown for it."""

    name = HiddenField()
    text = HiddenField()
    shown = HiddenField()


class PresetForm(PageForm):
    """One choice for each status that goes; composed by ``preset_form``."""

    def moves(self) -> dict[str, str]:
        """The status that was chosen for each one that goes."""
        return {field.name.removeprefix(_MOVE): field.data for field in self.choices()}

    def choices(self) -> list[Any]:
        """The fields of the statuses that go, in their order."""
        return [field for field in self if field.name.startswith(_MOVE)]


def preset_form(gone: list[tuple[str, str]], offered: list[tuple[str, str]]) -> type[PresetForm]:
    """The form for statuses that go (key and name), each with the statuses that it may become."""
    fields = {f"{_MOVE}{key}": SelectField(name, choices=offered) for key, name in gone}
    return type("ComposedPresetForm", (PresetForm,), fields)
