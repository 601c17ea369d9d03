"""A member of staff makes an account from a one-time link, and a link back opens one that was lost."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from portal.database import transaction
from portal.domain.permissions import ReadingLevel, Role
from portal.extensions import db
from portal.models import Staff
from portal.operations.staff.accounts import invite_first_admin, invite_staff, issue_renewal_link
from tests.support.factories import make_staff
from tests.support.plain_browser import find_form, send_form
from tests.support.staff import PASSWORD, account_of, finish_second_factor, make_account, press, sign_in

pytestmark = pytest.mark.either_database

EMAIL = "oksana@example.org"


@pytest.fixture
def link(app: Flask) -> str:
    """The path of an invitation as moderator."""
    with app.app_context(), transaction() as session:
        return "/account/invitation/" + invite_staff(
            session, role=Role.MODERATOR, by=None, at=datetime.now(UTC)
        )


def fill_invitation(client: FlaskClient, link: str, **changes: str) -> tuple[int, str, str]:
    """Send the invitation's form; return status, page and where it leads."""
    values = {
        "name": "Оксана Коваль",
        "email": EMAIL,
        "locale": "uk",
        "languages-0-language": "uk",
        "languages-0-reading": "native",
        "new_password": PASSWORD,
        "new_password_confirm": PASSWORD,
        **changes,
    }
    answer = send_form(client, link, values, follow=False)
    return answer.status_code, answer.text, answer.headers.get("Location", "")


def test_an_invited_person_makes_an_account_and_reaches_the_desk(
    app: Flask, client: FlaskClient, link: str
) -> None:
    fill_invitation(client, link)
    assert finish_second_factor(client) == "/desk/"


def test_the_new_account_has_what_was_typed(app: Flask, client: FlaskClient, link: str) -> None:
    fill_invitation(client, link)
    made = account_of(app, EMAIL)
    assert (made.name, made.role, made.locale, [(one.tag, one.reading) for one in made.languages]) == (
        "Оксана Коваль",
        Role.MODERATOR,
        "uk",
        [("uk", ReadingLevel.NATIVE)],
    )


def test_a_new_account_is_not_signed_in_before_the_second_factor(client: FlaskClient, link: str) -> None:
    fill_invitation(client, link)
    assert client.get("/account/").status_code == 303


@pytest.mark.parametrize(
    ("invited_in", "menu", "shown"), [("uk", "", "uk"), ("uk", "zh-tw", "zh-Hant-TW"), ("", "", "en")]
)
def test_an_invitation_is_read_in_the_language_it_was_made_for(
    app: Flask, client: FlaskClient, invited_in: str, menu: str, shown: str
) -> None:
    with app.app_context(), transaction() as session:
        token = invite_staff(session, role=Role.EDITOR, by=None, at=datetime.now(UTC), locale=invited_in)
    link = f"/account/invitation/{token}"
    if menu:
        client.get(f"{link}?set-language={menu}")
    page = client.get(link, headers={"Accept-Language": "en"})
    chosen = find_form(page.text, field="new_password")["values"]["locale"]
    assert (page.headers["Content-Language"], f'<html lang="{shown}"' in page.text, chosen) == (
        shown,
        True,
        shown,
    )


def test_a_link_back_is_read_in_the_language_of_the_account(app: Flask, client: FlaskClient) -> None:
    with app.app_context(), transaction() as session:
        lost = make_staff(session, Role.EDITOR)
        lost.locale = "uk"
        token = issue_renewal_link(session, lost, by=None, at=datetime.now(UTC))
    page = client.get(f"/account/invitation/{token}", headers={"Accept-Language": "en"})
    assert page.headers["Content-Language"] == "uk"


def test_a_link_works_once(client: FlaskClient, link: str) -> None:
    fill_invitation(client, link)
    assert client.get(link).status_code == 404


def test_a_link_works_for_seven_days_only(client: FlaskClient, link: str) -> None:
    with time_machine.travel(datetime.now(UTC) + timedelta(days=7, seconds=1), tick=True):
        assert client.get(link).status_code == 404


def test_a_wrong_link_is_a_page_that_says_what_to_do(client: FlaskClient) -> None:
    page = client.get("/account/invitation/wrong")
    assert (page.status_code, "Ask for a new link." in page.text) == (404, True)


