"""The guide about events and jobs: its example is a plugin that runs, and its tests pass."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from helpdesk_core.testing.apps import SERVER_VARIABLE, server_url

GUIDES = Path(__file__).parents[2] / "docs" / "guides"


def test_the_example_of_the_guide_passes_its_tests(tmp_path: Path) -> None:
    shown = re.findall(
        r"^```\{literalinclude\} (\S+)\n", (GUIDES / "events-and-jobs.md").read_text("utf-8"), re.MULTILINE
    )
    for name in shown:
        (tmp_path / Path(name).name).write_text((GUIDES / name).read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n", encoding="utf-8")
    given = {key: value for key, value in os.environ.items() if not key.startswith(("HELPDESK_", "PYTEST_"))}
    if server := server_url():
        given[SERVER_VARIABLE] = server
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)],
        cwd=tmp_path, env=given, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "4 passed" in done.stdout
