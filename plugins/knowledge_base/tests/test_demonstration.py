"""What a new knowledge base begins with, and what the demonstration adds."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from helpdesk_core.testing import Desk
from helpdesk_core.toolkit import Plugin, PluginContext, reading, unit_of_work
from helpdesk_knowledge_base import queries
from helpdesk_knowledge_base.models import Article, Section
from helpdesk_knowledge_base.plugin import KnowledgeBasePlugin
from helpdesk_knowledge_base.settings import KnowledgeBaseSettings

pytestmark = pytest.mark.helpdesk(plugins=["knowledge_base"])


def take(step: str, desk: Desk) -> None:
    plugin: Plugin = KnowledgeBasePlugin()
    with unit_of_work() as session:
        context = PluginContext(
            name="knowledge_base", session=session, actor=desk.admin, settings=KnowledgeBaseSettings()
        )
        getattr(plugin, step)(context)


def test_a_new_base_has_three_sections_and_keeps_to_what_was_made_of_them(desk: Desk) -> None:
    """OK-153: three at the start, deletable; enabling again adds none."""
    take("on_enable", desk)
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(Section)) == 3
        assert len(queries.tree(session, actor=desk.lead)) == 3
        assert len(queries.tree(session, actor=desk.customer)) == 1
    with unit_of_work() as session:
        session.delete(session.scalars(select(Section).order_by(Section.id)).all()[0])
    take("on_enable", desk)
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(Section)) == 2


def test_the_demonstration_adds_its_articles_once(desk: Desk) -> None:
    for _ in range(2):
        take("on_demo", desk)
    with reading() as session:
        articles = session.scalar(select(func.count()).select_from(Article))
        visible = session.scalar(select(func.count()).where(Article.id.in_(queries.visible_ids(desk.customer))))
    assert (articles, visible) == (14, 11)
