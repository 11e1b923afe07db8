"""Forms about people and logins; rules that need the database belong to the services."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms import (
    BooleanField,
    EmailField,
    FileField,
    PasswordField,
    SelectField,
    SelectMultipleField,
    StringField,
    TelField,
    TextAreaField,
    widgets,
)
from wtforms.validators import EqualTo, InputRequired, Length

from helpdesk_core.i18n.locale import LANGUAGES
from helpdesk_core.ui.form import PageForm, optional_text, stripped
from helpdesk_core.users.passwords import LONGEST, SHORTEST
from helpdesk_core.users.rules import timezones


def optional_id(value: object) -> int | None:
    """The number chosen in a list, none for its empty line; raises ``ValueError`` for anything else."""
    return int(str(value)) if value not in (None, "", "None") else None


def timezone_choices() -> list[tuple[str, str]]:
    """Every time zone for a list, the plain one first."""
    return [("UTC", "UTC"), *((name, name.replace("_", " ")) for name in sorted(timezones()) if "/" in name)]


class CheckboxList(SelectMultipleField):
    """Several choices as boxes with their labels."""

    widget = widgets.ListWidget(prefix_label=False)
    option_widget = widgets.CheckboxInput()


class LoginForm(PageForm):
    """Signing in, employees and customers alike (OK-205)."""

    login = StringField(
        _("Login or e-mail"),
        [InputRequired(), Length(max=254)],
        filters=[stripped],
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"},
    )
    password = PasswordField(
        _("Password"), [InputRequired(), Length(max=LONGEST)], render_kw={"autocomplete": "current-password"}
    )
    remember = BooleanField(_("Stay signed in on this device"), default=True)


class ForgotForm(PageForm):
    """Asking for a link to set a new password."""

    login = StringField(
        _("Login or e-mail"),
        [InputRequired(), Length(max=254)],
        filters=[stripped],
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"},
    )


class NewPasswordForm(PageForm):
    """A new password, twice."""

    password = PasswordField(
        _("New password"),
        [InputRequired(), Length(min=SHORTEST, max=LONGEST)],
        description=_("At least %(count)s characters.", count=SHORTEST),
        render_kw={"autocomplete": "new-password"},
    )
    repeat = PasswordField(
        _("New password again"),
        [InputRequired(), EqualTo("password", _("The two passwords differ."))],
        render_kw={"autocomplete": "new-password"},
    )


class OwnPasswordForm(NewPasswordForm):
    """Changing one's own password needs the current one."""

    current = PasswordField(
        _("Current password"), [InputRequired(), Length(max=LONGEST)], render_kw={"autocomplete": "current-password"}
    )


class ProfileForm(PageForm):
    """What everybody may change of himself."""

    timezone = SelectField(_("Time zone"), [InputRequired()])
    language = SelectField(_("Language"), [InputRequired()], choices=lambda: list(LANGUAGES))
    phone = TelField(_("Phone"), [Length(max=40)], filters=[optional_text])


class PhotoForm(PageForm):
    """One's own photo (OK-210)."""

    photo = FileField(
        _("Photo"),
        description=_("PNG, JPEG, WebP or GIF, up to 5 MB."),
        render_kw={"accept": "image/png,image/jpeg,image/webp,image/gif"},
    )


class EmployeeForm(PageForm):
    """Adding and editing an employee."""

    name = StringField(_("Name"), [InputRequired(), Length(max=200)], filters=[stripped])
    email = EmailField(_("E-mail"), [Length(max=254)], filters=[optional_text])
    phone = TelField(_("Phone"), [Length(max=40)], filters=[optional_text])
    position = StringField(_("Position"), [Length(max=120)], filters=[optional_text])
    login = StringField(
        _("Login"),
        [Length(max=254)],
        filters=[optional_text],
        description=_("Without a login the person is only a record."),
        render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"},
    )
    role_keys = CheckboxList(_("Roles"), description=_("The rights of several roles unite."))
    group_ids = CheckboxList(_("Groups"), coerce=int)
    timezone = SelectField(_("Time zone"), [InputRequired()], default="UTC")
    language = SelectField(_("Language"), [InputRequired()], choices=lambda: list(LANGUAGES), default="en")


class NewEmployeeForm(EmployeeForm):
    """Adding also asks for a first password and whether he may begin at once (OK-208)."""

    password = PasswordField(
        _("First password"),
        [Length(max=LONGEST)],
        description=_("At least %(count)s characters; leave empty to let the person set one by mail.", count=SHORTEST),
        render_kw={"autocomplete": "new-password"},
    )
    active = BooleanField(_("Active at once"), default=True)


class HandOverForm(PageForm):
    """Who takes the tickets of somebody who leaves (OK-209)."""

    employee_id = SelectField(_("To an employee"), coerce=optional_id)
    group_id = SelectField(_("To a group"), coerce=optional_id)


class GroupForm(PageForm):
    """A functional group with its members and its notification list (OK-065)."""

    name = StringField(_("Name"), [InputRequired(), Length(max=120)], filters=[stripped])
    description = TextAreaField(_("What it does"), [Length(max=500)], filters=[stripped], render_kw={"rows": 2})
    member_ids = CheckboxList(_("Members"), coerce=int)
    notify_ids = CheckboxList(
        _("Get the group's notifications"), coerce=int, description=_("Counts for members of the group only.")
    )
    hidden = BooleanField(_("Hidden"), description=_("Not offered any more; old tickets still show it."))
