"""Rows of the queue: what each shows, told by one statement, with its gist, tags and advice."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, ScalarSelect, Select, String, bindparam, case, cast, func, select
from sqlalchemy.orm import aliased

from portal.domain.admission import Lane
from portal.domain.photos import AttachmentKind
from portal.domain.recommendations import Advice
from portal.domain.states import Stage, State
from portal.models import (
    Attachment,
    Call,
    GistVersion,
    Recommendation,
    Revision,
    Staff,
    Submission,
    SubmissionTag,
    Tag,
)
from portal.queries.constants import constant
from portal.queries.desk.same_story import has_same_story
from portal.queries.private.messages import has_unread
from portal.sealing.keys import CannotOpen, KeyRing, risk_place


class AdviceOnRow(NamedTuple):
    """What a colleague recommends now."""

    advice: Advice
    is_outdated: bool
    """Its author has sent a newer version since."""
    is_read: bool
    """Its giver reads the language; else they went by the gist."""


class QueueRow(NamedTuple):
    """One line of the queue: what it shows of a submission, and nothing else."""

    id: int
    public_id: str
    heading: str
    lang: str
    stage: Stage
    sides: str
    state: State
    state_before: State | None
    words: int
    characters: int
    at_risk: bool
    lane: Lane
    signals: Sequence[str]
    due_at: datetime | None
    received_at: datetime
    answer_days: int
    """What the call promises."""
    assignee: str | None
    """Name of who is responsible."""
    reader: str | None
    """Name of who has taken it, at `claimed_at`."""
    claimed_at: datetime | None
    has_new: bool
    """Its author has written since the desk last read the messages."""
    gist: str | None
    """In the reader's language of the desk, else the newest in another; None where there is none."""
    gist_lang: str | None
    photos: int
    has_same: bool
    """Another text of its coverage seems to tell the same story."""
    version: int
    moderators_decide: bool
    """In its call."""
    tags: Sequence[str]
    advice: Sequence[AdviceOnRow]
    """What colleagues recommend."""


_RISK = QueueRow._fields.index("at_risk")
_TAGS = QueueRow._fields.index("tags")


def select_queue_rows(query: Select[Submission]) -> Select[*tuple[Any, ...]]:
    """Return the query with the columns of QueueRow, the risk still sealed, for `read_queue_rows`."""
    reader = aliased(Staff)
    return (
        query.with_only_columns(
            Submission.id,
            Submission.public_id,
            Submission.heading,
            Submission.lang,
            Submission.stage,
            Submission.sides,
            Submission.state,
            Submission.state_before,
            Submission.words,
            Submission.characters,
            Submission.sealed_risk,
            Submission.lane,
            Submission.signals,
            Submission.due_at,
            Submission.received_at,
            Call.answer_days,
            Staff.name,
            reader.name,
            Submission.claimed_at,
            has_unread(),
            GistVersion.body,
            GistVersion.lang,
            _count_photos(),
            has_same_story(),
            Submission.version,
            Call.moderators_decide,
            _name_tags(),
            _tell_advice(),
        )
        .join(Call, Call.id == Submission.call_id)
        .outerjoin(Staff, Staff.id == Submission.assignee_id)
        .outerjoin(reader, reader.id == Submission.claimed_by_id)
        .outerjoin(GistVersion, GistVersion.id == _find_gist_to_read())
    )


def read_queue_rows(found: Iterable[Row[Any]], keys: KeyRing) -> list[QueueRow]:
    """Return the rows of a query of `select_queue_rows`, their risk opened."""
    return [
        QueueRow._make(
            (
                *row[:_RISK],
                opens_as_risk(row[_RISK], row.public_id, keys),
                *row[_RISK + 1 : _TAGS],
                _read_tag_names(row[_TAGS]),
                _read_advice(row[_TAGS + 1]),
            )
        )
        for row in found
    ]


def opens_as_risk(envelope: bytes | None, public_id: str, keys: KeyRing) -> bool:
    """Say whether a text puts somebody at risk; one whose envelope no key opens may."""
    try:
        return bool(keys.open_map(envelope, risk_place(public_id)).get("at_risk", False))
    except CannotOpen:
        return True


def _find_gist_to_read() -> ScalarSelect[int]:
    """Return the number of a submission's gist in the language `desk_lang`, else of the newest in any."""
    is_own = GistVersion.lang == bindparam("desk_lang", type_=String)
    return (
        select(GistVersion.id)
        .where(GistVersion.submission_id == Submission.id, GistVersion.is_current, GistVersion.body != "")
        .order_by(case((is_own, constant(0)), else_=constant(1)), GistVersion.id.desc())
        .limit(constant(1))
        .correlate(Submission)
        .scalar_subquery()
    )


def _count_photos() -> ScalarSelect[int]:
    """Return, as a column beside Submission, how many photos came with it."""
    own = Attachment.submission_id == Submission.id, Attachment.kind == constant(AttachmentKind.PHOTO)
    return select(func.count(Attachment.id)).where(*own).correlate(Submission).scalar_subquery()


def _name_tags() -> Any:
    """Return, as a column beside Submission, the names of its tags, a line each."""
    names = select(func.aggregate_strings(Tag.name, "\n"))
    on_it = SubmissionTag.submission_id == Submission.id
    named = names.select_from(SubmissionTag).join(Tag, Tag.id == SubmissionTag.tag_id).where(on_it)
    return named.correlate(Submission).scalar_subquery()


def _read_tag_names(told: str | None) -> tuple[str, ...]:
    """Return the names that `_name_tags` tells, in their order."""
    return tuple(sorted(told.splitlines(), key=str.casefold)) if told else ()


def _tell_advice() -> Any:
    """Return, as a column beside Submission, what colleagues recommend now: a word each."""
    newest = select(func.max(Revision.number)).where(Revision.submission_id == Submission.id)
    mark = case((Recommendation.sent_number < newest.correlate(Submission).scalar_subquery(), "-"), else_="+")
    ground = case((Recommendation.reads, "r"), else_="g")
    word = cast(Recommendation.advice, String) + mark + ground
    told = select(func.aggregate_strings(word, " ")).where(
        Recommendation.submission_id == Submission.id, Recommendation.ended_at.is_(None)
    )
    return told.correlate(Submission).scalar_subquery()


def _read_advice(told: str | None) -> tuple[AdviceOnRow, ...]:
    """Return what `_tell_advice` tells, in the order of Advice."""
    if not told:
        return ()
    found = [
        AdviceOnRow(Advice(word[:-2]), is_outdated=word[-2] == "-", is_read=word[-1] == "r")
        for word in told.split()
    ]
    order = list(Advice)
    return tuple(sorted(found, key=lambda one: (order.index(one.advice), one.is_outdated, not one.is_read)))
