"""A contributor takes along everything the portal holds, and nothing that is not told yet."""

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import html5lib
import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal.database import transaction
from portal.domain.acts import Act
from portal.domain.answers import EnteredAnswers
from portal.domain.states import Stage, State
from portal.extensions import current_portal, db
from portal.models import Draft, OutboxMail, Staff, Submission
from portal.operations.contribute.save import save_further
from portal.operations.contribute.submit import FormSecrets
from portal.operations.coverages import drafts
from portal.operations.desk import triage
from portal.operations.desk.sealed_answers import open_identity
from portal.operations.outbox import claim_next_mail, mark_sent
from portal.operations.private import author_acts, messages
from portal.operations.transitions import undo_decision
from portal.storage import read_file
from tests.support.contributor import MY, Contributor
from tests.support.factories import ADDRESS, STORY, VERSIONS, add_nothing, make_form_key, make_sending
from tests.support.photos import keep_picture
from tests.support.plain_browser import find_form, send_form

pytestmark = pytest.mark.either_database

WINDOW = timedelta(minutes=10)
SECRET_NOTE = "Обережно, двоюрідний брат редакторки."
CALL_BACK = "Дзвінок після обстрілу"


@pytest.fixture
def author(person: Contributor) -> Contributor:
    """The contributor of a story with everything in it that a person can leave in the portal."""
    person.send(Stage.STORY, make_sending(Stage.STORY, risk="yes", risk_text="Мати в окупації."))
    person.decide(Act.ASK, body="Де це було?")
    with person.app.app_context(), transaction() as session:
        submission = session.get_one(Submission, person.submission_id)
        by = session.scalars(select(Staff)).one()
        author_acts.reply(session, submission, body="У Харкові.", at=person.at)
        keep_picture(session, submission, at=person.at)
        keys = current_portal().instance.keys
        triage.add_note(session, submission, by=by, at=person.at, body=SECRET_NOTE, keys=keys)
        by.reads_identity = True
        open_identity(session, submission, by=by, reason=CALL_BACK, keys=keys, at=person.at)
    person.decide(Act.ACCEPT)
    person.edit("Світло зникло о **сьомій**.", answer_by=date(2026, 3, 21))
    person.enter()
    return person


def take(person: Contributor, lang: str = "en") -> TestResponse:
    """Press the button of the page."""
    address = f"/{lang}/my/data"
    form = find_form(person.client.get(address).text, action="/data")
    return person.client.post(address, data=form["values"], buffered=True)


def unpack(answer: TestResponse) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def read_data(person: Contributor) -> dict[str, Any]:
    described: dict[str, Any] = json.loads(unpack(take(person))["data.json"])
    return described


def editor_of(person: Contributor) -> str:
    with person.app.app_context():
        return db.session.scalars(select(Staff.name)).one()


def test_the_file_names_of_the_zip_tell_nothing(author: Contributor) -> None:
    assert sorted(unpack(take(author))) == ["README.txt", "data.html", "data.json", "photos/photo-1.jpg"]


def test_the_answer_has_a_neutral_name_and_stays_nowhere(author: Contributor) -> None:
    answer = take(author)
    assert (
        answer.mimetype,
        answer.headers["Content-Disposition"],
        answer.headers["Cache-Control"],
        answer.content_length,
    ) == ("application/zip", "attachment; filename=data.zip", "no-store", len(answer.data))


def test_nothing_of_it_is_left_on_the_server(author: Contributor) -> None:
    with author.app.app_context():
        folder = current_portal().instance.files_folder
    before = sorted(path.name for path in folder.iterdir())
    take(author)
    assert sorted(path.name for path in folder.iterdir()) == before


def test_equal_data_makes_equal_files(author: Contributor) -> None:
    first, second = (hashlib.sha256(take(author).data).hexdigest() for _ in range(2))
    assert first == second


def test_every_entry_has_the_same_time(author: Contributor) -> None:
    with zipfile.ZipFile(io.BytesIO(take(author).data)) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_what_was_sent_is_in_it_as_sent(author: Contributor) -> None:
    sent = read_data(author)["sent"]
    assert [(one["number"], one["answers"]["story"]) for one in sent] == [(1, STORY)]


def test_sealed_answers_are_opened_for_their_owner(author: Contributor) -> None:
    sealed = read_data(author)["sent"][0]["answers_kept_encrypted"]
    assert sealed == {"reply": "email", "reply_text": ADDRESS}


