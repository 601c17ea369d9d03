"""A member of staff makes an account from a one-time link, signs in, and looks after the account."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from portal.database import transaction
from portal.domain.permissions import Role
from portal.domain.staff import Reading
from portal.extensions import db
from portal.models import Staff
from portal.operations.staffing import first_admin_invitation, invite, invite_back
from portal.queries.staff import find_staff_by_email
from tests.factories import make_staff
from tests.staff import PASSWORD, SECRET, make_account, press, read_code, sign_in
from tests.walk import find_form, send_form

pytestmark = pytest.mark.either_database

EMAIL = "oksana@example.org"


@pytest.fixture
def link(app: Flask) -> str:
    """The path of an invitation as moderator."""
    with app.app_context(), transaction() as session:
        return "/account/invitation/" + invite(session, role=Role.MODERATOR, by=None, at=datetime.now(UTC))


@pytest.fixture
def moderator(app: Flask) -> str:
    """The address of a moderator who can sign in."""
    return make_account(app, Role.MODERATOR)


def account_of(app: Flask, email: str) -> Staff:
    with app.app_context():
        staff = find_staff_by_email(db.session(), email)
        assert staff is not None
        assert staff.languages is not None
        return staff


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


def finish_second_factor(client: FlaskClient) -> str:
    """Set the authenticator app up as the pages ask; return where the last one leads."""
    shown = press(client, "/account/second-factor", "/second-factor")
    key = re.search(r"<code>([A-Z0-9 -]+)</code>", shown.text)
    assert key is not None
    form = find_form(shown.text, field="code")
    answer = client.post(form["action"], data={**form["values"], "code": read_code(key[1])})
    return answer.headers["Location"]


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
        [("uk", Reading.NATIVE)],
    )


def test_a_new_account_is_not_signed_in_before_the_second_factor(client: FlaskClient, link: str) -> None:
    fill_invitation(client, link)
    assert client.get("/account/").status_code == 303


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
        token = invite(session, role=Role.EDITOR, by=None, at=datetime.now(UTC), email=EMAIL)
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
        assert first_admin_invitation(session, at=datetime.now(UTC)) is None


def test_password_and_code_open_the_desk(client: FlaskClient, moderator: str) -> None:
    assert sign_in(client, moderator).headers["Location"] == "/desk/"


def test_signing_in_leads_back_to_the_page_one_wanted(client: FlaskClient, moderator: str) -> None:
    wanted = client.get("/account/").headers["Location"]
    first = send_form(client, wanted, {"email": moderator, "password": PASSWORD}, follow=False)
    second = send_form(client, first.headers["Location"], {"code": read_code()}, follow=False)
    assert second.headers["Location"] == "/account/"


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "////evil.example/"])
def test_a_way_to_another_site_is_refused(client: FlaskClient, moderator: str, target: str) -> None:
    assert _sign_in_towards(client, moderator, target).status_code == 200


def test_a_backslash_leads_nowhere_else(client: FlaskClient, moderator: str) -> None:
    first = _sign_in_towards(client, moderator, "/\\evil.example")
    second = send_form(client, first.headers["Location"], {"code": read_code()}, follow=False)
    assert second.headers["Location"] == "/%5Cevil.example"


def _sign_in_towards(client: FlaskClient, email: str, target: str) -> TestResponse:
    form = find_form(client.get("/account/sign-in").text, field="password")
    values = {**form["values"], "email": email, "password": PASSWORD}
    return client.post("/account/sign-in", query_string={"next": target}, data=values)


def test_a_password_alone_opens_nothing(client: FlaskClient, moderator: str) -> None:
    send_form(client, "/account/sign-in", {"email": moderator, "password": PASSWORD})
    assert client.get("/account/").status_code == 303


def test_wrong_password_and_unknown_address_are_answered_alike(client: FlaskClient, moderator: str) -> None:
    known = send_form(client, "/account/sign-in", {"email": moderator, "password": "wrong" * 4})
    unknown = send_form(client, "/account/sign-in", {"email": "nobody@example.org", "password": "wrong" * 4})
    hide = re.compile(r'value="[^"]*"')
    assert hide.sub("", known.text) == hide.sub("", unknown.text)


def test_a_code_that_was_used_is_refused_even_after_a_newer_one(app: Flask, moderator: str) -> None:
    first, second = read_code(), read_code(step=1)
    outcomes = []
    for code in (first, second, first):
        client = app.test_client()
        send_form(client, "/account/sign-in", {"email": moderator, "password": PASSWORD})
        outcomes.append(send_form(client, "/account/code", {"code": code}, follow=False).status_code)
    assert outcomes == [302, 302, 200]


def test_a_remember_me_field_is_ignored(client: FlaskClient, moderator: str) -> None:
    form = find_form(client.get("/account/sign-in").text, field="password")
    client.post(
        "/account/sign-in", data={**form["values"], "email": moderator, "password": PASSWORD, "remember": "y"}
    )
    send_form(client, "/account/code", {"code": read_code()})
    assert client.get_cookie("remember_token") is None


def test_after_five_wrong_passwords_even_the_right_one_waits(client: FlaskClient, moderator: str) -> None:
    for _attempt in range(5):
        send_form(client, "/account/sign-in", {"email": moderator, "password": "wrong" * 4})
    held = send_form(client, "/account/sign-in", {"email": moderator, "password": PASSWORD}, follow=False)
    assert held.status_code == 200


def test_a_minute_after_wrong_passwords_the_owner_can_sign_in(client: FlaskClient, moderator: str) -> None:
    for _attempt in range(7):
        send_form(client, "/account/sign-in", {"email": moderator, "password": "wrong" * 4})
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=61), tick=True):
        again = send_form(
            client, "/account/sign-in", {"email": moderator, "password": PASSWORD}, follow=False
        )
    assert again.status_code == 302


def test_codes_cannot_be_guessed_one_after_another(client: FlaskClient, moderator: str) -> None:
    send_form(client, "/account/sign-in", {"email": moderator, "password": PASSWORD})
    for _attempt in range(5):
        send_form(client, "/account/code", {"code": "000000"})
    assert send_form(client, "/account/code", {"code": read_code()}, follow=False).status_code == 200


def test_a_recovery_code_opens_the_desk_once(app: Flask, client: FlaskClient, moderator: str) -> None:
    sign_in(client, moderator)
    page = send_form(client, "/account/recovery-codes", {"generate_new_codes": "yes"}).text
    code = re.findall(r"<code>([0-9a-f-]+)</code>", page)[0]
    outcomes = []
    for _attempt in range(2):
        visitor = app.test_client()
        send_form(visitor, "/account/sign-in", {"email": moderator, "password": PASSWORD})
        outcomes.append(
            send_form(visitor, "/account/recovery-code", {"code": code}, follow=False).status_code
        )
    assert outcomes == [302, 200]


def test_a_lost_device_offers_recovery_codes_and_sends_no_mail(client: FlaskClient, moderator: str) -> None:
    send_form(client, "/account/sign-in", {"email": moderator, "password": PASSWORD})
    form = find_form(client.get("/account/code").text, field="code")
    asked = client.post("/account/code/lost", data={**form["values"], "help_setup": "help"})
    assert (asked.status_code, 'href="/account/recovery-code"' in asked.text) == (200, True)


def test_changing_the_account_is_kept(app: Flask, client: FlaskClient, moderator: str) -> None:
    sign_in(client, moderator)
    form = find_form(client.get("/account/").text, field="shortcuts")
    values = {key: value for key, value in form["values"].items() if key != "shortcuts"}
    changed = {
        **values,
        "name": "Юрій",
        "locale": "zh-Hant-TW",
        "languages-0-language": "",
        "languages-1-reading": "gist",
    }
    client.post("/account/", data=changed)
    kept = account_of(app, moderator)
    languages = {one.tag: one.reading for one in kept.languages}
    gone, lowered = values["languages-0-language"], values["languages-1-language"]
    assert (kept.name, kept.locale, kept.shortcuts, gone in languages, languages[lowered]) == (
        "Юрій",
        "zh-Hant-TW",
        False,
        False,
        Reading.GIST,
    )


def test_of_a_language_named_twice_the_better_reading_is_kept(
    app: Flask, client: FlaskClient, moderator: str
) -> None:
    sign_in(client, moderator)
    rows = {f"languages-{row}-language": "uk" for row in range(3)}
    readings = {
        "languages-0-reading": "gist",
        "languages-1-reading": "native",
        "languages-2-reading": "reads",
    }
    send_form(client, "/account/", {**rows, **readings}, field="name")
    assert [(one.tag, one.reading) for one in account_of(app, moderator).languages] == [
        ("uk", Reading.NATIVE)
    ]


def test_the_account_page_is_in_the_language_of_the_account(
    app: Flask, client: FlaskClient, moderator: str
) -> None:
    sign_in(client, moderator)
    send_form(client, "/account/", {"locale": "uk"}, field="name")
    assert client.get("/account/").headers["Content-Language"] == "uk"


def test_signing_out_closes_the_desk(client: FlaskClient, moderator: str) -> None:
    sign_in(client, moderator)
    press(client, "/account/", "/sign-out")
    assert client.get("/account/").status_code == 303


def test_signing_out_everywhere_ends_the_other_browser(
    app: Flask, client: FlaskClient, moderator: str
) -> None:
    other = app.test_client()
    sign_in(other, moderator)
    sign_in(client, moderator)
    press(client, "/account/", "/end-sessions")
    assert other.get("/account/").status_code == 303


def test_half_an_hour_away_signs_out(client: FlaskClient, moderator: str) -> None:
    sign_in(client, moderator)
    client.get("/account/")
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=31), tick=True):
        assert client.get("/account/").status_code == 303


def test_twelve_hours_after_signing_in_the_desk_closes_whatever_one_does(
    client: FlaskClient, moderator: str
) -> None:
    start = datetime.now(UTC)
    sign_in(client, moderator)
    outcomes = []
    for minutes in range(20, 12 * 60 + 40, 20):
        with time_machine.travel(start + timedelta(minutes=minutes), tick=True):
            outcomes.append(client.get("/account/").status_code)
    assert (outcomes[:-3], outcomes[-1]) == ([200] * (len(outcomes) - 3), 303)


def test_a_changed_password_is_the_one_that_counts(client: FlaskClient, app: Flask, moderator: str) -> None:
    sign_in(client, moderator)
    fresh = "a quite different password"
    typed = {"password": PASSWORD, "new_password": fresh, "new_password_confirm": fresh}
    send_form(client, "/account/password", typed)
    visitor = app.test_client()
    outcomes = [
        send_form(
            visitor, "/account/sign-in", {"email": moderator, "password": one}, follow=False
        ).status_code
        for one in (PASSWORD, fresh)
    ]
    assert outcomes == [200, 302]


def test_moving_to_another_device_replaces_the_first_one(
    app: Flask, client: FlaskClient, moderator: str
) -> None:
    sign_in(client, moderator)
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=60), tick=True):
        moved = finish_second_factor(client)
        visitor = app.test_client()
        send_form(visitor, "/account/sign-in", {"email": moderator, "password": PASSWORD})
        old_device = send_form(visitor, "/account/code", {"code": read_code(SECRET, step=1)}, follow=False)
    assert (moved, old_device.status_code) == ("/account/", 200)


def test_changing_the_device_long_after_signing_in_asks_for_the_password(
    client: FlaskClient, moderator: str
) -> None:
    sign_in(client, moderator)
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=20), tick=True):
        asked = client.get("/account/second-factor").headers["Location"]
        after = send_form(client, asked, {"password": PASSWORD}, follow=False)
    assert (asked.split("?")[0], after.headers["Location"]) == ("/account/confirm", "/account/second-factor")


def test_a_link_back_sets_password_and_second_factor_anew(
    app: Flask, client: FlaskClient, moderator: str
) -> None:
    with app.app_context(), transaction() as session:
        token = invite_back(session, account_of(app, moderator), by=None, at=datetime.now(UTC))
    fresh = "a quite different password"
    typed = {"new_password": fresh, "new_password_confirm": fresh}
    send_form(client, f"/account/invitation/{token}", typed)
    assert finish_second_factor(client) == "/desk/"


def test_the_picture_to_scan_is_drawn_in_the_page(client: FlaskClient, link: str) -> None:
    fill_invitation(client, link)
    shown = press(client, "/account/second-factor", "/second-factor").text
    assert (shown.count('<svg xmlns="http://www.w3.org/2000/svg" role="img"'), "data:" in shown) == (1, False)


def test_an_expired_page_changes_nothing_and_says_so(client: FlaskClient, moderator: str) -> None:
    sent = client.post("/account/sign-in", data={"email": moderator, "password": PASSWORD})
    assert (sent.status_code, "Nothing was changed." in sent.text) == (400, True)


def test_a_token_in_an_address_or_header_signs_nobody_in(
    app: Flask, client: FlaskClient, moderator: str
) -> None:
    with app.test_request_context():
        staff = find_staff_by_email(db.session(), moderator)
        assert staff is not None
        token = staff.get_auth_token()
    assert isinstance(token, str)
    answered = client.get(f"/desk/?auth_token={token}", headers={"Authentication-Token": token})
    assert (answered.status_code, answered.location.partition("?")[0]) == (303, "/account/sign-in")
