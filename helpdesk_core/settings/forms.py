"""Forms of the settings."""

from __future__ import annotations

from typing import Any, ClassVar

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, ColorField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange

from helpdesk_core.settings.registry import spec_of
from helpdesk_core.ui.form import PageForm, stripped

_SITE, _INTERNAL = spec_of("core.site_name"), spec_of("core.comments_internal")
_UPLOAD = spec_of("core.upload_limit_mb")


class SettingsForm(PageForm):
    """A form of settings: its fields are called as they are, without ``core.``."""

    SETTINGS: ClassVar[tuple[str, ...]] = ()

    def settings(self) -> dict[str, Any]:
        """What was typed, by the keys of the settings."""
        return {key: self[key.removeprefix("core.")].data for key in self.SETTINGS}


class GeneralForm(SettingsForm):
    """The general settings."""

    SETTINGS = ("core.site_name", "core.comments_internal", "core.upload_limit_mb")

    site_name = StringField(
        _SITE.label, [InputRequired(), Length(max=_SITE.highest)], filters=[stripped], description=_SITE.help
    )
    comments_internal = BooleanField(_INTERNAL.label, description=_INTERNAL.help)
    upload_limit_mb = IntegerField(_UPLOAD.label, [InputRequired(), NumberRange(_UPLOAD.lowest, _UPLOAD.highest)])


class TypeForm(PageForm):
    """A ticket type."""

    name = StringField(_("Name"), [InputRequired(), Length(max=80)], filters=[stripped])
    internal = BooleanField(_("Internal"), description=_("Tickets of this type never reach the customer."))
    active = BooleanField(_("In use"), default=True)
    position = IntegerField(_("Order"), [InputRequired(), NumberRange(0, 100_000)], default=100)


class PriorityForm(PageForm):
    """A priority."""

    name = StringField(_("Name"), [InputRequired(), Length(max=80)], filters=[stripped])
    rank = IntegerField(
        _("Rank"), [InputRequired(), NumberRange(0, 100_000)], default=50, description=_("The smallest is most urgent.")
    )
    colour = ColorField(_("Colour"), [InputRequired()], default="#2563eb")
    is_default = BooleanField(_("Default for new tickets"))
    active = BooleanField(_("In use"), default=True)


class CategoryForm(PageForm):
    """A category of companies (OK-146)."""

    name = StringField(_("Name"), [InputRequired(), Length(max=80)], filters=[stripped])
    colour = ColorField(_("Colour"), [InputRequired()], default="#6c757d")
    position = IntegerField(_("Order"), [InputRequired(), NumberRange(0, 100_000)], default=100)


class FieldForm(PageForm):
    """A custom field of tickets (OK-046)."""

    label = StringField(_("Name"), [InputRequired(), Length(max=120)], filters=[stripped])
    kind = SelectField(
        _("Kind"),
        choices=lambda: [
            ("text", _("Text")),
            ("number", _("A number")),
            ("date", _("Date")),
            ("yes_no", _("Yes or no")),
            ("choice", _("One value of a list")),
            ("choices", _("Several values of a list")),
        ],
        description=_("Cannot be changed later."),
    )
    options = TextAreaField(
        _("Values of the list"), [Length(max=30_000)], description=_("One per line."), render_kw={"rows": 5}
    )
    required = BooleanField(_("Required"))
    for_contacts = BooleanField(_("Customers see it"))
    active = BooleanField(_("In use"), default=True)
    position = IntegerField(_("Order"), [InputRequired(), NumberRange(0, 100_000)], default=100)


class CannedForm(PageForm):
    """A canned answer (PY-23, PY-24)."""

    group = StringField(
        _("Group"), [InputRequired(), Length(max=80)], filters=[stripped], description=_("An unknown one is added.")
    )
    title = StringField(_("Title"), [InputRequired(), Length(max=120)], filters=[stripped])
    body = TextAreaField(_("Text"), [InputRequired(), Length(max=20_000)], render_kw={"rows": 8})
    position = IntegerField(_("Order"), [InputRequired(), NumberRange(0, 100_000)], default=100)
