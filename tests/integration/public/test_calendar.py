"""The deadline of a call, taken into a calendar."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from icalendar import Calendar
from icalendar.cal import Component
from sqlalchemy import select

from portal.database import transaction
from portal.models import Call, Coverage

pytestmark = pytest.mark.either_database

CLOSES = datetime(2099, 12, 31, 22, 30, tzinfo=UTC)
LONG_AGO = datetime(2020, 1, 2, tzinfo=UTC)
MOST_BYTES = 75
SAID = {
    "en": "Deadline for stories: Understanding the link between Ukraine and Taiwan",
    "uk": "Кінцевий термін для історій: Зрозуміти, що пов’язує Україну і Тайвань",
    "zh-tw": "故事徵稿截止：理解烏克蘭與台灣的連結",
}


def close_at(app: Flask, closes: datetime | None) -> None:
    with app.app_context(), transaction() as session:
        session.scalars(select(Call)).one().closes_at = closes


def read_event(content: bytes) -> Component:
    (event,) = Calendar.from_ical(content).walk("VEVENT")
    assert event.errors == []
    return event


@pytest.mark.parametrize("lang", SAID)
def test_a_deadline_comes_into_a_calendar(opened: Flask, client: FlaskClient, lang: str) -> None:
    close_at(opened, CLOSES)
    answer = client.get(f"/{lang}/ukraine-taiwan/deadline.ics")
    event = read_event(answer.data)
    (reminder,) = event.walk("VALARM")
    page = f"http://localhost/{lang}/ukraine-taiwan/"
    assert (answer.mimetype, event["SUMMARY"], event.decoded("DTSTART"), event["URL"]) == (
        "text/calendar",
        SAID[lang],
        CLOSES,
        page,
    )
    assert (reminder.decoded("TRIGGER"), str(event["DESCRIPTION"]).splitlines()[1]) == (
        -timedelta(days=2),
        page,
    )


def test_a_calendar_gets_no_character_that_cannot_be_seen(opened: Flask, client: FlaskClient) -> None:
    close_at(opened, CLOSES)
    event = read_event(client.get("/zh-tw/ukraine-taiwan/deadline.ics").data)
    assert str(event["DESCRIPTION"]).splitlines()[0] == "2100年1月1日 06:30（台北時間，UTC+8）"


@pytest.mark.parametrize("lang", SAID)
def test_no_line_is_longer_than_calendars_read(opened: Flask, client: FlaskClient, lang: str) -> None:
    close_at(opened, CLOSES)
    content = client.get(f"/{lang}/ukraine-taiwan/deadline.ics").data
    lines = content.split(b"\r\n")
    assert ([one for one in lines if len(one) > MOST_BYTES or b"\n" in one], lines[-1]) == ([], b"")
    assert content.decode().replace("\r\n ", "").count(SAID[lang].replace(",", "\\,")) == 2


def test_both_languages_name_one_event(opened: Flask, client: FlaskClient) -> None:
    close_at(opened, CLOSES)
    names = [
        read_event(client.get(f"/{lang}/ukraine-taiwan/deadline.ics").data)["UID"] for lang in ("en", "uk")
    ]
    assert names[0] == names[1]


@pytest.mark.parametrize("closes", [None, LONG_AGO])
def test_a_call_without_a_day_to_come_has_no_event(
    opened: Flask, client: FlaskClient, closes: datetime | None
) -> None:
    close_at(opened, closes)
    assert client.get("/en/ukraine-taiwan/deadline.ics").status_code == 404


@pytest.mark.parametrize("title", ["a;b,c\\n:d", "END:VEVENT\r\nATTACH:x", "=,;\\\\", "\u202e雪\x0b❄️"])
def test_a_title_adds_nothing_to_an_event(opened: Flask, client: FlaskClient, title: str) -> None:
    close_at(opened, CLOSES)
    with opened.app_context(), transaction() as session:
        session.scalars(select(Coverage)).one().title = {"en": title}
    event = read_event(client.get("/en/ukraine-taiwan/deadline.ics").data)
    kept = " ".join(title.split())
    assert (event["SUMMARY"], len(event.subcomponents)) == (f"Deadline for stories: {kept}", 1)


def test_a_coverage_tells_its_deadline_on_both_clocks_and_offers_it_for_calendars(
    opened: Flask, client: FlaskClient
) -> None:
    close_at(opened, CLOSES)
    page = client.get("/en/ukraine-taiwan/").text
    said = (
        "31\u00a0December 2099, 22:30 UTC",
        "1\u00a0Jan, 00:30 Kyiv time",
        "1\u00a0Jan, 06:30 Taipei time",
        '<a href="/en/ukraine-taiwan/deadline.ics">Add to calendar</a>',
    )
    assert [page.count(one) for one in said] == [1] * len(said)
