"""What has left and must come back: a task for each place, closed by what was done, told to the author."""

from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.cli.retention import erase_due
from portal.database import transaction
from portal.domain.errors import StaleEdit
from portal.domain.permissions import Role
from portal.domain.states import State
from portal.domain.take_downs import TakeDownOutcome
from portal.extensions import db
from portal.models import Draft, Event, Publication, Submission, TakeDown
from portal.operations.coverages import drafts
from portal.operations.coverages.departures import record_export
from portal.operations.desk import decisions
from portal.operations.erasure import erase
from portal.operations.take_downs import record_outcome
from portal.queries.desk.queue_pages import TAKE_DOWNS, count_views
from tests.support.approved_story import LIST, PLACE, ApprovedStory
from tests.support.commands import run_command
from tests.support.contributor import MY, actions_of, next_of
from tests.support.factories import make_staff
from tests.support.plain_browser import find_form, send_form

pytestmark = pytest.mark.either_database

LEFT = "This does not erase copies that have already been published or passed on for publication."


def test_what_never_left_needs_no_task(story: ApprovedStory) -> None:
    page = story.withdraw()
    assert (story.tasks(), "Copies outside the portal" in page) == ([], False)


def test_an_exported_text_that_is_withdrawn_is_called_back(story: ApprovedStory) -> None:
    story.export()
    page = story.withdraw()
    listed = unescape(story.editor.get(LIST).text)
    assert story.tasks() == [("withdrawn", "", None)]
    assert "Exported copy, save 2, 14\u00a0March 2026" in listed
    assert "Handed to the newsroom on 14\u00a0March 2026" in page
    assert next_of(page).startswith(
        "Copies of your text had already been exported or published. We are having them taken down."
    )


def test_the_page_before_says_what_is_outside(published: ApprovedStory) -> None:
    page = published.author.client.get(f"{MY}/take-down").text
    assert (f'href="{PLACE}"' in page, "do not publish it" in page) == (True, False)


def test_a_published_text_is_asked_to_be_taken_down(published: ApprovedStory) -> None:
    before = actions_of(published.author.client.get(MY).text)
    page = published.withdraw("/take-down")
    assert (f"{MY}/withdraw" in before, published.author.state()) == (False, State.WITHDRAWN)
    assert published.tasks() == [("withdrawn", PLACE, None)]
    assert (f'href="{PLACE}"' in page, "We are having it taken down." in page) == (True, True)


def test_what_was_published_a_minute_ago_can_still_be_withdrawn(story: ApprovedStory) -> None:
    with story.app.app_context(), transaction() as session:
        draft = session.scalars(select(Draft)).one()
        by, seen, window = story.staff(session), draft.submission.version, timedelta(minutes=10)
        drafts.publish(session, draft, {"uk": PLACE}, by=by, at=story.at, seen=seen, window=window)
    story.withdraw()
    assert story.tasks() == [("withdrawn", PLACE, None)]


def test_opened_for_correction_and_withdrawn_it_is_a_task_and_not_an_export(published: ApprovedStory) -> None:
    with published.app.app_context(), transaction() as session:
        draft = session.scalars(select(Draft)).one()
        by = published.staff(session)
        drafts.correct(session, draft, by=by, at=published.at, seen=draft.submission.version, reason="Дата.")
        drafts.save_draft(session, draft, {"body": "Інше."}, by=by, at=published.at, seen=draft.version)
    advised = "export it again" in published.draft_page()
    published.withdraw()
    page = published.draft_page()
    assert (advised, "export it again" in page, "The author has withdrawn this text." in page) == (
        True,
        False,
        True,
    )
    assert "1 copy outside the portal still has to be taken down or corrected." in page


def test_the_task_stands_first_at_the_desk_with_its_count(published: ApprovedStory) -> None:
    before = 'href="/desk/take-downs"' in published.editor.get("/desk/").text
    published.withdraw("/take-down")
    views = published.editor.get("/desk/").text.partition('<nav class="views"')[2]
    first = views.partition("<li>")[2].partition("</li>")[0]
    assert (before, first) == (
        False,
        '<a href="/desk/take-downs">To take down <span class="number">1</span></a>',
    )


def test_somebody_of_another_coverage_counts_nothing(published: ApprovedStory) -> None:
    published.withdraw("/take-down")
    with published.app.app_context():
        session = db.session()
        people = [make_staff(session, Role.EDITOR, member=member) for member in (True, False)]
        counts = [count_views(session, one, at=published.at)[TAKE_DOWNS] for one in people]
        session.rollback()
    assert counts == [1, 0]


