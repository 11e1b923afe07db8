"""What stands in the repository, and what must not."""

from __future__ import annotations

import configparser
import json
import re
import subprocess
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest

from tests.architecture.source_rules import CORE, ROOT, sources

# Written in two parts, so that this file is not what it looks for.
REGISTRY_HOSTS = tuple(".".join(parts) for parts in (("npmjs", "org"), ("pypi", "org"), ("pythonhosted", "org")))
CDN_HOSTS = tuple(".".join(parts) for parts in (("jsdelivr", "net"), ("unpkg", "com"), ("cdnjs", "cloudflare")))
LAYERED_ROOMS = ("views", "forms", "services", "queries", "models")


def git(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)


needs_git = pytest.mark.skipif(
    not (ROOT / ".git").exists(), reason="not a git checkout: only committed files are looked at"
)


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def lock() -> dict[str, dict[str, Any]]:
    content = json.loads((ROOT / "frontend" / "package-lock.json").read_text(encoding="utf-8"))
    packages: dict[str, dict[str, Any]] = content["packages"]
    return packages


def pins() -> dict[str, str]:
    found = {}
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            name, _, version = line.partition("==")
            found[normal(name)] = version
    return found


def requirements() -> Iterator[str]:
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    texts = [config["options"]["install_requires"], *config["options.extras_require"].values()]
    for text in texts:
        for line in filter(None, (part.strip() for part in text.splitlines())):
            yield normal(re.split(r"[\[<>=!;~ ]", line, maxsplit=1)[0])


@needs_git
@pytest.mark.parametrize("host", [*REGISTRY_HOSTS, *CDN_HOSTS])
def test_no_committed_file_names_a_registry_or_a_cdn(host: str) -> None:
    found = git("grep", "-n", "-I", "-i", "-F", "--untracked", host)
    assert found.returncode in (0, 1), found.stderr
    assert found.stdout == "", (
        f"These lines name {host}. Where packages come from is the machine's own setting (pip's and npm's "
        f"configuration); browser libraries are built from frontend/package-lock.json.\n{found.stdout}"
    )


def test_the_npm_lock_names_no_address_and_checks_every_package() -> None:
    for name, package in lock().items():
        assert "resolved" not in package, (
            f"{name}: the lock holds an address. Run npm inside frontend/, whose .npmrc leaves them out "
            "(omit-lockfile-registry-resolved=true)."
        )
        assert not name or package["integrity"].startswith("sha512-"), f"{name}: no integrity hash"


def test_browser_libraries_are_pinned_exactly_and_agree_with_the_lock() -> None:
    manifest = json.loads((ROOT / "frontend" / "package.json").read_text(encoding="utf-8"))
    for name, version in {**manifest["dependencies"], **manifest["devDependencies"]}.items():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version), f"{name}: {version} is not one exact version"
        assert lock()[f"node_modules/{name}"]["version"] == version


@needs_git
def test_no_browser_library_is_committed() -> None:
    listed = git("ls-files", "--", "*/vendor/*", "*.min.js", "*.min.css").stdout
    assert listed == "", f"Built files are committed; name them in frontend/assets.json instead:\n{listed}"


def test_third_party_licences_travel_with_the_libraries() -> None:
    built = CORE / "static" / "vendor" / "THIRD_PARTY.txt"
    if not built.exists():
        pytest.skip("the browser libraries are not built here: python3 dev.py install")
    text = built.read_text(encoding="utf-8")
    for name, package in lock().items():
        if name and not package.get("dev"):
            assert f"{name.removeprefix('node_modules/')} {package['version']} (" in text


def test_constraints_are_exact_and_hold_no_address() -> None:
    for name, version in pins().items():
        assert re.fullmatch(r"[a-z0-9-]+", name), f"not a plain `name==version` line: {name}"
        assert re.fullmatch(r"[0-9][0-9A-Za-z.]*", version), f"{name}: not one exact version: {version!r}"


def test_every_requirement_of_the_core_is_pinned() -> None:
    missing = sorted(set(requirements()) - set(pins()))
    assert not missing, f"setup.cfg asks for {missing}; add what `.venv/bin/pip freeze` says to constraints.txt"


def test_every_requirement_of_the_core_has_a_reason() -> None:
    reasons = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8").lower()
    named = {normal(name) for name in re.findall(r"`([\w.-]+)(?:\[\w+\])?`", reasons)}
    missing = sorted(set(requirements()) - named)
    assert not missing, f"docs/dependencies.md must say what {missing} is for and what was considered instead"


def test_every_room_stands_in_a_layer() -> None:
    """A module that no layer names would be checked against nothing."""
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contract = next(each for each in config["tool"]["importlinter"]["contracts"] if each["id"] == "layers")
    layered = {name.strip(" ()") for layer in contract["layers"] for name in re.split(r"[:|]", layer)}
    rooms = set()
    for source in sources(CORE, ".py"):
        parts = source.path.removesuffix(".py").removesuffix("/__init__").split("/")
        if len(parts) == 3 and parts[2] in LAYERED_ROOMS:
            rooms.add(".".join(parts))
    unnamed = sorted(room for room in rooms if not any(room == name or room.startswith(name + ".") for name in layered))
    assert not unnamed, (
        f"Add to the layers of [tool.importlinter] in pyproject.toml, on the line of their kind: {unnamed}"
    )


def test_every_rule_id_in_a_test_leads_somewhere() -> None:
    pages = "".join(
        (ROOT / "docs" / "reference" / name).read_text(encoding="utf-8") for name in ("rules.md", "threats.md")
    )
    known = set(re.findall(r"^\| ((?:OK|PY|UR|CR|T|F)-\d+) \|", pages, re.MULTILINE))
    assert len(known) > 300
    unknown: list[str] = []
    for folder in ("helpdesk_core", "tests", "plugins"):
        for source in sources(ROOT / folder, ".py"):
            ids = set(re.findall(r"\b(?:OK|PY|UR|CR|T|F)-\d{2,3}\b", source.text))
            unknown.extend(f"{source.path}: {each}" for each in sorted(ids - known))
    assert not unknown, "No such rule in docs/reference/:\n" + "\n".join(unknown)
