"""Every address a story was published under is asked for once, whatever came after."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.database import transaction
from portal.domain.take_downs import TakeDownOutcome
from portal.models import Draft
from portal.operations.coverages import drafts
from portal.operations.desk import decisions
from portal.operations.erasure import erase
from portal.operations.transitions import undo_decision
from tests.support.approved_story import PLACE, ApprovedStory
from tests.support.contributor import MY
from tests.support.factories import add_nothing

pytestmark = pytest.mark.either_database


NEW_PLACE = "https://example.org/2026/04/story"


def move_to(story: ApprovedStory, address: str = NEW_PLACE) -> None:
    """Correct a published text and publish it again under another address."""
    with story.app.app_context(), transaction() as session:
        draft, by = session.scalars(select(Draft)).one(), story.staff(session)
        drafts.correct(session, draft, by=by, at=story.at, seen=draft.submission.version, reason="Дата.")
        seen = draft.submission.version
        add_nothing(session, draft.submission, story.at)
        drafts.waive_approval(session, draft, by=by, at=story.at, seen=seen, reason="Згода є.")
        seen = draft.submission.version
        drafts.publish(session, draft, {"uk": address}, by=by, at=story.at, seen=seen)


def test_every_address_it_was_published_under_is_asked_for(published: ApprovedStory) -> None:
    move_to(published)
    before = published.author.client.get(MY).text
    public = published.author.client.get("/uk/ukraine-taiwan/").text
    page = published.author.client.get(f"{MY}/take-down").text
    published.withdraw("/take-down")
    assert [f'href="{place}"' in before for place in (PLACE, NEW_PLACE)] == [False, True]
    assert [public.count(f'href="{place}"') for place in (PLACE, NEW_PLACE)] == [0, 1]
    assert [page.count(f'href="{place}"') for place in (PLACE, NEW_PLACE)] == [1, 1]
    assert published.tasks() == [("withdrawn", PLACE, None), ("withdrawn", NEW_PLACE, None)]


def test_an_address_it_came_back_to_is_asked_for_once(published: ApprovedStory) -> None:
    move_to(published)
    move_to(published, PLACE)
    shown = published.author.client.get(MY).text
    published.withdraw("/take-down")
    assert (f'href="{PLACE}"' in shown, f'href="{NEW_PLACE}"' in shown) == (True, False)
    assert sorted(url for _reason, url, _outcome in published.tasks()) == sorted([PLACE, NEW_PLACE])


@pytest.mark.parametrize("reason", ["erased", "name"])
def test_earlier_addresses_are_asked_for_whatever_is_taken_back(
    published: ApprovedStory, reason: str
) -> None:
    move_to(published)
    if reason == "name":
        published.send_again(byline="none")
    else:
        with published.app.app_context(), transaction() as session:
            erase(session, published.submission(session), by=None, at=published.at)
    assert published.tasks() == [(reason, PLACE, None), (reason, NEW_PLACE, None)]


def test_an_address_recorded_as_removed_is_not_asked_for_again(published: ApprovedStory) -> None:
    move_to(published)
    published.withdraw("/take-down")
    published.record(TakeDownOutcome.REMOVED)
    with published.app.app_context(), transaction() as session:
        submission = published.submission(session)
        decisions.reopen(
            session, submission, by=published.staff(session), at=published.at, seen=submission.version
        )
        erase(session, published.submission(session), by=None, at=published.at)
    assert published.tasks() == [("erased", NEW_PLACE, None)]


def test_undoing_the_second_publication_leaves_the_first_address(published: ApprovedStory) -> None:
    with published.app.app_context(), transaction() as session:
        draft, by = session.scalars(select(Draft)).one(), published.staff(session)
        drafts.correct(session, draft, by=by, at=published.at, seen=draft.submission.version, reason="Дата.")
        seen = draft.submission.version
        add_nothing(session, draft.submission, published.at)
        drafts.waive_approval(session, draft, by=by, at=published.at, seen=seen, reason="Згода є.")
        later, window = published.at + timedelta(minutes=1), timedelta(minutes=10)
        seen = draft.submission.version
        drafts.publish(session, draft, {"uk": NEW_PLACE}, by=by, at=later, seen=seen, window=window)
        undo_decision(session, draft.submission, by=by, at=later, seen=draft.submission.version)
        assert [one.url for one in draft.publications] == [PLACE]


def test_the_page_of_a_draft_tells_earlier_addresses_apart(published: ApprovedStory) -> None:
    move_to(published)
    listed = published.draft_page().partition('<h2 id="published">')[2].partition("</section>")[0]
    assert [part.count("earlier address") for part in listed.split("</li>")[:2]] == [1, 0]
