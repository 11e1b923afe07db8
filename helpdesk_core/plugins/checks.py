"""What must hold before a plugin may take part; each check raises ``PluginError`` with the plugin and the cause."""

import inspect
from collections.abc import Iterable
from difflib import get_close_matches

import pluggy
from flask import Flask
from packaging.specifiers import SpecifierSet

from helpdesk_core.contract.errors import PluginError
from helpdesk_core.contract.markers import HOOK_PREFIX, PROJECT_NAME, rule_of
from helpdesk_core.contract.plugin import Manifest, Plugin
from helpdesk_core.contract.specs import BlueprintSpec
from helpdesk_core.contract.version import API_VERSION
from helpdesk_core.db.base import CORE, metadata
from helpdesk_core.plugins.registry import blueprint_prefix


def check_name(name: str, others: Iterable[str]) -> None:
    """Raise ``PluginError`` where tables of *name* could be taken for somebody else's."""
    for other in others:
        if name.startswith(f"{other}_"):
            raise PluginError(name, f"the name begins with that of plugin {other}, so their tables would mix")
    for table in metadata.tables.values():
        if table.info.get("owner") == CORE and (table.name == name or table.name.startswith(f"{name}_")):
            raise PluginError(name, f"the name is taken by the core's table {table.name}")


def check_api(manifest: Manifest) -> None:
    """Raise ``PluginError`` where the plugin is made for another version of the contract."""
    if API_VERSION not in SpecifierSet(manifest.api):
        raise PluginError(manifest.name, f"is made for api {manifest.api}, but this core offers {API_VERSION}")


def check_hookspecs(plugin: Plugin) -> None:
    """Raise ``PluginError`` where a hook that *plugin* offers does not carry its name, or is not marked."""
    prefix = f"{HOOK_PREFIX}{plugin.name}_"
    offered = [
        (name, function)
        for name, function in vars(plugin.hookspecs).items()
        if hasattr(function, f"{PROJECT_NAME}_spec")
    ]
    if not offered:
        raise PluginError(plugin.name, "its module of hooks marks none: use @contribute of the toolkit")
    for name, function in offered:
        if not name.startswith(prefix):
            raise PluginError(plugin.name, f"{name}: the hooks that it offers begin with {prefix}")
        if rule_of(function) is None:
            raise PluginError(plugin.name, f"{name} has no kind: use @contribute of the toolkit")


def check_implementations(pm: pluggy.PluginManager, plugin: Plugin) -> None:
    """Raise ``PluginError`` for what pluggy would accept and then never call, or call in a way we do not."""
    known = [name for name in vars(pm.hook) if name.startswith(HOOK_PREFIX)]
    for name in dir(type(plugin)):
        function = inspect.getattr_static(type(plugin), name)
        if isinstance(function, staticmethod | classmethod):
            function = function.__func__
        options = getattr(function, f"{PROJECT_NAME}_impl", None)
        if options is None:
            if name.startswith(HOOK_PREFIX):
                raise PluginError(plugin.name, f"{name} looks like a hook, but is not marked @hookimpl")
            continue
        hook = options.get("specname") or name
        if hook not in known and options.get("optionalhook"):
            continue  # of a plugin that is not there
        if hook not in known:
            guess = get_close_matches(hook, known, n=1)
            hint = f"; did you mean {guess[0]}?" if guess else ""
            raise PluginError(plugin.name, f"there is no hook {hook}{hint}")
        if options.get("wrapper") or options.get("hookwrapper"):
            raise PluginError(plugin.name, f"{hook}: wrappers are not supported, for each plugin is called by itself")
        for parameter in inspect.signature(function).parameters.values():
            if parameter.default is not parameter.empty:
                raise PluginError(plugin.name, f"{hook}: argument {parameter.name} has a default value; ask for it")
            if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
                raise PluginError(plugin.name, f"{hook}: name the arguments instead of *{parameter.name}")


def check_mount(app: Flask, plugin: str, spec: BlueprintSpec) -> None:
    """Raise ``PluginError`` where the blueprint would collide with what *app* serves already, or is broken itself."""
    prefix = blueprint_prefix(plugin, spec)
    if spec.blueprint.name in app.blueprints:
        raise PluginError(plugin, f"blueprint {spec.blueprint.name}: the name is taken")
    for rule in app.url_map.iter_rules():
        if rule.rule == prefix or rule.rule.startswith(f"{prefix}/"):
            raise PluginError(plugin, f"blueprint {spec.blueprint.name}: {prefix} is taken by {rule.endpoint}")
    # Flask stops half-way when one rule is wrong; a probe takes that fault, so that the app gets all or nothing.
    Flask("helpdesk_probe", static_folder=None).register_blueprint(spec.blueprint, url_prefix=prefix)
