"""What pages say is short, plain and written as readers of the language write it."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from babel import localedata
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import force_locale, format_date

from portal.database import transaction
from portal.i18n.catalogues import SIGN_IN, po_path, read_catalogue, sign_in_template
from portal.resources import translations_folder
from portal.web.site.dates import (
    list_clocks,
    write_both_clocks,
    write_deadline,
    write_moment,
    write_other_clocks,
)
from portal.web.site.error_texts import write_wait
from portal.web.site.joined_words import add_blank, blank_before, join_sentences, join_words
from tests.support.factories import make_call
from tests.support.plain_browser import send_form

pytestmark = pytest.mark.either_database

EVENING = datetime(2026, 11, 22, 18, 30, 45, tzinfo=UTC)
STORY = "/en/ukraine-taiwan/story"
NO_BREAK = "\u00a0\u202f"
JOINER = "\u2060"


def read_plain(text: str) -> str:
    return text.replace(JOINER, "").translate(dict.fromkeys(map(ord, NO_BREAK), " "))


@pytest.mark.parametrize(
    ("locale", "moment", "deadline", "day"),
    [
        ("en", "22 Nov 2026, 18:30 UTC", "22 November 2026, 18:30 UTC", "22 November 2026"),
        (
            "uk",
            "22 листопада 2026, 20:30 за Києвом (UTC+2)",
            "22 листопада 2026 року, 20:30 за Києвом (UTC+2)",
            "22 листопада 2026 року",
        ),
        (
            "zh_Hant_TW",
            "2026年11月23日 02:30（台北時間，UTC+8）",
            "2026年11月23日 02:30（台北時間，UTC+8）",
            "2026年11月23日",
        ),
    ],
)
def test_dates_and_hours_are_written_as_readers_write_them(
    sqlite_app: Flask, locale: str, moment: str, deadline: str, day: str
) -> None:
    with sqlite_app.test_request_context(), force_locale(locale):
        written = (write_moment(EVENING), write_deadline(EVENING), format_date(EVENING, "long"))
    assert tuple(map(read_plain, written)) == (moment, deadline, day)


@pytest.mark.parametrize(
    ("locale", "pieces"),
    [
        ("en", ["22_November", "2026,", "18:30", "UTC"]),
        ("uk", ["22_листопада", "2026_року,", "20:30", "за_Києвом", "(UTC+2)"]),
        ("zh_Hant_TW", ["2026_年_11_月_23_日", "02:30（台_北_時_間，UTC+8）"]),
        ("ja", ["2026_年_11_月_22_日,", "18:30", "UTC"]),
    ],
)
def test_no_line_ends_inside_a_date_or_the_name_of_a_clock(
    sqlite_app: Flask, locale: str, pieces: list[str]
) -> None:
    with sqlite_app.test_request_context(), force_locale(locale):
        written = write_deadline(EVENING)
    assert re.sub(f"[{NO_BREAK}{JOINER}]", "_", written).split(" ") == pieces


@pytest.mark.parametrize(
    ("locale", "told"), [("en", "in 2_minutes"), ("uk", "через 2_хвилини"), ("zh_Hant_TW", "2_分鐘後")]
)
def test_no_line_ends_between_a_wait_and_its_unit(sqlite_app: Flask, locale: str, told: str) -> None:
    with sqlite_app.test_request_context(), force_locale(locale):
        assert re.sub(f"[{NO_BREAK}]", "_", write_wait(timedelta(seconds=90))) == told


@pytest.mark.parametrize(
    ("language", "label", "refusal"),
    [
        ("en", "E-mail address", "The address or the password is not right. Check both and try again."),
        (
            "uk",
            "Адреса електронної пошти",
            "Адреса або пароль неправильні. Перевірте їх і\u00a0спробуйте ще раз.",
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


@pytest.mark.parametrize(
    ("lead", "mark", "line"),
    [("Error:", "(optional)", "Error: (optional)"), ("錯誤：", "（選填）", "錯誤：（選填）")],
)
def test_a_blank_stands_only_where_the_language_writes_one(lead: str, mark: str, line: str) -> None:
    assert (add_blank(lead) + mark, lead + blank_before(mark)) == (line, line)


@pytest.mark.parametrize(
    ("sentences", "text"),
    [
        (["Saved.", "", "Two notified."], "Saved. Two notified."),
        (["已儲存。", "已通知。"], "已儲存。已通知。"),
    ],
)
def test_sentences_become_one_text(sentences: list[str], text: str) -> None:
    assert join_sentences(sentences) == text


@pytest.mark.either_database
def test_words_are_listed_in_every_language_that_may_be_added(app: Flask) -> None:
    locales = localedata.locale_identifiers()
    with app.test_request_context():
        listed = {locale: _list_in(locale, ["1", "2", "3"]) for locale in locales}
    lost = [locale for locale, words in listed.items() if re.findall("[123]", words) != ["1", "2", "3"]]
    assert lost == []


def _list_in(locale: str, words: list[str]) -> str:
    with force_locale(locale):
        return join_words(words)


SUMMER = datetime(2026, 7, 1, 21, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("locale", "here", "elsewhere"),
    [
        (
            "en",
            "1 Jul 2026, 21:30 UTC",
            ["2 Jul, 00:30 Kyiv time", "2 Jul, 05:30 Taipei time"],
        ),
        ("uk", "2 липня 2026, 00:30 за Києвом (UTC+3)", ["2 липня, 05:30 за Тайбеєм"]),
        ("zh_Hant_TW", "2026年7月2日 05:30（台北時間，UTC+8）", ["7月2日 00:30（基輔時間）"]),
    ],
)
def test_a_moment_is_told_on_the_clocks_of_both_places_in_summer_too(
    sqlite_app: Flask, locale: str, here: str, elsewhere: list[str]
) -> None:
    with sqlite_app.test_request_context(), force_locale(locale):
        assert [read_plain(one) for one in (write_moment(SUMMER), *write_other_clocks(SUMMER))] == [
            here,
            *elsewhere,
        ]


@pytest.mark.parametrize(
    ("locale", "lang", "both"),
    [
        ("en", "uk", "1 Jul 2026, 21:30 UTC · 2 Jul, 00:30 Kyiv time (UTC+3)"),
        ("en", "nan-TW", "1 Jul 2026, 21:30 UTC · 2 Jul, 05:30 Taipei time (UTC+8)"),
        ("en", "pl", "1 Jul 2026, 21:30 UTC"),
        ("uk", "uk", "2 липня 2026, 00:30 за Києвом (UTC+3)"),
        ("uk", "zh-Hant-TW", "2 липня 2026, 00:30 за Києвом (UTC+3) · 2 липня, 05:30 за Тайбеєм (UTC+8)"),
    ],
)
def test_the_desk_reads_a_moment_on_the_authors_clock_as_well(
    sqlite_app: Flask, locale: str, lang: str, both: str
) -> None:
    with sqlite_app.test_request_context(), force_locale(locale):
        assert read_plain(write_both_clocks(SUMMER, lang)) == both


def test_a_clock_says_how_far_it_is_from_utc_to_the_minute(sqlite_app: Flask) -> None:
    with sqlite_app.test_request_context(), force_locale("en"):
        clocks = dict(list_clocks(at=SUMMER))
    zones = ("America/St_Johns", "Pacific/Marquesas", "America/New_York", "Asia/Kathmandu", "Europe/London")
    assert [clocks[zone].rpartition(" ")[2] for zone in zones] == [
        "UTC−2:30",
        "UTC−9:30",
        "UTC−4",
        "UTC+5:45",
        "UTC+1",
    ]
