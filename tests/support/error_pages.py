"""Pages that people see only when something went wrong: each is broken on purpose, by the real errors."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta

from flask import Flask, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import (
    BadRequest,
    Forbidden,
    MethodNotAllowed,
    NotFound,
    RequestEntityTooLarge,
    Unauthorized,
    UnsupportedMediaType,
)

from portal.domain.consent import ExportRefusal
from portal.domain.errors import (
    CallClosed,
    ExportRefused,
    IllegalTransition,
    MissingText,
    NotPermitted,
    StaleEdit,
    TooBusy,
)
from portal.operations.desk.decisions import LanguageNotRead, NoOriginal
from portal.web.site.access import access

FAULTS: Mapping[str, Callable[[], Exception]] = {
    "400": BadRequest,
    "401": Unauthorized,
    "403": Forbidden,
    "403-role": NotPermitted,
    "403-language": LanguageNotRead,
    "404": NotFound,
    "405": MethodNotAllowed,
    "409": StaleEdit,
    "409-state": lambda: IllegalTransition("published", "accept"),
    "409-closed": CallClosed,
    "409-export": lambda: ExportRefused(ExportRefusal.EMBARGO, day=date(2027, 2, 24)),
    "413": RequestEntityTooLarge,
    "415": UnsupportedMediaType,
    "422": MissingText,
    "422-original": NoOriginal,
    "429": lambda: TooBusy(timedelta(minutes=3)),
    "500": ZeroDivisionError,
    "503": lambda: OperationalError("SELECT", {}, Exception("database is locked")),
}
"""What goes wrong, by the status people are answered with."""
FORM, AGAIN = "form", "again"
_FORM = (
    '<!doctype html><html lang="en"><title>Form</title><form method="post" action="{action}">'
    '<input type="hidden" name="csrf_token" value="{token}"><textarea name="text"></textarea>{more}'
    "</form></html>"
)
_CLOSED = '<input name="to" value="contribute.full_story"><input name="code">'


def add_faults(app: Flask) -> None:
    """Let `/uk/fault/503` end as 503, and `/uk/fault/form` post a text to an act that fails.

    `/uk/fault/again` is a story whose page was closed while it was written: it asks for the code.
    """

    @access("open")
    def fail(name: str) -> ResponseReturnValue:
        if name == FORM:
            return _FORM.format(action=url_for("fault", name="409"), token=generate_csrf(), more="")
        if name == AGAIN:
            return _FORM.format(
                action=url_for("contribute_reenter_code.enter"), token=generate_csrf(), more=_CLOSED
            )
        error = FAULTS[name]()
        raise error

    app.add_url_rule("/<lang:lang>/fault/<name>", "fault", fail, methods=["GET", "POST"])
