"""Forms about companies and contacts."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms import EmailField, PasswordField, SelectField, StringField, TelField, TextAreaField, URLField
from wtforms.validators import InputRequired, Length

from helpdesk_core.i18n.locale import LANGUAGES
from helpdesk_core.ui.form import PageForm, optional_text, stripped
from helpdesk_core.users.forms import optional_id
from helpdesk_core.users.passwords import LONGEST, SHORTEST


class CompanyForm(PageForm):
    """A company."""

    name = StringField(_("Name"), [InputRequired(), Length(max=200)], filters=[stripped])
    category_id = SelectField(_("Category"), coerce=optional_id, description=_("Never shown to customers."))
    phone = TelField(_("Phone"), [Length(max=40)], filters=[optional_text])
    email = EmailField(_("E-mail"), [Length(max=254)], filters=[optional_text])
    website = URLField(_("Website"), [Length(max=200)], filters=[optional_text])
    address = TextAreaField(_("Address"), [Length(max=500)], filters=[optional_text], render_kw={"rows": 2})
    note = TextAreaField(_("Note"), [Length(max=10_000)], filters=[stripped], render_kw={"rows": 4})


class ContactForm(PageForm):
    """A contact."""

    name = StringField(_("Name"), [InputRequired(), Length(max=200)], filters=[stripped])
    company_id = SelectField(_("Company"), coerce=optional_id, description=_("Empty for a private person."))
    email = EmailField(_("E-mail"), [Length(max=254)], filters=[optional_text])
    phone = TelField(_("Phone"), [Length(max=40)], filters=[optional_text])
    position = StringField(_("Position"), [Length(max=120)], filters=[optional_text])
    timezone = SelectField(_("Time zone"), [InputRequired()], default="UTC")
    language = SelectField(_("Language"), [InputRequired()], choices=lambda: list(LANGUAGES), default="en")


class AccessForm(PageForm):
    """A contact's login for the customer pages."""

    login = StringField(
        _("Login"),
        [InputRequired(), Length(max=254)],
        filters=[stripped],
        render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"},
    )
    password = PasswordField(
        _("Password"),
        [Length(max=LONGEST)],
        description=_("At least %(count)s characters; leave empty to let the person set one by mail.", count=SHORTEST),
        render_kw={"autocomplete": "new-password"},
    )