def test_what_was_done_is_written_down_and_the_author_hears_when_it_is_all(published: ApprovedStory) -> None:
    published.withdraw("/take-down")
    before = published.mails()
    answer = published.record(TakeDownOutcome.REMOVED, "Редакція сайту зняла.")
    page = published.author.client.get(MY).text
    assert (answer.status_code, published.mails() - before) == (303, 1)
    assert published.tasks() == [("withdrawn", PLACE, "removed")]
    assert "Removed on 14\u00a0March 2026." in page
    assert next_of(page).startswith("We have stopped working on your text.")
    listed = published.editor.get(LIST).text
    assert "Recorded. The author can read the result on the private page." in listed
    assert "Редакція сайту зняла." in listed
    with published.app.app_context():
        acts = [one.act for one in db.session.scalars(select(Event).order_by(Event.id))]
        assert (acts[-1], list(db.session.scalars(select(Publication)))) == ("take_down", [])


def test_each_time_all_is_done_the_author_hears_of_it(published: ApprovedStory) -> None:
    before = published.mails()
    for answers in ({"byline": "none"}, {"byline": "pen", "byline_text": "Лісова"}, {"byline": "none"}):
        published.send_again(**answers)
        if published.tasks()[-1][2] is None:
            published.record(TakeDownOutcome.CORRECTED)
    outcomes = [outcome for _reason, _url, outcome in published.tasks()]
    assert (outcomes, published.mails() - before) == (["corrected", "corrected"], 2)


def test_until_all_is_done_the_author_reads_that_it_is_being_taken_down(published: ApprovedStory) -> None:
    page = published.withdraw("/take-down")
    assert next_of(page).startswith(
        "Copies of your text had already been exported or published. We are having them taken down."
    )


def test_a_place_that_cannot_be_removed_needs_a_reason(published: ApprovedStory) -> None:
    published.withdraw("/take-down")
    refused = published.record(TakeDownOutcome.NOT_REMOVED)
    assert (refused.status_code, published.tasks()[0][2]) == (422, None)
    published.record(TakeDownOutcome.NOT_REMOVED, "Сайт не відповідає.")
    page = published.author.client.get(MY).text
    assert (published.tasks()[0][2], "It could not be removed." in page, "не відповідає" in page) == (
        "not_removed",
        True,
        False,
    )


def test_who_is_second_to_write_it_down_is_told(published: ApprovedStory) -> None:
    published.withdraw("/take-down")
    form = find_form(published.editor.get(LIST).text, field="outcome")
    published.record(TakeDownOutcome.REMOVED)
    note = "Сайт уже виправив."
    again = published.editor.post(
        form["action"], data={**form["values"], "outcome": "corrected", "note": note}
    )
    assert (again.status_code, published.tasks()[0][2], again.text.count(note)) == (409, "removed", 1)


def test_of_two_who_write_it_down_at_once_the_second_is_told(published: ApprovedStory) -> None:
    published.withdraw("/take-down")
    with published.app.app_context():
        session = db.session()
        session.expire_on_commit = False
        task, by = session.scalars(select(TakeDown)).one(), published.staff(session)
        session.commit()
        with Session(db.engine) as other:
            first = other.scalars(select(TakeDown)).one()
            record_outcome(
                other,
                first,
                outcome=TakeDownOutcome.REMOVED,
                note="",
                by=published.staff(other),
                at=published.at,
            )
            other.commit()
        with pytest.raises(StaleEdit):
            record_outcome(session, task, outcome=TakeDownOutcome.CORRECTED, note="", by=by, at=published.at)


def test_reopening_ends_the_task(published: ApprovedStory) -> None:
    published.withdraw("/take-down")
    with published.app.app_context(), transaction() as session:
        submission = published.submission(session)
        decisions.reopen(
            session, submission, by=published.staff(session), at=published.at, seen=submission.version
        )
    assert (published.author.state(), published.tasks()[0][2]) == (State.PUBLISHED, "moot")
    assert "Nothing has to be taken down." in published.editor.get(LIST).text


def test_an_editor_withdraws_on_request_and_the_copies_are_called_back(story: ApprovedStory) -> None:
    story.export()
    with story.app.app_context(), transaction() as session:
        submission = story.submission(session)
        decisions.withdraw_on_request(
            session, submission, by=story.staff(session), at=story.at, seen=submission.version, note="Листом."
        )
    assert story.tasks() == [("withdrawn", "", None)]


