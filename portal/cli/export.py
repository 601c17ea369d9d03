"""The command that writes accepted stories to a file: the same rules of consent as the desk's own export."""

import os
import secrets
import tempfile
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import IO

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.bulk_run import BulkRun
from portal.cli.staff import in_portal
from portal.database import snapshot
from portal.domain.bulk_runs import RunKind
from portal.domain.consent import ExportRefusal
from portal.domain.errors import FormatFailed
from portal.export.departures import (
    KeptStory,
    WrittenStories,
    record_stories,
    taking_back_on_failure,
    write_stories,
)
from portal.export.formats import installed_formats
from portal.export.photo_addresses import choose_addresses
from portal.extensions import current_portal
from portal.models import Coverage
from portal.queries.coverages.export import list_drafts
from portal.queries.take_downs import list_open_take_downs_in

_NAMELESS: int = getattr(os, "O_TMPFILE", 0)
_OWNER_ONLY = 0o600
_REASONS = {
    ExportRefusal.NOT_APPROVED: "the author has not approved the edited text",
    ExportRefusal.NO_PUBLICATION: "the author does not want it published",
    ExportRefusal.NO_LICENCE: "there is no consent to the licence of this coverage",
    ExportRefusal.BYLINE_UNDECIDED: "the author has not decided which name to print",
    ExportRefusal.CHANGED_AFTER_APPROVAL: "the text was changed after the author approved it",
    ExportRefusal.WITHDRAWN: "the author has withdrawn it",
    ExportRefusal.CONSENT_OUTDATED: "the words of the licence consent have changed since the author agreed",
    ExportRefusal.EMBARGO: "the author wants it published not before",
    ExportRefusal.HOLDS_AVOIDED: "the text holds words the author asked us not to print",
    ExportRefusal.MAY_HOLD_AVOIDED: "the text may hold words the author asked us not to print, "
    "in another form",
    ExportRefusal.CANNOT_OPEN: "what its author sent cannot be opened: run portal doctor",
}


_INCOMPLETE = 3


