"""Sessions end where and when they should; codes open once, and passwords are guessed slowly."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from flask_security import hash_password
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal.database import transaction
from portal.domain.lanes import CONFIRMATIONS, SIGN_INS
from portal.domain.permissions import Role
from portal.extensions import Portal, db
from portal.mail.deliver import FolderCarrier, deliver_due
from portal.models import OutboxMail, Staff, StaffSession
from portal.operations.keeping import require_room
from portal.operations.signing_in import queue_account_notice
from portal.operations.staffing import assign, deactivate
from portal.queries.staff import find_staff_by_email
from portal.web.hashing import CappedHashing, count_slots
from tests.bad_input import heading_of
from tests.conftest import close_connections, make_own
from tests.staff import PASSWORD, SECRET, make_account, press, read_code, sign_in
from tests.walk import find_form, read_forms, send_form

pytestmark = pytest.mark.either_database

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 Version/18.0 Safari/604.1"
ANOTHER = "seven quiet lamps over Kharkiv"
AT_ONCE = 2


@pytest.fixture
def moderator(app: Flask) -> str:
    """The address of a moderator who can sign in."""
    return make_account(app, Role.MODERATOR)


def read_token(client: FlaskClient) -> str:
    """Return what names the session in the cookie of a browser."""
    with client.session_transaction() as cookie:
        return str(cookie.get("sid", ""))


def copy_cookie(client: FlaskClient) -> FlaskClient:
    """Return a browser with the same cookie: what a thief has."""
    thief = client.application.test_client()
    stolen = client.get_cookie("portal")
    assert stolen is not None
    thief.set_cookie("portal", stolen.value)
    return thief


def change(app: Flask, email: str, act: Callable[[Staff], object]) -> None:
    """Do something to an account, as a colleague does elsewhere."""
    with app.app_context(), transaction() as session:
        staff = find_staff_by_email(session, email)
        assert staff is not None
        act(staff)


def is_in(client: FlaskClient) -> bool:
    """Say whether the browser is signed in."""
    return client.get("/account/").status_code == 200


@pytest.fixture
def other_node(app: Flask) -> Iterator[Flask]:
    """A second web node on the same database and instance folder."""
    portal: Portal = app.extensions["portal"]
    node = make_own(portal.settings)
    node.testing = True
    yield node
    close_connections(node)


def test_signing_in_again_names_the_session_anew(client: FlaskClient, moderator: str) -> None:
    sign_in(client, moderator)
    first, thief = read_token(client), copy_cookie(client)
    press(client, "/account/", "/sign-out")
    sign_in(client, moderator)
    assert (read_token(client) == first, is_in(client), is_in(thief)) == (False, True, False)


def test_a_cookie_copied_before_signing_out_opens_nothing_after_it(
    client: FlaskClient, moderator: str
) -> None:
    sign_in(client, moderator)
    thief = copy_cookie(client)
    press(client, "/account/", "/sign-out")
    assert (is_in(client), is_in(thief)) == (False, False)


def test_the_database_keeps_no_token_that_opens_anything(
    app: Flask, client: FlaskClient, moderator: str
) -> None:
    sign_in(client, moderator)
    with app.app_context():
        kept = db.session.scalars(select(StaffSession.token_hash)).all()
    assert (len(kept), read_token(client) in kept) == (1, False)


def test_confirming_the_password_names_the_session_anew(client: FlaskClient, moderator: str) -> None:
    sign_in(client, moderator)
    thief = copy_cookie(client)
    send_form(client, "/account/confirm", {"password": PASSWORD})
    assert (is_in(client), is_in(thief)) == (True, False)


def test_confirming_the_password_does_not_prolong_the_twelve_hours(
    client: FlaskClient, moderator: str
) -> None:
    start = datetime.now(UTC)
    sign_in(client, moderator)
    for minutes in range(20, 12 * 60, 20):
        with time_machine.travel(start + timedelta(minutes=minutes), tick=True):
            client.get("/account/password")
    with time_machine.travel(start + timedelta(hours=11, minutes=50), tick=True):
        confirmed = send_form(client, "/account/confirm", {"password": PASSWORD}, follow=False)
    with time_machine.travel(start + timedelta(hours=12, minutes=1), tick=True):
        assert (confirmed.status_code, is_in(client)) == (302, False)


def test_a_session_ended_elsewhere_is_refused_on_the_other_node_at_its_next_request(
    app: Flask, other_node: Flask, moderator: str
) -> None:
    here, there = app.test_client(), other_node.test_client()
    with time_machine.travel(datetime.now(UTC) - timedelta(minutes=1), tick=True):
        sign_in(there, moderator)
    before = is_in(there)
    sign_in(here, moderator)
    press(here, "/account/", "/end")
    assert (before, is_in(there), is_in(here)) == (True, False, True)


def test_the_account_names_the_browsers_one_is_signed_in_with(app: Flask, moderator: str) -> None:
    phone, desk = app.test_client(), app.test_client()
    phone.environ_base["HTTP_USER_AGENT"], desk.environ_base["HTTP_USER_AGENT"] = SAFARI, FIREFOX
    sign_in(phone, moderator)
    sign_in(desk, moderator)
    page = desk.get("/account/").text
    ends = [form["action"] for form in read_forms(page) if form["action"].endswith("/end")]
    found = [page.count(name) for name in ("Safari, iPhone", "Firefox, Windows", "the one you use now")]
    assert (found, len(ends)) == ([1, 1, 1], 1)


def test_nobody_ends_a_session_of_somebody_else(app: Flask, client: FlaskClient, moderator: str) -> None:
    colleague = app.test_client()
    sign_in(colleague, make_account(app, Role.EDITOR))
    with app.app_context():
        foreign = db.session.scalars(select(StaffSession.public_id)).one()
    sign_in(client, moderator)
    form = find_form(client.get("/account/").text, action="/end-sessions")
    client.post(f"/account/sessions/{foreign}/end", data=form["values"])
    assert is_in(colleague)


def change_password(client: FlaskClient) -> None:
    typed = {"password": PASSWORD, "new_password": ANOTHER, "new_password_confirm": ANOTHER}
    send_form(client, "/account/password", typed)


def move_second_factor(client: FlaskClient) -> None:
    """Set up another authenticator app."""
    shown = press(client, "/account/second-factor", "/second-factor")
    key = shown.text.partition("<code>")[2].partition("</code>")[0]
    form = find_form(shown.text, field="code")
    client.post(form["action"], data={**form["values"], "code": read_code(key, step=1)})


@pytest.mark.parametrize("act", [change_password, move_second_factor])
def test_another_way_to_sign_in_ends_all_sessions_but_the_own_one(
    app: Flask, client: FlaskClient, moderator: str, act: Callable[[FlaskClient], None]
) -> None:
    other = app.test_client()
    sign_in(other, moderator)
    sign_in(client, moderator)
    thief = copy_cookie(client)
    act(client)
    assert (is_in(client), is_in(other), is_in(thief)) == (True, False, False)


def make_recovery_codes(client: FlaskClient) -> None:
    send_form(client, "/account/recovery-codes", {"generate_new_codes": "yes"})


@pytest.mark.parametrize("act", [change_password, move_second_factor, make_recovery_codes])
def test_the_person_hears_by_mail_of_another_way_to_sign_in(
    app: Flask, client: FlaskClient, moderator: str, act: Callable[[FlaskClient], None]
) -> None:
    sign_in(client, moderator)
    act(client)
    with app.app_context():
        waiting = db.session.execute(
            select(OutboxMail.kind, Staff.email).join(Staff, Staff.id == OutboxMail.staff_id)
        ).all()
    assert [tuple(one) for one in waiting] == [("account", moderator)]


def test_that_mail_goes_to_the_account_in_its_language_and_names_nothing(
    app: Flask, moderator: str, tmp_path: Path
) -> None:
    portal: Portal = app.extensions["portal"]

    def notify(staff: Staff) -> None:
        staff.locale = "en"
        queue_account_notice(db.session(), staff, at=datetime.now(UTC))

    change(app, moderator, notify)
    with app.app_context():
        sent = deliver_due(portal, FolderCarrier(tmp_path), clock=lambda: datetime.now(UTC))
    (file,) = tmp_path.glob("*.eml")
    mail = message_from_bytes(file.read_bytes())
    links = [line for line in str(mail.get_payload()).splitlines() if line.startswith("http")]
    assert (sent, mail["To"], mail["Subject"], links) == (
        1,
        moderator,
        "Story portal: how you sign in has changed",
        ["http://localhost/account/"],
    )


def test_another_role_ends_the_session_at_the_next_request(
    app: Flask, client: FlaskClient, moderator: str
) -> None:
    sign_in(client, moderator)
    at = datetime.now(UTC)
    change(
        app,
        moderator,
        lambda staff: assign(db.session(), staff, role=Role.EDITOR, coverages=[], by=None, at=at),
    )
    assert not is_in(client)


def test_a_closed_account_is_out_at_the_next_request(app: Flask, client: FlaskClient, moderator: str) -> None:
    sign_in(client, moderator)
    at = datetime.now(UTC)
    change(app, moderator, lambda staff: deactivate(db.session(), staff, by=None, at=at))
    assert not is_in(client)


def give_password(app: Flask, email: str) -> FlaskClient:
    """Return a browser in which the password was entered, and no code yet."""
    client = app.test_client()
    send_form(client, "/account/sign-in", {"email": email, "password": PASSWORD})
    return client


def send_at_once(clients: list[FlaskClient], address: str, code: str) -> list[str]:
    """Send the same code from several browsers at the same moment; return where each one is led."""
    forms = [find_form(client.get(address).text, field="code") for client in clients]
    start = threading.Barrier(len(clients))

    def send(client: FlaskClient, form: dict[str, dict[str, str]]) -> str:
        start.wait()
        return client.post(address, data={**form["values"], "code": code}).headers.get("Location", "")

    with ThreadPoolExecutor(len(clients)) as pool:
        return list(pool.map(send, clients, forms))


def test_one_code_on_two_nodes_at_once_signs_in_once(app: Flask, other_node: Flask, moderator: str) -> None:
    clients = [give_password(node, moderator) for node in (app, other_node)]
    led = send_at_once(clients, "/account/code", read_code())
    assert (sorted(led), sorted(is_in(client) for client in clients)) == (["", "/desk/"], [False, True])


def test_one_recovery_code_on_two_nodes_at_once_signs_in_once(
    app: Flask, other_node: Flask, client: FlaskClient, moderator: str
) -> None:
    sign_in(client, moderator)
    page = send_form(client, "/account/recovery-codes", {"generate_new_codes": "yes"}).text
    code = page.partition("<code>")[2].partition("</code>")[0]
    clients = [give_password(node, moderator) for node in (app, other_node)]
    led = send_at_once(clients, "/account/recovery-code", code)
    assert (sorted(led), sorted(is_in(one) for one in clients)) == (["", "/desk/"], [False, True])


def test_recovery_codes_cannot_be_guessed_one_after_another(
    app: Flask, client: FlaskClient, moderator: str
) -> None:
    sign_in(client, moderator)
    page = send_form(client, "/account/recovery-codes", {"generate_new_codes": "yes"}).text
    code = page.partition("<code>")[2].partition("</code>")[0]
    guesser = give_password(app, moderator)
    for _attempt in range(5):
        send_form(guesser, "/account/recovery-code", {"code": "0000-0000-0000"})
    assert send_form(guesser, "/account/recovery-code", {"code": code}, follow=False).status_code == 200


def test_wrong_passwords_in_any_number_leave_the_owner_in_and_keep_nobody_out_for_long(
    app: Flask, client: FlaskClient, moderator: str, pytestconfig: pytest.Config
) -> None:
    wrong = 10_000 if pytestconfig.getoption("full") else 20
    sign_in(client, moderator)
    attacker, owner = app.test_client(), app.test_client()
    with time_machine.travel(datetime.now(UTC), tick=False) as clock:
        form = find_form(attacker.get("/account/sign-in").text, field="password")
        guess = {**form["values"], "email": moderator, "password": "wrong" * 4}
        for _attempt in range(wrong):
            attacker.post("/account/sign-in", data=guess)
        stays = is_in(client)
        clock.shift(timedelta(seconds=60))
        answer = sign_in(owner, moderator)
    assert (stays, answer.headers["Location"]) == (True, "/desk/")


def fill_site(app: Flask) -> None:
    """Let others have tried as many passwords as there is room for."""
    with app.app_context(), transaction() as session:
        for _attempt in range(SIGN_INS.burst):
            require_room(session, "sign_in", at=datetime.now(UTC), rule=SIGN_INS)


@pytest.mark.parametrize("address", ["/account/sign-in", "/account/code", "/account/recovery-code"])
def test_when_the_whole_site_is_tried_nothing_is_computed_for_a_second(
    app: Flask, client: FlaskClient, moderator: str, address: str
) -> None:
    halfway = give_password(app, moderator)
    client = client if address.endswith("sign-in") else halfway
    form = find_form(client.get(address).text, field="csrf_token")
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=5), tick=False):
        fill_site(app)
        answer = client.post(address, data={**form["values"], "email": moderator, "password": PASSWORD})
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1")


def test_a_second_later_there_is_room_again(app: Flask, client: FlaskClient, moderator: str) -> None:
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=5), tick=False) as clock:
        fill_site(app)
        clock.shift(timedelta(seconds=1))
        typed = {"email": moderator, "password": PASSWORD}
        answer = send_form(client, "/account/sign-in", typed, follow=False)
    assert answer.status_code == 302


def test_whoever_sits_at_an_open_desk_cannot_try_passwords_for_long(
    app: Flask, client: FlaskClient, moderator: str
) -> None:
    sign_in(client, moderator)
    with time_machine.travel(datetime.now(UTC), tick=False):
        for _attempt in range(CONFIRMATIONS.burst):
            send_form(client, "/account/confirm", {"password": "wrong" * 4})
        answers = [
            send_form(client, "/account/confirm", {"password": PASSWORD}),
            send_form(client, "/account/password", {"password": PASSWORD, "new_password": ANOTHER}),
        ]
    assert [one.text.count("This was tried very often.") for one in answers] == [1, 1]


class CountedHashing:
    """A password context that counts what it computes."""

    def __init__(self, context: CappedHashing) -> None:
        self._context, self.count = context, 0

    def hash(self, password: str) -> str:
        self.count += 1
        return self._context.hash(password)

    def verify(self, password: str, hashed: str) -> bool:
        self.count += 1
        return self._context.verify(password, hashed)

    def __getattr__(self, name: str) -> object:
        return getattr(self._context, name)


@pytest.fixture
def counted(app: Flask) -> Iterator[CountedHashing]:
    security = app.extensions["security"]
    usual = security.pwd_context
    security.pwd_context = CountedHashing(usual)
    yield security.pwd_context
    security.pwd_context = usual


def close_account(app: Flask, client: FlaskClient, email: str) -> str:
    change(app, email, lambda staff: setattr(staff, "active", False))
    return email


def hold_account(app: Flask, client: FlaskClient, email: str) -> str:
    def hold(staff: Staff) -> None:
        staff.failed_sign_ins, staff.failed_since = 5, datetime.now(UTC)

    change(app, email, hold)
    return email


def name_nobody(app: Flask, client: FlaskClient, email: str) -> str:
    return "nobody@example.org"


def send_password(client: FlaskClient, email: str, password: str) -> tuple[int, str]:
    answer = send_form(client, "/account/sign-in", {"email": email, "password": password}, follow=False)
    return answer.status_code, "\n".join(
        line for line in answer.text.splitlines() if "csrf_token" not in line and 'name="email"' not in line
    )


@pytest.mark.parametrize("arrange", [close_account, hold_account, name_nobody])
def test_no_answer_tells_whether_there_is_such_an_account(
    app: Flask,
    client: FlaskClient,
    moderator: str,
    counted: CountedHashing,
    arrange: Callable[[Flask, FlaskClient, str], str],
) -> None:
    wrong = (*send_password(client, moderator, "wrong" * 4), counted.count)
    email = arrange(app, client, moderator)
    counted.count = 0
    assert (*send_password(client, email, PASSWORD), counted.count) == wrong


def test_as_many_passwords_are_hashed_at_once_as_there_are_cores() -> None:
    slots = {
        (cores, workers): count_slots(workers=workers, cores=cores) for cores in (1, 8) for workers in (1, 4)
    }
    assert slots == {(1, 1): 1, (1, 4): 1, (8, 1): 8, (8, 4): 2}


class Crowd:
    """A password context in which people meet; it notes how many were inside at once."""

    def __init__(self) -> None:
        self.inside, self.most = 0, 0
        self._lock = threading.Lock()
        self._met = threading.Barrier(AT_ONCE, timeout=5)

    def verify(self, password: str, hashed: str) -> bool:
        with self._lock:
            self.inside += 1
            self.most = max(self.most, self.inside)
        self._met.wait()
        with self._lock:
            self.inside -= 1
        return password == hashed


def test_no_more_passwords_are_hashed_at_once_and_the_others_wait() -> None:
    crowd = Crowd()
    hashing = CappedHashing(crowd, slots=AT_ONCE)
    with ThreadPoolExecutor(3 * AT_ONCE) as pool:
        answers = list(pool.map(hashing.verify, "aaaaaa", "ababab"))
    assert (answers, crowd.most) == ([True, False] * 3, AT_ONCE)


def test_without_the_cap_more_are_hashed_at_once() -> None:
    crowd = Crowd()
    hashing = CappedHashing(crowd, slots=3 * AT_ONCE)
    start = threading.Barrier(AT_ONCE + 1)
    crowd._met = threading.Barrier(AT_ONCE + 1, timeout=5)  # noqa: SLF001  # one more than may be inside

    def verify(_number: int) -> bool:
        start.wait()
        return hashing.verify("a", "a")

    with ThreadPoolExecutor(AT_ONCE + 1) as pool:
        list(pool.map(verify, range(AT_ONCE + 1)))
    assert crowd.most == AT_ONCE + 1


def test_a_sign_in_that_waited_too_long_is_told_to_come_back(
    app: Flask, client: FlaskClient, moderator: str
) -> None:
    security = app.extensions["security"]
    usual = security.pwd_context
    security.pwd_context = full = CappedHashing(usual, slots=1, patience=0.01)
    try:
        with full.turn():
            answer: TestResponse = send_form(
                client, "/account/sign-in", {"email": moderator, "password": PASSWORD}
            )
    finally:
        security.pwd_context = usual
    assert (answer.status_code, heading_of(answer.text), answer.headers["Retry-After"]) == (
        503,
        "We are overloaded",
        "60",
    )


def test_nothing_of_the_database_is_held_while_a_password_is_hashed(
    app: Flask, client: FlaskClient, moderator: str
) -> None:
    security = app.extensions["security"]
    usual = security.pwd_context
    seen: list[bool] = []

    class Watching(CountedHashing):
        def verify(self, password: str, hashed: str) -> bool:
            seen.append(db.session().in_transaction())
            return super().verify(password, hashed)

    security.pwd_context = Watching(usual)
    try:
        send_form(client, "/account/sign-in", {"email": moderator, "password": PASSWORD})
    finally:
        security.pwd_context = usual
    assert seen == [False]


def test_the_hash_of_a_password_is_of_the_strength_that_is_asked_for(app: Flask) -> None:
    with app.app_context():
        assert hash_password(PASSWORD).startswith("$argon2id$v=19$m=47104,t=1,p=1$")


@pytest.mark.parametrize(
    "weak",
    [
        "passwordpassword",
        "123456789012345",
        "qwertyuiopasdfgh",
        "aaaaaaaaaaaaaaaa",
        "too short",
        "x1Й漢" * 33,
    ],
)
def test_a_password_that_is_guessed_early_is_refused(client: FlaskClient, moderator: str, weak: str) -> None:
    sign_in(client, moderator)
    typed = {"password": PASSWORD, "new_password": weak, "new_password_confirm": weak}
    send_form(client, "/account/password", typed)
    assert send_password(client.application.test_client(), moderator, PASSWORD)[0] == 302


def test_a_password_made_of_the_own_address_is_refused(client: FlaskClient, moderator: str) -> None:
    sign_in(client, moderator)
    typed = {"password": PASSWORD, "new_password": moderator, "new_password_confirm": moderator}
    send_form(client, "/account/password", typed)
    assert send_password(client.application.test_client(), moderator, PASSWORD)[0] == 302


def test_the_secret_of_the_second_factor_is_shown_to_nobody_later(
    client: FlaskClient, moderator: str
) -> None:
    sign_in(client, moderator)
    assert client.get("/account/second-factor").text.count(SECRET) == 0


def test_the_instance_folder_is_closed_to_others(app: Flask) -> None:
    portal: Portal = app.extensions["portal"]
    folder = Path(portal.instance.folder)
    assert folder.stat().st_mode & 0o077 == 0
