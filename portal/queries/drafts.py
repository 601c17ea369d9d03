"""Drafts: which stand, which an undone acceptance has set aside, and those that a filter asks for."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cache, lru_cache
from typing import NamedTuple

from sqlalchemy import ColumnElement, Integer, Select, and_, bindparam, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from portal.domain.states import IN_COVERAGE, MAY_HAVE_LEFT, State
from portal.models import (
    AuditEntry,
    Call,
    Coverage,
    Draft,
    DraftRevision,
    RemoteCopy,
    Staff,
    Submission,
    TakeDown,
)
from portal.queries.departures import has_left
from portal.queries.story_search import is_found_by
from portal.story.search.query import read_query


def is_standing() -> ColumnElement[bool]:
    """Return the condition on Draft that it is worked on: its acceptance was not undone."""
    return Draft.set_aside_at.is_(None)


def find_standing(session: Session, submission_id: int) -> Draft | None:
    """Return the editorial copy of a submission, or None."""
    return session.scalar(_of_submission(set_aside=False), {"submission_id": submission_id})


def find_draft_of(session: Session, submission_id: int) -> Draft | None:
    """Return the draft of a submission, set aside or not, or None."""
    return session.scalar(select(Draft).where(Draft.submission_id == submission_id))


def find_set_aside(session: Session, submission_id: int) -> Draft | None:
    """Return the draft of a submission that waits for the next acceptance, or None."""
    return session.scalar(_of_submission(set_aside=True), {"submission_id": submission_id})


@lru_cache(2)
def _of_submission(*, set_aside: bool) -> Select[Draft]:
    its = Draft.submission_id == bindparam("submission_id", type_=Integer)
    return select(Draft).where(its, ~is_standing() if set_aside else is_standing())


def count_saves(session: Session, submission_id: int) -> int:
    """Return how often people of the desk have saved the draft of a submission that is worked on."""
    its = Draft.submission_id == submission_id, is_standing()
    saved = DraftRevision.sent_number.is_(None), ~DraftRevision.by_author
    found = select(func.count()).select_from(DraftRevision).join(Draft, Draft.id == DraftRevision.draft_id)
    return session.scalar(found.where(*its, *saved)) or 0


class Outcome(NamedTuple):
    """What has become of a submission: its draft, and places outside where it must come back."""

    draft: str | None
    """Public id of the one that is worked on."""
    open_take_downs: int


_NO_OUTCOME = Outcome(None, 0)


def find_outcome(session: Session, submission: Submission) -> Outcome:
    """Return what has become of a submission; nobody is asked before it was accepted. One query."""
    if submission.state not in MAY_HAVE_LEFT:
        return _NO_OUTCOME
    return Outcome(*session.execute(_outcome(), {"submission_id": submission.id}).one())


@cache
def _outcome() -> Select[str | None, int]:
    number = bindparam("submission_id", type_=Integer)
    draft = select(Draft.public_id).where(Draft.submission_id == number, is_standing())
    waits = select(func.count()).where(TakeDown.submission_id == number, TakeDown.closed_at.is_(None))
    return select(draft.scalar_subquery(), waits.scalar_subquery())


def list_saves(draft: Draft) -> list[DraftRevision]:
    """Return what people of the desk have saved in a draft."""
    return [one for one in draft.revisions if one.sent_number is None and not one.by_author]


def has_newer_text(draft: Draft, submission: Submission) -> bool:
    """Say whether the author has sent a version that the draft knows nothing of."""
    known = draft.source_revision
    return known is not None and submission.latest.number > known


class DraftOrder(StrEnum):
    """The order of a list of drafts."""

    OLDEST = "oldest"
    """Accepted first."""
    NEWEST = "newest"
    """Accepted last."""
    EDITED = "edited"
    """Last edited."""


_ORDERS: Mapping[DraftOrder, tuple[InstrumentedAttribute[datetime], bool]] = {
    DraftOrder.OLDEST: (Draft.accepted_at, False),
    DraftOrder.NEWEST: (Draft.accepted_at, True),
    DraftOrder.EDITED: (Draft.edited_at, True),
}
"""What each goes by, and whether the latest stands first."""


def place_in(order: DraftOrder) -> InstrumentedAttribute[datetime]:
    """Return the column whose value is, with the number of the row, the place of a draft in this order."""
    return _ORDERS[order][0]


def sort_drafts(order: DraftOrder, found: Select[int, datetime]) -> Select[int, datetime]:
    """Return drafts in this order."""
    column, is_backwards = _ORDERS[order]
    keys = (column, Draft.id)
    return found.order_by(*(key.desc() for key in keys) if is_backwards else keys)


def is_behind(order: DraftOrder, moment: datetime, number: int) -> ColumnElement[bool]:
    """Return the condition on Draft that it stands behind a place in this order."""
    column, is_backwards = _ORDERS[order]
    if is_backwards:
        return or_(column < moment, and_(column == moment, Draft.id < number))
    return or_(column > moment, and_(column == moment, Draft.id > number))


@dataclass(frozen=True)
class DraftFilter:
    """What is asked for; nothing means all."""

    text: str = ""
    lang: str = ""
    state: State | None = None
    is_new: bool = False
    """Only what has not left as it is now."""
    in_drafts: bool = field(default=True, compare=False)
    """Whether whoever asks may open drafts: words of theirs are looked for only then."""
    reader: str = ""
    """Public id of the colleague in whose hands it has not left; empty for anybody's."""

    @property
    def is_set(self) -> bool:
        """Say whether anything is asked for."""
        return self != NO_FILTER


