"""What has left and must come back: a task for each place, closed by what was done, told to the author."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from html import unescape

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from portal.cli.retention import erase_due
from portal.database import transaction
from portal.domain.errors import StaleEdit
from portal.domain.permissions import Role
from portal.domain.photos import PeopleAnswer, PhotoLicence, PictureWords
from portal.domain.states import Stage, State
from portal.domain.take_downs import TakeDownOutcome
from portal.extensions import current_portal, db
from portal.models import Draft, Event, OutboxMail, Publication, Staff, Submission, TakeDown
from portal.operations.contribute.submit import FormSecrets, submit
from portal.operations.coverages import drafts
from portal.operations.desk import decisions
from portal.operations.erasure import erase
from portal.operations.private import author_acts
from portal.operations.private.documents import remove_file
from portal.operations.private.photos import describe_picture, read_picture_words
from portal.operations.take_downs import record_outcome
from portal.operations.transitions import undo_decision
from portal.queries.desk.queue_pages import TAKE_DOWNS, count_views
from tests.support.commands import run_command
from tests.support.contributor import MY, Contributor, actions_of, next_of
from tests.support.factories import add_nothing, make_sending, make_staff
from tests.support.photos import keep_picture
from tests.support.plain_browser import find_form, send_form
from tests.support.staff import enter

pytestmark = pytest.mark.either_database

PLACE = "https://example.org/2026/03/story"
LIST = "/desk/take-downs"
LEFT = "Copies that were already published, or handed on for publication, are not erased by this."


@dataclass(frozen=True)
class World:
    """An author with the private page open, and an editor at the desk."""

    app: Flask
    author: Contributor
    editor: FlaskClient
    at: datetime

    def submission(self, session: Session) -> Submission:
        return session.get_one(Submission, self.author.submission_id)

    def staff(self, session: Session) -> Staff:
        return session.scalars(select(Staff).order_by(Staff.id)).first()  # type: ignore[return-value]  # there is one

    def export(self) -> None:
        with self.app.app_context(), transaction() as session:
            drafts.record_export(
                session, [session.scalars(select(Draft)).one()], by=self.staff(session), at=self.at
            )

    def withdraw(self, path: str = "/withdraw") -> str:
        return send_form(self.author.client, f"{MY}{path}", {}, action=path).text

    def tasks(self) -> list[tuple[str, str, str | None]]:
        """Return reason, address and outcome of each task."""
        with self.app.app_context():
            rows = db.session.scalars(select(TakeDown).order_by(TakeDown.id))
            return [(one.reason.value, one.url, one.outcome.value if one.outcome else None) for one in rows]

    def record(self, outcome: TakeDownOutcome, note: str = "") -> TestResponse:
        form = find_form(self.editor.get(LIST).text, field="outcome")
        return self.editor.post(
            form["action"], data={**form["values"], "outcome": outcome.value, "note": note}
        )

    def front_page(self) -> int:
        """Return how often everybody is led to the published text."""
        return self.app.test_client().get("/uk/ukraine-taiwan/").text.count(f'href="{PLACE}"')

    def draft_page(self) -> str:
        with self.app.app_context():
            public_id = db.session.scalars(select(Draft.public_id)).one()
        return unescape(self.editor.get(f"/desk/coverages/draft/{public_id}").text)

    def mails(self) -> int:
        with self.app.app_context():
            return len(list(db.session.scalars(select(OutboxMail.id).where(OutboxMail.kind == "update"))))


@pytest.fixture
def world(app: Flask, client: FlaskClient, at: datetime) -> Iterator[World]:
    with time_machine.travel(at, tick=False):
        author = Contributor(app, client, at)
        author.await_approval("Світло зникло.")
        with app.app_context(), transaction() as session:
            submission = session.get_one(Submission, author.submission_id)
            author_acts.approve(session, submission, revision=2, at=at)
        editor = app.test_client()
        with app.app_context():
            known = db.session.scalars(select(Staff.fs_uniquifier)).one()
        enter(editor, known)
        yield World(app, author, editor, at)


@pytest.fixture
def published(world: World) -> World:
    world.export()
    world.author.publish(PLACE)
    return world


def test_what_never_left_needs_no_task(world: World) -> None:
    page = world.withdraw()
    assert (world.tasks(), "Copies outside the portal" in page) == ([], False)


def test_an_exported_text_that_is_withdrawn_is_called_back(world: World) -> None:
    world.export()
    page = world.withdraw()
    listed = unescape(world.editor.get(LIST).text)
    assert world.tasks() == [("withdrawn", "", None)]
    assert "Exported copy, save 2, 14 March 2026" in listed
    assert "Handed to the newsroom on 14 March 2026" in page
    assert next_of(page).startswith(
        "Copies of your text had already left the portal. We are having them taken down:"
    )


def test_the_page_before_says_what_is_outside(published: World) -> None:
    page = published.author.client.get(f"{MY}/take-down").text
    assert (f'href="{PLACE}"' in page, "do not publish it" in page) == (True, False)


def test_a_published_text_is_asked_to_be_taken_down(published: World) -> None:
    before = actions_of(published.author.client.get(MY).text)
    page = published.withdraw("/take-down")
    assert (f"{MY}/withdraw" in before, published.author.state()) == (False, State.WITHDRAWN)
    assert published.tasks() == [("withdrawn", PLACE, None)]
    assert (f'href="{PLACE}"' in page, "We are having it taken down." in page) == (True, True)


NEW_PLACE = "https://example.org/2026/04/story"


def move_to(world: World, address: str = NEW_PLACE) -> None:
    """Correct a published text and publish it again under another address."""
    with world.app.app_context(), transaction() as session:
        draft, by = session.scalars(select(Draft)).one(), world.staff(session)
        drafts.correct(session, draft, by=by, at=world.at, seen=draft.submission.version, reason="Дата.")
        seen = draft.submission.version
        add_nothing(session, draft.submission, world.at)
        drafts.waive_approval(session, draft, by=by, at=world.at, seen=seen, reason="Згода є.")
        seen = draft.submission.version
        drafts.publish(session, draft, {"uk": address}, by=by, at=world.at, seen=seen)


def test_every_address_it_was_published_under_is_asked_for(published: World) -> None:
    move_to(published)
    before = published.author.client.get(MY).text
    public = published.author.client.get("/uk/ukraine-taiwan/").text
    page = published.author.client.get(f"{MY}/take-down").text
    published.withdraw("/take-down")
    assert [f'href="{place}"' in before for place in (PLACE, NEW_PLACE)] == [False, True]
    assert [public.count(f'href="{place}"') for place in (PLACE, NEW_PLACE)] == [0, 1]
    assert [page.count(f'href="{place}"') for place in (PLACE, NEW_PLACE)] == [1, 1]
    assert published.tasks() == [("withdrawn", PLACE, None), ("withdrawn", NEW_PLACE, None)]


def test_an_address_it_came_back_to_is_asked_for_once(published: World) -> None:
    move_to(published)
    move_to(published, PLACE)
    shown = published.author.client.get(MY).text
    published.withdraw("/take-down")
    assert (f'href="{PLACE}"' in shown, f'href="{NEW_PLACE}"' in shown) == (True, False)
    assert sorted(url for _reason, url, _outcome in published.tasks()) == sorted([PLACE, NEW_PLACE])


@pytest.mark.parametrize("reason", ["erased", "name"])
def test_earlier_addresses_are_asked_for_whatever_is_taken_back(published: World, reason: str) -> None:
    move_to(published)
    if reason == "name":
        send_again(published, byline="none")
    else:
        with published.app.app_context(), transaction() as session:
            erase(session, published.submission(session), by=None, at=published.at)
    assert published.tasks() == [(reason, PLACE, None), (reason, NEW_PLACE, None)]


def test_an_address_recorded_as_removed_is_not_asked_for_again(published: World) -> None:
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


def test_undoing_the_second_publication_leaves_the_first_address(published: World) -> None:
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


def test_the_page_of_a_draft_tells_earlier_addresses_apart(published: World) -> None:
    move_to(published)
    listed = published.draft_page().partition('<h2 id="published">')[2].partition("</section>")[0]
    assert [part.count("earlier address") for part in listed.split("</li>")[:2]] == [1, 0]


def test_what_was_published_a_minute_ago_can_still_be_withdrawn(world: World) -> None:
    with world.app.app_context(), transaction() as session:
        draft = session.scalars(select(Draft)).one()
        by, seen, window = world.staff(session), draft.submission.version, timedelta(minutes=10)
        drafts.publish(session, draft, {"uk": PLACE}, by=by, at=world.at, seen=seen, window=window)
    world.withdraw()
    assert world.tasks() == [("withdrawn", PLACE, None)]


def test_opened_for_correction_and_withdrawn_it_is_a_task_and_not_an_export(published: World) -> None:
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


def test_the_task_stands_first_at_the_desk_with_its_count(published: World) -> None:
    before = 'href="/desk/take-downs"' in published.editor.get("/desk/").text
    published.withdraw("/take-down")
    views = published.editor.get("/desk/").text.partition('<nav class="views"')[2]
    first = views.partition("<li>")[2].partition("</li>")[0]
    assert (before, first) == (
        False,
        '<a href="/desk/take-downs">To take down <span class="number">1</span></a>',
    )


def test_somebody_of_another_coverage_counts_nothing(published: World) -> None:
    published.withdraw("/take-down")
    with published.app.app_context():
        session = db.session()
        people = [make_staff(session, Role.EDITOR, member=member) for member in (True, False)]
        counts = [count_views(session, one, at=published.at)[TAKE_DOWNS] for one in people]
        session.rollback()
    assert counts == [1, 0]


def test_what_was_done_is_written_down_and_the_author_hears_when_it_is_all(published: World) -> None:
    published.withdraw("/take-down")
    before = published.mails()
    answer = published.record(TakeDownOutcome.REMOVED, "Редакція сайту зняла.")
    page = published.author.client.get(MY).text
    assert (answer.status_code, published.mails() - before) == (303, 1)
    assert published.tasks() == [("withdrawn", PLACE, "removed")]
    assert "Removed on 14 March 2026." in page
    assert next_of(page).startswith("We have stopped working on your text.")
    listed = published.editor.get(LIST).text
    assert "Recorded. The author can read the result on the private page." in listed
    assert "Редакція сайту зняла." in listed
    with published.app.app_context():
        acts = [one.act for one in db.session.scalars(select(Event).order_by(Event.id))]
        assert (acts[-1], list(db.session.scalars(select(Publication)))) == ("take_down", [])


def test_each_time_all_is_done_the_author_hears_of_it(published: World) -> None:
    before = published.mails()
    for answers in ({"byline": "none"}, {"byline": "pen", "byline_text": "Лісова"}, {"byline": "none"}):
        send_again(published, **answers)
        if published.tasks()[-1][2] is None:
            published.record(TakeDownOutcome.CORRECTED)
    outcomes = [outcome for _reason, _url, outcome in published.tasks()]
    assert (outcomes, published.mails() - before) == (["corrected", "corrected"], 2)


def test_until_all_is_done_the_author_reads_that_it_is_being_taken_down(published: World) -> None:
    page = published.withdraw("/take-down")
    assert next_of(page).startswith(
        "Copies of your text had already left the portal. We are having them taken down:"
    )


def test_a_place_that_cannot_be_removed_needs_a_reason(published: World) -> None:
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


def test_who_is_second_to_write_it_down_is_told(published: World) -> None:
    published.withdraw("/take-down")
    form = find_form(published.editor.get(LIST).text, field="outcome")
    published.record(TakeDownOutcome.REMOVED)
    note = "Сайт уже виправив."
    again = published.editor.post(
        form["action"], data={**form["values"], "outcome": "corrected", "note": note}
    )
    assert (again.status_code, published.tasks()[0][2], again.text.count(note)) == (409, "removed", 1)


def test_of_two_who_write_it_down_at_once_the_second_is_told(published: World) -> None:
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


def test_reopening_ends_the_task(published: World) -> None:
    published.withdraw("/take-down")
    with published.app.app_context(), transaction() as session:
        submission = published.submission(session)
        decisions.reopen(
            session, submission, by=published.staff(session), at=published.at, seen=submission.version
        )
    assert (published.author.state(), published.tasks()[0][2]) == (State.PUBLISHED, "moot")
    assert "Nothing has to be taken down." in published.editor.get(LIST).text


def test_an_editor_withdraws_on_request_and_the_copies_are_called_back(world: World) -> None:
    world.export()
    with world.app.app_context(), transaction() as session:
        submission = world.submission(session)
        decisions.withdraw_on_request(
            session, submission, by=world.staff(session), at=world.at, seen=submission.version, note="Листом."
        )
    assert world.tasks() == [("withdrawn", "", None)]


@pytest.mark.parametrize("withdrawn", [False, True])
def test_erasing_keeps_the_address_until_it_is_done(published: World, *, withdrawn: bool) -> None:
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
    world: World, *, is_published: bool
) -> None:
    world.export()
    if is_published:
        world.author.publish(PLACE)
    world.withdraw("/take-down" if is_published else "/withdraw")
    world.record(TakeDownOutcome.REMOVED)
    page = world.author.client.get(f"{MY}/erase").text
    send_form(world.author.client, f"{MY}/erase", {}, action="/erase")
    assert (world.author.state(), world.tasks(), LEFT in page) == (State.ERASED, [], False)


def test_what_was_removed_and_exported_again_is_called_back_again(world: World) -> None:
    world.export()
    world.withdraw()
    world.record(TakeDownOutcome.REMOVED)
    send_form(world.author.client, MY, {}, action="/withdraw/undo")
    with world.app.app_context(), transaction() as session:
        draft, later = session.scalars(select(Draft)).one(), world.at + timedelta(minutes=1)
        drafts.record_export(session, [draft], by=world.staff(session), at=later)
    world.withdraw()
    assert world.tasks() == [("withdrawn", "", "removed"), ("withdrawn", "", None)]


def test_the_clock_keeps_the_address_too(published: World) -> None:
    published.withdraw("/take-down")
    with published.app.app_context():
        erase_due(at=published.at + timedelta(days=200), anyway=True)
    assert published.tasks() == [("withdrawn", PLACE, None)]


@pytest.mark.parametrize("is_erased_by_its_author", [False, True])
def test_a_name_called_back_stays_told_when_the_clock_erases_the_text(
    world: World, *, is_erased_by_its_author: bool
) -> None:
    world.export()
    send_again(world, byline="none")
    with world.app.app_context(), transaction() as session:
        world.submission(session).call.closes_at = world.at
        if is_erased_by_its_author:
            erase(session, world.submission(session), by=None, at=world.at)
    with world.app.app_context():
        erase_due(at=world.at + timedelta(days=200), anyway=True)
    assert world.author.state() is State.ERASED
    assert world.tasks() == [("erased" if is_erased_by_its_author else "name", "", None)]


def send_again(world: World, **answers: str) -> None:
    """Send the form of the story once more, as an old tab does."""
    with world.app.app_context(), transaction() as session:
        submission = world.submission(session)
        instance = current_portal().instance
        form = make_sending(Stage.STORY, **answers)
        secrets = FormSecrets(instance.keys, instance.receipt_secret, world.author.form_key)
        submit(session, submission.call, form, secrets, at=world.at, locale="uk")


@pytest.mark.parametrize(("answers", "asked"), [({"byline": "none"}, ["name"]), ({"title": "Інша"}, [])])
def test_a_name_taken_back_after_it_left_is_a_task(
    published: World, answers: dict[str, str], asked: list[str]
) -> None:
    send_again(published, **answers)
    assert [reason for reason, _url, _outcome in published.tasks()] == asked


def test_a_text_whose_author_forbids_to_publish_it_is_called_back_and_told_of_no_more(
    published: World,
) -> None:
    before = published.front_page()
    send_again(published, may="no")
    said = unescape(published.editor.get(LIST).text)
    assert published.tasks() == [("consent", PLACE, None)]
    assert "The author no longer wants the text published: take it down." in said
    assert (before, published.front_page()) == (1, 0)


@pytest.mark.parametrize("is_done", [False, True])
def test_a_text_that_may_be_published_again_has_to_come_back_no_more(
    published: World, *, is_done: bool
) -> None:
    send_again(published, may="no")
    if is_done:
        published.record(TakeDownOutcome.NOT_REMOVED, "Ніхто не відповів.")
    send_again(published, title="Інша")
    assert (published.tasks(), published.front_page()) == ([("consent", PLACE, "moot")], 1)


def test_one_removal_ends_all_that_is_asked_for_at_a_place(published: World) -> None:
    send_again(published, may="no")
    published.withdraw("/take-down")
    asked = published.tasks()
    published.record(TakeDownOutcome.REMOVED)
    assert asked == [("consent", PLACE, None), ("withdrawn", PLACE, None)]
    assert published.tasks() == [("consent", PLACE, "removed"), ("withdrawn", PLACE, "moot")]


OTHER_NAME = {"byline": "pen", "byline_text": "Лісова"}


@pytest.mark.parametrize(
    ("given_back", "outcome"), [({}, "moot"), (OTHER_NAME, None), ({"byline": "none", "title": "Інша"}, None)]
)
def test_a_name_given_back_has_to_come_out_no_more(
    published: World, given_back: dict[str, str], outcome: str | None
) -> None:
    send_again(published, byline="none")
    send_again(published, **given_back)
    assert published.tasks() == [("name", PLACE, outcome)]


def test_a_name_given_back_stays_called_back_where_another_one_may_stand(published: World) -> None:
    send_again(published, **OTHER_NAME)
    with published.app.app_context(), transaction() as session:
        draft, by = session.scalars(select(Draft)).one(), published.staff(session)
        drafts.correct(session, draft, by=by, at=published.at, seen=draft.submission.version, reason="Ім’я.")
        seen = draft.submission.version
        add_nothing(session, draft.submission, published.at)
        drafts.waive_approval(session, draft, by=by, at=published.at, seen=seen, reason="Згода є.")
    send_again(published)
    assert published.tasks() == [("name", PLACE, None)]


@pytest.mark.parametrize(
    ("is_exported", "left"), [(False, ("name", PLACE, "moot")), (True, ("name", "", None))]
)
def test_what_was_never_published_has_to_come_back_from_nowhere(
    world: World, *, is_exported: bool, left: tuple[str, str, str | None]
) -> None:
    if is_exported:
        world.export()
    world.author.publish(PLACE, window=timedelta(minutes=10))
    send_again(world, byline="none")
    asked, told = world.tasks(), world.author.client.get(MY).text.count(PLACE)
    with world.app.app_context(), transaction() as session:
        submission = world.submission(session)
        undo_decision(session, submission, by=world.staff(session), at=world.at, seen=submission.version)
    assert (asked, told, world.tasks()) == ([("name", PLACE, None)], 0, [left])


def add_photo(world: World, name: str = "a") -> None:
    words = PictureWords("Полиця.", "Олена", PeopleAnswer.NOBODY, PhotoLicence.OWN)
    with world.app.app_context(), transaction() as session:
        submission = world.submission(session)
        photo = keep_picture(session, submission, at=world.at, content=name.encode())
        session.flush()
        describe_picture(session, submission, photo, words, at=world.at)


@pytest.mark.parametrize("way", ["refused", "removed"])
def test_a_photo_taken_back_after_it_left_is_a_task(world: World, way: str) -> None:
    add_photo(world)
    world.export()
    with world.app.app_context(), transaction() as session:
        submission = world.submission(session)
        photo = submission.attachments[0]
        refused = PictureWords("Полиця.", "Олена", PeopleAnswer.NOBODY, PhotoLicence.EDITORS_ONLY)
        if way == "refused":
            describe_picture(session, submission, photo, refused, at=world.at)
        else:
            remove_file(session, submission, photo, at=world.at)
    assert world.tasks() == [("photo", "", None)]
    assert "We are having the photo taken out." in world.author.client.get(MY).text


def test_a_photo_that_could_never_leave_is_removed_without_a_task(world: World) -> None:
    add_photo(world)
    with world.app.app_context(), transaction() as session:
        submission = world.submission(session)
        refused = PictureWords("Полиця.", "Олена", PeopleAnswer.NOBODY, PhotoLicence.EDITORS_ONLY)
        describe_picture(session, submission, submission.attachments[0], refused, at=world.at)
    world.export()
    with world.app.app_context(), transaction() as session:
        submission = world.submission(session)
        remove_file(session, submission, submission.attachments[0], at=world.at)
    assert world.tasks() == []


@pytest.mark.parametrize("removed_too", [False, True])
def test_a_photo_given_back_has_to_come_out_no_more(world: World, *, removed_too: bool) -> None:
    add_photo(world)
    add_photo(world, "c")
    world.export()
    with world.app.app_context(), transaction() as session:
        submission = world.submission(session)
        photo, other = submission.attachments
        words = read_picture_words(photo)
        refused = replace(words, licence=PhotoLicence.EDITORS_ONLY)
        describe_picture(session, submission, photo, refused, at=world.at)
        if removed_too:
            remove_file(session, submission, other, at=world.at)
        describe_picture(session, submission, photo, words, at=world.at)
    assert world.tasks() == [("photo", "", None if removed_too else "moot")]


PHOTOS = f"{MY}/photos"


def press_photo(world: World, button: str) -> TestResponse:
    """Press a button of the only photo, as a browser without scripts does."""
    page = world.author.client.get(PHOTOS).text
    form = find_form(page, field=button)
    value = page.partition(f'name="{button}" value="')[2].partition('"')[0]
    return world.author.client.post(form["action"], data={**form["values"], button: value})


@pytest.fixture
def with_photo(world: World) -> World:
    """A published story with a photo that may be printed."""
    add_photo(world)
    world.author.publish(PLACE)
    return world


@pytest.mark.parametrize("button", ["refuse", "remove"])
def test_a_photo_is_taken_back_after_publication(with_photo: World, button: str) -> None:
    assert press_photo(with_photo, button).status_code == 303
    assert with_photo.tasks() == [("photo", PLACE, None)]
    assert "We are having the photo taken out." in with_photo.author.client.get(MY).text
    assert "The author no longer wants a photo printed: take it out." in with_photo.editor.get(LIST).text


def test_a_photo_taken_back_stays_with_the_desk_and_is_offered_no_more(with_photo: World) -> None:
    press_photo(with_photo, "refuse")
    page = with_photo.author.client.get(PHOTOS).text
    assert (page.count('name="refuse"'), page.count("It stays with the desk")) == (0, 1)
    press_photo(with_photo, "remove")
    assert with_photo.tasks() == [("photo", PLACE, None)]


def test_taking_a_photo_back_twice_asks_once(with_photo: World) -> None:
    page = with_photo.author.client.get(PHOTOS).text
    form, value = (
        find_form(page, field="refuse"),
        page.partition('name="refuse" value="')[2].partition('"')[0],
    )
    sent = {**form["values"], "refuse": value}
    answers = [with_photo.author.client.post(form["action"], data=sent).status_code for _ in range(2)]
    assert (answers, with_photo.tasks()) == ([303, 303], [("photo", PLACE, None)])


def test_before_publication_a_photo_is_refused_by_its_answer(world: World) -> None:
    add_photo(world)
    assert world.author.client.get(PHOTOS).text.count('name="refuse"') == 0


def test_the_desk_withdraws_what_is_published_without_opening_it(published: World) -> None:
    with published.app.app_context():
        public_id = published.submission(db.session()).public_id
    page = f"/desk/submission/{public_id}"
    answer = send_form(published.editor, page, {"note": "Листом."}, action="/withdraw", follow=False)
    assert (answer.status_code, published.author.state()) == (303, State.WITHDRAWN)
    assert published.tasks() == [("withdrawn", PLACE, None)]
    assert unescape(published.editor.get(page).text).count("Листом.") == 1
    assert "We are having it taken down." in published.author.client.get(MY).text


def test_what_the_desk_withdrew_comes_back_when_it_is_reopened(published: World) -> None:
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


def test_a_photo_taken_back_before_anything_left_is_none(world: World) -> None:
    add_photo(world)
    with world.app.app_context(), transaction() as session:
        submission = world.submission(session)
        remove_file(session, submission, submission.attachments[0], at=world.at)
    assert world.tasks() == []


def test_the_command_lists_what_must_come_back(published: World) -> None:
    published.withdraw("/take-down")
    with published.app.app_context():
        about = db.session.scalars(select(Submission.public_id)).one()
    listed = run_command(published.app, "export", "--coverage", "ukraine-taiwan", "--withdrawn")
    assert listed.output.splitlines() == [f"withdrawn\t2026-03-14\tuk\t{PLACE}\t{about}"]


def test_the_command_lists_and_writes_in_no_one_breath(published: World) -> None:
    asked = run_command(
        published.app, "export", "--coverage", "ukraine-taiwan", "--withdrawn", "--all-approved"
    )
    assert (asked.exit_code, "--withdrawn stands alone" in asked.output) == (2, True)
