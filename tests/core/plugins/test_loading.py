"""Discovery, order and the faults that keep a plugin out."""

import sys
from collections.abc import Callable
from typing import Any

import pytest
from flask import Blueprint, Flask
from structlog.testing import capture_logs

from helpdesk_core.contract.errors import PluginError
from helpdesk_core.contract.markers import hookimpl
from helpdesk_core.contract.plugin import Manifest, Plugin
from helpdesk_core.contract.specs import BlueprintSpec, Permission, RelatedItem, SlotFill
from helpdesk_core.plugins.calls import Runtime
from helpdesk_core.plugins.discovery import discover
from helpdesk_core.plugins.manager import enabled_names, load_plugins, start_plugins
from helpdesk_core.plugins.registry import CoreNames


def a_plugin(name: str, *, requires: tuple[str, ...] = (), uses: tuple[str, ...] = (), **members: Any) -> type[Plugin]:
    manifest = Manifest(name=name, summary="made", api=">=1.0", requires=requires, uses=uses)
    return type(f"{name.title()}Plugin", (Plugin,), {"name": name, "manifest": manifest, **members})


def refused(app: Flask, *plugins: type[Plugin], **options: Any) -> PluginError:
    """Return the fault under strict; without it the same plugins start and name the same fault."""
    with pytest.raises(PluginError) as refusal:
        start_plugins_of(app, *plugins, strict=True, **options)
    fault = refusal.value
    relaxed = Flask("relaxed")
    relaxed.config.update(app.config)
    with capture_logs() as logs:
        runtime = start_plugins_of(relaxed, *plugins, strict=False, **options)
    assert str(runtime.quarantined[fault.plugin]) == str(fault)
    assert fault.plugin not in runtime.plugins
    assert fault.plugin in {line["plugin"] for line in logs if line["event"] == "plugin quarantined"}
    return fault


def start_plugins_of(app: Flask, *plugins: type[Plugin], **options: Any) -> Runtime:
    load_plugins(app, plugins=plugins, **options)
    return start_plugins(app)


@pytest.fixture
def app() -> Flask:
    return Flask("bare")


def test_an_installed_plugin_that_is_not_listed_is_never_imported(app: Flask, install: Callable[..., None]) -> None:
    install("idle")
    runtime = load_plugins(app, strict=True)
    assert "idle" in [one.name for one in discover()]
    assert dict(runtime.plugins) == {}
    assert "made_idle" not in sys.modules


def test_a_listed_plugin_is_loaded_and_its_card_needs_no_import(app: Flask, install: Callable[..., None]) -> None:
    install("idle")
    card = next(one for one in discover() if one.name == "idle").manifest
    assert card is not None
    assert card.summary == "made"
    assert "made_idle" not in sys.modules
    app.config["HELPDESK_PLUGINS"] = "idle"
    assert list(load_plugins(app, strict=True).plugins) == ["idle"]


def test_the_list_of_plugins_may_be_a_list_or_a_text() -> None:
    assert enabled_names(["b", "a", "b"]) == enabled_names("b, a b") == ("b", "a")
    assert enabled_names(None) == enabled_names("") == ()
    with pytest.raises(TypeError, match="HELPDESK_PLUGINS"):
        enabled_names(3)


def test_the_order_follows_requirements_and_then_names(app: Flask) -> None:
    plugins = [
        a_plugin("delta"),
        a_plugin("alpha", requires=("zulu",)),
        a_plugin("zulu", uses=("delta", "absent")),
        a_plugin("bravo"),
    ]
    expected = ["bravo", "delta", "zulu", "alpha"]
    for given in (plugins, plugins[::-1], plugins[2:] + plugins[:2]):
        fresh = Flask("bare")
        assert list(load_plugins(fresh, plugins=given, strict=True).plugins) == expected


