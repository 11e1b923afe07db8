"""``helpdesk demo`` as it is typed."""

from __future__ import annotations

import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from helpdesk_core.demo.services import PASSWORD, demo_logins

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with the demonstration in it."""
    folder = tmp_path_factory.mktemp("demo")
    done = _run(folder, "demo", "--no-serve")
    assert done.returncode == 0, done.stderr
    for login in demo_logins():
        assert re.search(rf"{login.role} .*{re.escape(login.login)} .*{PASSWORD}", done.stdout)
    return folder


def _command(*words: str) -> list[str]:
    return [sys.executable, "-c", "from helpdesk_core.cli import main; main()", *words]


def _environment(folder: Path, **more: str) -> dict[str, str]:
    """An environment without settings of whoever runs the tests; always SQLite, which is what it makes by itself."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("HELPDESK_")}
    path = os.pathsep.join([str(ROOT), kept.get("PYTHONPATH", "")])
    return {**kept, "PYTHONPATH": path, "HELPDESK_DATA_DIR": str(folder), **more}


def _run(folder: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        _command(*words), env=_environment(folder, **more), capture_output=True, text=True, timeout=120, check=False
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def served(data: Path) -> Iterator[str]:
    """A second start: its address, once it answers."""
    port = _free_port()
    started = time.perf_counter()
    server = subprocess.Popen(
        _command("demo", "--port", str(port)), env=_environment(data), stdout=subprocess.PIPE, text=True
    )
    address = f"http://127.0.0.1:{port}"
    try:
        while True:
            assert server.poll() is None, "the server ended"
            try:
                with urllib.request.urlopen(f"{address}/login", timeout=5) as answer:
                    assert answer.status == 200
                break
            except (urllib.error.URLError, ConnectionError):
                assert time.perf_counter() - started < 30
                time.sleep(0.02)
        yield address
    finally:
        server.send_signal(signal.SIGTERM)
        out, _ = server.communicate(timeout=30)
    assert f"{address}/" in out, "it must say where it is"
    assert demo_logins()[0].login in out


@pytest.fixture
def loaded(data: Path) -> list[int]:
    """How much is in the demonstration's database before a further start."""
    return _counted(data)


def _counted(data: Path) -> list[int]:
    with closing(sqlite3.connect(data / "helpdesk.db")) as database:
        return [database.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("ticket", "comment")]


def test_the_second_start_loads_nothing(data: Path, loaded: list[int], served: str) -> None:
    """How soon it answers is measured in ``bench/``: here other tests share the processors."""
    assert _counted(data) == loaded
    assert loaded[0] > 400


def test_a_taken_port_is_refused_at_once_with_the_way_out(data: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = _run(data, "demo", "--port", str(taken.getsockname()[1]))
    assert done.returncode == 1
    assert "choose one with --port" in done.stderr


def test_reset_spares_a_database_that_is_somebodys_own(tmp_path: Path) -> None:
    assert _run(tmp_path, "db", "upgrade").returncode == 0
    before = (tmp_path / "helpdesk.db").stat().st_ino
    done = _run(tmp_path, "demo", "--reset", "--no-serve")
    assert (done.returncode, "does not hold the demonstration" in done.stderr) == (1, True)
    assert (tmp_path / "helpdesk.db").stat().st_ino == before


def test_reset_spares_a_database_outside_the_data_directory(tmp_path: Path) -> None:
    elsewhere = f"sqlite:///{tmp_path / 'elsewhere' / 'own.db'}"
    (tmp_path / "elsewhere").mkdir()
    done = _run(tmp_path / "data", "demo", "--reset", "--no-serve", HELPDESK_DATABASE_URL=elsewhere)
    assert (done.returncode, "drop any other one by hand" in done.stderr) == (1, True)


@pytest.mark.long
def test_reset_begins_anew(tmp_path: Path) -> None:
    assert _run(tmp_path, "demo", "--no-serve").returncode == 0
    files = {path.name for path in (tmp_path / "attachments").glob("*/*")}
    assert _run(tmp_path, "demo", "--reset", "--no-serve").returncode == 0
    again = {path.name for path in (tmp_path / "attachments").glob("*/*")}
    assert (len(again), again & files) == (len(files), set())
