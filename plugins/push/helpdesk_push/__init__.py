"""Live pages: who has a list or a ticket open hears at once of what happens there."""

from pathlib import Path

from flask_babel import Domain

__version__ = "1.0.0"

#: The plugin's own words, apart from the core's: a merged catalog would let one replace the other's.
_domain = Domain(translation_directories=[str(Path(__file__).parent / "translations")], domain="push")
gettext = _domain.gettext
ngettext = _domain.ngettext
lazy_gettext = _domain.lazy_gettext
