"""Looking for texts of one coverage that tell the same story: found by their marks, then compared.

The worker compares each text some seconds after it was sent, so no sending waits for it; on a text's page it
can be asked for at once. Only title and story are compared, or the idea of a pitch, which every reader of the
coverage may read; nothing that is sealed is.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import Select, delete, func, insert, or_, select
from sqlalchemy.orm import Session, aliased

from portal.domain.acts import HistoryAct
from portal.domain.errors import StaleEdit
from portal.domain.questions import AnswersByRole, QuestionRole
from portal.domain.states import HIDDEN
from portal.models import Call, ComparisonDue, Revision, SameStory, Staff, StoryMark, Submission
from portal.operations.transitions import record_event
from portal.story.same_story.facts import StoryFacts, read_facts
from portal.story.same_story.likeness import Likeness, compare
from portal.story.same_story.marks import make_marks

_AT_ONCE: Final = 3
"""Texts of one transaction of the worker."""
_MOST_AT_HAND: Final = 20
"""Texts that may wait while somebody does: the worker leaves none for longer than seconds."""
_MOST_COMPARED: Final = 8
_MOST_LOOKED_AT: Final = 4000
"""Marks that other texts share: a mark that half of them have costs no more than this."""
_MOST_SHARED: Final = 8
"""Of each kind that are kept to be shown."""
_LONGEST: Final = 80


class ToldStory(NamedTuple):
    """What a text says, as it is compared."""

    id: int
    revision_id: int
    coverage_id: int
    facts: StoryFacts


_NOTHING: Final[Mapping[int, ToldStory]] = {}


def is_comparison_due(session: Session) -> bool:
    """Say whether a text waits to be compared."""
    return session.scalar(select(ComparisonDue.id).limit(1)) is not None


def read_ahead(session: Session, number: int | None = None) -> Mapping[int, ToldStory]:
    """Read texts that wait to be compared, and those that may be like them, while nobody waits for it.

    With a number that text, and all that may have to be compared before it. Reading takes far longer than
    what is then written.
    """
    waiting = session.scalars(_list_waiting(_AT_ONCE if number is None else _MOST_AT_HAND))
    numbers = [*(row.submission_id for row in waiting), *([] if number is None else [number])]
    told = _read_told(session, numbers)
    likely = {
        other for one in told.values() for other in _list_candidates(session, _mark(one), one.id)
    } - told.keys()
    return {**told, **_read_told(session, sorted(likely))}


def compare_due(session: Session, known: Mapping[int, ToldStory] = _NOTHING, *, most: int = _AT_ONCE) -> int:
    """Compare texts that wait for it, the oldest first; return how many there were.

    `known` is what was read ahead; what has changed since is read anew. Of two workers one waits for the
    other: two copies that came together must find each other.
    """
    due = session.scalars(_list_waiting(most)).all()
    _hold_texts(session, {*known, *(row.submission_id for row in due)})
    waiting = session.scalars(_list_waiting(most).with_for_update()).all()
    for number in dict.fromkeys(row.submission_id for row in waiting):
        find_same_stories(session, number, known)
    session.execute(delete(ComparisonDue).where(ComparisonDue.id.in_([row.id for row in waiting])))
    return len(waiting)


def _list_waiting(most: int) -> Select[ComparisonDue]:
    return select(ComparisonDue).order_by(ComparisonDue.id).limit(most)


def compare_now(session: Session, submission: Submission, known: Mapping[int, ToldStory]) -> int:
    """Compare a text at once, and before it what waits; return how many tell its story."""
    compare_due(session, known, most=_MOST_AT_HAND)
    return find_same_stories(session, submission.id, known)


def _hold_texts(session: Session, numbers: Collection[int]) -> None:
    """Have whoever changes or erases one of these texts wait until all is written that is said of them.

    Held before anything that hangs on them, as everybody does, so that no two wait for each other.
    """
    its = select(Submission.id).where(Submission.id.in_(numbers)).order_by(Submission.id)
    session.execute(its.with_for_update(read=True, key_share=True))


def find_same_stories(session: Session, number: int, known: Mapping[int, ToldStory] = _NOTHING) -> int:
    """Look for texts that tell the same story as this one; return how many there are.

    What was found before is found anew: either text may have changed.
    """
    _hold_texts(session, [number])
    told = _read_told(session, [number], known)
    marks = _mark(told[number]) if number in told else []
    likely = _list_candidates(session, marks, number) if marks else []
    _hold_texts(session, likely)
    connection = session.connection()
    connection.execute(delete(StoryMark).where(StoryMark.submission_id == number))
    of_it = or_(SameStory.one_id == number, SameStory.other_id == number)
    connection.execute(delete(SameStory).where(of_it, SameStory.told_apart_at.is_(None)))
    if not marks:
        return 0
    own, others = told[number], _read_told(session, likely, known)
    connection.execute(insert(StoryMark), [{"mark": one, "submission_id": number} for one in marks])
    apart = {(pair.one_id, pair.other_id): pair for pair in session.scalars(select(SameStory).where(of_it))}
    pairs = [(own, other) if own.id < other.id else (other, own) for other in others.values()]
    found = []
    for one, other in pairs:
        likeness = compare(one.facts, other.facts)
        if likeness.is_same and _drop_what_was_said(session, apart.get((one.id, other.id)), likeness):
            found.append(_describe(one, other, likeness))
    if found:
        connection.execute(insert(SameStory), found)
    return len(found)


def tell_apart(
    session: Session, submission: Submission, other: Submission, *, by: Staff, at: datetime, seen: int
) -> bool:
    """Note that two texts tell different stories, for everybody; say whether they seemed to tell one.

    They stay apart when they are compared again, until they have become much more alike. Raises StaleEdit.
    """
    if seen != submission.version:
        raise StaleEdit(HistoryAct.TELL_APART)
    pair = _find_pair(session, submission, other)
    if pair is None:
        return False
    if pair.told_apart_at is None:
        one, newer = _read_pair(session, pair)
        likeness = compare(one.facts, newer.facts)
        pair.told_apart_at, pair.told_apart_by = at, by
        pair.told_apart_score, pair.is_copy = likeness.score, likeness.is_copy
        _note_in_both(session, submission, other, HistoryAct.TELL_APART, by=by, at=at)
    return True


def take_back_apart(
    session: Session, submission: Submission, other: Submission, *, by: Staff, at: datetime, seen: int
) -> bool:
    """Take back that two texts were told apart, and compare again; say whether they were.

    Raises StaleEdit.
    """
    if seen != submission.version:
        raise StaleEdit(HistoryAct.TAKE_BACK_APART)
    pair = _find_pair(session, submission, other)
    if pair is None or pair.told_apart_at is None:
        return False
    session.delete(pair)
    session.flush()
    _note_in_both(session, submission, other, HistoryAct.TAKE_BACK_APART, by=by, at=at)
    find_same_stories(session, submission.id)
    return True


def _find_pair(session: Session, submission: Submission, other: Submission) -> SameStory | None:
    """Return what is known of two texts, held until the transaction ends."""
    one_id, other_id = sorted((submission.id, other.id))
    its = select(SameStory).where(SameStory.one_id == one_id, SameStory.other_id == other_id)
    return session.scalar(its.with_for_update(of=SameStory).execution_options(populate_existing=True))


def _read_pair(session: Session, pair: SameStory) -> tuple[ToldStory, ToldStory]:
    told = _read_told(session, [pair.one_id, pair.other_id])
    return told[pair.one_id], told[pair.other_id]


def _note_in_both(
    session: Session, submission: Submission, other: Submission, act: HistoryAct, *, by: Staff, at: datetime
) -> None:
    for one in (submission, other):
        record_event(session, one, act, by=by, at=at)


def _drop_what_was_said(session: Session, known: SameStory | None, likeness: Likeness) -> bool:
    """Drop that two texts were told apart where that is over; say whether nothing of it stands now."""
    if known is None:
        return True
    if not likeness.has_outgrown(known.told_apart_score or 0, was_copy=known.is_copy):
        return False
    session.delete(known)
    session.flush()
    return True


def _list_candidates(session: Session, marks: Collection[int], number: int) -> Sequence[int]:
    """Return the texts that share most marks, the newest first of those that share as many."""
    sharing = (
        select(StoryMark.submission_id)
        .where(StoryMark.mark.in_(marks), StoryMark.submission_id != number)
        .limit(_MOST_LOOKED_AT)
        .subquery()
    )
    rank = func.count().desc(), sharing.c.submission_id.desc()
    query = select(sharing.c.submission_id).group_by(sharing.c.submission_id).order_by(*rank)
    return session.scalars(query.limit(_MOST_COMPARED)).all()


def _mark(told: ToldStory) -> list[int]:
    return sorted(make_marks(told.facts, str(told.coverage_id)))


def _read_told(
    session: Session, numbers: Collection[int], known: Mapping[int, ToldStory] = _NOTHING
) -> Mapping[int, ToldStory]:
    """Return what these texts say now; those that are unsent or erased are not read."""
    newest = dict(session.execute(_list_newest(numbers)).all())
    told = {
        number: known[number]
        for number, revision in newest.items()
        if number in known and known[number].revision_id == revision
    }
    wanted = [revision for number, revision in newest.items() if number not in told]
    return {**told, **{one.id: one for one in _read_revisions(session, wanted)}}


def _list_newest(numbers: Collection[int]) -> Select[int, int]:
    """Return the statement of the newest revision of each of these texts."""
    newer = aliased(Revision)
    last = select(func.max(newer.number)).where(newer.submission_id == Submission.id)
    return (
        select(Submission.id, Revision.id)
        .join(Revision, Revision.submission_id == Submission.id)
        .where(
            Submission.id.in_(numbers),
            Submission.state.not_in(HIDDEN),
            Revision.number == last.correlate(Submission).scalar_subquery(),
        )
    )


def _read_revisions(session: Session, numbers: Collection[int]) -> Iterator[ToldStory]:
    if not numbers:
        return
    query = (
        select(Submission.id, Revision.id, Call.coverage_id, Call.questions, Revision.open_answers)
        .join(Call, Call.id == Submission.call_id)
        .join(Revision, Revision.submission_id == Submission.id)
        .where(Revision.id.in_(numbers))
    )
    for number, revision_id, coverage_id, questions, answers in session.execute(query):
        yield ToldStory(number, revision_id, coverage_id, _read_facts(questions, answers))


def _read_facts(questions: Sequence[Mapping[str, Any]], answers: Mapping[str, Any]) -> StoryFacts:
    """Read title and story, or the idea of a pitch: what people say of themselves they send with each."""
    given = AnswersByRole(questions, answers)
    told = given.texts(QuestionRole.BODY) or given.texts(QuestionRole.GIST)
    return read_facts([given.text(QuestionRole.TITLE), *told])


def _describe(one: ToldStory, other: ToldStory, likeness: Likeness) -> dict[str, Any]:
    """Return the row of two texts, the older one first."""
    shared = {
        kind.value: [
            [key, one.facts.facts[kind][key][:_LONGEST], other.facts.facts[kind][key][:_LONGEST]]
            for key in keys[:_MOST_SHARED]
        ]
        for kind, keys in likeness.shared.items()
        if keys
    }
    return {"one_id": one.id, "other_id": other.id, "is_copy": likeness.is_copy, "shared": shared}
