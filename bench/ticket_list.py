"""The ticket list against the bare program, and what a worker weighs: ``python bench/ticket_list.py``.

The bare program is Flask, one SQLAlchemy Core query and a template of 50 rows over the same database. A ratio is
printed, no seconds are asserted: machines differ, ratios less so. Then ``helpdesk serve`` answers lists and cards of
the same database, and its worker's resident memory is read. Beside each number stands its limit.
"""

from __future__ import annotations

import argparse
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http.client import HTTPConnection
from pathlib import Path

import sqlalchemy as sa
from flask import Flask, render_template_string
from flask.testing import FlaskClient

from helpdesk_core.app import create_app
from helpdesk_core.contract.actor import Actor, ActorKind
from helpdesk_core.db import migrate
from helpdesk_core.db.session import db, unit_of_work
from helpdesk_core.db.types import utcnow
from helpdesk_core.testing.desk import build_desk
from helpdesk_core.testing.signing_in import sign_in
from helpdesk_core.tickets.models import Ticket

LIMIT = 12
LIMIT_MB = 150
PEERS = (
    "the same measure of others, as published: Roundup's list 32 times the bare program, django-helpdesk's 450 times"
)
_BATCH = 10_000
_BARE = """<!doctype html><title>Tickets</title><table>{% for row in rows %}
<tr><td>{{ row.id }}</td><td><a href="/tickets/{{ row.id }}">{{ row.subject }}</a></td><td>{{ row.status_key }}</td>
<td>{{ row.priority_id }}</td><td>{{ row.assignee_id }}</td><td>{{ row.updated_at }}</td></tr>{% endfor %}</table>"""


def fill(count: int, group_id: int, company_id: int, contact_id: int, assignee_id: int) -> None:
    """Write *count* tickets in a few statements: the workload, not the way tickets are made."""
    now = utcnow()
    states = ("open", "open", "postponed", "resolved", "closed", "closed", "closed", "closed")
    for start in range(0, count, _BATCH):
        rows = [
            {
                "subject": f"Workload ticket {number}",
                "description": "",
                "priority_id": 1 + number % 4,
                "type_id": 1 + number % 3,
                "status_key": f"service_desk.{states[number % len(states)]}",
                "company_id": company_id,
                "contact_id": contact_id,
                "assignee_id": assignee_id if number % 3 else None,
                "group_id": group_id,
                "author_label": "workload",
                "registration_method": "ui",
                "created_at": now - timedelta(minutes=number),
                "updated_at": now - timedelta(minutes=number),
                "activity_at": now - timedelta(minutes=number),
                "activity_by": "",
                "needs_answer": number % 5 == 0,
                "version": 1,
            }
            for number in range(start, min(start + _BATCH, count))
        ]
        with unit_of_work() as session:
            session.execute(sa.insert(Ticket), rows)


def bare(url: str) -> Flask:
    """Flask, one Core query, one template."""
    app = Flask("bare")
    engine = sa.create_engine(url)
    table = Ticket.__table__
    columns = [table.c[name] for name in ("id", "subject", "status_key", "priority_id", "assignee_id", "updated_at")]
    query = sa.select(*columns).order_by(table.c.updated_at.desc(), table.c.id.desc()).limit(50)

    @app.get("/tickets")
    def tickets() -> str:
        with engine.connect() as connection:
            return render_template_string(_BARE, rows=connection.execute(query).all())

    return app


def medians(calls: Sequence[Callable[[], object]], rounds: int, clock: Callable[[], float]) -> list[float]:
    """The median time of each of *calls* in milliseconds of *clock*, one after the other in every round."""
    times: list[list[float]] = [[] for _ in calls]
    for number in range(rounds + 5):
        for call, kept in zip(calls, times, strict=True):
            start = clock()
            call()
            if number >= 5:  # warm by now
                kept.append(clock() - start)
    return [statistics.median(kept) * 1000 for kept in times]


def resident_mb(pid: int | str = "self") -> float:
    """The resident memory of a process, in megabytes of a million bytes; of Linux."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def compare(app: Flask, browser: FlaskClient, rounds: int) -> None:
    """Print the ratio of our list to the bare one."""
    assert browser.get("/tickets").text.count("data-row-link") == 50
    plain = bare(app.config["SQLALCHEMY_DATABASE_URI"]).test_client()
    calls = (lambda: plain.get("/tickets"), lambda: browser.get("/tickets"))
    low, high = medians(calls, rounds, time.perf_counter)
    print(f"list: bare {low:.2f} ms, ours {high:.2f} ms, ratio {high / low:.1f} (limit {LIMIT})")
    low, high = medians(calls, rounds, time.thread_time)
    print(f"      of the processor's time alone, for a busy machine: {low:.2f} ms, {high:.2f} ms, {high / low:.1f}")
    print(f"      {PEERS}")


def weigh(app: Flask, cookie: str, requests: int) -> None:
    """Print what one worker of ``helpdesk serve`` weighs after *requests* lists and cards, eight at a time."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = {key: str(value) for key, value in app.config.items() if key.startswith("HELPDESK_") and value}
    serve = [sys.executable, "-c", "from helpdesk_core.cli import main; main()", "serve", "--port", str(port)]
    server = subprocess.Popen(
        serve, env={**os.environ, **settings}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )

    def ask(path: str) -> int:
        connection = HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request("GET", path, headers={"Cookie": cookie})
        return connection.getresponse().status

    try:
        while server.poll() is None:
            try:
                ask("/login")
                break
            except ConnectionRefusedError:
                time.sleep(0.1)
        (worker,) = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
        fresh = resident_mb(worker)
        paths = [path for number in range(1, requests // 2 + 1) for path in ("/tickets", f"/tickets/{number}")]
        with ThreadPoolExecutor(8) as threads:
            assert set(threads.map(ask, paths)) == {200}
        print(
            f"worker of `helpdesk serve`: {fresh:.0f} MB resident at first, {resident_mb(worker):.0f} MB after"
            f" {len(paths)} lists and cards (limit {LIMIT_MB})"
        )
    finally:
        server.terminate()
        server.wait(30)


def main() -> None:
    """Generate, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--requests", type=int, default=200)
    parser.add_argument("--database-url")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = options.database_url or f"sqlite:///{Path(folder) / 'bench.db'}"
        app = create_app({"HELPDESK_DATABASE_URL": url, "HELPDESK_DATA_DIR": folder, "HELPDESK_MAIL_URL": "null://"})
        migrate.upgrade(app)
        with app.app_context():
            desk = build_desk()
            fill(options.tickets, desk.group_id, desk.company_id, desk.customer.id or 0, desk.insider.id or 0)
            with db.engine.connect() as connection:
                connection.exec_driver_sql("ANALYZE")
                connection.commit()
        browser = app.test_client()
        sign_in(app, browser, Actor(ActorKind.EMPLOYEE, desk.admin.id, "bench"))
        print(f"{options.tickets} tickets, {app.config['SQLALCHEMY_DATABASE_URI'].split(':')[0]}")
        compare(app, browser, options.rounds)
        print(f"this process: {resident_mb():.0f} MB resident")
        kept = browser.get_cookie(app.config["SESSION_COOKIE_NAME"])
        assert kept is not None
        weigh(app, f"{kept.key}={kept.value}", options.requests)


if __name__ == "__main__":
    main()
