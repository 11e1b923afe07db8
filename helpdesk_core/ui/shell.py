"""What every page's frame needs: the variable ``shell`` (see ``templates/core/layouts``)."""

from __future__ import annotations

from typing import Any
from zlib import crc32

import structlog
from flask import Flask, current_app, g, request, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from jinja2 import StrictUndefined
from sqlalchemy.exc import SQLAlchemyError

from helpdesk_core.access.catalog import role_catalog
from helpdesk_core.access.policy import holds
from helpdesk_core.contract.actor import UNKNOWN, Actor, ActorKind
from helpdesk_core.contract.specs import Asset, NavItem
from helpdesk_core.db.reference import current_version
from helpdesk_core.db.session import reading
from helpdesk_core.i18n.locale import LANGUAGES, text_direction
from helpdesk_core.i18n.nouns import noun, section
from helpdesk_core.i18n.terms import term
from helpdesk_core.plugins.calls import current_runtime
from helpdesk_core.settings.registry import site_name
from helpdesk_core.ui.counts import COUNT_LIMIT, nav_counts
from helpdesk_core.ui.slots import slot
from helpdesk_core.users.catalog import people

_log = structlog.get_logger(__name__)

#: Settings are there for those who hold any of these, and open at the first page that they may see.
_SETTINGS = (
    ("core:settings:manage", "/settings"),
    ("core:role:manage", "/settings/roles"),
    ("core:canned:manage", "/settings/lists/canned"),
    ("core:translation:manage", "/settings/translations"),
    ("core:employee:manage", "/employees"),
    ("core:group:manage", "/groups"),
)
# key, permission, icon, path
_MAIN = (
    ("inbox", "core:desk:use", "inbox", "/inbox"),
    ("tickets", "core:desk:use", "ticket-perforated", "/tickets"),
)
_PEOPLE = (
    ("companies", "core:customer:read", "buildings", "/companies"),
    ("contacts", "core:customer:read", "person-lines-fill", "/contacts"),
    ("employees", "core:employee:read", "people", "/employees"),
    ("groups", "core:employee:read", "diagram-3", "/groups"),
)


def install_shell(app: Flask) -> None:
    """Give the templates of *app* ``shell``, ``slot()``, ``hue_of()`` and the names of things."""
    # What a page forgot to say must not pass as an empty link.
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.globals.update(slot=slot, term=term, noun=noun, section=section, hue_of=hue_of)
    app.context_processor(_context)


def hue_of(name: str) -> int:
    """One of the twelve hues of avatars, always the same for the same name."""
    return crc32(name.encode()) % 12


def _context() -> dict[str, Any]:
    if "shell" not in g:
        try:
            with reading() as session:
                g.shell = _shell(current_version(session))
        except SQLAlchemyError as error:
            # The page being drawn is then an error page, which stands on its own.
            _log.error("shell_failed", exc_info=error)
            g.shell = None
    return {"shell": g.shell}


def _shell(version: int) -> dict[str, Any]:
    actor: Actor = getattr(g, "actor", UNKNOWN)
    person = getattr(g, "person", None)
    locale = get_locale()
    language = str(locale.language) if locale is not None else "en"
    shell: dict[str, Any] = {
        "lang": language,
        "dir": text_direction(),
        "theme": "auto",
        "density": "comfortable",
        "site_name": site_name(),
        "palette_url": url_for("ui.palette", v=version),
        "stylesheets": _assets(".css"),
        "scripts": _assets(".js"),
        "user": None,
        "nav": (),
        "portal_nav": (),
        "portal_active": None,
        "account_nav": (),
        "urls": _urls(actor),
        "languages": [{"code": code, "label": label, "active": code == language} for code, label in LANGUAGES],
    }
    if person is None:
        return shell
    shell["user"] = _user(person, actor)
    shell["account_nav"] = plugin_items(actor, "account")
    if actor.kind is ActorKind.CONTACT:
        shell["portal_nav"] = plugin_items(actor, "portal")
        shell["portal_active"] = _portal_active(request.path.removeprefix(request.script_root))
        return shell
    shell |= {
        "nav": _nav(actor),
        "can_create": holds(actor, "core:ticket:create"),
        "can_settings": _settings_page(actor) is not None,
        "settings_active": request.path.startswith("/settings"),
        "q": request.args.get("q", "")[:200],
    }
    return shell


