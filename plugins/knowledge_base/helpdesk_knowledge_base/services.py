"""Articles: save, publish, take back, delete; each asks first, records what it did, and leaves the commit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from helpdesk_core.toolkit import (
    Actor,
    ActorKind,
    Conflict,
    FieldConflict,
    Forbidden,
    Invalid,
    NotFound,
    StoredFile,
    Ticket,
    TooLarge,
    record,
    utcnow,
    visible,
)
from helpdesk_knowledge_base import gettext as _
from helpdesk_knowledge_base.access import Reader, require_right
from helpdesk_knowledge_base.commands import BODY_LIMIT, FILES_LIMIT, LINES_LIMIT, TITLE_LIMIT, SaveArticle
from helpdesk_knowledge_base.index import index_article
from helpdesk_knowledge_base.models import Article, ArticleFile, Revision, Right, Vote
from helpdesk_knowledge_base.removal import delete_articles


def get_article(session: Session, article_id: int, *, actor: Actor) -> Article:
    """The article; raises ``NotFound`` where *actor* does not see it."""
    article = session.scalar(select(Article).where(Article.id == article_id, Reader(actor).articles()))
    if article is None:
        raise NotFound("article")
    return article


def may_edit(session: Session, article_id: int, *, actor: Actor) -> bool:
    """Whether *actor* may change the article, which he sees."""
    return session.scalar(select(Article.id).where(Article.id == article_id, Reader(actor).editable())) is not None


def editable_article(session: Session, article_id: int, *, actor: Actor) -> Article:
    """The article, for who may change it; raises ``NotFound`` or ``Forbidden``."""
    article = get_article(session, article_id, actor=actor)
    if not may_edit(session, article_id, actor=actor):
        raise Forbidden(f"knowledge_base:section:{Right.EDIT_ARTICLES}")
    return article


def save_article(session: Session, command: SaveArticle, *, actor: Actor) -> Article:
    """Write an article or another version of it; without ``publish`` readers see no change (OK-152, OK-160).

    In another section the rights there count from now on. Raises ``Conflict`` with both texts where somebody saved
    another version of the same field meanwhile, ``NotFound``, ``Forbidden`` or ``Invalid``.
    """
    title, body = _checked(command)
    if command.article_id is None:
        return _create(session, command, title, body, actor)
    article = _locked(session, command.article_id, actor)
    title, body, section_id = _merged(session, article, command, title, body)
    moved = section_id != article.section_id
    if moved:
        require_right(session, section_id, Right.CREATE, actor=actor)
    before = {"title": article.newest_title, "section_id": article.section_id, "version": article.version}
    article.section_id = section_id
    unchanged = (title, body) == (article.newest_title, article.newest_body)
    waits = article.published_at is None or article.has_draft
    if unchanged and not moved and not command.files and not (command.publish and waits):
        return article
    article.version += 1
    article.updated_at = utcnow()
    _write(article, title, body, publish=command.publish, new_files=bool(command.files))
    _keep(session, article, title, body, command, actor)
    name = "article_published" if command.publish else "article_saved"
    _record(session, name, article, actor, before=before, after=_described(article))
    return article


def restore_revision(session: Session, article_id: int, number: int, *, actor: Actor) -> Article:
    """Make an earlier version the newest one, as a draft: readers see it once it is published."""
    article = _locked(session, article_id, actor)
    old = get_revision(session, article_id, number)
    command = SaveArticle(
        article_id=article_id, section_id=article.section_id, title=old.title, body=old.body, publish=False
    )
    return save_article(session, command, actor=actor)


def publish_article(session: Session, article_id: int, *, actor: Actor) -> Article:
    """Let readers see the newest version."""
    article = _locked(session, article_id, actor)
    command = SaveArticle(
        article_id=article_id,
        section_id=article.section_id,
        title=article.newest_title,
        body=article.newest_body,
        publish=True,
    )
    return save_article(session, command, actor=actor)


def unpublish_article(session: Session, article_id: int, *, actor: Actor) -> Article:
    """Take the article from its readers; it becomes a draft with its newest text."""
    article = _locked(session, article_id, actor)
    if article.published_at is None:
        return article
    article.published_at = None
    article.title, article.body = article.newest_title, article.newest_body
    article.draft_title = article.draft_body = None
    session.flush()
    session.execute(update(ArticleFile).where(ArticleFile.article_id == article_id).values(published=False))
    index_article(session, article)
    _record(session, "article_unpublished", article, actor, before={"title": article.title})
    return article


def discard_draft(session: Session, article_id: int, *, actor: Actor) -> Article:
    """Throw away what was changed and not published; the versions keep it."""
    article = _locked(session, article_id, actor)
    if article.has_draft:
        _record(session, "article_draft_discarded", article, actor, before={"title": article.draft_title})
        article.draft_title = article.draft_body = None
        session.flush()
    return article


def delete_article(session: Session, article_id: int, *, actor: Actor) -> list[str]:
    """Delete the article; returns the stored names of its files, which the caller deletes after the commit."""
    article = _locked(session, article_id, actor)
    _record(
        session,
        "article_deleted",
        article,
        actor,
        before={"title": article.newest_title, "section_id": article.section_id},
    )
    session.flush()
    return delete_articles(session, [article_id])


def remove_file(session: Session, file_id: int, *, actor: Actor) -> tuple[int, str]:
    """Delete a file of an article; returns the article's id and the stored name to delete after the commit."""
    file = session.get(ArticleFile, file_id)
    if file is None:
        raise NotFound("file")
    article = _locked(session, file.article_id, actor)
    session.delete(file)
    _record(session, "article_file_removed", article, actor, before={"name": file.name})
    session.flush()
    return article.id, file.stored_name


