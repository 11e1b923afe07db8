"""``create_app``: the one place where the parts meet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from flask import Flask, current_app, g, redirect, request
from flask.typing import ResponseReturnValue
from jinja2 import BaseLoader, ChoiceLoader, FileSystemLoader, PrefixLoader
from werkzeug.exceptions import SecurityError
from werkzeug.middleware.proxy_fix import ProxyFix

from helpdesk_core import models
from helpdesk_core.access.permissions import CORE_PERMISSIONS
from helpdesk_core.applications.views import bp as applications_bp
from helpdesk_core.config import load_config
from helpdesk_core.configuration.views import bp as configuration_bp
from helpdesk_core.contract.actor import ActorKind
from helpdesk_core.contract.errors import TryLater
from helpdesk_core.contract.plugin import Plugin
from helpdesk_core.customers.views import bp as customers_bp
from helpdesk_core.db.migrate import AFTER_UPGRADE
from helpdesk_core.db.session import init_database, unit_of_work
from helpdesk_core.events.catalog import CORE_EVENTS
from helpdesk_core.events.deliveries import init_deliveries
from helpdesk_core.extensions import csrf, limiter
from helpdesk_core.i18n.domains import DomainEnvironment, add_domains
from helpdesk_core.i18n.layers import provide_overlay
from helpdesk_core.i18n.locale import init_babel
from helpdesk_core.i18n.terms import ship_terms
from helpdesk_core.inbound.jobs import inbound_jobs
from helpdesk_core.inbound.views import bp as inbound_bp
from helpdesk_core.install import install_defaults, preset_words
from helpdesk_core.jobs.broker import init_broker
from helpdesk_core.jobs.registry import add_jobs
from helpdesk_core.jobs.views import bp as jobs_bp
from helpdesk_core.plugins.active import ACTIVE, read_active_set
from helpdesk_core.plugins.breaker import Breaker, install_breaker
from helpdesk_core.plugins.calls import EXTENSION, Runtime
from helpdesk_core.plugins.lifecycle import FACTORY, GIVEN, install_plugins, note_suspended
from helpdesk_core.plugins.manager import load_plugins, start_plugins
from helpdesk_core.plugins.registry import CoreNames
from helpdesk_core.settings.views import bp as settings_bp
from helpdesk_core.statuses.views import bp as statuses_bp
from helpdesk_core.tickets.customer_views import bp as portal_bp
from helpdesk_core.tickets.inbox import menu_counts
from helpdesk_core.tickets.timed_steps import timed_jobs
from helpdesk_core.tickets.uploads import upload_jobs
from helpdesk_core.tickets.views import bp as tickets_bp
from helpdesk_core.ui.counts import provide_counts
from helpdesk_core.ui.errors import install_errors
from helpdesk_core.ui.formatting import register_filters
from helpdesk_core.ui.guard import install_guard, signed_in
from helpdesk_core.ui.palette import bp as ui_bp
from helpdesk_core.ui.security import install_security
from helpdesk_core.ui.shell import install_shell
from helpdesk_core.ui.slots import SLOTS
from helpdesk_core.users.auth_views import bp as auth_bp
from helpdesk_core.users.login import init_login
from helpdesk_core.users.reset_mail import reset_jobs
from helpdesk_core.users.views import bp as users_bp
from helpdesk_core.wording.overlay import current_overlay
from helpdesk_core.wording.views import bp as wording_bp

__all__ = ["create_app", "models"]

_BLUEPRINTS = (
    auth_bp, users_bp, customers_bp, tickets_bp, portal_bp, settings_bp, applications_bp, jobs_bp, statuses_bp,
    wording_bp, configuration_bp, ui_bp, inbound_bp,
)  # fmt: skip


def create_app(
    config: Mapping[str, Any] | None = None, plugins: Sequence[type[Plugin] | Plugin | str] | None = None
) -> Flask:
    """Return a helpdesk with *plugins* besides those that the configuration names.

    Asks the database once which plugins are enabled; it may not be migrated, or not exist, yet. Under ``TESTING`` a
    faulty plugin raises ``PluginError``; otherwise it is left out and ``helpdesk check`` says why.
    """
    app = Flask("helpdesk_core")
    app.jinja_environment = DomainEnvironment
    app.config.from_mapping(load_config(config))
    proxies = app.config["HELPDESK_TRUSTED_PROXIES"]
    if proxies:
        # The host is never taken from a header: HELPDESK_BASE_URL says it (T-33).
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies)  # type: ignore[method-assign]
    app.before_request(_refuse_host)
    app.before_request(_refuse_unknown_set)
    install_security(app)
    init_database(app)
    init_babel(app)
    provide_overlay(app, current_overlay)
    ship_terms(app, {(context, key): text for context, key, text in preset_words()})
    csrf.init_app(app)
    limiter.init_app(app)
    init_login(app)
    install_guard(app)
    install_errors(app)
    register_filters(app)
    install_shell(app)
    provide_counts(app, menu_counts)
    init_deliveries(app)
    init_broker(app)
    for jobs in (reset_jobs, timed_jobs, inbound_jobs, upload_jobs):
        add_jobs(app, jobs)
    app.extensions[AFTER_UPGRADE] = _install_defaults
    names = CoreNames(
        permissions=frozenset(one.name for one in CORE_PERMISSIONS),
        slots=frozenset(SLOTS),
        events=frozenset(one.name for one in CORE_EVENTS),
    )
    active = app.extensions[ACTIVE] = read_active_set(app)
    app.extensions.update({FACTORY: create_app, GIVEN: tuple(plugins or ())})
    breaker = Breaker(
        failures=app.config["HELPDESK_CONTRIBUTION_FAILURES"], seconds=app.config["HELPDESK_CONTRIBUTION_MS"] / 1000
    )
    install_breaker(app, breaker, note_suspended)
    runtime = load_plugins(app, plugins=tuple(plugins or ()), enabled=active.names, core=names, breaker=breaker)
    app.jinja_loader = _templates(app, runtime)
    catalogs = {name: plugin.folder("translations") for name, plugin in runtime.plugins.items()}
    add_domains(app, {name: folder for name, folder in catalogs.items() if folder is not None})
    for blueprint in _BLUEPRINTS:
        app.register_blueprint(blueprint)
    app.add_url_rule("/", "start", _start)
    start_plugins(app)
    runtime.missing_policies = frozenset(hook for name in runtime.quarantined for hook in active.policies.get(name, ()))
    return app


@signed_in
def _start() -> ResponseReturnValue:
    """Send everybody to where his work begins (OK-205)."""
    return redirect(request.script_root + ("/my" if g.actor.kind is ActorKind.CONTACT else "/inbox"), 303)


def _refuse_host() -> ResponseReturnValue | None:
    # Nothing can be drawn for a host that is not ours: every link would lead there.
    if isinstance(request.routing_exception, SecurityError):
        return "This host is not served here.\n", 400, {"Content-Type": "text/plain; charset=utf-8"}
    return None


def _refuse_unknown_set() -> None:
    # The database did not answer when this process started: rules of access that plugins bring may be missing.
    if current_app.extensions[ACTIVE].generation is None:
        raise TryLater("the helpdesk is starting")


def _install_defaults() -> None:
    with unit_of_work() as session:
        install_defaults(session)
        install_plugins(session, current_app.extensions[EXTENSION], current_app.extensions[ACTIVE])


def _templates(app: Flask, runtime: Runtime) -> BaseLoader:
    """The site's own templates first, then the core's, then each plugin's, confined to its own folder."""
    core = Path(app.root_path) / "templates"
    own: dict[str, BaseLoader] = {}
    for name, plugin in runtime.plugins.items():
        folder = plugin.folder("templates")
        if folder is not None:
            own[name] = FileSystemLoader(folder / name)
    site = Path(app.config["HELPDESK_DATA_DIR"]) / "templates"
    return ChoiceLoader([FileSystemLoader(site), PrefixLoader({"~core": FileSystemLoader(core / "core")}),
                         FileSystemLoader(core), PrefixLoader(own)])  # fmt: skip
