"""Every endpoint says who may open it; one that says nothing stays shut."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

from flask import Flask, abort, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from helpdesk_core.access.policy import holds
from helpdesk_core.contract.actor import UNKNOWN, Actor, ActorKind
from helpdesk_core.contract.errors import Forbidden, NotFound

View = TypeVar("View", bound=Callable[..., Any])

_MARK: Final = "__helpdesk_permission__"
PUBLIC: Final = "public"
#: Pages of the signed-in person himself, be he an employee or a contact.
SIGNED_IN: Final = "signed_in"
_DESK: Final = "core:desk:use"
_PORTAL: Final = "core:portal:use"
_STATIC: Final = frozenset({"static"})


def guarded(permission: str) -> Callable[[View], View]:
    """Let through those who hold *permission* for at least some rows; services ask again about the row itself."""

    def mark(view: View) -> View:
        setattr(view, _MARK, permission)
        return view

    return mark


def signed_in(view: View) -> View:
    """Let through everybody who has signed in: pages that employees and contacts share (account, files, logout)."""
    setattr(view, _MARK, SIGNED_IN)
    return view


def public(view: View) -> View:
    """Let everybody through, signed in or not."""
    setattr(view, _MARK, PUBLIC)
    return view


def current_actor() -> Actor:
    """Who asks for the page that is being answered; the unknown actor where nobody has signed in."""
    actor: Actor = getattr(g, "actor", UNKNOWN)
    return actor


def current_session_id() -> int | None:
    """The number of the browser session that asks; ``None`` where nobody has signed in. See ``live_sessions``."""
    person = getattr(g, "person", None)
    return person.session_id if person is not None else None


def guard_of(app: Flask, endpoint: str) -> str | None:
    """What *endpoint* asks for, or ``None`` when it forgot to say; static files are public."""
    if endpoint in _STATIC or endpoint.endswith(".static"):
        return PUBLIC
    permission: str | None = getattr(app.view_functions.get(endpoint), _MARK, None)
    return permission


def install_guard(app: Flask) -> None:
    """Ask before every request; needs the login manager of ``users.login``."""
    app.before_request(_load_person)
    app.before_request(_check)


def _load_person() -> None:
    g.actor, g.person = UNKNOWN, None
    if request.endpoint is None or request.endpoint in _STATIC or request.endpoint.endswith(".static"):
        return
    user = current_user
    if user.is_authenticated:
        g.actor, g.person = user.actor, user.person


def _check() -> ResponseReturnValue | None:
    if request.endpoint is None:
        return None  # no such page: the router answers
    permission = guard_of(current_app, request.endpoint)
    if permission is None:
        raise Forbidden("core:unguarded")
    if permission == PUBLIC:
        return None
    actor: Actor = g.actor
    if actor.kind not in (ActorKind.EMPLOYEE, ActorKind.CONTACT):
        return _to_login()
    if permission == SIGNED_IN:
        return None
    # Employee pages do not exist for contacts, nor portal pages for employees: 404, so that neither learns of them.
    if (permission == _PORTAL) != (actor.kind is ActorKind.CONTACT):
        raise NotFound("page")
    if permission not in (_DESK, _PORTAL) and actor.kind is ActorKind.EMPLOYEE and not holds(actor, _DESK):
        raise Forbidden(_DESK)
    if not holds(actor, permission):
        raise Forbidden(permission)
    return None


def _to_login() -> ResponseReturnValue:
    if request.headers.get("HX-Request"):
        # htmx would draw the login form inside the page's fragment.
        response = current_app.response_class("", status=401)
        response.headers["HX-Redirect"] = url_for("auth.login")
        return response
    if request.method not in ("GET", "HEAD"):
        return redirect(url_for("auth.login"), 303)
    if request.accept_mimetypes.best == "application/json":
        abort(401)
    target = request.full_path.rstrip("?") if request.path != "/" else None
    return redirect(url_for("auth.login", next=target), 303)