def test_hooks_are_called_in_load_order(app: Flask) -> None:
    def related(name: str) -> dict[str, Any]:
        def helpdesk_find_related(self: Plugin) -> list[RelatedItem]:
            return [RelatedItem(kind="x", label=name, url="/")]

        return {"helpdesk_find_related": hookimpl(helpdesk_find_related)}

    plugins = [a_plugin(name, **related(name)) for name in ("charlie", "bravo")]
    plugins.append(a_plugin("alpha", requires=("charlie",), **related("alpha")))
    runtime = load_plugins(app, plugins=plugins, strict=True)
    with app.app_context():
        assert runtime.hooks.helpdesk_find_related.plugins == ("bravo", "charlie", "alpha")


def test_a_cycle_is_shown_and_takes_its_dependents_out(app: Flask) -> None:
    plugins = [
        a_plugin("alpha", requires=("bravo",)),
        a_plugin("bravo", uses=("alpha",)),
        a_plugin("charlie", requires=("alpha",)),
        a_plugin("delta"),
    ]
    fault = refused(app, *plugins)
    assert "cycle: alpha -> bravo -> alpha" in fault.cause
    relaxed = Flask("relaxed")
    runtime = load_plugins(relaxed, plugins=plugins, strict=False)
    assert (list(runtime.plugins), sorted(runtime.quarantined)) == (["delta"], ["alpha", "bravo", "charlie"])


def test_a_missing_requirement_is_named(app: Flask) -> None:
    assert refused(app, a_plugin("alpha", requires=("bravo",))).cause == "requires bravo, which is not enabled"


def test_a_plugin_enabled_but_not_installed_is_named(app: Flask) -> None:
    app.config["HELPDESK_PLUGINS"] = ["ghost"]
    assert str(refused(app)) == "plugin ghost: is enabled, but not installed"


def test_two_plugins_with_one_name_are_both_refused(app: Flask) -> None:
    """F-23."""
    assert "two plugins have this name" in refused(app, a_plugin("alpha"), a_plugin("alpha")).cause


def test_names_that_begin_with_one_another_would_mix_tables(app: Flask) -> None:
    """F-23."""
    fault = refused(app, a_plugin("alpha"), a_plugin("alpha_two"))
    assert (fault.plugin, "begins with that of plugin alpha" in fault.cause) == ("alpha_two", True)


@pytest.mark.parametrize("name", ["core", "site", "Alpha", "a-b", "1st", "a__b", "x" * 41, ""])
def test_a_name_that_is_not_one_is_refused(app: Flask, name: str) -> None:
    assert "name:" in refused(app, a_plugin(name)).cause


def test_another_api_is_refused(app: Flask) -> None:
    """F-23."""
    future = a_plugin("alpha")
    future.manifest = Manifest(name="alpha", summary="made", api=">=2.0")
    assert "is made for api >=2.0, but this core offers 1.0" in refused(app, future).cause


def test_another_core_is_refused_before_anything_is_imported(app: Flask, install: Any) -> None:
    """F-23."""
    install("future", requires_core=">=99", core="0.1")
    app.config["HELPDESK_PLUGINS"] = ["future"]
    assert "needs helpdesk-core >=99" in refused(app).cause
    assert "made_future" not in sys.modules


def misspelt() -> dict[str, Any]:
    def helpdesk_tickets_created(self: Plugin) -> None: ...

    return {"helpdesk_tickets_created": hookimpl(helpdesk_tickets_created)}


def with_a_default() -> dict[str, Any]:
    def helpdesk_find_related(self: Plugin, limit: int = 5) -> None: ...

    return {"helpdesk_find_related": hookimpl(helpdesk_find_related)}


def with_an_unknown_argument() -> dict[str, Any]:
    def helpdesk_find_related(self: Plugin, ticket_id: int) -> None: ...

    return {"helpdesk_find_related": hookimpl(helpdesk_find_related)}


def with_everything() -> dict[str, Any]:
    def helpdesk_find_related(self: Plugin, **everything: object) -> None: ...

    return {"helpdesk_find_related": hookimpl(helpdesk_find_related)}


