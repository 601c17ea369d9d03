"""Departures of stories: into a file a block after the other, then into the records, and last the file goes.

Nothing leaves that does not count as exported, however a run is cut off; what counts so and has not left is
in the file of the next run.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import select

from portal.bulk_run import AT_ONCE, BulkRun, cut_blocks
from portal.database import snapshot
from portal.domain.consent import ExportRefusal
from portal.export.formats import Writer
from portal.export.photos import FindAddress
from portal.export.story_records import digest_contents, gather_records
from portal.models import Coverage, Draft, Staff
from portal.operations.coverages.departures import LastDeparture, call_off_export, record_export
from portal.operations.locking import lock_texts_of
from portal.queries.coverages.export import ExportSource, load_block

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


@dataclass
class WrittenStories:
    """The stories written to a file, and those that were not."""

    contents: dict[str, bytes] = field(default_factory=dict)
    """By the draft's public id what its story was made from, see gathering.digest_contents."""
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
            for source in load_block(session, coverage, block, at=at):
                _write_story(writer, source, written, folder=folder, find_address=find_address)
        run.note_block()
        tell(min(number * size, len(numbers)))
    return written


def _write_story(
    writer: Writer,
    source: ExportSource,
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
    written.contents[public_id] = digest_contents(source)
    written.lost += [LostPicture(public_id, record.title, record.lang, file) for file in record.missing_files]


def record_stories(
    run: BulkRun,
    coverage_id: int,
    numbers: Mapping[str, int],
    contents: Mapping[str, bytes],
    *,
    by: Staff | None,
    at: datetime,
    size: int = AT_ONCE,
) -> RecordedStories:
    """Remember that these stories leave; those must not that somebody has changed meanwhile.

    `numbers` has the ids of the drafts by public id. Each block is held while it is looked at once more:
    whoever withdraws or edits a story after that finds it exported. So it has `size` stories at most, and
    fewer where they take long.
    """
    recorded = RecordedStories(at)
    for block in run.cut_by_time(list(contents), size, fewest=_FEWEST):
        with run.write_block() as session:
            lock_texts_of(session, block)
            coverage = session.get_one(Coverage, coverage_id)
            same = [
                source.draft
                for source in load_block(session, coverage, [numbers[one] for one in block], at=at)
                if source.refusal is None and digest_contents(source) == contents[source.draft.public_id]
            ]
            left = {
                draft.public_id: LastDeparture(draft.exported_revision, draft.exported_at) for draft in same
            }
            record_export(session, same, by=by, at=at)
        recorded.earlier |= left
        recorded.changed |= set(block) - left.keys()
    return recorded


@contextmanager
def taking_back_on_failure(
    run: BulkRun, recorded: RecordedStories, *, by: Staff | None, clock: Callable[[], datetime]
) -> Iterator[None]:
    """Count nothing as having left when the file of what was recorded comes to nothing after all."""
    try:
        yield
    except Exception:
        _call_off(run, recorded, by=by, at=clock())
        raise


def _call_off(run: BulkRun, recorded: RecordedStories, *, by: Staff | None, at: datetime) -> None:
    for block in run.cut_by_time(list(recorded.earlier), AT_ONCE, fewest=_FEWEST):
        with run.write_block() as session:
            lock_texts_of(session, block)
            drafts = session.scalars(select(Draft).where(Draft.public_id.in_(block))).all()
            call_off_export(session, drafts, recorded.earlier, recorded_at=recorded.at, by=by, at=at)
