"""Live pages between processes: gunicorn's workers, Redis, a changing set of plugins."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpdesk_core.plugins.lifecycle import enable
from helpdesk_push.testing import OpenPage, open_page
from tests.browser.serving import Site, live_site, redis_or_none
from tests.core.plugin_life.running import Load, until


@pytest.fixture
def redis_url() -> str:
    found = redis_or_none()
    if found is None:
        reason = "no Redis answers; name one in HELPDESK_TEST_REDIS_URL"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return found


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with live_site(tmp_path) as found:
        yield found


def address(base: str) -> str:
    return base.partition("//")[2]


def test_what_one_process_commits_pages_of_another_hear(redis_url: str, tmp_path: Path) -> None:
    """This process writes, gunicorn's two hold the pages: the hint came over Redis."""
    with live_site(tmp_path, redis_url=redis_url) as site, site.serve("--workers", "2") as server:
        ticket_id = site.ticket()
        cookie = site.cookie(site.desk.lead)
        pages = [open_page(address(server.base), cookie, {"place": "ticket", "ticket": ticket_id}) for _ in range(6)]
        assert all(page.joined for page in pages)
        # The first words may come before a worker has begun to listen; then the page would ask. Here they are repeated.
        waiting = list(pages)
        for number in range(60):
            site.comment(ticket_id, f"Words {number}")
            waiting = [page for page in waiting if not _heard(page, 0.5)]
            if not waiting:
                break
        assert waiting == []
        for page in pages:
            page.close()
            page.wait_for_end()


def _heard(page: OpenPage, seconds: float) -> bool:
    import queue

    try:
        page.said.get(timeout=seconds)
    except queue.Empty:
        return False
    return True


def test_a_plugin_is_enabled_while_pages_are_live_and_no_request_fails(site: Site) -> None:
    """Sockets are let go of at once, so that the old workers end, and pages come back to the new ones."""
    with site.serve("--workers", "2") as server:
        cookie = site.cookie(site.desk.lead)
        pages = [open_page(address(server.base), cookie, {"place": "list"}) for _ in range(6)]
        with Load(server.base, ("/login", "/push/news")) as load:
            enable(site.app, "knowledge_base")
            for page in pages:
                page.wait_for_end()
            again = open_page(address(server.base), cookie, {"place": "list"})
            assert again.joined
            until(lambda: len(load.answers) > 40, 60)
        assert load.failed() == []
        assert server.reloads() == 1, server.log.read_text()
        again.close()
        again.wait_for_end()
