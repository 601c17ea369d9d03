"""Who lost the code gets a link by mail, whoever else asks learns nothing."""

import email
import email.policy
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.database import transaction
from portal.domain.acts import Act
from portal.domain.deadlines import round_to_hour, round_up_to_hour
from portal.domain.mail_notices import Notice
from portal.domain.receipt_code import group_code
from portal.domain.states import Stage
from portal.extensions import current_portal, db
from portal.mail.deliver import FolderCarrier, deliver_due
from portal.models import AccessLink, ContributorSession, Message, OutboxMail, Submission
from portal.operations.erasure import erase
from portal.operations.private.access import OPEN_FOR, delete_expired_pages
from portal.operations.private.consents import switch_mail
from tests.support.author_acts import add_version
from tests.support.contributor import MY, Contributor, status_of
from tests.support.factories import ADDRESS, IDEA, make_sending
from tests.support.plain_browser import find_form, read_forms, send_form
from tests.support.sender import save_text, send_text

LOST = "/en/my/lost"
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
OTHER = "new@example.org"


@pytest.fixture
def author(app: Flask, client: FlaskClient, moment: datetime) -> Contributor:
    """Somebody who has sent a pitch with an address, and has the code no more."""
    person = Contributor(app, client, moment)
    person.send()
    return person


def ask(client: FlaskClient, address: str = ADDRESS) -> str:
    """Ask for a link and return what the page says, without what differs from request to request."""
    return without_tokens(send_form(client, LOST, {"email": address}).text)


def without_tokens(page: str) -> str:
    return re.sub(r'name="csrf_token"[^>]*>|/link/[0-9a-f]{64}', "", page)


def count_links(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(AccessLink)) or 0


def send_mail(app: Flask, folder: Path, at: datetime) -> list[EmailMessage]:
    """Send what is due and return the mails with links."""
    with app.app_context():
        deliver_due(current_portal(), FolderCarrier(folder), clock=lambda: at)
        wanted = (
            select(OutboxMail.public_id).where(OutboxMail.kind == Notice.ACCESS_LINK).order_by(OutboxMail.id)
        )
        names = db.session.scalars(wanted).all()
    files = [folder / f"{name}.eml" for name in names]
    found = [
        email.message_from_bytes(one.read_bytes(), policy=email.policy.default)
        for one in files
        if one.exists()
    ]
    return [one for one in found if isinstance(one, EmailMessage)]


def read_links(mails: list[EmailMessage]) -> list[str]:
    """Return the path of the link in each mail."""
    return [
        found for mail in mails for found in re.findall(r"http://localhost(/\S+)", str(mail.get_content()))
    ]


def get_link(app: Flask, client: FlaskClient, folder: Path, at: datetime) -> str:
    ask(client)
    return read_links(send_mail(app, folder, at))[0]


def press(client: FlaskClient, link: str) -> int:
    """Press the button of a link's page and return the status of the answer."""
    return send_form(client, link, {}, follow=False).status_code


@pytest.mark.either_database
def test_a_known_address_gets_a_link(author: Contributor, tmp_path: Path) -> None:
    ask(author.client)
    mails = send_mail(author.app, tmp_path, author.at)
    assert [mail["To"] for mail in mails] == [ADDRESS]


@pytest.mark.either_database
def test_the_answer_is_the_same_for_an_address_nobody_gave(author: Contributor) -> None:
    assert ask(author.client) == ask(author.client, "nobody@example.org")


@pytest.mark.either_database
def test_an_address_nobody_gave_gets_no_mail(author: Contributor) -> None:
    ask(author.client, "nobody@example.org")
    assert count_links(author.app) == 0


@pytest.mark.either_database
def test_the_address_is_known_however_it_is_written(author: Contributor) -> None:
    ask(author.client, " OLENA@Example.ORG ")
    assert count_links(author.app) == 1


@pytest.mark.either_database
def test_what_is_no_address_is_said_to_be_none(author: Contributor) -> None:
    answer = send_form(author.client, LOST, {"email": "olena"})
    assert (answer.status_code, answer.text.count("This e-mail address cannot be right.")) == (422, 2)


@pytest.mark.either_database
def test_the_mail_speaks_the_language_of_the_form_and_says_nothing_of_the_text(
    author: Contributor, tmp_path: Path
) -> None:
    ask(author.client)
    mail = send_mail(author.app, tmp_path, author.at)[0]
    text = str(mail.get_content())
    told = [
        word for word in (IDEA, IDEA.split(".")[0], ADDRESS, "Олена", group_code(author.code)) if word in text
    ]
    assert (mail["Content-Language"], told) == ("uk", [])


@pytest.mark.either_database
def test_what_is_kept_of_the_mail_opens_nothing(author: Contributor, tmp_path: Path) -> None:
    ask(author.client)
    send_mail(author.app, tmp_path, author.at)
    with author.app.app_context():
        mail = db.session.scalars(select(OutboxMail).where(OutboxMail.kind == Notice.ACCESS_LINK)).one()
        assert (mail.sent_at, mail.body) == (round_to_hour(author.at), "")


