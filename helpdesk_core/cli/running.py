"""The app that a command works on, and how it reports."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

import click
from flask import Flask, current_app, has_app_context

from helpdesk_core.app import create_app
from helpdesk_core.contract.errors import Rejected
from helpdesk_core.db import migrate
from helpdesk_core.plugins.active import SAFE_MODE, lineages_of_set, read_active_set

#: Every command that reports something has it; people and programs read the same facts.
json_option: Final = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON on the last line.")


def echo_json(value: Any) -> None:
    """Print *value* as one line of JSON."""
    click.echo(json.dumps(value, ensure_ascii=False))


def bare_app() -> Flask:
    """An app that holds no plugin's code: for what manages plugins, and for the process that others are forked from."""
    return create_app({SAFE_MODE: "1"})


def current_cli_app() -> Flask:
    """The app whose context is open, else one made from the configuration, once per process."""
    if has_app_context():
        return current_app._get_current_object()  # type: ignore[attr-defined,no-any-return]  # a proxy of Werkzeug
    return _made()


@lru_cache(maxsize=1)
def _made() -> Flask:
    return create_app()


def migrated_app(config: Mapping[str, Any] | None = None) -> Flask:
    """The same, with its tables; raises ``Rejected`` where ``helpdesk db upgrade`` has yet to run.

    With *config* it is an app of its own, made with that too.
    """
    app = current_cli_app() if config is None else create_app(config)
    if not migrate.is_current(app):
        raise Rejected("the database is not up to date: run `helpdesk db upgrade`")
    return app


def is_ready(app: Flask) -> bool:
    """Whether the tables of the core and of every enabled plugin are up to date; none is imported for it."""
    active = read_active_set(app, safe_mode=False)
    return active.generation is not None and migrate.is_current(app, lineages_of_set(active))


def begin_anew() -> None:
    """Replace this process by a new one of the same command; a server refuses requests for a moment."""
    listening = os.environ.pop("WERKZEUG_SERVER_FD", None)
    if listening is not None:
        os.set_inheritable(int(listening), False)  # else the new process finds its port taken by itself
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - ourselves
