"""A code of the desk: two colleagues who give one out, its author, and a browser that came with one."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from portal.database import transaction
from portal.domain.answers import SubmittedAnswers
from portal.domain.permissions import Role
from portal.domain.states import Stage
from portal.extensions import current_portal, db
from portal.models import Event, Staff, Submission
from portal.operations.desk.desk_codes import ask_for_code, confirm_code
from tests.support.bad_input import heading_of
from tests.support.contributor import MY, Contributor
from tests.support.factories import ADDRESS, make_sending, make_staff
from tests.support.plain_browser import find_form, read_forms, send_form
from tests.support.staff import enter as sign_in
from tests.support.staff import give_access

REASON = "Called; knew the second paragraph"
RISK = "Мій брат служить на сході"
LONG_AGO = timedelta(days=3)
OPEN_DOORS = {
    ("GET", "/en/my"), ("POST", "/en/my"), ("POST", "/en/my/leave"), ("POST", "/en/my/again"),
    ("GET", "/en/my/lost"), ("POST", "/en/my/lost"), ("GET", "/en/my/token"), ("GET", "/en/my/proof"),
    ("POST", "/en/my/prove"), ("POST", "/en/my/reply"),
}  # fmt: skip
"""What is not closed on such a page; a one-time link opens another one, if any."""
_DIGITS = re.compile(r'id="receipt-code"[^>]*>([^<]*)<')


def give_code(
    session: Session,
    submission: Submission,
    *,
    at: datetime,
    people: tuple[Staff, Staff] | None = None,
    reason: str = REASON,
) -> str:
    """Return a code that one person asked for and another one confirmed; it waits from `at` on."""
    first, second = people or (make_staff(session, Role.MODERATOR), make_staff(session, Role.MODERATOR))
    asked = ask_for_code(session, submission, by=first, reason=reason, at=at)
    instance = current_portal().instance
    return confirm_code(
        session,
        submission,
        asked,
        by=second,
        keys=instance.keys,
        receipt_secret=instance.receipt_secret,
        at=at,
    )


def give_code_of(app: Flask, submission_id: int, *, at: datetime) -> str:
    """Return a code for a text, given out at that moment."""
    with app.app_context(), transaction() as session:
        return give_code(session, session.get_one(Submission, submission_id), at=at)


def come_with_code(app: Flask, submission_id: int, *, at: datetime) -> FlaskClient:
    """Return a browser in which a code of the desk has opened the private page; it was given out days ago."""
    browser = app.test_client()
    code = give_code_of(app, submission_id, at=at - LONG_AGO)
    assert send_form(browser, "/en/my", {"code": code}).status_code == 200
    return browser


def send_risk(stage: Stage = Stage.PITCH, *, address: str = ADDRESS) -> SubmittedAnswers:
    sending = make_sending(stage, address=address, risk="yes")
    return SubmittedAnswers(
        sending.stage,
        sending.lang,
        sending.answers,
        {**sending.sealed, "risk_text": RISK},
        sending.consents,
    )


def send_other(app: Flask, at: datetime, sending: SubmittedAnswers) -> Contributor:
    person = Contributor(app, app.test_client(), at)
    person.send(sending=sending)
    return person


def enter(app: Flask, code: str) -> FlaskClient | None:
    """Return a browser in which the code has opened a page; None when it opens none."""
    browser = app.test_client()
    return browser if send_form(browser, MY, {"code": code}).status_code == 200 else None


def opens(app: Flask, *codes: str) -> list[bool]:
    return [enter(app, code) is not None for code in codes]


def asks_proof(page: str) -> bool:
    return any(form["action"].endswith("/prove") for form in read_forms(page))


def list_acts(app: Flask) -> list[tuple[str, bool, int | None]]:
    with app.app_context():
        events = db.session.scalars(select(Event).order_by(Event.id))
        return [(one.act, one.by_author, one.staff_id) for one in events]


def read_code(page: str) -> str:
    shown = _DIGITS.search(page)
    return shown[1].replace(" ", "") if shown else ""


def list_doors(app: Flask) -> Iterator[tuple[str, str]]:
    """Give method and address of every view of the private page; one-time links lead to another one."""
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith("/<lang:lang>/my") or "<token>" in rule.rule:
            continue
        address = rule.rule.replace("<lang:lang>", "en").replace(
            "<any(thread, check, photos):place>", "thread"
        )
        address = re.sub(r"<public_id:\w+>", "0" * 32, address)
        for method in {"GET", "POST"} & (rule.methods or set()):
            yield method, address


def list_closed_doors(app: Flask) -> set[tuple[str, str]]:
    """Return the views of the private page that are closed to an unproved code of the desk."""
    return set(list_doors(app)) - OPEN_DOORS


def press_door(browser: FlaskClient, method: str, address: str, token: str) -> tuple[int, str]:
    """Return how a view answers, and where it leads or what it is headed."""
    answer = browser.open(address, method=method, data={"csrf_token": token} if method == "POST" else None)
    return answer.status_code, answer.headers.get("Location") or heading_of(answer.text)


class Desk:
    """Two colleagues at their browsers, before the page where a code is asked for."""

    def __init__(self, app: Flask, submission_id: int) -> None:
        self.app = app
        self.known: list[str] = []
        self.people = [self.sign_in(role) for role in (Role.MODERATOR, Role.EDITOR)]
        with app.app_context():
            self.page = f"/desk/submission/{db.session.get_one(Submission, submission_id).public_id}"

    def sign_in(self, role: Role) -> FlaskClient:
        browser = self.app.test_client()
        with self.app.app_context(), transaction() as session:
            person = make_staff(session, role, name=f"Story {role.value}")
            give_access(person)
            self.known.append(person.fs_uniquifier)
        return sign_in(browser, self.known[-1])

    def ask(self, who: int = 0, reason: str = REASON) -> TestResponse:
        return send_form(self.people[who], f"{self.page}/code", {"reason": reason})

    def offers(self, who: int) -> list[str]:
        """Return what a person may do about the code: how the addresses of the forms end."""
        page = self.people[who].get(f"{self.page}/code").text
        ends = (form["action"].partition("?")[0].rpartition("/")[2] for form in read_forms(page))
        return [end for end in ends if end in ("code", "confirm", "call-off")]

    def press(self, who: int, end: str) -> TestResponse:
        form = find_form(self.people[1].get(f"{self.page}/code").text, action="/call-off")
        address = form["action"].replace("/call-off", f"/{end}")
        token = find_form(self.people[who].get(f"{self.page}/code").text, action="/call-off")["values"]
        return self.people[who].post(address, data=token, follow_redirects=True)
