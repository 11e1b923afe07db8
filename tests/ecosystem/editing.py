"""Mistakes as edits of a plugin that keeps every rule: the one that ``helpdesk plugins new site_visits`` writes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

NAME = "site_visits"
PACKAGE = f"helpdesk_{NAME}"
PLUGIN = "plugin.py"
MIGRATION = f"migrations/versions/{NAME}_0001_first_tables.py"
SIDEBAR = f"templates/{NAME}/slots/ticket_sidebar.html"
INDEX = f"templates/{NAME}/index.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """In *file* of the package, replace *old* (the end, where it is empty) by *new*."""

    file: str
    new: str
    old: str = ""

    def apply(self, package: Path) -> None:
        """Change the file; raises ``AssertionError`` where *old* is not in it."""
        path = package / self.file
        path.parent.mkdir(parents=True, exist_ok=True)
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        assert self.old in text, f"{self.file} holds no {self.old!r}"
        changed = text.replace(self.old, self.new) if self.old else f"{text}{self.new}"
        path.write_text(changed, encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Mistake:
    """What an author did, the check that finds it, and what the message says to do."""

    name: str
    check: str
    says: str
    edits: tuple[Edit, ...]


def replace(file: str, old: str, new: str) -> Edit:
    """Another text in the place of *old*."""
    return Edit(file=file, old=old, new=new)


def append(file: str, code: str) -> Edit:
    """More at the end of a file, or a new file; a block that begins on a line of its own is taken to the margin."""
    return Edit(file=file, new=dedent(code) if code.startswith(("\n  ", "\n\n  ")) else code)


def method(code: str, *imports: str) -> tuple[Edit, ...]:
    """Another method of the plugin's class, which stands last in its file."""
    body = "".join(f"    {line}\n" if line else "\n" for line in dedent(code).strip().splitlines())
    names = "".join(f"from {line}\n" for line in imports)
    first = "from __future__ import annotations\n"
    return (replace(PLUGIN, first, f"{first}\n{names}"), Edit(file=PLUGIN, new=f"\n{body}"))
