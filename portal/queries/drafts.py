"""Drafts: which stand, which an undone acceptance has set aside, and those that a filter asks for."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from portal.domain.states import IN_COVERAGE, State
from portal.models import Call, Coverage, Draft, DraftRevision, Submission


def is_standing() -> ColumnElement[bool]:
    """Return the condition on Draft that it is worked on: its acceptance was not undone."""
    return Draft.set_aside_at.is_(None)


def find_standing(session: Session, submission_id: int) -> Draft | None:
    """Return the editorial copy of a submission, or None."""
    return session.scalar(select(Draft).where(Draft.submission_id == submission_id, is_standing()))


def find_set_aside(session: Session, submission_id: int) -> Draft | None:
    """Return the draft of a submission that waits for the next acceptance, or None."""
    return session.scalar(select(Draft).where(Draft.submission_id == submission_id, ~is_standing()))


def list_saves(draft: Draft) -> list[DraftRevision]:
    """Return what people of the desk have saved in a draft."""
    return [one for one in draft.revisions if one.sent_number is None and not one.by_author]


def has_newer_text(draft: Draft, submission: Submission) -> bool:
    """Say whether the author has sent a version that the draft knows nothing of."""
    known = draft.source_revision
    return known is not None and submission.latest.number > known


@dataclass(frozen=True)
class DraftFilter:
    """What is asked for; nothing means all."""

    text: str = ""
    lang: str = ""
    state: State | None = None
    is_new: bool = False
    """Only what has not left as it is now."""

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
        conditions.append(
            or_(
                Submission.haystack.contains(wanted.text.casefold(), autoescape=True),
                Draft.title.icontains(wanted.text, autoescape=True),
            )
        )
    if wanted.lang:
        conditions.append(Draft.lang == wanted.lang)
    if wanted.is_new:
        conditions.append(or_(Draft.exported_revision.is_(None), Draft.exported_revision != Draft.revision))
    return tuple(conditions)


def list_draft_languages(session: Session, coverage: Coverage) -> Sequence[str]:
    """Return the languages of the drafts of a coverage, as tags in their order."""
    found = select(Draft.lang).join(Submission).join(Call)
    found = found.where(
        Call.coverage_id == coverage.id, Submission.state.in_(IN_COVERAGE), is_standing()
    ).distinct()
    return sorted(session.scalars(found))
