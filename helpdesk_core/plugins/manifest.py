"""Reading ``helpdesk-plugin.toml`` strictly: what is wrong is said with the file and the key."""

import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from helpdesk_core.contract.errors import PluginError
from helpdesk_core.contract.plugin import Manifest
from helpdesk_core.contract.presets import PRESETS

#: What a plugin may say that it adds; each word but the last two is a register hook's.
ADDS: Final = frozenset({
    "ticket_fields", "statuses", "transitions", "permissions", "roles", "blueprints", "nav", "slots",
    "ticket_filters", "searchables", "assets", "events", "jobs", "subscribers", "listeners",
    "cli", "terms", "settings", "tables",
})  # fmt: skip
#: Names that would be taken for a part of the core.
RESERVED: Final = frozenset({"core", "site", "helpdesk", "static", "system", *PRESETS})

_Refuse = Callable[[str, str], PluginError]
_NAME: Final = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_NAME_LIMIT: Final = 40
_SUMMARY_LIMIT: Final = 200
_SIZE_LIMIT: Final = 64 * 1024
_TEXTS: Final = ("name", "summary", "api", "requires_core_revision")
_LISTS: Final = ("adds", "requires", "uses")
_NEEDED: Final = ("name", "summary", "api")


def name_problem(name: str) -> str | None:
    """Return why *name* cannot be a plugin's name, or ``None`` when it can."""
    if len(name) > _NAME_LIMIT or not _NAME.fullmatch(name):
        return f"{name!r} is not a plugin name: lower-case words joined by _, at most {_NAME_LIMIT} characters"
    if name in RESERVED:
        return f"{name!r} is reserved for the core"
    return None


def read_manifest(path: Path, *, plugin: str) -> Manifest:
    """Return the manifest in *path*; raises ``PluginError`` that names *plugin*, the file and the key."""
    try:
        if path.stat().st_size > _SIZE_LIMIT:
            raise PluginError(plugin, f"{path}: larger than {_SIZE_LIMIT} bytes")
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise PluginError(plugin, f"{path}: cannot be read: {error.strerror or error}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PluginError(plugin, f"{path}: not TOML: {error}") from error
    return manifest_from(values, plugin=plugin, source=str(path))


def manifest_from(values: Mapping[str, object], *, plugin: str, source: str) -> Manifest:
    """Return the manifest that *values* describe; raises ``PluginError`` that names *source* and the key."""

    def refuse(key: str, problem: str) -> PluginError:
        return PluginError(plugin, f"{source}: {key}: {problem}")

    for key in values:
        if key not in _TEXTS and key not in _LISTS:
            raise refuse(key, f"unknown key; known are {', '.join((*_TEXTS, *_LISTS))}")
    for key in _NEEDED:
        if key not in values:
            raise refuse(key, "is missing")
    texts = {key: _text(key, values[key], refuse) for key in _TEXTS if key in values}
    lists = {key: _list(key, values[key], refuse) for key in _LISTS if key in values}
    manifest = Manifest(
        name=texts["name"],
        summary=texts["summary"],
        api=texts["api"],
        adds=lists.get("adds", ()),
        requires=lists.get("requires", ()),
        uses=lists.get("uses", ()),
        requires_core_revision=texts.get("requires_core_revision"),
    )
    check_manifest(manifest, source=source)
    return manifest


def check_manifest(manifest: Manifest, *, source: str) -> None:
    """Raise ``PluginError`` where the values of *manifest* break a rule."""

    def refuse(key: str, problem: str) -> PluginError:
        return PluginError(manifest.name, f"{source}: {key}: {problem}")

    problem = name_problem(manifest.name)
    if problem:
        raise refuse("name", problem)
    if len(manifest.summary) > _SUMMARY_LIMIT:
        raise refuse("summary", f"longer than {_SUMMARY_LIMIT} characters")
    try:
        SpecifierSet(manifest.api)
    except InvalidSpecifier as error:
        raise refuse("api", f"{manifest.api!r} is not a version specifier such as '>=1.0,<2'") from error
    unknown = sorted(set(manifest.adds) - ADDS)
    if unknown:
        raise refuse("adds", f"unknown word {unknown[0]!r}; known are {', '.join(sorted(ADDS))}")
    for key, names in (("requires", manifest.requires), ("uses", manifest.uses)):
        for name in names:
            problem = name_problem(name)
            if problem or name == manifest.name:
                raise refuse(key, problem or "a plugin cannot name itself")
    both = sorted(set(manifest.requires) & set(manifest.uses))
    if both:
        raise refuse("uses", f"{both[0]!r} stands in requires already")


def _text(key: str, value: object, refuse: _Refuse) -> str:
    if not isinstance(value, str) or not value.strip():
        raise refuse(key, f"must be a text, not {value!r}")
    return value.strip()


def _list(key: str, value: object, refuse: _Refuse) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
        raise refuse(key, f"must be a list of texts, not {value!r}")
    if len(set(value)) != len(value):
        raise refuse(key, "says the same thing twice")
    return tuple(value)
