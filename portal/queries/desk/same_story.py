"""Texts that seem to tell the same story, as the desk reads them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sqlalchemy import ColumnElement, Integer, Select, bindparam, case, exists, or_, select
from sqlalchemy.orm import Session, joinedload, load_only

from portal.domain.states import HIDDEN
from portal.models import SameStory, Staff, Submission
from portal.queries.visibility import Sight, readable, sight_of
from portal.story.same_story.facts import FactKind

Written = dict[FactKind, Sequence[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class FoundStory:
    """Another text that seems to tell the same story as one, and what they share."""

    submission: Submission
    is_copy: bool
    is_older: bool
    """It came before the one that is looked at."""
    shared: Written
    """Kind to what is compared, and how the text that is looked at writes it."""
    told_apart_at: datetime | None
    """When a colleague said that these are different stories."""
    told_apart_by: Staff | None


def list_same_stories(session: Session, actor: Staff, submission: Submission) -> Sequence[FoundStory]:
    """Return the other texts that seem to tell the same story and that this person may read. One query.

    Those that were told apart are among them.
    """
    given = {"submission_id": submission.id, "actor_id": actor.id}
    return [
        FoundStory(
            submission=found,
            is_copy=pair.is_copy,
            is_older=found.id < submission.id,
            shared=_read_shared(pair, submission),
            told_apart_at=pair.told_apart_at,
            told_apart_by=pair.told_apart_by,
        )
        for pair, found in session.execute(_same_stories(sight_of(actor)), given)
    ]


@lru_cache(len(Sight))
def _same_stories(sight: Sight) -> Select[SameStory, Submission]:
    number = bindparam("submission_id", type_=Integer)
    other = case((SameStory.one_id == number, SameStory.other_id), else_=SameStory.one_id)
    return (
        select(SameStory, Submission)
        .join(Submission, Submission.id == other)
        .where(
            or_(SameStory.one_id == number, SameStory.other_id == number),
            Submission.state.not_in(HIDDEN),
            readable(sight),
        )
        .options(load_only(*_SHOWN), joinedload(SameStory.told_apart_by).load_only(Staff.name))
        .order_by(SameStory.is_copy.desc(), Submission.id)
    )


_SHOWN = (
    Submission.public_id,
    Submission.call_id,
    Submission.heading,
    Submission.lang,
    Submission.stage,
    Submission.state,
    Submission.duplicate_of_id,
)
"""What the page says of the other text."""


def _read_shared(pair: SameStory, submission: Submission) -> Written:
    own = 1 if pair.one_id == submission.id else 2
    return {FactKind(kind): [(one[0], one[own]) for one in told] for kind, told in pair.shared.items()}


def has_same_story() -> ColumnElement[bool]:
    """Return, as a column beside Submission, whether another text seems to tell its story."""
    return _is_in_pair(SameStory.told_apart_at.is_(None))


def is_paired() -> ColumnElement[bool]:
    """Return, as a column beside Submission, whether another text was ever taken for the same story."""
    return _is_in_pair()


def _is_in_pair(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    as_older = exists().where(SameStory.one_id == Submission.id, *conditions).correlate(Submission)
    as_newer = exists().where(SameStory.other_id == Submission.id, *conditions).correlate(Submission)
    return or_(as_older, as_newer)