@pytest.mark.either_database
def test_the_database_holds_no_token(author: Contributor, tmp_path: Path) -> None:
    token = get_link(author.app, author.client, tmp_path, author.at).rpartition("/")[2]
    with author.app.app_context():
        link = db.session.scalars(select(AccessLink)).one()
        mails = db.session.scalars(select(OutboxMail)).all()
        held = [
            link.public_id,
            link.token_hash,
            *(f"{mail.subject}{mail.dedupe_key}{mail.body}" for mail in mails),
        ]
    assert [one for one in held if token in one] == []


@pytest.mark.either_database
def test_the_link_opens_the_private_page(author: Contributor, tmp_path: Path) -> None:
    link = get_link(author.app, author.client, tmp_path, author.at)
    press(author.client, link)
    assert status_of(author.client.get(MY).text) == "Received"


@pytest.mark.either_database
def test_looking_at_the_link_uses_nothing_up(author: Contributor, tmp_path: Path) -> None:
    link = get_link(author.app, author.client, tmp_path, author.at)
    scanned = [author.client.get(link).status_code, author.client.head(link).status_code]
    assert (scanned, press(author.client, link)) == ([200, 200], 303)


@pytest.mark.either_database
def test_the_page_of_a_link_is_the_same_for_a_link_that_is_none(author: Contributor, tmp_path: Path) -> None:
    link = get_link(author.app, author.client, tmp_path, author.at)
    other = link[:-64] + "0" * 64
    pages = [without_tokens(author.client.get(one).text) for one in (link, other)]
    assert pages[0] == pages[1]


def test_a_link_opens_once(author: Contributor, tmp_path: Path) -> None:
    link = get_link(author.app, author.client, tmp_path, author.at)
    assert [press(author.client, link) for _ in range(2)] == [303, 410]


@pytest.mark.either_database
def test_a_link_is_over_after_an_hour(author: Contributor, tmp_path: Path) -> None:
    link = get_link(author.app, author.client, tmp_path, author.at)
    with time_machine.travel(author.at + 2 * HOUR, tick=False):
        assert press(author.client, link) == 410


@pytest.mark.either_database
def test_a_link_opens_until_its_hour_is_over(author: Contributor, tmp_path: Path) -> None:
    link = get_link(author.app, author.client, tmp_path, author.at)
    with time_machine.travel(author.at + HOUR - MINUTE, tick=False):
        assert press(author.client, link) == 303


@pytest.mark.either_database
def test_used_and_unknown_links_are_answered_alike(author: Contributor, tmp_path: Path) -> None:
    link = get_link(author.app, author.client, tmp_path, author.at)
    press(author.client, link)
    other = link[:-64] + "0" * 64
    pages = [without_tokens(send_form(author.client, one, {}).text) for one in (link, other)]
    assert pages[0] == pages[1]


@pytest.mark.either_database
def test_a_mail_that_comes_too_late_is_not_sent(author: Contributor, tmp_path: Path) -> None:
    ask(author.client)
    assert send_mail(author.app, tmp_path, author.at + 2 * HOUR) == []


def test_links_that_are_over_are_forgotten(author: Contributor) -> None:
    ask(author.client)
    with author.app.app_context(), transaction() as session:
        delete_expired_pages(session, at=author.at + 2 * HOUR)
    assert count_links(author.app) == 0


def test_a_text_has_three_links_at_most(author: Contributor) -> None:
    for _ in range(5):
        ask(author.client)
    assert count_links(author.app) == 3


def test_after_an_hour_there_is_room_for_another_link(author: Contributor) -> None:
    for _ in range(3):
        ask(author.client)
    with time_machine.travel(author.at + 2 * HOUR, tick=False):
        ask(author.client)
    assert count_links(author.app) == 1


def test_each_of_the_newest_three_texts_gets_a_link(author: Contributor, moment: datetime) -> None:
    newer = [send_text(author.app, author.client, moment, stage=Stage.STORY).submission_id for _ in range(3)]
    ask(author.client)
    with author.app.app_context():
        linked = db.session.scalars(select(AccessLink.submission_id).order_by(AccessLink.submission_id)).all()
    assert list(linked) == newer


@pytest.mark.either_database
def test_a_text_without_an_address_gets_no_link(app: Flask, client: FlaskClient, moment: datetime) -> None:
    send_text(app, client, moment, sending=make_sending(address=""))
    ask(client)
    assert count_links(app) == 0


@pytest.mark.either_database
def test_an_erased_text_gets_no_link(author: Contributor) -> None:
    with author.app.app_context(), transaction() as session:
        erase(session, session.get_one(Submission, author.submission_id), by=None, at=author.at)
    ask(author.client)
    assert count_links(author.app) == 0


@pytest.mark.either_database
def test_a_text_that_was_only_saved_gets_no_link(app: Flask, client: FlaskClient, moment: datetime) -> None:
    save_text(app, client, moment)
    ask(client)
    assert count_links(app) == 0


def switch_off(session: Session, submission: Submission, at: datetime) -> None:
    switch_mail(session, submission, wanted=False, keys=current_portal().instance.keys, at=at)


