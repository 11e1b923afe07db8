"""The guide to mail: its commands are commands, its limits are the limits."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from flask import Flask

from helpdesk_core.inbound import keeping, placing, services
from helpdesk_core.testing import Desk
from helpdesk_core.tickets.commands import MAX_FILES
from tests.core.inbound.letters import mail

ROOT = Path(__file__).parents[3]
GUIDE = (ROOT / "docs" / "guides" / "mail.md").read_text("utf-8")


def test_the_lines_of_the_guide_work(app: Flask, desk: Desk, tmp_path: Path) -> None:
    """As they stand there, in a shell."""
    (tmp_path / "mail.eml").write_bytes(mail())
    command = tmp_path / "helpdesk"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m helpdesk_core "$@"\n', "utf-8")
    command.chmod(0o755)
    lines = re.search(r"```sh\n(helpdesk mail receive.*?)```", GUIDE, re.DOTALL)
    assert lines is not None
    environment = {
        **os.environ,
        "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "HELPDESK_DATABASE_URL": app.config["SQLALCHEMY_DATABASE_URI"],
        "HELPDESK_DATA_DIR": app.config["HELPDESK_DATA_DIR"],
    }
    script = "set -e\n" + lines[1]
    done = subprocess.run(["/bin/sh", "-c", script], cwd=tmp_path, env=environment, text=True, capture_output=True,
                          timeout=120, check=False)  # fmt: skip
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, "mail 1: settled"), done.stderr


def test_every_way_in_ends_with_the_command(app: Flask) -> None:
    """Postfix, Exim and fetchmail are given the same command, and none of them gives a mail up for 75."""
    assert len(re.findall(r"/srv/helpdesk/bin/helpdesk mail receive", GUIDE)) == 3
    assert "temp_errors = 75" in GUIDE


def test_the_numbers_of_the_guide_are_those_of_the_code() -> None:
    assert f"larger than {keeping.LARGEST // 1024 // 1024} MB" in GUIDE
    assert f"more than {services._MOST // 1024 // 1024} MB" in GUIDE
    assert (placing.ACKNOWLEDGED, MAX_FILES) == (5, 20)
    assert "At most five tickets" in GUIDE
    assert "more than twenty" in GUIDE
