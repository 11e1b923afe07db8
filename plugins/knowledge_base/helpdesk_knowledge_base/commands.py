"""What can be asked of the knowledge base, and how much of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from helpdesk_core.toolkit import StoredFile
from helpdesk_knowledge_base.models import Right

NAME_LIMIT: Final = 120
SUMMARY_LIMIT: Final = 500
TITLE_LIMIT: Final = 200
BODY_LIMIT: Final = 100_000
#: More lines than this would make comparing two versions slow.
LINES_LIMIT: Final = 4_000
FILES_LIMIT: Final = 50
DEPTH_LIMIT: Final = 20
SECTIONS_LIMIT: Final = 10_000

#: A role's id and a right that it holds.
Grant = tuple[int, Right]


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateSection:
    """A new section below ``parent_id`` (none: a root); without ``inherits`` it begins with a copy of the rights."""

    name: str
    summary: str = ""
    parent_id: int | None = None
    inherits: bool = True
    position: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeSection:
    """Another name, summary or place for a section; ``version`` is what its editor saw."""

    section_id: int
    name: str
    summary: str = ""
    parent_id: int | None = None
    position: int = 100
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetRights:
    """Who may do what in a section; no ``grants`` and no ``inherits`` keeps the rights as they are (OK-155)."""

    section_id: int
    inherits: bool
    grants: frozenset[Grant] | None = None
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteSection:
    """A section to delete; its content goes to ``move_to``, or goes with it where ``everything`` says so."""

    section_id: int
    move_to: int | None = None
    everything: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveArticle:
    """An article as it was typed: a new one without ``article_id``, else another version of that one.

    ``version`` is the one its editor began with. Without ``publish`` readers see no change: it is a draft.
    """

    section_id: int
    title: str
    body: str
    publish: bool
    article_id: int | None = None
    version: int | None = None
    ticket_id: int | None = None
    files: tuple[StoredFile, ...] = ()
    form_token: str | None = None
