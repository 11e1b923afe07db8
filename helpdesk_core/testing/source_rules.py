"""The small rules of sources: each reads one file and says where it is broken and what to do instead.

The core and every plugin keep them.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

VAGUE_NAMES = frozenset({"utils", "util", "helpers", "helper", "misc", "common", "tools"})
REQUEST_NAMES = frozenset({"flask.request", "flask.g", "flask.session", "flask_login.current_user"})
QUERY_CALLS = frozenset({"select", "execute", "scalars", "scalar"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One file: its path from the root that was read, with slashes, and its text."""

    path: str
    text: str

    @property
    def room(self) -> str:
        """The file's own name without its ending: ``views``, ``services``."""
        return PurePosixPath(self.path).stem

    def is_room(self, *rooms: str) -> bool:
        """True for ``tickets/views.py`` and for every module of a package ``tickets/views/``."""
        return self.room in rooms or PurePosixPath(self.path).parent.name in rooms


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A broken rule at a line."""

    path: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


Rule = Callable[[Source], Iterator[Finding]]


def sources(folder: Path, *endings: str, root: Path) -> list[Source]:
    """Every text file of *folder* with one of *endings*, browser libraries and built folders left out."""
    found = []
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(root)
        if path.suffix in endings and not {"vendor", "build", "__pycache__"} & set(inside.parts):
            found.append(Source(path=inside.as_posix(), text=path.read_text(encoding="utf-8")))
    return found


# --- Python -----------------------------------------------------------------------------------------


def imports(tree: ast.AST) -> Iterator[tuple[ast.stmt, list[str]]]:
    """Every import statement with the full names it may bring: ``from a import b`` gives ``a`` and ``a.b``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield node, [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node, [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]


def calls(tree: ast.AST) -> Iterator[tuple[ast.Call, str]]:
    """Every call with the last part of what is called."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield node, node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


def only_the_session_module_commits(source: Source) -> Iterator[Finding]:
    """``.commit()`` stands in ``db/session.py`` alone."""
    if source.path == "helpdesk_core/db/session.py" or "/migrations/" in source.path:
        return
    for call, name in calls(ast.parse(source.text)):
        if name == "commit":
            yield Finding(
                path=source.path,
                line=call.lineno,
                message="commits by itself. Let the caller open `with unit_of_work() as session:`, which commits once; "
                "in a service flush instead (`session.flush()`), in a bulk command use a savepoint per item.",
            )


def services_know_no_request(source: Source) -> Iterator[Finding]:
    """Services and queries are called by pages, commands, imports and jobs alike."""
    if not source.is_room("services", "queries", "commands", "models"):
        return
    tree = ast.parse(source.text)
    uses = [(statement.lineno, name) for statement, names in imports(tree) for name in names]
    uses += [(node.lineno, ast.unparse(node)) for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    for line, name in uses:
        if name in REQUEST_NAMES:
            yield Finding(
                path=source.path,
                line=line,
                message=f"uses {name}, which exists in a page only. Take what is needed as an argument: "
                "the command's fields for what was typed, `actor=` for who asks, `session` for the database.",
            )


def views_hold_no_query(source: Source) -> Iterator[Finding]:
    """A view parses, calls and answers."""
    if not source.is_room("views"):
        return
    for call, name in calls(ast.parse(source.text)):
        if name in QUERY_CALLS:
            yield Finding(
                path=source.path,
                line=call.lineno,
                message=f"asks the database itself (`{name}(`). Put the question into the feature's queries.py, "
                "where the access rule is applied, and call it from here.",
            )


def plugins_use_the_toolkit_only(source: Source) -> Iterator[Finding]:
    """A plugin's package imports ``helpdesk_core.toolkit`` and, in its tests, ``helpdesk_core.testing``."""
    doors = {"toolkit", "testing"} if "/tests/" in source.path else {"toolkit"}
    for statement, names in imports(ast.parse(source.text)):
        name = names[-1]  # of `from helpdesk_core import x` the room is behind the package
        package, _, room = name.partition(".")
        if package == "helpdesk_core" and room.split(".")[0] not in doors:
            yield Finding(
                path=source.path,
                line=statement.lineno,
                message=f"imports {name}. A plugin uses `from helpdesk_core.toolkit import ...` only; if a name is "
                "missing there, add it to the toolkit with its documentation.",
            )


def names_are_domain_words(source: Source) -> Iterator[Finding]:
    """No module is a drawer for odds and ends."""
    if source.room in VAGUE_NAMES:
        yield Finding(
            path=source.path,
            line=1,
            message="has a name that says nothing. Name it after what it holds, in the field's words "
            "(numbering.py, quoting.py), or move each piece into the room that uses it.",
        )


# --- pages ------------------------------------------------------------------------------------------

JINJA = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
HTML_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
TAG = re.compile(r"""<([a-zA-Z][\w-]*)((?:[^<>"']|"[^"]*"|'[^']*')*)>""")
HANDLER = re.compile(r"""(?:^|\s)(on[a-z]+|hx-on[\w:.-]*|data-hx-on[\w:.-]*)\s*=""", re.IGNORECASE)
STYLE_ATTRIBUTE = re.compile(r"(?:^|\s)style\s*=", re.IGNORECASE)
SCRIPT_URL = re.compile(r"""=\s*["']?\s*javascript:""", re.IGNORECASE)


def templates_have_no_inline_code(source: Source) -> Iterator[Finding]:
    """The content security policy forbids inline styles, scripts and handlers, so they would silently not work."""
    if "/mail/" in source.path:  # mail programs know inline styles only, and no policy of ours
        return
    text = HTML_COMMENT.sub(_blank, JINJA.sub(_blank, source.text))
    for tag in TAG.finditer(text):
        name, attributes = tag[1].lower(), tag[2]
        line = text.count("\n", 0, tag.start()) + 1
        if STYLE_ATTRIBUTE.search(attributes) or name == "style":
            yield Finding(
                path=source.path,
                line=line,
                message="has an inline style, which the content security policy blocks. Use a class of a stylesheet; a "
                "colour that an administrator chose comes from the generated palette stylesheet.",
            )
        if name == "script" and not re.search(r"\ssrc\s*=", attributes) and "application/json" not in attributes:
            yield Finding(
                path=source.path,
                line=line,
                message="has an inline script, which the content security policy blocks. Put it into a file of the "
                "static folder and pass values in data- attributes.",
            )
        handler = HANDLER.search(attributes)
        if handler or SCRIPT_URL.search(attributes):
            yield Finding(
                path=source.path,
                line=line,
                message=f"has a handler in the markup ({handler[1] if handler else 'javascript:'}). Listen from a file "
                "of the static folder to a data- attribute: document.addEventListener and event.target.closest.",
            )


CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
PHYSICAL = (
    (re.compile(r"(?<![\w-])(margin|padding|scroll-margin|scroll-padding)-(left|right)\s*:"), r"\1-inline-start/-end"),
    (re.compile(r"(?<![\w-])border-(left|right)(-\w+)?\s*:"), "border-inline-start/-end"),
    (re.compile(r"(?<![\w-])border-(?:top|bottom)-(left|right)-radius\s*:"), "border-start-start-radius and its kin"),
    (re.compile(r"(?<![\w-])(left|right)\s*:"), "inset-inline-start/-end"),
    (re.compile(r"(?<![\w-])(text-align|float|clear)\s*:\s*(left|right)\b"), r"\1: start/end (inline-start/-end)"),
)


def stylesheets_know_no_left_and_right(source: Source) -> Iterator[Finding]:
    """Logical properties only: the same sheet serves right-to-left languages."""
    text = CSS_COMMENT.sub(_blank, source.text)
    for pattern, instead in PHYSICAL:
        for found in pattern.finditer(text):
            yield Finding(
                path=source.path,
                line=text.count("\n", 0, found.start()) + 1,
                message=f"`{found[0].strip()}` is a physical direction; right-to-left pages would be wrong. "
                f"Use {found.expand(instead)}.",
            )


def _blank(found: re.Match[str]) -> str:
    """Nothing but the line breaks, so that line numbers stay true."""
    return re.sub(r"[^\n]", " ", found[0])
