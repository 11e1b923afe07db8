"""Jobs: they commit with the change, one worker has each, nothing is forgotten."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from helpdesk_core.db.session import unit_of_work
from helpdesk_core.db.types import utcnow
from helpdesk_core.jobs.models import DEAD, WAITING
from helpdesk_core.jobs.queue import claim, complete, enqueue, fail, give_back, renew
from helpdesk_core.jobs.runner import Runner
from tests.core.jobs.courier import FAIL, REFUSE, WRITE, CourierPlugin, effects
from tests.core.jobs.sweeping import jobs
from tests.core.jobs.waiting import until

pytestmark = pytest.mark.helpdesk(plugins=[CourierPlugin])
ALL = (WRITE, FAIL, REFUSE)


def ask(name: str = WRITE, word: str = "hello", dedup: str | None = None) -> bool:
    with unit_of_work() as session:
        return enqueue(session, name, {"word": word}, dedup=dedup)


def test_a_job_runs_once_and_goes(app: Flask, folder: Path, run_jobs: Callable[[], Runner]) -> None:
    run_jobs()
    with app.app_context():
        ask()
        until(lambda: not jobs())
    assert effects(folder) == ["hello 1"]


def test_what_was_rolled_back_was_never_asked_for(app: Flask) -> None:
    with app.app_context():
        with suppress(ZeroDivisionError), unit_of_work() as session:
            enqueue(session, WRITE, {"word": "hello"})
            raise ZeroDivisionError
        assert jobs() == []


def test_asking_twice_with_one_key_is_one_job(app: Flask) -> None:
    with app.app_context():
        assert [ask(dedup="a"), ask(dedup="a"), ask(dedup="b"), ask()] == [True, False, True, True]
        assert len(jobs()) == 3


def test_a_job_that_nobody_registered_is_refused_with_what_to_do(app: Flask) -> None:
    with app.app_context(), pytest.raises(LookupError, match="helpdesk_register_jobs"):
        ask("courier.unheard_of")


def test_a_claimed_job_is_nobody_elses_until_its_lease_ends(app: Flask) -> None:
    with app.app_context():
        ask()
        with unit_of_work() as session:
            first = claim(session, "one", ALL, most=5, lease=timedelta(seconds=-1))
        with unit_of_work() as session:
            second = claim(session, "two", ALL, most=5)
        with unit_of_work() as session:
            third = claim(session, "three", ALL, most=5)
        assert ([len(first), len(second), len(third)], second[0].attempt) == ([1, 1, 0], 2)


def test_a_worker_that_lost_its_lease_cannot_end_the_job(app: Flask) -> None:
    """F-05."""
    with app.app_context():
        ask()
        with unit_of_work() as session:
            (stopped,) = claim(session, "one", ALL, lease=timedelta(seconds=-1))
            (other,) = claim(session, "two", ALL)
        with unit_of_work() as session:
            renew(session, [stopped])
            fail(session, stopped, "late")
            give_back(session, [stopped])
            assert not complete(session, stopped)
        assert [(job.locked_by, job.attempts, job.last_error) for job in jobs()] == [("two", 2, "")]
        with unit_of_work() as session:
            assert complete(session, other)
        assert jobs() == []


def test_only_known_jobs_are_taken(app: Flask) -> None:
    """A disabled plugin's jobs wait for it."""
    with app.app_context():
        ask()
        with unit_of_work() as session:
            assert claim(session, "one", [REFUSE], most=5) == []


def test_a_failing_job_is_tried_again_and_then_dead_with_its_reason(
    app: Flask, folder: Path, run_jobs: Callable[[], Runner]
) -> None:
    run_jobs()
    with app.app_context():
        with unit_of_work() as session:
            enqueue(session, FAIL, {"times": 2})
            enqueue(session, FAIL, {})
            enqueue(session, REFUSE, {})
        until(lambda: [job.state for job in jobs()] == [DEAD, DEAD])
        left = {job.name: (job.attempts, job.last_error, job.due_at) for job in jobs()}
    assert left == {FAIL: (3, "OSError: the line is dead", None), REFUSE: (1, "nobody lives there", None)}
    assert effects(folder) == ["recovered 3"]


def test_a_later_job_waits(app: Flask, folder: Path, run_jobs: Callable[[], Runner]) -> None:
    with app.app_context():
        with unit_of_work() as session:
            enqueue(session, WRITE, {"word": "later"}, at=utcnow() + timedelta(hours=1))
            enqueue(session, WRITE, {"word": "now"})
        run_jobs()
        until(lambda: [job.state for job in jobs()] == [WAITING])
    assert effects(folder) == ["now 1"]


def test_a_stopping_worker_puts_down_what_it_has_not_finished(
    app: Flask, folder: Path, run_jobs: Callable[[], Runner]
) -> None:
    runner = Runner(app, threads=1, poll=0.05)
    runner.start()
    with app.app_context():
        with unit_of_work() as session:
            enqueue(session, "courier.slow", {"word": "stone", "seconds": 2})
        until(lambda: effects(folder) == ["begun stone"])
        runner.stop(seconds=0.1)
        assert [(job.state, job.locked_by, job.attempts) for job in jobs()] == [(WAITING, None, 0)]
