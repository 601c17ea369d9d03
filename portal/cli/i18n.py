"""Commands for those who write and translate the interface; they work on a checkout."""

from collections.abc import Sequence
from pathlib import Path

import click
from babel.messages.catalog import Catalog

from portal.cli.counted import counted
from portal.cli.staff import in_portal
from portal.data.content import first_coverage, localized_texts
from portal.database import transaction
from portal.i18n import catalogues, checks
from portal.i18n.content_checks import check_texts
from portal.i18n.new_language import (
    UnknownLanguage,
    check_added,
    count_missing_texts,
    make_locale,
    update_texts,
    write_catalogues,
    write_texts,
)
from portal.operations.first_coverage import add_languages
from portal.resources import PACKAGE, translations_folder


@click.group("i18n")
def i18n() -> None:
    """Collect, check and compile the texts of the interface."""


def _extract(folder: Path) -> Catalog:
    """Collect the messages of the checkout the folder belongs to."""
    try:
        return catalogues.extract_template(folder.parent)
    except FileNotFoundError as error:
        raise click.ClickException(
            "This works in a checkout only: an installed portal has no sources to collect texts from."
        ) from error


@i18n.command("extract")
def extract() -> None:
    """Write translations/messages.pot from the sources."""
    folder = translations_folder()
    template = _extract(folder)
    catalogues.write_template(folder, template)
    click.echo(f"{counted(len(template), 'message', 'messages')} in {catalogues.template_path(folder)}")


@i18n.command("update")
def update() -> None:
    """Extract, then give every catalogue the new messages and drop those no longer used."""
    folder = translations_folder()
    template = _extract(folder)
    catalogues.write_template(folder, template)
    for path in [*catalogues.update_catalogues(folder, template), *update_texts(PACKAGE)]:
        click.echo(path)


@i18n.command("add")
@click.argument("tags", metavar="TAG...", nargs=-1, required=True)
def add(tags: Sequence[str]) -> None:
    """Add languages by their tags, such as pl or pt-BR: catalogues and a file of texts, to be translated."""
    folder = translations_folder()
    try:
        locales = dict.fromkeys(make_locale(tag) for tag in tags)
    except UnknownLanguage as error:
        raise click.ClickException(str(error)) from error
    template = _extract(folder)
    for locale in locales:
        for path in (*write_catalogues(folder, locale, template), write_texts(PACKAGE, locale)):
            click.echo(path)
        click.echo(f"{locale.autonym} is at /{locale.url}/ from the next start. To be translated:")
        click.echo(f"  {counted(len(template), 'message', 'messages')} of the interface")
        for file, number in count_missing_texts(locale.tag).items():
            click.echo(f"  {counted(number, 'text', 'texts')} of {file}")
    click.echo("Ask what is missing: portal i18n check. Give it to coverages there are: portal i18n content")


@i18n.command("content")
@in_portal
def content() -> None:
    """Give coverages the shipped texts in languages they lack; what was changed on the desk stays."""
    with transaction() as session:
        number = add_languages(session, first_coverage())
    click.echo(f"{counted(number, 'text', 'texts')} gained a language.")


@i18n.command("compile")
def compile_all() -> None:
    """Compile the catalogues that changed."""
    for path in catalogues.compile_catalogues(translations_folder()):
        click.echo(path)


@i18n.command("check")
def check() -> None:
    """List everything wrong with catalogues and shipped texts; exit with 1 when there is anything."""
    folder = translations_folder()
    problems = [
        *checks.check_folder(folder, _extract(folder)),
        *check_texts(localized_texts()),
        *check_added(),
    ]
    for problem in problems:
        click.echo(f"{problem.catalogue}: {problem.what}" + (f": {problem.msgid!r}" if problem.msgid else ""))
    if problems:
        raise click.exceptions.Exit(1)
    click.echo("All catalogues are complete.")


@i18n.command("pseudo")
@click.argument("into", type=click.Path(file_okay=False, path_type=Path))
def pseudo(into: Path) -> None:
    """Write a pseudo-translation (locale eo) into a folder, to find texts that cannot be translated."""
    catalogue = catalogues.pseudo_catalogue(_extract(translations_folder()))
    path = catalogues.po_path(into, catalogues.PSEUDO_LOCALE)
    catalogues.write_catalogue(path, catalogue)
    catalogues.compile_catalogue(path, path.with_suffix(".mo"))
    click.echo(path)