def get_revision(session: Session, article_id: int, number: int) -> Revision:
    """One version of an article that the caller was allowed to edit; raises ``NotFound``."""
    found = session.scalar(select(Revision).where(Revision.article_id == article_id, Revision.number == number))
    if found is None:
        raise NotFound("version")
    return found


def vote(session: Session, article_id: int, helpful: bool, *, actor: Actor) -> None:
    """Remember whether the article helped a contact; a second answer replaces the first."""
    article = get_article(session, article_id, actor=actor)
    if actor.kind is not ActorKind.CONTACT or actor.id is None:
        raise Forbidden("core:portal:use")
    session.merge(Vote(article_id=article.id, contact_id=actor.id, helpful=helpful, voted_at=utcnow()))
    session.flush()


def stored_names(session: Session) -> list[str]:
    """The stored names of every article's files."""
    return list(session.scalars(select(ArticleFile.stored_name)))


def forget_contact(session: Session, contact_id: int) -> None:
    """Take a person's answers to "was this helpful" away."""
    session.execute(delete(Vote).where(Vote.contact_id == contact_id))


def _create(session: Session, command: SaveArticle, title: str, body: str, actor: Actor) -> Article:
    require_right(session, command.section_id, Right.CREATE, actor=actor)
    if command.form_token is not None:
        twin = session.scalar(select(Article).where(Article.form_token == command.form_token))
        if twin is not None:
            return get_article(session, twin.id, actor=actor)
    if command.ticket_id is not None:
        asked = visible(select(Ticket.id).where(Ticket.id == command.ticket_id), actor)
        if session.scalar(asked) is None:
            raise NotFound("ticket")
    now = utcnow()
    article = Article(
        section_id=command.section_id,
        title=title,
        body=body,
        published_at=now if command.publish else None,
        author_id=actor.id if actor.kind is ActorKind.EMPLOYEE else None,
        author_label=actor.label[:200],
        ticket_id=command.ticket_id,
        form_token=command.form_token,
        created_at=now,
        updated_at=now,
        version=1,
    )
    session.add(article)
    session.flush()
    _keep(session, article, title, body, command, actor)
    after = _described(article) | {"published": command.publish}
    del after["version"]
    _record(session, "article_created", article, actor, after=after)
    return article


