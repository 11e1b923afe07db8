"""A helpdesk with live pages in processes of its own, and people who have signed in there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import Flask

from helpdesk_core.contract.actor import Actor
from helpdesk_core.db import migrate
from helpdesk_core.plugins.lifecycle import enable
from helpdesk_core.testing.apps import dispose, make_app, server_url, temporary_database
from helpdesk_core.testing.desk import Desk, build_desk
from helpdesk_core.testing.signing_in import sign_in
from tests.core.plugin_life.running import Server, environment, serving

SECRET = "the same in every process"


@dataclass
class Site:
    """The desk's database as the tests' own process sees it; the servers are elsewhere."""

    app: Flask
    desk: Desk
    env: dict[str, str]
    folder: Path

    def cookie(self, actor: Actor) -> str:
        """The cookie of a new browser session of *actor*."""
        client = self.app.test_client()
        sign_in(self.app, client, actor)
        name = str(self.app.config["SESSION_COOKIE_NAME"])
        found = client.get_cookie(name)
        assert found is not None
        return f"{name}={found.value}"

    def ticket(self, **values: object) -> int:
        """Register a ticket, in this process: its servers hear of it over Redis alone."""
        with self.app.app_context():
            return self.desk.ticket(**values)

    def comment(self, ticket_id: int, body: str, **values: object) -> int:
        """Write a comment, in this process."""
        with self.app.app_context():
            return self.desk.comment(ticket_id, body, **values)  # type: ignore[arg-type]

    @contextmanager
    def serve(self, *options: str, **env: str) -> Iterator[Server]:
        """Serve with gunicorn until the block ends."""
        with serving({**self.env, **env}, self.folder, *options) as server:
            yield server


@contextmanager
def live_site(folder: Path, *, redis_url: str = "", sockets: int = 100) -> Iterator[Site]:
    """Yield a desk with live pages on a database of its own."""
    with temporary_database(folder, server=server_url()) as url:
        given = {
            "HELPDESK_SECRET_KEY": SECRET,
            "SECRET_KEY": SECRET,
            "HELPDESK_REDIS_URL": redis_url,
            "HELPDESK_JOB_THREADS": "1",
        }
        bare = make_app(url, folder / "data", config=given)
        migrate.upgrade(bare)
        enable(bare, "push")
        dispose(bare)
        app = make_app(url, folder / "data", config=given)
        with app.app_context():
            desk = build_desk()
        own = {key: value for key, value in given.items() if key.startswith("HELPDESK_")}
        env = environment(url, folder / "data", folder) | own | {"HELPDESK_SOCKETS": str(sockets)}
        try:
            yield Site(app, desk, env, folder)
        finally:
            board = app.extensions["helpdesk_push"]
            board.bus.close()
            dispose(app)


def redis_or_none() -> str | None:
    """Where a Redis answers, by ``HELPDESK_TEST_REDIS_URL`` or at the standard port."""
    import redis

    url = os.environ.get("HELPDESK_TEST_REDIS_URL", "redis://127.0.0.1:6379/0")
    try:
        redis.Redis.from_url(url, socket_connect_timeout=2).ping()
    except redis.RedisError:
        return None
    return url
