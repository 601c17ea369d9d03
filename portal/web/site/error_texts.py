"""Words of error pages: status, heading and sentence of each failure, and how long somebody is to wait."""

import math
import re
from datetime import timedelta

from flask import Response, make_response
from flask.typing import ResponseReturnValue
from flask_babel import format_timedelta
from flask_babel import gettext as _
from werkzeug.exceptions import HTTPException

from portal.domain.errors import (
    AnswersAwaited,
    CallClosed,
    CodeNotYetValid,
    DomainError,
    ExportRefused,
    FormatFailed,
    IllegalTransition,
    MissingText,
    NotPermitted,
    NotProved,
    SearchUnready,
    StaleEdit,
    TooBusy,
    TooManyVersions,
)
from portal.operations.desk.decisions import LanguageNotRead, NoOriginal
from portal.web.site.dates import write_deadline
from portal.web.site.labels import refusal_sentence

_MINUTE = 60


def write_wait(wait: timedelta) -> str:
    """Return the wait as a point in time, like “in 2 minutes”; never a shorter one than it is."""
    seconds = count_seconds(wait)
    if seconds > _MINUTE:
        seconds = math.ceil(seconds / _MINUTE) * _MINUTE
    told = format_timedelta(timedelta(seconds=seconds), granularity="second", threshold=1, add_direction=True)
    return re.sub(r"(?<=\d) ", "\u00a0", told)  # no line ends between a number and its word


def answer_later(answer: ResponseReturnValue, wait: timedelta) -> Response:
    """Return the answer with the time after which to try again (RFC 9110, Retry-After)."""
    response = make_response(answer)
    response.headers["Retry-After"] = str(count_seconds(wait))
    return response


def count_seconds(wait: timedelta) -> int:
    """Return the wait in whole seconds, one at least, for the header Retry-After."""
    return max(math.ceil(wait.total_seconds()), 1)


def describe_http(error: HTTPException) -> tuple[str, str]:
    """Return heading and sentence for an HTTP error."""
    texts = {
        400: (
            _("This could not be read"),
            _("Something in the address or the form was not what we expected. Go back and try again."),
        ),
        401: (
            _("Please open your page again"),
            _("The page had been open for a long time and was closed for your safety."),
        ),
        403: (
            _("You cannot open this page"),
            _("Your account is not allowed to do this. Ask an admin if you think it should be."),
        ),
        404: (_("There is no such page"), _("The address may be mistyped, or the page has moved.")),
        405: (
            _("This does not work here"),
            _("The page cannot be used this way. Go back and use its buttons."),
        ),
        413: (
            _("This is too much text at once"),
            _(
                "What you sent is larger than the form can take. Go back: your text is still in the form. "
                "Shorten it or send it in parts."
            ),
        ),
    }
    fallback = (
        _("This did not work"),
        _("Something was not as we expected. Go back and try again."),
    )
    return texts.get(error.code or 500, fallback)


def describe_missing_text() -> tuple[str, str]:
    """Return heading and sentence for the desk's page of a text that is not there."""
    return (
        _("There is no such page"),
        _(
            "The text may have been erased, by its author or because its time was over. If not, the address "
            "may be mistyped."
        ),
    )


def describe_large_file() -> tuple[str, str]:
    """Return heading and sentence for a file for the story that is too large to be looked at."""
    return (
        _("The file is too large"),
        _(
            "The file you chose for the story is larger than 25 MB, so nothing was sent. Go back: your text "
            "is still in the form. Choose a smaller file, or copy the words from it into the form."
        ),
    )


def describe_closed_to_files() -> tuple[str, str]:
    """Return heading and sentence for a form with a large file that was sent to a page closed by now."""
    return (
        _("Please open your page again"),
        _(
            "Nothing was sent: a closed page does not take large files. Go back: your text is "
            "still in the form. Open your page with its code in another tab, then send the form."
        ),
    )


