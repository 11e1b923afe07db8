"""Which chains of migrations there are, in the order in which they run; the runner is ``helpdesk_core.db.migrate``."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import helpdesk_core
from helpdesk_core.contract.plugin import LoadedPlugin, Manifest
from helpdesk_core.contract.specs import Lineage

CORE_LINEAGE = "core"


def core_lineage() -> Lineage:
    """Return the core's own lineage."""
    return Lineage(name=CORE_LINEAGE, directory=Path(helpdesk_core.__file__).resolve().parent / "migrations")


def lineages(plugins: Mapping[str, LoadedPlugin]) -> list[Lineage]:
    """Return the core's lineage and one for each of *plugins* that has a ``migrations`` folder, in load order."""
    return lineages_of((plugin.manifest, plugin.directory) for plugin in plugins.values())


def lineages_of(plugins: Iterable[tuple[Manifest, Path]]) -> list[Lineage]:
    """The same from manifests and folders alone, so that nothing is imported."""
    owners = {manifest.name: (manifest, folder) for manifest, folder in plugins if (folder / "migrations").is_dir()}
    return [
        core_lineage(),
        *(
            Lineage(
                name=name,
                directory=folder / "migrations",
                requires=(CORE_LINEAGE, *(other for other in manifest.requires if other in owners)),
                requires_core_revision=manifest.requires_core_revision,
            )
            for name, (manifest, folder) in owners.items()
        ),
    ]
