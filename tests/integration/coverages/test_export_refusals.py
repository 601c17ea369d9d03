"""Stories that may leave, and why others stay."""

from datetime import UTC, datetime

import pytest
from sqlalchemy.orm import Session

from portal.domain.consent import ExportRefusal
from portal.domain.permissions import Role
from portal.models import Draft
from portal.operations.private import author_acts
from portal.queries.coverages.export import load_sources
from tests.support.factories import make_draft, make_staff
from tests.support.leaving_stories import make_approved, make_story

pytestmark = pytest.mark.either_database


def find_refusals(session: Session, draft: Draft) -> list[ExportRefusal | None]:
    return [
        source.refusal
        for source in load_sources(
            session, draft.submission.call.coverage, [draft.public_id], at=datetime.now(UTC)
        )
    ]


def test_an_approved_story_may_leave(session: Session, at: datetime) -> None:
    assert find_refusals(session, make_approved(session, at)) == [None]


def test_a_story_without_approval_stays(session: Session, at: datetime) -> None:
    editor = make_staff(session, Role.EDITOR)
    draft = make_draft(session, at, by=editor, sending=make_story())
    assert find_refusals(session, draft) == [ExportRefusal.NOT_APPROVED]


def test_a_story_whose_author_has_not_chosen_a_name_stays(session: Session, at: datetime) -> None:
    draft = make_approved(session, at, make_story(byline="later"))
    assert find_refusals(session, draft) == [ExportRefusal.BYLINE_UNDECIDED]


def test_a_story_whose_chosen_name_is_not_written_down_stays(session: Session, at: datetime) -> None:
    draft = make_approved(session, at)
    draft.byline = ""
    assert find_refusals(session, draft) == [ExportRefusal.BYLINE_UNDECIDED]


def test_a_story_for_editors_only_stays(session: Session, at: datetime) -> None:
    assert find_refusals(session, make_approved(session, at, make_story(may="no"))) == [
        ExportRefusal.NO_PUBLICATION
    ]


def test_consent_to_another_licence_is_no_consent(session: Session, at: datetime) -> None:
    draft = make_approved(session, at)
    coverage = draft.submission.call.coverage
    coverage.licence, coverage.licence_uri = "CC0", "https://creativecommons.org/publicdomain/zero/1.0/"
    assert find_refusals(session, draft) == [ExportRefusal.NO_LICENCE]


def test_a_withdrawn_story_stays(session: Session, at: datetime) -> None:
    draft = make_approved(session, at)
    author_acts.withdraw(session, draft.submission, at=at)
    assert find_refusals(session, draft) == [ExportRefusal.WITHDRAWN]