def test_what_was_not_sent_is_in_it(author: Contributor) -> None:
    typed = EnteredAnswers(
        Stage.STORY, "uk", {"story": "Ще одне."}, {"reply_text": "b@example.org"}, has_words=True
    )
    with author.app.app_context(), transaction() as session:
        submission = session.get_one(Submission, author.submission_id)
        instance = current_portal().instance
        secrets = FormSecrets(instance.keys, instance.receipt_secret, make_form_key())
        save_further(session, submission, typed, secrets, at=author.at)
    assert read_data(author)["unsent"] == [
        {
            "form": "story",
            "language": "uk",
            "saved_at": "2026-03-14T09:00:00+00:00",
            "answers": {"story": "Ще одне."},
            "answers_kept_encrypted": {"reply_text": "b@example.org"},
        }
    ]


def test_the_thread_is_in_it(author: Contributor) -> None:
    thread = [(one["from"], one["text"]) for one in read_data(author)["messages"]]
    assert thread == [("desk", "Де це було?"), ("you", "У Харкові.")]


def test_consents_are_in_it_with_words_and_times(author: Contributor) -> None:
    consents = read_data(author)["consents"]
    assert [(one["key"], one["version"], one["given_at"]) for one in consents] == [
        (key, VERSIONS[key], "2026-03-14T09:00:00+00:00") for key in ("c_use", "c_age", "c_own", "c_lic")
    ]


def test_a_photo_is_in_it_as_it_is_kept(author: Contributor) -> None:
    with author.app.app_context():
        photo = db.session.get_one(Submission, author.submission_id).attachments[0]
        kept = read_file(current_portal().instance.files_folder, photo.file)
    assert unpack(take(author))["photos/photo-1.jpg"] == kept


def test_a_photo_whose_file_is_gone_does_not_stop_the_rest(author: Contributor) -> None:
    with author.app.app_context():
        photo = db.session.get_one(Submission, author.submission_id).attachments[0]
        (current_portal().instance.files_folder / photo.public_id).unlink()
    assert sorted(unpack(take(author))) == ["README.txt", "data.html", "data.json"]


def test_the_edited_text_is_in_it_with_the_answer(author: Contributor) -> None:
    author.approve()
    edited = read_data(author)["edited_texts"]
    assert [(one["text"]["body"], one["your_answer"]) for one in edited] == [
        ("Світло зникло о **сьомій**.", "approved")
    ]


def test_a_text_sent_for_approval_on_the_full_hour_is_in_it(
    app: Flask, client: FlaskClient, at: datetime
) -> None:
    """The answer of an author is dated to its hour: then it has the very time at which it was asked for."""
    hour = at.replace(minute=0, second=0)
    with time_machine.travel(hour, tick=False) as clock:
        author = Contributor(app, client, hour)
        author.await_approval("Світло зникло.")
        clock.shift(timedelta(minutes=20))
        author.approve()
        edited = read_data(author)["edited_texts"]
    assert [(one["text"]["body"], one["your_answer"]) for one in edited] == [("Світло зникло.", "approved")]


def test_an_edited_text_inside_the_undo_window_is_not_in_it(person: Contributor) -> None:
    person.send(Stage.STORY)
    person.decide(Act.ACCEPT)
    person.edit("Світло зникло о сьомій.", window=WINDOW)
    person.enter()
    assert read_data(person)["edited_texts"] == []


def test_the_history_names_acts_and_status_and_nobody(author: Contributor) -> None:
    history = [(one["by"], one["act"], one["status_after"]) for one in read_data(author)["history"]]
    assert history == [
        ("you", "submit", "received"),
        ("desk", "ask", "question"),
        ("you", "reply", "received"),
        ("you", "add_picture", None),
        ("desk", "open_identity", None),
        ("desk", "accept", "in_editing"),
        ("desk", "send_for_approval", "please_approve"),
    ]


@pytest.mark.parametrize(
    ("act", "more"),
    [
        (Act.DECLINE, {"reason": "off_topic", "body": "Ні."}),
        (Act.ASK, {"body": "Де?"}),
        (Act.MARK_SPAM, {}),
    ],
)
def test_a_decision_inside_the_undo_window_leaves_no_trace(
    person: Contributor, act: Act, more: dict[str, str]
) -> None:
    person.send()
    person.enter()
    before = read_data(person)
    person.decide(act, window=WINDOW, **more)
    assert read_data(person) == before


