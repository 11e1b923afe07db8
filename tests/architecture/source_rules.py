"""The rules of the core's own tree, beside those that plugins keep too (``helpdesk_core.testing.source_rules``)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from helpdesk_core.testing.label_rules import LABELS, decided_by_text
from helpdesk_core.testing.source_rules import (
    Finding,
    Rule,
    Source,
    imports,
    names_are_domain_words,
    only_the_session_module_commits,
    plugins_use_the_toolkit_only,
    services_know_no_request,
    stylesheets_know_no_left_and_right,
    templates_have_no_inline_code,
    views_hold_no_query,
)
from helpdesk_core.testing.source_rules import sources as sources_below

__all__ = [
    "Finding",
    "Rule",
    "Source",
    "names_are_domain_words",
    "only_the_session_module_commits",
    "plugins_use_the_toolkit_only",
    "services_know_no_request",
    "stylesheets_know_no_left_and_right",
    "templates_have_no_inline_code",
    "views_hold_no_query",
]

ROOT = Path(__file__).resolve().parents[2]
CORE = ROOT / "helpdesk_core"

LONGEST_MODULE = 400

#: What a new desk calls its statuses, priorities and roles: nothing but a page says these words.
PRESET_LABELS = frozenset(
    {"Open", "Postponed", "Resolved", "Closed", "Critical", "High", "Normal", "Low", "Administrator", "Lead specialist"}
)
_SAYING_IN_TEMPLATE = re.compile(
    r"""\b(?:_|gettext|ngettext|pgettext|term|noun|section)\((?:[^()]|\([^()]*\))*\)\s*(?:[!=]=|(?:not\s+)?in\b)"""
    r"""|(?:[!=]=|\bif\b[^%}]*?\bin)\s*(?:_|gettext|ngettext|pgettext|term|noun|section)\("""
)
_TEMPLATE_COMPARISON = re.compile(r"""(?:\w+\.)*(?P<attribute>\w+)\s*[!=]=\s*["'](?P<text>[^"']+)["']""")


def sources(folder: Path, *endings: str) -> list[Source]:
    """Every text file of *folder* with one of *endings*, by its path from the repository's root."""
    return sources_below(folder, *endings, root=ROOT)


def the_core_never_imports_the_toolkit(source: Source) -> Iterator[Finding]:
    """The toolkit is the plugins' door; the core goes through its own rooms."""
    if source.path.startswith(("helpdesk_core/testing/", "helpdesk_core/toolkit")):
        return
    for statement, names in imports(ast.parse(source.text)):
        if any(name.split(".")[:2] == ["helpdesk_core", "toolkit"] for name in names):
            yield Finding(
                path=source.path,
                line=statement.lineno,
                message="imports helpdesk_core.toolkit, the plugins' door. Import the room itself, such as "
                "helpdesk_core.access.policy.",
            )


def the_contract_is_the_floor(source: Source) -> Iterator[Finding]:
    """The contract imports nothing of ours at run time, so that a plugin's specs cost and pull in nothing."""
    if not source.path.startswith("helpdesk_core/contract/"):
        return
    tree = ast.parse(source.text)
    for_types_only = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING")
        for inner in ast.walk(node)
    }
    for statement, names in imports(tree):
        parts = names[0].split(".")
        if parts[0] == "helpdesk_core" and parts[1:2] != ["contract"] and statement not in for_types_only:
            yield Finding(
                path=source.path,
                line=statement.lineno,
                message=f"imports {names[0]}. The contract holds plain values: import for types under "
                "`if TYPE_CHECKING:`, and put code that needs more into the room it serves.",
            )


def labels_are_never_compared(source: Source) -> Iterator[Finding]:
    """A word that people see may be renamed or translated; logic asks for the key or the category."""
    tree = ast.parse(source.text)
    compared = [node for node in ast.walk(tree) if isinstance(node, ast.Compare) and _compares_a_label(node)]
    for node, text in (*decided_by_text(tree), *((node, ast.unparse(node)) for node in compared)):
        yield Finding(
            path=source.path,
            line=getattr(node, "lineno", 1),
            message=f"decides by a label (`{text}`), which a site may rename and a translator will. "
            "Ask for the key or the category instead, such as `status.category is StatusCategory.CLOSED`.",
        )


def _compares_a_label(node: ast.Compare) -> bool:
    sides = [node.left, *node.comparators]
    sides += [item for side in sides if isinstance(side, ast.Tuple | ast.Set | ast.List) for item in side.elts]
    shown = any(isinstance(side, ast.Attribute) and side.attr in LABELS for side in sides)
    texts = {side.value for side in sides if isinstance(side, ast.Constant) and isinstance(side.value, str)}
    return bool((shown and texts - {""}) or texts & PRESET_LABELS)


def templates_compare_no_label(source: Source) -> Iterator[Finding]:
    """The same in a template."""
    for number, line in enumerate(source.text.splitlines(), start=1):
        for found in _TEMPLATE_COMPARISON.finditer(line):
            if found["attribute"] in LABELS or found["text"] in PRESET_LABELS:
                yield Finding(
                    path=source.path,
                    line=number,
                    message=f"compares a label (`{found.group()}`). Compare `.key` or `.category` instead.",
                )
        for found in _SAYING_IN_TEMPLATE.finditer(line):
            yield Finding(
                path=source.path,
                line=number,
                message=f"compares a translated word (`{found.group().strip()}`), which every language says otherwise. "
                "Compare the key that the word is made from.",
            )
