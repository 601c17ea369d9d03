"""Admins see which mail was given up, never to whom it was going, and have it tried again."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.database import transaction
from portal.domain.permissions import Role
from portal.extensions import db
from portal.mail.deliver import SmtpCarrier
from portal.models import OutboxMail, Submission
from portal.operations.outbox import DELAYS, MOST_ATTEMPTS, claim_next_mail, mark_sent, retry_failed_mail
from tests.support.author_acts import add_version
from tests.support.factories import ADDRESS, make_sending, make_staff, make_submission
from tests.support.mail_server import HOST, Clock, Post, find_port, open_server, run_mail, send_pitch
from tests.support.plain_browser import find_form, read_forms
from tests.support.staff import enter_as, press

PAGE = "/desk/settings/mail"
ERROR = "SMTPRecipientsRefused 550"
OPENED = datetime(2026, 11, 22, 18, 30, tzinfo=UTC)


def give_up(app: Flask, *errors: str) -> list[str]:
    """Let a mail fail for good with each error; return their public ids."""
    found = []
    for error in errors:
        with app.app_context(), transaction() as session:
            submission = make_submission(session, OPENED)
            mail = session.scalars(select(OutboxMail).where(OutboxMail.submission_id == submission.id)).one()
            mail.attempts, mail.failed_at, mail.last_error = MOST_ATTEMPTS, OPENED, error
            found.append(mail.public_id)
    return found


def read_states(app: Flask) -> list[tuple[int, bool]]:
    """Return of each mail the attempts made and whether it is given up."""
    with app.app_context():
        mails = db.session.scalars(select(OutboxMail).order_by(OutboxMail.id))
        return [(mail.attempts, mail.failed_at is not None) for mail in mails]


def enter(app: Flask, client: FlaskClient, role: Role = Role.ADMIN) -> None:
    with app.app_context(), transaction() as session:
        email = make_staff(session, role).email
    enter_as(client, email)


@pytest.mark.either_database
def test_an_admin_reads_what_failed_and_why(app: Flask, client: FlaskClient) -> None:
    give_up(app, ERROR)
    enter(app, client)
    page = client.get(PAGE).text
    when, tried = "22\u00a0Nov 2026, 18:30 UTC", f"<td>{MOST_ATTEMPTS}</td>"
    shown = (when, "Confirmation of receipt", "Ukrainian", tried, ERROR)
    assert [page.count(text) for text in shown] == [1, 1, 1, 1, 1]


@pytest.mark.either_database
def test_what_the_mail_server_said_is_english_on_every_page(app: Flask, client: FlaskClient) -> None:
    give_up(app, ERROR)
    enter(app, client)
    assert client.get(PAGE).text.count(f'<code lang="en" dir="ltr">{ERROR}</code>') == 1


@pytest.mark.either_database
def test_the_list_of_failed_mail_shows_no_address(app: Flask, client: FlaskClient) -> None:
    give_up(app, ERROR)
    enter(app, client)
    assert ADDRESS not in client.get(PAGE).text


@pytest.mark.either_database
def test_the_settings_say_how_much_mail_failed(app: Flask, client: FlaskClient) -> None:
    give_up(app, ERROR, ERROR, "abandoned")
    enter(app, client)
    assert '<span class="badge warn">3</span>' in client.get("/desk/settings/").text


def test_a_mail_is_tried_again_from_its_first_attempt(app: Flask, client: FlaskClient) -> None:
    first, _ = give_up(app, ERROR, ERROR)
    enter(app, client)
    answer = press(client, PAGE, f"/{first}/again")
    assert (answer.status_code, answer.location) == (303, PAGE)
    assert read_states(app) == [(0, False), (MOST_ATTEMPTS, True)]


def test_all_failed_mail_is_tried_again_with_one_press(app: Flask, client: FlaskClient) -> None:
    give_up(app, ERROR, "abandoned")
    enter(app, client)
    press(client, PAGE, "/mail/again")
    assert read_states(app) == [(0, False), (0, False)]


def test_a_mail_tried_again_is_the_workers_to_take(app: Flask) -> None:
    (mail_id,) = give_up(app, ERROR)
    with app.app_context(), transaction() as session:
        retry_failed_mail(session, at=OPENED)
        claimed = claim_next_mail(session, at=OPENED)
    assert claimed is not None
    assert claimed.public_id == mail_id


def test_trying_again_leaves_alone_what_a_slow_attempt_has_sent(app: Flask) -> None:
    give_up(app, ERROR)
    with app.app_context(), transaction() as session:
        mail = session.scalars(select(OutboxMail)).one()
        mark_sent(session, mail.public_id, subject="s", body="b", at=OPENED + timedelta(minutes=1))
        session.flush()
        assert retry_failed_mail(session, at=OPENED) == 0


@pytest.mark.either_database
def test_pressing_twice_says_that_it_was_done_already(app: Flask, client: FlaskClient) -> None:
    (mail_id,) = give_up(app, ERROR)
    enter(app, client)
    form = find_form(client.get(PAGE).text, action=f"/{mail_id}/again")
    for _ in range(2):
        answer = client.post(form["action"], data=form["values"], follow_redirects=True)
    assert answer.text.count("This e-mail is already being sent again.") == 1


@pytest.mark.either_database
def test_a_mail_that_failed_for_good_goes_out_once_the_server_is_mended(
    app: Flask, client: FlaskClient
) -> None:
    clock, post = Clock(OPENED), Post()
    send_pitch(app, OPENED)
    for delay in (timedelta(0), *DELAYS):
        clock.at += delay
        run_mail(app, SmtpCarrier(HOST, find_port()), clock)
    enter(app, client)
    assert client.get(PAGE).text.count("ConnectionRefusedError") == 1
    press(client, PAGE, "/again")
    clock.at = datetime.now(UTC)
    with open_server(post) as port:
        run_mail(app, SmtpCarrier(HOST, port), clock)
    assert post.recipients == [[ADDRESS]]


@pytest.mark.either_database
def test_a_mail_tried_again_goes_to_the_address_its_author_has_given_since(
    app: Flask, client: FlaskClient
) -> None:
    post = Post()
    (mail_id,) = give_up(app, ERROR)
    with app.app_context(), transaction() as session:
        submission = session.scalars(select(Submission)).one()
        add_version(session, submission, make_sending(address="mended@example.org"), at=OPENED)
    enter(app, client)
    press(client, PAGE, f"/{mail_id}/again")
    with open_server(post) as port:
        run_mail(app, SmtpCarrier(HOST, port), Clock(datetime.now(UTC)))
    assert post.recipients == [["mended@example.org"]]


@pytest.mark.either_database
def test_without_failed_mail_there_is_nothing_to_press(app: Flask, client: FlaskClient) -> None:
    enter(app, client)
    actions = [form["action"] for form in read_forms(client.get(PAGE).text)]
    assert actions == ["/account/sign-out"]


@pytest.mark.either_database
@pytest.mark.parametrize("role", [Role.MODERATOR, Role.EDITOR])
def test_others_do_not_see_failed_mail(app: Flask, client: FlaskClient, role: Role) -> None:
    enter(app, client, role)
    assert [client.get(PAGE).status_code, client.post(f"{PAGE}/again").status_code] == [403, 403]
