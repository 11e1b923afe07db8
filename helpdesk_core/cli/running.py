"""The app that a command works on, and how it reports."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any, Final

import click
from flask import Flask, current_app, has_app_context

from helpdesk_core.app import create_app
from helpdesk_core.contract.errors import Rejected
from helpdesk_core.db import migrate

#: Every command that reports something has it; people and programs read the same facts.
json_option: Final = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON on the last line.")


def echo_json(value: Any) -> None:
    """Print *value* as one line of JSON."""
    click.echo(json.dumps(value, ensure_ascii=False))


def current_cli_app() -> Flask:
    """The app whose context is open, else one made from the configuration, once per process."""
    if has_app_context():
        return current_app._get_current_object()  # type: ignore[attr-defined,no-any-return]  # a proxy of Werkzeug
    return _made()


@lru_cache(maxsize=1)
def _made() -> Flask:
    return create_app()


def migrated_app() -> Flask:
    """The same, with its tables; raises ``Rejected`` where ``helpdesk db upgrade`` has yet to run."""
    app = current_cli_app()
    if not migrate.is_current(app):
        raise Rejected("the database is not up to date: run `helpdesk db upgrade`")
    return app