def be_invited(person: Contributor) -> None:
    person.decide(Act.INVITE, window=WINDOW, body="Пишіть!")


def be_accepted(person: Contributor) -> None:
    person.decide(Act.ACCEPT, window=WINDOW, body="Дякуємо!")


def be_asked_to_approve(person: Contributor) -> None:
    person.edit("Світло зникло о сьомій.", window=WINDOW)


def have_nothing_to_add(person: Contributor) -> None:
    with person.app.app_context(), transaction() as session:
        add_nothing(session, session.get_one(Submission, person.submission_id), person.at)


def be_gone_on_without(person: Contributor) -> None:
    do_to_draft(person, drafts.waive_approval, reason="By phone.", window=WINDOW)


def be_published(person: Contributor) -> None:
    person.publish("https://example.org/secret-address", window=WINDOW)


def be_corrected(person: Contributor) -> None:
    do_to_draft(person, drafts.correct, reason="A wrong date.", window=WINDOW)


def be_corrected_and_published_again(person: Contributor) -> None:
    be_corrected(person)
    be_gone_on_without(person)
    person.publish("https://example.org/another-address", window=WINDOW)


def do_to_draft(person: Contributor, act: Callable[..., Any], **more: Any) -> None:
    with person.app.app_context(), transaction() as session:
        draft = session.scalars(select(Draft)).one()
        by = session.scalars(select(Staff)).one()
        act(session, draft, by=by, at=person.at, seen=draft.submission.version, **more)


@pytest.mark.parametrize(
    ("stage", "told", "untold"),
    [
        pytest.param(Stage.PITCH, [], be_invited, id="invited"),
        pytest.param(Stage.STORY, [], be_accepted, id="accepted"),
        pytest.param(Stage.STORY, [be_accepted], be_asked_to_approve, id="sent for approval"),
        pytest.param(Stage.STORY, [be_accepted], be_gone_on_without, id="waived"),
        pytest.param(
            Stage.STORY, [be_accepted, be_asked_to_approve], be_gone_on_without, id="waived after asking"
        ),
        pytest.param(Stage.STORY, [be_accepted, be_gone_on_without], be_published, id="published"),
        pytest.param(
            Stage.STORY, [be_accepted, be_gone_on_without, be_published], be_corrected, id="corrected"
        ),
        pytest.param(
            Stage.STORY,
            [be_accepted, be_gone_on_without, be_published],
            be_corrected_and_published_again,
            id="published again",
        ),
    ],
)
def test_nothing_the_desk_does_is_in_it_before_it_is_told(
    person: Contributor,
    stage: Stage,
    told: list[Callable[[Contributor], None]],
    untold: Callable[[Contributor], None],
) -> None:
    person.send(stage)
    have_nothing_to_add(person)
    for step in told:
        step(person)
        person.at += WINDOW
    with time_machine.travel(person.at, tick=False):
        person.enter()
        before = read_data(person)
        untold(person)
        inside = read_data(person)
    with time_machine.travel(person.at + WINDOW, tick=False):
        after = read_data(person)
    assert (inside == before, after == before) == (True, False)


def test_a_message_written_inside_the_window_does_not_tell_the_decision(person: Contributor) -> None:
    person.send()
    person.enter()
    person.decide(Act.DECLINE, window=WINDOW, reason="off_topic", body="Ні.")
    send_form(person.client, MY, {"body": "Ще одне."}, action="/reply")
    whole = b"".join(unpack(take(person)).values())
    assert (whole.count(b"not_this_time"), whole.count(b"Not this time")) == (0, 0)


def test_being_put_aside_as_spam_is_not_told(person: Contributor) -> None:
    person.send()
    person.enter()
    before = read_data(person)
    person.decide(Act.MARK_SPAM)
    assert read_data(person) == before


def test_a_decision_that_was_undone_was_never_told(person: Contributor) -> None:
    person.send()
    person.enter()
    before = read_data(person)
    person.decide(Act.ASK, body="Де?", window=WINDOW)
    with person.app.app_context(), transaction() as session:
        submission = session.get_one(Submission, person.submission_id)
        by = session.scalars(select(Staff)).one()
        undo_decision(session, submission, by=by, at=person.at, seen=submission.version)
    assert read_data(person) == before


