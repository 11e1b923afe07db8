"""One command from a bare checkout: ``python3 dev.py demo|test|test-long|lint|docs|wheels`` (``make`` calls the same).

Standard library only, and light: a start that has nothing to install must cost next to nothing. The private
environment in ``.venv`` is created once; packages are installed again only when what they depend on has changed.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
STAMP = VENV / ".helpdesk-installed.json"
LAST_FAILED = ROOT / ".pytest_cache" / "v" / "cache" / "lastfailed"
OLDEST_PYTHON = (3, 11)
DEFAULT_PORT = 8100

_BUILD_MODULES = ("_build/browser_assets.py", "_build/catalogs.py")
EXTRAS_DEMO = ("server",)
EXTRAS_TEST = ("server", "postgres", "redis", "celery", "test", "dev", "docs")
POSTGRES_HERE = "postgresql+psycopg://postgres@localhost:5432/postgres"
#: So many failures may be the machine's fault; more are the code's, and running them again only costs time.
MOST_RUN_AGAIN = 30


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit status."""
    parser = argparse.ArgumentParser(
        prog="dev.py", description="Everything this repository does, from a bare checkout."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    demo_parser = commands.add_parser("demo", help="a running helpdesk with real incidents in it")
    demo_parser.add_argument("--port", type=int, help=f"port to listen on (HELPDESK_PORT, else {DEFAULT_PORT})")
    commands.add_parser("install", help="create .venv and install everything, run nothing")
    commands.add_parser(
        "test", help="all tests but the long ones, on SQLite and PostgreSQL; further words go to pytest"
    )
    commands.add_parser("test-long", help="the tests that take minutes, on the same two databases")
    commands.add_parser("lint", help="ruff, mypy, import-linter")
    commands.add_parser("docs", help="the reference written anew from the code, the pages in build/docs")
    commands.add_parser("messages", help="the texts of the code brought into the translations")
    commands.add_parser("wheels", help="wheels of the core and of every plugin, in dist/")
    options, rest = parser.parse_known_args(arguments)
    if rest and not options.command.startswith("test"):
        parser.error(f"unknown: {' '.join(rest)}")
    if options.command == "demo":
        return demo(options.port)
    if options.command == "install":
        install(EXTRAS_TEST)
        return 0
    if options.command == "messages":
        return messages()
    if options.command == "test":
        return test(rest)
    if options.command == "test-long":
        return test(["-m", "long", *rest])
    return {"lint": lint, "docs": docs, "wheels": wheels}[options.command]()


# --- the commands -----------------------------------------------------------------------------------


def demo(port: int | None) -> int:
    """Hand over to ``helpdesk demo``, which makes the database, loads the data and serves."""
    install(EXTRAS_DEMO)
    environment = dict(os.environ)
    environment.setdefault("HELPDESK_DATA_DIR", str(ROOT / "var" / "demo"))
    chosen = port if port is not None else int(environment.get("HELPDESK_PORT") or DEFAULT_PORT)
    script = BIN / ("helpdesk.exe" if os.name == "nt" else "helpdesk")
    command = [str(script), "demo", "--port", str(chosen)]
    os.chdir(ROOT)
    if os.name != "nt":
        sys.stdout.flush()
        os.execve(script, command, environment)  # replaces this process, so signals reach the server itself
    return subprocess.call(command, env=environment)


def test(arguments: Sequence[str]) -> int:
    """Run pytest on SQLite, then on PostgreSQL; the last line printed is pytest's own.

    Without a PostgreSQL server the second run is skipped with its reason, except where CI is set: there it fails.
    """
    install(EXTRAS_TEST)
    build_assets("tests")
    postgres, reason = find_postgres()
    if postgres is None:
        say(f"PostgreSQL: {reason}")
        if os.environ.get("CI", "").lower() in ("1", "true", "yes"):
            say("CI is set, so both databases are required.")
            return 1
    say(f"Tests on SQLite{'' if postgres else ' only'}")
    status = pytest(arguments, database_url=None)
    if status != 0 or postgres is None:
        return status
    say("Tests on PostgreSQL")
    return pytest(arguments, database_url=postgres)


def lint() -> int:
    """Run every check, also after one has failed, so that one run shows all there is to mend."""
    install(EXTRAS_TEST)
    packages = [str(path.parent.relative_to(ROOT)) for path in sorted(ROOT.glob("plugins/*/helpdesk_*/__init__.py"))]
    checks = (
        ["ruff", "check", "."],
        ["ruff", "format", "--check", "."],
        [
            "mypy",
            "--strict",
            "helpdesk_core",
            *packages,
            "docs",
            "dev.py",
            "_build/browser_assets.py",
            "_build/catalogs.py",
        ],
        ["lint-imports", "--no-logo"],
    )
    failed = []
    for check in checks:
        say("$ " + " ".join(check))
        if run([str(BIN / check[0]), *check[1:]]) != 0:
            failed.append(" ".join(check[:2]))
    say("lint: " + ("failed: " + ", ".join(failed) if failed else "all checks passed"))
    return 1 if failed else 0


def docs() -> int:
    """Write the reference from the code and build the pages; a warning is a failure."""
    install(EXTRAS_TEST)
    target = ROOT / "build" / "docs"
    status = run([str(PYTHON), "-m", "docs.reference_pages"])
    if status == 0:
        status = run([str(BIN / "sphinx-build"), "--fail-on-warning", "--keep-going", "-q", "docs", str(target)])
    if status == 0:
        say(f"{target.relative_to(ROOT)}/index.html")
    return status


def wheels() -> int:
    """Build a wheel of every distribution into ``dist/``, replacing what was there."""
    install(EXTRAS_TEST)
    target = ROOT / "dist"
    shutil.rmtree(target, ignore_errors=True)
    for place in distributions():
        # setuptools packs whatever an earlier build left here, deleted modules included
        shutil.rmtree(place / "build", ignore_errors=True)
    sources = [str(place) for place in distributions()]
    pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(target), *sources)
    for wheel in sorted(target.glob("*.whl")):
        say(f"dist/{wheel.name}")
    return 0


