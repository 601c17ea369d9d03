"""Messages both ways: what each side sees when, and what each has not read yet."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.database import transaction
from portal.domain.acts import Act, HistoryAct
from portal.domain.errors import IllegalTransition, MissingText, NotPermitted, StaleEdit
from portal.domain.permissions import Role
from portal.domain.states import State
from portal.extensions import db
from portal.models import Event, Message, OutboxMail, Staff, Submission
from portal.operations.private import messages
from portal.queries.private.messages import has_unread
from tests.support.author_acts import count_unread
from tests.support.contributor import MY, Contributor, actions_of
from tests.support.factories import make_sending, make_staff
from tests.support.plain_browser import find_form, send_form

pytestmark = pytest.mark.either_database

WINDOW = timedelta(minutes=10)
QUESTION = "У якому місті це було?"
NEWS = "Ми читаємо ваш текст."


@pytest.fixture
def person(app: Flask, client: FlaskClient, at: datetime) -> Iterator[Contributor]:
    """A contributor who has sent a pitch, at the moment the tests happen at."""
    with time_machine.travel(at, tick=False):
        made = Contributor(app, client, at)
        made.send()
        yield made


def come_back(person: Contributor) -> str:
    """Leave the page and open it again: another visit."""
    send_form(person.client, MY, {}, action="/leave", follow=False)
    return person.read()


def write(person: Contributor, body: str) -> None:
    send_form(person.client, MY, {"body": body}, action="/reply")


def write_back(person: Contributor, body: str = NEWS, **more: Any) -> None:
    """Write to the contributor without deciding anything."""
    with person.app.app_context(), transaction() as session:
        submission = session.get_one(Submission, person.submission_id)
        by = session.scalars(select(Staff).order_by(Staff.id)).first()
        known: dict[str, Any] = {"by": by, "at": person.at, "seen": submission.version, **more}
        messages.write_to_author(session, submission, body=body, lang="uk", **known)


def write_as_stranger(person: Contributor) -> None:
    with person.app.app_context(), transaction() as session:
        stranger = make_staff(session, Role.MODERATOR, member=False)
        submission = session.get_one(Submission, person.submission_id)
        messages.write_to_author(
            session, submission, by=stranger, body=NEWS, lang="uk", at=person.at, seen=submission.version
        )


def new_ones(page: str) -> list[bool]:
    """Say of each message whether it is marked as new."""
    heads = page.split('<p class="thread-head')[1:]
    return ["<strong>New</strong>" in head.partition("<bdi")[0] for head in heads]


def desk_flags(person: Contributor) -> tuple[int, bool]:
    """Return how many messages the desk has not read, and whether the queue would flag the submission."""
    with person.app.app_context():
        submission = db.session.get_one(Submission, person.submission_id)
        flagged = db.session.scalar(select(Submission.id).where(has_unread()))
        return count_unread(db.session(), submission), flagged == submission.id


def version_of(person: Contributor) -> int:
    with person.app.app_context():
        return db.session.get_one(Submission, person.submission_id).version


def test_a_contributor_writes_without_being_asked(person: Contributor) -> None:
    person.enter()
    write(person, "Ще одне.")
    assert (person.state(), person.messages()) == (State.SUBMITTED, ["Ще одне."])


def test_a_message_says_whom_it_is_from(person: Contributor) -> None:
    person.enter()
    write(person, "Ще одне.")
    write_back(person)
    heads = come_back(person).split('<p class="thread-head')[1:]
    names = [name for head in heads for name in ("From you", "From the desk") if f">{name}<" in head]
    assert sorted(names) == ["From the desk", "From you"]


def test_a_message_leaves_an_entry_without_its_text(person: Contributor) -> None:
    person.enter()
    write(person, "Ще одне.")
    with person.app.app_context():
        event = db.session.scalars(select(Event).order_by(Event.id.desc())).first()
        assert event is not None
        kept = event.act, event.by_author, event.detail, event.from_state, event.to_state, event.at.minute
    assert kept == ("message", True, {}, State.SUBMITTED, State.SUBMITTED, 0)


def test_a_message_that_arrives_twice_is_kept_once(person: Contributor) -> None:
    form = find_form(person.read(), action="/reply")
    sent = {**form["values"], "body": "Ще одне."}
    answers = [person.client.post(form["action"], data=sent).status_code for _ in range(2)]
    assert (answers, person.messages()) == ([303, 303], ["Ще одне."])


def test_a_message_repeated_after_the_desk_wrote_is_kept_once(person: Contributor) -> None:
    form = find_form(person.read(), action="/reply")
    sent = {**form["values"], "body": "Ще одне."}
    person.client.post(form["action"], data=sent)
    write_back(person)
    person.client.post(form["action"], data=sent)
    assert person.messages() == ["Ще одне.", NEWS]


def test_the_same_words_written_again_are_another_message(person: Contributor) -> None:
    person.enter()
    write(person, "Так.")
    write(person, "Так.")
    assert person.messages() == ["Так.", "Так."]


def test_an_answer_that_arrives_twice_stays_one_answer(person: Contributor) -> None:
    person.decide(Act.ASK, body=QUESTION)
    form = find_form(person.read(), action="/reply")
    sent = {**form["values"], "body": "У Харкові."}
    for _ in range(2):
        person.client.post(form["action"], data=sent)
    with person.app.app_context():
        acts = list(db.session.scalars(select(Message.act).order_by(Message.id)))
    assert acts == [HistoryAct.ASK, HistoryAct.REPLY]


def test_a_message_before_a_question_is_shown_is_no_answer_to_it(person: Contributor) -> None:
    person.decide(Act.ASK, body=QUESTION, window=WINDOW)
    person.enter()
    write(person, "Ще одне.")
    assert person.state() is State.NEEDS_REPLY


def test_an_empty_message_is_not_sent(person: Contributor) -> None:
    person.enter()
    answer = send_form(person.client, MY, {"body": "  "}, action="/reply")
    assert (answer.status_code, person.messages()) == (422, [])


@pytest.mark.parametrize(
    ("act", "more"),
    [(Act.INVITE, {}), (Act.DECLINE, {"reason": "off_topic", "body": "Ні."}), (Act.MARK_SPAM, {})],
)
def test_the_box_stands_on_the_page_whatever_was_decided(
    person: Contributor, act: Act, more: dict[str, str]
) -> None:
    person.decide(act, **more)
    assert f"{MY}/reply" in actions_of(person.read())


def test_after_withdrawing_the_box_stays(person: Contributor) -> None:
    person.enter()
    page = send_form(person.client, f"{MY}/withdraw", {}, action="/withdraw").text
    assert f"{MY}/reply" in actions_of(page)


def test_a_message_written_before_withdrawing_elsewhere_reaches_the_desk(person: Contributor) -> None:
    form = find_form(person.read(), action="/reply")
    send_form(person.client, f"{MY}/withdraw", {}, action="/withdraw")
    answer = person.client.post(form["action"], data={**form["values"], "body": "Ще одне."})
    assert (answer.status_code, person.messages()[-1], desk_flags(person)) == (303, "Ще одне.", (1, True))


def test_the_desk_sees_that_somebody_wrote(person: Contributor) -> None:
    before = desk_flags(person)
    person.enter()
    write(person, "Ще одне.")
    assert (before, desk_flags(person)) == ((0, False), (1, True))


def test_the_flag_goes_when_the_desk_has_read(person: Contributor) -> None:
    person.enter()
    write(person, "Ще одне.")
    with person.app.app_context(), transaction() as session:
        messages.mark_thread_read(session, session.get_one(Submission, person.submission_id), at=person.at)
    assert desk_flags(person) == (0, False)


def test_reading_makes_no_decision_stale(person: Contributor) -> None:
    person.enter()
    write(person, "Ще одне.")
    before = version_of(person)
    with person.app.app_context(), transaction() as session:
        messages.mark_thread_read(session, session.get_one(Submission, person.submission_id), at=person.at)
    come_back(person)
    assert version_of(person) == before


def test_a_decision_made_without_a_message_in_view_is_stale(person: Contributor) -> None:
    seen = version_of(person)
    person.enter()
    write(person, "Не друкуйте мого імені.")
    with pytest.raises(StaleEdit):
        person.decide(Act.INVITE, seen=seen)


def test_who_answers_has_read_the_thread(person: Contributor) -> None:
    person.enter()
    write(person, "Ще одне.")
    write_back(person)
    assert desk_flags(person) == (0, False)


def test_a_message_of_the_desk_is_on_the_page(person: Contributor) -> None:
    write_back(person)
    assert person.read().count(NEWS) == 1


def test_a_message_of_the_desk_stays_inside_the_undo_window(person: Contributor) -> None:
    write_back(person, window=WINDOW)
    inside = person.read().count(NEWS)
    with time_machine.travel(person.at + WINDOW, tick=False):
        assert (inside, come_back(person).count(NEWS)) == (0, 1)


def test_a_message_of_the_desk_is_announced_by_mail_after_the_window(person: Contributor) -> None:
    write_back(person, window=WINDOW)
    with person.app.app_context():
        mails = db.session.execute(
            select(OutboxMail.kind, OutboxMail.run_at).order_by(OutboxMail.id.desc()).limit(1)
        ).one()
    assert tuple(mails) == ("update", person.at + WINDOW)


def test_who_wants_no_mail_gets_none(person: Contributor) -> None:
    person.send(sending=make_sending(address=""))
    write_back(person)
    with person.app.app_context():
        mails = db.session.scalars(select(OutboxMail).where(OutboxMail.submission_id == person.submission_id))
        assert mails.all() == []


def test_writing_to_the_author_decides_nothing(person: Contributor) -> None:
    write_back(person)
    assert person.state() is State.SUBMITTED


def test_two_colleagues_do_not_write_past_each_other(person: Contributor) -> None:
    seen = version_of(person)
    write_back(person)
    with pytest.raises(StaleEdit):
        write_back(person, "І я.", seen=seen)


def test_the_desk_sends_no_empty_message(person: Contributor) -> None:
    with pytest.raises(MissingText):
        write_back(person, body=" ")


def test_only_who_may_read_a_submission_writes_to_its_author(person: Contributor) -> None:
    with pytest.raises(NotPermitted):
        write_as_stranger(person)


def take_back(person: Contributor, *, after: timedelta, by_role: Role | None = None) -> None:
    with person.app.app_context(), transaction() as session:
        submission = session.get_one(Submission, person.submission_id)
        message = session.scalars(select(Message)).one()
        by = make_staff(session, by_role) if by_role else session.scalars(select(Staff)).one()
        messages.take_back_message(session, submission, message, by=by, at=person.at + after)


def test_inside_the_window_a_message_is_taken_back_with_its_mail(person: Contributor) -> None:
    write_back(person, window=WINDOW)
    take_back(person, after=timedelta(minutes=9))
    with person.app.app_context():
        mails = list(db.session.scalars(select(OutboxMail.kind)))
        acts = list(db.session.scalars(select(Event.act)))
    assert (person.messages(), mails, acts) == ([], ["received"], [HistoryAct.SUBMIT])


def test_after_the_window_a_message_stays(person: Contributor) -> None:
    write_back(person, window=WINDOW)
    with pytest.raises(IllegalTransition):
        take_back(person, after=WINDOW)


def test_a_colleague_who_does_not_decide_takes_nothing_back(person: Contributor) -> None:
    write_back(person, window=WINDOW)
    with pytest.raises(NotPermitted):
        take_back(person, after=timedelta(0), by_role=Role.MODERATOR)


def test_what_came_since_the_last_visit_is_marked_as_new(person: Contributor) -> None:
    write_back(person, "Перше.")
    person.enter()
    write_back(person, "Друге.")
    page = come_back(person)
    assert (new_ones(page), page.count("1 new message<")) == ([False, True], 1)


def test_on_the_next_visit_nothing_is_new(person: Contributor) -> None:
    write_back(person)
    person.enter()
    page = come_back(person)
    assert (new_ones(page), page.count("new message")) == ([False], 0)


def test_new_messages_stay_new_during_a_visit(person: Contributor) -> None:
    write_back(person)
    person.enter()
    assert person.client.get(MY).text.count("1 new message<") == 1


def test_ones_own_message_is_not_new(person: Contributor) -> None:
    person.enter()
    write(person, "Ще одне.")
    page = come_back(person)
    assert (new_ones(page), page.count("new message")) == ([False], 0)


def test_a_message_older_than_ones_own_is_new_when_its_window_has_passed(person: Contributor) -> None:
    write_back(person, window=WINDOW)
    person.enter()
    write(person, "Ще одне.")
    come_back(person)
    with time_machine.travel(person.at + WINDOW, tick=False):
        page = come_back(person)
    assert new_ones(page) == [True, False]
