"""How long somebody is asked to wait: in words for people, in seconds for their browser."""

import math
from datetime import timedelta

from flask import Response, make_response
from flask.typing import ResponseReturnValue
from flask_babel import format_timedelta

_MINUTE = 60


def write_wait(wait: timedelta) -> str:
    """Return the wait as a point in time, like “in 2 minutes”; never a shorter one than it is."""
    seconds = count_seconds(wait)
    if seconds > _MINUTE:
        seconds = math.ceil(seconds / _MINUTE) * _MINUTE
    return str(
        format_timedelta(timedelta(seconds=seconds), granularity="second", threshold=1, add_direction=True)
    )


def answer_later(answer: ResponseReturnValue, wait: timedelta) -> Response:
    """Return the answer with the time after which to try again (RFC 9110, Retry-After)."""
    response = make_response(answer)
    response.headers["Retry-After"] = str(count_seconds(wait))
    return response


def count_seconds(wait: timedelta) -> int:
    """Return the wait in whole seconds, one at least, for the header Retry-After."""
    return max(math.ceil(wait.total_seconds()), 1)
