"""Headers of every kind of answer, of the application and of the web server in front of it."""

import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError
from werkzeug.datastructures import Headers
from werkzeug.test import TestResponse

from portal.app import create_app
from portal.config import Settings
from portal.domain.errors import StaleEdit
from portal.web.site.headers import CONTENT_SECURITY_POLICY as CSP
from tests.reliability.serving import Served, serve
from tests.security.accounts import fill_site
from tests.security.headers import Answer, WatchedClient, find_faults, read_raw
from tests.security.routes import Visitors, gather
from tests.support.plain_browser import find_form

pytestmark = pytest.mark.either_database

SIX_MEBIBYTES = "x" * (6 * 1024 * 1024)
BROKEN_PAGE = "public.help_page"
PATIENCE = 10


@pytest.fixture
def visitors(app: Flask) -> Visitors:
    return gather(app)


@pytest.fixture
def broken(app: Flask) -> Iterator[Callable[[Exception], str]]:
    """Lets a page fail with an error; gives its address."""
    whole = app.view_functions[BROKEN_PAGE]
    app.testing = False

    def break_page(error: Exception) -> str:
        def fail() -> str:
            raise error

        fail.__access__ = "open"  # type: ignore[attr-defined]  # as @access leaves it
        app.view_functions[BROKEN_PAGE] = fail
        return "/en/help"

    yield break_page
    app.view_functions[BROKEN_PAGE] = whole
    app.testing = True


ANSWERS: dict[str, tuple[int, Callable[[FlaskClient], TestResponse]]] = {
    "a page": (200, lambda client: client.get("/en/")),
    "the way to a language": (302, lambda client: client.get("/")),
    "the way to the sign-in": (303, lambda client: client.get("/desk/")),
    "another name of a language": (301, lambda client: client.get("/zh-TW/")),
    "a missing slash": (308, lambda client: client.get("/en")),
    "a page without a token": (400, lambda client: client.post("/en/my")),
    "a foreign host": (400, lambda client: client.get("/en/", headers={"Host": "evil.example"})),
    "no open page": (401, lambda client: client.post("/en/my/reply")),
    "no such page": (404, lambda client: client.get("/en/nowhere/")),
    "an address with NUL": (404, lambda client: client.get("/en/%00/")),
    "no such file": (404, lambda client: client.get("/static/css/nothing.css", buffered=True)),
    "a wrong method": (405, lambda client: client.delete("/en/")),
    "too much": (413, lambda client: client.post("/en/my", data={"code": SIX_MEBIBYTES})),
    "a file": (200, lambda client: client.get("/static/css/portal.css", buffered=True)),
    "a file one has": (
        304,
        lambda client: client.get(
            "/static/css/portal.css",
            headers={"If-None-Match": client.get("/static/css/portal.css", buffered=True).headers["ETag"]},
            buffered=True,
        ),
    ),
    "a part of a file": (
        206,
        lambda client: client.get("/static/css/portal.css", headers={"Range": "bytes=0-9"}, buffered=True),
    ),
    "no such part": (
        416,
        lambda client: client.get("/static/css/portal.css", headers={"Range": "bytes=9-1"}, buffered=True),
    ),
    "the methods of a page": (200, lambda client: client.options("/en/")),
    "only the head of a page": (200, lambda client: client.head("/en/")),
    "a page for a browser that packs": (
        200,
        lambda client: client.get("/en/", headers={"Accept-Encoding": "br, gzip"}),
    ),
}


@pytest.mark.parametrize("kind", ANSWERS)
def test_every_kind_of_answer_is_protected(client: FlaskClient, kind: str) -> None:
    status, ask = ANSWERS[kind]
    assert ask(client).status_code == status  # the client itself looks at the headers


def test_a_page_that_breaks_is_protected(client: FlaskClient, broken: Callable[[Exception], str]) -> None:
    assert client.get(broken(ZeroDivisionError())).status_code == 500


def test_a_database_that_does_not_answer_is_answered_for_with_the_same_protection(
    client: FlaskClient, broken: Callable[[Exception], str]
) -> None:
    error = OperationalError("SELECT", {}, RuntimeError("locked"))
    assert client.get(broken(error)).status_code == 503


