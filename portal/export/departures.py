"""Departures of stories: into a file a block after the other, then into the records, and last the file goes.

Nothing leaves that does not count as exported, however a run is cut off; what counts so and has not left is
in the file of the next run.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from sqlalchemy.orm import Session

from portal.bulk_run import AT_ONCE, BulkRun, cut_blocks
from portal.database import snapshot
from portal.domain.consent import ExportRefusal
from portal.export.formats import Writer
from portal.export.photos import FindAddress
from portal.export.story_records import digest_contents, gather_records
from portal.models import Coverage, Staff
from portal.operations.coverages.departures import (
    LastDeparture,
    call_off_export,
    load_departures,
    record_export,
)
from portal.operations.locking import lock_texts_of
from portal.queries.coverages.export import ExportSource, load_block, stamp_stories

_FEWEST = 8
"""Stories that are held at once even where the machine has no time: one alone costs four times as much."""


@dataclass(frozen=True)
class KeptStory:
    """A story that stays, and why."""

    public_id: str
    refusal: ExportRefusal
    embargo: date | None


@dataclass(frozen=True)
class LostPicture:
    """A photo that should leave and could not be read: its story, and its place in that story's folder."""

    public_id: str
    title: str
    lang: str
    file: str


@dataclass(frozen=True, slots=True)
class WrittenStory:
    """What a story was made from: checksums of its rows, and of what they hold."""

    stamp: bytes
    """See queries.coverages.export.stamp_stories."""
    contents: bytes
    """See export.story_records.digest_contents."""


@dataclass
class WrittenStories:
    """The stories written to a file, and those that were not."""

    stories: dict[str, WrittenStory] = field(default_factory=dict)
    """By the draft's public id."""
    kept: list[KeptStory] = field(default_factory=list)
    lost: list[LostPicture] = field(default_factory=list)


@dataclass
class RecordedStories:
    """What counts as having left, and what must not leave, as somebody has changed it meanwhile."""

    at: datetime
    earlier: dict[str, LastDeparture] = field(default_factory=dict)
    """By the public id of a draft that counts as having left, what had left of it before."""
    changed: set[str] = field(default_factory=set)
    """The public ids of the others."""


def write_stories(
    run: BulkRun,
    writer: Writer,
    coverage_id: int,
    numbers: Sequence[int],
    *,
    folder: Path,
    at: datetime,
    find_address: FindAddress | None = None,
    size: int = AT_ONCE,
    tell: Callable[[int], None] = lambda _done: None,
) -> WrittenStories:
    """Write those of these drafts that may leave; photos are read from `folder`. Nobody waits meanwhile.

    `find_address` says where photos can be fetched; `tell` hears after each block how many drafts were
    looked at.
    """
    written = WrittenStories()
    for number, block in enumerate(cut_blocks(numbers, size), 1):
        # Nothing of one block is used in the next.
        with snapshot() as session:
            coverage = session.get_one(Coverage, coverage_id)
            stamps = stamp_stories(session, block)
            for source in load_block(session, coverage, block, at=at):
                stamp = stamps[source.draft.id]
                _write_story(writer, source, stamp, written, folder=folder, find_address=find_address)
        run.note_block()
        tell(min(number * size, len(numbers)))
    return written


def _write_story(
    writer: Writer,
    source: ExportSource,
    stamp: bytes,
    written: WrittenStories,
    *,
    folder: Path,
    find_address: FindAddress | None,
) -> None:
    public_id = source.draft.public_id
    if source.refusal is not None:
        written.kept.append(KeptStory(public_id, source.refusal, source.embargo))
        return
    (record,) = gather_records([source], folder, find_address)
    writer.add(record)
    written.stories[public_id] = WrittenStory(stamp, digest_contents(source))
    written.lost += [LostPicture(public_id, record.title, record.lang, file) for file in record.missing_files]


def record_stories(
    run: BulkRun,
    coverage_id: int,
    numbers: Mapping[str, int],
    stories: Mapping[str, WrittenStory],
    *,
    by: Staff | None,
    at: datetime,
    size: int = AT_ONCE,
    keep_on: Callable[[Session], None] = lambda _session: None,
) -> RecordedStories:
    """Remember that these stories leave; those must not that somebody has changed meanwhile.

    `numbers` has the ids of the drafts by public id. Each block is held while it is looked at once more:
    whoever withdraws or edits a story after that finds it exported. So it has `size` stories at most, and
    fewer where they take long. `keep_on` hears of each block before it is written for good; what it raises
    undoes all of them.
    """
    recorded = RecordedStories(at)
    with taking_back_on_failure(run, recorded, by=by, clock=lambda: at):
        for block in run.cut_by_time(list(stories), size, fewest=_FEWEST):
            with run.write_block() as session:
                lock_texts_of(session, block)
                written = {one: stories[one] for one in block}
                same = load_departures(session, _find_same(session, coverage_id, numbers, written, at=at))
                left = {
                    draft.public_id: LastDeparture(draft.exported_revision, draft.exported_at)
                    for draft in same
                }
                record_export(session, same, by=by, at=at)
                keep_on(session)
            recorded.earlier |= left
            recorded.changed |= set(block) - left.keys()
    return recorded


def _find_same(
    session: Session,
    coverage_id: int,
    numbers: Mapping[str, int],
    written: Mapping[str, WrittenStory],
    *,
    at: datetime,
) -> list[str]:
    """Return which of these stories, held, may leave as they were written.

    Only those with a row that was written meanwhile are loaded for it.
    """
    stamps = stamp_stories(session, [numbers[one] for one in written])
    same = [one for one, story in written.items() if stamps.get(numbers[one]) == story.stamp]
    touched = [numbers[one] for one in written.keys() - set(same)]
    if touched:
        coverage = session.get_one(Coverage, coverage_id)
        same += [
            source.draft.public_id
            for source in load_block(session, coverage, touched, at=at)
            if source.refusal is None and digest_contents(source) == written[source.draft.public_id].contents
        ]
    return same


@contextmanager
def taking_back_on_failure(
    run: BulkRun, recorded: RecordedStories, *, by: Staff | None, clock: Callable[[], datetime]
) -> Iterator[None]:
    """Count nothing as having left when the file of what was recorded comes to nothing after all."""
    try:
        yield
    except Exception:
        take_back_departures(run, recorded, by=by, at=clock())
        raise


def take_back_departures(run: BulkRun, recorded: RecordedStories, *, by: Staff | None, at: datetime) -> None:
    """Count nothing as having left of what was recorded: nobody gets the file."""
    for block in run.cut_by_time(list(recorded.earlier), AT_ONCE, fewest=_FEWEST):
        with run.write_block() as session:
            lock_texts_of(session, block)
            drafts = load_departures(session, block)
            call_off_export(session, drafts, recorded.earlier, recorded_at=recorded.at, by=by, at=at)
