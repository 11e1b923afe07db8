"""The shape of what the pages send."""

from __future__ import annotations

from wtforms import BooleanField

from helpdesk_core.toolkit import PageForm
from helpdesk_push import lazy_gettext as _


class OptionsForm(PageForm):
    """The switches of the site."""

    live = BooleanField(_("Pages hear of changes at once"),
                        description=_("Otherwise they ask every half minute."))  # fmt: skip
    sound = BooleanField(_("With a sound"), description=_("Everybody can mute it for themselves."))
    bell = BooleanField(_("Dispatchers have a bell with tickets of nobody"),
                        description=_("In the header of every page."))  # fmt: skip


class TakeForm(PageForm):
    """The token alone."""
