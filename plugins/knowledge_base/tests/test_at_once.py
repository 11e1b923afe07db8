"""Two at the same moment: no circle, no lost text."""

from __future__ import annotations

from threading import Barrier, Thread

import pytest
from flask import Flask

from helpdesk_core.testing import Desk
from helpdesk_core.toolkit import SYSTEM, HelpdeskError, reading, unit_of_work
from helpdesk_knowledge_base import queries
from helpdesk_knowledge_base.commands import ChangeSection, SaveArticle
from helpdesk_knowledge_base.models import Right
from helpdesk_knowledge_base.sections import change_section
from helpdesk_knowledge_base.services import get_article, save_article
from helpdesk_knowledge_base.testing import Shelf

pytestmark = pytest.mark.helpdesk(plugins=["knowledge_base"])


def together(app: Flask, *tasks: object) -> list[str]:
    """Run the tasks in threads that start at once; returns the codes of those that were refused."""
    barrier, refused = Barrier(len(tasks)), []

    def run(task: object) -> None:
        with app.app_context():
            barrier.wait()
            try:
                task()  # type: ignore[operator]
            except HelpdeskError as error:
                refused.append(error.code)

    threads = [Thread(target=run, args=(task,)) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return refused


def test_two_moves_make_no_circle(app: Flask, shelf: Shelf, desk: Desk) -> None:
    """OK-154: each move alone is fine, both together would cut the two sections off from the tree."""
    root = shelf.section("Root", lead=tuple(Right))
    one, two = shelf.section("One", root), shelf.section("Two", root)

    def move(section: int, parent: int) -> None:
        with unit_of_work() as session:
            change_section(session, ChangeSection(section_id=section, name="Moved", parent_id=parent), actor=SYSTEM)

    refused = together(app, lambda: move(one, two), lambda: move(two, one))
    assert refused == ["invalid"]
    with reading() as session:
        assert {node.id for node in queries.tree(session, actor=desk.lead)} == {root, one, two}


def test_two_who_save_the_same_version_do_not_overwrite_each_other(app: Flask, shelf: Shelf, desk: Desk) -> None:
    section = shelf.section("Open", lead=tuple(Right))
    article = shelf.article(section, body="First.")

    def save(body: str) -> None:
        with unit_of_work() as session:
            command = SaveArticle(
                article_id=article, section_id=section, title="Paper jam", body=body, publish=True, version=1
            )
            save_article(session, command, actor=SYSTEM)

    assert together(app, lambda: save("Mine."), lambda: save("Theirs.")) == ["conflict"]
    with reading() as session:
        found = get_article(session, article, actor=desk.lead)
    assert (found.version, found.body in ("Mine.", "Theirs.")) == (2, True)
