"""Loading: alone and beside all others, telling the truth about itself, without a side effect."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Final

from helpdesk_core.access.permissions import CORE_PERMISSIONS
from helpdesk_core.contract.errors import PluginError
from helpdesk_core.contract.specs import BlueprintSpec, NavItem, Permission
from helpdesk_core.plugins.discovery import discover
from helpdesk_core.testing.conformance import probe
from helpdesk_core.testing.conformance.stage import Stage
from helpdesk_core.testing.source_rules import Source
from helpdesk_core.ui.guard import PUBLIC, SIGNED_IN, guard_of

_PERMISSION: Final = re.compile(r"[a-z][a-z0-9_]*:[a-z][a-z0-9_]*:[a-z][a-z0-9_]*")
#: Guards that ask for less than a right of its own.
_EVERYBODYS: Final = frozenset({PUBLIC, SIGNED_IN, "core:desk:use", "core:portal:use"})
_TIME_LIMIT: Final = 60


def loads_alone_and_with_all(stage: Stage) -> Iterator[str]:
    """The plugin loads with nothing but what it requires, and beside every plugin that is installed."""
    try:
        _ = stage.runtime
    except PluginError as error:
        yield f"It does not load: {error.cause}"
        return
    others = [one.name for one in discover() if one.problem is None and one.name not in stage.plugins()]
    if not others:
        return
    try:
        stage.app_without_tables(*stage.plugins(), *others)
    except PluginError as error:
        yield f"It does not load beside {', '.join(others)}: {error.plugin}: {error.cause}"


def the_manifest_tells_the_truth(stage: Stage) -> Iterator[str]:
    """``adds`` names what the plugin registers, no more and no less."""
    real = set(stage.runtime.registry.words(stage.name))
    real |= {"settings"} if stage.loaded.instance.settings is not None else set()
    real |= {"tables"} if stage.loaded.folder("migrations") is not None else set()
    said = set(stage.manifest.adds)
    for word in sorted(real - said):
        yield f'helpdesk-plugin.toml: adds: "{word}" is missing, though the plugin adds some. Add the word.'
    for word in sorted(said - real):
        yield (
            f'helpdesk-plugin.toml: adds: says "{word}", but the plugin adds none. Take the word out, or register them.'
        )


def every_permission_is_registered(stage: Stage) -> Iterator[str]:
    """A right that nobody registered can be granted to nobody."""
    known = {one.name for one in CORE_PERMISSIONS} | {one.name for one in stage.runtime.registry.all(Permission)}
    for source in stage.sources(".py"):
        for node in ast.walk(ast.parse(source.text)):
            if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
                continue
            text = node.value
            if _PERMISSION.fullmatch(text) and text not in known:
                yield (
                    f"{source.path}:{node.lineno}: {text} is not registered, so only an administrator would hold it. "
                    "Return "
                    "Permission(name=...) from helpdesk_register_permissions, or correct the name."
                )


def menus_lead_somewhere(stage: Stage) -> Iterator[str]:
    """A menu entry leads to a page that needs no argument, and is shown to those alone who may open it."""
    for item in stage.registered():
        if not isinstance(item, NavItem):
            continue
        if item.endpoint not in stage.app.view_functions:
            yield (
                f"menu entry {item.key}: there is no page {item.endpoint}, so the entry is never shown. Name the "
                "endpoint "
                "<blueprint>.<function> of a view that is registered."
            )
            continue
        if any(rule.arguments - set(rule.defaults or ()) for rule in stage.app.url_map.iter_rules(item.endpoint)):
            yield f"menu entry {item.key}: {item.endpoint} needs arguments. Lead to a page that needs none."
        guard = guard_of(stage.app, item.endpoint)
        if item.permission is None and guard is not None and guard not in _EVERYBODYS:
            yield (
                f"menu entry {item.key}: is shown to everybody, but the page asks for {guard}. Give the entry "
                f'permission="{guard}".'
            )


def every_route_is_guarded(stage: Stage) -> Iterator[str]:
    """Each page says whom it lets in; a public one stands in ``public_pages`` of the test class."""
    known = {one.name for one in CORE_PERMISSIONS} | {one.name for one in stage.runtime.registry.all(Permission)}
    blueprints = {spec.blueprint.name for spec in stage.registered() if isinstance(spec, BlueprintSpec)}
    for rule in stage.app.url_map.iter_rules():
        if rule.endpoint.partition(".")[0] not in blueprints or rule.endpoint.endswith(".static"):
            continue
        guard = guard_of(stage.app, rule.endpoint)
        if guard is None:
            yield (
                f"{rule.rule} ({rule.endpoint}): says nothing about who may open it, so nobody can. Put "
                '@guarded("<plugin>:<resource>:<action>") on the view.'
            )
        elif guard == PUBLIC and rule.endpoint not in stage.public_pages:
            yield (
                f"{rule.rule} ({rule.endpoint}): is open to the whole world. Guard it, or, where that is meant, name "
                "it in "
                "`public_pages` of the test class."
            )
        elif guard not in (PUBLIC, SIGNED_IN) and guard not in known:
            yield f"{rule.rule} ({rule.endpoint}): asks for {guard}, which is not registered. Register the Permission."


def importing_does_nothing(stage: Stage) -> Iterator[str]:
    """Importing a module opens, writes, starts and changes nothing: that waits for ``helpdesk_setup`` or a command."""
    modules = [_module(source) for source in stage.sources(".py") if "/migrations/" not in source.path]
    command = [sys.executable, probe.__file__, json.dumps({"path": sys.path, "modules": modules})]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=_TIME_LIMIT, check=False)  # noqa: S603
    if ran.returncode != 0:
        yield f"importing fails: {ran.stderr.strip().splitlines()[-1]}"
        return
    for module, what in json.loads(ran.stdout.splitlines()[-1]):
        yield (
            f"importing {module} {what}. Do that inside a function: in helpdesk_setup(app), in a service, or in a "
            "command."
        )


def _module(source: Source) -> str:
    return source.path.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
