"""``helpdesk import`` as it is typed: what it prints, writes and ends with, and that it survives ``kill -9``."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import func, select

from helpdesk_core.cli import main
from helpdesk_core.db.session import reading
from helpdesk_core.demo.incidents import LOG
from helpdesk_core.imports.models import ImportRecord
from helpdesk_core.tickets.models import Ticket
from tests.core.imports.importing import INCIDENTS, TICKETS, file_states, journal_states, table, total


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The directory the command is run in, with a mapping file."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "map.toml").write_text(TICKETS, "utf-8")
    return tmp_path


def invoke(app: Flask, *words: object) -> Result:
    with app.app_context():
        return CliRunner().invoke(main, ["import", *map(str, words)])


def test_all_went_in_is_status_0_and_the_four_numbers(app: Flask, folder: Path) -> None:
    result = invoke(app, table(folder, {}, {}), "--map", "map.toml", "--json")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert [line.split() for line in lines[:4]] == [
        ["created", "2"], ["updated", "0"], ["unchanged", "0"], ["rejected", "0"]
    ]  # fmt: skip
    assert json.loads(lines[-1]) == {
        "created": 2, "updated": 0, "unchanged": 0, "rejected": 0, "lines": 2, "dry_run": False, "rejects": None
    }  # fmt: skip
    assert result.stderr == "", "a progress bar is for terminals"
    assert sorted(path.name for path in folder.iterdir() if path.suffix == ".csv") == ["tickets.csv"]


def test_rejected_lines_are_status_1_and_stand_in_the_rejects_file(app: Flask, folder: Path) -> None:
    """T-36: the rejects file does not run in a spreadsheet either."""
    path = table(folder, {"state": "lost"}, {}, {"subject": "=cmd|' /C calc'!A0" + "x" * 250})
    (folder / "map.toml").write_text(TICKETS.replace(', default = "service_desk.open"', ""), "utf-8")
    result = invoke(app, path, "--map", "map.toml", "--rejects", "bad.csv", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout.splitlines()[-1])["rejects"] == "bad.csv"
    with (folder / "bad.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert [(row["line"], row["field"], row["reason"]) for row in rows] == [
        ("2", "status", "''lost' does not stand in [maps.state]"[1:]),
        ("4", "subject", "At most 250 characters."),
    ]
    assert rows[0]["raw"] == "1,Ticket 1,lost,?,?,?,?,?,?,?"
    assert "line 2: status: 'lost' does not stand in [maps.state]" in result.stderr
    assert total_in(app) == 1


def total_in(app: Flask) -> int:
    with app.app_context():
        return total(Ticket)


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (("tickets.csv",), 2, "Missing option '--map'"),
        (("nothing.csv", "--map", "map.toml"), 2, "does not exist"),
        (("tickets.csv", "--map", "map.toml", "--batch", "0"), 2, "--batch"),
        (("tickets.csv", "--map", "map.toml", "--rejects", "tickets.csv"), 2, "would overwrite"),
        (("other.csv", "--map", "map.toml"), 1, "other.csv: has no column 'assignee', 'company'"),
        (("tickets.csv", "--map", "tickets.csv"), 1, "tickets.csv: is not TOML"),
        (("tickets.csv", "--map", "bad.toml"), 1, "bad.toml: [source] kind: 'all' is not one of tickets, history"),
        (("empty.csv", "--map", "map.toml"), 1, "empty.csv: is empty"),
    ],
)
def test_wrong_usage_is_2_and_an_unusable_file_is_1_with_the_reason(
    app: Flask, folder: Path, words: tuple[str, ...], status: int, told: str
) -> None:
    table(folder, {})
    (folder / "bad.toml").write_text(TICKETS.replace('"tickets"', '"all"'), "utf-8")
    (folder / "empty.csv").touch()
    (folder / "other.csv").write_text("id,subject,state\n1,One,done\n", "utf-8")
    result = invoke(app, *words)
    assert (result.exit_code, told in result.stderr) == (status, True), result.output
    assert total_in(app) == 0


def test_unknown_groups_are_refused_where_asked_whatever_the_map_says(app: Flask, folder: Path) -> None:
    path = table(folder, {"group": "Nowhere"}, {})
    assert invoke(app, path, "--map", "map.toml", "--refuse-missing", "--dry-run").exit_code == 1
    assert total_in(app) == 0
    assert invoke(app, path, "--map", "map.toml", "--create-missing").exit_code == 0
    assert total_in(app) == 2


def test_a_database_without_tables_is_refused_with_what_to_do(tmp_path: Path, folder: Path) -> None:
    table(folder, {})
    run = _start(f"sqlite:///{tmp_path / 'new.db'}", tmp_path, "tickets.csv", "--map", "map.toml")
    _, told = run.communicate(timeout=60)
    assert (run.returncode, "helpdesk db upgrade" in told) == (1, True), told


def _start(url: str, data: Path, *words: object) -> subprocess.Popen[str]:
    environment = {**os.environ, "HELPDESK_DATABASE_URL": url, "HELPDESK_DATA_DIR": str(data / "data")}
    root = str(Path(__file__).parents[3])
    environment["PYTHONPATH"] = os.pathsep.join([root, environment.get("PYTHONPATH", "")])
    code = "from helpdesk_core.cli import main; main()"
    return subprocess.Popen(
        [sys.executable, "-c", code, "import", *map(str, words)],
        env=environment, cwd=data, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def _wait_for_records(app: Flask, number: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with app.app_context(), reading() as session:
            if (session.scalar(select(func.count()).select_from(ImportRecord)) or 0) >= number:
                return
        time.sleep(0.05)
    pytest.fail("the import never got that far")


def test_killed_half_way_and_run_again_it_ends_the_same(app: Flask, database_url: str, tmp_path: Path) -> None:
    words = (LOG, "--map", INCIDENTS, "--batch", 50)
    first = _start(database_url, tmp_path, *words)
    _wait_for_records(app, 60)
    first.send_signal(signal.SIGKILL)
    first.communicate()
    assert first.returncode == -signal.SIGKILL
    assert 60 <= total_in(app) < 445, "it was to be killed in the middle"

    second = _start(database_url, tmp_path, *words, "--json")
    out, told = second.communicate(timeout=300)
    assert second.returncode == 0, told
    counts = json.loads(out.splitlines()[-1])
    assert (counts["lines"], counts["rejected"]) == (3019, 0)
    assert 0 < counts["created"] < 445
    with app.app_context():
        assert total(Ticket) == 445
        assert journal_states() == file_states()


@pytest.mark.long
def test_two_imports_of_one_file_at_once_end_as_one(app: Flask, database_url: str, tmp_path: Path) -> None:
    runs = [_start(database_url, tmp_path, LOG, "--map", INCIDENTS, "--batch", 50, "--json") for _ in range(2)]
    counts = []
    for run in runs:
        out, told = run.communicate(timeout=600)
        assert run.returncode == 0, told
        counts.append(json.loads(out.splitlines()[-1]))
    assert sum(count["created"] for count in counts) == 445
    assert sum(count["rejected"] for count in counts) == 0
    with app.app_context():
        assert total(Ticket) == 445
        assert journal_states() == file_states()


@pytest.mark.long
def test_memory_is_the_same_for_a_long_file(app: Flask, database_url: str, folder: Path) -> None:
    """25,000 lines take at most 25 MB more than 2,000."""

    def peak(lines: int, first: int) -> int:
        name = f"{lines}.csv"
        with (folder / name).open("w", encoding="utf-8") as out:
            out.write("id,subject,state,company,contact,group,assignee,tag,due,floor\n")
            for n in range(first, first + lines):
                out.write(
                    f"{n},Till {n} does not start,done,Company {n % 50},Contact {n},Group {n % 7},?,till,?,First\n"
                )
        code = (
            "import resource\nfrom helpdesk_core.cli import main\nmain(standalone_mode=False)\n"
            "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
        )
        environment = {**os.environ, "HELPDESK_DATABASE_URL": database_url, "HELPDESK_DATA_DIR": str(folder / "data")}
        environment["PYTHONPATH"] = os.pathsep.join([str(Path(__file__).parents[3]), environment.get("PYTHONPATH", "")])
        done = subprocess.run(
            [sys.executable, "-c", code, "import", name, "--map", "map.toml"],
            env=environment, cwd=folder, capture_output=True, text=True, timeout=1500, check=True,
        )  # fmt: skip
        return int(done.stdout.splitlines()[-1])

    short = peak(2_000, 0)
    assert peak(25_000, 2_000) - short < 25 * 1024
    assert total_in(app) == 27_000
