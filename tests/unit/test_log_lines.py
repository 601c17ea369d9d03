"""Lines of the log: each has time and level, as text or as JSON, and an error is not quoted."""

import json
import logging
import sys
from typing import Any

import pytest

from portal.log_lines import JsonLines, Sparing, TextLines

AT = 1773482400.25
TIME = "2026-03-14T10:00:00.250+00:00"


def make_record(message: str, *args: object, **more: Any) -> logging.LogRecord:
    record = logging.LogRecord("portal.web", logging.WARNING, "", 0, message, args, more.get("exc_info"))
    record.created = AT
    return record


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n", "\u2028", "\x85", "\x0b"])
def test_every_line_has_time_and_level(end: str) -> None:
    lines = TextLines().format(make_record("one%stwo", end)).split("\n")
    assert lines == [f"{TIME} WARNING portal.web: one", f"{TIME} WARNING portal.web: two"]


def test_json_is_one_line() -> None:
    written = JsonLines().format(make_record("one\n%s", "два"))
    assert ("\n" in written, json.loads(written)) == (
        False,
        {"time": TIME, "level": "WARNING", "logger": "portal.web", "message": "one\nдва"},
    )


def test_an_equal_line_is_written_twenty_times_a_minute() -> None:
    sparing, written = Sparing(), []
    for minute in (0, 1):
        for _again in range(30):
            record = make_record("no room: %s", "POST")
            record.created = AT + 60 * minute
            if sparing.filter(record):
                written.append(record.getMessage())
    end = "no room: POST (no more of this until the next minute)"
    assert written == [*["no room: POST"] * 19, end] * 2


def test_other_lines_and_errors_are_written_meanwhile() -> None:
    sparing = Sparing()
    error = make_record("it broke")
    error.levelno = logging.ERROR
    lines = [make_record("no room: %s", number) for number in range(30)] + [error] * 30
    assert all(sparing.filter(one) for one in lines)


@pytest.mark.parametrize("form", [TextLines(), JsonLines()])
def test_an_error_is_told_by_its_kind_and_place(form: logging.Formatter) -> None:
    try:
        raise ValueError("Канарка")  # noqa: TRY301  # caught right here
    except ValueError:
        written = form.format(make_record("it broke", exc_info=sys.exc_info()))
    found = ["it broke (ValueError)" in written, "test_log_lines.py" in written, "Канарка\n" in written]
    assert found == [True, True, False]
