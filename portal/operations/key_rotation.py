"""Key rotation: every envelope of the database under the current key, a few rows at a time."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import LargeBinary, Select, bindparam, func, inspect, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from portal.models import (
    Attachment,
    Autosave,
    ContributorSession,
    Draft,
    DraftComment,
    DraftRevision,
    ExportFile,
    Note,
    OriginalFile,
    PageWords,
    Recommendation,
    Revision,
    SavedView,
    Submission,
    Target,
    UnsavedEdit,
    UnsentVersion,
)
from portal.sealing.keys import (
    KEY_ID_BYTES,
    CannotOpen,
    KeyRing,
    answers_place,
    autosave_person_place,
    comment_place,
    desk_answers_place,
    draft_person_place,
    edit_person_place,
    export_key_place,
    file_facts_place,
    file_key_place,
    file_name_place,
    form_key_place,
    note_place,
    page_words_place,
    picture_words_place,
    recommendation_place,
    risk_place,
    save_person_place,
    saved_view_place,
    target_account_place,
    unsent_form_key_place,
    unsent_version_place,
)

BATCH = 50
_AT_ONCE = 1000


@dataclass(frozen=True)
class SealedColumn:
    """A column of envelopes: the table's row id, and what the place of an envelope is made from."""

    column: InstrumentedAttribute[bytes | None] | InstrumentedAttribute[bytes]
    row_id: InstrumentedAttribute[int]
    parts: tuple[InstrumentedAttribute[Any], ...]
    place: Callable[..., str]


@dataclass(frozen=True)
class Batch:
    """Some envelopes of a column, sealed anew and not written yet."""

    fresh: Sequence[tuple[int, bytes, bytes]]
    """Row id, the envelope that stands there, and the one that takes its place."""
    shut: int
    """How many more no key opens; they stay."""
    last: int | None
    """The id to go on after, None when the column is through."""


SEALED = (
    SealedColumn(Submission.sealed_risk, Submission.id, (Submission.public_id,), risk_place),
    SealedColumn(Revision.sealed, Revision.id, (Submission.public_id, Revision.number), answers_place),
    SealedColumn(
        Revision.desk_answers, Revision.id, (Submission.public_id, Revision.number), desk_answers_place
    ),
    SealedColumn(UnsentVersion.sealed, UnsentVersion.id, (UnsentVersion.public_id,), unsent_version_place),
    SealedColumn(
        UnsentVersion.sealed_form_key,
        UnsentVersion.id,
        (UnsentVersion.public_id,),
        unsent_form_key_place,
    ),
    SealedColumn(
        ContributorSession.sealed_form_key,
        ContributorSession.id,
        (ContributorSession.token_hash,),
        form_key_place,
    ),
    SealedColumn(PageWords.sealed, PageWords.id, (PageWords.public_id,), page_words_place),
    SealedColumn(Note.sealed, Note.id, (Note.public_id,), note_place),
    SealedColumn(Recommendation.sealed, Recommendation.id, (Recommendation.public_id,), recommendation_place),
    SealedColumn(Attachment.sealed_name, Attachment.id, (Attachment.public_id,), file_name_place),
    SealedColumn(Attachment.sealed_key, Attachment.id, (Attachment.public_id,), file_key_place),
    SealedColumn(Attachment.sealed_facts, Attachment.id, (Attachment.public_id,), file_facts_place),
    SealedColumn(Attachment.sealed_words, Attachment.id, (Attachment.public_id,), picture_words_place),
    SealedColumn(OriginalFile.sealed_key, OriginalFile.id, (OriginalFile.public_id,), file_key_place),
    SealedColumn(OriginalFile.sealed_facts, OriginalFile.id, (OriginalFile.public_id,), file_facts_place),
    SealedColumn(Draft.sealed_person, Draft.id, (Draft.public_id,), draft_person_place),
    SealedColumn(
        DraftRevision.sealed_person,
        DraftRevision.id,
        (Draft.public_id, DraftRevision.number),
        save_person_place,
    ),
    SealedColumn(UnsavedEdit.sealed_person, UnsavedEdit.id, (UnsavedEdit.id,), edit_person_place),
    SealedColumn(Autosave.sealed_person, Autosave.id, (Autosave.public_id,), autosave_person_place),
    SealedColumn(DraftComment.sealed, DraftComment.id, (DraftComment.public_id,), comment_place),
    SealedColumn(SavedView.sealed, SavedView.id, (SavedView.public_id,), saved_view_place),
    SealedColumn(ExportFile.sealed_key, ExportFile.id, (ExportFile.public_id,), export_key_place),
    SealedColumn(Target.sealed_account, Target.id, (Target.public_id,), target_account_place),
)
"""Every column of the database that holds envelopes."""


