"""Known browsers, which have signed in at the desk before: other guesses take nothing of their room.

Their mark is a signed cookie of its own: the session's goes when the browser is closed. It opens nothing,
it names the browser by a random number, and the account by what changes when all its sessions end.
"""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from flask import current_app, request
from itsdangerous import BadData, URLSafeTimedSerializer

from portal.models import Staff
from portal.web.site.cookies import keep_cookie

KNOWN_FOR = timedelta(days=180)
_BYTES = 16


@dataclass(frozen=True)
class BrowserMark:
    """The mark a known browser brings: its own number, and who has signed in there last."""

    browser: str
    account: str

    def is_of(self, staff: Staff) -> bool:
        """Say whether this account has signed in there, and has not ended its sessions since."""
        return self.account == staff.fs_uniquifier


def cookie_name() -> str:
    """Return the name of the cookie, bound to an encrypted site as the session's is."""
    return f"{current_app.config['SESSION_COOKIE_NAME']}-desk"


def read_browser_mark() -> BrowserMark | None:
    """Return the mark the browser has sent; None without a good one."""
    try:
        browser, account = _sign().loads(
            request.cookies.get(cookie_name(), ""), max_age=int(KNOWN_FOR.total_seconds())
        )
    except (BadData, ValueError, TypeError):
        return None
    return BrowserMark(str(browser), str(account))


def mark_browser(staff: Staff) -> None:
    """Have the answer mark the browser as one in which this account has signed in."""
    before = read_browser_mark()
    browser = before.browser if before is not None else secrets.token_hex(_BYTES)
    value = _sign().dumps([browser, staff.fs_uniquifier])
    keep_cookie(cookie_name(), value, kept_for=KNOWN_FOR)


def _sign() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.secret_key or "", salt="browser of the desk")
