"""``helpdesk plugins new``: what it writes can be installed, run and tested as it stands."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from helpdesk_core.cli import main
from helpdesk_core.contract.errors import Rejected
from helpdesk_core.plugins.manifest import read_manifest
from helpdesk_core.scaffold import write_plugin
from tests.ecosystem.environments import environment, run

ROOT = Path(__file__).parents[2]


def test_the_command_writes_a_plugin_of_that_name(tmp_path: Path) -> None:
    ran = CliRunner().invoke(main, ["plugins", "new", "loan_desk", "--into", str(tmp_path)])
    assert ran.exit_code == 0, ran.output
    root = tmp_path / "helpdesk-loan-desk"
    assert str(root) in ran.output
    assert read_manifest(root / "helpdesk_loan_desk" / "helpdesk-plugin.toml", plugin="loan_desk").name == "loan_desk"
    texts = [path.read_text(encoding="utf-8") for path in root.rglob("*") if path.is_file()]
    assert any("class LoanDeskPlugin(Plugin):" in text for text in texts)
    for text in [*texts, *(path.as_posix() for path in root.rglob("*"))]:
        assert "sample" not in text.lower()
        assert not text.endswith(".txt")


@pytest.mark.parametrize("name", ["Loan Desk", "core", "loan-desk", "", "a" * 41, "../x"])
def test_a_name_that_no_plugin_may_have_is_refused_and_nothing_is_written(tmp_path: Path, name: str) -> None:
    ran = CliRunner().invoke(main, ["plugins", "new", name, "--into", str(tmp_path)])
    assert ran.exit_code == 1
    assert "helpdesk:" in ran.output
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_written_over(tmp_path: Path) -> None:
    write_plugin("loan_desk", tmp_path)
    with pytest.raises(Rejected, match="is there already"):
        write_plugin("loan_desk", tmp_path)


@pytest.mark.long
def test_it_installs_into_a_fresh_environment_and_passes_its_own_tests(tmp_path: Path) -> None:
    root = write_plugin("loan_desk", tmp_path)
    python = environment(tmp_path / "environment")
    run(
        python,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        "--no-build-isolation",
        "--editable",
        ".",
        cwd=root,
    )
    told = run(python, "-m", "pytest", "-q", cwd=root)
    assert " passed" in told


@pytest.mark.long
def test_it_is_typed_and_tidy(tmp_path: Path) -> None:
    root = write_plugin("loan_desk", tmp_path)
    settings = str(ROOT / "pyproject.toml")
    here = Path(sys.executable)
    words = ("--config-file", settings, "--follow-imports=silent", "--cache-dir", str(tmp_path / "cache"))
    run(here, "-m", "mypy", *words, "helpdesk_loan_desk", cwd=root, MYPYPATH=str(ROOT))
    run(here, "-m", "ruff", "check", "--config", settings, "--no-cache", "--extend-ignore", "S", ".", cwd=root)
    run(here, "-m", "ruff", "format", "--config", settings, "--no-cache", "--diff", ".", cwd=root)
