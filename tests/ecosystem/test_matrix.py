"""The core's main pages with no plugin, with each plugin alone, and with all of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from helpdesk_core.plugins.discovery import discover
from helpdesk_core.plugins.lifecycle import enable
from helpdesk_core.testing import Desk, Site, build_desk, journal, make_app, open_site, sign_in
from helpdesk_core.testing.apps import dispose, server_url

INSTALLED = {one.name: one.manifest for one in discover() if one.manifest is not None}
SETS: dict[str, tuple[str, ...]] = {"none": (), **{name: (name,) for name in INSTALLED}, "all": tuple(INSTALLED)}
PAGES = {
    "admin": (
        "/inbox", "/tickets", "/tickets?q=till", "/tickets/new", "/tickets/1", "/tickets/1/edit", "/tickets/export.csv",
        "/companies", "/companies/1", "/contacts", "/contacts/1", "/employees", "/employees/1", "/groups", "/account",
        "/settings", "/settings/general", "/settings/statuses", "/settings/roles", "/settings/lists/types",
    ),
    "insider": ("/inbox", "/tickets", "/tickets/new", "/account"),
    "customer": ("/my", "/my/new", "/my/1", "/account"),
}  # fmt: skip


def with_requirements(names: tuple[str, ...]) -> tuple[str, ...]:
    """*names* in an order in which they can be enabled, what they require before them."""
    ordered: list[str] = []

    def add(name: str) -> None:
        for other in INSTALLED[name].requires:
            add(other)
        if name not in ordered:
            ordered.append(name)

    for name in names:
        add(name)
    return tuple(ordered)


@pytest.fixture(scope="module", params=SETS)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("matrix")
    with open_site(folder, server=server_url()) as site:
        for name in with_requirements(SETS[request.param]):
            enable(site.app, name)
            dispose(site.app)
            site.app = make_app(site.url, folder / "data")
        assert set(site.app.extensions["helpdesk"].plugins) == set(with_requirements(SETS[request.param]))
        yield site


@pytest.fixture(scope="module")
def worked(site: Site) -> Desk:
    """A ticket was registered, answered, noted and solved on this site."""
    with site.app.app_context():
        desk = build_desk()
        ticket_id = desk.ticket(company_id=desk.company_id, group_id=desk.group_id)
        desk.comment(ticket_id, "We look into it.")
        desk.comment(ticket_id, "The cable is loose", internal=True)
        desk.comment(ticket_id, "Thank you", actor=desk.customer)
        assert journal(ticket_id)[0] == "ticket.created"
    return desk


@pytest.mark.parametrize(("who", "path"), [(who, path) for who, paths in PAGES.items() for path in paths])
def test_the_page_is_there_and_nothing_in_it_failed(site: Site, worked: Desk, who: str, path: str) -> None:
    """F-22: pages render whichever plugins are there."""
    client = site.app.test_client()
    sign_in(site.app, client, getattr(worked, who))
    answer = client.get(path)
    assert answer.status_code == 200, path
    assert failures(site.app) == {}


def test_customers_do_not_see_the_note(site: Site, worked: Desk) -> None:
    """T-11, with every set of plugins."""
    client = site.app.test_client()
    sign_in(site.app, client, worked.customer)
    page = client.get("/my/1").text
    assert "We look into it." in page
    assert "The cable is loose" not in page


def failures(app: Flask) -> dict[tuple[str, str], int]:
    """How often which plugin failed where."""
    found: dict[tuple[str, str], int] = app.extensions["helpdesk"].statistics.failures()
    return found


def test_every_plugin_of_the_repository_is_installed_and_has_the_suite() -> None:
    """A plugin whose author forgot the suite would be checked by nobody."""
    for manifest in sorted(Path(__file__).parents[2].glob("plugins/*/*/helpdesk-plugin.toml")):
        root = manifest.parents[1]
        suite = root / "tests" / "test_conformance.py"
        assert suite.is_file(), (
            f"{root.name}: write tests/test_conformance.py with `class TestConformance(Conformance)`"
        )
        assert "(Conformance)" in suite.read_text(encoding="utf-8"), suite
        assert root.name in INSTALLED, f"{root.name} is not installed here: run `python3 dev.py install`"