@pytest.mark.parametrize("withdrawn", [False, True])
def test_erasing_keeps_the_address_until_it_is_done(published: ApprovedStory, *, withdrawn: bool) -> None:
    if withdrawn:
        published.withdraw("/take-down")
    with published.app.app_context(), transaction() as session:
        erase(session, published.submission(session), by=None, at=published.at)
    reason = "withdrawn" if withdrawn else "erased"
    listed = published.editor.get(LIST).text
    assert (published.tasks(), PLACE in listed) == ([(reason, PLACE, None)], True)
    assert published.record(TakeDownOutcome.REMOVED).status_code == 303
    page = published.editor.get(LIST).text
    assert "Recorded. The text is erased, so there is no one to tell." in page
    assert (published.tasks(), PLACE in page) == ([], False)


@pytest.mark.parametrize("is_published", [False, True])
def test_what_was_removed_is_not_asked_for_again_when_all_is_erased(
    story: ApprovedStory, *, is_published: bool
) -> None:
    story.export()
    if is_published:
        story.author.publish(PLACE)
    story.withdraw("/take-down" if is_published else "/withdraw")
    story.record(TakeDownOutcome.REMOVED)
    page = story.author.client.get(f"{MY}/erase").text
    send_form(story.author.client, f"{MY}/erase", {}, action="/erase")
    assert (story.author.state(), story.tasks(), LEFT in page) == (State.ERASED, [], False)


def test_what_was_removed_and_exported_again_is_called_back_again(story: ApprovedStory) -> None:
    story.export()
    story.withdraw()
    story.record(TakeDownOutcome.REMOVED)
    send_form(story.author.client, MY, {}, action="/withdraw/undo")
    with story.app.app_context(), transaction() as session:
        draft, later = session.scalars(select(Draft)).one(), story.at + timedelta(minutes=1)
        record_export(session, [draft], by=story.staff(session), at=later)
    story.withdraw()
    assert story.tasks() == [("withdrawn", "", "removed"), ("withdrawn", "", None)]


def test_the_clock_keeps_the_address_too(published: ApprovedStory) -> None:
    published.withdraw("/take-down")
    with published.app.app_context():
        erase_due(at=published.at + timedelta(days=200), anyway=True)
    assert published.tasks() == [("withdrawn", PLACE, None)]


def test_the_desk_withdraws_what_is_published_without_opening_it(published: ApprovedStory) -> None:
    with published.app.app_context():
        public_id = published.submission(db.session()).public_id
    page = f"/desk/submission/{public_id}"
    answer = send_form(published.editor, page, {"note": "Листом."}, action="/withdraw", follow=False)
    assert (answer.status_code, published.author.state()) == (303, State.WITHDRAWN)
    assert published.tasks() == [("withdrawn", PLACE, None)]
    assert unescape(published.editor.get(page).text).count("Листом.") == 1
    assert "We are having it taken down." in published.author.client.get(MY).text


def test_what_the_desk_withdrew_comes_back_when_it_is_reopened(published: ApprovedStory) -> None:
    with published.app.app_context(), transaction() as session:
        submission, by = published.submission(session), published.staff(session)
        decisions.withdraw_on_request(
            session, submission, by=by, at=published.at, seen=submission.version, note="Листом."
        )
        decisions.reopen(session, submission, by=by, at=published.at, seen=submission.version)
    assert (published.author.state(), published.tasks()) == (
        State.PUBLISHED,
        [("withdrawn", PLACE, "moot")],
    )


def test_the_command_lists_what_must_come_back(published: ApprovedStory) -> None:
    published.withdraw("/take-down")
    with published.app.app_context():
        about = db.session.scalars(select(Submission.public_id)).one()
    listed = run_command(published.app, "export", "--coverage", "ukraine-taiwan", "--withdrawn")
    assert listed.output.splitlines() == [f"withdrawn\t2026-03-14\tuk\t{PLACE}\t{about}"]


def test_the_command_lists_and_writes_in_no_one_breath(published: ApprovedStory) -> None:
    asked = run_command(
        published.app, "export", "--coverage", "ukraine-taiwan", "--withdrawn", "--all-approved"
    )
    assert (asked.exit_code, "--withdrawn stands alone" in asked.output) == (2, True)
