"""What the plugin's templates and static files may not do; read, not run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Final

from jinja2 import Environment, TemplateSyntaxError, nodes

from helpdesk_core.contract.specs import Asset, BlueprintSpec, SlotFill
from helpdesk_core.testing import source_rules
from helpdesk_core.testing.conformance.stage import Stage
from helpdesk_core.testing.source_rules import Source

_FOREIGN: Final = re.compile(
    r"""<(?:script|link|img|iframe|source|video|audio|object|embed)\b[^>]*?\b(?:src|href|data|srcset)\s*=\s*["']?"""
    r"""(?:https?:)?//[^"'\s>]+""",
    re.IGNORECASE,
)
_FOREIGN_IN_FILES: Final = re.compile(
    r"""(?:@import\s+(?:url\()?|url\(|\bfrom\s+|\bimport\s*\(?\s*|importScripts\(|fetch\()\s*["']?(?:https?:)?//[^"')\s]+"""
)
_POST: Final = re.compile(r"<form\b[^>]*\bmethod\s*=\s*[\"']?post\b.*?</form>", re.IGNORECASE | re.DOTALL)
_TOKEN: Final = re.compile(r"csrf|\bhidden\(|hidden_tag")
_SPOKEN_ATTRIBUTES: Final = ("title", "alt", "placeholder", "aria-label", "aria-description")
_LABELS: Final = ("label", "customer_label", "status_label")
_MARKERS: Final = ("_", "gettext", "ngettext", "pgettext", "term")
_UNSPOKEN: Final = frozenset({"code", "kbd", "samp", "pre", "script", "style"})


def _environment() -> Environment:
    return Environment(extensions=["jinja2.ext.i18n", "jinja2.ext.do", "jinja2.ext.loopcontrols"], autoescape=True)


def _templates(stage: Stage) -> Iterator[tuple[Source, nodes.Template | None]]:
    for source in stage.sources(".html", ".txt", ".xml", ".svg"):
        if f"{stage.package}/templates/" in source.path:
            try:
                yield source, _environment().parse(source.text)
            except TemplateSyntaxError:
                yield source, None


def templates_stand_in_their_folder(stage: Stage) -> Iterator[str]:
    """All templates stand in ``templates/<plugin>/``; what stands beside it would pretend to be somebody else's."""
    folder = stage.directory / "templates"
    for path in sorted(folder.rglob("*")) if folder.is_dir() else []:
        if path.is_file() and path.relative_to(folder).parts[0] != stage.name:
            yield (
                f"templates/{path.relative_to(folder).as_posix()} is never found. Move it to "
                f"templates/{stage.name}/; a "
                "plugin fills slots and cannot replace the core's pages."
            )
    for source, tree in _templates(stage):
        if tree is None:
            yield f"{source.path}: is not a Jinja template: look at its blocks and quotes."
    for spec in stage.registered():
        if isinstance(spec, SlotFill) and not (folder / spec.template).is_file():
            yield (
                f"slot {spec.slot}: there is no templates/{spec.template}. Write it, or correct the name in the "
                "SlotFill."
            )


def pages_have_no_inline_code(stage: Stage) -> Iterator[str]:
    """The content security policy forbids inline scripts, styles and handlers; they would silently not work."""
    for source, _ in _templates(stage):
        yield from map(str, source_rules.templates_have_no_inline_code(source))


def stylesheets_know_no_left_and_right(stage: Stage) -> Iterator[str]:
    """Right-to-left languages are served by the same stylesheet."""
    for source in stage.sources(".css"):
        yield from map(str, source_rules.stylesheets_know_no_left_and_right(source))


def nothing_comes_from_elsewhere(stage: Stage) -> Iterator[str]:
    """No page loads anything from another host: the policy forbids it, and it would tell others who reads what."""
    for source in stage.sources(".html", ".css", ".js"):
        pattern = _FOREIGN if source.path.endswith(".html") else _FOREIGN_IN_FILES
        for found in pattern.finditer(source.text):
            line = source.text.count("\n", 0, found.start()) + 1
            yield (
                f"{source.path}:{line}: loads {found[0].split('//')[-1][:60]} from elsewhere. Put the file into the "
                "plugin's "
                "static/ folder and name it by url_for('<plugin>.static', filename=...)."
            )


