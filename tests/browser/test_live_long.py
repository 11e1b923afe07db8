"""The measures of live pages with their limits; ``bench/push.py`` prints them."""

from __future__ import annotations

import os
import statistics
from pathlib import Path
from typing import Any

import pytest

from bench.push import (
    MEDIAN_MS,
    P95_MS,
    PAGE_MS,
    PEOPLE,
    RATIO,
    SOCKETS,
    beside_sockets,
    fan_out,
    in_the_page,
    page_of,
    people,
)
from tests.browser.serving import live_site, redis_or_none

pytestmark = pytest.mark.long


@pytest.fixture
def redis_url() -> str:
    found = redis_or_none()
    if found is None:
        reason = "no Redis answers; name one in HELPDESK_TEST_REDIS_URL"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return found


def test_five_hundred_sockets_on_one_process(redis_url: str, tmp_path: Path) -> None:
    """Plain requests stay quick beside them, none is lost, and a message reaches them nearly as fast as it can."""
    with live_site(tmp_path, redis_url=redis_url, sockets=SOCKETS + 10) as site:
        cookies = people(site, PEOPLE)
        with site.serve() as server:
            base = server.base.partition("//")[2]
            beside = beside_sockets(site, base, cookies)
            ratio = fan_out(site, base, cookies)
    print(f"median {beside.median:.0f} ms, 95th percentile {beside.p95:.0f} ms, fan-out {ratio:.2f}")
    assert beside.lost == 0
    assert beside.hints > SOCKETS
    assert beside.median < MEDIAN_MS
    assert beside.p95 < P95_MS
    assert ratio >= RATIO


@pytest.mark.browser
def test_a_comment_is_in_the_other_workers_page_at_once(redis_url: str, tmp_path: Path, chromium: Any) -> None:
    with live_site(tmp_path, redis_url=redis_url) as site, site.serve("--workers", "2") as server:
        base = server.base.partition("//")[2]
        page = page_of(chromium, base, site.cookie(site.desk.lead))
        took = in_the_page(site, page, base)
        page.context.close()
    print(f"median {statistics.median(took):.0f} ms of {len(took)}")
    assert statistics.median(took) < PAGE_MS
