"""What every answer forbids the browser, and what no request may hold."""

from __future__ import annotations

from flask import Flask, Response, abort, request

_POLICY = (
    "default-src 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'; form-action 'self'; "
    "script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'"
)
_MAX_QUERY = 8_000


def install_security(app: Flask) -> None:
    """Refuse undecodable input with 400 and give every answer of *app* its security headers."""
    app.before_request(_refuse_unreadable)
    app.after_request(_protect)


def _refuse_unreadable() -> None:
    """NUL and broken UTF-8 would fail deep inside the database: they are a bad request at the door (F-33)."""
    if len(request.query_string) > _MAX_QUERY:
        abort(414)
    texts = [request.path]
    for values in (request.args, request.form):
        for key, items in values.lists():
            texts.append(key)
            texts.extend(items)
    texts.extend(file.filename or "" for _, files in request.files.lists() for file in files)
    if any("\x00" in text or "\ufffd" in text for text in texts):
        abort(400)


def _protect(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", _POLICY)
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("X-Frame-Options", "DENY")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
    if request.endpoint not in ("static", "ui.palette") and not (request.endpoint or "").endswith(".static"):
        # Two people share a browser: what one saw must not be in its cache for the other (T-53).
        headers.setdefault("Cache-Control", "no-store")
    return response
