"""The shape of what the pages send."""

from __future__ import annotations

from wtforms import BooleanField, IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange

from helpdesk_core.toolkit import PageForm, stripped
from helpdesk_notifications import lazy_gettext as _
from helpdesk_notifications.options import DESIGN_LIMIT
from helpdesk_notifications.rendering import BODY_LIMIT, SUBJECT_LIMIT


class RulesForm(PageForm):
    """The token; the boxes of the table are read apart."""


class WordingForm(PageForm):
    """Subject and text of a notice; the ticket is only for the preview."""

    subject = StringField(_("Subject"), validators=[InputRequired(), Length(max=SUBJECT_LIMIT)])
    body = TextAreaField(_("Text"), validators=[InputRequired(), Length(max=BODY_LIMIT)])
    ticket_id = SelectField(_("Try it on a ticket"), coerce=int, validate_choice=False, default=0)


class DesignForm(PageForm):
    """The frame of every mail."""

    design = TextAreaField(
        _("Design (HTML)"), validators=[InputRequired(), Length(max=DESIGN_LIMIT)], render_kw={"dir": "ltr"}
    )


class SendingForm(PageForm):
    """Sender, copies, the company's mailbox, digest."""

    sender_name = StringField(_("Sender's name"), filters=[stripped], validators=[Length(max=120)],
                              description=_("Stands before the address in every mail."))  # fmt: skip
    reply_to = StringField(_("Answers go to"), filters=[stripped], validators=[Length(max=254)],
                           description=_("Another address for answers, where it is not the sender's."))  # fmt: skip
    company_mode = RadioField(_("The company's mailbox gets notices to customers"), choices=[
        ("no_mail", _("when the contact has no address")),
        ("no_contact", _("when the contact has no address, or the ticket has no contact")),
        ("always", _("always")),
    ], default="no_mail")  # fmt: skip
    copy_address = StringField(_("Copies of notices to customers go to"), filters=[stripped],
                               validators=[Length(max=254)])  # fmt: skip
    copy_author = BooleanField(_("Who wrote gets a copy of the notice to the customer"))
    digest_after = IntegerField(
        _("One mail instead of many after so many within ten minutes"),
        validators=[InputRequired(), NumberRange(0, 1000)],
        description=_("For colleagues only; 0: never."))  # fmt: skip


class ServerForm(PageForm):
    """The server that takes all mail."""

    smtp_host = StringField(_("Server"), filters=[stripped], validators=[Length(max=200)],
                            description=_("Empty: the one that HELPDESK_MAIL_URL names."))  # fmt: skip
    smtp_port = IntegerField(_("Port"), default=587, validators=[InputRequired(), NumberRange(1, 65535)])
    smtp_security = RadioField(_("Encryption"), choices=[
        ("starttls", _("STARTTLS, certificate checked")),
        ("tls", _("TLS, certificate checked")),
        ("none", _("none: only for a server on the same machine")),
    ], default="starttls")  # fmt: skip
    smtp_username = StringField(_("Signs in as"), filters=[stripped], validators=[Length(max=254)])
    smtp_password = StringField(
        _("Password"),
        filters=[stripped],
        validators=[Length(max=105)],
        description=_("The environment variable that holds it, such as env:MAIL_PASSWORD."),
    )


class ExtraForm(PageForm):
    """Further addresses for a contact's notices."""

    addresses = TextAreaField(
        _("Notices also go to"),
        validators=[Length(max=2000)],
        description=_("One address a line, such as the boss's. No access comes with it."),
    )


class TestMailForm(PageForm):
    """Where a test goes to."""

    address = StringField(_("Send a test to"), filters=[stripped], validators=[InputRequired(), Length(max=254)])
