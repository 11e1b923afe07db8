"""Live pages: who has a list or a ticket open hears at once of what happens there."""

from pathlib import Path

from helpdesk_core.toolkit import Words

__version__ = "1.0.0"

#: The plugin's own words, apart from the core's: a merged catalog would let one replace the other's.
_words = Words([str(Path(__file__).parent / "translations")], domain="push")
gettext = _words.gettext
ngettext = _words.ngettext
lazy_gettext = _words.lazy_gettext
