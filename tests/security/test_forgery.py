"""Requests made elsewhere: without a token, from other sites, under other names; and ways to elsewhere."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask, redirect, request
from flask.testing import FlaskClient
from flask.typing import ResponseReturnValue

from portal.app import create_app
from portal.config import Settings
from portal.database import transaction
from portal.domain.languages import LOCALES
from portal.domain.permissions import Role
from portal.extensions import Portal
from portal.web.site.access import access
from tests.conftest import close_connections, make_own
from tests.security.forms import (
    Browsers,
    SeenForm,
    choose_kinds,
    find_changes,
    read_everything,
    read_post_forms,
    send,
)
from tests.security.headers import WatchedClient
from tests.security.routes import PEOPLE, Row, Visitors, list_rows, read_table
from tests.support.bad_input import FORGED, ONE_DATABASE, SHARED_ON_ONE
from tests.support.factories import make_staff
from tests.support.plain_browser import find_form, send_form
from tests.support.staff import PASSWORD, begin, carry, enter, make_account, read_code
from tests.support.world import World

SECURE = "https://stories.example.org"
ELSEWHERE = (
    "https://evil.example/",
    "//evil.example/",
    "///evil.example/",
    "////evil.example/",
    "/\\evil.example/",
    "\\\\evil.example/",
    "/\t/evil.example/",
    "\t//evil.example/",
    " //evil.example/",
    "http:evil.example",
    "http:/evil.example",
    "http:///evil.example/",
    "javascript:alert(1)",
    "java\tscript:alert(1)",
    "data:text/html,evil.example",
    "https://localhost@evil.example/",
    "https://localhost.evil.example/",
    "/desk/\r\nLocation: https://evil.example/",
    "/../\\evil.example",
    "／／evil.example/",  # full-width
)
NAMES = ("next", "to", "queue", "after", "back", "url", "return", "redirect", "continue")


@pytest.fixture
def visitors(browsers: Browsers) -> Visitors:
    return browsers.visitors


def list_unsafe(app: Flask) -> list[tuple[Row, str]]:
    """Return every route that changes something, with somebody who may."""
    table = read_table()
    return [
        (row, next((who for who in PEOPLE if table[row][who] == "yes"), PEOPLE[0]))
        for row in list_rows(app)
        if row.method == "POST"
    ]


def ask_unsafe(visitors: Visitors, kinds: Sequence[dict[str, Any]] = ({},), start: int = 0) -> dict[str, int]:
    """Send something to every route that changes something, in turns; return what was not refused."""
    found = {}
    for number, (row, who) in enumerate(list_unsafe(visitors.world.app), start):
        sent = kinds[number % len(kinds)]
        answer = visitors.client_of(who).post(visitors.address(row), buffered=True, **sent)
        if answer.status_code < 400:
            found[row.rule] = answer.status_code
    return found


def take_token(visitors: Visitors) -> str:
    """Return a good token: that of another browser."""
    page = visitors.world.app.test_client().get("/en/my").text
    (form,) = read_post_forms(page)
    return str(form["values"]["csrf_token"])


WITHOUT: tuple[dict[str, Any], ...] = (
    {"data": {"csrf_token": "{token}"}},
    {"headers": {"X-CSRFToken": "{token}"}},
    {"data": {"csrf_token": "IjAwIg.aaaaaa.bbbbbbbb"}},
    {"data": "csrf_token={token}", "content_type": "text/plain"},
    {"json": {"csrf_token": "{token}"}},
    {"data": b"\x00\xff", "content_type": "application/octet-stream"},
)
"""What is no token of the own browser; `{token}` is a good one of another browser."""


def fill_in(sent: Any, token: str) -> Any:
    if isinstance(sent, dict):
        return {name: fill_in(value, token) for name, value in sent.items()}
    return sent.replace("{token}", token) if isinstance(sent, str) else sent


@SHARED_ON_ONE
def test_nothing_changes_without_a_token(visitors: Visitors) -> None:
    for who in visitors.known:  # signing in is a change of its own
        visitors.client_of(who)
    before = read_everything(visitors.world.app)
    let_through = ask_unsafe(visitors)
    assert (let_through, find_changes(before, read_everything(visitors.world.app))) == ({}, [])


@SHARED_ON_ONE
def test_nothing_changes_with_a_token_that_is_not_ones_own(
    visitors: Visitors, pytestconfig: pytest.Config
) -> None:
    token = take_token(visitors)
    kinds = [fill_in(sent, token) for sent in WITHOUT]
    for who in visitors.known:
        visitors.client_of(who)
    before = read_everything(visitors.world.app)
    turns = range(len(kinds)) if pytestconfig.getoption("full") else (0,)
    let_through = [ask_unsafe(visitors, kinds, start) for start in turns]
    assert (
        any(let_through),
        find_changes(before, read_everything(visitors.world.app)),
    ) == (False, [])


@SHARED_ON_ONE
def test_without_the_check_of_tokens_the_same_requests_change_something(visitors: Visitors) -> None:
    app = visitors.world.app
    before = read_everything(app)
    app.config["WTF_CSRF_ENABLED"] = False
    try:
        ask_unsafe(visitors)
    finally:
        app.config["WTF_CSRF_ENABLED"] = True
    assert "staff" in find_changes(before, read_everything(app))


def test_a_form_without_a_token_is_found() -> None:
    page = '<form method="get"></form><form class="x" method="post" action="/"><input name="a"></form>'
    assert [form["names"] for form in read_post_forms(page)] == [{"a"}]


@pytest.fixture
def encrypted(shared_app: Flask) -> Iterator[Flask]:
    """The same portal under an encrypted address."""
    portal: Portal = shared_app.extensions["portal"]
    settings = portal.settings
    made = make_own(Settings(instance=settings.instance, database_url=settings.database_url, base_url=SECURE))
    made.test_client_class = WatchedClient
    yield made
    close_connections(made)


FOREIGN: tuple[dict[str, str], ...] = (
    {"Origin": "https://evil.example"},
    {"Origin": f"{SECURE}.evil.example"},
    {"Origin": SECURE.replace("https", "http")},
    {"Origin": f"{SECURE}:8443"},
    {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
    {"Origin": SECURE, "Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Referer": "https://evil.example/"},
    {"Referer": f"{SECURE}.evil.example/"},
)
"""What a browser says of pages that are not ours."""


@SHARED_ON_ONE
def test_an_encrypted_portal_takes_nothing_from_other_sites(
    shared_app: Flask, encrypted: Flask, visitors: Visitors, pytestconfig: pytest.Config
) -> None:
    """Every route is tried from one place after the other; with --full from each of them."""
    client = carry(encrypted.test_client(), begin(encrypted, visitors.known["editor"][0]), base_url=SECURE)
    (form, *_) = read_post_forms(client.get("/account/", base_url=SECURE).text)
    turns = range(len(FOREIGN)) if pytestconfig.getoption("full") else (0,)
    before = read_everything(shared_app)
    found = []
    for start in turns:
        for number, (row, _who) in enumerate(list_unsafe(shared_app), start):
            headers = FOREIGN[number % len(FOREIGN)]
            answer = client.post(
                visitors.address(row), data=form["values"], base_url=SECURE, headers=headers, buffered=True
            )
            if answer.status_code < 400:
                found.append((row.rule, headers, answer.status_code))
    assert (found, find_changes(before, read_everything(shared_app))) == ([], [])


def find_believing(visitors: Visitors, rows: Iterable[Row]) -> list[tuple[str, int]]:
    """Return the routes that answer to a name that is not ours, or repeat it, and how they answer to it."""
    forwarded = {"X-Forwarded-Host": FORGED, "X-Forwarded-Server": FORGED, "Forwarded": f"host={FORGED}"}
    believing = []
    for row in rows:
        client, address = visitors.client_of("admin"), visitors.address(row)
        refused = client.open(address, method=row.method, headers={"Host": FORGED}, buffered=True)
        plain = client.open(address, method=row.method, headers=forwarded, buffered=True)
        said = f"{plain.headers}{plain.get_data(as_text=False)!r}"
        if refused.status_code != 400 or FORGED in refused.text or FORGED in said:
            believing.append((row.rule, refused.status_code))
    return believing


@SHARED_ON_ONE
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_forged_name_reaches_no_answer(visitors: Visitors, method: str) -> None:
    rows = [row for row in list_rows(visitors.world.app) if row.method == method]
    assert find_believing(visitors, rows) == []


@access("open")
def repeat_name(**_named: object) -> str:
    """Stand in for a page that believes whoever forwards it."""
    return request.headers.get("X-Forwarded-Host", "")


def test_a_page_that_believes_a_forged_name_is_found(tmp_path: Path) -> None:
    made = create_app(Settings(instance=tmp_path, base_url="http://localhost"))
    made.view_functions["public.help_page"] = repeat_name
    client = made.test_client()
    visitors = Visitors(World(made, LOCALES[0]), {}, {"admin": client}, {})
    help_page = Row("public.help_page", "GET", "/<lang:lang>/help")
    assert find_believing(visitors, [help_page]) == [(help_page.rule, 400)]


def test_behind_a_proxy_a_name_that_is_not_ours_is_refused(tmp_path: Path) -> None:
    made = create_app(Settings(instance=tmp_path, base_url=SECURE, proxy_hops=1))
    made.test_client_class = WatchedClient
    told = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": FORGED}
    assert made.test_client().get("/en/help", headers=told, base_url=SECURE).status_code == 400


def test_more_proxies_than_there_are_cannot_be_claimed(tmp_path: Path) -> None:
    made = create_app(Settings(instance=tmp_path, base_url=SECURE, proxy_hops=1))
    made.test_client_class = WatchedClient
    told = {"X-Forwarded-Proto": "http, https", "X-Forwarded-Host": f"{FORGED}, stories.example.org"}
    answer = made.test_client().get("/en/help", headers=told, base_url=SECURE)
    assert (answer.status_code, FORGED in answer.text) == (200, False)


@SHARED_ON_ONE
def test_no_address_in_a_question_leads_to_another_site(visitors: Visitors) -> None:
    rows = [row for row in list_rows(visitors.world.app) if row.method == "GET" and row.endpoint != "static"]
    answers = [
        visitors.client_of("admin").get(
            visitors.address(row),
            query_string=dict.fromkeys(NAMES, ELSEWHERE[number % len(ELSEWHERE)]),
            buffered=True,
        )
        for number, row in enumerate(rows)
    ]
    # The client itself refuses an answer that leads elsewhere.
    assert [answer.status_code for answer in answers if answer.status_code >= 500] == []


@pytest.fixture
def editor(app: Flask) -> FlaskClient:
    """A browser in which an editor is signed in."""
    with app.app_context(), transaction() as session:
        known = make_staff(session, Role.EDITOR).fs_uniquifier
    return enter(app.test_client(), known)


@ONE_DATABASE
@pytest.mark.parametrize("target", ELSEWHERE)
def test_whoever_is_signed_in_already_is_led_to_no_other_site(editor: FlaskClient, target: str) -> None:
    # The client itself refuses an answer that leads elsewhere.
    answer = editor.get("/account/sign-in", query_string={"next": target})
    assert answer.status_code in (200, 302)


NO_PATHS = ["-2+3", "desk/", "..", "?view=open", "%2F%2Fevil.example"]


@ONE_DATABASE
@pytest.mark.parametrize("target", NO_PATHS)
def test_signing_out_towards_what_is_no_path_leads_to_the_desk(editor: FlaskClient, target: str) -> None:
    form = find_form(editor.get("/desk/").text, action="/account/sign-out")
    answer = editor.post(form["action"], query_string={"next": target}, data=form["values"])
    assert (answer.status_code, answer.location) == (302, "/desk/")


@ONE_DATABASE
@pytest.mark.parametrize("target", NO_PATHS)
def test_signing_in_towards_what_is_no_path_leads_to_the_desk(app: Flask, target: str) -> None:
    client, address = app.test_client(), f"/account/sign-in?{urlencode({'next': target})}"
    first = send_form(
        client, address, {"email": make_account(app, Role.EDITOR), "password": PASSWORD}, follow=False
    )
    second = send_form(client, first.headers["Location"], {"code": read_code()}, follow=False)
    assert (second.status_code, second.location) == (302, "/desk/")


@SHARED_ON_ONE
def test_every_form_carries_a_token_and_none_leads_to_another_site(
    browsers: Browsers, forms: Sequence[SeenForm]
) -> None:
    kinds = choose_kinds(forms)
    leading = [form for form in kinds if form.names & set(NAMES)]
    for number, form in enumerate(leading):
        target = ELSEWHERE[number % len(ELSEWHERE)]
        send(browsers, form, **dict.fromkeys(form.names & set(NAMES), target))
    bare = [form.endpoint for form in kinds if not form.has_token]
    assert (bare, len(kinds) > 50, len(leading) > 10) == ([], True, True)


SAID = (
    ({"Origin": "https://evil.example"}, "This was sent from another website"),
    ({"Origin": "http://localhost:8443"}, "This site does not recognise the address you opened it at"),
)


@SHARED_ON_ONE
def test_every_form_that_was_sent_elsewhere_says_so(browsers: Browsers, forms: Sequence[SeenForm]) -> None:
    silent = []
    for number, form in enumerate(choose_kinds(forms)):
        said, sentence = SAID[number % len(SAID)]
        headers = {**said, "Accept-Language": "en"}
        answer = browsers.open(form.who).post(form.address, data=form.values, headers=headers, buffered=True)
        if answer.status_code != 400 or sentence not in answer.text:
            silent.append((form.endpoint, form.address, answer.status_code))
    assert silent == []


@access("open")
def lead_anywhere(**_named: str) -> ResponseReturnValue:
    """Stand in for a view that believes the address."""
    return redirect(request.args.get("next", "/"))


def test_a_view_that_leads_anywhere_is_found(tmp_path: Path) -> None:
    made = create_app(Settings(instance=tmp_path, base_url="http://localhost"))
    made.test_client_class = WatchedClient
    made.view_functions["public.help_page"] = lead_anywhere
    client: FlaskClient = made.test_client()
    with pytest.raises(AssertionError, match="Location"):
        client.get("/en/help", query_string={"next": "//evil.example/"})