def count_uses(session: Session) -> Mapping[bytes, int]:
    """Return for each key id how many envelopes name it."""
    uses: Counter[bytes] = Counter()
    for sealed in SEALED:
        # Not counted by SQLite: it would sort whole envelopes, and take four hundred megabytes for that.
        named = select(_key_id(sealed.column)).where(sealed.column.is_not(None))
        found = session.scalars(named.execution_options(yield_per=_AT_ONCE))
        uses.update(bytes(key_id) for key_id in found)
    return uses


def list_newest_keys(session: Session, *, most: int = BATCH) -> set[bytes]:
    """Return the key ids that the newest envelopes of each column name, of a database of any release."""
    found: set[bytes] = set()
    database = inspect(session.connection())
    tables = set(database.get_table_names())
    for sealed in SEALED:
        table, name = sealed.column.class_.__tablename__, sealed.column.key
        if table not in tables or name not in {one["name"] for one in database.get_columns(table)}:
            continue
        newest = select(_key_id(sealed.column)).where(sealed.column.is_not(None))
        rows = session.scalars(newest.order_by(sealed.row_id.desc()).limit(most))
        found |= {bytes(one) for one in rows}
    return found


def open_canary(
    session: Session, sealed: SealedColumn, *, keys: KeyRing, choose: Callable[[int], int]
) -> bool:
    """Say whether an envelope of a column opens, the one whose number `choose` takes; True without any."""
    number = session.scalar(select(func.count()).where(sealed.column.is_not(None))) or 0
    if number == 0:
        return True
    full = select_envelopes(sealed).where(sealed.column.is_not(None)).order_by(sealed.row_id)
    _row_id, envelope, *parts = session.execute(full.offset(choose(number)).limit(1)).one()
    try:
        keys.open(envelope, sealed.place(*parts))
    except CannotOpen:
        return False
    return True


def select_envelopes(sealed: SealedColumn) -> Select[Any]:
    """Return the query for row id, envelope, which may be none, and the parts of its place."""
    wanted = select(sealed.row_id, sealed.column, *sealed.parts)
    if sealed.column.class_ is Revision:
        return wanted.join(Submission, Revision.submission_id == Submission.id)
    if sealed.column.class_ is DraftRevision:
        return wanted.join(Draft, DraftRevision.draft_id == Draft.id)
    return wanted


def seal_batch(
    session: Session, sealed: SealedColumn, *, keys: KeyRing, after: int = 0, size: int = BATCH
) -> Batch:
    """Seal the next envelopes of a column that another key than the current one closes; nothing is written.

    To find them may mean to read the whole column, for which nobody who writes should wait.
    """
    wanted = (
        select_envelopes(sealed)
        .where(sealed.row_id > after, _key_id(sealed.column) != keys.current)
        .order_by(sealed.row_id)
        .limit(size)
    )
    fresh: list[tuple[int, bytes, bytes]] = []
    shut = 0
    last: int | None = None
    for row_id, envelope, *parts in session.execute(wanted).all():
        last = row_id
        place = sealed.place(*parts)
        try:
            fresh.append((row_id, envelope, keys.seal(keys.open(envelope, place), place)))
        except CannotOpen:
            shut += 1
    return Batch(fresh, shut, last)


def write_batch(session: Session, sealed: SealedColumn, batch: Batch) -> None:
    """Put these envelopes in their place. One that somebody has replaced meanwhile stays as they left it."""
    rows = sealed.column.class_.__table__
    session.connection().execute(
        update(rows)
        .where(rows.c.id == bindparam("row"), rows.c[sealed.column.key] == bindparam("old"))
        .values({sealed.column.key: bindparam("fresh")}),
        [{"row": row_id, "old": old, "fresh": fresh} for row_id, old, fresh in batch.fresh],
    )


def _key_id(column: InstrumentedAttribute[bytes | None] | InstrumentedAttribute[bytes]) -> Any:
    """Return the bytes of an envelope that name its key, see portal.sealing.keys."""
    return func.substr(column, 2, KEY_ID_BYTES, type_=LargeBinary)
