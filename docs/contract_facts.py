"""What the public contract is, read from the code: the reference pages and ``contract.lock.json`` are written from it.

``python -m docs.reference_pages`` writes both; tests/docs fails where a file and the code differ.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import re
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

import click
from flask import Flask

from helpdesk_core import create_app, toolkit
from helpdesk_core.access.permissions import CORE_PERMISSIONS
from helpdesk_core.cli import main as command
from helpdesk_core.config import CONFIGURATION
from helpdesk_core.contract import specs
from helpdesk_core.contract.hooks import ROOMS
from helpdesk_core.contract.markers import HookRule, rule_of
from helpdesk_core.contract.specs import Permission
from helpdesk_core.contract.version import API_VERSION
from helpdesk_core.events.catalog import CORE_EVENTS
from helpdesk_core.plugins.discovery import discover
from helpdesk_core.settings.registry import CORE_SETTINGS
from helpdesk_core.ui.slots import SLOTS

ROOT: Final = Path(__file__).resolve().parent.parent
CORE: Final = ROOT / "helpdesk_core"
_SINCE: Final = re.compile(r"\n\s*\.\. versionadded:: (\S+)\s*")
_READS_SPECS: Final = ("all", "owned")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """One hook: where it is declared, what it asks and answers, who calls it and which plugins answer."""

    name: str
    room: str
    kind: str
    parameters: dict[str, str]
    returns: str
    since: str
    text: str
    callers: tuple[str, ...]
    plugins: tuple[str, ...]


@cache
def hooks() -> tuple[Hook, ...]:
    """Every hook, room by room in the order of the source."""
    found = []
    for room in ROOMS:
        for name, function in vars(room).items():
            if name.startswith("helpdesk_") and inspect.isfunction(function):
                found.append(_hook(room.__name__.rpartition(".")[2], name, function))
    return tuple(found)


def _hook(room: str, name: str, function: Callable[..., object]) -> Hook:
    rule = rule_of(function)
    if rule is None:
        raise ValueError(f"{name} has no kind: mark it with one of contract/markers.py")
    signature = inspect.signature(function)
    text = inspect.getdoc(function) or ""
    since = _SINCE.search(text)
    return Hook(
        name=name,
        room=room,
        kind=rule.kind.value,
        parameters={key: _type(one.annotation) for key, one in signature.parameters.items()},
        returns=_type(signature.return_annotation),
        since=since.group(1) if since else "",
        text=_SINCE.sub("", text).strip(),
        callers=_callers(name, rule),
        plugins=plugins_naming(rf"def {name}\("),
    )


def _callers(name: str, rule: HookRule) -> tuple[str, ...]:
    """The functions of the core that call a hook, or that read what a register hook brought."""
    called = {place for place, node in _nodes() if isinstance(node, ast.Attribute) and node.attr == name}
    called |= {
        place for place, node in _nodes() if isinstance(node, ast.Constant) and node.value == name and "." in place
    }
    if rule.kind == "register" and isinstance(rule.item, type):
        called |= {
            place
            for place, node in _nodes()
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in _READS_SPECS
            and node.args
            and isinstance(node.args[0], ast.Name)
            and node.args[0].id == rule.item.__name__
        }
    return tuple(sorted(called))


@cache
def _nodes() -> tuple[tuple[str, ast.AST], ...]:
    """Every call, attribute and constant of the core with the function it stands in; the contract itself left out."""
    found: list[tuple[str, ast.AST]] = []
    for path in sorted(CORE.rglob("*.py")):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        if module.startswith(("helpdesk_core.contract", "helpdesk_core.testing", "helpdesk_core.toolkit")):
            continue
        _walk(ast.parse(path.read_text(encoding="utf-8")), module, found)
    return tuple(found)


def _walk(node: ast.AST, place: str, found: list[tuple[str, ast.AST]]) -> None:
    for child in ast.iter_child_nodes(node):
        inner = place
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            inner = f"{place}.{child.name}"
        elif isinstance(child, (ast.Call, ast.Attribute, ast.Constant)):
            found.append((place, child))
        _walk(child, inner, found)


def _type(annotation: object) -> str:
    if annotation in (None, type(None), "None"):
        return "None"
    text = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
    return re.sub(r"\b(?:\w+\.)+(\w+)", r"\1", text).replace("'", "").replace('"', "")


@cache
def _plugin_sources() -> dict[str, str]:
    """The whole source of each plugin of this repository, its tests left out."""
    sources: dict[str, str] = {}
    for manifest in sorted(ROOT.glob("plugins/*/helpdesk_*/helpdesk-plugin.toml")):
        files = [path for kind in ("*.py", "*.html") for path in sorted(manifest.parent.rglob(kind))]
        sources[manifest.parent.parent.name] = "\n".join(path.read_text(encoding="utf-8") for path in files)
    return sources


def plugins_naming(pattern: str) -> tuple[str, ...]:
    """The plugins of this repository whose source holds *pattern*."""
    expression = re.compile(pattern)
    return tuple(name for name, source in _plugin_sources().items() if expression.search(source))


@cache
def app() -> Flask:
    """The helpdesk with every plugin of this repository; nothing is read from a database."""
    data = tempfile.mkdtemp()
    names = [candidate.name for candidate in discover() if candidate.name in _plugin_sources()]
    return create_app(
        {"TESTING": True, "HELPDESK_DATA_DIR": data, "HELPDESK_PLUGINS": names, "HELPDESK_MAIL_URL": "null://"}
    )


def permissions() -> tuple[Permission, ...]:
    """The rights of the core, then those of the plugins."""
    return (*CORE_PERMISSIONS, *app().extensions["helpdesk"].registry.all(Permission))


def commands() -> Iterator[tuple[str, click.Command]]:
    """Every command as it is typed, the plugins' included."""
    context = click.Context(command, info_name="helpdesk")
    for name in sorted(command.commands):
        yield from _commands(f"helpdesk {name}", command.commands[name], context)
    for row in app().extensions["helpdesk"].registry.all(specs.CliGroup):
        yield from _commands(f"helpdesk {row.group.name}", row.group, context)


