"""A story whose author wants it later, after it has left, is held back until that day."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from html import unescape

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.database import transaction
from portal.domain.take_downs import TakeDownOutcome
from portal.extensions import db
from portal.models import Submission
from portal.operations.erasure import erase
from portal.operations.locking import lock_submission
from portal.operations.recalls import end_embargoes
from tests.support.approved_story import LIST, PLACE, ApprovedStory
from tests.support.concurrency import await_waiting
from tests.support.contributor import MY

pytestmark = pytest.mark.either_database

DAY, LATER, PAST = "2026-06-01", "2026-07-01", "2026-01-01"
BEGUN = datetime(2026, 6, 1, 12, tzinfo=UTC)
"""When the first of June has begun everywhere on earth."""


def end_due(story: ApprovedStory, at: datetime) -> None:
    """Have the worker look which days have come."""
    with story.app.app_context(), transaction() as session:
        end_embargoes(session, at=at)


def read_list(story: ApprovedStory) -> str:
    return unescape(story.editor.get(LIST).text)


def read_page(story: ApprovedStory) -> str:
    return unescape(story.author.client.get(MY).text)


def test_published_it_is_called_back_until_the_day_and_told_of_no_more(published: ApprovedStory) -> None:
    before = published.front_page()
    published.send_again(embargo=DAY)
    assert published.tasks() == [("embargo", PLACE, None)]
    assert (
        "The author does not want it published before 1\u00a0June 2026: take it off the pages until then."
        in read_list(published)
    )
    assert "We are having it taken off the pages until the day you named." in read_page(published)
    assert (before, published.front_page()) == (1, 0)


def test_handed_over_it_is_to_be_published_by_nobody_before_the_day(story: ApprovedStory) -> None:
    story.export()
    story.send_again(embargo=DAY)
    assert story.tasks() == [("embargo", "", None)]
    assert (
        "The author does not want it published before 1\u00a0June 2026: see to it that nobody publishes it "
        "earlier." in read_list(story)
    )
    assert "We are making sure that nobody publishes it before the day you named." in read_page(story)


def test_what_never_left_is_asked_for_by_nobody(story: ApprovedStory) -> None:
    story.send_again(embargo=DAY)
    assert story.tasks() == []


@pytest.mark.parametrize("is_done", [False, True])
def test_without_a_day_it_has_to_wait_no_more(published: ApprovedStory, *, is_done: bool) -> None:
    published.send_again(embargo=DAY)
    if is_done:
        published.record(TakeDownOutcome.NOT_REMOVED, "Ніхто не відповів.")
    published.send_again(embargo="")
    assert (published.tasks(), published.front_page()) == ([("embargo", PLACE, "moot")], 1)


@pytest.mark.parametrize("is_done", [False, True])
def test_it_waits_until_its_day_has_come(published: ApprovedStory, *, is_done: bool) -> None:
    published.send_again(embargo=DAY)
    if is_done:
        published.record(TakeDownOutcome.NOT_REMOVED, "Ніхто не відповів.")
    kept = "not_removed" if is_done else None
    end_due(published, BEGUN.replace(hour=11))
    before = published.tasks(), published.front_page()
    end_due(published, BEGUN)
    after = published.tasks(), published.front_page()
    assert (before, after) == (([("embargo", PLACE, kept)], 0), ([("embargo", PLACE, "moot")], 1))


def test_a_day_that_is_over_calls_nothing_back(published: ApprovedStory) -> None:
    published.send_again(embargo=PAST)
    assert (published.tasks(), published.front_page()) == ([], 1)


def test_who_was_told_of_a_day_is_told_of_a_later_one_alone(story: ApprovedStory) -> None:
    story.export()
    story.send_again(embargo=LATER)
    story.record(TakeDownOutcome.CORRECTED)
    story.send_again(embargo=DAY)
    earlier = story.tasks()
    story.send_again(embargo="2026-08-01")
    assert earlier == [("embargo", "", "corrected")]
    assert story.tasks() == [("embargo", "", "moot"), ("embargo", "", None)]


def test_off_the_pages_its_address_is_on_file_no_more(published: ApprovedStory) -> None:
    published.send_again(embargo=DAY)
    published.record(TakeDownOutcome.CORRECTED)
    said = read_page(published)
    end_due(published, BEGUN)
    assert "It has been held back since 14\u00a0March 2026, until the day you named." in said
    assert "As far as we know, your story is not on any page at the moment." in said
    assert (published.tasks(), published.front_page()) == ([("embargo", PLACE, "moot")], 0)


def test_the_desk_reads_that_it_is_held_back(published: ApprovedStory) -> None:
    published.send_again(embargo=DAY)
    asked = read_list(published)
    published.record(TakeDownOutcome.CORRECTED)
    assert "It is not published there before the day" in asked
    assert "Held back until the author’s day" in read_list(published)


def test_withdrawn_it_has_to_go_whole(published: ApprovedStory) -> None:
    published.send_again(embargo=DAY)
    published.withdraw("/take-down")
    asked = published.tasks()
    published.record(TakeDownOutcome.REMOVED)
    assert asked == [("embargo", PLACE, None), ("withdrawn", PLACE, None)]
    assert published.tasks() == [("embargo", PLACE, "removed"), ("withdrawn", PLACE, "moot")]


def test_erased_it_has_to_go_whole_and_no_day_ends_that(published: ApprovedStory) -> None:
    published.send_again(embargo=DAY)
    with published.app.app_context(), transaction() as session:
        erase(session, published.submission(session), by=None, at=published.at)
    end_due(published, BEGUN)
    assert published.tasks() == [("erased", PLACE, None)]


@pytest.mark.parametrize("app", ["postgresql"], indirect=True)  # on SQLite one person writes at a time
def test_a_text_that_is_erased_while_the_worker_looks_which_days_have_come_holds_up_no_other(
    story: ApprovedStory,
) -> None:
    story.export()
    story.send_again(embargo=DAY)
    with story.app.app_context(), Session(db.engine) as author, ThreadPoolExecutor(1) as worker:
        erased = lock_submission(author, author.scalars(select(Submission)).one())
        ended = worker.submit(end_due, story, BEGUN)
        await_waiting(story.app)
        erase(author, erased, by=None, at=BEGUN)
        author.commit()
        assert ended.exception() is None
