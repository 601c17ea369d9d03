"""Mail servers that fail in every way, and workers that die: no mail is lost, and no copy is without need."""

import ast
import os
import random
import signal
import socket
import ssl
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

import portal
from portal.cli.worker import work_until
from portal.database import transaction
from portal.extensions import Portal, current_portal, db
from portal.mail.deliver import ROUND, SmtpCarrier, deliver_due
from portal.models import OutboxMail
from portal.operations.outbox import DELAYS, LEASE
from tests.bad_input import PITCH_ANSWERS
from tests.factories import ADDRESS, make_call
from tests.mail_server import HOST, Clock, Post, find_port, open_server, read_mail, run_mail, send_pitch
from tests.reliability.dying import bury, deliver, end, place_of, start, work
from tests.walk import send_form

PATIENCE = 0.3
"""Seconds our worker waits here for an answer that never comes."""
MOST_LETTERS = 300
BAD = "bad@example.org"
USER, PASSWORD = "portal", "a password of ours"


@pytest.fixture
def post() -> Post:
    return Post()


@pytest.fixture
def port(post: Post) -> Iterator[int]:
    with open_server(post) as opened:
        yield opened


@pytest.fixture
def smtp(port: int) -> SmtpCarrier:
    return SmtpCarrier(HOST, port, seconds=PATIENCE)


@pytest.fixture
def clock(at: datetime) -> Clock:
    return Clock(at)


def pass_delay(app: Flask, carrier: SmtpCarrier, clock: Clock, attempts: int = 1) -> int:
    """Let the time pass until the next attempt, and make it."""
    clock.at += DELAYS[attempts - 1]
    return run_mail(app, carrier, clock)


