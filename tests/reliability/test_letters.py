"""Mail servers that fail in every way: no mail is lost, no copy is without need, no page waits for them."""

import ast
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

import portal
from portal.database import transaction
from portal.domain.deadlines import round_to_hour
from portal.extensions import Portal, current_portal, db
from portal.mail.deliver import ROUND, SmtpCarrier, deliver_due
from portal.models import OutboxMail
from tests.support.bad_input import PITCH_ANSWERS
from tests.support.factories import make_call
from tests.support.mail_server import (
    HOST,
    Clock,
    Post,
    find_port,
    message_ids,
    open_server,
    pass_delay,
    read_mail,
    run_mail,
    send_pitch,
)
from tests.support.plain_browser import send_form

PATIENCE = 0.3
"""Seconds our worker waits here for an answer that never comes."""
MOST_LETTERS = 300
BAD = "bad@example.org"


@pytest.fixture
def smtp(port: int) -> SmtpCarrier:
    return SmtpCarrier(HOST, port, seconds=PATIENCE)


@pytest.mark.parametrize("step", ["EHLO", "MAIL", "RCPT"])
def test_a_server_that_stops_answering_gets_the_mail_later(
    app: Flask, smtp: SmtpCarrier, post: Post, clock: Clock, step: str
) -> None:
    send_pitch(app, clock.at)
    post.hangs = {step}
    run_mail(app, smtp, clock)
    post.hangs = set()
    assert (pass_delay(app, smtp, clock), len(post.received)) == (1, 1)


def test_a_server_silent_after_the_text_gets_one_copy_more_with_the_same_id(
    app: Flask, smtp: SmtpCarrier, post: Post, clock: Clock
) -> None:
    mail_id = send_pitch(app, clock.at)
    post.hangs = {"DATA"}
    run_mail(app, smtp, clock)
    post.hangs = set()
    pass_delay(app, smtp, clock)
    assert message_ids(post) == {f"<{mail_id}@localhost>": 2}


@pytest.mark.parametrize(
    ("step", "answer", "error"),
    [
        ("MAIL", "451 Try later", "SMTPSenderRefused 451"),
        ("MAIL", "553 Not from you", "SMTPSenderRefused 553"),
        ("RCPT", "450 Greylisted", "SMTPRecipientsRefused 450"),
        ("RCPT", "550 No such person", "SMTPRecipientsRefused 550"),
        ("DATA", "452 Full", "SMTPDataError 452"),
        ("DATA", "554 Not this", "SMTPDataError 554"),
    ],
)
def test_a_refusal_at_any_step_is_noted_and_the_mail_goes_later(  # one case, written out
    app: Flask, smtp: SmtpCarrier, post: Post, clock: Clock, step: str, answer: str, error: str
) -> None:
    send_pitch(app, clock.at)
    post.answers = {step: answer}
    run_mail(app, smtp, clock)
    noted = read_mail(app).last_error
    post.answers = {}
    assert (noted, pass_delay(app, smtp, clock), len(post.received)) == (error, 1, 1)


@pytest.mark.parametrize("answer", ["421 Shutting down", "500 What?", "drop"])
def test_a_mail_the_server_has_taken_is_out_whatever_it_says_to_our_goodbye(
    app: Flask, smtp: SmtpCarrier, post: Post, clock: Clock, answer: str
) -> None:
    send_pitch(app, clock.at)
    post.answers = {"QUIT": answer}
    assert (run_mail(app, smtp, clock), len(post.received)) == (1, 1)
    assert read_mail(app).sent_at == round_to_hour(clock.at)


@dataclass
class Dripping:
    """A server that answers letter by letter, each just in time."""

    letters: int = 0
    over: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def open(self) -> Iterator[int]:
        """Listen, and give the port."""
        with socket.create_server((HOST, 0)) as listening:
            serving = threading.Thread(target=self._answer, args=(listening,))
            serving.start()
            yield listening.getsockname()[1]
            self.over.set()
            serving.join()

    def _answer(self, listening: socket.socket) -> None:
        line, _ = listening.accept()
        with line:
            while self.letters < MOST_LETTERS and not self.over.wait(PATIENCE / 30):
                try:
                    line.sendall(b"2")
                except OSError:
                    return
                self.letters += 1


def test_a_server_that_answers_letter_by_letter_is_left(app: Flask, clock: Clock) -> None:
    send_pitch(app, clock.at)
    dripping = Dripping()
    with dripping.open() as port:
        run_mail(app, SmtpCarrier(HOST, port, most_seconds=PATIENCE), clock)
    assert dripping.letters < MOST_LETTERS
    assert read_mail(app).sent_at is None


