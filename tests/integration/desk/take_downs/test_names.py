"""A name taken back after it left has to come out, until it is given back."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.cli.retention import erase_due
from portal.database import transaction
from portal.domain.states import State
from portal.models import Draft
from portal.operations.coverages import drafts
from portal.operations.erasure import erase
from portal.operations.transitions import undo_decision
from tests.support.approved_story import PLACE, ApprovedStory
from tests.support.contributor import MY
from tests.support.factories import add_nothing

pytestmark = pytest.mark.either_database


@pytest.mark.parametrize("is_erased_by_its_author", [False, True])
def test_a_name_called_back_stays_told_when_the_clock_erases_the_text(
    story: ApprovedStory, *, is_erased_by_its_author: bool
) -> None:
    story.export()
    story.send_again(byline="none")
    with story.app.app_context(), transaction() as session:
        story.submission(session).call.closes_at = story.at
        if is_erased_by_its_author:
            erase(session, story.submission(session), by=None, at=story.at)
    with story.app.app_context():
        erase_due(at=story.at + timedelta(days=200), anyway=True)
    assert story.author.state() is State.ERASED
    assert story.tasks() == [("erased" if is_erased_by_its_author else "name", "", None)]


@pytest.mark.parametrize(("answers", "asked"), [({"byline": "none"}, ["name"]), ({"title": "Інша"}, [])])
def test_a_name_taken_back_after_it_left_is_a_task(
    published: ApprovedStory, answers: dict[str, str], asked: list[str]
) -> None:
    published.send_again(**answers)
    assert [reason for reason, _url, _outcome in published.tasks()] == asked


OTHER_NAME = {"byline": "pen", "byline_text": "Лісова"}


@pytest.mark.parametrize(
    ("given_back", "outcome"), [({}, "moot"), (OTHER_NAME, None), ({"byline": "none", "title": "Інша"}, None)]
)
def test_a_name_given_back_has_to_come_out_no_more(
    published: ApprovedStory, given_back: dict[str, str], outcome: str | None
) -> None:
    published.send_again(byline="none")
    published.send_again(**given_back)
    assert published.tasks() == [("name", PLACE, outcome)]


def test_a_name_given_back_stays_called_back_where_another_one_may_stand(published: ApprovedStory) -> None:
    published.send_again(**OTHER_NAME)
    with published.app.app_context(), transaction() as session:
        draft, by = session.scalars(select(Draft)).one(), published.staff(session)
        drafts.correct(session, draft, by=by, at=published.at, seen=draft.submission.version, reason="Ім’я.")
        seen = draft.submission.version
        add_nothing(session, draft.submission, published.at)
        drafts.waive_approval(session, draft, by=by, at=published.at, seen=seen, reason="Згода є.")
    published.send_again()
    assert published.tasks() == [("name", PLACE, None)]


@pytest.mark.parametrize(
    ("is_exported", "left"), [(False, ("name", PLACE, "moot")), (True, ("name", "", None))]
)
def test_what_was_never_published_has_to_come_back_from_nowhere(
    story: ApprovedStory, *, is_exported: bool, left: tuple[str, str, str | None]
) -> None:
    if is_exported:
        story.export()
    story.author.publish(PLACE, window=timedelta(minutes=10))
    story.send_again(byline="none")
    asked, told = story.tasks(), story.author.client.get(MY).text.count(PLACE)
    with story.app.app_context(), transaction() as session:
        submission = story.submission(session)
        undo_decision(session, submission, by=story.staff(session), at=story.at, seen=submission.version)
    assert (asked, told, story.tasks()) == ([("name", PLACE, None)], 0, [left])
