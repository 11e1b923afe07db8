"""What every page's frame shows: who reads, where he can go, in which language."""

from __future__ import annotations

from typing import Any

from flask import Flask, g, request, url_for
from flask_babel import gettext as _

from helpdesk_core.access.policy import holds
from helpdesk_core.contract.actor import ActorKind
from helpdesk_core.contract.specs import NavItem
from helpdesk_core.db.reference import current_version
from helpdesk_core.db.session import reading
from helpdesk_core.i18n.locales import LANGUAGES, direction, select_language
from helpdesk_core.plugins.calls import current_runtime
from helpdesk_core.settings.registry import site_name

#: The main menu: key, icon, endpoint, the right it needs, prefixes of the endpoints it stands for.
_MENU = (
    ("inbox", "inbox", "tickets.inbox", "core:desk:use", ("tickets.inbox",)),
    ("tickets", "ticket-detailed", "tickets.index", "core:ticket:read", ("tickets.",)),
    (
        "companies",
        "building",
        "customers.companies",
        "core:customer:read",
        ("customers.company", "customers.companies"),
    ),
    ("contacts", "person-lines-fill", "customers.contacts", "core:customer:read", ("customers.contact",)),
    ("employees", "people", "users.list_employees", "core:employee:read", ("users.employee",)),
    ("groups", "diagram-3", "users.list_groups", "core:employee:read", ("users.group",)),
)


def install_shell(app: Flask) -> None:
    """Give the templates of *app* the variable ``shell``."""
    app.context_processor(lambda: {"shell": _shell()})


def _labels() -> dict[str, str]:
    return {
        "inbox": _("Inbox"),
        "tickets": _("Tickets"),
        "companies": _("Companies"),
        "contacts": _("Contacts"),
        "employees": _("Employees"),
        "groups": _("Groups"),
    }


def _shell() -> dict[str, Any]:
    language = select_language()
    with reading() as session:
        version = current_version(session)
        shell: dict[str, Any] = {
            "lang": language,
            "dir": direction(language),
            "theme": "auto",
            "density": "comfortable",
            "site_name": site_name(),
            "palette_url": url_for("ui.palette", v=version),
            "languages": [{"code": code, "label": name, "active": code == language} for code, name in LANGUAGES],
            "q": request.args.get("q", ""),
            "portal_active": request.endpoint,
            "user": None,
            "nav": [],
            "urls": {"login": _url("auth.login")},
        }
        person = getattr(g, "person", None)
        if person is not None:
            shell |= _of_person(person)
    return shell


def _of_person(person: Any) -> dict[str, Any]:
    desk = g.actor.kind is ActorKind.EMPLOYEE
    endpoint = request.endpoint or ""
    initials = "".join(word[0] for word in person.name.split()[:2]).upper()
    return {
        "user": {
            "name": person.name,
            "email": person.email or person.login,
            "photo_url": _url("users.photo", employee_id=person.person_id) if desk and person.photo else None,
            "initials": initials,
            "hue": sum(map(ord, person.name)) % 360,
            "role": "",
        },
        "nav": [{"label": None, "items": [*_core_menu(endpoint), *_plugin_menu(endpoint)]}] if desk else [],
        "can_create": holds(g.actor, "core:ticket:create"),
        "can_settings": desk and holds(g.actor, "core:settings:manage"),
        "settings_active": endpoint.startswith(("settings.", "statuses.")),
        "urls": {
            "home": _url("tickets.inbox") if desk else _url("portal.index"),
            "inbox": _url("tickets.inbox"),
            "tickets": _url("tickets.index"),
            "search": _url("tickets.index"),
            "new_ticket": _url("tickets.new"),
            "settings": _url("settings.index"),
            "account": _url("users.account"),
            "logout": _url("auth.logout"),
            "language": _url("users.change_language"),
            "theme": None,
            "my": _url("portal.index"),
            "my_new": _url("portal.new"),
        },
    }


def _core_menu(endpoint: str) -> list[dict[str, Any]]:
    labels = _labels()
    return [
        {
            "key": key,
            "label": labels[key],
            "icon": icon,
            "url": _url(target),
            "active": endpoint.startswith(prefixes) and not (key == "tickets" and endpoint == "tickets.inbox"),
            "count": None,
            "strong": False,
            "count_label": None,
        }
        for key, icon, target, permission, prefixes in _MENU
        if holds(g.actor, permission)
    ]


def _plugin_menu(endpoint: str) -> list[dict[str, Any]]:
    items = sorted(current_runtime().registry.all(NavItem), key=lambda item: item.order)
    return [
        {
            "key": item.key,
            "label": item.label,
            "icon": item.icon or "puzzle",
            "url": _url(item.endpoint),
            "active": endpoint == item.endpoint,
            "count": None,
            "strong": False,
            "count_label": None,
        }
        for item in items
        if item.place == "main" and (item.permission is None or holds(g.actor, item.permission))
    ]


def _url(endpoint: str, **values: Any) -> str:
    return url_for(endpoint, **values)
