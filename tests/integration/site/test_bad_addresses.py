"""Addresses nobody gave out, and names of hosts that are not ours."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from portal.database import transaction
from portal.domain.languages import LOCALES
from portal.extensions import db
from portal.models import OutboxMail, Staff, Submission
from tests.support.bad_input import (
    FORGED,
    HEADINGS,
    LANGUAGES,
    ONE_DATABASE,
    PITCH_ANSWERS,
    Desk,
    heading_of,
    say,
)
from tests.support.plain_browser import find_form

pytestmark = pytest.mark.either_database


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    "rest",
    ["nowhere/", "nowhere/pitch", "ukraine-taiwan/poem", "a/b/c/d", "%00/", "%F0%28/", "ukraine-taiwan'--/"],
)
def test_an_unknown_address_is_told_in_the_readers_language(
    opened: Flask, client: FlaskClient, lang: str, rest: str
) -> None:
    answer = client.get(f"/{lang}/{rest}")
    assert (answer.status_code, heading_of(answer.text), answer.headers["Content-Language"]) == (
        404,
        say(opened, lang, HEADINGS[404]),
        {locale.url: locale.tag for locale in LOCALES}[lang],
    )


@ONE_DATABASE
@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    "address", ["/robots", "/wp-admin/", "/xyz/", "/frfr/ukraine-taiwan/", "/.env", "/%F0%9F", "/fr.html"]
)
def test_an_address_without_a_language_is_told_in_the_one_the_browser_asks_for(
    app: Flask, client: FlaskClient, lang: str, address: str
) -> None:
    answer = client.get(address, headers={"Accept-Language": lang})
    assert (answer.status_code, heading_of(answer.text)) == (404, say(app, lang, HEADINGS[404]))


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("public_id", ["0" * 32, "1", "0" * 31 + "G", "%27%20or%201=1"])
def test_an_unknown_id_is_told_in_the_language_of_the_account(
    editor: Desk, lang: str, public_id: str
) -> None:
    with editor.app.app_context(), transaction() as session:
        for person in session.scalars(select(Staff)):
            person.locale = {locale.url: locale.tag for locale in LOCALES}[lang]
    answer = editor.client.get(f"/desk/submission/{public_id}")
    assert (answer.status_code, heading_of(answer.text)) == (404, say(editor.app, lang, HEADINGS[404]))


@ONE_DATABASE
@pytest.mark.parametrize(
    ("wish", "lang"),
    [
        ("zh-TW,zh;q=0.9,en-US;q=0.8,en;q=0.7", "zh-tw"),
        ("zh-HK,zh;q=0.9,en;q=0.8", "zh-tw"),
        ("zh-Hant-HK,zh-Hant;q=0.9,en", "zh-tw"),
        ("zh-TW", "zh-tw"),
        ("zh-MO", "zh-tw"),
        ("nan-TW,zh-TW;q=0.9,en;q=0.5", "zh-tw"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "en"),
        ("zh-CN,zh;q=0.9", "zh-tw"),
        ("uk-UA,uk;q=0.9", "uk"),
        ("crh-UA,uk", "uk"),
        ("ru-RU,ru,uk;q=0.8,en;q=0.7", "uk"),
        ("ru-UA,ru", "en"),
        ("be,ru", "en"),
        ("pl,de", "en"),
        ("uk;q=0,en;q=0.1", "en"),
        ("\x01;;q=,,,=", "en"),
        ("uk;q=nan", "en"),
        ("x" * 20_000, "en"),
    ],
)
def test_the_start_page_follows_the_browsers_wish(client: FlaskClient, wish: str, lang: str) -> None:
    answer = client.get("/", headers={"Accept-Language": wish})
    assert (answer.status_code, answer.location) == (302, f"/{lang}/")


@ONE_DATABASE
@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_wrong_method_is_told_in_the_readers_language(
    opened: Flask, client: FlaskClient, lang: str
) -> None:
    wrong = (
        client.delete(f"/{lang}/"),
        client.put(f"/{lang}/ukraine-taiwan/pitch", data=PITCH_ANSWERS),
        client.get(f"/{lang}/my/reply"),
        client.post(f"/{lang}/safety"),
    )
    assert [(one.status_code, heading_of(one.text)) for one in wrong] == [
        (405, say(opened, lang, HEADINGS[405]))
    ] * len(wrong)


@pytest.mark.parametrize(
    "address",
    [
        "/desk/?q=%00",
        "/desk/?q=%ED%A0%80&assignee=%00&after=%00",
        "/desk/submission/{pitch}?find=%00&reason=%00&done=%00",
        "/desk/coverages/ukraine-taiwan?state=%00",
        "/desk/coverages/draft/{draft}/revisions?new=99999999999999999999",
        "/desk/coverages/draft/{draft}/revisions?new=%00",
    ],
)
def test_a_wish_nobody_can_fulfil_is_overlooked(editor: Desk, address: str) -> None:
    page = address.format(pitch=editor.pitch, draft=editor.draft)
    assert editor.client.get(page).status_code == 200


@pytest.mark.parametrize(
    "address", ["/desk/coverages/%00", "/account/invitation/%00", "/account/renewal/%00"]
)
def test_an_address_with_nul_is_no_page(editor: Desk, address: str) -> None:
    assert editor.client.get(address).status_code == 404


@ONE_DATABASE
@pytest.mark.parametrize(
    "host", [FORGED, f"localhost.{FORGED}", f"localhost@{FORGED}", "a b", "[::1", "", ":80"]
)
@pytest.mark.parametrize("address", ["/", "/desk/", "/zh-TW/"])
def test_a_server_answers_to_its_own_name_only(client: FlaskClient, host: str, address: str) -> None:
    answer = client.get(address, headers={"Host": host}, environ_overrides={"HTTP_HOST": host})
    assert (answer.status_code, FORGED in answer.text, answer.location or "") == (400, False, "")


def test_a_text_sent_to_a_forged_name_is_not_kept(opened: Flask, client: FlaskClient) -> None:
    answer = client.post("/uk/ukraine-taiwan/pitch", data=PITCH_ANSWERS, headers={"Host": FORGED})
    with opened.app_context():
        kept = db.session.scalar(select(func.count()).select_from(Submission))
    assert (answer.status_code, kept) == (400, 0)


def test_forwarding_headers_without_a_proxy_reach_no_link_and_no_mail(
    opened: Flask, client: FlaskClient
) -> None:
    forged = {"X-Forwarded-Host": FORGED, "X-Host": FORGED, "Forwarded": f"host={FORGED}"}
    page = client.get("/uk/ukraine-taiwan/pitch", headers=forged)
    form = find_form(page.text, field="form_key")
    sent = client.post("/uk/ukraine-taiwan/pitch", data={**form["values"], **PITCH_ANSWERS}, headers=forged)
    receipt = client.get("/uk/my/receipt", headers=forged)
    with opened.app_context():
        mails = db.session.scalars(select(OutboxMail.body + OutboxMail.subject)).all()
    assert (sent.status_code, sent.location, len(mails)) == (303, "/uk/my/receipt", 1)
    assert FORGED not in "".join([page.text, receipt.text, str(sent.headers), *mails])
