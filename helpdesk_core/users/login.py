"""The browser's side of signing in: Flask-Login keeps the token in the signed cookie, we find the person behind it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import Flask, session
from flask_login import LoginManager, UserMixin, login_user, logout_user

from helpdesk_core.contract.actor import Actor
from helpdesk_core.users.sessions import LIFETIME, PersonInfo, actor_of, find_person

_LONGEST_TOKEN = 100


class SignedIn(UserMixin):  # type: ignore[misc]  # the library ships no types
    """The signed-in person as Flask-Login wants it; its id is the session's token, never the person's number."""

    def __init__(self, token: str, person: PersonInfo) -> None:
        self.token = token
        self.person = person

    @property
    def actor(self) -> Actor:
        """The person as the one who acts."""
        return actor_of(self.person)

    def get_id(self) -> str:
        """The token, which Flask-Login puts into the cookie."""
        return self.token


def init_login(app: Flask) -> None:
    """Make Flask-Login load people by their session's token."""
    manager = LoginManager()
    # Our sessions are rows that can be revoked; the library's own guess from address and browser only signs people
    # out on the road.
    manager.session_protection = None
    manager.init_app(app, add_context_processor=True)
    manager.user_loader(_load)
    app.config["PERMANENT_SESSION_LIFETIME"] = LIFETIME
    app.config.setdefault("SESSION_COOKIE_HTTPONLY", True)
    if app.config.get("SESSION_COOKIE_SAMESITE") is None:
        app.config["SESSION_COOKIE_SAMESITE"] = "Lax"


def _load(token: object) -> SignedIn | None:
    if not isinstance(token, str) or len(token) > _LONGEST_TOKEN:
        return None
    person = find_person(token)
    return SignedIn(token, person) if person is not None else None


def remember_token(token: str, *, keep: bool = True) -> PersonInfo | None:
    """Put *token* into a fresh cookie: whatever an earlier visitor left in the session is gone (T-52)."""
    language: Any = session.get("language")
    session.clear()
    user = _load(token)
    if user is None:
        return None
    login_user(user, remember=False)
    session.permanent = keep
    if language:
        session["language"] = language
    return user.person


def forget_token() -> None:
    """Empty the cookie."""
    logout_user()
    session.clear()


def safe_next(target: str | None) -> str | None:
    """*target* if it is a path of this site, else none (T-51)."""
    if not target or len(target) > 2000 or not target.startswith("/"):
        return None
    # Browsers read a backslash as a slash and skip control characters, which would make "/\host" another site.
    if target.startswith("//") or "\\" in target or any(ord(letter) < 33 for letter in target):
        return None
    parts = urlsplit(target)
    return None if parts.scheme or parts.netloc else target
