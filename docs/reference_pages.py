"""Write the reference: ``python -m docs.reference_pages`` renews the pages in ``docs/reference/`` and the lock file."""

from __future__ import annotations

import dataclasses
import inspect
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final

import click

from docs.contract_facts import ROOT, Hook, app, commands, hooks, lock, permissions, plugins_naming, shape
from docs.testing_page import testing_page
from helpdesk_core import toolkit
from helpdesk_core.config import CONFIGURATION
from helpdesk_core.contract.markers import HookKind
from helpdesk_core.contract.specs import EventSpec
from helpdesk_core.events.catalog import CORE_EVENTS
from helpdesk_core.plugins.settings import describe_settings
from helpdesk_core.settings.registry import CORE_SETTINGS
from helpdesk_core.ui.slots import SLOTS

LOCK: Final = ROOT / "contract.lock.json"
REFERENCE: Final = ROOT / "docs" / "reference"
_LINE: Final = 120
_MADE: Final = "<!-- Written by `make docs` from the code: edit the docstrings there, not this page. -->\n"
_KINDS: Final[Mapping[str, tuple[str, str]]] = {
    HookKind.REGISTER.value: ("register", "once at start; a failure takes the plugin out of service and says so"),
    HookKind.TAKE_PART.value: ("take part", "inside the transaction; a failure rolls it back and names the plugin"),
    HookKind.CONTRIBUTE.value: ("contribute", "at read time; a failure is logged, counted and left out"),
    HookKind.POLICY.value: ("policy", "about access; a failure is a denial"),
    HookKind.FIRST_RESULT.value: ("first result", "the first answer counts; a failure is logged and skipped"),
}


