"""Makes the files of exports that were asked for: a block of stories after the other, sealed where it lies.

It holds nothing up: reading waits for nobody, each block is written in a moment of its own, and the bytes
never stand in the memory as a whole. Consent is asked for as each story is written, and once more, with the
story held, as it counts as having left. Whoever makes a file says so until it lies there. One that was silent
for too long is taken for dead, and another begins anew: the first notices that before anything counts as
having left, and before a file gets its name.
"""

import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from portal.bulk_run import BulkRun
from portal.database import snapshot, transaction
from portal.domain.bulk_runs import RunKind
from portal.domain.documents import NoRoom
from portal.domain.errors import FormatFailed, SearchDamaged, SearchUnready
from portal.domain.export_files import UNDER_WAY, ExportProblem, LeftOut
from portal.domain.states import State
from portal.export.departures import (
    RecordedStories,
    WrittenStories,
    record_stories,
    take_back_departures,
    taking_back_on_failure,
    write_stories,
)
from portal.export.formats import Format, installed_formats
from portal.export.photo_addresses import choose_addresses
from portal.extensions import current_portal
from portal.instance import Instance
from portal.models import Coverage, ExportFile, Staff
from portal.operations.coverages.export_files import (
    ExportClaim,
    fail_export,
    finish_export,
    forget_exports,
    note_progress,
    postpone_export,
    settle_choice,
    take_export,
)
from portal.operations.search_fts5 import is_index_damaged, note_damage, read_fill
from portal.queries.coverages.export import SETTLED, list_drafts
from portal.queries.drafts import DraftFilter
from portal.sealing.sealed_file import SealedFile, make_file_key
from portal.storage import refuse_when_full, write_sealed

_FOLDER_MODE = 0o700
_PARTIAL = "."
"""How the name of a file begins that is not whole."""
_STALE_SECONDS = 3600
_TELL_EVERY = timedelta(seconds=1)
"""How often progress is written down: each time has everybody's commits wait for the disk once more."""
_NONE: Mapping[str, int] = {}


class NoLongerOurs(Exception):
    """Another has taken the file over, or an author has called back a text of the coverage meanwhile."""


def exports_folder(instance: Instance) -> Path:
    """Return the folder of these files, which no backup takes: they are made again by one press."""
    folder = instance.folder / "exports"
    folder.mkdir(mode=_FOLDER_MODE, exist_ok=True)
    return folder


def make_export(instance: Instance, *, clock: Callable[[], datetime], number: int | None = None) -> bool:
    """Make the next file that was asked for, or the one with this number; say whether there was one."""
    with transaction() as session:
        taken = take_export(session, at=clock(), number=number)
        if taken is None:
            return False
        making = _Making(instance, taken, clock)
    try:
        with refuse_when_full():
            making.run()
    except NoLongerOurs:
        pass
    except NoRoom:
        making.fail(ExportProblem.NO_ROOM)
    except FormatFailed:
        making.fail(ExportProblem.FORMAT)
    except SearchUnready as error:
        making.postpone(is_damaged=isinstance(error, SearchDamaged))
    except DBAPIError as error:
        if not is_index_damaged(error):
            raise
        making.postpone(is_damaged=True)
    finally:
        making.clear()
    return True


