"""The words of articles, kept in the transaction of the text they mirror.

The core's search finds articles by every word of a question. A ticket is no question: here its words are weighed, so
that the articles that share the rarest of them come first, on both databases alike.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

from sqlalchemy import Select, case, delete, func, insert, or_, select
from sqlalchemy.orm import Session

from helpdesk_core.toolkit import index_item, render_markdown, words_of
from helpdesk_knowledge_base.models import Article, ArticleWord

#: The searchable of this plugin.
KIND: Final = "knowledge_base.article"

_TITLE_WEIGHT: Final = 3
_MOST_WEIGHT: Final = 8
#: Of a ticket's text this many words count.
_TICKET_WORDS: Final = 60
_SHORTEST: Final = 3


def plain_text(body: str) -> str:
    """The words of a Markdown text without its markup, on one line."""
    return " ".join(render_markdown(body).striptags().split())


def index_article(session: Session, article: Article) -> None:
    """Let *article* be found by what its readers see; a draft is found by those alone who see the draft."""
    text = plain_text(article.body)
    index_item(session, KIND, article.id, title=article.title, text=text)
    session.execute(delete(ArticleWord).where(ArticleWord.article_id == article.id))
    weights = Counter({word: min(count, _MOST_WEIGHT) for word, count in Counter(words_of(text)).items()})
    for word in set(words_of(article.title)):
        weights[word] += _TITLE_WEIGHT
    rows = [
        {"word": word, "article_id": article.id, "weight": weight}
        for word, weight in weights.items()
        if len(word) >= _SHORTEST
    ]
    if rows:
        session.execute(insert(ArticleWord), rows)


def resembling(session: Session, text: str, visible: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]] | None:
    """``article_id`` and ``score`` of the articles that share telling words with *text*; ``None`` where none does.

    *visible* selects the ids of the articles that count: how rare a word is must not tell of others.
    """
    words = [word for word in dict.fromkeys(words_of(text, 2_000)) if len(word) >= _SHORTEST][:_TICKET_WORDS]
    if not words:
        return None
    seen = ArticleWord.article_id.in_(visible)
    counted = select(ArticleWord.word, func.count()).where(ArticleWord.word.in_(words), seen)
    frequencies: dict[str, int] = dict(session.execute(counted.group_by(ArticleWord.word)).all())
    if not frequencies:
        return None
    # Whole numbers, so that both databases rank alike.
    rarity = case({word: 1000 // count for word, count in frequencies.items()}, value=ArticleWord.word)
    score = func.sum(ArticleWord.weight * rarity)
    shared = select(ArticleWord.article_id, score.label("score")).where(ArticleWord.word.in_(frequencies), seen)
    # One common word in passing is no resemblance.
    enough = or_(func.count() >= 2, func.max(ArticleWord.weight) >= _TITLE_WEIGHT)
    return shared.group_by(ArticleWord.article_id).having(enough)
