"""Which chains of migrations there are, in the order in which they run; the runner is ``helpdesk_core.db.migrate``."""

from collections.abc import Mapping
from pathlib import Path

import helpdesk_core
from helpdesk_core.contract.plugin import LoadedPlugin
from helpdesk_core.contract.specs import Lineage

CORE_LINEAGE = "core"


def core_lineage() -> Lineage:
    """Return the core's own lineage."""
    return Lineage(name=CORE_LINEAGE, directory=Path(helpdesk_core.__file__).resolve().parent / "migrations")


def lineages(plugins: Mapping[str, LoadedPlugin]) -> list[Lineage]:
    """Return the core's lineage and one for each of *plugins* that has a ``migrations`` folder, in load order."""
    found = [core_lineage()]
    owners = {name for name, plugin in plugins.items() if plugin.folder("migrations")}
    for name, plugin in plugins.items():
        folder = plugin.folder("migrations")
        if folder is None:
            continue
        found.append(
            Lineage(
                name=name,
                directory=folder,
                requires=(CORE_LINEAGE, *(other for other in plugin.manifest.requires if other in owners)),
                requires_core_revision=plugin.manifest.requires_core_revision,
            )
        )
    return found
