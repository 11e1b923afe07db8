"""``helpdesk i18n``: the catalogs of the core and of plugins, and the site's own words as files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import click
from babel.messages.pofile import write_po

from helpdesk_core.cli.running import current_cli_app, echo_json, json_option, migrated_app
from helpdesk_core.contract.actor import SYSTEM
from helpdesk_core.contract.errors import NotFound, Rejected
from helpdesk_core.db.session import reading, unit_of_work
from helpdesk_core.i18n.compiling import compile_catalog
from helpdesk_core.i18n.layers import CORE
from helpdesk_core.i18n.locale import LANGUAGES
from helpdesk_core.i18n.po import LARGEST, Fault, read_file
from helpdesk_core.i18n.updating import (
    TRANSLATED,
    Coverage,
    Part,
    check_catalog,
    coverage_of,
    known_words,
    template_of,
    update_catalogs,
)
from helpdesk_core.wording.carrying import export_words, import_words, site_faults
from helpdesk_core.wording.overlay import site_files
from helpdesk_core.wording.parts import all_parts, part_named

_CODES = tuple(code for code, _name in LANGUAGES)
_language_option = click.option("--language", type=click.Choice(_CODES), required=True, help="The language's code.")
_part_option = click.option("--domain", help="Only the core (`core`) or this plugin.")
_folder = click.Path(path_type=Path, file_okay=False)


@click.group("i18n")
def i18n_group() -> None:
    """Words: what comes with the program, and what this site says instead."""


@i18n_group.command("extract")
@_part_option
@click.option("--output", type=_folder, default=".", show_default=True, help="The folder of the .pot files.")
@json_option
def extract_command(domain: str | None, output: Path, as_json: bool) -> None:
    """Write every text of the code into a template, <domain>.pot, that a translator begins with."""
    written = []
    with current_cli_app().app_context():
        output.mkdir(parents=True, exist_ok=True)
        for part in _parts(domain):
            template = template_of(part)
            path = output / f"{part.domain}.pot"
            with path.open("wb") as target:
                write_po(target, template, width=120, sort_output=True, include_lineno=False)
            written.append({"domain": part.domain, "file": str(path), "texts": len(template)})
    for one in written if not as_json else ():
        click.echo(f"{one['file']}: {one['texts']} texts")
    if as_json:
        echo_json(written)


@i18n_group.command("update")
@_part_option
@json_option
def update_command(domain: str | None, as_json: bool) -> None:
    """Bring the catalogs that come with the program up to date with its code; this site's own words stay."""
    found: list[Coverage] = []
    with current_cli_app().app_context():
        for part in _parts(domain):
            found += update_catalogs(part)
            for language in TRANSLATED:
                compile_catalog(part.catalog(language))
    _show(found, as_json)


@i18n_group.command("coverage")
@_part_option
@click.option("--fail-under", type=click.IntRange(0, 100), default=0, help="Fail where less than this is translated.")
@json_option
def coverage_command(domain: str | None, fail_under: int, as_json: bool) -> None:
    """Print how much of each part is translated into each language."""
    with current_cli_app().app_context():
        found = [one for part in _parts(domain) for one in coverage_of(part)]
    _show(found, as_json)
    lacking = [f"{one.domain} {one.language}" for one in found if one.percent < fail_under]
    if lacking:
        raise Rejected(f"less than {fail_under} %: {', '.join(lacking)}")


@i18n_group.command("check")
@_part_option
@json_option
def check_command(domain: str | None, as_json: bool) -> None:
    """Check every catalog and this site's own files, line by line; fails where a line is wrong."""
    app = migrated_app()
    with app.app_context():
        wrong = [(str(path), fault) for part in _parts(domain) for path, fault in _wrong_lines(part)]
        if domain is None:
            with reading():
                wrong += [
                    (str(path), fault)
                    for language in _CODES
                    for owner, path in site_files(language)
                    for fault in site_faults(path.read_bytes(), language, owner)
                ]
    _tell(wrong, as_json)
    if wrong:
        raise Rejected(f"{len(wrong)} lines are wrong")


@i18n_group.command("export")
@_language_option
@_part_option
@click.option("--all", "everything", is_flag=True, help="Every word, not only those that this site changed.")
@click.option("--output", type=_folder, help="The folder of translations to write to; unset: standard output.")
def export_command(language: str, domain: str | None, everything: bool, output: Path | None) -> None:
    """Write this site's own words as .po: `site.po` the core's, `site.<plugin>.po` a plugin's."""
    app = migrated_app()
    with app.app_context(), reading() as session:
        for part in _parts(domain or (CORE if output is None else None)):
            data = export_words(session, language, part.domain, actor=SYSTEM, everything=everything)
            if output is None:
                click.echo(data, nl=False)
                continue
            path = output / language / "LC_MESSAGES" / ("site.po" if part.domain == CORE else f"site.{part.domain}.po")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            click.echo(str(path))


@i18n_group.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--language", type=click.Choice(_CODES), help="The language; unset: what the head of the file says.")
@click.option("--domain", help="Whose words they are; unset: what the head of the file says, else the core's.")
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@json_option
def import_command(file: Path, language: str | None, domain: str | None, dry_run: bool, as_json: bool) -> None:
    """Take the words of FILE as this site's own; wrong lines are named and left out, the rest goes in."""
    if file.stat().st_size > LARGEST:
        raise Rejected(f"{file} is larger than {LARGEST} bytes")
    data = file.read_bytes()
    head = read_file(data, language or "en").head
    language = language or head.get("Language", "").strip()
    if language not in _CODES:
        raise Rejected(f"{file}: say the language by --language: {', '.join(_CODES)}")
    app = migrated_app()
    with app.app_context():
        part = part_named(domain or head.get("X-Domain", "").strip() or CORE)
        with unit_of_work() as session:
            carried = import_words(session, data, language, part.domain, actor=SYSTEM, dry_run=dry_run)
    if as_json:
        faults = [asdict(fault) for fault in carried.faults]
        echo_json({"written": carried.written, "unchanged": carried.unchanged, "dry_run": dry_run, "refused": faults})
    else:
        for fault in carried.faults:
            click.echo(f"{file}:{fault.line}: {fault.reason}")
        done = "would be written" if dry_run else "written"
        click.echo(f"{carried.written} words {done}, {carried.unchanged} say the same, {len(carried.faults)} refused")
    if carried.faults:
        raise Rejected(f"{len(carried.faults)} lines were left out")


def _parts(domain: str | None) -> list[Part]:
    if domain is None:
        return all_parts()
    try:
        return [part_named(domain)]
    except NotFound as error:
        known = ", ".join(part.domain for part in all_parts())
        raise Rejected(f"{error}: there is {known}") from None


def _wrong_lines(part: Part) -> Iterator[tuple[Path, Fault]]:
    known = known_words(part)
    for language in TRANSLATED:
        for fault in check_catalog(part, language, known):
            yield part.catalog(language), fault


def _tell(wrong: list[tuple[str, Fault]], as_json: bool) -> None:
    if as_json:
        echo_json([{"file": path, "line": fault.line, "reason": fault.reason} for path, fault in wrong])
        return
    for path, fault in wrong:
        click.echo(f"{path}:{fault.line}: {fault.reason}")


def _show(found: list[Coverage], as_json: bool) -> None:
    if as_json:
        echo_json([{**asdict(one), "percent": one.percent} for one in found])
        return
    for one in found:
        click.echo(f"{one.domain:<20} {one.language:<3} {one.done:>5} of {one.total:>5}  {one.percent:>3} %")
