"""The core and the plugins that run as parts whose catalogs are kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from helpdesk_core.contract.errors import NotFound
from helpdesk_core.contract.specs import StatusSpec
from helpdesk_core.i18n.layers import CORE
from helpdesk_core.i18n.terms import owner_of, registered, shipped
from helpdesk_core.i18n.updating import Part
from helpdesk_core.plugins.calls import current_runtime
from helpdesk_core.wording.inventory import packages


def all_parts() -> list[Part]:
    """The core first, then every plugin that runs."""
    return [Part(domain, package, tuple(_names(domain, package))) for domain, package in packages()]


def part_named(domain: str) -> Part:
    """The core (``core``) or the plugin of that name; raises ``NotFound``."""
    found = next((part for part in all_parts() if part.domain == domain), None)
    if found is None:
        raise NotFound(f"part {domain!r}")
    return found


def _names(domain: str, package: Path) -> Iterator[tuple[str, str, str, str]]:
    """What the part calls its statuses, roles and terms, each known by its key."""
    if domain == CORE:
        for (context, key), text in shipped().items():
            yield context, key, text, f"{package.name}/install.py"
        return
    for (context, key), text in registered().items():
        if owner_of(context, key) == domain:
            yield context, key, text, "plugin.py"
    for spec in current_runtime().registry.all(StatusSpec):
        if owner_of("status", spec.key) == domain:
            yield "status", spec.key, str(spec.label), "plugin.py"
