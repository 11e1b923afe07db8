"""The blueprint of the customer's pages; the modules of views register on it."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("portal", __name__)
