"""The filter of the queue besides its view: how old, due when, with photos, wants a reader; and its order."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from portal.domain.desk_notices import NoticeKind
from portal.domain.photos import AttachmentKind
from portal.models import Attachment, DeskNotice, Recommendation, Revision, Submission
from portal.models.base import Moment
from portal.queries.constants import constant

SOON = timedelta(days=3)
_DAY, _WEEK = timedelta(days=1), timedelta(days=7)


class Age(StrEnum):
    """How long ago a text came, to the hour."""

    DAY = "day"
    """Within a day."""
    WEEK = "week"
    OVER_WEEK = "over_week"
    """More than a week ago."""
    OVER_TWO = "over_two_weeks"


class DueWhen(StrEnum):
    """When what a text waits for is due."""

    LATE = "late"
    """It was due before now."""
    SOON = "soon"
    """Within `SOON`, and not late."""
    WEEK = "week"
    """Within a week, and not late."""
    UNDATED = "undated"


class WithPhotos(StrEnum):
    """Whether photos came with a text."""

    SOME = "some"
    NONE = "none"


class ReaderWait(StrEnum):
    """What a reader of the language is wanted for."""

    GIST = "gist"
    """Colleagues have asked for one."""
    ADVICE = "advice"
    """A recommendation was given from the gist, and nobody who reads the text says the same."""


class QueueOrder(StrEnum):
    """The order of the queue. Whatever it is, what came unverified stands below everything else."""

    DUE = "due"
    """Due first, without a date last."""
    OLDEST = "oldest"
    """Came first."""
    NEWEST = "newest"
    """Came last."""


_AGES: Mapping[Age, timedelta] = {
    Age.DAY: _DAY,
    Age.WEEK: _WEEK,
    Age.OVER_WEEK: _WEEK,
    Age.OVER_TWO: 2 * _WEEK,
}
_YOUNGER = frozenset({Age.DAY, Age.WEEK})
_DUE_WITHIN: Mapping[DueWhen, timedelta] = {DueWhen.SOON: SOON, DueWhen.WEEK: _WEEK}


def name_age(age: Age | None) -> str:
    """Return the name of its condition; empty for none."""
    if age is None:
        return ""
    return "younger" if age in _YOUNGER else "older"


def name_due(due: DueWhen | None) -> str:
    """Return the name of its condition; empty for none."""
    if due is None:
        return ""
    return due.value if due in (DueWhen.LATE, DueWhen.UNDATED) else "due_within"


def name_photos(photos: WithPhotos | None) -> str:
    """Return the name of its condition; empty for none."""
    return "" if photos is None else f"photos_{photos}"


def name_wait(wait: ReaderWait | None) -> str:
    """Return the name of its condition; empty for none."""
    return "" if wait is None else f"reader_{wait}"


WAITS = frozenset(name_wait(one) for one in ReaderWait)


def choice_values(age: Age | None, due: DueWhen | None, *, at: datetime) -> dict[str, Any]:
    """Return the values of the parameters in these conditions."""
    return {
        "came": at - _AGES.get(age or Age.DAY, _DAY),
        "at": at,
        "due_before": at + _DUE_WITHIN.get(due or DueWhen.SOON, SOON),
    }


def choice_conditions() -> Mapping[str, ColumnElement[bool]]:
    """Return the conditions by their names."""
    at, came = bindparam("at", type_=Moment), bindparam("came", type_=Moment)
    within = and_(Submission.due_at >= at, Submission.due_at <= bindparam("due_before", type_=Moment))
    own = Attachment.submission_id == Submission.id, Attachment.kind == constant(AttachmentKind.PHOTO)
    # A number is looked up row by row, however many photos there are; an EXISTS may read all of them first.
    photos = select(func.count(Attachment.id)).where(*own).scalar_subquery()
    return {
        "younger": Submission.received_at >= came,
        "older": Submission.received_at < came,
        "late": Submission.due_at < at,
        "due_within": within,
        "undated": Submission.due_at.is_(None),
        "photos_some": photos > constant(0),
        "photos_none": photos == constant(0),
        **_wait_conditions(),
    }


def _wait_conditions() -> Mapping[str, ColumnElement[bool]]:
    """Return the conditions on Submission by their names; an index finds all of each at once."""
    return {
        name_wait(ReaderWait.GIST): Submission.id.in_(
            select(DeskNotice.submission_id).where(
                DeskNotice.kind == constant(NoticeKind.GIST_ASKED), ~DeskNotice.is_done
            )
        ),
        name_wait(ReaderWait.ADVICE): _has_unconfirmed_advice(),
    }


def _has_unconfirmed_advice() -> ColumnElement[bool]:
    """Return the condition of `waits_for_reader` for what is said of the newest version."""
    given, confirming = aliased(Recommendation), aliased(Recommendation)
    newest = select(func.max(Revision.number)).where(Revision.submission_id == given.submission_id)
    is_confirmed = exists().where(
        confirming.submission_id == given.submission_id,
        confirming.ended_at.is_(None),
        confirming.reads,
        confirming.advice == given.advice,
        confirming.sent_number >= given.sent_number,
    )
    waiting = select(given.submission_id).where(
        given.ended_at.is_(None),
        ~given.reads,
        given.sent_number == newest.correlate(given).scalar_subquery(),
        ~is_confirmed,
    )
    return Submission.id.in_(waiting)


def moment_of(order: QueueOrder) -> InstrumentedAttribute[datetime | None] | InstrumentedAttribute[datetime]:
    """Return the column the order goes by."""
    return Submission.due_at if order is QueueOrder.DUE else Submission.received_at


def sort_by(order: QueueOrder, moment: Any, number: Any) -> tuple[ColumnElement[Any], ...]:
    """Return the order of rows with these columns: a moment, and the number that tells equal ones apart."""
    match order:
        case QueueOrder.DUE:
            return moment.asc().nulls_last(), number.asc()
        case QueueOrder.OLDEST:
            return moment.asc(), number.asc()
        case QueueOrder.NEWEST:
            return moment.desc(), number.desc()


def is_later(order: QueueOrder, moment: Any, number: Any, *, is_dated: bool) -> ColumnElement[bool]:
    """Return the condition for what comes later than a place; `is_dated`: the place has a moment."""
    column = moment_of(order)
    if not is_dated:
        return and_(column.is_(None), Submission.id > number)
    if order is QueueOrder.NEWEST:
        return or_(column < moment, and_(column == moment, Submission.id < number))
    later = or_(column > moment, and_(column == moment, Submission.id > number))
    return or_(later, column.is_(None)) if order is QueueOrder.DUE else later


def is_up_to(order: QueueOrder, moment: Any) -> ColumnElement[bool]:
    """Return the condition for what comes no later than a moment, whatever its number."""
    column = moment_of(order)
    limit: ColumnElement[bool] = column >= moment if order is QueueOrder.NEWEST else column <= moment
    return limit
