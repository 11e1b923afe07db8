"""``helpdesk serve``: gunicorn with threads; Werkzeug's server where gunicorn cannot run."""

from __future__ import annotations

import sys
from typing import Any

import click
from flask import Flask

from helpdesk_core.app import create_app
from helpdesk_core.cli.running import migrated_app

THREADS = 8


@click.command("serve")
@click.option("--host", help="Address to listen on (HELPDESK_HOST).")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on (HELPDESK_PORT).")
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True)
@click.option("--threads", type=click.IntRange(1, 64), default=THREADS, show_default=True)
def serve_command(host: str | None, port: int | None, workers: int, threads: int) -> None:
    """Serve the helpdesk until stopped."""
    serve(migrated_app(), host=host, port=port, workers=workers, threads=threads)


def serve(app: Flask, *, host: str | None = None, port: int | None = None, workers: int = 1,
          threads: int = THREADS) -> None:  # fmt: skip
    """Serve until stopped; every gunicorn worker makes its own app from the configuration of *app*."""
    host, port = host or app.config["HELPDESK_HOST"], port or app.config["HELPDESK_PORT"]
    if sys.platform == "win32":
        from werkzeug.serving import run_simple

        run_simple(host, port, app, threaded=True)
        return
    _gunicorn(app, f"[{host}]:{port}" if ":" in host else f"{host}:{port}", workers, threads)


def _gunicorn(app: Flask, bind: str, workers: int, threads: int) -> None:
    # Imported here: it is an extra, and needs fcntl.
    from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]

    own = {key: value for key, value in app.config.items() if key.startswith("HELPDESK_")}

    class Server(BaseApplication):  # type: ignore[misc]
        def load_config(self) -> None:
            options: dict[str, Any] = {
                "bind": bind,
                "workers": workers,
                "threads": threads,
                "worker_class": "gthread",
                "proc_name": "helpdesk",
                "control_socket_disable": True,
            }
            for key, value in options.items():
                self.cfg.set(key, value)

        def load(self) -> Flask:
            # After the fork: no worker may share another's connections.
            return create_app(own)

    click.echo(f"Helpdesk on http://{bind}/")
    Server().run()
