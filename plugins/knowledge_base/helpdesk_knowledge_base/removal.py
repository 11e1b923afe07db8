"""Taking articles away with all that hangs on them."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from helpdesk_core.toolkit import forget_items
from helpdesk_knowledge_base.index import KIND
from helpdesk_knowledge_base.models import Article, ArticleFile


def delete_articles(session: Session, article_ids: list[int]) -> list[str]:
    """Delete articles; returns the stored names of their files, which the caller deletes after the commit."""
    names = list(session.scalars(select(ArticleFile.stored_name).where(ArticleFile.article_id.in_(article_ids))))
    session.execute(delete(Article).where(Article.id.in_(article_ids)))
    forget_items(session, KIND, article_ids)
    session.expire_all()
    return names
