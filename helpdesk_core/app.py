"""The one place where the parts meet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from flask import Flask, g, redirect, url_for
from flask.typing import ResponseReturnValue
from jinja2 import ChoiceLoader, FileSystemLoader, PrefixLoader

from helpdesk_core import models  # noqa: F401  # every table is known from here on
from helpdesk_core.access.permissions import CORE_PERMISSIONS
from helpdesk_core.config import read_config
from helpdesk_core.contract.actor import ActorKind
from helpdesk_core.db.session import init_database
from helpdesk_core.extensions import babel, csrf, limiter
from helpdesk_core.i18n.locales import select_language, select_timezone
from helpdesk_core.i18n.terms import term
from helpdesk_core.plugins.manager import load_plugins, start_plugins
from helpdesk_core.plugins.registry import CoreNames
from helpdesk_core.ui.errors import install_errors
from helpdesk_core.ui.formatting import register_filters
from helpdesk_core.ui.guard import install_guard, public
from helpdesk_core.ui.security import install_security
from helpdesk_core.ui.shell import install_shell
from helpdesk_core.ui.slots import SLOTS, slot
from helpdesk_core.users.login import init_login

if TYPE_CHECKING:
    from helpdesk_core.contract.plugin import Plugin


def create_app(
    config: Mapping[str, Any] | None = None, plugins: Iterable[type[Plugin] | Plugin | str] | None = None
) -> Flask:
    """A helpdesk: *config* wins over the environment, *plugins* are loaded besides the configured ones.

    Raises ``Invalid`` for a configuration that cannot be used, and in tests ``PluginError`` for a plugin that cannot.
    """
    app = Flask("helpdesk_core")
    app.config.update(read_config(config))
    init_database(app)
    runtime = load_plugins(
        app,
        plugins=tuple(plugins or ()),
        core=CoreNames(permissions=frozenset(spec.name for spec in CORE_PERMISSIONS), slots=frozenset(SLOTS)),
    )
    csrf.init_app(app)
    limiter.init_app(app)
    babel.init_app(app, locale_selector=select_language, timezone_selector=select_timezone)
    init_login(app)
    install_security(app)
    install_guard(app)
    install_errors(app)
    install_shell(app)
    register_filters(app)
    app.jinja_env.add_extension("jinja2.ext.do")
    app.jinja_env.globals.update(slot=slot, term=term)
    _load_templates(app, {plugin.name: plugin.folder("templates") for plugin in runtime.plugins})
    _register_pages(app)
    start_plugins(app)
    return app


def _load_templates(app: Flask, folders: Mapping[str, Any]) -> None:
    """The core's templates first; each plugin's are confined to its own name."""
    plugins = {name: FileSystemLoader(folder / name) for name, folder in folders.items() if folder is not None}
    core = app.jinja_loader
    assert core is not None  # noqa: S101  # Flask finds the package's own folder
    app.jinja_loader = ChoiceLoader([core, PrefixLoader(plugins)])


def _register_pages(app: Flask) -> None:
    from helpdesk_core.customers.views import bp as customers
    from helpdesk_core.settings.views import bp as settings
    from helpdesk_core.statuses.views import bp as statuses
    from helpdesk_core.tickets.portal_views import bp as portal
    from helpdesk_core.tickets.views import bp as tickets
    from helpdesk_core.ui.palette import bp as ui
    from helpdesk_core.users.auth_views import bp as auth
    from helpdesk_core.users.views import bp as users

    for blueprint in (auth, users, customers, tickets, portal, settings, statuses, ui):
        app.register_blueprint(blueprint)
    app.add_url_rule("/", "home", _home)


@public
def _home() -> ResponseReturnValue:
    if g.actor.kind is ActorKind.CONTACT:
        return redirect(url_for("portal.index"))
    return redirect(url_for("tickets.inbox" if g.actor.kind is ActorKind.EMPLOYEE else "auth.login"))
