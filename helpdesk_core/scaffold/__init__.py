"""Writing a new plugin: a small one that runs, keeps every rule and says where to go on.

The folder ``plugin`` is the plugin ``sample_notes`` as it is written; only the names are replaced.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from helpdesk_core.contract.errors import Rejected
from helpdesk_core.plugins.manifest import name_problem

_SOURCE: Final = Path(__file__).parent / "plugin"
_NAME: Final = "sample_notes"
_SUFFIX: Final = ".txt"


def write_plugin(name: str, folder: Path) -> Path:
    """Write the plugin *name* into the new folder ``helpdesk-<name>`` below *folder* and return that folder.

    Raises ``Rejected`` for a name that no plugin may have and for a folder that is there already.
    """
    problem = name_problem(name)
    if problem:
        raise Rejected(problem)
    target = folder / f"helpdesk-{name.replace('_', '-')}"
    if target.exists():
        raise Rejected(f"{target} is there already")
    for source in sorted(_SOURCE.rglob(f"*{_SUFFIX}")):
        inside = source.relative_to(_SOURCE).as_posix().removesuffix(_SUFFIX)
        written = target / _renamed(inside, name)
        written.parent.mkdir(parents=True, exist_ok=True)
        written.write_text(_renamed(source.read_text(encoding="utf-8"), name), encoding="utf-8")
    return target


def _renamed(text: str, name: str) -> str:
    words = name.split("_")
    for old, new in (
        (_NAME, name),
        ("SampleNotes", "".join(word.capitalize() for word in words)),
        ("sample-notes", "-".join(words)),
        ("Sample notes", " ".join(words).capitalize()),
    ):
        text = text.replace(old, new)
    return text
