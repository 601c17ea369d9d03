"""The language of an address: other spellings lead to ours, addresses without one to the reader's own."""

import re
from urllib.parse import unquote, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.domain.permissions import Role
from tests.support.bad_input import LANGUAGES, ONE_DATABASE
from tests.support.plain_browser import find_form
from tests.support.staff import PASSWORD, make_account, read_code, sign_in

pytestmark = ONE_DATABASE

COVERAGE = "/ukraine-taiwan"


def find_menu(page: str) -> dict[str, str]:
    """Return where the language menu leads, by language."""
    nav = page.partition('<nav class="languages"')[2].partition("</nav>")[0]
    found = re.findall(r'<a href="([^"]+)"[^>]* hreflang="([^"]+)"', nav)
    return {lang: address.replace("&amp;", "&") for address, lang in found}


def find_alternates(page: str) -> dict[str, str]:
    return {
        lang: urlsplit(address).path
        for lang, address in re.findall(r'<link rel="alternate" hreflang="([^"]+)" href="([^"]+)"', page)
    }


@pytest.mark.parametrize(
    ("spelt", "lang"),
    [
        ("UK", "uk"),
        ("Uk", "uk"),
        ("uk-ua", "uk"),
        ("uk-UA", "uk"),
        ("uk_UA", "uk"),
        ("ua", "uk"),
        ("ukr", "uk"),
        ("EN", "en"),
        ("en-gb", "en"),
        ("en-US", "en"),
        ("eng", "en"),
        ("zh", "zh-tw"),
        ("zh-TW", "zh-tw"),
        ("ZH-TW", "zh-tw"),
        ("zh_tw", "zh-tw"),
        ("zh-hk", "zh-tw"),
        ("zh-mo", "zh-tw"),
        ("zh-hant", "zh-tw"),
        ("zh_Hant_TW", "zh-tw"),
        ("zh-hant-tw", "zh-tw"),
        ("zh-cn", "zh-tw"),
        ("tw", "zh-tw"),
        ("cmn-Hant-TW", "zh-tw"),
        ("yue", "zh-tw"),
        ("nan-TW", "zh-tw"),
        ("crh-UA", "uk"),
        ("crh", "uk"),
        ("rue", "uk"),
    ],
)
def test_another_spelling_of_a_language_leads_to_the_same_page(
    client: FlaskClient, spelt: str, lang: str
) -> None:
    wish = {"Accept-Language": "en" if lang == "uk" else "uk"}
    rests = {
        "": "/",
        "/": "/",
        "/safety": "/safety",
        "/ukraine-taiwan/pitch?from=a%26b": "/ukraine-taiwan/pitch?from=a%26b",
    }
    found = [client.get(f"/{spelt}{rest}", headers=wish) for rest in rests]
    assert [(answer.status_code, answer.location) for answer in found] == [
        (301, f"/{lang}{rest}") for rest in rests.values()
    ]


@pytest.mark.parametrize("spelt", ["fr", "ru", "ru-UA", "be", "pl-PL", "ja", "sr-Latn"])
@pytest.mark.parametrize(("wish", "lang"), [("uk", "uk"), ("zh-TW", "zh-tw"), ("fr", "en"), ("", "en")])
def test_a_language_we_lack_leads_to_the_readers_own(
    client: FlaskClient, spelt: str, wish: str, lang: str
) -> None:
    answer = client.get(f"/{spelt}/safety?a=1", headers={"Accept-Language": wish})
    assert (answer.status_code, answer.location) == (302, f"/{lang}/safety?a=1")
    assert {"accept-language", "cookie"} <= {one.lower() for one in answer.vary}


@pytest.mark.parametrize(("wish", "lang"), [("uk", "uk"), ("cmn-Hant-TW", "zh-tw"), ("fr", "en")])
@pytest.mark.parametrize(
    "path",
    [
        "/safety",
        "/help",
        "/my",
        "/my/",
        "/my/lost",
        "/ukraine-taiwan/",
        "/ukraine-taiwan/pitch",
        "/ukraine-taiwan/story?a=1",
    ],
)
def test_an_address_without_a_language_leads_to_the_readers_own(
    opened: Flask, client: FlaskClient, path: str, wish: str, lang: str
) -> None:
    answer = client.get(path, headers={"Accept-Language": wish})
    assert (answer.status_code, answer.location) == (302, f"/{lang}{path}")
    assert {"accept-language", "cookie"} <= {one.lower() for one in answer.vary}


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("path", ["/", "/safety", "/help", "/ukraine-taiwan/"])
def test_the_address_for_everybody_else_negotiates(
    opened: Flask, client: FlaskClient, lang: str, path: str
) -> None:
    found = find_alternates(client.get(f"/{lang}{path}").text)
    assert found == {
        "en": f"/en{path}",
        "uk": f"/uk{path}",
        "zh-Hant-TW": f"/zh-tw{path}",
        "x-default": path,
    }
    answer = client.get(found["x-default"], headers={"Accept-Language": lang})
    assert (answer.status_code, answer.location) == (302, f"/{lang}{path}")


@pytest.mark.parametrize(
    "address",
    [
        "/zh-TW//evil.example/",
        "/fr//evil.example/",
        "/ua/%5C%5Cevil.example",
        "/fr/%0d%0aLocation:%20https://evil.example/",
        "/uk-ua/..//evil.example",
        "//evil.example/?set-language=uk",
        "/%2Fevil.example/?set-language=uk",
        "/en//evil.example?set-language=uk",
        "/en/help?set-language=https://evil.example/",
    ],
)
def test_no_spelling_leads_to_another_site_or_in_a_circle(client: FlaskClient, address: str) -> None:
    seen = [address]
    for _ in range(4):
        answer = client.get(seen[-1])
        if not answer.location:
            break
        parts = urlsplit(answer.location)
        assert (parts.netloc in ("", "localhost"), "\n" in answer.location) == (True, False)
        assert answer.location[:2] not in ("//", "/\\")
        seen.append(answer.location)
    assert not client.get(seen[-1]).location


