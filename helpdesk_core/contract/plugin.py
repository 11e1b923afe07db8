"""What a plugin is: a manifest that can be read without importing it, and one class."""

from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, ClassVar, Final

from helpdesk_core.contract.actor import Actor

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

MANIFEST_NAME: Final = "helpdesk-plugin.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What ``helpdesk-plugin.toml`` says: enough to show and order a plugin that was never imported.

    ``api`` is a version specifier for the contract, such as ``>=1.0,<2``. ``requires`` are plugins it cannot be
    without; ``uses`` are plugins it takes into account when they are there. ``requires_core_revision`` is the core
    migration its own migrations build on.
    """

    name: str
    summary: str
    api: str
    adds: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    requires_core_revision: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginContext:
    """What the life-cycle methods are called with; the caller commits *session*."""

    name: str
    session: "Session"
    actor: Actor
    settings: Any


class Plugin:
    """Base of every plugin class; hook implementations are its methods marked ``@hookimpl``.

    One instance serves one app, and several threads: keep no state of a request on it. What concerns this plugin
    alone is a method here; what many plugins may answer is a hook.
    """

    #: The same as in the manifest; everything the plugin owns carries it.
    name: ClassVar[str]
    #: A frozen dataclass whose fields all have defaults, or ``None``.
    settings: ClassVar[type[Any] | None] = None
    #: A module with hooks that this plugin offers to others; their names begin with ``helpdesk_<plugin>_``.
    hookspecs: ClassVar[ModuleType | None] = None
    #: Only for a plugin handed to ``create_app`` directly; an installed one has a file.
    manifest: ClassVar[Manifest | None] = None

    def on_enable(self, ctx: PluginContext) -> None:
        """Prepare data when the plugin is enabled; raising leaves it disabled."""

    def on_disable(self, ctx: PluginContext) -> None:
        """Stop what runs when the plugin is disabled; its data stays."""

    def on_purge(self, ctx: PluginContext) -> None:
        """Remove what no migration removes (files, foreign systems) before the plugin's tables go."""

    def on_demo(self, ctx: PluginContext) -> None:
        """Add to the demonstration, once, after the core's people and tickets; ``ctx.actor`` is its administrator."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedPlugin:
    """A plugin that runs in one app: its manifest, instance, settings and the folder its files stand in."""

    manifest: Manifest
    instance: Plugin
    directory: Path
    settings: Any = None

    @property
    def name(self) -> str:
        """The plugin's name."""
        return self.manifest.name

    def folder(self, name: str) -> Path | None:
        """Return the folder *name* (``templates``, ``static``, ``migrations``, ``translations``) where there is one."""
        found = self.directory / name
        return found if found.is_dir() else None
