"""The settings' own menu, as far as the reader may open its pages."""

from __future__ import annotations

from typing import Any

from flask import g, render_template, url_for
from flask_babel import gettext as _

from helpdesk_core.access.policy import holds
from helpdesk_core.db.session import reading
from helpdesk_core.i18n.nouns import section
from helpdesk_core.ui.shell import plugin_items

_MANAGE = "core:settings:manage"


def _item(key: str, label: str, text: str, icon: str, url: str, permission: str = _MANAGE) -> dict[str, Any]:
    return {"key": key, "label": label, "text": text, "icon": icon, "url": url, "permission": permission}


def _groups() -> list[dict[str, Any]]:
    def entry(kind: str) -> str:
        return url_for("settings.list_entries", kind=kind)

    return [
        {
            "label": _("Helpdesk"),
            "items": [
                _item("general", _("General"), _("Name, comments, files"), "sliders", url_for("settings.general")),
                _item(
                    "applications",
                    _("Applications"),
                    _("What this helpdesk can do"),
                    "puzzle",
                    url_for("applications.index"),
                    "core:plugin:manage",
                ),
                _item(
                    "translations",
                    _("Translations"),
                    _("What every word says"),
                    "translate",
                    url_for("wording.index"),
                    "core:translation:manage",
                ),
                _item(
                    "jobs",
                    _("Jobs"),
                    _("Work outside the pages"),
                    "arrow-repeat",
                    url_for("jobs.index"),
                    "core:job:manage",
                ),
            ],
        },
        {
            "label": _("Tickets"),
            "items": [
                _item(
                    "statuses",
                    _("Statuses"),
                    _("Names, colours, allowed steps"),
                    "signpost-split",
                    url_for("statuses.list_statuses"),
                ),
                _item(
                    "configuration",
                    _("Presets"),
                    _("A set of statuses; the configuration as a file"),
                    "box-seam",
                    url_for("configuration.index"),
                ),
                _item("types", _("Types"), _("Incident, request and others"), "tags", entry("types")),
                _item("priorities", _("Priorities"), _("Order and colours"), "flag", entry("priorities")),
                _item("fields", _("Custom fields"), _("What else a ticket holds"), "input-cursor", entry("fields")),
                _item(
                    "canned",
                    _("Canned answers"),
                    _("Texts for frequent cases"),
                    "chat-square-quote",
                    entry("canned"),
                    "core:canned:manage",
                ),
            ],
        },
        {
            "label": _("People"),
            "items": [
                _item(
                    "roles",
                    _("Roles"),
                    _("Who may do what"),
                    "shield-lock",
                    url_for("settings.roles"),
                    "core:role:manage",
                ),
                _item(
                    "employees",
                    section("employees"),
                    _("Logins, roles, groups"),
                    "people",
                    url_for("users.list_employees"),
                    "core:employee:manage",
                ),
                _item(
                    "groups",
                    section("groups"),
                    _("Functional groups"),
                    "diagram-3",
                    url_for("users.list_groups"),
                    "core:group:manage",
                ),
                _item(
                    "categories", _("Company categories"), _("Client, partner, VIP"), "bookmark", entry("categories")
                ),
            ],
        },
    ]


def settings_nav(active: str | None = None) -> list[dict[str, Any]]:
    """The menu's groups with the items that the reader may open."""
    with reading():
        shown = [
            {
                "label": group["label"],
                "items": [
                    {**item, "active": item["key"] == active}
                    for item in group["items"]
                    if holds(g.actor, item["permission"])
                ],
            }
            for group in _groups()
        ]
        applications = [
            {**item, "text": "", "active": item["key"] == active} for item in plugin_items(g.actor, "settings")
        ]
        shown.append({"label": _("Applications"), "items": applications})
    return [group for group in shown if group["items"]]


def settings_page(template: str, active: str | None, **values: Any) -> str:
    """A page of the settings with its menu."""
    return render_template(template, settings_nav=settings_nav(active), **values)