def statics_stand_in_their_folder(stage: Stage) -> Iterator[str]:
    """A blueprint serves the plugin's own ``static`` folder, and every asset is in it."""
    for spec in stage.registered():
        if isinstance(spec, BlueprintSpec):
            blueprint = spec.blueprint
            if blueprint.static_folder is not None and not _within(Path(blueprint.static_folder), stage.directory):
                yield (
                    f"blueprint {blueprint.name}: serves {blueprint.static_folder}, which is not the plugin's own. Use "
                    'Blueprint(name, __name__, static_folder="static").'
                )
            if blueprint.template_folder is not None:
                yield (
                    f"blueprint {blueprint.name}: has a template_folder, through which it could replace others' "
                    "pages. Leave "
                    f"it out: templates/{stage.name}/ is found by itself."
                )
        if isinstance(spec, Asset) and not (stage.directory / "static" / spec.filename).is_file():
            yield (
                f"asset {spec.filename}: there is no static/{spec.filename}. Add the file, or correct the name in "
                "the Asset."
            )


def _within(path: Path, folder: Path) -> bool:
    inside = folder.resolve() / "static"
    return path.resolve() == inside or inside in path.resolve().parents


def templates_escape_what_people_wrote(stage: Stage) -> Iterator[str]:
    """Nothing is drawn unescaped: no ``|safe``, no ``autoescape false``."""
    for source, tree in _templates(stage):
        if tree is None:
            continue
        for found in tree.find_all(nodes.Filter):
            if found.name in ("safe", "mark_safe"):
                yield (
                    f"{source.path}:{found.lineno}: |safe draws the text as HTML, whoever wrote it. Leave it out; "
                    "for Markdown "
                    "give the template render_markdown(text) from the toolkit, which is safe already."
                )
        for scope in tree.find_all(nodes.ScopedEvalContextModifier):
            yield f"{source.path}:{scope.lineno}: switches escaping off. Leave `autoescape` out."


def forms_carry_the_token(stage: Stage) -> Iterator[str]:
    """A form that posts carries the CSRF token."""
    for source, _ in _templates(stage):
        for form in _POST.finditer(source.text):
            if not _TOKEN.search(form[0]):
                line = source.text.count("\n", 0, form.start()) + 1
                yield (
                    f"{source.path}:{line}: the form posts without the CSRF token and will be refused. Add "
                    '<input type="hidden" name="csrf_token" value="{{ csrf_token() }}">.'
                )


def templates_compare_no_label(stage: Stage) -> Iterator[str]:
    """A label is only ever shown: sites rename and translate it."""
    for source, tree in _templates(stage):
        for compared in tree.find_all(nodes.Compare) if tree is not None else ():
            for node in (compared.expr, *(operand.expr for operand in compared.ops)):
                label = isinstance(node, nodes.Getattr) and node.attr in _LABELS
                called = (
                    isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name) and node.node.name in _MARKERS
                )
                if label or called:
                    yield (
                        f"{source.path}:{compared.lineno}: compares a label, which is translated and renamed. "
                        "Compare the "
                        "key, the category or a flag."
                    )


def words_in_templates_are_marked(stage: Stage) -> Iterator[str]:
    """Every text that people read can be translated."""
    for source, tree in _templates(stage):
        if tree is None or not source.path.endswith(".html"):
            continue
        words = _Words()
        words.feed("".join(_text(tree)))
        words.close()
        for text in words.found:
            yield (
                f"{source.path}: “{text[:60]}” cannot be translated. Write {{% trans %}}{text[:60]}{{% endtrans %}}, "
                "in an "
                'attribute {{ _("...") }}.'
            )


#: Stands in the text for each expression and each translated text; it is no letter.
_MARK: Final = "\N{HORIZONTAL ELLIPSIS}"


def _text(node: nodes.Node) -> Iterator[str]:
    """The template's own HTML; blocks that fill an attribute (``page_class``) are none."""
    if isinstance(node, nodes.Block):
        if node.name.endswith(("_class", "_attributes")):
            return
        yield "<br>"
    if isinstance(node, nodes.Output):
        for part in node.nodes:
            yield part.data if isinstance(part, nodes.TemplateData) else _MARK
        return
    for child in node.iter_child_nodes():
        yield from _text(child)


class _Words(HTMLParser):
    """Collects the texts between the tags, and those in attributes that are read out or shown."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._quiet: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSPOKEN:
            self._quiet.append(tag)
        for name, value in attrs:
            if name in _SPOKEN_ATTRIBUTES:
                self._note(value or "")

    def handle_endtag(self, tag: str) -> None:
        if self._quiet and self._quiet[-1] == tag:
            self._quiet.pop()

    def handle_data(self, data: str) -> None:
        if not self._quiet:
            self._note(data)

    def _note(self, text: str) -> None:
        text = " ".join(text.split()).strip(f"{_MARK} ")
        if re.search(r"[^\W\d_]{2,}", text):
            self.found.append(text)
