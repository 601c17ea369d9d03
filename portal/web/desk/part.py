"""The part of a page that a script asks for: the text alone (portal/static/js/panes.mjs)."""

from flask import request

_PART = "X-Desk-Part"
_TEXT = "text"
_AHEAD = "ahead"


def wants_text_alone() -> bool:
    """Say whether the answer is put beside a list that stands on the screen."""
    return request.headers.get(_PART) in (_TEXT, _AHEAD)


def is_fetched_ahead() -> bool:
    """Say whether nobody has opened this yet: it may be shown next. It counts as opened by nobody."""
    return request.headers.get(_PART) == _AHEAD
