"""Catalogs that say everything, and documents that name everything."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import click
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from helpdesk_core.contract.specs import (
    CliGroup,
    EventSpec,
    JobSpec,
    ListenerSpec,
    Permission,
    RoleSpec,
    SlotFill,
    StatusSpec,
    SubscriberSpec,
)
from helpdesk_core.plugins.settings import describe_settings
from helpdesk_core.testing.conformance.stage import Stage

_KEYWORDS: Final[dict[str, Any]] = {
    "_": None, "_l": None, "_n": (1, 2), "gettext": None, "lazy_gettext": None, "ngettext": (1, 2),
    "lazy_ngettext": (1, 2), "pgettext": ((1, "c"), 2), "lazy_pgettext": ((1, "c"), 2), "npgettext": ((1, "c"), 2, 3),
}  # fmt: skip
_PLACE: Final = re.compile(r"%\((\w+)\)[sd]")


def catalogs_are_complete(stage: Stage) -> Iterator[str]:
    """Each language that the plugin comes in knows every word of it, with the same places for values."""
    folder = stage.directory / "translations"
    files = sorted(folder.rglob("*.po")) if folder.is_dir() else []
    used = _used(stage.directory) if files else set()
    for path in files:
        name = path.relative_to(stage.directory).as_posix()
        if path.stem != stage.name:
            yield f"{name}: is not loaded. Name the catalog {stage.name}.po: the domain is the plugin's name."
            continue
        with path.open("rb") as file:
            catalog = read_po(file)
        for message in sorted(used - _known(catalog)):
            yield f"{name}: has no word for “{message}”. Run pybabel extract and pybabel update, then translate it."
        yield from (f"{name}: {fault}" for fault in _faults(catalog))


def _used(directory: Path) -> set[str]:
    methods = [("migrations/**", "ignore"), ("**.py", "python"), ("templates/**.html", "jinja2.ext:babel_extract")]
    methods += [("templates/**.txt", "jinja2.ext:babel_extract")]
    found = extract_from_dir(directory, method_map=methods, keywords=_KEYWORDS)
    return {message[2] if isinstance(message[2], str) else message[2][0] for message in found}


def _known(catalog: Catalog) -> set[str]:
    return {_first(message.id) for message in catalog if message.id}


def _first(text: Any) -> str:
    return str(text if isinstance(text, str) else text[0])


def _faults(catalog: Catalog) -> Iterator[str]:
    for message in catalog:
        if not message.id:
            continue
        texts = [message.string] if isinstance(message.string, str) else list(message.string or ())
        if message.fuzzy:
            yield f"“{_first(message.id)}” is marked fuzzy and therefore not used. Check it and take the mark away."
        elif not all(texts) or not texts:
            yield f"“{_first(message.id)}” is not translated. Write its msgstr."
        else:
            places = set(_PLACE.findall(" ".join([message.id] if isinstance(message.id, str) else list(message.id))))
            for text in texts:
                if set(_PLACE.findall(text)) - places:
                    yield f"“{_first(message.id)}” is translated with a place that is never filled: “{text}”."


def everything_is_documented(stage: Stage) -> Iterator[str]:
    """README or docs name every hook, slot, event, permission, role, status, setting and command of the plugin."""
    text = stage.documents
    if not text.strip():
        yield "There is no README.md beside setup.cfg. Say in it what the plugin adds, and name each of its parts."
        return
    for kind, name in sorted(set(_names(stage))):
        if not re.search(rf"(?<![\w.:-]){re.escape(name)}(?![\w:-])", text):
            yield f"README.md and docs/ do not name the {kind} {name}. Add a line that says what it is for."


def _names(stage: Stage) -> Iterator[tuple[str, str]]:
    for hook in stage.implemented():
        yield "hook", hook
    for spec in stage.registered():
        match spec:
            case SlotFill():
                yield "slot", spec.slot
            case EventSpec():
                yield "event", spec.name
            case JobSpec():
                yield "job", spec.name
            case SubscriberSpec():
                yield "subscriber", spec.name
            case ListenerSpec():
                yield "listener", spec.name
            case Permission():
                yield "permission", spec.name
            case RoleSpec():
                yield "role", spec.key
            case StatusSpec():
                yield "status", spec.key
            case CliGroup():
                yield from (("command", name) for name in _commands(spec.group))
    settings = stage.loaded.instance.settings
    if settings is not None:
        for field in describe_settings(settings, plugin=stage.name):
            yield "setting", field.name


def _commands(group: click.Group) -> Iterator[str]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from _commands(command)
        else:
            yield name


def settings_say_what_they_are_for(stage: Stage) -> Iterator[str]:
    """Each setting has a help text, and a secret is a ``Secret``."""
    settings = stage.loaded.instance.settings
    if settings is None:
        return
    for field in describe_settings(settings, plugin=stage.name):
        if not field.help:
            yield f'setting {field.name}: has no help text for the administrator. Write setting(default, help="...").'
        if not field.secret and re.search(r"(?:^|_)(password|secret|token|api_?key|private_key)s?(?:_|$)", field.name):
            yield (
                f"setting {field.name}: would be stored and shown in clear. Declare it as `{field.name}: Secret = "
                "setting(Secret(), help=...)`: the value is then a reference such as env:NAME."
            )
