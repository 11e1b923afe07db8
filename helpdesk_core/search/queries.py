"""Full-text search: the same words find the same tickets on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup
from sqlalchemy import ColumnElement, Select, bindparam, case, false, literal, select, text
from sqlalchemy.orm import Session

from helpdesk_core.access.policy import holds
from helpdesk_core.contract.actor import Actor
from helpdesk_core.contract.specs import Searchable
from helpdesk_core.db.session import db
from helpdesk_core.plugins.calls import current_runtime, isolated, suspended
from helpdesk_core.search.models import SearchDocument, SearchItem
from helpdesk_core.search.words import MAX_QUERY_WORDS, snippet, words_of


def matching_tickets(query: str, *, internal: bool) -> Select[Any]:
    """The ids of tickets with a text that holds words beginning with every word of *query*.

    *internal* says whether internal comments count. The caller narrows the result by the policy.
    """
    words = list(dict.fromkeys(words_of(query, MAX_QUERY_WORDS)))
    found = select(SearchDocument.ticket_id)
    if not words:
        return found.where(false())
    found = found.where(_holding(words, "search_document", "search_fts"))
    return found if internal else found.where(SearchDocument.audience == "customer")


def _holding(words: Sequence[str], table: str, index: str) -> Any:
    """The condition that a row of *table* has words beginning with every one of *words*."""
    session: Session = db.session()
    # words_of() leaves letters and digits only, so nothing in a word can be an operator of either search.
    if session.get_bind().dialect.name == "sqlite":
        match = " ".join(f'"{word}"*' for word in words)
        rows = text(f"{table}.id IN (SELECT rowid FROM {index} WHERE {index} MATCH :match)")  # noqa: S608  # our names
    else:
        match = " & ".join(f"'{word}':*" for word in words)
        rows = text(f"{table}.vector @@ CAST(:match AS tsquery)")
    return rows.bindparams(bindparam("match", match))


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchHit:
    """A found item of a plugin: ``snippet`` is the place in its text with the words marked, ``score`` orders hits."""

    kind: str
    label: str
    item_id: int
    title: str
    snippet: Markup
    url: str
    score: int


def search_items(query: str, *, actor: Actor, kinds: Sequence[str] | None = None, limit: int = 10) -> list[SearchHit]:
    """The items that hold words beginning with every word of *query* and that *actor* may see, the best first.

    *kinds* names searchables (all, when left out); at most *limit* hits of each. A word in the title counts more than
    one in the text, a whole word more than a beginning. One query for each kind, none where no plugin registered one;
    a plugin that fails leaves its own hits out.
    """
    words = list(dict.fromkeys(words_of(query, MAX_QUERY_WORDS)))
    found: list[SearchHit] = []
    for row in current_runtime().registry.owned(Searchable) if words else ():
        spec = row.spec
        if (kinds is not None and spec.kind not in kinds) or (spec.permission and not holds(actor, spec.permission)):
            continue
        if suspended(row.plugin, f"searchable {spec.kind}"):
            continue
        with isolated(row.plugin, f"searchable {spec.kind}"):
            found += _hits(spec, words, actor, limit)
    return sorted(found, key=lambda hit: -hit.score)


def _hits(spec: Searchable, words: Sequence[str], actor: Actor, limit: int) -> list[SearchHit]:
    score = sum((_worth(word) for word in words), literal(0)).label("score")
    statement = (
        select(SearchItem.item_id, SearchItem.title, SearchItem.text, score)
        .where(SearchItem.kind == spec.kind, _holding(words, "search_item", "search_item_fts"))
        .where(SearchItem.item_id.in_(spec.visible(actor)))
        .order_by(score.desc(), SearchItem.item_id.desc())
        .limit(limit)
    )
    return [
        SearchHit(
            kind=spec.kind,
            label=spec.label,
            item_id=row.item_id,
            title=row.title,
            snippet=snippet(row.text, words),
            url=spec.url(row.item_id),
            score=row.score,
        )
        for row in db.session.execute(statement)
    ]


def _worth(word: str) -> ColumnElement[int]:
    title, all_words = literal(" ") + SearchItem.title_words + " ", literal(" ") + SearchItem.words + " "
    return case(
        (title.contains(f" {word} "), 8), (title.contains(f" {word}"), 5), (all_words.contains(f" {word} "), 2), else_=1
    )