@pytest.mark.either_database
def test_who_switched_mail_off_gets_no_link(author: Contributor) -> None:
    with author.app.app_context(), transaction() as session:
        switch_off(session, session.get_one(Submission, author.submission_id), author.at)
    ask(author.client)
    assert count_links(author.app) == 0


@pytest.mark.either_database
@pytest.mark.parametrize(
    ("act", "is_open"),
    [
        (switch_off, False),
        (
            lambda session, submission, at: add_version(session, submission, make_sending(address=""), at=at),
            False,
        ),
        (
            lambda session, submission, at: add_version(
                session, submission, make_sending(address=OTHER), at=at
            ),
            False,
        ),
        (
            lambda session, submission, at: add_version(
                session, submission, make_sending(idea="Інша."), at=at
            ),
            True,
        ),
    ],
    ids=["mail is switched off", "no address", "another address", "another text"],
)
def test_what_a_mailbox_opens_is_closed_once_mail_goes_there_no_more(
    author: Contributor,
    tmp_path: Path,
    act: Callable[[Session, Submission, datetime], None],
    *,
    is_open: bool,
) -> None:
    """A link that was not used yet, and the page of one that was; the page of the code stays."""
    mailbox = author.app.test_client()
    for _ in range(2):
        ask(mailbox)
    used, unused = read_links(send_mail(author.app, tmp_path, author.at))
    press(mailbox, used)
    author.enter()
    with author.app.app_context(), transaction() as session:
        act(session, session.get_one(Submission, author.submission_id), author.at)
    assert press(author.app.test_client(), unused) == (303 if is_open else 410)
    assert [status_of(one.get(MY).text) != "" for one in (mailbox, author.client)] == [is_open, True]


@pytest.mark.either_database
def test_who_gives_another_address_on_the_page_of_a_link_stays_there(
    author: Contributor, tmp_path: Path
) -> None:
    press(author.client, get_link(author.app, author.client, tmp_path, author.at))
    send_form(author.client, f"{MY}/change", {"reply": "email", "reply_text": OTHER}, field="form_key")
    switched = send_form(author.client, MY, {"wanted": "0"}, action="/mail")
    assert status_of(switched.text) == "Received"


@pytest.mark.either_database
def test_however_many_ask_everybody_hears_the_same_and_the_author_gets_a_link(author: Contributor) -> None:
    form = find_form(author.client.get(LOST).text, field="email")["values"]
    unknown = {**form, "email": "nobody@example.org"}
    answers = {author.client.post(LOST, data=unknown).status_code for _ in range(60)}
    known = author.client.post(LOST, data={**form, "email": ADDRESS}).status_code
    assert (answers, known, count_links(author.app)) == ({200}, 200, 1)


@pytest.mark.parametrize("way", ["code", "link"])
def test_who_comes_in_clears_away_the_pages_that_are_over(
    author: Contributor, tmp_path: Path, way: str
) -> None:
    author.enter()
    over, browser = round_up_to_hour(author.at + OPEN_FOR), author.app.test_client()
    with time_machine.travel(over - MINUTE, tick=False):
        link = get_link(author.app, browser, tmp_path, over - MINUTE)
    with time_machine.travel(over, tick=False):
        if way == "link":
            press(browser, link)
        else:
            send_form(browser, MY, {"code": author.code})
    with author.app.app_context():
        assert db.session.scalars(select(ContributorSession.expires_at)).all() == [over + OPEN_FOR]


@pytest.mark.either_database
def test_a_link_leads_to_the_offer_of_a_new_code(author: Contributor, tmp_path: Path) -> None:
    link = get_link(author.app, author.client, tmp_path, author.at)
    assert send_form(author.client, link, {}, follow=False).location == "/uk/my/code"


@pytest.mark.either_database
def test_the_old_code_still_opens_the_page_when_no_new_one_was_taken(
    author: Contributor, tmp_path: Path
) -> None:
    press(author.client, get_link(author.app, author.client, tmp_path, author.at))
    elsewhere = send_form(author.app.test_client(), MY, {"code": author.code})
    assert status_of(elsewhere.text) == "Received"


@pytest.mark.either_database
def test_a_link_closes_no_page_that_is_open_elsewhere(author: Contributor, tmp_path: Path) -> None:
    link = get_link(author.app, author.client, tmp_path, author.at)
    elsewhere = author.app.test_client()
    send_form(elsewhere, MY, {"code": author.code})
    press(author.client, link)
    assert status_of(elsewhere.get(MY).text) == "Received"


@pytest.mark.either_database
def test_messages_are_new_to_who_comes_by_a_link(author: Contributor, tmp_path: Path) -> None:
    author.decide(Act.ASK, body="Де це було?")
    press(author.client, get_link(author.app, author.client, tmp_path, author.at))
    with author.app.app_context():
        page = db.session.scalars(select(ContributorSession)).one()
        assert (page.unread_from, page.submission.thread_read_id) == (
            None,
            db.session.scalar(select(Message.id)),
        )


@pytest.mark.either_database
def test_the_page_for_a_lost_code_asks_for_the_address_only(client: FlaskClient) -> None:
    assert [form["names"] for form in read_forms(client.get(LOST).text)] == [{"csrf_token", "email"}]