class _FormatName(click.ParamType[str]):
    """The name of a format. Packages with formats are loaded when one is asked for, not by every command."""

    name = "name"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Refuse what is no format here."""
        names = list(installed_formats().usable)
        if value not in names:
            self.fail(f"{value!r} is none of {', '.join(names)}.", param, ctx)
        return value


@click.command("export")
@click.option(
    "--coverage", "slug", required=True, metavar="SLUG", help="The coverage, as its address names it."
)
@click.option(
    "--format",
    "format_name",
    type=_FormatName(),
    help="What to write; portal/export/README.md lists the formats.",
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file to write; it is replaced only when the new one is complete.",
)
@click.option("--all-approved", is_flag=True, help="Every story whose author approved the text.")
@click.option("--draft", "public_ids", multiple=True, metavar="ID", help="One draft by its id; repeatable.")
@click.option("--withdrawn", is_flag=True, help="Write nothing: list what has left and must come back.")
@in_portal
def export(
    slug: str,
    format_name: str | None,
    out: Path | None,
    *,
    all_approved: bool,
    public_ids: tuple[str, ...],
    withdrawn: bool,
) -> None:
    """Write approved stories to a file, or list what must come back.

    Stories that may not leave are listed with the reason, those too that somebody changed meanwhile. Exit
    code 1 when none could be written, and 3 when photos could not be read: the file is written without them,
    and they are named.
    """
    if withdrawn:
        if format_name or out or all_approved or public_ids:
            raise click.UsageError("--withdrawn stands alone: it writes no file.")
        _list_withdrawn(slug)
        return
    if format_name is None or out is None:
        raise click.UsageError("Say --format and --out, or --withdrawn.")
    if all_approved == bool(public_ids):
        raise click.UsageError("Say either --all-approved or --draft with an id.")
    try:
        written, changed = _write(slug, format_name, out, public_ids)
    except FormatFailed as error:
        raise click.ClickException(
            f"The package of the format {error.name} is broken: nothing was written."
        ) from error
    for public_id in sorted(changed):
        click.echo(f"Not exported: {public_id}: it was changed meanwhile", err=True)
    click.echo(f"{len(written.stories) - len(changed)} exported to {out}")
    missing = [one for one in written.lost if one.public_id not in changed]
    for one in missing:
        click.echo(f"Missing: {one.public_id}: {one.file} could not be read and is not in the file", err=True)
    if missing:
        raise click.exceptions.Exit(_INCOMPLETE)


def _write(
    slug: str, format_name: str, out: Path, public_ids: Sequence[str]
) -> tuple[WrittenStories, Collection[str]]:
    """Write the file; return what was written, and what was taken out again as somebody changed it."""
    run, instance, made = (
        BulkRun(RunKind.EXPORT),
        current_portal().instance,
        installed_formats().usable[format_name],
    )
    with snapshot() as session:
        coverage = _find_coverage(session, slug)
        coverage_id, drafts = coverage.id, list_drafts(session, coverage, public_ids or None)
    made = made.for_stories(len(drafts))
    numbers, at = list(drafts.values()), datetime.now(UTC)
    with (
        replace_file(out) as (file, put_in_place),
        closing(made.begin(file, drafts)) as writer,
    ):
        written = write_stories(
            run,
            writer,
            coverage_id,
            numbers,
            folder=instance.files_folder,
            at=at,
            find_address=choose_addresses(current_portal(), at=at) if made.fetches_photos else None,
        )
        _list_kept(written.kept, [one for one in public_ids if one not in drafts])
        if not written.stories:
            raise click.ClickException("No story could be exported, so nothing was written.")
        # Nothing is recorded of what the disk has no room for.
        writer.finish()
        _flush(file)
        clock = partial(datetime.now, UTC)
        recorded = record_stories(run, coverage_id, drafts, written.stories, by=None, at=clock())
        if not recorded.earlier:
            raise click.ClickException("A story was changed meanwhile, so nothing was written. Run it again.")
        with taking_back_on_failure(run, recorded, by=None, clock=clock):
            if recorded.changed:
                writer.leave_out(recorded.changed)
                _flush(file)
            put_in_place()
    run.end(instance.folder)
    return written, recorded.changed


def _list_withdrawn(slug: str) -> None:
    """Print a line for each place that waits: why, since when, language, address or copy, submission."""
    with snapshot() as session:
        coverage = _find_coverage(session, slug)
        for task in list_open_take_downs_in(session, coverage):
            what = (
                f"post {task.copy.remote_id or '?'} on {task.copy.target.name}"
                if task.copy
                else "exported copy"
            )
            place = task.url or f"{what}, save {task.revision}, {task.exported_at:%Y-%m-%d}"
            about = task.submission.public_id
            click.echo(f"{task.reason}\t{task.opened_at:%Y-%m-%d}\t{task.lang}\t{place}\t{about}")


def _find_coverage(session: Session, slug: str) -> Coverage:
    coverage = session.scalar(select(Coverage).where(Coverage.slug == slug))
    if coverage is None:
        raise click.ClickException(f"There is no coverage {slug}.")
    return coverage


@contextmanager
def replace_file(path: Path) -> Iterator[tuple[IO[bytes], Callable[[], None]]]:
    """Give a file without a name to write to, and what puts it in place, whole, of an old one too.

    Whatever ends the process before leaves nothing behind. Where the disk knows no files without a name, the
    file has a hidden one until then.
    """
    folder = os.open(path.absolute().parent, os.O_RDONLY)
    try:
        handle, hidden = _open_aside(path.absolute())
        try:
            with os.fdopen(handle, "w+b") as file:
                yield file, partial(_put_in_place, handle, hidden, path.absolute(), folder)
        finally:
            if hidden is not None:
                hidden.unlink(missing_ok=True)
    finally:
        os.close(folder)


def _flush(file: IO[bytes]) -> None:
    file.flush()
    os.fsync(file.fileno())


def _open_aside(path: Path) -> tuple[int, Path | None]:
    """Open a file without a name in the folder of `path`, or a hidden one where that cannot be done."""
    if _NAMELESS:
        with suppress(OSError):
            return os.open(path.parent, _NAMELESS | os.O_RDWR, _OWNER_ONLY), None
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    return handle, Path(name)


def _put_in_place(handle: int, hidden: Path | None, path: Path, folder: int) -> None:
    if hidden is None:
        try:
            _name(handle, path, folder)
        except FileExistsError:  # naming replaces nothing, moving does
            hidden = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
            _name(handle, hidden, folder)
    if hidden is not None:
        hidden.replace(path)
    os.fsync(folder)


def _name(handle: int, path: Path, folder: int) -> None:
    """Give a file without a name one. Only with a folder given is the link to it followed (man 2 open)."""
    os.link(f"/proc/self/fd/{handle}", path, src_dir_fd=folder, follow_symlinks=True)


def _list_kept(kept: Sequence[KeptStory], unknown: Sequence[str]) -> None:
    for one in kept:
        day = f" {one.embargo}" if one.refusal is ExportRefusal.EMBARGO else ""
        click.echo(f"Not exported: {one.public_id}: {_REASONS[one.refusal]}{day}", err=True)
    for public_id in unknown:
        click.echo(f"Not exported: {public_id}: there is no such draft in this coverage", err=True)
