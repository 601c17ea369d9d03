"""Log lines of every process of the portal: with time and level, as text or as JSON.

No line says who a person is beyond the public id of an account: no address, path, browser or typed word.
What libraries log of an error is its kind and place, never its message, which may quote.
"""

import json
import logging
import sys
import traceback
from collections import Counter
from datetime import UTC, datetime
from enum import StrEnum
from typing import TextIO

_TELLING = ("portal.web", "portal.cli")
"""Loggers whose news are written; below `portal` are pools of SQLAlchemy, too."""


class LogFormat(StrEnum):
    """The format of log lines: for people, or for programs that collect them."""

    TEXT = "text"
    JSON = "json"


_EQUAL_LINES = 20
_DIFFERENT_LINES = 1000


def start_logging(form: str) -> None:
    """Write the log of this process to standard error: warnings, and news of our own pages and commands."""
    stop_logging()
    handler = _Handler()
    handler.setFormatter(JsonLines() if form == LogFormat.JSON else TextLines())
    handler.addFilter(Sparing())
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    for name in _TELLING:
        logging.getLogger(name).setLevel(logging.INFO)


def stop_logging() -> None:
    """Leave the log as it was before it was started."""
    root = logging.getLogger()
    for handler in [one for one in root.handlers if isinstance(one, _Handler)]:
        root.removeHandler(handler)
    for name in _TELLING:
        logging.getLogger(name).setLevel(logging.NOTSET)


class _Handler(logging.StreamHandler[TextIO]):
    """Writes to what is standard error at that moment."""

    def emit(self, record: logging.LogRecord) -> None:
        self.stream = sys.stderr
        super().emit(record)


class Sparing(logging.Filter):
    """Lets an equal line through so often in a minute: a flood of refusals must not fill the disk."""

    def __init__(self) -> None:
        super().__init__()
        self._minute, self._seen = 0, Counter[tuple[str, str]]()

    def filter(self, record: logging.LogRecord) -> bool:
        """Say whether the line is written; the last one of a minute says that more are left out."""
        if record.levelno > logging.WARNING:
            return True
        minute = int(record.created) // 60
        if minute != self._minute:
            self._minute, self._seen = minute, Counter()
        line = record.name, record.getMessage()
        if len(self._seen) >= _DIFFERENT_LINES and line not in self._seen:
            line = record.name, "others"
        self._seen[line] += 1
        if self._seen[line] == _EQUAL_LINES:
            record.msg, record.args = f"{record.getMessage()} (no more of this until the next minute)", None
        return self._seen[line] <= _EQUAL_LINES


class TextLines(logging.Formatter):
    """Lines for people: each line of a message has time and level, so that none can be forged."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the lines of a record."""
        head = f"{_write_time(record)} {record.levelname} {record.name}: "
        return "\n".join(head + line for line in _describe(record).splitlines() or [""])


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record."""
        values = {
            "time": _write_time(record),
            "level": record.levelname,
            "logger": record.name,
            "message": _describe(record),
        }
        return json.dumps(values, ensure_ascii=False)


def _write_time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")


def _describe(record: logging.LogRecord) -> str:
    message = record.getMessage()
    kind, _error, trace = record.exc_info or (None, None, None)
    return f"{message} ({kind.__name__})\n{''.join(traceback.format_tb(trace))}" if kind else message
