"""The order in which plugins load: what is required comes first, names decide the rest."""

import heapq
from collections.abc import Mapping

from helpdesk_core.contract.errors import PluginError
from helpdesk_core.contract.plugin import Manifest


def load_order(manifests: Mapping[str, Manifest]) -> tuple[list[str], dict[str, PluginError]]:
    """Return the names in load order, and the plugins that have no place in it with the reason.

    A plugin comes after everything in its ``requires`` and after what is there of its ``uses``; among the free ones
    the name decides, so that every server and every restart has the same order.
    """
    broken = _without_requirements(manifests)
    usable = {name: manifest for name, manifest in manifests.items() if name not in broken}
    before = {
        name: {other for other in (*manifest.requires, *manifest.uses) if other in usable}
        for name, manifest in usable.items()
    }
    waiting = {name: len(others) for name, others in before.items()}
    free = [name for name, count in waiting.items() if count == 0]
    heapq.heapify(free)
    order: list[str] = []
    while free:
        name = heapq.heappop(free)
        order.append(name)
        for other, others in before.items():
            if name in others:
                waiting[other] -= 1
                if waiting[other] == 0:
                    heapq.heappush(free, other)
    stuck = {name: others for name, others in before.items() if name not in order}
    for name in stuck:
        broken[name] = PluginError(name, f"the order has a cycle: {' -> '.join(_cycle_from(name, stuck))}")
    return order, broken


def _without_requirements(manifests: Mapping[str, Manifest]) -> dict[str, PluginError]:
    broken: dict[str, PluginError] = {}
    changed = True
    while changed:
        changed = False
        for name, manifest in sorted(manifests.items()):
            if name in broken:
                continue
            for other in manifest.requires:
                if other not in manifests:
                    broken[name] = PluginError(name, f"requires {other}, which is not enabled")
                elif other in broken:
                    broken[name] = PluginError(name, f"requires {other}, which cannot be loaded")
                if name in broken:
                    changed = True
                    break
    return broken


def _cycle_from(name: str, before: Mapping[str, set[str]]) -> list[str]:
    """Follow what *name* waits for until a name comes back."""
    path = [name]
    while True:
        following = min(other for other in before[path[-1]] if other in before)
        if following in path:
            return [*path[path.index(following) :], following]
        path.append(following)