def test_after_an_hour_without_a_server_every_mail_is_there_once(app: Flask, clock: Clock) -> None:
    port, post = find_port(), Post()
    smtp, begun = SmtpCarrier(HOST, port), clock.at
    sent = set()
    while clock.at < begun + timedelta(hours=1):
        if clock.at.minute % 20 == 0:
            sent.add(f"<{send_pitch(app, clock.at)}@localhost>")
        run_mail(app, smtp, clock)
        clock.at += timedelta(minutes=1)
    with open_server(post, port=port):
        while clock.at < begun + timedelta(hours=2):
            run_mail(app, smtp, clock)
            clock.at += timedelta(minutes=5)
    assert message_ids(post) == dict.fromkeys(sent, 1)


def test_each_attempt_waits_longer_until_the_mail_is_given_up(app: Flask, clock: Clock) -> None:
    send_pitch(app, clock.at)
    smtp, waits = SmtpCarrier(HOST, find_port()), []
    run_mail(app, smtp, clock)
    while (mail := read_mail(app)).failed_at is None:
        waits.append(mail.run_at - clock.at)
        clock.at = mail.run_at
        run_mail(app, smtp, clock)
    minutes = [wait / timedelta(minutes=1) for wait in waits]
    assert minutes == [0.5, 1, 2, 5, 10, 30, 60, 60, 120]


def test_a_mail_that_breaks_the_line_holds_up_nobody(
    app: Flask, smtp: SmtpCarrier, post: Post, clock: Clock
) -> None:
    for address in (BAD, "one@example.org", BAD, "two@example.org"):
        send_pitch(app, clock.at, address=address)
    post.bad = BAD
    run_mail(app, smtp, clock)
    assert post.recipients == [["one@example.org"], ["two@example.org"]]


def test_while_a_server_hangs_other_work_gets_its_turn(app: Flask, post: Post, at: datetime) -> None:
    for _ in range(3):
        send_pitch(app, at)
    moments = iter([at + ROUND / 2 * step for step in range(100)])
    with app.app_context():
        deliver_due(current_portal(), SmtpCarrier(HOST, find_port()), clock=lambda: next(moments))
        attempts = db.session.scalars(select(OutboxMail.attempts)).all()
    assert sorted(attempts) == [0, 0, 1]


def test_sending_a_form_has_nothing_to_do_with_the_mail_server(app: Flask, client: FlaskClient) -> None:
    with app.app_context(), transaction() as session:
        make_call(session, datetime(2020, 1, 1, tzinfo=UTC))
    whole: Portal = app.extensions["portal"]
    with socket.create_server((HOST, 0)) as hanging:
        hanging.settimeout(0)
        url = f"smtp://{HOST}:{hanging.getsockname()[1]}"
        app.extensions["portal"] = replace(whole, settings=replace(whole.settings, smtp_url=url))
        try:
            statuses = [send_pitch_form(client, number) for number in range(5)]
        finally:
            app.extensions["portal"] = whole
        with pytest.raises(BlockingIOError):
            hanging.accept()
    with app.app_context():
        waiting = db.session.scalar(select(func.count()).select_from(OutboxMail))
    assert (statuses, waiting) == ([303] * 5, 5)


def send_pitch_form(client: FlaskClient, number: int) -> int:
    values = {**PITCH_ANSWERS, "idea": f"Полиця {number}"}
    return send_form(client, "/uk/ukraine-taiwan/pitch", values, field="idea", follow=False).status_code


def test_only_the_worker_and_the_doctor_speak_to_mail_servers() -> None:
    assert list_speakers(Path(portal.__file__).parent) == {
        "mail/deliver.py": {"smtplib"},
        "cli/worker.py": {"portal.mail.deliver"},
        "cli/serve.py": {"portal.mail.deliver"},
        "cli/doctor/database.py": {"smtplib", "portal.mail.deliver"},
    }


def test_a_page_that_speaks_to_mail_servers_is_found(tmp_path: Path) -> None:
    (tmp_path / "page.py").write_text("from portal.mail.deliver import deliver_due\n", encoding="utf-8")
    assert list_speakers(tmp_path) == {"page.py": {"portal.mail.deliver"}}


def list_speakers(folder: Path) -> dict[str, set[str]]:
    """Return the files that could speak to a mail server, with what they import for it."""
    speaking = {"smtplib", "portal.mail.deliver"}
    files = [path for path in folder.rglob("*.py") if any(one in path.read_text("utf-8") for one in speaking)]
    found = {path.relative_to(folder).as_posix(): imported_names(path) & speaking for path in files}
    return {name: names for name, names in found.items() if names}


def imported_names(path: Path) -> set[str]:
    """Return every module a file imports."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    plain = {one.name for node in ast.walk(tree) if isinstance(node, ast.Import) for one in node.names}
    return plain | {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
