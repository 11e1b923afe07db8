"""The one blueprint of the plugin's pages; the modules of views hang their routes on it."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("knowledge_base", __name__, static_folder="static")