# --- the environment --------------------------------------------------------------------------------


def install(extras: Sequence[str]) -> None:
    """Bring ``.venv`` and the browser libraries up to date for *extras*; returns at once when they are."""
    recorded = read_stamp()
    wanted = {"root": str(ROOT), "python": f"{sys.version_info[0]}.{sys.version_info[1]}", "inputs": inputs_hash()}
    if PYTHON.exists() and all(recorded.get(key) == value for key, value in wanted.items()):
        installed = recorded.get("extras", [])
        if set(extras) <= set(installed):
            build_assets("site")
            compile_catalogs()
            return
        extras = sorted({*extras, *installed})
    moved = bool(recorded) and any(recorded.get(key) != wanted[key] for key in ("root", "python"))
    create_venv(clear=moved)
    say("Installing packages into .venv (once, and again when the dependencies change) ...")
    STAMP.unlink(missing_ok=True)
    pip("install", "setuptools>=77")  # the builds below share it, which is faster than one each
    build_assets("site")
    core, *plugins = distributions()
    editable = ["-e", f"{core}[{','.join(extras)}]"]
    for plugin in plugins:
        editable += ["-e", str(plugin)]
    pip("install", "--no-build-isolation", *editable)
    compile_catalogs()
    STAMP.write_text(json.dumps({**wanted, "extras": list(extras)}), encoding="utf-8")


def create_venv(*, clear: bool) -> None:
    """Create ``.venv``; says which system package is missing where Python cannot."""
    if PYTHON.exists() and not clear:
        return
    if any(importlib.util.find_spec(name) is None for name in ("venv", "ensurepip")):
        stop(
            "This Python has no venv/ensurepip module, so no private environment can be made.\n"
            f"On Debian and Ubuntu: apt install python{sys.version_info[0]}.{sys.version_info[1]}-venv "
            "(or python3-venv), then run the command again."
        )
    say(f"Creating .venv with Python {sys.version.split()[0]} ...")
    command = [sys.executable, "-m", "venv", str(VENV)]
    if clear or VENV.exists():
        command.append("--clear")
    if run(command) != 0:
        stop("Python could not create .venv; its own message stands above.")


def distributions() -> list[Path]:
    """The folders that pip installs: the core first, then every plugin."""
    return [ROOT, *sorted(path.parent for path in ROOT.glob("plugins/*/pyproject.toml"))]


