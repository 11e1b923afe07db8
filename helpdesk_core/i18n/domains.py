"""Whose words a template speaks: a plugin's own catalog first, then the core's.

A catalog made of all of them would let one plugin's word replace another's. So the words in ``<plugin>/...`` templates
are looked up under names of their own, which the environment writes into them while it reads them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from babel.support import NullTranslations
from flask import Flask
from flask.sansio.app import App
from flask.templating import Environment
from flask_babel import Domain
from jinja2 import nodes

from helpdesk_core.i18n.locale import Words

#: What a template calls, and what is really called.
_CALLS: Final = {name: name for name in ("gettext", "ngettext", "pgettext", "npgettext")} | {"_": "gettext"}


class DomainEnvironment(Environment):
    """Jinja's environment, with the words of each plugin's templates in the plugin's own catalog."""

    def __init__(self, app: App, **options: Any) -> None:
        self.domains: set[str] = set()
        super().__init__(app, **options)

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        owner = (name or "").partition("/")[0]
        if owner in self.domains:
            for node in tree.find_all(nodes.Name):
                if node.ctx == "load" and node.name in _CALLS:
                    node.name = _named(_CALLS[node.name], owner)
        return tree


def add_domains(app: Flask, folders: Mapping[str, Path]) -> None:
    """Let the templates of each plugin in *folders* speak its own catalogs, which stand in the folder."""
    environment: Any = app.jinja_env
    core = {name: environment.globals[name] for name in ("gettext", "ngettext", "pgettext", "npgettext")}
    plain = Words()
    for owner, folder in folders.items():
        words = Words(translation_directories=[str(folder)], domain=owner)
        environment.install_gettext_callables(
            gettext=_first(words, plain, "ugettext"),
            ngettext=_first(words, plain, "ungettext"),
            pgettext=_first(words, plain, "upgettext"),
            npgettext=_first(words, plain, "unpgettext"),
            newstyle=True,
        )
        environment.globals.update({_named(name, owner): environment.globals[name] for name in core})
        environment.globals.update(core)
        environment.domains.add(owner)


def _first(own: Domain, core: Domain, method: str) -> Callable[..., str]:
    """Ask the plugin's catalog, and the core's where that has nothing to say."""

    def ask(*texts: Any) -> str:
        found: str = getattr(own.get_translations(), method)(*texts)
        untouched = getattr(_NOTHING, method)(*texts)
        return found if found != untouched else str(getattr(core.get_translations(), method)(*texts))

    return ask


_NOTHING: Final = NullTranslations()


def _named(call: str, owner: str) -> str:
    return f"{call}__{owner}"
