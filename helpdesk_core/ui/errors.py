"""Every error becomes a page in one place."""

from __future__ import annotations

import uuid

import structlog
from flask import Flask, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from helpdesk_core.contract.errors import HelpdeskError, Invalid, Rejected, TryLater

log = structlog.get_logger(__name__)

_PAGES = frozenset({400, 403, 404, 409, 413, 422, 429, 500, 503})


def install_errors(app: Flask) -> None:
    """Map domain errors and HTTP errors of *app* to pages (or JSON for who asks for it)."""
    app.register_error_handler(HelpdeskError, _domain)
    app.register_error_handler(CSRFError, lambda error: _page(400, reason=error.description))
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(500, _unexpected)


def _domain(error: HelpdeskError) -> ResponseReturnValue:
    status = error.http_status
    if status >= 500 and not isinstance(error, TryLater):
        return _unexpected(error)
    reason = error.reason if isinstance(error, Rejected | TryLater) else None
    body, code = _page(status, reason=reason, errors=error.errors if isinstance(error, Invalid) else None)
    if isinstance(error, TryLater):
        return body, code, {"Retry-After": str(error.retry_after)}
    return body, code


def _http(error: HTTPException) -> ResponseReturnValue:
    if error.code is None or error.code < 400:
        return error.get_response()
    body, code = _page(error.code)
    allowed = {"Allow": ", ".join(error.valid_methods or ())} if hasattr(error, "valid_methods") else {}
    return body, code, allowed


def _unexpected(error: Exception) -> ResponseReturnValue:
    reference = uuid.uuid4().hex[:8]
    log.error("request_failed", reference=reference, path=request.path, exc_info=error)
    return _page(500, reference=reference)


def _page(
    status: int,
    *,
    reason: str | None = None,
    reference: str | None = None,
    errors: dict[str, list[str]] | None = None,
) -> tuple[str, int]:
    name = status if status in _PAGES else 400 if status < 500 else 500
    error = {"reason": reason, "reference": reference, "errors": errors}
    return render_template(f"core/errors/{name}.html", error=error), status
