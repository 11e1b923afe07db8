"""Addresses of pages for readers who are not at one: in mails and other messages."""

from __future__ import annotations

from typing import Any

from flask import current_app


def external_url(endpoint: str, **values: Any) -> str:
    """The full address of a page, from ``HELPDESK_BASE_URL``; works outside a request."""
    path = current_app.url_map.bind("localhost").build(endpoint, values)
    return base_url() + path


def base_url() -> str:
    """Where this helpdesk is, without a slash at the end; this machine where nobody said."""
    base = str(current_app.config.get("HELPDESK_BASE_URL") or "")
    return (base or f"http://localhost:{current_app.config['HELPDESK_PORT']}").rstrip("/")
