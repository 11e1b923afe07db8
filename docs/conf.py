"""Sphinx: the pages are Markdown, the reference is written by ``python -m docs.reference_pages`` beforehand."""

from helpdesk_core import __version__
from helpdesk_core.contract.version import API_VERSION

project = "Helpdesk"
author = "The helpdesk's authors"
release = __version__
version = f"{__version__}, plugin API {API_VERSION}"

extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
root_doc = "index"
exclude_patterns = ["screenshots", "guides/warranty", "guides/teller"]
nitpicky = True
myst_enable_extensions = ["colon_fence", "deflist", "fieldlist"]
myst_heading_anchors = 3

html_theme = "furo"
html_title = "Helpdesk"
html_theme_options = {"navigation_with_keys": True}