def describe_signed_out() -> tuple[str, str]:
    """Return heading and sentence for a colleague who was signed out while they wrote."""
    return (
        _("Please sign in again"),
        _(
            "You were signed out while you were writing, so this was not saved. What you typed is below: "
            "copy it, sign in, open the page again and paste it."
        ),
    )


def describe_other_text() -> tuple[str, str]:
    """Return heading and sentence for what was pressed on the page of a text that is not open any more."""
    return (
        _("Another text is open in this browser"),
        _(
            "Its page was opened after the one you pressed this button on, so nothing was done. Leave it, "
            "open the page of the text you mean with its code, and do it there."
        ),
    )


def describe_domain(error: DomainError) -> tuple[int, str, str]:
    """Return status, heading and sentence for an act the rules refuse."""
    match error:
        case StaleEdit():
            return (
                409,
                _("Someone else changed this first"),
                _(
                    "This changed while you had it open, so nothing was saved over it. "
                    "Open the page again to see what changed."
                ),
            )
        case IllegalTransition():
            return (
                409,
                _("This is not possible any more"),
                _("The status has changed, so you cannot do this now. Nothing was changed."),
            )
        case LanguageNotRead():
            return (
                403,
                _("Someone who reads this language has to decide"),
                _(
                    "You have not said that you read it, so you cannot decline it. Nothing was changed. "
                    "Ask a colleague who does."
                ),
            )
        case NotPermitted():
            return (
                403,
                _("You cannot make this decision"),
                _("Your role does not allow this. Nothing was changed."),
            )
        case NotProved():
            return (
                403,
                _("Only the author can do this"),
                _(
                    "Your page was opened with a code from the desk. Type there one of the answers that we "
                    "keep encrypted, and everything there is open to you. Nothing was changed."
                ),
            )
        case NoOriginal():
            return (
                422,
                _("The original was not found"),
                _(
                    "A duplicate needs another submission of the same call that is not a duplicate itself. "
                    "Nothing was changed."
                ),
            )
        case ExportRefused():
            return (
                409,
                _("This cannot be exported yet"),
                _("%(reason)s Nothing was changed.", reason=refusal_sentence(error.reason, error.day)),
            )
        case FormatFailed():
            return (
                422,
                _("This format could not be written"),
                _(
                    "The package it comes from is broken (%(name)s). Nothing was exported. Choose "
                    "another format, and tell whoever runs the portal.",
                    name=error.name,
                ),
            )
        case MissingText():
            return 422, _("A text is missing"), _("This needs a few words from you. Nothing was changed.")
        case _:
            return _describe_untaken(error)


def _describe_untaken(error: DomainError) -> tuple[int, str, str]:
    """Return the same for a text that cannot be taken now, or gone on with."""
    match error:
        case SearchUnready():
            return (
                503,
                _("The search is not ready"),
                _(
                    "It is still reading all the texts again, so results could be incomplete. Nothing "
                    "was changed. Try again in a few minutes."
                ),
            )
        case AnswersAwaited():
            return (
                409,
                _("The author has to approve this text"),
                _(
                    "They have not yet answered the questions after the receipt. One of them is from which "
                    "day the text may be published, so nobody can go on without their answer. Nothing was "
                    "changed."
                ),
            )
        case CallClosed():
            return (
                409,
                _("This call is closed"),
                _("Nothing was sent."),
            )
        case CodeNotYetValid():
            return (
                422,
                _("This code is not valid yet"),
                _(
                    "This code is right, but it does not work before %(date)s. Keep it and come back then.",
                    date=write_deadline(error.starts_at),
                ),
            )
        case TooBusy():
            return (
                429,
                _("We are very busy right now"),
                _(
                    "Nothing was lost. Go back and send it again %(when)s.",
                    when=write_wait(error.wait),
                ),
            )
        case TooManyVersions():
            return (
                409,
                _("There are many versions of this text"),
                _(
                    "This one is not saved yet: copy it, or go back to the form. "
                    "Delete a version you do not need on your private page, then save again."
                ),
            )
        case _:
            return 409, _("This is not possible"), _("Nothing was changed.")
