"""Forms about statuses."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, ColorField, SelectField, StringField
from wtforms.validators import InputRequired, Length

from helpdesk_core.ui.form import PageForm, stripped
from helpdesk_core.users.forms import CheckboxList


class ColoursForm(PageForm):
    """What can be changed of a system status (UR-09)."""

    background = ColorField(_("Background"), [InputRequired()], default="#e9ecef")
    foreground = ColorField(_("Text colour"), [InputRequired()], default="#212529")


class StatusForm(PageForm):
    """A status of an administrator (UR-02)."""

    label = StringField(_("Name"), [InputRequired(), Length(max=80)], filters=[stripped])
    category = SelectField(
        _("State"),
        choices=lambda: [
            ("new", _("New")),
            ("open", _("Open")),
            ("waiting", _("Waiting for the customer")),
            ("paused", _("Paused")),
            ("solved", _("Solved")),
            ("closed", _("Closed")),
        ],
        default="open",
        description=_("What the status means everywhere: lists, counts, late answers."),
    )
    background = ColorField(_("Background"), [InputRequired()], default="#e9ecef")
    foreground = ColorField(_("Text colour"), [InputRequired()], default="#212529")
    requires_until = BooleanField(_("Asks until when"))
    pauses_sla = BooleanField(_("Time does not count"))
    counts_to_load = BooleanField(_("Counts as somebody's work"), default=True)
    finish_target = SelectField(_("“Send and finish” leads to"), coerce=lambda value: value or None)


class NewStatusForm(StatusForm):
    """Adding also says which steps are allowed, so that the status can be used at once (OK-045)."""

    sources = CheckboxList(_("Can be reached from"))
    targets = CheckboxList(_("Can lead to"))
