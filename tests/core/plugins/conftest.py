"""A bare app that carries plugins, plugins written on the spot, and one that is really installed."""

import importlib
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest
from flask import Flask
from sqlalchemy import NullPool, create_engine
from sqlalchemy.schema import CreateSchema, DropSchema

from helpdesk_core.db.base import metadata
from helpdesk_core.db.session import db, init_database

INSTALLED = Path(__file__).parent / "installed"

MakeApp = Callable[..., Flask]
InstallPlugin = Callable[..., None]


@pytest.fixture
def clean_imports() -> Iterator[None]:
    """Forget the test plugins that a test imports, together with their tables."""
    before = set(sys.modules)
    tables = set(metadata.tables)
    yield
    for name in set(sys.modules) - before:
        if name.startswith("made_"):
            del sys.modules[name]
    for name in set(metadata.tables) - tables:
        if name.startswith("made_"):
            metadata.remove(metadata.tables[name])


@pytest.fixture
def visit_log(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the test plugin installed, for ``@pytest.mark.helpdesk(plugins=["visit_log"])``: take it before ``app``."""
    monkeypatch.syspath_prepend(str(INSTALLED))
    importlib.invalidate_caches()


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clean_imports: None) -> InstallPlugin:
    """Install a plugin made of the given manifest and hooks, as a distribution with an entry point."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))

    def install_plugin(
        name: str,
        *,
        hooks: str = "",
        manifest: str = "",
        code: str | None = None,
        requires_core: str = "",
        dist: str = "",
        core: str = "",
    ) -> None:
        package = site / f"made_{dist or name}"
        package.mkdir()
        (package / "__init__.py").write_text("")
        text = manifest or f'name = "{name}"\nsummary = "made"\napi = ">=1.0,<2"\n'
        (package / "helpdesk-plugin.toml").write_text(text, encoding="utf-8")
        body = code or (
            "from helpdesk_core.toolkit import *\n\n\n"
            f"class MadePlugin(Plugin):\n    name = {name!r}\n\n" + _indented(hooks)
        )
        (package / "plugin.py").write_text(body, encoding="utf-8")
        info = site / f"made_{dist or name}-1.0.dist-info"
        info.mkdir()
        requirement = f"Requires-Dist: helpdesk-core {requires_core}\n" if requires_core else ""
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: made-{dist or name}\nVersion: 1.0\n{requirement}", encoding="utf-8"
        )
        (info / "entry_points.txt").write_text(
            f"[helpdesk.plugins]\n{name} = made_{dist or name}.plugin:MadePlugin\n", encoding="utf-8"
        )
        if core:
            info = site / f"helpdesk_core-{core}.dist-info"
            info.mkdir()
            (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: helpdesk-core\nVersion: {core}\n")
        importlib.invalidate_caches()

    return install_plugin


def _indented(hooks: str) -> str:
    return "".join(f"    {line}\n" if line else "\n" for line in dedent(hooks).splitlines())


@pytest.fixture
def database(tmp_path: Path, database_url: str) -> Iterator[dict[str, object]]:
    """The configuration of an empty database: a file, or on PostgreSQL a schema in the worker's own database."""
    url = database_url
    if url.startswith("sqlite"):
        yield {"SQLALCHEMY_DATABASE_URI": f"sqlite:///{tmp_path / 'bare.db'}"}
        return
    schema = f"bare_{uuid.uuid4().hex}"
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(CreateSchema(schema))
    options = {"connect_args": {"options": f"-csearch_path={schema}"}}
    yield {"SQLALCHEMY_DATABASE_URI": url, "SQLALCHEMY_ENGINE_OPTIONS": options}
    with engine.begin() as connection:
        connection.execute(DropSchema(schema, cascade=True))


@pytest.fixture
def make_app(database: dict[str, object]) -> Iterator[MakeApp]:
    """Return a maker of bare apps with a database and, once loaded, plugins."""
    made: list[Flask] = []

    def make(**config: object) -> Flask:
        app = Flask("bare")
        app.testing = True
        app.config.update(database)
        app.config.update(config)
        init_database(app)
        made.append(app)
        return app

    yield make
    for app in made:
        with app.app_context():
            db.session.remove()
            db.engine.dispose()
