"""A plugin-based helpdesk toolkit for Flask: the core."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from helpdesk_core.contract.version import API_VERSION

if TYPE_CHECKING:
    from helpdesk_core.app import create_app

__version__ = "0.1.0"
__all__ = ["API_VERSION", "__version__", "create_app"]


def __getattr__(name: str) -> Any:
    # Lazily, so that reading the version does not pull in Flask and the database.
    if name == "create_app":
        from helpdesk_core.app import create_app

        return create_app
    raise AttributeError(name)
