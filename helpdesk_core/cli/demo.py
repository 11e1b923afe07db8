"""``helpdesk demo``: a helpdesk with a service company's work in it, from nothing to the login page."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import click
from flask import Flask
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn
from sqlalchemy import inspect

from helpdesk_core.app import create_app
from helpdesk_core.cli.running import bare_app, current_cli_app, echo_json, is_ready, json_option
from helpdesk_core.cli.server import serve
from helpdesk_core.contract.errors import Rejected
from helpdesk_core.db import migrate
from helpdesk_core.db.session import db
from helpdesk_core.demo.services import demo_logins, holds_demo, is_loaded, load_demo
from helpdesk_core.plugins.active import SAFE_MODE
from helpdesk_core.plugins.lifecycle import enable
from helpdesk_core.plugins.states import PluginState, list_plugins


@click.command("demo")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on (HELPDESK_PORT).")
@click.option("--reset", is_flag=True, help="Throw the demonstration's database away and begin anew.")
@click.option("--no-serve", is_flag=True, help="Load the data and stop.")
@json_option
def demo_command(port: int | None, reset: bool, no_serve: bool, as_json: bool) -> None:
    """Make a database, load the demonstration once, serve it, and say who can sign in."""
    app = current_cli_app() if no_serve else bare_app()
    port = port or int(app.config["HELPDESK_PORT"])
    if reset:
        _reset(app)
    if not no_serve:
        _refuse_taken(app.config["HELPDESK_HOST"], port)
    if not _ready(app):
        if no_serve:
            _load(app)
        else:
            _load_apart(app)
    address = f"http://{_shown_host(app)}:{port}/"
    click.echo("\nThe demonstration is loaded." if no_serve else f"\nThe demonstration is at {address}")
    click.echo("Who can sign in:\n")
    for login in demo_logins():
        click.echo(f"  {login.role:<14} {login.login:<34} {login.password}   {login.name}")
    click.echo()
    if as_json:
        echo_json({"address": None if no_serve else address, "logins": [asdict(login) for login in demo_logins()]})
    if not no_serve:
        serve(app, port=port)


def _ready(app: Flask) -> bool:
    if not is_ready(app):
        return False
    with app.app_context():
        return is_loaded()


def _load(app: Flask) -> None:
    migrate.upgrade(app)
    app = _with_all_plugins(app)
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    with (
        app.app_context(),
        Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as progress,
    ):
        tasks = {name: progress.add_task(name, total=None) for name in ("incidents", "tickets")}
        load_demo(lambda name, done, total: progress.update(tasks[name], completed=done, total=total))


def _with_all_plugins(app: Flask) -> Flask:
    """Enable what is installed, once, when the demonstration begins: it shows everything; return an app that has it."""
    with app.app_context():
        if holds_demo():
            return app
    added = False
    for card in list_plugins(app):
        if card.state is PluginState.AVAILABLE:
            try:
                enable(app, card.name)
                added = True
            except Rejected as refusal:
                click.echo(f"{card.name} is left out: {refusal}", err=True)
    own = {key: value for key, value in app.config.items() if key.startswith("HELPDESK_")}
    return create_app(own) if added else app


def _load_apart(app: Flask) -> None:
    """Load in a process of its own, so that what loading takes is given back before serving begins."""
    click.echo("Loading the demonstration, some seconds the first time ...", err=True)
    settings = {key: str(value) for key, value in app.config.items() if key.startswith("HELPDESK_") and value}
    settings[SAFE_MODE] = ""  # this process holds no plugin's code, that one does
    command = [sys.executable, "-c", "from helpdesk_core.cli import main; main()", "demo", "--no-serve"]
    loaded = subprocess.run(  # noqa: S603 - ourselves
        command, env={**os.environ, **settings}, stdout=subprocess.DEVNULL, check=False
    )
    if loaded.returncode:
        sys.exit(loaded.returncode)


def _reset(app: Flask) -> None:
    """Remove the database and the files; only of a demonstration, and only what lies in the data directory."""
    data = Path(app.config["HELPDESK_DATA_DIR"])
    with app.app_context():
        name = db.engine.url.database
        if db.engine.dialect.name != "sqlite" or not name or Path(name).resolve().parent != data:
            raise Rejected("--reset is for the SQLite database in the data directory; drop any other one by hand.")
        used = inspect(db.engine).has_table("import_source") and not holds_demo()
        if used:
            raise Rejected(f"{name} does not hold the demonstration, so it stays.")
        db.session.remove()
        db.engine.dispose()
    for suffix in ("", "-wal", "-shm"):
        Path(f"{name}{suffix}").unlink(missing_ok=True)
    shutil.rmtree(data / "attachments", ignore_errors=True)


def _refuse_taken(host: str, port: int) -> None:
    """Say at once that the port is taken, before anything is loaded."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Rejected(f"port {port} of {host} cannot be used ({error.strerror}); choose one with --port") from None


def _shown_host(app: Flask) -> str:
    host = str(app.config["HELPDESK_HOST"])
    return {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