def pages() -> dict[Path, str]:
    """Every generated file with its text."""
    made: dict[str, Callable[[], str]] = {
        "toolkit": _toolkit,
        "hooks": _hooks,
        "slots": _slots,
        "events": _events,
        "permissions": _permissions,
        "settings": _settings,
        "commands": _commands,
        "testing": partial(testing_page, _table),
    }
    texts = {REFERENCE / f"{name}.md": _MADE + write() for name, write in made.items()}
    texts[LOCK] = json.dumps(lock(), indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    return texts


def main() -> None:
    """Write what differs."""
    for path, text in pages().items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            click.echo(f"written: {path.relative_to(ROOT)}")


def _toolkit() -> str:
    text = (
        "# Toolkit\n\n`from helpdesk_core.toolkit import ...`: everything a plugin may use of the core. Within a major "
        "version of the API names are added, never renamed or removed without a warning for two minor versions.\n\n"
    )
    functions, classes, values = [], [], []
    for name in sorted(toolkit.__all__):
        thing = getattr(toolkit, name)
        about = _plain((inspect.getdoc(thing) or "").split("\n\n")[0]) if callable(thing) else ""
        if inspect.isfunction(thing):
            functions.append((f"`{name}{shape(thing)}`", about))
        elif isinstance(thing, type):
            fields = (
                _codes(field.name for field in dataclasses.fields(thing)) if dataclasses.is_dataclass(thing) else ""
            )
            classes.append((f"`{name}`", about, fields))
        else:
            values.append((f"`{name}`",))
    text += "## Functions\n\n" + _table(("function", "meaning"), functions)
    text += "\n## Types\n\n" + _table(("type", "meaning", "fields"), classes)
    return text + "\n## Values\n\n" + _table(("value",), values)


def _hooks() -> str:
    parts = [
        "# Hooks\n\nWhat a plugin may answer, room by room. Ask only for the arguments you need; give none a default.\n"
    ]
    parts += [f"- **{kind}**: {text}" for kind, text in _KINDS.values()]
    room = ""
    for hook in hooks():
        if hook.room != room:
            room = hook.room
            parts.append(f"\n## {room.capitalize()}")
        parts.append(f"\n### `{hook.name}`\n")
        parts.append(f"```python\n@hookimpl\n{_signature(hook)}\n```\n")
        parts.append(f"*{_KINDS[hook.kind][0].capitalize()}, since {hook.since}.*\n\n{hook.text}\n")
        parts.append(f"- called by: {_codes(hook.callers)}")
        parts.append(f"- used by: {_codes(hook.plugins) or 'no plugin of this repository yet'}")
    return "\n".join(parts) + "\n"


def _signature(hook: Hook) -> str:
    """How a plugin writes the hook, broken as the formatter breaks a long line."""
    arguments = ", ".join(("self", *(f"{name}: {kind}" for name, kind in hook.parameters.items())))
    line = f"def {hook.name}({arguments}) -> {hook.returns}: ..."
    return line if len(line) <= _LINE else f"def {hook.name}(\n    {arguments}\n) -> {hook.returns}: ..."


def _slots() -> str:
    rows = [
        (f"`{slot.name}`", slot.text, _codes(slot.context), slot.since, _codes(plugins_naming(f'slot="{slot.name}"')))
        for slot in SLOTS.values()
    ]
    return (
        "# Slots\n\nNamed places of the core's pages. Return a `SlotFill` from `helpdesk_register_slots`; its `load` "
        "is called with the context, by name.\n\n" + _table(("slot", "where", "context", "since", "used by"), rows)
    )


def _events() -> str:
    declared = (*CORE_EVENTS, *app().extensions["helpdesk"].registry.all(EventSpec))
    rows = [
        (f"`{one.name}`", one.text, one.subject, _codes(one.fields), "yes" if one.customer else "no")
        for one in declared
    ]
    return (
        "# Events\n\nWhat the journal records, in the transaction of the change. `record()` refuses any other name; a "
        "plugin declares its own with `helpdesk_register_events`.\n\n"
        + _table(("event", "when", "subject", "before and after hold", "customers may be told"), rows)
    )


def _permissions() -> str:
    rows = [
        (f"`{one.name}`", str(one.label), "one row at a time" if one.has_row else "as a whole", str(one.description))
        for one in permissions()
    ]
    return (
        "# Permissions\n\nRights are `scope:resource:action`. Roles grant them, a plugin's scope and decisions narrow "
        "or widen them, a denial wins.\n\n" + _table(("permission", "label", "asked about", "meaning"), rows)
    )


def _settings() -> str:
    site = [(f"`{one.key}`", one.kind.__name__, f"`{one.default}`", str(one.label)) for one in CORE_SETTINGS]
    environment = [
        (f"`{name}`", f"`{default}`" if default not in (None, "") else "", text)
        for name, (default, text) in CONFIGURATION.items()
    ]
    text = "# Settings\n\n## Of the site\n\nChanged in the browser under Settings; live in every process at once.\n\n"
    text += _table(("setting", "type", "default", "meaning"), site)
    text += "\n## Of the installation\n\nBy environment, or in a TOML file.\n\n"
    text += _table(("variable", "default", "meaning"), environment)
    for plugin in app().extensions["helpdesk"].plugins.values():
        if plugin.instance.settings is not None:
            fields = describe_settings(plugin.instance.settings, plugin=plugin.name)
            text += f"\n## Of the plugin `{plugin.name}`\n\n"
            text += _table(
                ("setting", "default", "meaning"), [(f"`{one.name}`", f"`{one.default}`", one.help) for one in fields]
            )
    return text


def _commands() -> str:
    text = (
        "# Commands\n\nEvery command ends with 0 (done), 1 (refused, with the reason), 2 (wrong usage) or 75 (busy: "
        "try again later). With `--json` the last line printed is JSON.\n"
    )
    for path, one in commands():
        if isinstance(one, click.Group):
            continue
        context = click.Context(one)
        usage = " ".join(each.make_metavar(context) for each in one.params if isinstance(each, click.Argument))
        text += f"\n## `{' '.join(filter(None, (path, usage)))}`\n\n{_plain(one.help)}\n"
        options = [
            (f"`{', '.join(option.opts)}`", _plain(option.help))
            for option in one.params
            if isinstance(option, click.Option)
        ]
        if options:
            text += "\n" + _table(("option", "meaning"), options)
    return text


def _plain(text: str | None) -> str:
    return " ".join((text or "").replace("\b", "").split())


def _codes(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines) + "\n"


if __name__ == "__main__":
    main()
