"""The coverages a member of staff works on, and the drafts in them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from sqlalchemy import Select, String, bindparam, func, literal, select
from sqlalchemy.orm import Session, defer, joinedload, load_only, selectinload, undefer

from portal.domain.answers import STORY_FROM_FILE
from portal.domain.consent import ExportRefusal, PublishWish, lacks_byline
from portal.domain.editing import NEEDED_FOR_EXPORT
from portal.domain.questions import AnswersByRole, QuestionRole
from portal.domain.states import IN_COVERAGE, State
from portal.models import Call, Coverage, Draft, DraftRevision, Revision, Staff, Submission
from portal.models.base import PublicId
from portal.queries.answers import answers_by_role
from portal.queries.calls import TEXTS_OF_CALL
from portal.queries.coverages.export import ExportSource, find_wish
from portal.queries.desk.queue import PAGE_SIZE, QueueKey, read_cursor, write_cursor
from portal.queries.desk.queue_statements import MOST_COUNTED
from portal.queries.drafts import (
    NO_FILTER,
    DraftFilter,
    DraftOrder,
    is_behind,
    is_standing,
    narrow_drafts,
    place_in,
    sort_drafts,
)
from portal.queries.visibility import Sight, coverages_of, readable, readable_by, seen_coverages, sight_of
from portal.story.typed_text import to_source


@dataclass(frozen=True)
class CoverageCounts:
    """A coverage with the number of its drafts in each state."""

    coverage: Coverage
    by_state: Mapping[State, int]

    @property
    def total(self) -> int:
        """Return how many drafts there are."""
        return sum(self.by_state.values())


@dataclass(frozen=True)
class DraftPage:
    """Some drafts of a coverage, by their numbers, and after which one the next page begins."""

    numbers: Sequence[int]
    after: str | None
    """The cursor of its place; None on the last page."""


def list_coverages(session: Session, actor: Staff) -> list[CoverageCounts]:
    """Return the coverages the actor works on, oldest first, in two queries."""
    coverages = session.scalars(select(Coverage).where(coverages_of(actor)).order_by(Coverage.id)).all()
    counted = session.execute(
        select(Call.coverage_id, Submission.state, func.count())
        .select_from(Draft)
        .join(Submission)
        .join(Call)
        .where(readable_by(actor), Submission.state.in_(IN_COVERAGE), is_standing())
        .group_by(Call.coverage_id, Submission.state)
    )
    counts: dict[int, dict[State, int]] = {}
    for coverage_id, state, number in counted:
        counts.setdefault(coverage_id, {})[state] = number
    return [CoverageCounts(coverage, counts.get(coverage.id, {})) for coverage in coverages]


def count_drafts(
    session: Session, coverage: Coverage, wanted: DraftFilter = NO_FILTER
) -> Mapping[State, int]:
    """Return how many drafts of a coverage match in each state, at most `MOST_COUNTED`. One query.

    Which state is asked for is passed over: these are the numbers beside all of them.
    """
    anything, states = replace(wanted, state=None), sorted(IN_COVERAGE)
    counted = []
    for state in states:
        found = select(literal(1).label("one")).select_from(Draft).join(Submission).join(Call)
        found = found.where(Call.coverage_id == coverage.id, is_standing(), *narrow_drafts(anything, [state]))
        part = found.limit(MOST_COUNTED).subquery()
        counted.append(select(func.count()).select_from(part).scalar_subquery())
    return dict(zip(states, session.execute(select(*counted)).one(), strict=True))


def list_draft_page(
    session: Session,
    coverage: Coverage,
    states: Collection[State],
    *,
    after: str = "",
    size: int = PAGE_SIZE,
    wanted: DraftFilter = NO_FILTER,
    order: DraftOrder = DraftOrder.OLDEST,
) -> DraftPage:
    """Return one page of the drafts in these states from the cursor on; an unreadable one gives the first.

    `wanted` leaves out what is not asked for. One query.
    """
    found = select(Draft.id, place_in(order).label("at")).join(Submission).join(Call)
    found = found.where(Call.coverage_id == coverage.id, is_standing(), *narrow_drafts(wanted, states))
    start = read_cursor(after)
    if start is not None and start.moment is not None:
        found = found.where(is_behind(order, start.moment, start.number))
    rows = session.execute(sort_drafts(order, found).limit(size + 1)).all()
    shown = rows[:size]
    following = write_cursor(QueueKey(0, shown[-1].at, shown[-1].id)) if len(rows) > size else None
    return DraftPage([row.id for row in shown], following)


def list_table_block(session: Session, numbers: Collection[int]) -> Sequence[Draft]:
    """Return drafts, which are not many, with what their row of a table shows; oldest first."""
    return session.scalars(
        select(Draft)
        .where(Draft.id.in_(numbers))
        .order_by(Draft.accepted_at, Draft.id)
        .options(joinedload(Draft.submission), selectinload(Draft.publications))
    ).all()


def find_coverage(session: Session, actor: Staff, slug: str) -> Coverage | None:
    """Return a coverage the actor works on."""
    return session.scalar(_coverage(sight_of(actor)), {"slug": slug, "actor_id": actor.id})


@lru_cache(len(Sight))
def _coverage(sight: Sight) -> Select[Coverage]:
    return select(Coverage).where(seen_coverages(sight), Coverage.slug == bindparam("slug", type_=String))


def find_draft(
    session: Session, actor: Staff, public_id: str, *, set_aside: bool = False, with_saves: bool = False
) -> Draft | None:
    """Return a draft of the actor's coverages with all its page shows: one that stands, or is set aside.

    `with_saves`: with every save and who made it.
    """
    found = _one(sight_of(actor), set_aside=set_aside)
    if with_saves:
        saves = selectinload(Draft.revisions).joinedload(DraftRevision.staff).load_only(Staff.name)
        found = found.options(saves)
    given = {"public_id": public_id, "actor_id": actor.id}
    return session.scalars(found, given).unique().one_or_none()


@lru_cache(2 * len(Sight))
def _one(sight: Sight, *, set_aside: bool) -> Select[Draft]:
    """Return the statement every page and act of a draft begins with."""
    return (
        select(Draft)
        .join(Submission)
        .where(
            Draft.public_id == bindparam("public_id", type_=PublicId),
            readable(sight),
            ~is_standing() if set_aside else is_standing(),
        )
        .options(
            joinedload(Draft.submission).options(
                joinedload(Submission.call).options(*map(defer, TEXTS_OF_CALL), joinedload(Call.coverage)),
                joinedload(Submission.revisions),
                undefer(Submission.answered_after),
            ),
        )
    )


def list_answerable(session: Session, draft: Draft) -> Sequence[Draft]:
    """Return the other stories of a draft's coverage that it can answer, by title."""
    others = select(Draft).join(Submission).join(Call)
    others = others.where(
        Call.coverage_id == draft.submission.call.coverage_id,
        Submission.state.in_(IN_COVERAGE),
        is_standing(),
        Draft.id != draft.id,
    )
    shown = load_only(Draft.public_id, Draft.title, Draft.lang, Draft.version)
    return session.scalars(others.options(shown).order_by(Draft.title, Draft.id)).all()


