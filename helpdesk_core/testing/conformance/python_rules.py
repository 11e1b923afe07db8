"""What the plugin's Python files may not do; read, not run."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import PurePosixPath

from helpdesk_core import toolkit
from helpdesk_core.contract.errors import HelpdeskError
from helpdesk_core.plugins.discovery import discover
from helpdesk_core.testing import source_rules
from helpdesk_core.testing.conformance.stage import Stage
from helpdesk_core.testing.label_rules import LABELS, decided_by_text
from helpdesk_core.testing.source_rules import Source, calls, imports

_BUILTIN_ERRORS = frozenset(
    {"ArithmeticError", "AssertionError", "Exception", "KeyError", "LookupError", "PermissionError", "RuntimeError",
     "TypeError", "ValueError"}
)  # fmt: skip
_SHOWN = frozenset({"label", "text", "description"})
#: Calls whose first argument people read, and specs whose ``label`` or ``text`` they read.
_SPEAKING = frozenset({"flash", "Rejected", "TryLater"})
_LABELLED = frozenset({"NavItem", "Permission", "RelatedItem", "Searchable", "TicketAction", "TicketField",
                       "TicketFilter", "TicketWarning"})  # fmt: skip


def _python(stage: Stage) -> list[Source]:
    return [source for source in stage.sources(".py") if "/migrations/" not in source.path]


def _at(source: Source, node: ast.AST) -> str:
    return f"{source.path}:{getattr(node, 'lineno', 1)}"


def imports_the_toolkit_only(stage: Stage) -> Iterator[str]:
    """A plugin imports ``helpdesk_core.toolkit`` and, of plugins it names in its manifest, their ``api``."""
    others = {one.directory.name: one.name for one in discover() if one.directory is not None}
    friends = {*stage.manifest.requires, *stage.manifest.uses}
    for source in _python(stage):
        yield from map(str, source_rules.plugins_use_the_toolkit_only(source))
        for statement, names in imports(ast.parse(source.text)):
            package, _, inside = names[0].partition(".")
            other = others.get(package)
            if other is None or other == stage.name:
                continue
            if other not in friends:
                yield (
                    f"{_at(source, statement)}: imports {package}. Name {other} in `requires` or `uses` of the "
                    "manifest."
                )
            elif inside.split(".")[0] != "api" and names[-1] != f"{package}.api":
                yield (
                    f"{_at(source, statement)}: imports {names[-1]}. Of another plugin only its module `api` may be "
                    "used."
                )


def leaves_core_models_alone(stage: Stage) -> Iterator[str]:
    """No backref, listener, column or attribute of a plugin on a model of the core."""
    for source in _python(stage):
        tree = ast.parse(source.text)
        core = {alias.asname or alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)
                and node.module == "helpdesk_core.toolkit" for alias in node.names}  # fmt: skip
        core -= {"PluginModel"}
        own = {node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
        for call, name in calls(tree):
            if name == "relationship" and any(
                keyword.arg in ("backref", "back_populates") for keyword in call.keywords
            ):
                target = ast.unparse(call.args[0]).strip("'\"") if call.args else ""
                if target in core or not target:
                    yield (
                        f"{_at(source, call)}: puts a backref on {target or 'a model'}. It would stay there in apps "
                        "without this plugin and break deleting. Ask by the foreign key in queries.py instead."
                    )
            elif name in ("listens_for", "listen") and call.args and ast.unparse(call.args[0]).split(".")[0] not in own:
                yield (
                    f"{_at(source, call)}: listens to {ast.unparse(call.args[0])}, which is not this plugin's model. "
                    "Implement the hook that fits (helpdesk_ticket_changed, helpdesk_comment_added, ...) instead."
                )
            elif name in ("add_property", "append_column"):
                yield (
                    f"{_at(source, call)}: adds a column to a finished model. Keep it in a table of your own, by "
                    "ticket_id."
                )
        for node in ast.walk(tree):
            targets = node.targets if isinstance(node, ast.Assign) else []
            for one in targets:
                if isinstance(one, ast.Attribute) and isinstance(one.value, ast.Name) and one.value.id in core:
                    yield (
                        f"{_at(source, node)}: changes {one.value.id} of the core. Keep the value in a table of your "
                        "own."
                    )


def services_leave_the_commit_to_their_caller(stage: Stage) -> Iterator[str]:
    """One change, one commit: the view's or the command's ``unit_of_work``."""
    for source in _python(stage):
        yield from map(str, source_rules.only_the_session_module_commits(source))
        if source.is_room("services", "plugin", "queries"):
            for call, name in calls(ast.parse(source.text)):
                if name == "unit_of_work" and not source.is_room("plugin"):
                    yield (
                        f"{_at(source, call)}: a service opens unit_of_work(), which does not nest. Take `session` "
                        "as the "
                        "first argument; views and commands open the unit of work."
                    )


def rooms_keep_to_their_work(stage: Stage) -> Iterator[str]:
    """Services and queries know no request, views hold no query, no module is a drawer for odds and ends."""
    for source in _python(stage):
        for rule in (source_rules.services_know_no_request, source_rules.views_hold_no_query,
                     source_rules.names_are_domain_words):  # fmt: skip
            yield from map(str, rule(source))


def refuses_in_the_contracts_words(stage: Stage) -> Iterator[str]:
    """What a user may read is raised as ``Rejected`` or ``Invalid``; anything else is a failure of the plugin."""
    errors = sorted(name for name in toolkit.__all__ if _is_error(name))
    for source in _python(stage):
        whole = source.is_room("services", "plugin")
        for function in ast.walk(ast.parse(source.text)):
            if not isinstance(function, ast.FunctionDef) or not (whole or _is_hook(function)):
                continue
            for node in ast.walk(function):
                raised = node.exc if isinstance(node, ast.Raise) else None
                name = ast.unparse(raised.func if isinstance(raised, ast.Call) else raised) if raised else ""
                if name in _BUILTIN_ERRORS:
                    yield (
                        f"{_at(source, node)}: raises {name}, which is shown as a failure of the plugin. Raise "
                        f"Rejected(reason) or Invalid({{field: [message]}}); the toolkit has {', '.join(errors)}."
                    )


def _is_error(name: str) -> bool:
    found = getattr(toolkit, name)
    return isinstance(found, type) and issubclass(found, HelpdeskError)


def _is_hook(function: ast.FunctionDef) -> bool:
    return any(ast.unparse(one).startswith("hookimpl") for one in function.decorator_list)


def labels_are_never_compared(stage: Stage) -> Iterator[str]:
    """A label is only ever shown: sites rename and translate it. Compare keys, categories and flags."""
    for source in _python(stage):
        tree = ast.parse(source.text)
        found = [*decided_by_text(tree), *_labels_compared(tree)]
        for node, text in sorted(found, key=lambda one: getattr(one[0], "lineno", 0)):
            yield (
                f"{_at(source, node)}: compares {text}, a text that is translated and renamed. Compare the key "
                "(status_key), the category or a flag."
            )


def _labels_compared(tree: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and any(
            isinstance(one, ast.Eq | ast.NotEq | ast.In | ast.NotIn) for one in node.ops
        ):
            for side in (node.left, *node.comparators):
                if isinstance(side, ast.Attribute) and side.attr in LABELS:
                    yield node, ast.unparse(side)


def words_in_python_are_marked(stage: Stage) -> Iterator[str]:
    """Every text that people read can be translated."""
    for source in _python(stage):
        if source.is_room("settings", "events", "__init__"):
            continue
        for call, name in calls(ast.parse(source.text)):
            spoken: list[ast.expr] = []
            if name in _SPEAKING or (name.endswith("Field") and name not in _LABELLED):
                spoken += call.args[:1]
            if name in _LABELLED:
                spoken += [
                    keyword.value for keyword in call.keywords if keyword.arg in ("label", "text", "description")
                ]
            if name == "Invalid" and call.args and isinstance(call.args[0], ast.Dict):
                spoken += [text for value in call.args[0].values if isinstance(value, ast.List | ast.Tuple)
                           for text in value.elts]  # fmt: skip
            for text in spoken:
                if _is_plain(text):
                    yield (
                        f"{_at(source, text)}: {ast.unparse(text)} cannot be translated. Write "
                        f"_({ast.unparse(text)}) with "
                        "the plugin's gettext (lazy_gettext for what is made at start)."
                    )


def _is_plain(node: ast.expr) -> bool:
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str) and any(letter.isalpha() for letter in node.value)
    return isinstance(node, ast.JoinedStr)


def html_is_made_by_templates(stage: Stage) -> Iterator[str]:
    """Only templates write HTML, for they escape; ``Markup`` of a variable does not."""
    for source in _python(stage):
        for call, name in calls(ast.parse(source.text)):
            if name == "Markup" and call.args and not isinstance(call.args[0], ast.Constant):
                yield (
                    f"{_at(source, call)}: marks {ast.unparse(call.args[0])} as safe HTML. Return the text and let the "
                    "template escape it, or render_markdown(text) from the toolkit."
                )
            if name in ("render_template_string", "from_string"):
                yield f"{_at(source, call)}: renders a template from a text. Put it into a file under templates/."


def migrations_are_frozen_text(stage: Stage) -> Iterator[str]:
    """A migration imports nothing that may change after it was written."""
    for source in stage.sources(".py"):
        if "/migrations/" not in source.path:
            continue
        tree = ast.parse(source.text)
        for statement, names in imports(tree):
            if names[0].split(".")[0] in ("helpdesk_core", stage.package):
                yield (
                    f"{_at(source, statement)}: imports {names[-1]}. Write tables and values out with sqlalchemy and "
                    "alembic.op: the models of tomorrow are not those this migration was written for."
                )
        functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
        down = functions.get("downgrade")
        if "upgrade" in functions and (down is None or not _does_something(down)):
            yield (
                f"{source.path}: cannot be taken back. Write downgrade() that drops what upgrade() made; without it "
                "the "
                "plugin can never be purged."
            )
        name = PurePosixPath(source.path).name
        if "upgrade" in functions and f'"{stage.name}_' not in source.text:
            yield f"{name}: name the revision {stage.name}_0001 and so on, so that nobody takes it for another's."


def _does_something(function: ast.FunctionDef) -> bool:
    body = [node for node in function.body if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))]
    return any(not isinstance(node, ast.Pass | ast.Raise) for node in body)
