"""Templates that people type, drawn without giving them anything but the words of one notice (T-37, T-38).

Two fences: the language is cut down to what a letter needs, so that nothing in it can call, compute or repeat without
end; and what is left runs in Jinja's sandbox.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from jinja2 import DictLoader, StrictUndefined, TemplateError, nodes, pass_context
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import escape

from helpdesk_core.toolkit import Invalid, render_markdown
from helpdesk_notifications import gettext as _

SUBJECT_LIMIT: Final = 250
BODY_LIMIT: Final = 20_000
#: How long a finished text may be; what is longer is cut.
_DRAWN_LIMIT: Final = 200_000
_DEPTH: Final = 30
_FILTERS: Final = frozenset({"upper", "lower", "capitalize", "title", "trim", "default", "d", "truncate", "length"})
_ALLOWED: Final = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Getattr, nodes.Const, nodes.If, nodes.CondExpr,
    nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.Filter, nodes.Keyword,
)  # fmt: skip
#: The only things to read, so that nothing is reached by a name that somebody guesses.
ROOTS: Final[Mapping[str, tuple[str, ...]]] = {
    "ticket": ("number", "subject", "description", "status", "priority", "company", "contact", "assignee", "group",
               "url", "last_word_url", "awaits_answer"),
    "comment": ("author", "text"),
    "event": ("author", "status", "status_before"),
    "recipient": ("name",),
    "site": ("name", "url"),
}  # fmt: skip
Values = Mapping[str, Mapping[str, str]]


class _Environment(ImmutableSandboxedEnvironment):
    """Jinja's sandbox without any function, test or filter but a few."""


def check(source: str, field: str, limit: int = BODY_LIMIT) -> None:
    """Raise ``Invalid`` at *field* with the line where *source* is no template of ours."""
    if len(source) > limit:
        raise Invalid({field: [_("At most %(limit)d characters.", limit=limit)]})
    problem = _problem(source)
    if problem is not None:
        raise Invalid({field: [problem]})


def _problem(source: str) -> str | None:
    try:
        tree = _environment(source, str).parse(source)
    except (TemplateError, RecursionError) as error:
        line = getattr(error, "lineno", None) or 1
        return str(_("Line %(line)d: %(problem)s", line=line, problem=str(getattr(error, "message", "") or "")[:200]))
    for node, depth in _walk(tree, 0):
        said = _fault(node) if depth <= _DEPTH else _("this is nested too deeply")
        if said is not None:
            return str(_("Line %(line)d: %(problem)s", line=node.lineno or 1, problem=said))
    return None


def _walk(node: nodes.Node, depth: int) -> Iterator[tuple[nodes.Node, int]]:
    yield node, depth
    if depth <= _DEPTH:
        for child in node.iter_child_nodes():
            yield from _walk(child, depth + 1)


def _fault(node: nodes.Node) -> str | None:
    if isinstance(node, nodes.Getattr):
        root = node.node.name if isinstance(node.node, nodes.Name) else ""
        if node.attr not in ROOTS.get(root, ()):
            return str(_("there is no variable %(name)s", name=f"{root}.{node.attr}"[:80]))
    elif isinstance(node, nodes.Name):
        if node.name not in ROOTS:
            return str(_("there is no variable %(name)s", name=node.name[:80]))
    elif isinstance(node, nodes.Filter):
        if node.name not in _FILTERS:
            return str(_("there is no filter %(name)s", name=node.name[:80]))
    elif isinstance(node, nodes.Const):
        if not isinstance(node.value, str | bool | int) or (type(node.value) is int and abs(node.value) > 10_000):
            return str(_("this value cannot be used here"))
    elif not isinstance(node, _ALLOWED):
        return str(_("only variables, filters and conditions can be used here"))
    return None


def _environment(source: str, finalize: Callable[..., Any]) -> _Environment:
    environment = _Environment(
        loader=DictLoader({"text": source}),
        undefined=StrictUndefined,
        autoescape=False,
        finalize=finalize,
        keep_trailing_newline=True,
        cache_size=0,
    )
    environment.globals.clear()
    environment.filters = {name: one for name, one in environment.filters.items() if name in _FILTERS}
    return environment


def draw_text(source: str, values: Values) -> str:
    """*source* with its variables filled in as they are; raises ``Invalid`` where it is no template of ours."""
    check(source, "body")
    return _drawn(source, values, str)


def draw_html(source: str, values: Values) -> str:
    """*source* read as Markdown; what a variable holds is shown as it is, never as Markdown or HTML.

    The text of a comment and of the ticket are Markdown of their own, drawn as the pages draw it.
    """
    check(source, "body")
    nonce = secrets.token_hex(8)
    held: list[str] = []

    @pass_context
    def hold(_context: Context, value: Any) -> str:
        held.append(str(value))
        return f"zq{nonce}x{len(held) - 1}qz"

    marked = _drawn(source, values, hold)
    html = str(render_markdown(marked))
    long_texts = {values["comment"]["text"], values["ticket"]["description"]} - {""}

    def block(found: re.Match[str]) -> str:
        value = held[int(found[1])]
        return f"<blockquote>{render_markdown(value)}</blockquote>" if value in long_texts else found[0]

    def link(found: re.Match[str]) -> str:
        value = held[int(found[1])]
        return f'href="{escape(value)}"' if value.startswith(("https://", "http://", "mailto:")) else 'href="#"'

    token = rf"zq{nonce}x(\d+)qz"
    html = re.sub(rf"<p>{token}</p>", block, html)
    html = re.sub(rf'href="{token}"', link, html)
    return re.sub(token, lambda found: str(escape(held[int(found[1])])), html)


def _drawn(source: str, values: Values, finalize: Callable[..., Any]) -> str:
    template = _environment(source, finalize).get_template("text")
    pieces: list[str] = []
    length = 0
    for piece in template.generate(**{root: dict(values[root]) for root in ROOTS}):
        pieces.append(piece)
        length += len(piece)
        if length > _DRAWN_LIMIT:
            break
    return "".join(pieces)[:_DRAWN_LIMIT]
