"""Mail leaves once, in the reader's language, says nothing, and a bad one holds up nobody."""

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from email.message import EmailMessage

import pytest
from flask import Flask
from flask_babel import force_locale, gettext
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from portal.config import Settings
from portal.database import transaction
from portal.domain.deadlines import round_to_hour
from portal.domain.permissions import Role
from portal.domain.states import Stage
from portal.extensions import current_portal, db
from portal.mail.compose import build_message, write_letter
from portal.mail.deliver import FolderCarrier, SmtpCarrier
from portal.models import OutboxMail
from portal.operations.contribute.submit import FormSecrets, submit
from portal.operations.desk.decisions import ask
from portal.operations.outbox import (
    DELAYS,
    KEPT,
    LEASE,
    claim_next_mail,
    delete_old_mail,
    mark_failed,
    mark_sent,
)
from tests.support.factories import (
    ADDRESS,
    make_call,
    make_form_key,
    make_sending,
    make_staff,
    make_submission,
)
from tests.support.mail_server import Clock, Post, open_server, read_mail, read_message, run_mail, send_pitch

OTHER = "other@example.org"


@pytest.fixture
def post() -> Post:
    return Post()


@pytest.fixture
def smtp(post: Post) -> Iterator[SmtpCarrier]:
    with open_server(post) as port:
        yield SmtpCarrier("127.0.0.1", port)


@pytest.fixture
def clock(at: datetime) -> Clock:
    return Clock(at)


def read_text(message: EmailMessage) -> str:
    text: str = message.get_content()
    return text.replace("\r\n", "\n")


@pytest.mark.either_database
def test_who_left_an_address_is_told_that_the_pitch_arrived(
    app: Flask, smtp: SmtpCarrier, post: Post, clock: Clock
) -> None:
    send_pitch(app, clock.at)
    run_mail(app, smtp, clock)
    assert post.recipients == [[ADDRESS]]


@pytest.mark.either_database
def test_mail_says_nothing_but_that_something_arrived_and_where_to_look(
    app: Flask, smtp: SmtpCarrier, post: Post, clock: Clock
) -> None:
    send_pitch(app, clock.at)
    run_mail(app, smtp, clock)
    assert read_text(post.received[0]) == (
        "What you sent has arrived and is kept. "
        "Your page shows what happens next. Open it with your code:\n\n"
        "http://localhost/en/my\n\n"
        "For your safety this message says nothing else. "
        "Please do not reply to it: write to us on your page.\n\n"
        "Story portal\n"
    )


@pytest.mark.either_database
def test_the_headers_of_a_mail_are_these_and_no_others(
    app: Flask, smtp: SmtpCarrier, post: Post, clock: Clock
) -> None:
    mail_id = send_pitch(app, clock.at)
    run_mail(app, smtp, clock)
    assert dict(post.received[0].items()) == {
        "From": "Story portal <portal@localhost>",
        "To": ADDRESS,
        "Subject": "Story portal: we have received it",
        "Date": "Sat, 14 Mar 2026 09:26:53 +0000",
        "Message-ID": f"<{mail_id}@localhost>",
        "Auto-Submitted": "auto-generated",
        "MIME-Version": "1.0",
        "Content-Type": 'text/plain; charset="utf-8"',
        "Content-Transfer-Encoding": "quoted-printable",
        "Content-Language": "en",
    }


@pytest.mark.either_database
@pytest.mark.parametrize(
    ("tag", "babel", "url"), [("en", "en", "en"), ("uk", "uk", "uk"), ("zh-Hant-TW", "zh_Hant_TW", "zh-tw")]
)
def test_mail_is_written_in_the_language_of_the_form(
    app: Flask, smtp: SmtpCarrier, post: Post, clock: Clock, tag: str, babel: str, url: str
) -> None:
    send_pitch(app, clock.at, locale=tag)
    run_mail(app, smtp, clock)
    message = post.received[0]
    with app.app_context(), force_locale(babel):
        subject = gettext("%(site)s: we have received it", site=Settings().site_names[tag])
    address = message.get_content().splitlines()[2]
    assert (message["Content-Language"], message["Subject"], address) == (
        tag,
        subject,
        f"http://localhost/{url}/my",
    )


@pytest.mark.either_database
def test_a_sent_mail_keeps_the_words_it_said(app: Flask, smtp: SmtpCarrier, post: Post, clock: Clock) -> None:
    send_pitch(app, clock.at)
    run_mail(app, smtp, clock)
    mail = read_mail(app)
    said = read_text(post.received[0])
    assert (mail.subject, mail.body, mail.sent_at) == (
        "Story portal: we have received it",
        said,
        round_to_hour(clock.at),
    )


def test_mail_is_not_sent_twice(app: Flask, smtp: SmtpCarrier, post: Post, clock: Clock) -> None:
    send_pitch(app, clock.at)
    run_mail(app, smtp, clock)
    clock.at += timedelta(days=1)
    run_mail(app, smtp, clock)
    assert len(post.received) == 1


