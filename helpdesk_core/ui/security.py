"""What every answer forbids the browser, and what no request may hold."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote_to_bytes

from flask import Flask, Response, abort, request
from werkzeug.routing import IntegerConverter, Map

from helpdesk_core.ui.form import MAX_NUMBER

_POLICY = (
    "default-src 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'; form-action 'self'; "
    "script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'"
)
_MAX_QUERY = 8_000
_MAX_FORM = 2 * 1024 * 1024


class _RowNumber(IntegerConverter):
    """``<int:...>`` of every address: a number that a row can have, in plain digits; anything else is no such page."""

    regex = "[0-9]{1,10}"

    def __init__(self, url_map: Map, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max", MAX_NUMBER)
        super().__init__(url_map, *args, **kwargs)


def install_security(app: Flask) -> None:
    """Refuse undecodable input with 400 and give every answer of *app* its security headers.

    Comes before the first route: a number that the database cannot hold is not found (F-34).
    """
    app.url_map.converters = {**app.url_map.converters, "int": _RowNumber}
    app.before_request(_refuse_unreadable)
    app.after_request(_protect)


def _refuse_unreadable() -> None:
    """NUL and broken UTF-8 would fail deep inside the database: they are a bad request at the door (F-33)."""
    if len(request.query_string) > _MAX_QUERY:
        abort(414)
    raw = [request.environ.get("PATH_INFO", "").encode("latin-1"), unquote_to_bytes(request.query_string)]
    if request.mimetype == "application/x-www-form-urlencoded":
        if (request.content_length or 0) > _MAX_FORM:
            abort(413)
        raw.append(unquote_to_bytes(request.get_data(parse_form_data=False)))
    try:
        texts = [part.decode() for part in raw]
    except UnicodeDecodeError:
        abort(400)
    if request.mimetype == "multipart/form-data":
        if None in request.form or None in request.files:
            abort(400)  # a part without a name
        texts.extend(text for key, values in request.form.lists() for text in (key, *values))
        texts.extend(file.filename or "" for _, files in request.files.lists() for file in files)
    if any("\x00" in text for text in texts):
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
