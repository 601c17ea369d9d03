"""A new code takes the place of a lost one: from then on it is the only one."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.database import transaction
from portal.domain.acts import Act, HistoryAct
from portal.domain.errors import IllegalTransition
from portal.domain.permissions import Role
from portal.domain.receipt_code import derive_link_token, is_well_formed
from portal.domain.ways_in import WayIn
from portal.extensions import current_portal, db
from portal.models import AccessLink, ContributorSession, Event, Revision, Submission
from portal.operations.contribute.submit import FormSecrets, SubmitOutcome, submit
from portal.operations.erasure import erase
from portal.operations.locking import lock_submission
from portal.operations.private.access import find_by_code, open_private_page, replace_code
from portal.operations.private.enter import open_by_code
from portal.operations.private.lost_code import open_by_link, send_links
from tests.support.concurrency import act_at_once, await_waiting, meeting_before
from tests.support.contributor import MY, Contributor, status_of
from tests.support.desk_codes import give_code_of
from tests.support.factories import ADDRESS, make_call, make_sending, make_staff
from tests.support.plain_browser import find_form, send_form
from tests.support.sender import Sender, save_text, send_text

REASON = "Called; knew the second paragraph"
RENEW = "/en/my/code"


@pytest.fixture
def sender(app: Flask, client: FlaskClient, moment: datetime) -> Sender:
    """Somebody who has just sent a pitch; an editor is there."""
    sent = send_text(app, client, moment)
    with app.app_context(), transaction() as session:
        make_staff(session, Role.EDITOR)
    return sent


def replace(app: Flask, sender: Sender, at: datetime) -> str:
    with app.app_context(), transaction() as session:
        submission = session.get_one(Submission, sender.submission_id)
        return replace_code(
            session, submission, at=at, receipt_secret=current_portal().instance.receipt_secret
        )


def opens(app: Flask, code: str) -> int | None:
    """Return the id of the submission a code opens."""
    with app.app_context():
        found = find_by_code(db.session(), code, receipt_secret=current_portal().instance.receipt_secret)
        return found.id if found else None


def read_code(page: str) -> str:
    """Return the digits of the code a page shows, or an empty string."""
    shown = re.search(r'id="receipt-code"[^>]*>([^<]*)<', page)
    return shown[1].replace(" ", "") if shown else ""


def without_tokens(page: str) -> str:
    return re.sub(r'name="csrf_token"[^>]*>', "", page)


@pytest.mark.either_database
def test_the_new_code_is_a_code(app: Flask, sender: Sender, moment: datetime) -> None:
    assert is_well_formed(replace(app, sender, moment))


@pytest.mark.either_database
def test_only_the_new_code_opens_the_page(app: Flask, sender: Sender, moment: datetime) -> None:
    new = replace(app, sender, moment)
    assert [opens(app, code) for code in (sender.code, new)] == [None, sender.submission_id]


def test_of_two_new_codes_the_later_one_counts(app: Flask, sender: Sender, moment: datetime) -> None:
    codes = [sender.code, *(replace(app, sender, moment) for _ in range(2))]
    assert [opens(app, code) for code in codes] == [None, None, sender.submission_id]


@pytest.mark.either_database
def test_the_codes_of_other_texts_stay(
    app: Flask, client: FlaskClient, sender: Sender, moment: datetime
) -> None:
    other = send_text(app, client, moment)
    replace(app, sender, moment)
    assert opens(app, other.code) == other.submission_id


def test_open_pages_are_closed(app: Flask, client: FlaskClient, sender: Sender, moment: datetime) -> None:
    replace(app, sender, moment)
    assert find_form(client.get(MY).text, field="code")["names"] == {"csrf_token", "code"}


def come_by_code(app: Flask, code: str, at: datetime) -> str | None:
    """Enter as from another browser; return the token of the page that opens."""
    with app.app_context(), transaction() as session:
        instance = current_portal().instance
        return open_by_code(session, code, at=at, keys=instance.keys, receipt_secret=instance.receipt_secret)


def come_by_link(app: Flask, token: str, at: datetime) -> str | None:
    with app.app_context(), transaction() as session:
        return open_by_link(session, token, at=at, keys=current_portal().instance.keys)


def take_new_code(session: Session, submission: Submission, at: datetime) -> None:
    replace_code(session, submission, at=at, receipt_secret=current_portal().instance.receipt_secret)


def erase_all(session: Session, submission: Submission, at: datetime) -> None:
    erase(session, submission, by=None, at=at)


@pytest.mark.parametrize("app", ["postgresql"], indirect=True)  # on SQLite one person writes at a time
@pytest.mark.parametrize("ends", [take_new_code, erase_all])
@pytest.mark.parametrize("by_link", [False, True], ids=["by the code", "by a link"])
def test_who_comes_in_the_old_way_at_that_moment_finds_nothing_open(
    app: Flask,
    sender: Sender,
    moment: datetime,
    ends: Callable[[Session, Submission, datetime], None],
    *,
    by_link: bool,
) -> None:
    with app.app_context(), transaction() as session:
        secret = current_portal().instance.receipt_secret
        send_links(session, ADDRESS, at=moment, receipt_secret=secret)
        link = derive_link_token(secret, session.scalars(select(AccessLink.public_id)).one())
    come, known = (come_by_link, link) if by_link else (come_by_code, sender.code)
    with app.app_context(), Session(db.engine) as author, ThreadPoolExecutor(1) as other:
        submission = lock_submission(author, author.get_one(Submission, sender.submission_id))
        came = other.submit(come, app, known, moment)
        await_waiting(app)
        ends(author, submission, moment)
        author.commit()
        assert came.result() is None
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(ContributorSession)) == 0


@pytest.mark.parametrize("app", ["postgresql"], indirect=True)  # on SQLite one person writes at a time
def test_who_comes_twice_at_once_by_a_code_of_the_desk_is_let_in_twice(
    app: Flask, sender: Sender, moment: datetime
) -> None:
    code = give_code_of(app, sender.submission_id, at=moment - timedelta(days=2))
    come_by_code(app, code, moment)
    with meeting_before("SELECT submission", app):
        tokens = act_at_once([partial(come_by_code, app, code, moment)] * 2)
    assert [token is not None for token in tokens] == [True, True]


@pytest.mark.either_database
def test_links_on_their_way_open_nothing_any_more(app: Flask, sender: Sender, moment: datetime) -> None:
    with app.app_context(), transaction() as session:
        send_links(session, ADDRESS, at=moment, receipt_secret=current_portal().instance.receipt_secret)
    replace(app, sender, moment)
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(AccessLink)) == 0


@pytest.mark.either_database
def test_the_form_that_arrives_again_still_finds_its_text(
    app: Flask, sender: Sender, moment: datetime
) -> None:
    replace(app, sender, moment)
    with app.app_context(), transaction() as session:
        instance = current_portal().instance
        submission, outcome = submit(
            session,
            make_call(session, moment),
            make_sending(),
            FormSecrets(instance.keys, instance.receipt_secret, sender.form_key),
            at=moment,
            locale="uk",
        )
        found = (submission.id, outcome, len(submission.revisions))
    assert found == (sender.submission_id, SubmitOutcome.AGAIN, 1)


@pytest.mark.either_database
def test_the_form_that_arrives_again_opens_no_page(app: Flask, sender: Sender, moment: datetime) -> None:
    replace(app, sender, moment)
    with app.app_context(), transaction() as session:
        keys = current_portal().instance.keys
        submission = session.get_one(Submission, sender.submission_id)
        open_private_page(
            session, submission, at=moment, keys=keys, way_in=WayIn.FORM, form_key=sender.form_key
        )
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(ContributorSession)) == 0


@pytest.mark.either_database
def test_of_a_contributor_only_the_hour_is_kept(app: Flask, sender: Sender, moment: datetime) -> None:
    replace(app, sender, moment)
    with app.app_context():
        event = db.session.scalars(select(Event).where(Event.act == HistoryAct.REPLACE_CODE)).one()
        kept = (event.staff_id, event.by_author, event.detail, event.at.minute)
    assert kept == (None, True, {}, 0)


@pytest.mark.either_database
def test_an_erased_text_gets_no_code(app: Flask, sender: Sender, moment: datetime) -> None:
    with app.app_context(), transaction() as session:
        erase(session, session.get_one(Submission, sender.submission_id), by=None, at=moment)
    with pytest.raises(IllegalTransition):
        replace(app, sender, moment)


@pytest.mark.either_database
def test_a_text_that_was_only_saved_keeps_its_code(app: Flask, client: FlaskClient, moment: datetime) -> None:
    saver = save_text(app, client, moment)
    with pytest.raises(IllegalTransition):
        replace(app, saver, moment)


@pytest.mark.either_database
@pytest.mark.parametrize("wrong", ["replaced", "unknown", "malformed", "short"])
def test_every_wrong_code_hears_the_same(
    app: Flask, client: FlaskClient, sender: Sender, moment: datetime, wrong: str
) -> None:
    replace(app, sender, moment)
    code = {
        "replaced": sender.code,
        "unknown": "12345678901234567892",
        "malformed": "11111111111111111112",
        "short": "1234",
    }[wrong]
    expected = send_form(client, MY, {"code": "99999999999999999999"})
    answer = send_form(client, MY, {"code": code})
    pages = [
        without_tokens(one.text).replace(typed, "") for one, typed in ((answer, code), (expected, "9" * 20))
    ]
    assert (answer.status_code, pages[0] == pages[1]) == (422, True)


@pytest.mark.either_database
def test_a_contributor_takes_a_new_code_and_goes_on(client: FlaskClient, sender: Sender) -> None:
    shown = read_code(send_form(client, RENEW, {}).text)
    assert (is_well_formed(shown), status_of(client.get(MY).text)) == (True, "Received")


@pytest.mark.either_database
def test_the_code_a_contributor_took_opens_the_page(app: Flask, client: FlaskClient, sender: Sender) -> None:
    shown = read_code(send_form(client, RENEW, {}).text)
    assert [opens(app, code) for code in (shown, sender.code)] == [sender.submission_id, None]


@pytest.mark.either_database
def test_a_new_code_is_shown_once(client: FlaskClient, sender: Sender) -> None:
    send_form(client, RENEW, {})
    assert [read_code(client.get(page).text) for page in (RENEW, "/en/my/receipt", MY)] == ["", "", ""]


@pytest.mark.either_database
def test_taking_a_new_code_closes_the_page_everywhere_else(
    app: Flask, client: FlaskClient, moment: datetime
) -> None:
    person = Contributor(app, app.test_client(), moment)
    person.send()
    person.enter()
    send_form(client, MY, {"code": person.code})
    send_form(client, RENEW, {})
    assert find_form(person.client.get(MY).text, field="code")["names"] == {"csrf_token", "code"}


@pytest.mark.either_database
def test_a_text_that_was_only_saved_is_offered_no_new_code(
    app: Flask, client: FlaskClient, moment: datetime
) -> None:
    save_text(app, client, moment)
    assert client.get(RENEW).location == MY


@pytest.mark.either_database
def test_looking_at_the_offer_changes_nothing(app: Flask, client: FlaskClient, sender: Sender) -> None:
    client.get(RENEW)
    assert opens(app, sender.code) == sender.submission_id


@pytest.mark.either_database
def test_a_new_code_leaves_the_text_as_it_is(app: Flask, sender: Sender, moment: datetime) -> None:
    replace(app, sender, moment)
    with app.app_context():
        revisions = db.session.scalar(select(func.count()).select_from(Revision))
        acts = db.session.scalars(select(Event.act).order_by(Event.id)).all()
    assert (revisions, acts) == (1, [Act.SUBMIT, HistoryAct.REPLACE_CODE])
