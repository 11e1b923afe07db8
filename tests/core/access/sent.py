"""What the form of each route has to send to be accepted."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import TYPE_CHECKING

from PIL import Image
from sqlalchemy import select

from helpdesk_core.db.session import reading
from helpdesk_core.i18n.layers import CORE
from helpdesk_core.statuses.models import Status, StatusTransition
from helpdesk_core.testing.signing_in import PASSWORD

if TYPE_CHECKING:
    from tests.core.access.world import World

Form = dict[str, object]

_WORDS = b"""msgid ""
msgstr "Content-Type: text/plain; charset=utf-8"

msgctxt "status"
msgid "service_desk.resolved"
msgstr "Sudah"
"""


def picture() -> io.BytesIO:
    """A small picture."""
    drawn = io.BytesIO()
    Image.new("RGB", (8, 8), "navy").save(drawn, "PNG")
    drawn.seek(0)
    return drawn


def form_of(world: World, endpoint: str, who: str, arguments: dict[str, int | str]) -> Form:
    """What the form of *endpoint* has to send to be accepted from *who*, if he may."""
    name = f"Name {world.next()}"
    person = {"name": name, "timezone": "UTC", "language": "en"}
    colours = {"background": "#e9ecef", "foreground": "#212529"}
    entries: dict[str, Form] = {
        "types": {"name": name, "position": "7"},
        "priorities": {"name": name, "rank": "70", "colour": "#2563eb"},
        "categories": {"name": name, "position": "7", "colour": "#2563eb"},
        "fields": {"label": name, "kind": "text", "position": "7"},
        "canned": {"title": name, "group": "Greetings", "body": "Hello", "position": "7"},
    }
    asker = who if who != "anonymous" else "admin"
    makers: dict[str, Callable[[], Form]] = {
        "auth.login": lambda: {"login": world.login_of(asker), "password": PASSWORD},
        "auth.forgot": lambda: {"login": world.login_of(asker)},
        "auth.reset": lambda: {"password": "another good phrase", "repeat": "another good phrase"},
        "configuration.plan": lambda: {"file": (io.BytesIO(b"[configuration]"), "desk.toml")},
        "configuration.apply": lambda: {"name": "desk.toml", "text": "no configuration", "shown": ""},
        "customers.add_company": lambda: {"name": name},
        "customers.edit_company": lambda: {"name": name},
        "customers.add_contact": lambda: person,
        "customers.edit_contact": lambda: person,
        "customers.grant_access": lambda: {"login": f"new-login-{world.next()}"},
        "portal.new": lambda: {"subject": name},
        "portal.reply": lambda: {"body": "An answer"},
        "wording.bring_in": lambda: {"language": "ms", "domain": CORE, "file": (io.BytesIO(_WORDS), "site.po")},
        "wording.edit": lambda: {"form_0": name, "version": str(world.version_of_word())},
        **dict.fromkeys(("portal.say_last_word", "portal.last_word"), lambda: {"say": "confirm"}),
        "settings.add_entry": lambda: entries[str(arguments["kind"])],
        "settings.edit_entry": lambda: entries[str(arguments["kind"])],
        "settings.general": lambda: {"site_name": name, "upload_limit_mb": "10"},
        "settings.roles": lambda: {"core.specialist core:ticket:delete": "related"},
        "statuses.steps": lambda: {"step": _steps()},
        "statuses.make_default": lambda: {"default": str(_default_status())},
        "statuses.move": lambda: {"direction": "up"},
        "statuses.rules": lambda: {
            "auto_close_days": "3", "reply_policy": "reopen", "late_reply_days": "14", "late_reply_policy": "append"
        },
        "statuses.add_status": lambda: {"label": name, "category": "open", **colours},
        "statuses.edit_status": lambda: {"label": name, "category": "open", **colours},
        "tickets.bulk": lambda: {"ids": [str(world.ticket(asker))], "action": "tag", "value_tag": "pos"},
        "tickets.columns": lambda: {"columns": ["number", "subject"]},
        "tickets.comment": lambda: {"body": "An answer", "visibility": "public"},
        "tickets.edit": lambda: {"subject": name, "version": "1"},
        "tickets.edit_comment": lambda: {"body": "Other words", "version": "1"},
        "tickets.link": lambda: {"number": str(world.ticket(asker)), "relation": "related"},
        "tickets.new": lambda: {"subject": name},
        "tickets.preview": lambda: {"body": "**words**"},
        "tickets.properties": lambda: {"subject": name, "version": "1"},
        "tickets.save_view": lambda: {"name": name},
        "tickets.transition": lambda: {"to": "service_desk.resolved"},
        "users.add_employee": lambda: person,
        "users.edit_employee": lambda: person,
        "users.add_group": lambda: {"name": name},
        "users.edit_group": lambda: {"name": name},
        "users.set_employee_password": lambda: {"password": "another good phrase", "repeat": "another good phrase"},
        "users.change_language": lambda: {"language": "ms"},
        "users.change_password": lambda: {
            "current": PASSWORD, "password": "another good phrase", "repeat": "another good phrase"
        },
        "users.save_profile": lambda: {"timezone": "Asia/Singapore", "language": "en"},
        "users.upload_photo": lambda: {"photo": (picture(), "me.png")},
    }  # fmt: skip
    maker = makers.get(endpoint)
    return dict(maker()) if maker is not None else {}


def _default_status() -> int:
    with reading() as session:
        return session.scalars(select(Status.id).where(Status.is_default.is_(True))).one()


def _steps() -> list[str]:
    """The matrix of steps as it stands."""
    with reading() as session:
        rows = session.execute(select(StatusTransition.source, StatusTransition.target))
        return [f"{row.source} {row.target}" for row in rows]