def unmarked() -> dict[str, Any]:
    def helpdesk_find_related(self: Plugin) -> None: ...

    return {"helpdesk_find_related": helpdesk_find_related}


def wrapping() -> dict[str, Any]:
    def helpdesk_find_related(self: Plugin) -> Any:
        return (yield)

    return {"helpdesk_find_related": hookimpl(wrapper=True)(helpdesk_find_related)}


@pytest.mark.parametrize(
    ("members", "cause"),
    [
        (misspelt, "there is no hook helpdesk_tickets_created; did you mean helpdesk_ticket_created?"),
        (with_a_default, "helpdesk_find_related: argument limit has a default value"),
        (with_an_unknown_argument, "ticket_id"),
        (with_everything, "name the arguments"),
        (unmarked, "is not marked @hookimpl"),
        (wrapping, "wrappers are not supported"),
    ],
)
def test_a_hook_that_would_never_be_called_right_fails_at_start(
    app: Flask, members: Callable[[], dict[str, Any]], cause: str
) -> None:
    fault = refused(app, a_plugin("alpha", **members()))
    assert fault.plugin == "alpha"
    assert cause in fault.cause


@pytest.mark.parametrize("line", ["raise RuntimeError('no')", "raise SystemExit(0)", "import nothing_like_this", "x ="])
def test_a_plugin_that_cannot_be_imported_is_taken_out_alone(app: Flask, install: Any, line: str) -> None:
    """F-21."""
    install("bad", code=line)
    install("good")
    app.config["HELPDESK_PLUGINS"] = ["bad", "good"]
    assert refused(app).plugin == "bad"
    relaxed = Flask("relaxed")
    relaxed.config["HELPDESK_PLUGINS"] = ["bad", "good"]
    assert list(load_plugins(relaxed, strict=False).plugins) == ["good"]


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        ("MadePlugin = 3", "not a Plugin class"),
        ("from helpdesk_core.toolkit import Plugin\nclass MadePlugin(Plugin):\n    name = 'other'\n", "named 'other'"),
    ],
)
def test_an_entry_point_that_is_not_the_plugin_it_says_is_refused(
    app: Flask, install: Any, code: str, cause: str
) -> None:
    install("alpha", code=code)
    app.config["HELPDESK_PLUGINS"] = ["alpha"]
    assert cause in refused(app).cause


def registering(hook: str, *specs: object) -> dict[str, Any]:
    def method(self: Plugin) -> list[object]:
        return list(specs)

    method.__name__ = hook
    return {hook: hookimpl(method)}


def failing(hook: str, error: BaseException) -> dict[str, Any]:
    def method(self: Plugin) -> object:
        raise error

    method.__name__ = hook
    return {hook: hookimpl(method)}


READ = Permission(name="alpha:thing:read", label="Read")


@pytest.mark.parametrize(
    ("hook", "specs", "cause"),
    [
        ("helpdesk_register_permissions", [Permission(name="core:ticket:read", label="x")], "must be named alpha:"),
        ("helpdesk_register_permissions", [Permission(name="alpha:thing", label="x")], "must be named alpha:"),
        ("helpdesk_register_permissions", [READ, READ], "registered already by alpha"),
        ("helpdesk_register_permissions", ["alpha:thing:read"], "returned str, expected Permission"),
        ("helpdesk_register_slots", [SlotFill(slot="ticket.sidebar", template="core/x.html")], "must stand in alpha/"),
        ("helpdesk_register_slots", [SlotFill(slot="nowhere", template="alpha/x.html")], "there is no slot 'nowhere'"),
        (
            "helpdesk_register_slots",
            [SlotFill(slot="ticket.sidebar", template="alpha/x.html", permission="alpha:thing:read")],
            "permission 'alpha:thing:read' is not registered",
        ),
        ("helpdesk_register_blueprints", [BlueprintSpec(blueprint=Blueprint("tickets", __name__))], "must be named"),
        (
            "helpdesk_register_blueprints",
            [BlueprintSpec(blueprint=Blueprint("alpha", __name__), url_prefix="/tickets")],
            "the url prefix must be /alpha",
        ),
    ],
)
def test_a_registration_outside_the_plugins_own_names_is_refused(
    app: Flask, hook: str, specs: list[object], cause: str
) -> None:
    """F-23."""
    core = CoreNames(permissions=frozenset({"core:ticket:read"}), slots=frozenset({"ticket.sidebar"}))
    assert cause in refused(app, a_plugin("alpha", **registering(hook, *specs)), core=core).cause


