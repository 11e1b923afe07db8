"""What the checks look at: the plugin's files, and an application in which it runs with people and tickets."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from flask import Flask
from sqlalchemy.orm import Session

from helpdesk_core.contract.errors import PluginError
from helpdesk_core.contract.plugin import LoadedPlugin, Manifest
from helpdesk_core.plugins.calls import Runtime
from helpdesk_core.plugins.discovery import Candidate, discover
from helpdesk_core.plugins.lifecycle import enable
from helpdesk_core.testing.apps import Site, dispose, make_app, open_site, server_url
from helpdesk_core.testing.conformance.filling import fill_tables
from helpdesk_core.testing.desk import Desk, build_desk
from helpdesk_core.testing.source_rules import Source, sources


class Fill(Protocol):
    """Adds *count* rows to each table of the plugin, tied to *tickets* in turn."""

    def __call__(self, session: Session, tickets: Sequence[int], count: int) -> None: ...


#: Words that only one kind of reader may meet; the crawl looks for them everywhere else (T-00, T-11).
INTERNAL_CANARY = "canary-internal-7f3a"
FOREIGN_CANARY = "canary-foreign-91bd"


@dataclass(slots=True)
class Running:
    """The plugin in an application that was used: the desk, a ticket of the customer and one of somebody else."""

    site: Site
    desk: Desk
    own_ticket: int
    foreign_ticket: int
    tickets: list[int] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)

    @property
    def app(self) -> Flask:
        """The application."""
        return self.site.app


class Stage:
    """One plugin under test; what is expensive is made once, when a check first asks for it."""

    def __init__(self, plugin: str, *, fill: Fill | None = None, public_pages: frozenset[str] = frozenset()) -> None:
        self.name = plugin
        self.public_pages = public_pages
        self._fill = fill
        self._stack = ExitStack()
        self._running: Running | None = None

    def close(self) -> None:
        """Drop the databases that were made."""
        self._stack.close()

    # --- files ---

    @cached_property
    def candidate(self) -> Candidate:
        """The installed plugin; raises ``PluginError`` where there is none of that name, or a broken one."""
        found = [one for one in discover() if one.name == self.name]
        if not found:
            raise PluginError(self.name, "is not installed: run `pip install --editable .` in its folder")
        if len(found) > 1:
            raise PluginError(self.name, f"is installed twice: {', '.join(one.origin for one in found)}")
        if found[0].problem is not None:
            raise found[0].problem
        return found[0]

    @property
    def manifest(self) -> Manifest:
        """What ``helpdesk-plugin.toml`` says."""
        if self.candidate.manifest is None:
            raise PluginError(self.name, "has no manifest: write helpdesk-plugin.toml into its package")
        return self.candidate.manifest

    @property
    def directory(self) -> Path:
        """The folder of the plugin's package."""
        if self.candidate.directory is None:
            raise PluginError(self.name, "has no package folder")
        return self.candidate.directory

    @property
    def package(self) -> str:
        """The name of the plugin's package."""
        return self.directory.name

    def sources(self, *endings: str) -> list[Source]:
        """The package's files with one of *endings*, by their path from the folder around it."""
        return sources(self.directory, *endings, root=self.directory.parent)

    @cached_property
    def documents(self) -> str:
        """README and docs of the distribution as one text."""
        root = self.directory.parent
        files = [path for path in (root / "README.md", root / "README.rst") if path.is_file()]
        files += sorted((root / "docs").rglob("*.md")) if (root / "docs").is_dir() else []
        texts = [path.read_text(encoding="utf-8") for path in files]
        return "\n".join(texts) if texts else self._long_description()

    def _long_description(self) -> str:
        from importlib import metadata

        for entry in metadata.entry_points(group="helpdesk.plugins", name=self.name):
            if entry.dist is not None:
                return str(entry.dist.metadata.json.get("description", ""))
        return ""

    # --- applications ---

    def plugins(self) -> tuple[str, ...]:
        """The plugin with what it requires, nothing else."""
        manifests = {one.name: one.manifest for one in discover() if one.manifest is not None}
        wanted: list[str] = []

        def add(name: str) -> None:
            if name not in wanted:
                for other in manifests[name].requires if name in manifests else ():
                    add(other)
                wanted.append(name)

        add(self.name)
        return tuple(wanted)

    @cached_property
    def app(self) -> Flask:
        """The application with the plugin, its database empty; enough to look at what was registered."""
        return self.app_without_tables(*self.plugins())

    def app_without_tables(self, *plugins: str) -> Flask:
        """A new application with *plugins* on a database that holds nothing yet."""
        folder = self._folder()
        app = make_app(f"sqlite:///{folder / 'empty.db'}", folder, plugins=plugins)
        self._stack.callback(dispose, app)
        return app

    @property
    def runtime(self) -> Runtime:
        """The plugins of ``app``."""
        runtime: Runtime = self.app.extensions["helpdesk"]
        return runtime

    @property
    def loaded(self) -> LoadedPlugin:
        """The plugin as it runs in ``app``."""
        return self.runtime.plugins[self.name]

    def registered(self) -> tuple[Any, ...]:
        """Every spec that the plugin registered."""
        return self.runtime.registry.of_plugin(self.name)

    def implemented(self) -> Mapping[str, Any]:
        """The hooks that the plugin implements, by name."""
        return {call.name: call for call in self.runtime.hooks if self.name in call.plugins}

    def site(self, *, plugins: Sequence[str] | None = None, migrated: bool = True) -> Site:
        """A new application on a database of its own; without *plugins*, the plugin and what it requires."""
        chosen = self.plugins() if plugins is None else plugins
        opened = open_site(self._folder(), plugins=chosen, server=server_url(), migrated=migrated)
        return self._stack.enter_context(opened)

    def beside(self, site: Site, *plugins: str) -> Flask:
        """Another application on the database of *site*, with the plugins that are enabled there and *plugins*."""
        app = make_app(site.url, self._folder(), plugins=plugins)
        self._stack.callback(dispose, app)
        return app

    def fill(self, session: Session, tickets: Sequence[int], count: int) -> None:
        """Add *count* rows to each table of the plugin, tied to *tickets* in turn."""
        if self._fill is not None:
            self._fill(session, tickets, count)
        else:
            fill_tables(session, self.name, tickets, count)

    @property
    def running(self) -> Running:
        """The plugin at work: tickets were made, changed and answered while it was there."""
        if self._running is None:
            self._running = self.put_to_work(self.enabled_site())
        return self._running

    def enabled_site(self) -> Site:
        """A new application in which the plugin was enabled, as an administrator would do it."""
        return self.enable_on(self.site(plugins=()))

    def enable_on(self, site: Site) -> Site:
        """*site* after the plugin, and before it what it requires, was enabled there."""
        for name in self.plugins():
            if name not in site.app.extensions["helpdesk"].plugins:
                enable(site.app, name)
                dispose(site.app)
                site.app = self.beside(site)
        return site

    def put_to_work(self, site: Site) -> Running:
        """A day's work in *site*, and rows in the plugin's tables."""
        from helpdesk_core.testing.conformance.working import work

        with site.app.app_context():
            return work(self, site, build_desk())

    def _folder(self) -> Path:
        return Path(self._stack.enter_context(_temporary()))


@contextmanager
def _temporary() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="helpdesk-", ignore_cleanup_errors=True) as folder:
        yield folder