def test_a_clash_of_two_people_is_answered_with_the_same_protection(
    client: FlaskClient, broken: Callable[[Exception], str]
) -> None:
    assert client.get(broken(StaleEdit())).status_code == 409


def test_too_many_sign_ins_are_answered_with_the_same_protection(app: Flask, client: FlaskClient) -> None:
    form = find_form(client.get("/account/sign-in").text, field="password")
    fill_site(app)
    assert client.post("/account/sign-in", data=form["values"]).status_code == 429


def test_every_download_is_protected_and_named_without_a_trace(visitors: Visitors) -> None:
    files = {
        "contributor": [
            ("/en/my/photos/{photo_id}/picture", "inline"),
            ("/en/my/documents/{file_id}/file", "attachment"),
            ("/en/my/documents/{file_id}/page", "inline"),
        ],
        "editor": [
            ("/desk/submission/{submission}/photo/{photo_id}", "inline"),
            ("/desk/submission/{submission}/document/{file_id}/file", "attachment"),
        ],
    }
    found = {
        address: (answer.status_code, answer.headers["Content-Disposition"].partition(";")[0] == how)
        for who, wanted in files.items()
        for address, how in wanted
        for answer in [visitors.client_of(who).get(address.format(**visitors.objects), buffered=True)]
    }
    assert set(found.values()) == {(200, True)}


GOOD = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": ("camera=(), microphone=(), geolocation=(), usb=(), clipboard-read=(), payment=()"),
    "Cache-Control": "no-store",
}
COOKIE = "portal=x; HttpOnly; Path=/; SameSite=Lax"
SEEDED: dict[str, dict[str, str | None]] = {
    "no policy": {"Content-Security-Policy": None},
    "a looser policy": {
        "Content-Security-Policy": CSP.replace("script-src 'self'", "script-src 'self' 'unsafe-inline'")
    },
    "a policy that is loosened later": {"Content-Security-Policy": f"script-src *; {CSP}"},
    "a policy without a directive": {"Content-Security-Policy": CSP.replace("; base-uri 'none'", "")},
    "two policies in one": {"Content-Security-Policy": f"{CSP}, default-src *"},
    "a value that is none": {"Cross-Origin-Embedder-Policy": "same-origin"},
    "guessing of types": {"X-Content-Type-Options": None},
    "a feature for everybody": {"Permissions-Policy": "camera=*"},
    "a page to be kept": {"Cache-Control": "private, max-age=60"},
    "a word about the software": {"Server": "gunicorn/23.0"},
    "a header nobody decided on": {"X-Powered-By": "Flask"},
    "a page for other sites": {"Access-Control-Allow-Origin": "*"},
    "the way to another site": {"Location": "//evil.example/"},
    "the way to another site by name": {"Location": "https://evil.example/"},
    "the way to another site by backslash": {"Location": "/\\evil.example"},
    "encryption asked for in clear": {"Strict-Transport-Security": "max-age=31536000; includeSubDomains"},
    "a cookie for scripts": {"Set-Cookie": COOKIE.replace("HttpOnly; ", "")},
    "a cookie for other sites": {"Set-Cookie": COOKIE.replace("Lax", "None")},
    "a cookie for a domain": {"Set-Cookie": f"{COOKIE}; Domain=example.org"},
    "a cookie of somebody else": {"Set-Cookie": COOKIE.replace("portal", "tracker")},
    "a name of a file": {"Content-Disposition": "attachment; filename*=UTF-8''%D0%9E"},
}


def make_answer(changes: dict[str, str | None], *, path: str = "/en/", secure: bool = False) -> Answer:
    named = {name: value for name, value in {**GOOD, **changes}.items() if value is not None}
    return Answer(200, Headers(list(named.items())), path, secure=secure)


def test_a_good_answer_has_no_fault() -> None:
    assert find_faults(make_answer({"Set-Cookie": COOKIE})) == []


@pytest.mark.parametrize("fault", SEEDED)
def test_a_fault_of_a_header_is_found(fault: str) -> None:
    assert len(find_faults(make_answer(SEEDED[fault]))) == 1


def test_a_header_that_stands_there_twice_is_found() -> None:
    answer = make_answer({})
    answer.headers.add("Referrer-Policy", "same-origin")
    assert find_faults(answer) == ["Referrer-Policy twice"]