def _commands(path: str, one: click.Command, parent: click.Context) -> Iterator[tuple[str, click.Command]]:
    yield path, one
    if isinstance(one, click.Group):
        for name in sorted(one.commands):
            yield from _commands(f"{path} {name}", one.commands[name], parent)


def lock() -> dict[str, Any]:
    """The whole contract without its texts: a change of it is a change of a plugin author's world."""
    return {
        "api": API_VERSION,
        "commands": {
            path: sorted(option for parameter in one.params for option in (parameter.opts or [parameter.name or ""]))
            for path, one in commands()
            if not isinstance(one, click.Group)
        },
        "configuration": sorted(CONFIGURATION),
        "events": {event.name: list(event.fields) for event in CORE_EVENTS},
        "hooks": {
            hook.name: {"kind": hook.kind, "parameters": hook.parameters, "returns": hook.returns, "since": hook.since}
            for hook in hooks()
        },
        "permissions": sorted(permission.name for permission in CORE_PERMISSIONS),
        "settings": {spec.key: spec.kind.__name__ for spec in CORE_SETTINGS},
        "slots": {slot.name: list(slot.context) for slot in SLOTS.values()},
        "specs": {
            name: {field.name: _type(field.type) for field in dataclasses.fields(one)}
            for name, one in sorted(vars(specs).items())
            if isinstance(one, type) and dataclasses.is_dataclass(one)
        },
        "toolkit": {name: shape(getattr(toolkit, name)) for name in sorted(toolkit.__all__)},
    }


def shape(thing: object) -> str:
    """How a name of the toolkit is called: its arguments, or what kind of thing it is."""
    if inspect.isfunction(thing):
        given: list[str] = []
        for name, one in inspect.signature(thing).parameters.items():
            if one.kind is one.KEYWORD_ONLY and "*" not in given:
                given.append("*")
            given.append(name if one.default is one.empty else f"{name}=")
        return f"({', '.join(given)})"
    return "class" if isinstance(thing, type) else "value"
