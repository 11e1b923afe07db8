"""What is installed, from metadata alone: nothing of a plugin is imported here."""

import importlib.util
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Final, cast

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from helpdesk_core.contract.errors import PluginError
from helpdesk_core.contract.plugin import MANIFEST_NAME, Manifest, Plugin
from helpdesk_core.contract.version import API_VERSION
from helpdesk_core.plugins.manifest import check_manifest, read_manifest

ENTRY_POINT_GROUP: Final = "helpdesk.plugins"
CORE_DISTRIBUTION: Final = "helpdesk-core"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A plugin that could be loaded: ``manifest`` is ``None`` and ``problem`` says why where it cannot.

    ``load`` imports the plugin and returns its class or instance; ``directory`` is the folder of its package;
    ``version`` is that of its distribution, empty for a plugin handed over directly.
    """

    name: str
    origin: str
    manifest: Manifest | None
    directory: Path | None
    load: Callable[[], object]
    problem: PluginError | None = None
    version: str = ""


def discover() -> list[Candidate]:
    """Return the installed plugins by name; a broken one is among them with its ``problem``."""
    found = [_installed(entry) for entry in metadata.entry_points(group=ENTRY_POINT_GROUP)]
    return sorted(found, key=lambda candidate: (candidate.name, candidate.origin))


def given(plugins: Sequence[type[Plugin] | Plugin]) -> list[Candidate]:
    """Return candidates for plugin classes or instances handed over directly."""
    return [_handed_over(plugin) for plugin in plugins]


def _installed(entry: metadata.EntryPoint) -> Candidate:
    distribution = entry.dist
    origin = f"{distribution.name} {distribution.version}" if distribution is not None else entry.value
    directory: Path | None = None
    manifest: Manifest | None = None
    problem: PluginError | None = None
    try:
        directory = _package_directory(entry)
        manifest = read_manifest(directory / MANIFEST_NAME, plugin=entry.name)
        if manifest.name != entry.name:
            raise PluginError(
                entry.name,
                f"{directory / MANIFEST_NAME}: name: is {manifest.name!r}, but the entry point says {entry.name!r}",
            )
        _check_core_range(entry.name, distribution)
    except PluginError as error:
        manifest, problem = None, error
    return Candidate(
        name=entry.name,
        origin=origin,
        manifest=manifest,
        directory=directory,
        load=entry.load,
        problem=problem,
        version=distribution.version if distribution is not None else "",
    )


def _package_directory(entry: metadata.EntryPoint) -> Path:
    """Return the folder of the entry point's top package, found by its spec; finding a top package imports nothing."""
    package = entry.module.split(".", 1)[0]
    try:
        spec = importlib.util.find_spec(package)
    except (ImportError, ValueError) as error:
        raise PluginError(entry.name, f"package {package!r} cannot be found: {error}") from error
    if spec is not None and spec.submodule_search_locations:
        return Path(next(iter(spec.submodule_search_locations)))
    for file in (entry.dist.files if entry.dist is not None else None) or ():
        if file.name == MANIFEST_NAME:
            return Path(str(file.locate())).parent
    raise PluginError(entry.name, f"package {package!r} cannot be found, though an entry point names it")


def _check_core_range(plugin: str, distribution: metadata.Distribution | None) -> None:
    """Raise ``PluginError`` where the plugin's distribution asks for another core than this one."""
    try:
        core = metadata.version(CORE_DISTRIBUTION)
    except metadata.PackageNotFoundError:
        return  # run from a source tree: there is no version to compare
    for line in (distribution.requires if distribution is not None else None) or ():
        try:
            wanted = Requirement(line)
        except InvalidRequirement:
            continue
        applies = wanted.marker is None or wanted.marker.evaluate({"extra": ""})
        if not applies or canonicalize_name(wanted.name) != CORE_DISTRIBUTION:
            continue
        if not wanted.specifier.contains(core, prereleases=True):
            raise PluginError(plugin, f"needs {CORE_DISTRIBUTION} {wanted.specifier}, but {core} is installed")


def _handed_over(plugin: type[Plugin] | Plugin) -> Candidate:
    kind = plugin if isinstance(plugin, type) else type(plugin)
    name = cast(str, getattr(kind, "name", kind.__name__))
    origin = f"{kind.__module__}.{kind.__qualname__}"
    directory = _module_directory(kind)
    manifest: Manifest | None = None
    problem: PluginError | None = None
    try:
        manifest = _own_manifest(plugin, name, directory, origin)
    except PluginError as error:
        problem = error
    return Candidate(
        name=name, origin=origin, manifest=manifest, directory=directory, load=lambda: plugin, problem=problem
    )


def _own_manifest(plugin: type[Plugin] | Plugin, name: str, directory: Path, origin: str) -> Manifest:
    if plugin.manifest is not None:
        check_manifest(plugin.manifest, source=origin)
        return plugin.manifest
    if (directory / MANIFEST_NAME).is_file():
        return read_manifest(directory / MANIFEST_NAME, plugin=name)
    summary = (plugin.__doc__ or name).strip().splitlines()[0]
    manifest = Manifest(name=name, summary=summary, api=f"=={API_VERSION}")
    check_manifest(manifest, source=origin)
    return manifest


def _module_directory(kind: type) -> Path:
    module = sys.modules.get(kind.__module__)
    file = getattr(module, "__file__", None)
    return Path(file).resolve().parent if file else Path.cwd()
