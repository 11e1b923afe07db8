"""The articles of the demonstration."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk_core.toolkit import Actor
from helpdesk_knowledge_base.commands import CreateSection, SaveArticle
from helpdesk_knowledge_base.models import Article, Section
from helpdesk_knowledge_base.sections import create_section
from helpdesk_knowledge_base.services import save_article
from helpdesk_knowledge_base.starting import lay_out

_CONTENT: Final = Path(__file__).parent / "content" / "demo.toml"


def fill(session: Session, *, actor: Actor) -> None:
    """Add the demonstration's sections and articles where there is no article yet."""
    if session.scalar(select(Article.id).limit(1)) is not None:
        return
    lay_out(session)
    content: dict[str, Any] = tomllib.loads(_CONTENT.read_text(encoding="utf-8"))
    roots = session.scalars(select(Section.id).where(Section.parent_id.is_(None)).order_by(Section.id)).all()
    places = {f"base:{index}": section_id for index, section_id in enumerate(roots)}
    for row in content["sections"]:
        command = CreateSection(name=row["name"], summary=row["summary"], parent_id=places[f"base:{row['base']}"])
        places[row["key"]] = create_section(session, command, actor=actor).id
    for row in content["articles"]:
        article = SaveArticle(section_id=places[row["section"]], title=row["title"], body=row["body"], publish=True)
        save_article(session, article, actor=actor)
