"""``helpdesk serve``: gunicorn with threads; Werkzeug's server where gunicorn cannot run."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import signal
import sys
import uuid
from collections.abc import Callable, Iterable
from contextlib import suppress
from threading import BoundedSemaphore
from typing import Any

import click
from flask import Flask

from helpdesk_core.app import create_app
from helpdesk_core.cli.running import bare_app, begin_anew, is_ready
from helpdesk_core.config import POOL_THREADS, load_config
from helpdesk_core.contract.errors import Rejected
from helpdesk_core.jobs.health import NEEDS_REDIS
from helpdesk_core.jobs.runner import Runner
from helpdesk_core.jobs.sweeper import Sweeper
from helpdesk_core.plugins.active import SAFE_MODE
from helpdesk_core.plugins.watch import watch

THREADS = 8
#: How long a worker that ends waits for its jobs; what is not done by then is put down for another one.
_LAST_SECONDS = 10.0
_SWEEP_SECONDS = 2.0
_M_ARENA_MAX = -8  # of malloc.h


@click.command("serve")
@click.option("--host", help="Address to listen on (HELPDESK_HOST).")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on (HELPDESK_PORT).")
@click.option("--workers", type=click.IntRange(1, 64), help="Serving processes (HELPDESK_WORKERS).")
@click.option("--threads", type=click.IntRange(1, 64), default=THREADS, show_default=True)
@click.option("--safe-mode", is_flag=True, help="Start without any plugin (HELPDESK_SAFE_MODE).")
def serve_command(host: str | None, port: int | None, workers: int | None, threads: int, safe_mode: bool) -> None:
    """Serve the helpdesk until stopped."""
    app = bare_app()
    if not is_ready(app):
        raise Rejected("the database is not up to date: run `helpdesk db upgrade`")
    serve(app, host=host, port=port, workers=workers, threads=threads, safe_mode=safe_mode)


def serve(app: Flask, *, host: str | None = None, port: int | None = None, workers: int | None = None,
          threads: int = THREADS, safe_mode: bool = False) -> None:  # fmt: skip
    """Serve until stopped; every worker makes its own app from the configuration of *app*, plugins included.

    Give an app that holds no plugin's code: the workers are forked from this process, and what it has imported
    they would have too.
    """
    host, port = host or app.config["HELPDESK_HOST"], port or app.config["HELPDESK_PORT"]
    own = {key: value for key, value in app.config.items() if key.startswith("HELPDESK_")}
    workers = own["HELPDESK_WORKERS"] = workers or app.config["HELPDESK_WORKERS"]
    own[POOL_THREADS] = threads
    if workers > 1 and not own["HELPDESK_REDIS_URL"]:
        click.echo(NEEDS_REDIS, err=True)
    own[SAFE_MODE] = "1" if safe_mode else load_config().get(SAFE_MODE, "")
    if sys.platform == "win32" or importlib.util.find_spec("gunicorn") is None:
        _werkzeug(own, host, port)
    else:
        _gunicorn(own, f"[{host}]:{port}" if ":" in host else f"{host}:{port}", workers, threads)


class InTurn:
    """Answers at most so many requests at once, though there are more threads: those are for sockets.

    Without it, a rush of requests would take the threads of sockets and wait for the connections of the database.
    """

    def __init__(self, inner: Callable[..., Iterable[bytes]], at_once: int) -> None:
        self._inner = inner
        self._turns = BoundedSemaphore(at_once)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer, in turn unless it is a socket."""
        if environ.get("HTTP_UPGRADE"):
            return self._inner(environ, start_response)
        with self._turns:
            return self._inner(environ, start_response)


def start_jobs(app: Flask) -> list[Runner | Sweeper]:
    """Do jobs in this process as far as the configuration says; with a broker, look for lost wake-ups."""
    started: list[Runner | Sweeper] = []
    if app.config["HELPDESK_JOB_THREADS"]:
        started.append(Runner(app, threads=app.config["HELPDESK_JOB_THREADS"]))
    if app.config["HELPDESK_BROKER_URL"]:
        started.append(Sweeper(app, poll=_SWEEP_SECONDS))
    for one in started:
        one.start()
    return started


def _werkzeug(own: dict[str, Any], host: str, port: int) -> None:
    from werkzeug.serving import run_simple

    app = create_app(own)
    watch(app, server=uuid.uuid4().hex, reload=begin_anew, alive=lambda: True)
    start_jobs(app)
    run_simple(host, port, app, threaded=True)


def _share_heaps() -> None:
    """Let all threads share two heaps: glibc gives each its own, and a worker then holds a sixth more memory."""
    with suppress(OSError, AttributeError):  # another C library: nothing to set
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 2)


def _gunicorn(own: dict[str, Any], bind: str, workers: int, threads: int) -> None:
    # Imported here: it is an extra, and needs fcntl.
    from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]

    sockets = own["HELPDESK_SOCKETS"]
    server = uuid.uuid4().hex  # made before the fork: the same in every worker of this master

    def begin_in_worker(worker: Any) -> None:
        def reload() -> None:
            if os.getppid() == worker.ppid:
                os.kill(worker.ppid, signal.SIGHUP)

        worker.jobs = start_jobs(worker.wsgi)
        watch(worker.wsgi, server=server, reload=reload, alive=lambda: bool(worker.alive))

    def stop_in_worker(_server: Any, worker: Any) -> None:
        for one in getattr(worker, "jobs", ()):
            one.stop(seconds=_LAST_SECONDS)

    class Server(BaseApplication):  # type: ignore[misc]
        def load_config(self) -> None:
            options: dict[str, Any] = {
                "bind": bind,
                "workers": workers,
                "threads": threads + sockets,
                "worker_class": "gthread",
                "proc_name": "helpdesk",
                "control_socket_disable": True,
                "post_worker_init": begin_in_worker,
                "worker_exit": stop_in_worker,
            }
            for key, value in options.items():
                self.cfg.set(key, value)

        def load(self) -> Flask:
            # After the fork: no worker may share another's connections.
            app = create_app(own)
            app.wsgi_app = InTurn(app.wsgi_app, threads)  # type: ignore[method-assign]
            return app

    click.echo(f"Helpdesk on http://{bind}/")
    _share_heaps()
    Server().run()