def _settings_page(actor: Actor) -> str | None:
    return next((path for permission, path in _SETTINGS if holds(actor, permission)), None)


def _at(path: str) -> str:
    return request.script_root + path


def _urls(actor: Actor) -> dict[str, str | None]:
    home = "/my" if actor.kind is ActorKind.CONTACT else "/inbox" if actor.kind is ActorKind.EMPLOYEE else "/"
    return {
        "home": _at(home),
        "inbox": _at("/inbox"),
        "tickets": _at("/tickets"),
        "search": _at("/tickets"),
        "new_ticket": _at("/tickets/new"),
        "settings": _at(_settings_page(actor) or "/settings"),
        "account": url_for("users.account"),
        "logout": url_for("auth.logout"),
        "language": url_for("users.change_language"),
        "theme": None,
        "my": _at("/my"),
        "my_new": _at("/my/new"),
    }


def _user(person: Any, actor: Actor) -> dict[str, Any]:
    photo, role = None, ""
    if actor.kind is ActorKind.EMPLOYEE:
        info = people().employees.get(person.person_id)
        names = {info.key: info.name for info in role_catalog().by_key.values()}
        role = ", ".join(term("role", key, names.get(key, key)) for key in (info.role_keys if info else ()))
        photo = url_for("users.photo", employee_id=person.person_id) if person.photo else None
    return {
        "id": person.person_id,
        "name": person.name,
        "email": person.email or "",
        "kind": "person",
        "photo_url": photo,
        "role": role,
    }


def _nav(actor: Actor) -> list[dict[str, Any]]:
    sections: list[dict[str, Any]] = [
        {"label": label, "items": [_item(key, section(key), icon, _at(path)) for key, right, icon, path in rows
                                   if holds(actor, right)]}
        for label, rows in ((None, _MAIN), (_("People"), _PEOPLE))
    ]  # fmt: skip
    _count(sections[0]["items"], actor)
    sections.append({"label": _("Applications"), "items": plugin_items(actor, "main")})
    return [section for section in sections if section["items"]]


def _count(items: list[dict[str, Any]], actor: Actor) -> None:
    labels = {"inbox": _("With something new"), "tickets": _("Assigned to nobody")}
    counts = nav_counts(actor)
    for item in items:
        number = counts.get(item["key"], 0)
        if number:
            shown = f"{COUNT_LIMIT - 1}+" if number >= COUNT_LIMIT else str(number)
            item.update(count=shown, strong=item["key"] == "inbox", count_label=labels[item["key"]])


def plugin_items(actor: Actor, place: str) -> list[dict[str, Any]]:
    """The menu entries of plugins for one place that *actor* may open, in their order."""
    entries = sorted(current_runtime().registry.all(NavItem), key=lambda item: (item.order, item.key))
    return [
        _item(entry.key, str(entry.label), entry.icon or "puzzle", url_for(entry.endpoint))
        for entry in entries
        if entry.place == place
        and entry.endpoint in current_app.view_functions
        and (entry.permission is None or holds(actor, entry.permission))
    ]


def _assets(ending: str) -> list[str]:
    """The addresses of the files that plugins load in every page."""
    return [
        url_for(f"{row.plugin}.static", filename=row.spec.filename)
        for row in current_runtime().registry.owned(Asset)
        if row.spec.filename.endswith(ending) and f"{row.plugin}.static" in current_app.view_functions
    ]


def _item(key: str, label: str, icon: str, url: str) -> dict[str, Any]:
    path = request.script_root + request.path
    active = path == url or path.startswith(url + "/")
    return {"key": key, "label": label, "icon": icon, "url": url, "active": active, "count": None,
            "strong": False, "count_label": None}  # fmt: skip


def _portal_active(path: str) -> str | None:
    if path == "/my/new":
        return "new"
    return "tickets" if path.startswith("/my") else None
