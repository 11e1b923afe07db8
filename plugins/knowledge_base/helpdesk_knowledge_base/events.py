"""What the knowledge base writes into the journal."""

from __future__ import annotations

from typing import Final

from helpdesk_core.toolkit import EventSpec


def _event(name: str, text: str, *fields: str) -> EventSpec:
    subject = f"knowledge_base.{name.partition('_')[0]}"
    return EventSpec(name=f"knowledge_base.{name}", text=text, subject=subject, fields=fields)


EVENTS: Final = (
    _event("section_created", "A section was added.", "name", "parent_id", "inherits"),
    _event("section_changed", "A section got another name, summary or place."),
    _event("section_deleted", "A section was deleted.", "name", "moved_to", "articles", "sections"),
    _event("section_rights_changed", "The rights in a section were changed.", "inherits", "rights"),
    _event("article_created", "An article was written.", "title", "section_id", "published"),
    _event("article_saved", "An article was edited; readers see no change.", "title", "section_id", "version"),
    _event("article_published", "Readers see an article, or a new version of it.", "title", "section_id", "version"),
    _event("article_unpublished", "An article was taken from its readers.", "title"),
    _event("article_draft_discarded", "Changes that were not published were thrown away.", "title"),
    _event("article_deleted", "An article was deleted.", "title", "section_id"),
    _event("article_file_removed", "A file of an article was deleted.", "name"),
)
