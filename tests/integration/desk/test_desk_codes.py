"""A code of the desk: two people give it out, it waits, its author can refuse it, it is not the author."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from portal.database import transaction
from portal.domain.acts import Act
from portal.domain.deadlines import round_to_hour
from portal.domain.desk_codes import CodeState
from portal.domain.errors import IllegalTransition, MissingText, NotPermitted
from portal.domain.permissions import Role
from portal.domain.receipt_code import group_code, is_well_formed
from portal.extensions import current_portal, db
from portal.mail.compose import write_letter
from portal.models import (
    AccessLink,
    AuditEntry,
    Base,
    ContributorSession,
    DeskCode,
    Event,
    OutboxMail,
    Staff,
    Submission,
)
from portal.operations.desk.desk_codes import ask_for_code, call_off_code, confirm_code, refuse_code
from portal.operations.erasure import erase
from portal.operations.private.access import replace_code
from portal.operations.private.lost_code import send_links
from tests.support.concurrency import act_at_once, meeting_before
from tests.support.contributor import MY, Contributor, status_of
from tests.support.desk_codes import (
    LONG_AGO,
    REASON,
    Desk,
    asks_proof,
    come_with_code,
    enter,
    give_code_of,
    list_acts,
    opens,
    read_code,
    send_other,
    send_risk,
)
from tests.support.factories import ADDRESS, make_sending, make_staff
from tests.support.plain_browser import find_form, send_form
from tests.support.staff import enter as sign_in

HOURS = timedelta(hours=1)
ONE_DATABASE = pytest.mark.either_database


@pytest.fixture
def author(app: Flask, at: datetime) -> Contributor:
    """Somebody who has sent a pitch with an address and words about a risk."""
    person = Contributor(app, app.test_client(), at)
    person.send(sending=send_risk())
    return person


def count_mail(app: Flask, kind: str = "desk_code") -> int:
    with app.app_context():
        mails = select(func.count()).select_from(OutboxMail).where(OutboxMail.kind == kind)
        return db.session.scalar(mails) or 0


@pytest.fixture
def desk(app: Flask, author: Contributor) -> Desk:
    return Desk(app, author.submission_id)


@ONE_DATABASE
def test_asking_makes_no_code(app: Flask, desk: Desk) -> None:
    page = desk.ask().text
    with app.app_context():
        made = db.session.scalars(select(DeskCode)).one()
        kept = (made.state, made.code_hash, made.reason, made.confirmed_by_id)
    assert (read_code(page), kept) == ("", (CodeState.ASKED, None, REASON, None))


@ONE_DATABASE
def test_a_second_person_confirms_and_alone_sees_the_code_once(app: Flask, desk: Desk) -> None:
    desk.ask()
    code = read_code(desk.press(1, "confirm").text)
    pages = "".join(one.get(f"{desk.page}{end}").text for one in desk.people for end in ("", "/code"))
    assert (is_well_formed(code), [pages.count(text) for text in (code, group_code(code))]) == (True, [0, 0])


@ONE_DATABASE
def test_who_asked_is_not_offered_to_confirm_and_the_other_is(desk: Desk) -> None:
    desk.ask()
    assert [desk.offers(who) for who in (0, 1)] == [["call-off"], ["confirm", "call-off"]]


@ONE_DATABASE
def test_who_asked_cannot_confirm(app: Flask, desk: Desk) -> None:
    desk.ask()
    answer = desk.press(0, "confirm")
    with app.app_context():
        state = db.session.scalars(select(DeskCode.state)).one()
    assert (answer.status_code, read_code(answer.text), state) == (403, "", CodeState.ASKED)


@pytest.mark.parametrize("who", [0, 1])
@ONE_DATABASE
def test_either_calls_it_off(app: Flask, desk: Desk, who: int) -> None:
    desk.ask()
    desk.press(who, "call-off")
    assert [desk.offers(one) for one in (0, 1)] == [["code"], ["code"]]
    assert list_acts(app)[-1][0] == "call_off_code"


@ONE_DATABASE
def test_both_enter_the_password_anew_first(app: Flask, desk: Desk) -> None:
    fresh, late = desk.people, [sign_in(app.test_client(), known, ago=16 * 60) for known in desk.known]
    desk.people = late
    asked = desk.ask()
    desk.people = fresh
    desk.ask()
    desk.people = late
    confirmed = desk.press(1, "confirm")
    assert [(one.status_code, "confirm-password" in one.text) for one in (asked, confirmed)] == [
        (403, True)
    ] * 2
    assert [act for act, *_ in list_acts(app)] == [Act.SUBMIT, "ask_code"]


@ONE_DATABASE
def test_an_open_request_stands_on_the_page_of_the_submission(desk: Desk) -> None:
    desk.ask()
    pages = [person.get(desk.page).text for person in desk.people]
    assert [page.partition('id="history"')[0].count(REASON) for page in pages] == [1, 1]
    assert [page.count("Confirm it or call it off") for page in pages] == [0, 1]
    assert pages[1].count("Story moderator asked for a new code for the author on") == 1


@ONE_DATABASE
def test_a_request_lapses_after_seven_days(app: Flask, author: Contributor, at: datetime) -> None:
    code_id = ask(app, author, at - timedelta(days=7))
    with pytest.raises(IllegalTransition):
        confirm(app, author, code_id, at)
    ask(app, author, at)


@ONE_DATABASE
def test_a_code_stands_nowhere_in_the_database(app: Flask, author: Contributor, at: datetime) -> None:
    code = give_code_of(app, author.submission_id, at=at)
    with app.app_context():
        rows = [row for table in Base.metadata.sorted_tables for row in db.session.execute(select(table))]
    assert [row for row in rows if code in str(row) or group_code(code) in str(row)] == []


@ONE_DATABASE
def test_without_a_reason_nothing_is_asked(app: Flask, desk: Desk) -> None:
    answer = desk.ask(reason=" ")
    with app.app_context():
        made = db.session.scalar(select(func.count()).select_from(DeskCode))
    assert (answer.status_code, made) == (422, 0)


@ONE_DATABASE
def test_whoever_may_not_read_the_text_finds_no_such_page(app: Flask, desk: Desk) -> None:
    with app.app_context(), transaction() as session:
        for person in session.scalars(select(Staff)):
            person.coverages = []
    assert [person.get(f"{desk.page}/code").status_code for person in desk.people] == [404, 404]


@ONE_DATABASE
def test_passers_by_are_asked_to_sign_in(app: Flask, desk: Desk) -> None:
    assert app.test_client().get(f"{desk.page}/code").status_code == 303


@ONE_DATABASE
def test_history_and_log_name_both_people(app: Flask, desk: Desk) -> None:
    desk.ask()
    desk.press(1, "confirm")
    history = desk.people[0].get(desk.page).text.partition('id="history"')[2]
    said = ("New code requested", REASON, "New code issued", "requested by Story moderator")
    with app.app_context():
        log = db.session.execute(
            select(AuditEntry.act, Staff.name)
            .join(Staff, Staff.public_id == AuditEntry.actor)
            .order_by(AuditEntry.seq)
        ).all()
    assert ([history.count(one) for one in said], [tuple(row) for row in log]) == (
        [1, 1, 1, 1],
        [("ask_code", "Story moderator"), ("replace_code", "Story editor")],
    )


def test_of_two_confirmations_at_once_one_counts(app: Flask, desk: Desk) -> None:
    desk.people.append(desk.sign_in(Role.ADMIN))
    desk.ask()
    presses: list[Callable[[], TestResponse]] = []
    for person in desk.people[1:]:
        form = find_form(person.get(f"{desk.page}/code").text, action="/confirm")
        presses.append(partial(person.post, form["action"], data=form["values"]))
    with meeting_before("UPDATE desk_code", app):
        answers = act_at_once(presses)
    codes = [code for one in answers if (code := read_code(one.text))]
    assert (sorted(one.status_code for one in answers), len(codes)) == ([200, 409], 1)


# By the operations


def by(app: Flask, place: int) -> int:
    """Return the number of one of two colleagues, made when they are first needed."""
    with app.app_context(), transaction() as session:
        while (session.scalar(select(func.count()).select_from(Staff)) or 0) <= place:
            make_staff(session, Role.MODERATOR)
        return list(session.scalars(select(Staff.id).order_by(Staff.id)))[place]


def ask(app: Flask, person: Contributor, at: datetime, *, who: int = 0, reason: str = REASON) -> int:
    staff_id = by(app, who)
    with app.app_context(), transaction() as session:
        submission, colleague = (
            session.get_one(Submission, person.submission_id),
            session.get_one(Staff, staff_id),
        )
        return ask_for_code(session, submission, by=colleague, reason=reason, at=at).id


def confirm(app: Flask, person: Contributor, code_id: int, at: datetime, *, who: int = 1) -> str:
    staff_id, instance = by(app, who), app.extensions["portal"].instance
    with app.app_context(), transaction() as session:
        return confirm_code(
            session,
            session.get_one(Submission, person.submission_id),
            session.get_one(DeskCode, code_id),
            by=session.get_one(Staff, staff_id),
            keys=instance.keys,
            receipt_secret=instance.receipt_secret,
            at=at,
        )


@ONE_DATABASE
def test_one_person_makes_no_code(app: Flask, author: Contributor, at: datetime) -> None:
    with pytest.raises(NotPermitted):
        confirm(app, author, ask(app, author, at), at, who=0)


@ONE_DATABASE
def test_a_reason_of_spaces_is_none(app: Flask, author: Contributor, at: datetime) -> None:
    with pytest.raises(MissingText):
        ask(app, author, at, reason=" ")


@ONE_DATABASE
def test_one_code_at_a_time_is_under_way(app: Flask, author: Contributor, at: datetime) -> None:
    ask(app, author, at)
    with pytest.raises(IllegalTransition):
        ask(app, author, at, who=1)


@ONE_DATABASE
def test_what_was_confirmed_is_not_confirmed_again(app: Flask, author: Contributor, at: datetime) -> None:
    code_id = ask(app, author, at)
    confirm(app, author, code_id, at)
    with pytest.raises(IllegalTransition):
        confirm(app, author, code_id, at, who=2)


@ONE_DATABASE
def test_an_erased_text_gets_no_code_and_keeps_none(app: Flask, author: Contributor, at: datetime) -> None:
    code_id = ask(app, author, at)
    with app.app_context(), transaction() as session:
        erase(session, session.get_one(Submission, author.submission_id), by=None, at=at)
        assert session.get(DeskCode, code_id) is None
    with pytest.raises(IllegalTransition):
        ask(app, author, at)


# The wait


@pytest.mark.parametrize(("ago", "is_open"), [(0 * HOURS, False), (47 * HOURS, False), (48 * HOURS, True)])
@ONE_DATABASE
def test_where_an_address_is_on_file_the_code_opens_nothing_for_two_days(
    app: Flask,
    author: Contributor,
    at: datetime,
    ago: timedelta,
    *,
    is_open: bool,
) -> None:
    code = give_code_of(app, author.submission_id, at=at - ago)
    with time_machine.travel(at, tick=False):
        assert opens(app, code) == [is_open]


@ONE_DATABASE
def test_a_code_that_waits_is_told_from_a_wrong_one_to_who_has_it(
    app: Flask, author: Contributor, at: datetime
) -> None:
    code = give_code_of(app, author.submission_id, at=at)
    with time_machine.travel(at, tick=False):
        waiting = send_form(app.test_client(), MY, {"code": code}).text
        wrong = send_form(app.test_client(), MY, {"code": code[::-1]}).text
    told = "This code is right, but it does not work before "
    assert [told in waiting, told in wrong] == [True, False]


@ONE_DATABASE
def test_where_mail_is_switched_off_it_waits_all_the_same_and_sends_none(
    app: Flask, author: Contributor, at: datetime
) -> None:
    with app.app_context(), transaction() as session:
        session.get_one(Submission, author.submission_id).wants_mail = False
    code = give_code_of(app, author.submission_id, at=at)
    with time_machine.travel(at, tick=False):
        assert (opens(app, code), count_mail(app)) == ([False], 0)


@ONE_DATABASE
def test_without_an_address_it_opens_at_once_to_who_has_to_prove_something(app: Flask, at: datetime) -> None:
    person = send_other(app, at, send_risk(address=""))
    code = give_code_of(app, person.submission_id, at=at)
    with time_machine.travel(at, tick=False):
        browser = enter(app, code)
        assert browser is not None
        assert (asks_proof(browser.get(MY).text), count_mail(app)) == (True, 0)


@ONE_DATABASE
def test_where_nothing_can_be_proved_it_waits_and_opens_everything_then(app: Flask, at: datetime) -> None:
    person = send_other(app, at, make_sending(address=""))
    code = give_code_of(app, person.submission_id, at=at)
    with time_machine.travel(at + 47 * HOURS, tick=False):
        assert opens(app, code) == [False]
    with time_machine.travel(at + 48 * HOURS, tick=False):
        browser = enter(app, code)
        assert browser is not None
        assert (asks_proof(browser.get(MY).text), browser.get(f"{MY}/data").status_code) == (False, 200)


@ONE_DATABASE
def test_the_own_code_goes_on_working_until_the_new_one_is_used(
    app: Flask, author: Contributor, at: datetime
) -> None:
    code = give_code_of(app, author.submission_id, at=at - LONG_AGO)
    with time_machine.travel(at, tick=False):
        assert opens(app, author.code, code, author.code, code) == [True, True, False, True]


@ONE_DATABASE
def test_with_its_first_use_pages_and_links_of_before_are_closed(
    app: Flask, author: Contributor, at: datetime
) -> None:
    with time_machine.travel(at, tick=False):
        author.enter()
        with app.app_context(), transaction() as session:
            send_links(session, ADDRESS, at=at, receipt_secret=current_portal().instance.receipt_secret)
        come_with_code(app, author.submission_id, at=at)
        with app.app_context():
            left = [
                db.session.scalar(select(func.count()).select_from(table))
                for table in (ContributorSession, AccessLink)
            ]
        assert (left, status_of(author.client.get(MY).text)) == ([1, 0], "")


@ONE_DATABASE
def test_a_code_its_author_takes_ends_the_one_under_way(
    app: Flask, author: Contributor, at: datetime
) -> None:
    code = give_code_of(app, author.submission_id, at=at - LONG_AGO)
    with app.app_context(), transaction() as session:
        submission = session.get_one(Submission, author.submission_id)
        own = replace_code(
            session, submission, at=at, receipt_secret=current_portal().instance.receipt_secret
        )
    with time_machine.travel(at, tick=False):
        assert opens(app, author.code, code, own) == [False, False, True]


@ONE_DATABASE
def test_a_code_that_was_called_off_opens_nothing(app: Flask, author: Contributor, at: datetime) -> None:
    code = give_code_of(app, author.submission_id, at=at - LONG_AGO)
    with app.app_context(), transaction() as session:
        made, someone = session.scalars(select(DeskCode)).one(), session.scalars(select(Staff)).first()
        assert someone is not None
        call_off_code(session, session.get_one(Submission, author.submission_id), made, by=someone, at=at)
    with time_machine.travel(at, tick=False):
        assert opens(app, code, author.code) == [False, True]


# The author is warned, and refuses


@ONE_DATABASE
def test_the_address_on_file_hears_of_it_at_once(app: Flask, author: Contributor, at: datetime) -> None:
    give_code_of(app, author.submission_id, at=at)
    with app.app_context():
        mail = db.session.scalars(select(OutboxMail).where(OutboxMail.kind == "desk_code")).one()
        assert (mail.locale, mail.run_at) == ("uk", round_to_hour(at))


@pytest.mark.parametrize("lang", ["en", "uk", "zh-Hant-TW"])
@ONE_DATABASE
def test_the_mail_says_what_to_do_and_nothing_of_the_text(app: Flask, lang: str) -> None:
    with app.app_context():
        letter = write_letter("desk_code", lang, base_url="https://portal.example.org", site_name="Story")
    links = re.findall(r"https://\S+", letter.body)
    named = {"en": "“This was not me”", "uk": "«Це не я»", "zh-Hant-TW": "「這不是我」"}[lang]
    assert ([link.rpartition("/")[2] for link in links], letter.body.count(named)) == (["my"], 1)


@ONE_DATABASE
def test_while_it_waits_the_author_reads_of_it_and_refuses_it(
    app: Flask, author: Contributor, at: datetime
) -> None:
    code = give_code_of(app, author.submission_id, at=at)
    with time_machine.travel(at + HOURS, tick=False):
        author.enter()
        page = author.client.get(MY).text
        form = find_form(page, action="/refuse")
        answer = author.client.post(form["action"], data=form["values"], follow_redirects=True)
    with time_machine.travel(at + LONG_AGO, tick=False):
        opened = opens(app, code, author.code)
    assert (page.count("A new code for this page"), answer.text.count("A new code for this page")) == (1, 0)
    assert (opened, list_acts(app)[-1]) == ([False, True], ("refuse_code", True, None))


@ONE_DATABASE
def test_the_desk_reads_that_the_author_refused_it(app: Flask, desk: Desk, author: Contributor) -> None:
    desk.ask()
    desk.press(1, "confirm")
    author.enter()
    form = find_form(author.client.get(MY).text, action="/refuse")
    author.client.post(form["action"], data=form["values"])
    page = desk.people[0].get(desk.page).text
    assert page.count("The author has refused the new code") == 1
    assert page.partition('id="history"')[2].count("New code refused by the author") == 1


@ONE_DATABASE
def test_refusing_twice_is_refusing_once_and_a_used_code_is_too_late(
    app: Flask, author: Contributor, at: datetime
) -> None:
    give_code_of(app, author.submission_id, at=at - LONG_AGO)
    with app.app_context(), transaction() as session:
        submission, code = (
            session.get_one(Submission, author.submission_id),
            session.scalars(select(DeskCode)).one(),
        )
        for _ in range(2):
            refuse_code(session, submission, code, at=at)
        acts = [act for act in session.scalars(select(Event.act)) if act == "refuse_code"]
        code.state = CodeState.IN_USE
        session.flush()
        with pytest.raises(IllegalTransition):
            refuse_code(session, submission, code, at=at)
    assert acts == ["refuse_code"]