def find_missing(source: ExportSource) -> Sequence[str]:
    """Return what a draft still lacks: empty fields, then permission, licence, byline, approval.

    Of one that cannot be opened nobody knows more than the empty fields.
    """
    draft, state = source.draft, source.draft.submission.state
    empty = [name for name in NEEDED_FOR_EXPORT if not getattr(draft, name)]
    if source.refusal is ExportRefusal.CANNOT_OPEN:
        return empty
    settled = state in (State.APPROVED, State.PUBLISHED) and draft.approved_revision == draft.revision
    checks = (
        (find_wish(answers_by_role(draft.submission)) == PublishWish.NO, "permission"),
        (source.licence is None, "licence"),
        (lacks_byline(draft.byline_mode, draft.byline), "byline"),
        (not settled, "approval"),
    )
    return [*empty, *(name for lacks, name in checks if lacks)]


@dataclass(frozen=True)
class Original:
    """The original of a draft: what its author sent last, or before."""

    title: str
    story: str
    lang: str
    source: str
    """The story as Markdown that says the same."""


def read_original(submission: Submission, revision: Revision | None = None) -> Original:
    """Return title and text as sent last, or in this revision, whatever else of it cannot be opened."""
    answers = (revision or submission.latest).readable_answers
    given = AnswersByRole(submission.call.questions, answers)
    story = given.text(QuestionRole.BODY)
    return Original(
        title=given.text(QuestionRole.TITLE) or submission.heading,
        story=story,
        lang=submission.lang,
        source=to_source(story, str(answers.get(STORY_FROM_FILE, ""))),
    )
