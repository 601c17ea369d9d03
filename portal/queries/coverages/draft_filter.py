"""Filters of the drafts of a coverage: words, language, state, and what is new since it left last."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from portal.domain.states import IN_COVERAGE, State
from portal.models import Call, Coverage, Draft, Submission
from portal.queries.drafts import is_standing


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
