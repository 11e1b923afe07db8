"""Forms about statuses."""

from __future__ import annotations

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import BooleanField, ColorField, IntegerField, SelectField, StringField
from wtforms.validators import InputRequired, Length, NumberRange

from helpdesk_core.settings.forms import SettingsForm
from helpdesk_core.settings.registry import spec_of
from helpdesk_core.ui.form import PageForm, stripped
from helpdesk_core.users.forms import CheckboxList

_CLOSE, _LATE = spec_of("core.auto_close_days"), spec_of("core.late_reply_days")
_REPLY, _LATE_REPLY = spec_of("core.reply_policy"), spec_of("core.late_reply_policy")


def category_words() -> dict[str, str]:
    """What the states are called."""
    return {
        "new": gettext("New"),
        "open": gettext("Open"),
        "waiting": gettext("Waiting for the customer"),
        "paused": gettext("Paused"),
        "solved": gettext("Solved"),
        "closed": gettext("Closed"),
    }


class SystemStatusForm(PageForm):
    """What can be changed of a system status (UR-09, decision 8)."""

    background = ColorField(_("Background"), [InputRequired()], default="#e9ecef")
    foreground = ColorField(_("Text colour"), [InputRequired()], default="#212529")
    pauses_sla = BooleanField(_("Time does not count"), description=_("Nobody is late while a ticket is here."))
    counts_to_load = BooleanField(_("Counts as somebody's work"), default=True)


class StatusForm(PageForm):
    """A status of an administrator (UR-02)."""

    label = StringField(_("Name"), [InputRequired(), Length(max=80)], filters=[stripped])
    category = SelectField(
        _("State"),
        choices=lambda: list(category_words().items()),
        default="open",
        description=_("What the status means everywhere: lists, counts, late answers."),
    )
    background = ColorField(_("Background"), [InputRequired()], default="#e9ecef")
    foreground = ColorField(_("Text colour"), [InputRequired()], default="#212529")
    finish_target = SelectField(_("“Send and finish” leads to"), coerce=lambda value: value or None)
    requires_until = BooleanField(
        _("Asks until when"), description=_("When that time comes, the ticket returns to work by itself.")
    )
    final = BooleanField(_("Final"), description=_("A ticket never leaves it; only a closed status can be final."))
    pauses_sla = BooleanField(_("Time does not count"), description=_("Nobody is late while a ticket is here."))
    counts_to_load = BooleanField(_("Counts as somebody's work"), default=True)


class NewStatusForm(StatusForm):
    """Adding also says which steps are allowed, so that the status can be used at once (OK-045)."""

    sources = CheckboxList(_("Can be reached from"))
    targets = CheckboxList(_("Can lead to"))


def _policies() -> list[tuple[str, str]]:
    return [
        ("reopen", gettext("opens the ticket again")),
        ("append", gettext("is kept on the ticket, which stays finished")),
        ("new_linked_ticket", gettext("makes a new ticket, linked to the old one")),
    ]


class RulesForm(SettingsForm):
    """What happens by itself (OK-043, decision 2)."""

    SETTINGS = ("core.auto_close_days", "core.reply_policy", "core.late_reply_days", "core.late_reply_policy")

    auto_close_days = IntegerField(
        _CLOSE.label, [InputRequired(), NumberRange(_CLOSE.lowest, _CLOSE.highest)], description=_CLOSE.help
    )
    reply_policy = SelectField(_REPLY.label, choices=_policies)
    late_reply_days = IntegerField(
        _LATE.label, [InputRequired(), NumberRange(_LATE.lowest, _LATE.highest)], description=_LATE.help
    )
    late_reply_policy = SelectField(
        _LATE_REPLY.label,
        choices=_policies,
        description=_("A final status is never left: an answer to such a ticket makes a new one."),
    )
