"""The blueprint of the employees' ticket pages; ``views`` gathers the modules that fill it."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("tickets", __name__)
