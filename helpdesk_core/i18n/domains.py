"""Whose words a template speaks: a plugin's own catalog first, then the core's.

A catalog made of all of them would let one plugin's word replace another's. So the words in ``<plugin>/...`` templates
are looked up under names of their own, which the environment writes into them while it reads them.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from flask import Flask, current_app
from flask.sansio.app import App
from flask.templating import Environment
from flask_babel import get_babel
from jinja2 import nodes

from helpdesk_core.i18n.layers import CORE
from helpdesk_core.i18n.locale import Words
from helpdesk_core.i18n.templates import CALLS, calls_of

#: What a template calls, and what is really called.
_CALLS: Final = {name: name for name in CALLS} | {"_": "gettext"}
_EXTENSION: Final = "helpdesk_words"


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
    core = get_babel(app).instance.domain_instance
    for owner, folder in folders.items():
        own = Words([str(folder)], domain=owner)
        environment.globals.update({_named(name, owner): call for name, call in calls_of([own, core]).items()})
        environment.domains.add(owner)
        app.extensions.setdefault(_EXTENSION, {})[owner] = own


def words_of(owner: str) -> Words:
    """The words of the core (``core``) or of a plugin; the core's where that has none of its own."""
    core: Words = get_babel().instance.domain_instance
    found: Words = current_app.extensions.get(_EXTENSION, {}).get(owner, core)
    return found


def domains() -> tuple[str, ...]:
    """Whose words there are: the core's, then those of each plugin that has a catalog."""
    return (CORE, *sorted(current_app.extensions.get(_EXTENSION, {})))


def _named(call: str, owner: str) -> str:
    return f"{call}__{owner}"