def test_a_decision_that_waits_is_not_told_by_undoing_the_next_one(person: Contributor) -> None:
    person.send(Stage.STORY)
    have_nothing_to_add(person)
    person.decide(Act.ACCEPT)
    person.enter()
    before = read_data(person)
    be_gone_on_without(person)
    be_published(person)
    with person.app.app_context(), transaction() as session:
        submission = session.get_one(Submission, person.submission_id)
        by = session.scalars(select(Staff)).one()
        undo_decision(session, submission, by=by, at=person.at, seen=submission.version)
    assert (read_data(person) == before, person.state()) == (True, State.APPROVED)


def test_a_decision_that_waits_is_not_in_it_after_a_withdrawal_was_taken_back(person: Contributor) -> None:
    person.send()
    person.enter()
    before = read_data(person)
    person.decide(Act.ASK, body="Де?", window=WINDOW)
    with person.app.app_context(), transaction() as session:
        submission = session.get_one(Submission, person.submission_id)
        author_acts.withdraw(session, submission, at=person.at, window=WINDOW)
        author_acts.undo_withdrawal(session, submission, at=person.at)
    assert read_data(person) == before


def test_a_message_inside_the_undo_window_is_not_in_it(person: Contributor) -> None:
    person.send()
    person.enter()
    before = read_data(person)
    with person.app.app_context(), transaction() as session:
        submission = session.get_one(Submission, person.submission_id)
        by = session.scalars(select(Staff)).one()
        messages.write_to_author(
            session,
            submission,
            by=by,
            body="Новина.",
            lang="uk",
            at=person.at,
            seen=submission.version,
            window=WINDOW,
        )
    assert read_data(person) == before


def test_mail_that_went_out_is_in_it_and_mail_that_waits_is_not(person: Contributor) -> None:
    person.send()
    with person.app.app_context(), transaction() as session:
        mail = claim_next_mail(session, at=person.at)
        assert mail is not None
        mark_sent(session, mail.public_id, subject="Новини", body="Є новини.", at=person.at)
    person.decide(Act.ASK, body="Де?", window=WINDOW)
    person.enter()
    with person.app.app_context():
        kept = len(db.session.scalars(select(OutboxMail)).all())
    assert (kept, [one["subject"] for one in read_data(person)["mails"]]) == (2, ["Новини"])


def test_neither_names_nor_notes_nor_reasons_are_in_it(author: Contributor) -> None:
    name = editor_of(author)
    whole = b"\n".join(unpack(take(author)).values())
    found = [words for words in (name, SECRET_NOTE, CALL_BACK) if words.encode() in whole]
    assert found == []


@pytest.mark.parametrize(("lang", "tag"), [("en", "en"), ("uk", "uk"), ("zh-tw", "zh-Hant-TW")])
def test_the_page_in_it_is_sound_html_in_the_readers_language(
    author: Contributor, lang: str, tag: str
) -> None:
    page = unpack(take(author, lang))["data.html"].decode()
    tree = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(page)
    assert (tree.get("lang"), page.count(ADDRESS), page.count("Світло зникло о шостій.")) == (tag, 1, 1)


def test_the_page_in_it_asks_no_network_for_anything(author: Contributor) -> None:
    page = unpack(take(author))["data.html"].decode()
    tree = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(page)
    asked = [one.get("src") or one.get("href") for one in tree.iter() if one.tag in ("img", "link", "script")]
    assert asked == ["photos/photo-1.jpg"]


def test_the_readme_says_what_it_is(author: Contributor) -> None:
    readme = unpack(take(author))["README.txt"].decode()
    assert readme.startswith("This is all the information we hold about you and your text.\n")


def test_without_an_open_page_there_is_nothing_to_take(author: Contributor) -> None:
    stranger = author.app.test_client()
    answers = stranger.get(f"{MY}/data"), stranger.post(f"{MY}/data")
    assert [one.status_code for one in answers] == [303, 401]


def test_a_refused_token_gives_nothing_out(author: Contributor) -> None:
    answer = author.client.post(f"{MY}/data", data={"csrf_token": "old"})
    assert (answer.status_code, answer.mimetype) == (400, "text/html")