def message_ids(post: Post) -> Counter[str]:
    """Return how many copies of each mail the server has."""
    return Counter(str(message["Message-ID"]) for message in post.received)


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
    assert read_mail(app).sent_at == clock.at


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
        "cli/inside.py": {"smtplib", "portal.mail.deliver"},
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


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of the mail server that nobody vouches for, with its key in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("certificate") / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    """What the server proves itself with."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture
def trusted(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this machine trust the certificate."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))


def test_nothing_goes_to_a_server_that_cannot_prove_who_it_is(
    app: Flask, post: Post, clock: Clock, tls: ssl.SSLContext
) -> None:
    send_pitch(app, clock.at)
    with open_server(post, starttls=tls) as port:
        run_mail(app, SmtpCarrier("localhost", port), clock)
    assert (read_mail(app).last_error, post.received) == ("SSLCertVerificationError", [])


def test_nothing_goes_over_a_sealed_line_to_a_stranger(
    app: Flask, post: Post, clock: Clock, tls: ssl.SSLContext
) -> None:
    send_pitch(app, clock.at)
    with open_server(post, smtps=tls) as port:
        run_mail(app, SmtpCarrier("localhost", port, encrypted=True), clock)
    assert (read_mail(app).last_error, post.received) == ("SSLCertVerificationError", [])


@pytest.mark.usefixtures("trusted")
def test_a_wrong_password_is_noted_and_the_mail_goes_with_the_right_one(
    app: Flask, post: Post, clock: Clock, tls: ssl.SSLContext
) -> None:
    send_pitch(app, clock.at)
    with open_server(
        post, starttls=tls, require_starttls=True, auth_required=True, authenticator=check
    ) as port:
        run_mail(app, SmtpCarrier("localhost", port, USER, "wrong"), clock)
        noted = read_mail(app).last_error
        pass_delay(app, SmtpCarrier("localhost", port, USER, PASSWORD), clock)
    assert (noted, len(post.received)) == ("SMTPAuthenticationError 535", 1)


def check(_server: object, _session: object, _envelope: object, _mechanism: str, data: object) -> AuthResult:
    """Say whether it is our password."""
    given = (getattr(data, "login", b""), getattr(data, "password", b""))
    return AuthResult(success=given == (USER.encode(), PASSWORD.encode()), handled=False)


def test_no_password_goes_over_an_open_line(app: Flask, post: Post, clock: Clock) -> None:
    send_pitch(app, clock.at)
    with open_server(post) as port:
        run_mail(app, SmtpCarrier("localhost", port, USER, PASSWORD), clock)
    assert (read_mail(app).last_error, post.received) == ("SMTPNotSupportedError", [])


@dataclass
class Killer:
    """Kills a worker the first time it comes to a step, at the `number`th mail."""

    step: str
    number: int = 1
    pid: int = 0
    has_killed: bool = False

    def __call__(self, step: str) -> None:
        """Look at a step a worker has come to."""
        if step == self.step and not self.has_killed:
            self.number -= 1
            if not self.number:
                self.has_killed = True
                os.kill(self.pid, signal.SIGKILL)


def kill_worker(app: Flask, post: Post, port: int, killer: Killer, at: datetime) -> None:
    """Run a worker until the killer gets it."""
    started = threading.Event()

    def wait_and_kill(step: str) -> None:
        started.wait()
        killer(step)

    post.on = wait_and_kill
    process = start(work, place_of(app), port, at)
    killer.pid = process.pid or 0
    started.set()
    bury(process)
    post.on = lambda _step: None


@pytest.mark.parametrize(("step", "copies"), [("EHLO", 1), ("RCPT", 1), ("DATA", 2), ("QUIT", 2)])
def test_a_worker_killed_while_it_sends_loses_no_mail(  # one case, written out
    app: Flask, post: Post, port: int, clock: Clock, step: str, copies: int
) -> None:
    mails = [send_pitch(app, clock.at) for _ in range(2)]
    kill_worker(app, post, port, Killer(step), clock.at)
    clock.at += LEASE
    run_mail(app, SmtpCarrier(HOST, port), clock)
    assert message_ids(post) == {f"<{mails[0]}@localhost>": copies, f"<{mails[1]}@localhost>": 1}
    with app.app_context():
        assert db.session.scalars(select(OutboxMail.sent_at)).all() == [clock.at, clock.at]


@pytest.fixture
def kills(pytestconfig: pytest.Config) -> int:
    """3 of them, or 50 with --full."""
    return 50 if pytestconfig.getoption("full") else 3


def test_workers_killed_at_random_lose_no_mail(
    app: Flask, post: Post, port: int, clock: Clock, kills: int
) -> None:
    choose = random.Random(kills)
    mails = []
    for _ in range(kills):
        mails += [send_pitch(app, clock.at) for _ in range(3)]
        killer = Killer(choose.choice(["EHLO", "MAIL", "RCPT", "DATA", "QUIT"]), choose.randint(1, 3))
        kill_worker(app, post, port, killer, clock.at)
        clock.at += LEASE
    run_mail(app, SmtpCarrier(HOST, port), clock)
    copies = message_ids(post)
    assert set(copies) == {f"<{mail}@localhost>" for mail in mails}
    assert len(post.received) <= len(mails) + kills


def test_two_workers_at_once_send_each_mail_once(app: Flask, post: Post, port: int, at: datetime) -> None:
    mails = [send_pitch(app, at) for _ in range(12)]
    workers = [start(deliver, place_of(app), port, at) for _ in range(2)]
    for one in workers:
        end(one)
    assert message_ids(post) == {f"<{mail}@localhost>": 1 for mail in mails}


def test_work_that_fails_does_not_hold_up_the_mail(app: Flask, post: Post, port: int) -> None:
    now, stop = datetime.now(UTC), threading.Event()
    for due in (now, now + timedelta(hours=2)):
        send_pitch(app, due)
    with app.app_context():
        stuck = current_portal().instance.mail_folder / "nobody.eml"
    stuck.mkdir()  # what clears letters away cannot delete it
    post.on = lambda step: stop.set() if step == "QUIT" and len(post.received) == 2 else None
    moments = iter([now + timedelta(seconds=20 * step) for step in range(2000)])
    work_until(stop, app, SmtpCarrier(HOST, port), clock=lambda: next(moments), pause=0)
    stuck.rmdir()
    assert [message["To"] for message in post.received] == [ADDRESS, ADDRESS]