def test_a_cookie_on_a_file_is_found() -> None:
    answer = make_answer({"Set-Cookie": COOKIE}, path="/static/css/portal.css")
    assert len(find_faults(answer)) == 1


def test_an_encrypted_answer_without_the_wish_to_stay_so_is_found() -> None:
    assert find_faults(make_answer({}, secure=True)) == ["no Strict-Transport-Security"]


def test_an_application_that_forgot_its_headers_is_found(tmp_path: Path) -> None:
    bare = Flask("bare")
    bare.add_url_rule("/", "start", lambda: "")
    bare.test_client_class = WatchedClient
    with pytest.raises(AssertionError, match="no Content-Security-Policy"):
        bare.test_client().get("/")


def test_a_view_that_takes_the_policy_away_is_found(tmp_path: Path) -> None:
    made = create_app(Settings(instance=tmp_path, base_url="http://localhost"))
    made.test_client_class = WatchedClient

    def forget(answer: Response) -> Response:
        del answer.headers["Referrer-Policy"]
        return answer

    # The last one to run: Flask goes through them backwards.
    made.after_request_funcs[None].insert(0, forget)
    with pytest.raises(AssertionError, match="no Referrer-Policy"):
        made.test_client().get("/static/css/portal.css", buffered=True)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """`portal serve`, as an operator runs it."""
    with serve(tmp_path_factory.mktemp("served"), workers=1) as running:
        yield running


def ask_over_the_line(served: Served, request: bytes) -> bytes:
    """Send bytes and return everything that comes back."""
    with closing(socket.create_connection(("127.0.0.1", served.port), timeout=PATIENCE)) as line:
        line.sendall(request)
        line.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: line.recv(65536), b""))


@pytest.mark.parametrize(
    ("start", "status"),
    [
        (b"GET /en/ HTTP/1.1", 200),
        (b"GET /static/css/portal.css HTTP/1.1", 200),
        (b"GET /static/css/portal.css?v=1 HTTP/1.1", 200),
        (b"GET /static/../../etc/passwd HTTP/1.1", 404),
        (b"GET /en/nowhere/at/all HTTP/1.1", 404),
        (b"TRACE /en/ HTTP/1.1", 405),
        (b"GET /Kanarka<script> HTTP/9.9", 400),
        (b"GET /" + b"Kanarka" * 1000 + b" HTTP/1.1", 414),
        (b"GET /en/ HTTP/1.1\r\nX-A: " + b"Kanarka" * 2000, 431),
        (b"GET /en/ HTTP/1.1\r\nKanarka", 400),
        (b"POST /en/my HTTP/1.1\r\nTransfer-Encoding: chunked, Kanarka\r\nContent-Length: 3", None),
    ],
    ids=[
        "page",
        "file",
        "kept file",
        "climbing",
        "nothing",
        "method",
        "version",
        "long",
        "large",
        "bad",
        "odd",
    ],
)
def test_the_web_server_protects_every_answer_and_repeats_nothing_sent(
    served: Served, start: bytes, status: int | None
) -> None:
    host = f"\r\nHost: 127.0.0.1:{served.port}\r\nConnection: close\r\n\r\n".encode()
    address = start.split()[1].decode()
    answer, body = read_raw(ask_over_the_line(served, start + host), address)
    said = (find_faults(answer), answer.headers["Server"], body.count("Kanarka"), body.count("gunicorn"))
    assert (answer.status == status or status is None, said) == (True, ([], "portal", 0, 0))


def test_an_address_that_is_too_long_is_answered_in_every_language(served: Served) -> None:
    host = f"\r\nHost: 127.0.0.1:{served.port}\r\nConnection: close\r\n\r\n".encode()
    long = b"GET /uk/?q=" + b"a" * 5000 + b" HTTP/1.1"
    _head, _, body = ask_over_the_line(served, long + host).partition(b"\r\n\r\n")
    assert body.decode().splitlines() == [
        "This address is too long. Go back and use the links there.",
        "Ця адреса задовга. Поверніться на попередню сторінку: там є потрібні посилання.",
        "網址太長。請返回上一頁，改用頁面上的連結。",
    ]