def test_an_escaped_question_mark_stays_part_of_the_path(client: FlaskClient) -> None:
    assert client.get("/ua/a%3Fb").location == "/uk/a%3Fb"


def test_only_questions_are_led_on(client: FlaskClient) -> None:
    assert [client.post(path).status_code for path in ("/uk-ua/safety", "/fr/", "/safety")] == [404] * 3


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_chosen_language_is_remembered(client: FlaskClient, lang: str) -> None:
    menu = find_menu(client.get("/en/help").text)
    tag = {"en": "en", "uk": "uk", "zh-tw": "zh-Hant-TW"}[lang]
    chosen = client.get(menu[tag])
    assert (chosen.status_code, chosen.location) == (302, f"/{lang}/help")
    wish = {"Accept-Language": "uk" if lang != "uk" else "en"}
    found = [client.get(path, headers=wish).location for path in ("/", "/safety", "/fr/help")]
    assert found == [f"/{lang}/", f"/{lang}/safety", f"/{lang}/help"]
    assert client.get("/account/sign-in", headers=wish).headers["Content-Language"] == tag


def test_the_choice_ends_with_the_browser_and_reading_leaves_nothing(client: FlaskClient) -> None:
    read = [
        client.get(path).headers.getlist("Set-Cookie")
        for path in ("/uk/", "/uk/help", "/", "/fr/", "/safety")
    ]
    (cookie,) = client.get("/uk/help?set-language=uk").headers.getlist("Set-Cookie")
    lasting = [part for part in cookie.split(";") if part.strip().lower().startswith(("expires", "max-age"))]
    assert (read, lasting, cookie.startswith("portal=")) == ([[]] * 5, [], True)


def test_an_address_in_another_language_is_shown_in_that_language(client: FlaskClient) -> None:
    client.get("/uk/help?set-language=uk")
    assert client.get("/zh-tw/help").headers["Content-Language"] == "zh-Hant-TW"


def test_nonsense_is_no_choice(client: FlaskClient) -> None:
    answer = client.get("/uk/help?set-language=fr")
    assert (answer.status_code, answer.headers.getlist("Set-Cookie")) == (200, [])


def test_signing_in_has_the_menu_and_keeps_where_one_goes_on_to(app: Flask, client: FlaskClient) -> None:
    email = make_account(app, Role.EDITOR)
    asked = client.get("/desk/coverages/", headers={"Accept-Language": "en"})
    menu = find_menu(client.get(asked.location, headers={"Accept-Language": "en"}).text)
    chosen = client.get(menu["uk"])
    page = client.get(chosen.location, headers={"Accept-Language": "en"})
    assert (page.headers["Content-Language"], unquote(chosen.location)) == ("uk", asked.location)
    form = find_form(page.text, field="password")
    wrong = client.post(form["action"], data={**form["values"], "email": email, "password": "wrong"})
    again = client.get(find_menu(wrong.text)["zh-Hant-TW"], follow_redirects=True)
    form = find_form(again.text, field="password")
    first = client.post(form["action"], data={**form["values"], "email": email, "password": PASSWORD})
    code_page = client.get(first.location)
    assert (again.headers["Content-Language"], code_page.headers["Content-Language"]) == ("zh-Hant-TW",) * 2
    code = client.get(find_menu(code_page.text)["en"], follow_redirects=True)
    form = find_form(code.text, field="code")
    done = client.post(form["action"], data={**form["values"], "code": read_code()})
    assert (code.headers["Content-Language"], done.location) == ("en", "/desk/coverages/")


def test_whoever_is_signed_in_has_the_language_of_the_account(app: Flask, client: FlaskClient) -> None:
    sign_in(client, make_account(app, Role.EDITOR))
    assert (find_menu(client.get("/desk/").text), len(find_menu(client.get("/uk/help").text))) == ({}, 3)


@pytest.mark.parametrize(
    ("address", "uk"),
    [
        ("/en/nowhere/to/go", "/uk/nowhere/to/go"),
        ("/nowhere/to/go", "/uk/"),
        ("/en/my/link/nothing", "/uk/my/link/nothing"),
    ],
)
def test_a_page_of_an_error_has_the_menu(client: FlaskClient, address: str, uk: str) -> None:
    answer = client.get(address)
    assert find_menu(answer.text)["uk"] == f"{uk}?set-language=uk"
    chosen = client.get(find_menu(answer.text)["uk"])
    assert (chosen.location, client.get("/").location) == (uk, "/uk/")


def test_what_is_given_back_is_not_left_by_the_menu(opened: Flask, client: FlaskClient) -> None:
    answer = client.post("/en/my/reply", data={"body": "Слова, які лишилися тут."})
    assert (answer.status_code, "Слова, які" in answer.text, find_menu(answer.text)) == (401, True, {})


def test_the_menu_holds_nothing_of_another_visitors_address(opened: Flask, client: FlaskClient) -> None:
    client.get("/en/ukraine-taiwan/?next=evil&secret=1")
    page = client.get("/en/ukraine-taiwan/").text
    assert ("evil" in page, "secret" in page) == (False, False)


def test_a_body_that_is_refused_has_its_page(client: FlaskClient) -> None:
    answer = client.post("/account/sign-in", data={"email": "x" * 5_000_000})
    assert answer.status_code in (400, 413)


@pytest.mark.parametrize("path", ["/a%00b", "/a%00b/", "/fr%00/"])
def test_an_address_with_nul_is_no_page(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404
