"""What pages say is short, plain and written as readers of the language write it."""

from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import force_locale, format_date

from portal.database import transaction
from portal.i18n.catalogues import SIGN_IN, po_path, read_catalogue, sign_in_template
from portal.resources import translations_folder
from portal.web.site.dates import join_words, write_deadline, write_moment
from tests.support.factories import make_call
from tests.support.plain_browser import send_form

pytestmark = pytest.mark.either_database

EVENING = datetime(2026, 11, 22, 18, 30, 45, tzinfo=UTC)
STORY = "/en/ukraine-taiwan/story"
NO_BREAK = "\u00a0\u202f"


def read_plain(text: str) -> str:
    return text.translate(dict.fromkeys(map(ord, NO_BREAK), " "))


@pytest.mark.parametrize(
    ("locale", "moment", "deadline", "day"),
    [
        ("en", "22 Nov 2026, 18:30 UTC", "22 November 2026, 18:30 UTC", "22 November 2026"),
        ("uk", "22 лист. 2026, 18:30 UTC", "22 листопада 2026 року, 18:30 UTC", "22 листопада 2026 року"),
        ("zh_Hant_TW", "2026年11月22日 18:30（UTC）", "2026年11月22日 18:30（UTC）", "2026年11月22日"),
    ],
)
def test_dates_and_hours_are_written_as_readers_write_them(
    sqlite_app: Flask, locale: str, moment: str, deadline: str, day: str
) -> None:
    with sqlite_app.test_request_context(), force_locale(locale):
        written = (write_moment(EVENING), write_deadline(EVENING), format_date(EVENING, "long"))
    assert tuple(map(read_plain, written)) == (moment, deadline, day)


@pytest.mark.parametrize(
    ("language", "label", "refusal"),
    [
        ("en", "E-mail address", "The address or the password is not right. Check both and try again."),
        (
            "uk",
            "Адреса електронної пошти",
            "Адреса або пароль неправильні. Перевірте їх і спробуйте ще раз.",
        ),
        ("zh-TW", "電子郵件地址", "電子郵件地址或密碼不正確。請檢查後再試一次。"),
    ],
)
def test_signing_in_speaks_plainly(client: FlaskClient, language: str, label: str, refusal: str) -> None:
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = language
    given = {"email": "nobody@example.org", "password": "wrong" * 4}
    page = send_form(client, "/account/sign-in", given).text
    assert (page.count(f">{label}</label>"), page.count(f"<li>{refusal}</li>")) == (1, 1)


def test_plain_english_is_given_for_texts_the_sign_in_pages_have() -> None:
    english = read_catalogue(po_path(translations_folder(), "en", SIGN_IN), "en")
    known = {message.id for message in sign_in_template()}
    assert [message.id for message in english if message.id not in known] == []


def test_a_missing_consent_is_named_by_what_it_is_about(app: Flask, client: FlaskClient) -> None:
    with app.app_context(), transaction() as session:
        make_call(session, EVENING)
    page = send_form(client, STORY, {"story": "A story."}).text
    summary = page[page.index('class="error-summary"') : page.index("<h1>")]
    asked = [text.partition("<")[0] for text in summary.split(">") if text.startswith("Tick the box")]
    assert asked == [
        "Tick the box about who may read this.",
        "Tick the box about your age.",
        "Tick the box about whose text this is.",
        "Tick the box about the licence.",
    ]


@pytest.mark.parametrize(
    ("locale", "written"), [("en", "a, b, c"), ("uk", "a, b і c"), ("zh_Hant_TW", "a、b、c")]
)
def test_a_list_of_words_is_parted_as_its_readers_do(app: Flask, locale: str, written: str) -> None:
    with app.test_request_context(), force_locale(locale):
        assert join_words(["a", "b", "c"]) == written
