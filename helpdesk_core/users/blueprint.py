"""The blueprint on which the pages of people hang: employees, groups, one's own account."""

from flask import Blueprint

bp = Blueprint("users", __name__)