@pytest.mark.parametrize(
    "changes",
    [
        {"new_password": "too short", "new_password_confirm": "too short"},
        {"new_password_confirm": "correct horse battery stable"},
        {"new_password": "story portal moderator", "new_password_confirm": "story portal moderator"},
        {"email": "no address"},
        {"name": " "},
        {"locale": "fr"},
    ],
)
def test_a_wrong_answer_keeps_the_link_good(client: FlaskClient, link: str, changes: dict[str, str]) -> None:
    assert (fill_invitation(client, link, **changes)[0], client.get(link).status_code) == (422, 200)


def test_a_mistake_keeps_the_languages_chosen(client: FlaskClient, link: str) -> None:
    _status, page, _where = fill_invitation(client, link, name="")
    assert find_form(page, field="new_password")["values"]["languages-0-language"] == "uk"


def test_an_address_of_somebody_else_is_refused(client: FlaskClient, link: str, moderator: str) -> None:
    assert fill_invitation(client, link, email=moderator.upper())[0] == 422


COLLEAGUE = "Оксана Коваль"
ALIKE = "Oксaнa  Koвaль"
"""With Latin O, a, K."""
TAKEN = "Somebody on the desk has this name, or one that looks just like it."


@pytest.fixture
def colleague(app: Flask) -> str:
    """The name of somebody who has left the desk: what they decided is still signed with it."""
    with app.app_context(), transaction() as session:
        make_staff(session, Role.EDITOR, name=COLLEAGUE).active = False
    return COLLEAGUE


@pytest.mark.parametrize("name", [COLLEAGUE, ALIKE])
def test_nobody_joins_under_a_name_that_looks_like_a_colleagues(
    client: FlaskClient, link: str, colleague: str, name: str
) -> None:
    status, page, _where = fill_invitation(client, link, name=name)
    again = fill_invitation(client, link, name=f"{colleague} (Львів)")
    assert (status, page.count(TAKEN), again[0]) == (422, 2, 302)


@pytest.mark.usefixtures("colleague")
def test_nobody_renames_themselves_to_a_name_that_looks_like_a_colleagues(
    app: Flask, client: FlaskClient, moderator: str
) -> None:
    sign_in(client, moderator)
    before = account_of(app, moderator).name
    answers = [send_form(client, "/account/", {"name": name}, field="name") for name in (ALIKE, before)]
    statuses = [answer.status_code for answer in answers]
    assert (statuses, account_of(app, moderator).name) == ([422, 200], before)


def test_the_address_of_an_invitation_cannot_be_changed(app: Flask, client: FlaskClient) -> None:
    with app.app_context(), transaction() as session:
        token = invite_staff(session, role=Role.EDITOR, by=None, at=datetime.now(UTC), email=EMAIL)
    fill_invitation(client, f"/account/invitation/{token}", email="other@example.org")
    with app.app_context():
        assert db.session.scalars(select(Staff.email)).all() == [EMAIL]


def test_opening_an_invitation_keeps_nothing(app: Flask, client: FlaskClient, link: str) -> None:
    client.get(link)
    with app.app_context():
        assert db.session.scalar(select(func.count(Staff.id))) == 0


def test_the_first_admin_gets_a_link_only_while_there_is_none(app: Flask) -> None:
    make_account(app, Role.ADMIN)
    with app.app_context(), transaction() as session:
        assert invite_first_admin(session, at=datetime.now(UTC)) is None


def test_a_link_back_sets_password_and_second_factor_anew(
    app: Flask, client: FlaskClient, moderator: str
) -> None:
    with app.app_context(), transaction() as session:
        token = issue_renewal_link(session, account_of(app, moderator), by=None, at=datetime.now(UTC))
    tried = [
        send_form(
            client, f"/account/invitation/{token}", {"new_password": one, "new_password_confirm": one}
        ).status_code
        for one in (moderator, "a quite different password")
    ]
    assert (tried, finish_second_factor(client)) == ([422, 200], "/desk/")


def test_the_picture_to_scan_is_drawn_in_the_page(client: FlaskClient, link: str) -> None:
    fill_invitation(client, link)
    shown = press(client, "/account/second-factor", "/second-factor").text
    assert (shown.count('<svg xmlns="http://www.w3.org/2000/svg" role="img"'), "data:" in shown) == (1, False)