@pytest.mark.either_database
def test_a_decision_is_mailed_when_it_can_no_longer_be_undone(
    app: Flask, smtp: SmtpCarrier, post: Post, clock: Clock
) -> None:
    with app.app_context(), transaction() as session:
        submission = make_submission(session, clock.at, locale="en")
        moderator = make_staff(session, Role.MODERATOR)
        window = timedelta(minutes=10)
        ask(
            session,
            submission,
            by=moderator,
            at=clock.at,
            seen=submission.version,
            body="When was it?",
            window=window,
        )
    run_mail(app, smtp, clock)
    clock.at += timedelta(minutes=10)
    run_mail(app, smtp, clock)
    subjects = [message["Subject"] for message in post.received]
    assert subjects == ["Story portal: we have received it", "Story portal: there is an update"]


def test_when_the_server_is_down_the_mail_waits_half_a_minute(app: Flask, clock: Clock) -> None:
    send_pitch(app, clock.at)
    run_mail(app, SmtpCarrier("127.0.0.1", 1), clock)
    mail = read_mail(app)
    waits = mail.run_at - clock.at
    assert (waits, mail.attempts, mail.last_error) == (DELAYS[0], 1, "ConnectionRefusedError")


@pytest.mark.either_database
@pytest.mark.parametrize("answer", ["451 Busy olena@example.org", "550 No olena@example.org"])
def test_a_mail_the_server_refuses_goes_out_when_it_takes_it(
    app: Flask, smtp: SmtpCarrier, post: Post, clock: Clock, answer: str
) -> None:
    send_pitch(app, clock.at)
    post.answer = answer
    run_mail(app, smtp, clock)
    post.answer = "250 Kept"
    clock.at += DELAYS[0]
    run_mail(app, smtp, clock)
    assert len(post.received) == 1


@pytest.mark.either_database
def test_the_note_about_a_refusal_holds_no_address(
    app: Flask, smtp: SmtpCarrier, post: Post, clock: Clock
) -> None:
    send_pitch(app, clock.at)
    post.answer = "550 No mailbox olena@example.org here"
    run_mail(app, smtp, clock)
    assert read_mail(app).last_error == "SMTPDataError 550"


@pytest.mark.either_database
def test_a_copy_after_a_lost_answer_carries_the_same_message_id(
    app: Flask, smtp: SmtpCarrier, post: Post, clock: Clock
) -> None:
    mail_id = send_pitch(app, clock.at)
    post.drops = True
    run_mail(app, smtp, clock)
    post.drops = False
    clock.at += DELAYS[0]
    run_mail(app, smtp, clock)
    assert [message["Message-ID"] for message in post.received] == [f"<{mail_id}@localhost>"] * 2


@pytest.mark.either_database
def test_a_mail_is_given_up_after_the_last_delay(app: Flask, clock: Clock) -> None:
    send_pitch(app, clock.at)
    begun = clock.at
    for delay in (timedelta(0), *DELAYS):
        clock.at += delay
        run_mail(app, SmtpCarrier("127.0.0.1", 1), clock)
    assert read_mail(app).failed_at == round_to_hour(begun + sum(DELAYS, timedelta(0)))


@pytest.mark.either_database
def test_a_bad_address_holds_up_nobody(app: Flask, smtp: SmtpCarrier, post: Post, clock: Clock) -> None:
    send_pitch(app, clock.at, address="nobody\r\nBcc: everybody@example.org")
    send_pitch(app, clock.at, address=OTHER)
    run_mail(app, smtp, clock)
    assert post.recipients == [[OTHER]]


@pytest.mark.either_database
def test_who_takes_the_address_back_gets_no_mail(
    app: Flask, smtp: SmtpCarrier, post: Post, clock: Clock
) -> None:
    with app.app_context(), transaction() as session:
        form_key, portal = make_form_key(), current_portal()
        for address in (ADDRESS, ""):
            submit(
                session,
                make_call(session, clock.at),
                make_sending(Stage.PITCH, address=address),
                FormSecrets(portal.instance.keys, portal.instance.receipt_secret, form_key),
                at=clock.at,
                locale="en",
            )
    run_mail(app, smtp, clock)
    with app.app_context():
        assert (post.received, db.session.scalars(select(OutboxMail)).all()) == ([], [])


@pytest.mark.either_database
def test_without_a_mail_server_each_mail_is_a_file_of_its_own(app: Flask, clock: Clock) -> None:
    first, second = send_pitch(app, clock.at), send_pitch(app, clock.at, address=OTHER)
    with app.app_context():
        folder = current_portal().instance.mail_folder / "of-this-test"
    folder.mkdir()
    run_mail(app, FolderCarrier(folder), clock)
    files = sorted(folder.iterdir())
    recipients = [str(read_message(one.read_bytes())["To"]) for one in files]
    found = [(one.name, one.stat().st_mode & 0o777) for one in files]
    for one in files:
        one.unlink()
    folder.rmdir()
    assert (found, sorted(recipients)) == (
        sorted([(f"{first}.eml", 0o600), (f"{second}.eml", 0o600)]),
        [ADDRESS, OTHER],
    )