NO_FILTER = DraftFilter()


def narrow_drafts(
    wanted: DraftFilter, states: Collection[State] = IN_COVERAGE
) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions on drafts and their submissions; `states` are those a list may show at all."""
    shown = [state for state in states if wanted.state in (None, state)]
    conditions: list[ColumnElement[bool]] = [Submission.state.in_(shown)]
    if wanted.text:
        conditions.append(is_found_by(read_query(wanted.text), in_drafts=wanted.in_drafts))
    if wanted.lang:
        conditions.append(Draft.lang == wanted.lang)
    if wanted.is_new and wanted.reader:
        conditions.append(~_was_taken_by(wanted.reader))
    elif wanted.is_new:
        conditions.append(or_(Draft.exported_revision.is_(None), Draft.exported_revision != Draft.revision))
    return tuple(conditions)


def _was_taken_by(reader: str) -> ColumnElement[bool]:
    """Say whether a colleague has exported a draft as it is now, or sent it to a site."""
    in_file = exists().where(
        has_left(),
        AuditEntry.about == Submission.public_id,
        AuditEntry.actor == reader,
        AuditEntry.detail["revision"].as_integer() == Draft.revision,
    )
    to_site = exists().where(
        RemoteCopy.submission_id == Draft.submission_id,
        RemoteCopy.revision == Draft.revision,
        RemoteCopy.staff_id == Staff.id,
        Staff.public_id == reader,
    )
    return or_(in_file, to_site)


def list_draft_languages(session: Session, coverage: Coverage) -> Sequence[str]:
    """Return the languages of the drafts of a coverage, as tags in their order. One query.

    From each language of the table the next one is looked up in an index: some steps, where DISTINCT reads
    all rows.
    """
    walk = select(func.min(Draft.lang).label("lang")).cte(recursive=True)
    following = select(func.min(Draft.lang)).where(Draft.lang > walk.c.lang).scalar_subquery()
    walk = walk.union_all(select(following).where(walk.c.lang.is_not(None)))
    in_coverage = (
        exists()
        .where(Draft.lang == walk.c.lang, is_standing(), Submission.id == Draft.submission_id)
        .where(Submission.state.in_(IN_COVERAGE), Call.id == Submission.call_id)
        .where(Call.coverage_id == coverage.id)
        .correlate(walk)
    )
    found = select(walk.c.lang).where(walk.c.lang.is_not(None), in_coverage)
    return sorted(session.scalars(found))