def test_a_plugin_that_fails_to_register_is_out_with_its_dependents_and_nothing_of_it_stays(app: Flask) -> None:
    """F-23."""
    members = registering("helpdesk_register_permissions", READ) | failing("helpdesk_register_nav", SystemExit(1))
    plugins = [a_plugin("alpha", **members), a_plugin("bravo", requires=("alpha",)), a_plugin("charlie")]
    assert "helpdesk_register_nav: SystemExit: 1" in refused(app, *plugins).cause
    with capture_logs():
        runtime = start_plugins_of(Flask("relaxed"), *plugins, strict=False)
    assert list(runtime.plugins) == ["charlie"]
    assert runtime.quarantined["bravo"].cause == "requires alpha, which cannot be loaded"
    assert runtime.registry.all(Permission) == ()
    assert runtime.pm.get_plugin("alpha") is None


def pages(name: str) -> BlueprintSpec:
    blueprint = Blueprint(name, __name__)
    blueprint.add_url_rule("/", "index", lambda: "pages")
    return BlueprintSpec(blueprint=blueprint)


def test_a_plugin_that_fails_in_setup_has_no_pages_and_takes_its_dependents_along(app: Flask) -> None:
    """F-23."""
    members = registering("helpdesk_register_blueprints", pages("alpha")) | failing("helpdesk_setup", OSError("no"))
    plugins = [a_plugin("alpha", **members), a_plugin("bravo", requires=("alpha",))]
    fault = refused(app, *plugins)
    assert fault.cause == "helpdesk_setup: OSError: no"
    relaxed = Flask("relaxed")
    with capture_logs():
        runtime = start_plugins_of(relaxed, *plugins, strict=False)
    assert (dict(runtime.plugins), sorted(runtime.quarantined)) == ({}, ["alpha", "bravo"])
    assert relaxed.test_client().get("/alpha/").status_code == 404


def test_pages_where_the_core_has_its_own_are_refused(app: Flask) -> None:
    """F-23."""
    app.add_url_rule("/alpha/<int:number>", "core_page", lambda number: "core")
    load_plugins(
        app, plugins=[a_plugin("alpha", **registering("helpdesk_register_blueprints", pages("alpha")))], strict=True
    )
    with pytest.raises(PluginError, match="/alpha is taken by core_page"):
        start_plugins(app)


def test_two_apps_with_other_plugins_live_in_one_process() -> None:
    one, two = Flask("one"), Flask("two")
    load_plugins(one, plugins=[a_plugin("alpha", **registering("helpdesk_register_permissions", READ))], strict=True)
    load_plugins(two, plugins=[a_plugin("bravo")], strict=True)
    assert list(one.extensions["helpdesk"].plugins) == ["alpha"]
    assert list(two.extensions["helpdesk"].plugins) == ["bravo"]
    assert two.extensions["helpdesk"].registry.all(Permission) == ()


def test_an_app_without_plugins_answers_every_hook_with_nothing(app: Flask) -> None:
    runtime = start_plugins_of(app)
    assert runtime.hooks.helpdesk_find_related(ticket=None, actor=None, limit=5) == []
    assert runtime.hooks.helpdesk_suggest_assignee(ticket=None, actor=None) is None
    assert [call.name for call in runtime.hooks if call.plugins] == []
