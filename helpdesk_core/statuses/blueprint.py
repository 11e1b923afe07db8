"""The blueprint of the settings of statuses, and what its pages share."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, url_for
from flask_babel import gettext as _

from helpdesk_core.settings.navigation import settings_page

bp = Blueprint("statuses", __name__)

MANAGE: Final = "core:settings:manage"


def statuses_page(template: str, active: str, **values: Any) -> str:
    """A page of the statuses with the tabs that lead to the others."""
    pages = {
        "list_statuses": _("Statuses"),
        "steps": _("Allowed steps"),
        "types": _("By type"),
        "rules": _("By themselves"),
    }
    tabs = [
        {"key": name, "label": label, "url": url_for(f"statuses.{name}"), "active": name == active}
        for name, label in pages.items()
    ]
    return settings_page(template, "statuses", tabs=tabs, **values)
