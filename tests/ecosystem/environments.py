"""Environments of their own, as an author or an administrator has them."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path


def environment(folder: Path) -> Path:
    """A new environment that sees what this one has installed, and keeps to itself what is installed into it."""
    venv.create(folder, with_pip=False)
    python = folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    place = run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
    here = sysconfig.get_path("purelib")
    (Path(place) / "here.pth").write_text(f"import site; site.addsitedir({here!r})\n", encoding="utf-8")
    return python


def run(python: Path, *arguments: str, cwd: Path | None = None, **variables: str) -> str:
    ran = subprocess.run(
        [str(python), *arguments],
        cwd=cwd,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    assert ran.returncode == 0, f"{' '.join(arguments)}:\n{ran.stdout[-4000:]}\n{ran.stderr[-2000:]}"
    return ran.stdout