def inputs_hash() -> str:
    """A fingerprint of everything that decides what is installed."""
    digest = hashlib.sha256()
    for place in distributions():
        for name in ("setup.cfg", "pyproject.toml", "constraints.txt"):
            path = place / name
            if path.is_file():
                digest.update(f"{path.relative_to(ROOT).as_posix()}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()


def read_stamp() -> Mapping[str, Any]:
    """What the last complete installation recorded; empty if there was none."""
    try:
        content = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def build_assets(target: str) -> None:
    """Build the browser libraries if they are stale, with the node found here or in ``.venv``."""
    assets = build_module("browser_assets")
    if assets.skipped():
        if target == "site" and not assets.fresh("site"):
            say("HELPDESK_SKIP_ASSETS is set: the pages work, but plainly, without styles and scripts.")
        return
    if assets.fresh(target):
        return
    say("Building the browser libraries ...")
    requirements = assets.missing_requirements(target)
    if requirements:
        pip("install", *requirements)
    if run([str(PYTHON), str(ROOT / "_build" / "browser_assets.py"), target]) != 0:
        stop("The browser libraries were not built; the reason stands above.")


def compile_catalogs() -> None:
    """Compile the translations that are stale."""
    if build_module("catalogs").stale() and run([str(PYTHON), str(ROOT / "_build" / "catalogs.py")]) != 0:
        stop("The translations were not compiled; the reason stands above.")


def messages() -> int:
    """Read the texts of the code into the catalogs, where translators find what is new."""
    install(EXTRAS_TEST)
    return run([str(PYTHON), str(ROOT / "_build" / "catalogs.py"), "update"])


def build_module(name: str) -> Any:
    """A module of the build backend, so that both agree on what is fresh."""
    location = ROOT / "_build" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, location)
    if spec is None or spec.loader is None:
        stop(f"{location} is missing: the checkout is not complete.")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# --- databases and processes ------------------------------------------------------------------------


def find_postgres() -> tuple[str | None, str]:
    """The URL of a server on which tests may create databases, or None and the reason."""
    given = os.environ.get("HELPDESK_TEST_POSTGRES_URL", "")
    url = given or POSTGRES_HERE
    program = (
        "import sys, psycopg\n"
        "url = sys.argv[1].replace('postgresql+psycopg://', 'postgresql://')\n"
        "with psycopg.connect(url, connect_timeout=5) as connection:\n"
        "    row = connection.execute('select rolcreatedb or rolsuper from pg_roles where rolname = current_user')\n"
        "    sys.exit(None if row.fetchone()[0] else 'this user may not create databases')\n"
    )
    answer = subprocess.run(
        [str(PYTHON), "-c", program, url], capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False
    )
    if answer.returncode == 0:
        return url, ""
    said = answer.stderr.strip().splitlines() or ["no answer"]
    detail = next((line for line in said if line.startswith("psycopg.")), said[-1])
    where = "the server of HELPDESK_TEST_POSTGRES_URL" if given else "localhost:5432 as user postgres"
    return None, f"skipped, {where} cannot be used ({detail}). Set HELPDESK_TEST_POSTGRES_URL to another server."


def pytest(arguments: Iterable[str], *, database_url: str | None) -> int:
    """One run of pytest; exit status 5 (nothing collected) is a failure like any other."""
    # A developer's own settings must not colour the result.
    environment = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith("HELPDESK_") or key.startswith("HELPDESK_TEST_")
    }
    environment.pop("HELPDESK_TEST_DATABASE_URL", None)
    if database_url is not None:
        environment["HELPDESK_TEST_DATABASE_URL"] = database_url
    workers = os.environ.get("HELPDESK_TEST_WORKERS", "2")
    command = [str(PYTHON), "-m", "pytest", "-q", *arguments]
    LAST_FAILED.unlink(missing_ok=True)
    status = run([*command, "-n", workers, "--dist", "loadfile"], environment=environment)
    failed = last_failed() if status == 1 else []
    if not 0 < len(failed) <= MOST_RUN_AGAIN:
        return status
    # Browsers and processes that were killed share two cores with everything else: what fails there is asked once more,
    # alone. A fault of the code fails again; what passes then is named here, so that somebody mends the test.
    say(f"Failed beside others, so once more alone: {', '.join(failed)}")
    return run([*command, "-n", "0", "--last-failed", "--last-failed-no-failures", "none"], environment=environment)


def last_failed() -> list[str]:
    """The tests that failed in the run before, as pytest has written them down."""
    try:
        content = json.loads(LAST_FAILED.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    return sorted(content) if isinstance(content, dict) else []


def pip(*arguments: str) -> None:
    """Run the environment's pip under the constraints; stops with pip's own message where it fails."""
    command, *rest = arguments
    limits = ["-c", "constraints.txt"] if command == "install" else []
    full = [str(PYTHON), "-m", "pip", command, "-q", "--disable-pip-version-check", *limits, *rest]
    if run(full) != 0:
        stop("pip failed; its own message stands above. Nothing was recorded: the next run starts over.")


def run(command: Sequence[str], *, environment: Mapping[str, str] | None = None) -> int:
    """Run *command* in the repository; returns its status."""
    sys.stdout.flush()
    return subprocess.run(command, cwd=ROOT, env=environment, check=False, stdin=subprocess.DEVNULL).returncode


def say(text: str) -> None:
    print(text, flush=True)


def stop(text: str) -> NoReturn:
    """End with *text* and status 1."""
    sys.exit(f"\n{text}")


if __name__ == "__main__":
    if sys.version_info < OLDEST_PYTHON:
        stop(f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}. Try: make PYTHON=python3.11 ...")
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
