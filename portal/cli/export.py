"""The command that writes accepted stories to a file: the same rules of consent as the desk's own export."""

import os
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import click
from flask.cli import with_appcontext
from sqlalchemy import select

from portal.database import transaction
from portal.domain.consent import Refusal
from portal.export.formats import FORMATS
from portal.export.gathering import gather_records
from portal.extensions import current_portal
from portal.models import Coverage
from portal.operations.editing import record_export
from portal.queries.exporting import ExportSource, load_sources
from portal.storage import read_file

_REASONS = {
    Refusal.NOT_APPROVED: "the author has not approved the edited text",
    Refusal.NO_PUBLICATION: "the author does not want it published",
    Refusal.NO_LICENCE: "there is no consent to the licence of this coverage",
    Refusal.BYLINE_UNDECIDED: "the author has not decided which name to print",
    Refusal.CHANGED_AFTER_APPROVAL: "the text was changed after the author approved it",
    Refusal.WITHDRAWN: "the author has withdrawn it",
    Refusal.CONSENT_OUTDATED: "the words of the licence consent have changed since the author agreed",
    Refusal.EMBARGO: "the author wants it published not before",
    Refusal.HOLDS_AVOIDED: "the text holds words the author asked us not to print",
}


@click.command("export")
@click.option(
    "--coverage", "slug", required=True, metavar="SLUG", help="The coverage, as its address names it."
)
@click.option(
    "--format", "format_name", type=click.Choice(list(FORMATS)), required=True, help="What to write."
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="The file to write; it is replaced only when the new one is complete.",
)
@click.option("--all-approved", is_flag=True, help="Every story whose author approved the text.")
@click.option("--draft", "public_ids", multiple=True, metavar="ID", help="One draft by its id; repeatable.")
@with_appcontext
def export(
    slug: str, format_name: str, out: Path, *, all_approved: bool, public_ids: tuple[str, ...]
) -> None:
    """Write approved stories to a file.

    Stories that may not leave are listed with the reason. Exit code 1 when none could be written.
    """
    if all_approved == bool(public_ids):
        raise click.UsageError("Say either --all-approved or --draft with an id.")
    with transaction() as session:
        coverage = session.scalar(select(Coverage).where(Coverage.slug == slug))
        if coverage is None:
            raise click.ClickException(f"There is no coverage {slug}.")
        sources = load_sources(session, coverage, public_ids or None, at=datetime.now(UTC))
        leaving = [source for source in sources if source.refusal is None]
        _list_kept(sources, public_ids)
        if not leaving:
            raise click.ClickException("No story could be exported, so nothing was written.")
        records = gather_records(leaving, partial(read_file, current_portal().instance.files_folder))
        replace_file(out, FORMATS[format_name].write(records))
        record_export(session, [source.draft for source in leaving], by=None, at=datetime.now(UTC))
    click.echo(f"{len(records)} exported to {out}")


def replace_file(path: Path, content: bytes) -> None:
    """Write a file so that at any moment either the old one or the whole new one is there."""
    folder = path.absolute().parent
    descriptor, name = tempfile.mkstemp(dir=folder, prefix=f".{path.name}.")
    written = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        written.replace(path)
    except BaseException:
        written.unlink(missing_ok=True)
        raise


def _list_kept(sources: Sequence[ExportSource], public_ids: Sequence[str]) -> None:
    for source in sources:
        if source.refusal is not None:
            day = f" {source.embargo}" if source.refusal is Refusal.EMBARGO else ""
            click.echo(f"Not exported: {source.draft.public_id}: {_REASONS[source.refusal]}{day}", err=True)
    found = {source.draft.public_id for source in sources}
    for public_id in public_ids:
        if public_id not in found:
            click.echo(f"Not exported: {public_id}: there is no such draft in this coverage", err=True)
