"""The pages speak the reader's language: the plugin's words from its own catalog, the core's from the core's."""

from __future__ import annotations

import pytest
from flask import Flask

from helpdesk_core.testing import Desk, sign_in
from helpdesk_core.toolkit import Employee, unit_of_work
from helpdesk_knowledge_base.models import Right
from helpdesk_knowledge_base.testing import Shelf

pytestmark = pytest.mark.helpdesk(plugins=["knowledge_base"])


@pytest.mark.parametrize(
    ("language", "menu", "action", "refusal", "core"),
    [
        ("en", "Knowledge base", "New article", "Write the article.", "Keyboard shortcuts"),
        ("ms", "Pangkalan pengetahuan", "Artikel baharu", "Tulis artikel itu.", "Pintasan papan kekunci"),
        ("ru", "База знаний", "Новая статья", "Напишите статью.", "Горячие клавиши"),
        ("ar", "قاعدة المعرفة", "مقال جديد", "اكتب المقال.", "اختصارات لوحة المفاتيح"),
    ],
)
def test_pages_and_refusals_speak_the_readers_language(
    app: Flask, shelf: Shelf, desk: Desk, language: str, menu: str, action: str, refusal: str, core: str
) -> None:
    section = shelf.section("Open", lead=tuple(Right))
    with unit_of_work() as session:
        session.get_one(Employee, desk.lead.id).language = language
    client = app.test_client()
    sign_in(app, client, desk.lead)
    page = client.get("/knowledge_base/").text
    assert menu in page
    assert action in page
    assert core in page
    form = {"title": "Paper jam", "body": " ", "section_id": section, "then": "publish"}
    answer = client.post("/knowledge_base/articles/new", data=form, content_type="multipart/form-data")
    assert (answer.status_code, refusal in answer.text) == (422, True)


def test_its_card_says_what_it_is_for_in_the_readers_language(app: Flask, desk: Desk) -> None:
    """The summary of the manifest is a text like others; the command line shows it as it stands there."""
    client = app.test_client()
    sign_in(app, client, desk.admin)
    assert "Articles in sections with rights by role" in client.get("/settings/applications").text
    with unit_of_work() as session:
        session.get_one(Employee, desk.admin.id).language = "ru"
    page = client.get("/settings/applications").text
    assert "Статьи по разделам с правами по ролям" in page
    assert "Articles in sections" not in page
