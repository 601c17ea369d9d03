"""Looking for texts that tell the same story as one that arrives, among many.

What is timed is a processor's time, ours and the database's together: of all the worker does for one text.
Its marks stand in as many texts as marks may: one of them in half of all, one in one of thirty, the others in
few.
"""

from collections.abc import Iterator, Sequence
from statistics import median
from typing import Final

from flask import Flask
from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import Session

from portal.database import transaction
from portal.domain.states import Stage, State
from portal.models import ComparisonDue, StoryMark, Submission
from portal.operations.desk.same_story import compare_due, find_same_stories
from tests.bench.processor import Processor
from tests.support.statements import list_verbs, listening

_REPEATS = 5
_OWN_MARKS: Final = 32
"""Marks of each text that no other one has."""
_SHARED_BY: Final = (2, 30)
"""One text of so many has the first marks of the text that arrives; further ones stand in some dozen."""
_FEW: Final = 24
_FILL: Final = text(
    "WITH RECURSIVE each_one(place) AS "
    "(SELECT 0 UNION ALL SELECT place + 1 FROM each_one WHERE place + 1 < :most) "
    "INSERT INTO story_mark (mark, submission_id) "
    "SELECT (CAST(id AS bigint) * 64 + place) * 7919 % 1000000007, id FROM submission, each_one"
)
_SHARE: Final = text(
    "INSERT INTO story_mark (mark, submission_id) "
    "SELECT CAST(:mark AS bigint), id FROM submission WHERE id % :one_of = 0 AND id <> :own"
)


def measure(app: Flask) -> Iterator[str]:
    """Give a line for a text that arrives."""
    processor = Processor(app)
    with app.app_context():
        number = _fill()
        told = [_compare(app, processor, number) for _ in range(1 + _REPEATS)][1:]
        with transaction() as session:
            marks = session.scalar(select(func.count(StoryMark.mark))) or 0
    taken, sent = median(used for used, _sent in told), max(number for _used, number in told)
    yield f"{marks:>10,} marks  same story {taken:7.1f} ms  {sent} statements"


def _compare(app: Flask, processor: Processor, number: int) -> tuple[float, int]:
    """Compare a text as the worker does; return the milliseconds, and how many statements that took."""
    with transaction() as session:
        session.add(ComparisonDue(submission_id=number))
    with transaction() as session, listening(app) as sent:
        begun = processor.read()
        compare_due(session)
        session.flush()
        return processor.read().since(begun).total, len(list_verbs(sent))


def _fill() -> int:
    """Have every text marked, unless it is; return the number of the one that arrives."""
    with transaction() as session:
        wanted = select(func.max(Submission.id)).where(
            Submission.state == State.SUBMITTED, Submission.stage == Stage.STORY
        )
        number = session.scalars(wanted).one()
        session.execute(delete(ComparisonDue))  # nothing else waits
        if not session.scalar(select(StoryMark.mark).limit(1)):
            find_same_stories(session, number)
            own = session.scalars(select(StoryMark.mark).order_by(StoryMark.mark)).all()
            session.execute(_FILL, {"most": _OWN_MARKS})
            _share(session, own, number)
    return int(number)


def _share(session: Session, marks: Sequence[int], number: int) -> None:
    total = session.scalar(select(func.count(Submission.id))) or 0
    for place, mark in enumerate(marks):
        one_of = _SHARED_BY[place] if place < len(_SHARED_BY) else max(total // _FEW, 1)
        session.execute(_SHARE, {"mark": mark, "one_of": one_of, "own": number})
