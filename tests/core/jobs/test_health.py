"""``helpdesk check`` says whether jobs are done, and what several processes need."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Mapping
from datetime import timedelta

import pytest
from click.testing import CliRunner
from flask import Flask

from helpdesk_core.cli import main
from helpdesk_core.config import POOL_THREADS, load_config
from helpdesk_core.db.session import unit_of_work
from helpdesk_core.db.types import utcnow
from helpdesk_core.jobs.queue import claim, enqueue
from helpdesk_core.testing import app_with, open_broker, run_jobs
from tests.core.jobs.courier import REFUSE, WRITE, CourierPlugin

pytestmark = pytest.mark.helpdesk(plugins=[CourierPlugin])


def check(app: Flask, config: Mapping[str, str] | None = None) -> tuple[int, dict[str, tuple[str, str]]]:
    """The exit status, and each finding's status and message."""
    with app_with(app, config or {}):
        result = CliRunner().invoke(main, ["check", "--json"])
    found = {row["key"]: (row["status"], row["message"]) for row in json.loads(result.stdout.splitlines()[0])}
    return result.exit_code, found


def test_a_desk_at_rest_is_sound(app: Flask) -> None:
    status, found = check(app)
    assert status == 0
    assert [found[key][0] for key in ("jobs", "dead_jobs", "redis")] == ["ok", "ok", "ok"]
    assert "broker" not in found


def test_jobs_that_nobody_does_fail_the_check_and_slow_ones_warn(app: Flask) -> None:
    with app.app_context(), unit_of_work() as session:
        for word in ("first", "second"):
            enqueue(session, WRITE, {"word": word}, at=utcnow() - timedelta(minutes=10))
    status, found = check(app)
    assert (status, found["jobs"][0]) == (1, "failed")
    assert found["jobs"][1].startswith("2 wait, the oldest for 10 minutes")
    with app.app_context(), unit_of_work() as session:
        assert len(claim(session, "somebody", [WRITE])) == 1
    status, found = check(app)
    assert (status, found["jobs"][0]) == (0, "warning")


def test_dead_jobs_warn(app: Flask) -> None:
    with app.app_context(), unit_of_work() as session:
        enqueue(session, REFUSE)
    run_jobs(app)
    status, found = check(app)
    assert (status, found["dead_jobs"][0]) == (0, "warning")
    assert found["dead_jobs"][1].startswith("1 gave up")


@pytest.mark.parametrize("kind", ["redis", "rabbitmq"])
def test_the_broker_is_asked(app: Flask, kind: str) -> None:
    with open_broker(kind) as broker:
        assert check(app, broker.config)[1]["broker"] == ("ok", "")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    scheme = broker.url.split(":")[0]
    status, found = check(app, {"HELPDESK_BROKER_URL": f"{scheme}://127.0.0.1:{port}"})
    assert (status, found["broker"][0]) == (1, "failed")
    assert found["broker"][1].startswith("jobs wait: ")


def test_several_processes_need_redis_and_a_database_with_several_writers(app: Flask) -> None:
    several = {"HELPDESK_WORKERS": "3"}
    _status, found = check(app, several)
    assert found["redis"][0] == "warning"
    sqlite = str(app.config["SQLALCHEMY_DATABASE_URI"]).startswith("sqlite")
    assert (found.get("processes", ("",))[0] == "warning") is sqlite
    with open_broker("redis") as redis:
        assert check(app, several | {"HELPDESK_REDIS_URL": redis.url})[1]["redis"] == ("ok", "")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    status, found = check(app, several | {"HELPDESK_REDIS_URL": f"redis://127.0.0.1:{port}"})
    assert (status, found["redis"][0]) == (1, "failed")


@pytest.mark.parametrize(
    ("name", "value"),
    [("BROKER_URL", "kafka://somewhere"), ("BROKER_URL", "redis:///3"), ("BROKER_PREFIX", "a b"), ("WORKERS", "0")],
)
def test_a_setting_that_cannot_be_used_is_named(
    name: str, value: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    given = {"HELPDESK_DATA_DIR": str(tmp_path_factory.mktemp("data")), "HELPDESK_BROKER_URL": "redis://localhost"}
    with pytest.raises(ValueError, match=f"HELPDESK_{name}"):
        load_config(given | {f"HELPDESK_{name}": value})


@pytest.fixture
def connections(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., int]:
    """How many connections a process of this configuration keeps."""
    data = {"HELPDESK_DATA_DIR": str(tmp_path_factory.mktemp("data"))}

    def count(**given: object) -> int:
        size: int = load_config(data | given)["SQLALCHEMY_ENGINE_OPTIONS"]["pool_size"]
        return size

    return count


def test_no_thread_waits_for_the_connection_of_another(connections: Callable[..., int]) -> None:
    assert connections() >= 16
    assert connections(**{POOL_THREADS: 64}) > 64
    assert connections(**{POOL_THREADS: 40, "HELPDESK_JOB_THREADS": "40"}) > 80


def test_with_a_broker_serving_processes_do_no_jobs_unless_told(tmp_path_factory: pytest.TempPathFactory) -> None:
    data = {"HELPDESK_DATA_DIR": str(tmp_path_factory.mktemp("data"))}
    broker = {"HELPDESK_BROKER_URL": "redis://localhost"}
    told = [{}, broker, broker | {"HELPDESK_JOB_THREADS": "2"}]
    assert [load_config(data | given)["HELPDESK_JOB_THREADS"] for given in told] == [4, 0, 2]
