"""Messages on the desk: who has written, what was read, and what the desk writes without deciding."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from portal.database import transaction
from portal.domain.errors import IllegalTransition
from portal.domain.permissions import Role
from portal.domain.states import State
from portal.extensions import db
from portal.models import AuditEntry, Event, Message, OutboxMail, Staff, Submission
from portal.models.sealing import find_ring
from portal.operations.private import messages
from portal.queries.desk.queue import QueueFilter, View
from portal.queries.desk.queue_pages import count_views, queue_page
from tests.support.author_acts import WORDS, change_submission, count_unread, write_as_author
from tests.support.bad_input import Desk
from tests.support.factories import make_staff
from tests.support.plain_browser import find_form, read_forms

NEWS = "Ми ще читаємо ваш текст."
WINDOW = timedelta(minutes=10)


@pytest.fixture
def written(editor: Desk) -> Desk:
    """The author of the pitch has written."""
    write_as_author(editor.app, editor.pitch)
    return editor


def unread_of(desk: Desk) -> int:
    with desk.app.app_context():
        submission = db.session.scalars(select(Submission).where(Submission.public_id == desk.pitch)).one()
        return count_unread(db.session(), submission)


def messages_of(desk: Desk) -> list[tuple[str, str]]:
    """Return words and language of every message of the desk."""
    with desk.app.app_context():
        rows = db.session.execute(select(Message.body, Message.lang).where(Message.from_desk))
        return [(body, lang) for body, lang in rows]


def mails_of(desk: Desk) -> int:
    """Return how many mails wait for the author of the pitch that say there is news."""
    with desk.app.app_context():
        mails = select(func.count(OutboxMail.id)).join(Submission, Submission.id == OutboxMail.submission_id)
        wanted = mails.where(OutboxMail.kind == "update", Submission.public_id == desk.pitch)
        return db.session.scalar(wanted) or 0


def row_of(page: str, public_id: str) -> str:
    """Return the row of a submission in a queue page."""
    return next(row for row in page.split('<li class="queue-row') if f"/{public_id}" in row)


@pytest.mark.either_database
def test_the_row_says_that_its_author_has_written(written: Desk) -> None:
    page = written.client.get("/desk/").text
    marks = ["new message" in row_of(page, one) for one in (written.pitch, written.story)]
    assert marks == [True, False]


def test_the_view_of_new_messages_lists_it(written: Desk) -> None:
    page = written.client.get("/desk/?view=messages").text
    assert (page.count('class="queue-title"'), written.pitch in page) == (1, True)


def test_a_message_to_a_closed_submission_is_listed_too(editor: Desk) -> None:
    editor.send(editor.page(editor.pitch), "/spam")
    write_as_author(editor.app, editor.pitch)
    assert editor.pitch in editor.client.get("/desk/?view=messages").text


def test_the_mark_costs_no_further_query(written: Desk) -> None:
    with written.app.app_context():
        person = make_staff(db.session(), Role.EDITOR)
        page = queue_page(
            db.session(),
            person,
            QueueFilter(view=View.MESSAGES),
            at=datetime.now(UTC),
            keys=find_ring(db.session()),
        )
        assert [row.has_new for row in page.rows] == [True]
        db.session.rollback()


@pytest.mark.either_database
def test_the_page_marks_what_is_new(written: Desk) -> None:
    page = written.client.get(written.page(written.pitch)).text
    assert ("1 new message from the author." in page, page.count(">New</span>")) == (True, 1)


@pytest.mark.either_database
def test_looking_at_it_leaves_it_unread(written: Desk) -> None:
    written.client.get(written.page(written.pitch))
    assert unread_of(written) == 1


@pytest.mark.either_database
def test_a_press_marks_it_as_read(written: Desk) -> None:
    written.send(written.page(written.pitch), "/read")
    assert (unread_of(written), "new message" in written.client.get(written.page(written.pitch)).text) == (
        0,
        False,
    )


def test_what_comes_after_a_message_was_taken_back_can_be_marked_as_read(editor: Desk) -> None:
    editor.send(editor.page(editor.pitch), "/message", body=NEWS)
    editor.send(editor.page(editor.pitch), "/take-back")
    write_as_author(editor.app, editor.pitch)
    editor.send(editor.page(editor.pitch), "/read")
    assert "new message" not in editor.client.get(editor.page(editor.pitch)).text


def test_numbers_of_what_was_taken_back_are_given_to_nothing_else(editor: Desk) -> None:
    """Pages that are open, and marks of what was read, remember them."""
    numbers = []
    for act, words in (("/message", {"body": NEWS}), ("/take-back", {}), ("/message", {"body": NEWS})):
        editor.send(editor.page(editor.pitch), act, **words)
        with editor.app.app_context():
            newest = select(func.max(Event.id), func.max(Message.id)).select_from(Event).outerjoin(Message)
            numbers.append(db.session.execute(newest).one())
    (first, _none, second) = numbers
    assert [after > before for before, after in zip(first, second, strict=True)] == [True, True]


def test_what_came_after_the_page_was_opened_stays_unread(written: Desk) -> None:
    form = find_form(written.client.get(written.page(written.pitch)).text, action="/read")
    write_as_author(written.app, written.pitch, "І ще.")
    answer = written.client.post(form["action"], data=form["values"])
    assert (answer.status_code, unread_of(written)) == (409, 2)


@pytest.mark.either_database
@pytest.mark.parametrize(
    ("action", "values"),
    [
        ("/ask", {"body": "Де?"}),
        ("/decline", {"reason": "other", "body": "Ні."}),
        ("/note", {"body": "Call back."}),
        ("/claim", {}),
        ("/gist", {"body": "A shelf."}),
        ("/language", {"lang": "en"}),
        ("/message", {"body": NEWS}),
    ],
)
def test_whoever_acts_has_read_it(written: Desk, action: str, values: dict[str, str]) -> None:
    written.send(written.page(written.pitch), action, **values)
    assert unread_of(written) == 0


def test_a_note_on_an_old_page_leaves_unread_what_it_did_not_show(written: Desk) -> None:
    form = find_form(written.client.get(written.page(written.pitch)).text, action="/note")
    write_as_author(written.app, written.pitch, "І ще.")
    written.client.post(form["action"], data={**form["values"], "body": "Call back."})
    assert unread_of(written) == 2


@pytest.mark.either_database
def test_a_message_goes_out_in_the_language_of_the_authors_pages(editor: Desk) -> None:
    editor.send(editor.page(editor.pitch), "/message", body=NEWS)
    assert (messages_of(editor), mails_of(editor)) == ([(NEWS, "uk")], 1)


@pytest.mark.either_database
@pytest.mark.parametrize(
    ("action", "values"),
    [
        ("/message", {"body": NEWS}),
        ("/ask", {"body": NEWS}),
        ("/invite", {"body": NEWS}),
        ("/decline", {"reason": "other", "body": NEWS}),
    ],
)
def test_a_message_about_a_text_in_another_language_is_in_that_of_the_pages(
    editor: Desk, action: str, values: dict[str, str]
) -> None:
    change_submission(
        editor.app, editor.pitch, lambda _session, submission: setattr(submission, "lang", "en")
    )
    editor.send(editor.page(editor.pitch), action, **values)
    assert messages_of(editor) == [(NEWS, "uk")]


@pytest.mark.either_database
def test_a_message_decides_nothing(editor: Desk) -> None:
    editor.send(editor.page(editor.pitch), "/message", body=NEWS)
    with editor.app.app_context():
        states = db.session.scalars(select(Submission.state).where(Submission.public_id == editor.pitch))
        assert list(states) == [State.SUBMITTED]


@pytest.mark.either_database
def test_an_empty_message_is_not_sent(editor: Desk) -> None:
    answer = editor.send(editor.page(editor.pitch), "/message", body=" ")
    assert (answer.status_code, messages_of(editor)) == (422, [])


@pytest.mark.either_database
def test_a_message_taken_back_never_leaves_and_its_words_stand_in_the_form(editor: Desk) -> None:
    editor.send(editor.page(editor.pitch), "/message", body=NEWS)
    answer = editor.send(editor.page(editor.pitch), "/take-back")
    typed = find_form(answer.text, action="/message")["values"]["body"].strip()
    assert (answer.status_code, typed, messages_of(editor), mails_of(editor)) == (200, NEWS, [], 0)


@pytest.mark.either_database
def test_the_audit_log_says_who_took_a_message_back(editor: Desk) -> None:
    for act, words in (("/message", {"body": NEWS}), ("/take-back", {})):
        editor.send(editor.page(editor.pitch), act, **words)
    with editor.app.app_context():
        written, back = db.session.scalars(select(AuditEntry).order_by(AuditEntry.seq)).all()[-2:]
        assert (back.act, back.actor, back.about, back.detail) == (
            "take_message_back",
            written.actor,
            editor.pitch,
            {},
        )


@pytest.mark.either_database
def test_a_message_that_waits_stands_in_the_outbox(editor: Desk) -> None:
    editor.send(editor.page(editor.pitch), "/message", body=NEWS)
    editor.send("/desk/?view=outbox", "/take-back")
    assert messages_of(editor) == []


@pytest.mark.either_database
def test_the_outbox_counts_what_it_lists(editor: Desk) -> None:
    editor.send(editor.page(editor.pitch), "/message", body=NEWS)
    with editor.app.app_context():
        person = make_staff(db.session(), Role.EDITOR)
        counts = count_views(db.session(), person, at=datetime.now(UTC))
        db.session.rollback()
    listed = editor.client.get("/desk/?view=outbox").text.count('class="queue-title"')
    assert (counts[View.OUTBOX], listed) == (1, 1)


@pytest.fixture
def late(editor: Desk) -> Desk:
    """A message was written and waits."""
    editor.send(editor.page(editor.pitch), "/message", body=NEWS)
    return editor


@pytest.mark.either_database
def test_a_message_that_has_left_is_not_taken_back(late: Desk) -> None:
    form = find_form(late.client.get(late.page(late.pitch)).text, action="/take-back")
    with time_machine.travel(datetime.now(UTC) + WINDOW):
        answer = late.client.post(form["action"], data=form["values"], follow_redirects=True)
    said = "The message has reached the author and cannot be withdrawn."
    assert (said in answer.text, messages_of(late)) == (True, [(NEWS, "uk")])


@pytest.mark.either_database
def test_no_message_is_taken_back_in_the_name_of_another_submission(late: Desk) -> None:
    with late.app.app_context(), transaction() as session:
        other = session.scalars(select(Submission).where(Submission.public_id == late.story)).one()
        message = session.scalars(select(Message).where(Message.from_desk)).one()
        writer = session.get_one(Staff, message.staff_id)
        with pytest.raises(IllegalTransition):
            messages.take_back_message(session, other, message, by=writer, at=datetime.now(UTC))
    assert messages_of(late) == [(NEWS, "uk")]


@pytest.mark.either_database
def test_a_message_of_another_submission_is_none(late: Desk) -> None:
    form = find_form(late.client.get(late.page(late.pitch)).text, action="/take-back")
    answer = late.client.post(form["action"].replace(late.pitch, late.story), data=form["values"])
    assert (answer.status_code, messages_of(late)) == (404, [(NEWS, "uk")])


@pytest.mark.either_database
def test_a_moderator_is_not_offered_to_take_back_a_colleagues_message(moderator: Desk) -> None:
    change_submission(
        moderator.app,
        moderator.pitch,
        lambda session, submission: session.add(
            Message(
                submission_id=submission.id,
                from_desk=True,
                staff_id=make_staff(session, Role.EDITOR).id,
                act="message",
                body=NEWS,
                lang="uk",
                sent_at=datetime.now(UTC),
                visible_at=datetime.now(UTC) + WINDOW,
            )
        ),
    )
    forms = read_forms(moderator.client.get(moderator.page(moderator.pitch)).text)
    assert [form["action"] for form in forms if form["action"].endswith("/take-back")] == []


@pytest.mark.either_database
def test_the_history_names_the_message_but_not_its_words(editor: Desk) -> None:
    editor.send(editor.page(editor.pitch), "/message", body=NEWS)
    page = editor.client.get(editor.page(editor.pitch)).text
    assert (NEWS in page.partition('id="history"')[2], "Message written" in page) == (False, True)


@pytest.mark.either_database
def test_what_authors_wrote_is_shown_with_its_language(written: Desk) -> None:
    thread = written.client.get(written.page(written.pitch)).text.partition('id="thread"')[2]
    text = thread.partition('<div class="user-text" lang="uk">')[2].partition("</div>")[0]
    assert text.strip() == f'<p dir="auto">{WORDS}</p>'


def test_one_message_makes_one_event(editor: Desk) -> None:
    editor.send(editor.page(editor.pitch), "/message", body=NEWS)
    with editor.app.app_context():
        assert list(db.session.scalars(select(Event.act).where(Event.act == "message"))) == ["message"]