def _locked(session: Session, article_id: int, actor: Actor) -> Article:
    """The article, kept from others until the commit; raises ``NotFound`` or ``Forbidden``."""
    session.execute(select(Article.id).where(Article.id == article_id).with_for_update())
    article = editable_article(session, article_id, actor=actor)
    session.refresh(article)
    return article


def _write(article: Article, title: str, body: str, *, publish: bool, new_files: bool) -> None:
    if publish or article.published_at is None:
        article.title, article.body = title, body
        article.draft_title = article.draft_body = None
        if publish:
            article.published_at = utcnow()
    elif new_files or (title, body) != (article.title, article.body):
        article.draft_title, article.draft_body = title, body
    else:
        article.draft_title = article.draft_body = None


def _keep(session: Session, article: Article, title: str, body: str, command: SaveArticle, actor: Actor) -> None:
    """Store the version, its files and its words."""
    session.add(
        Revision(
            article_id=article.id,
            number=article.version,
            section_id=article.section_id,
            title=title,
            body=body,
            published=command.publish,
            editor_label=actor.label[:200],
            saved_at=article.updated_at,
        )
    )
    _attach(session, article, command.files)
    session.flush()
    if command.publish:
        session.execute(update(ArticleFile).where(ArticleFile.article_id == article.id).values(published=True))
    index_article(session, article)


def _attach(session: Session, article: Article, files: tuple[StoredFile, ...]) -> None:
    if not files:
        return
    there = session.scalar(select(func.count()).select_from(ArticleFile).where(ArticleFile.article_id == article.id))
    if (there or 0) + len(files) > FILES_LIMIT:
        raise TooLarge("files", limit=FILES_LIMIT)
    session.add_all(
        ArticleFile(
            article_id=article.id,
            name=file.name,
            content_type=file.content_type,
            size=file.size,
            sha256=file.sha256,
            stored_name=file.stored_name,
            created_at=utcnow(),
        )
        for file in files
    )


def _merged(session: Session, article: Article, command: SaveArticle, title: str, body: str) -> tuple[str, str, int]:
    """What to save: mine, but theirs in a field that I left alone; raises ``Conflict`` where both changed one."""
    if command.version is None or command.version >= article.version:
        return title, body, command.section_id
    base = get_revision(session, article.id, command.version)
    result: list[Any] = []
    conflicts: list[FieldConflict] = []
    for name, start, mine, theirs in (
        ("title", base.title, title, article.newest_title),
        ("body", base.body, body, article.newest_body),
        ("section_id", base.section_id, command.section_id, article.section_id),
    ):
        result.append(theirs if mine == start else mine)
        if start not in (mine, theirs) and mine != theirs:
            conflicts.append(FieldConflict(name=name, base=start, mine=mine, theirs=theirs))
    if conflicts:
        raise Conflict(conflicts)
    return result[0], result[1], result[2]


def _checked(command: SaveArticle) -> tuple[str, str]:
    title, body = " ".join(command.title.split()), command.body.replace("\r\n", "\n").strip()
    errors: dict[str, list[str]] = {}
    if not title:
        errors["title"] = [_("Give the article a title.")]
    elif len(title) > TITLE_LIMIT:
        errors["title"] = [_("At most %(limit)d characters.", limit=TITLE_LIMIT)]
    if not body:
        errors["body"] = [_("Write the article.")]
    elif len(body) > BODY_LIMIT:
        errors["body"] = [_("At most %(limit)d characters.", limit=BODY_LIMIT)]
    elif body.count("\n") >= LINES_LIMIT:
        errors["body"] = [_("At most %(limit)d lines.", limit=LINES_LIMIT)]
    if errors:
        raise Invalid(errors)
    return title, body


def _described(article: Article) -> dict[str, Any]:
    return {"title": article.newest_title, "section_id": article.section_id, "version": article.version}


def _record(
    session: Session,
    name: str,
    article: Article,
    actor: Actor,
    *,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
) -> None:
    record(
        session,
        f"knowledge_base.{name}",
        actor=actor,
        subject_kind="knowledge_base.article",
        subject_id=article.id,
        before=before,
        after=after,
    )
