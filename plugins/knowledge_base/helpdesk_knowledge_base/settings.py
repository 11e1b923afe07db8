"""What a site may choose."""

from __future__ import annotations

from dataclasses import dataclass

from helpdesk_core.toolkit import setting


@dataclass(frozen=True, slots=True)
class KnowledgeBaseSettings:
    """How the knowledge base helps beside a ticket."""

    suggestions: int = setting(5, help="How many articles are suggested beside a ticket (0: none)")
    answer_link: bool = setting(True, help="Whether an article inserted as an answer ends with a link to it")

    def __post_init__(self) -> None:
        if not 0 <= self.suggestions <= 20:
            raise ValueError("suggestions: must be between 0 and 20")