class _Making:
    """One file on its way."""

    def __init__(self, instance: Instance, row: ExportFile, clock: Callable[[], datetime]) -> None:
        self.instance, self.clock, self.cost = instance, clock, BulkRun(RunKind.EXPORT)
        self.claim, self.coverage_id = ExportClaim(row.id, row.attempts), row.coverage_id
        self.name, self.partial_name = row.public_id, _name_partial(row.public_id, row.attempts)
        self.format, self.choice, self.has_gaps = row.format, row.choice, row.has_gaps
        self.staff_id = row.staff_id
        self.told_at: datetime | None = None
        self.done = self.missing = 0
        """How many were looked at, and how many of those that were asked for are found no more."""

    def run(self) -> None:
        folder = exports_folder(self.instance)
        made = installed_formats().usable.get(self.format)
        if made is None:
            raise FormatFailed(self.format)
        with snapshot() as session:
            drafts = pick_drafts(session, session.get_one(Coverage, self.coverage_id), self.choice, made)
        # Once they have left, new ones are new no more, and found no more.
        is_new = read_choice(self.choice).is_new
        with transaction() as session:
            missing = settle_choice(session, self.claim, list(drafts), is_new=is_new)
        if missing is None:
            raise NoLongerOurs
        self.done = self.missing = missing
        made = made.for_stories(len(drafts))
        at = self.clock()
        # Without a name from the start: whatever stops us, nothing of it stays in the open.
        with TemporaryFile(dir=folder) as out, closing(made.begin(out, drafts)) as writer:
            written = write_stories(
                self.cost,
                writer,
                self.coverage_id,
                list(drafts.values()),
                folder=self.instance.files_folder,
                at=at,
                find_address=choose_addresses(current_portal(), at=at) if made.fetches_photos else None,
                tell=self.note_done,
            )
            if not written.stories:
                return self.fail(ExportProblem.NOTHING, self.count_kept(written))
            if written.lost and not self.has_gaps:
                return self.fail(ExportProblem.PHOTOS_LOST, lost=_name_lost(written))
            writer.finish()
            # What there is no room for has not left: nothing is recorded then.
            file = self.seal(folder, out)
            recorded = self.record(drafts, written)
            if recorded.changed:
                with taking_back_on_failure(self.cost, recorded, by=self.find_asker(), clock=self.clock):
                    writer.leave_out(recorded.changed)
                    file = self.seal(folder, out)
        self.finish(folder, file, written, recorded)
        return None

    def postpone(self, *, is_damaged: bool) -> None:
        """Leave it until the index of the search is whole, which the worker makes of a damaged one."""
        with transaction() as session:
            if is_damaged:
                note_damage(session)
            postpone_export(session, self.claim, at=self.clock())

    def note_done(self, done: int) -> None:
        self.done = self.missing + done
        self.tell()

    def tell(self) -> None:
        """Say now and then that somebody is at it."""
        at = self.clock()
        if self.told_at is not None and timedelta(0) <= at - self.told_at < _TELL_EVERY:
            return
        with transaction() as session:
            self.keep(session)
        self.told_at = at

    def keep(self, session: Session) -> None:
        """Keep the file for another while; until the transaction ends nobody takes it over."""
        if not note_progress(session, self.claim, self.done, at=self.clock()):
            raise NoLongerOurs

    def seal(self, folder: Path, out: IO[bytes]) -> SealedFile:
        """Write the file sealed, under a name that says that nobody knows of it yet."""
        self.clear()
        key = make_file_key()
        content_size = out.seek(0, os.SEEK_END)
        out.seek(0)
        sha256, size = write_sealed(folder / self.partial_name, out, content_size, key, tell=self.tell)
        return SealedFile(self.name, sha256, size, content_size, key)

    def clear(self) -> None:
        """Delete what was sealed and has not become the file."""
        with suppress(OSError):
            (exports_folder(self.instance) / self.partial_name).unlink(missing_ok=True)

    def find_asker(self) -> Staff | None:
        with snapshot() as session:
            return session.get(Staff, self.staff_id) if self.staff_id is not None else None

    def record(self, drafts: dict[str, int], written: WrittenStories) -> RecordedStories:
        by, at = self.find_asker(), self.clock()
        return record_stories(
            self.cost, self.coverage_id, drafts, written.stories, by=by, at=at, keep_on=self.keep
        )

    def finish(
        self, folder: Path, file: SealedFile, written: WrittenStories, recorded: RecordedStories
    ) -> None:
        kept = self.count_kept(written, len(recorded.changed))
        if not recorded.earlier:
            return self.fail(ExportProblem.NOTHING, kept)
        with transaction() as session:
            is_ours = finish_export(
                session,
                self.claim,
                file,
                written=len(recorded.earlier),
                kept=kept,
                lost=_name_lost(written),
                at=self.clock(),
            )
            if is_ours:  # and its name is nobody else's while the row is held
                (folder / self.partial_name).rename(folder / self.name)
        if not is_ours:
            take_back_departures(self.cost, recorded, by=self.find_asker(), at=self.clock())
        self.cost.end(self.instance.folder)
        return None

    def count_kept(self, written: WrittenStories, changed: int = 0) -> Mapping[str, int]:
        """Return how many of those that were chosen are not in the file, by why."""
        reasons = Counter(one.refusal.value for one in written.kept)
        return +(reasons + Counter({LeftOut.CHANGED.value: changed, LeftOut.NOT_FOUND.value: self.missing}))

    def fail(
        self,
        problem: ExportProblem,
        kept: Mapping[str, int] = _NONE,
        lost: Sequence[tuple[str, str]] = (),
    ) -> None:
        with transaction() as session:
            fail_export(session, self.claim, problem, at=self.clock(), kept=kept, lost=lost)


def pick_drafts(
    session: Session, coverage: Coverage, choice: dict[str, object], made: Format | None = None
) -> dict[str, int]:
    """Return the drafts of a choice, public id to id, as they are there now."""
    drafts = choice.get("drafts")
    if isinstance(drafts, list):
        return list_drafts(session, coverage, drafts)
    wanted = read_choice(choice)
    return list_drafts(session, coverage, matching=made.narrow(wanted) if made else wanted, states=SETTLED)


def write_choice(wanted: DraftFilter) -> dict[str, object]:
    """Return a filter as a row keeps it."""
    state = wanted.state.value if wanted.state else ""
    kept = {"text": wanted.text, "lang": wanted.lang, "state": state, "new": wanted.is_new}
    return {"filter": {**kept, "reader": wanted.reader}}


def read_choice(choice: dict[str, object]) -> DraftFilter:
    """Return the filter of a row."""
    kept = choice.get("filter")
    asked = kept if isinstance(kept, dict) else {}
    state = State(asked["state"]) if asked.get("state") else None
    return DraftFilter(
        asked.get("text", ""),
        asked.get("lang", ""),
        state,
        is_new=bool(asked.get("new")),
        reader=asked.get("reader", ""),
    )


def awaits_search(session: Session, found: ExportFile) -> bool:
    """Say whether a file is not begun because the search that says what is in it is being made anew."""
    if found.state not in UNDER_WAY or found.done or not read_choice(found.choice).text:
        return False
    fill = read_fill(session)
    return fill.is_damaged or bool(fill.below)


def clear_exports(instance: Instance, *, at: datetime) -> None:
    """Let go of files whose day is over, and delete what no row opens any more."""
    with transaction() as session:
        left = forget_exports(session, at=at)
    kept = {name for one in left for name in (one[0], _name_partial(*one))}
    for path in exports_folder(instance).iterdir():
        is_partial = path.name.startswith(_PARTIAL)
        with suppress(FileNotFoundError):
            is_stale = path.stat().st_mtime < at.timestamp() - _STALE_SECONDS
            if path.name not in kept and (is_stale or not is_partial):
                path.unlink()


def _name_partial(public_id: str, attempts: int) -> str:
    """Return the name of a file that is not whole: each maker of an export has one of its own."""
    return f"{_PARTIAL}{public_id}-{attempts}"


def _name_lost(written: WrittenStories) -> list[tuple[str, str]]:
    return [(one.public_id, one.file) for one in written.lost]