def test_workers_at_the_same_time_take_different_mails(app: Flask, clock: Clock) -> None:
    waiting = {send_pitch(app, clock.at) for _ in range(8)}
    taken: list[str] = []
    barrier = threading.Barrier(4)

    def _take_two() -> None:
        barrier.wait()
        for _ in range(2):
            with app.app_context(), transaction() as session:
                mail = claim_next_mail(session, at=clock.at)
            taken.extend([mail.public_id] if mail else [])

    threads = [threading.Thread(target=_take_two) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == sorted(waiting)


@pytest.mark.parametrize("app", ["postgresql"], indirect=True)
def test_a_worker_keeps_no_mail_from_others_but_its_own(app: Flask, clock: Clock) -> None:
    waiting = [send_pitch(app, clock.at) for _ in range(2)]
    with app.app_context(), Session(db.engine) as one, Session(db.engine) as other:
        taken = [claim_next_mail(session, at=clock.at) for session in (one, other)]
    assert [mail.public_id if mail else None for mail in taken] == waiting


def test_the_mail_of_a_worker_that_died_is_taken_up_after_its_lease(app: Flask, clock: Clock) -> None:
    mail_id = send_pitch(app, clock.at)
    taken = []
    for moment in (clock.at, clock.at + LEASE - timedelta(seconds=1), clock.at + LEASE):
        with app.app_context(), transaction() as session:
            mail = claim_next_mail(session, at=moment)
        taken.append(mail.public_id if mail else None)
    assert taken == [mail_id, None, mail_id]


class Interrupted:
    """Takes messages; while it takes the first, that mail goes and `queued` comes."""

    def __init__(self, app: Flask, clock: Clock) -> None:
        self.app, self.clock = app, clock
        self.carried: list[str] = []
        self.queued = ""

    def carry(self, message: EmailMessage, mail_id: str) -> None:
        self.carried.append(mail_id)
        if self.queued:
            return
        with self.app.app_context(), transaction() as session:
            session.execute(delete(OutboxMail))
        self.queued = send_pitch(self.app, self.clock.at)


def test_a_mail_that_goes_while_it_is_sent_is_not_taken_for_the_next_one(app: Flask, clock: Clock) -> None:
    first, carrier = send_pitch(app, clock.at), Interrupted(app, clock)
    run_mail(app, carrier, clock)
    assert carrier.carried == [first, carrier.queued]


@pytest.mark.either_database
def test_a_slow_failure_does_not_undo_a_sending(app: Flask, clock: Clock) -> None:
    send_pitch(app, clock.at)
    with app.app_context(), transaction() as session:
        mail = claim_next_mail(session, at=clock.at)
        assert mail is not None
        mark_sent(session, mail.public_id, subject="S", body="B", at=clock.at)
    with app.app_context(), transaction() as session:
        mark_failed(session, mail.public_id, error="TimeoutError", at=clock.at)
    assert (read_mail(app).sent_at, read_mail(app).last_error) == (round_to_hour(clock.at), "")


def test_sent_mail_is_forgotten_after_two_weeks(app: Flask, smtp: SmtpCarrier, clock: Clock) -> None:
    send_pitch(app, clock.at)
    run_mail(app, smtp, clock)
    seen = []
    for early in (timedelta(seconds=1), timedelta(0)):
        with app.app_context(), transaction() as session:
            delete_old_mail(session, at=round_to_hour(clock.at) + KEPT - early)
            seen.append(len(session.scalars(select(OutboxMail)).all()))
    assert seen == [1, 0]


@pytest.mark.either_database
@pytest.mark.parametrize("separator", ["\r\n", "\n", "\r", "\x00", "\x0b", "\x85", "\u2028", "\u2029"])
def test_no_setting_smuggles_a_header_into_a_mail(app: Flask, at: datetime, separator: str) -> None:
    name = f"Portal{separator}Bcc: everybody@example.org"
    with app.app_context():
        letter = write_letter("update", "en", base_url="http://localhost", site_name=name)
    message = build_message(
        letter,
        to=ADDRESS,
        sender=f"portal{separator}@localhost",
        site_name=name,
        mail_id="1",
        base_url="http://localhost",
        at=at,
    )
    read_back = read_message(message.as_bytes())
    assert (read_back["Bcc"], read_back["Subject"]) == (
        None,
        "Portal Bcc: everybody@example.org: there is an update",
    )


@pytest.mark.either_database
def test_an_address_in_another_script_keeps_its_domain_in_ascii(app: Flask, at: datetime) -> None:
    with app.app_context():
        letter = write_letter("update", "uk", base_url="http://localhost", site_name="Портал")
    message = build_message(
        letter,
        to="olena@пошта.укр",
        sender="portal@localhost",
        site_name="Портал",
        mail_id="1",
        base_url="http://localhost",
        at=at,
    )
    assert str(message["To"]) == "olena@xn--80a1acn3a.xn--j1amh"
