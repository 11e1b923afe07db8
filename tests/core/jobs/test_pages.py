"""Settings » Jobs and ``helpdesk jobs``: what died is seen, tried again, or given up."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from helpdesk_core.cli import main
from helpdesk_core.db.session import reading, unit_of_work
from helpdesk_core.events.models import EventRow
from helpdesk_core.jobs.models import DEAD, Job
from helpdesk_core.jobs.queue import enqueue
from helpdesk_core.testing import Desk, count_queries, run_jobs, sign_in
from tests.core.jobs.courier import REFUSE, WRITE, CourierPlugin, effects

pytestmark = pytest.mark.helpdesk(plugins=[CourierPlugin])


def refused(app: Flask, count: int = 1) -> None:
    with unit_of_work() as session:
        for _ in range(count):
            enqueue(session, REFUSE, {})
    run_jobs(app)


def states() -> list[str]:
    with reading() as session:
        return list(session.scalars(select(Job.state)))


def test_a_dead_job_is_shown_with_its_reason_and_tried_again(app: Flask, client: FlaskClient, desk: Desk) -> None:
    refused(app)
    sign_in(app, client, desk.admin)
    page = client.get("/settings/jobs").text
    assert REFUSE in page
    assert "nobody lives there" in page
    with reading() as session:
        job_id = session.scalar(select(Job.id))
    assert client.post(f"/settings/jobs/{job_id}/retry").status_code == 303
    assert run_jobs(app) == 1
    assert client.post("/settings/jobs/retry").status_code == 303
    assert states() == ["waiting"]
    run_jobs(app)
    assert client.post(f"/settings/jobs/{job_id}/discard").status_code == 303
    assert states() == []
    with reading() as session:
        names = session.scalars(select(EventRow.name).where(EventRow.subject_kind == "job").order_by(EventRow.id))
        assert list(names) == ["job.retried", "job.retried", "job.discarded"]


def test_only_dead_jobs_are_touched(app: Flask, client: FlaskClient, desk: Desk) -> None:
    with unit_of_work() as session:
        enqueue(session, WRITE, {"word": "hello"})
    sign_in(app, client, desk.admin)
    with reading() as session:
        job_id = session.scalar(select(Job.id))
    assert client.post(f"/settings/jobs/{job_id}/discard").status_code == 404
    assert states() == ["waiting"]


def test_the_page_asks_equally_often_for_few_and_for_many(app: Flask, client: FlaskClient, desk: Desk) -> None:
    sign_in(app, client, desk.admin)
    refused(app, 2)
    client.get("/settings/jobs")  # what every page keeps is read once
    with count_queries() as few:
        client.get("/settings/jobs")
    refused(app, 60)
    with count_queries() as many:
        page = client.get("/settings/jobs").text
    assert (len(few), page.count("data-job=")) == (len(many), 50)
    assert 'rel="next"' in page


def test_the_command_lists_retries_discards_and_runs(app: Flask, desk: Desk, folder: Path) -> None:
    refused(app)
    runner = app.test_cli_runner()
    listed = runner.invoke(main, ["jobs", "list", "--json"])
    (row,) = json.loads(listed.output.splitlines()[-1])
    assert (row["name"], row["error"]) == (REFUSE, "nobody lives there")
    assert runner.invoke(main, ["jobs", "retry", str(row["id"])]).exit_code == 0
    with unit_of_work() as session:
        enqueue(session, WRITE, {"word": "typed"})
    ran = runner.invoke(main, ["jobs", "run", "--json"])
    assert json.loads(ran.output.splitlines()[-1]) == {"attempts": 2}
    assert effects(folder) == ["typed 1"]
    assert states() == [DEAD]
    assert runner.invoke(main, ["jobs", "discard", str(row["id"])]).exit_code == 0
    assert runner.invoke(main, ["jobs", "discard", str(row["id"])]).exit_code == 1
