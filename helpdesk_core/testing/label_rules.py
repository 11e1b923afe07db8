"""Where code decides by a text that people read: sites rename it and translators translate it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import Final

#: Calls that answer what a reader sees.
SAYING: Final = frozenset(
    {"_", "_l", "_n", "gettext", "lazy_gettext", "lazy_ngettext", "lazy_pgettext", "ngettext", "noun", "npgettext",
     "pgettext", "section", "term", "translated"}
)  # fmt: skip
#: Methods of other things may be called so.
_PLAIN_METHODS: Final = frozenset({"_", "_l", "_n", "noun", "section", "translated"})
#: Attributes that hold it.
LABELS: Final = frozenset({"label", "customer_label", "status_label"})
#: Methods that look for their argument, or for their object in it.
_LOOKING: Final = frozenset({"get", "index", "count", "startswith", "endswith", "find", "pop", "setdefault"})
_COMPARING: Final = ast.Eq | ast.NotEq | ast.In | ast.NotIn
_BODIES: Final = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef


def decided_by_text(tree: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    """Each place of *tree* that compares, looks up or branches on what a reader sees, and that text as it is written.

    What was put into a variable of the same function counts as well. Attributes such as ``label`` are not looked at
    here but for ``match``: comparing a stored label with a typed one tells whether it was edited.
    """
    yield from _decided(tree, frozenset())


def _decided(scope: ast.AST, outer: frozenset[str]) -> Iterator[tuple[ast.AST, str]]:
    own = list(_inside(scope))
    said = outer | {
        target.id
        for node in own
        if isinstance(node, ast.Assign) and _says(node.value, frozenset())
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in own:
        text = next((one for one in _texts_decided_by(node) if _says(one, said)), None)
        if text is not None:
            yield node, ast.unparse(text)
        if isinstance(node, ast.Match) and isinstance(node.subject, ast.Attribute) and node.subject.attr in LABELS:
            yield node, ast.unparse(node.subject)
        if isinstance(node, _BODIES):
            yield from _decided(node, said)


def _inside(scope: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a scope, inner functions and classes as one node each."""
    for child in ast.iter_child_nodes(scope):
        yield child
        if not isinstance(child, _BODIES):
            yield from _inside(child)


def _texts_decided_by(node: ast.AST) -> Sequence[ast.expr]:
    if isinstance(node, ast.Compare) and any(isinstance(one, _COMPARING) for one in node.ops):
        sides = [node.left, *node.comparators]
        held = [item for side in sides if isinstance(side, ast.Tuple | ast.Set | ast.List) for item in side.elts]
        return [*sides, *held]
    if isinstance(node, ast.Dict):
        return [key for key in node.keys if key is not None]
    if isinstance(node, ast.DictComp):
        return [node.key]
    if isinstance(node, ast.Subscript):
        return [node.slice]
    if isinstance(node, ast.Match):
        return [node.subject]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _LOOKING:
        return [node.func.value, *node.args[:1]]
    return []


def _says(node: ast.expr, said: frozenset[str]) -> bool:
    if isinstance(node, ast.Name):
        return node.id in said
    if not isinstance(node, ast.Call):
        return False
    if isinstance(node.func, ast.Name):
        if node.func.id == "str" and node.args:
            return _says(node.args[0], said)
        return node.func.id in SAYING
    # `_("Open").lower()` is as much a text as `_("Open")`; `catalog.term(...)` as `term(...)`.
    return isinstance(node.func, ast.Attribute) and (
        node.func.attr in SAYING - _PLAIN_METHODS or _says(node.func.value, said)
    )
