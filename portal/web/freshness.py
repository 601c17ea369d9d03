"""Signing in anew before something that must not happen at an unattended desk (safety.md R-22)."""

import base64
from binascii import Error as NotBase64
from datetime import timedelta

from flask import redirect, session, url_for
from flask.typing import ResponseReturnValue
from flask_security.utils import check_and_update_authn_fresh

from portal.extensions import current_portal
from portal.keys import CannotOpen

FRESH = timedelta(minutes=15)
_NO_GRACE = timedelta(0)
_KEPT = "kept_words"
_EXTENDED = "fs_gexp"


def is_fresh() -> bool:
    """Say whether the password was entered in the last 15 minutes; whatever was done since does not count."""
    # Other pages may have prolonged it for their own purposes.
    session.pop(_EXTENDED, None)
    return bool(check_and_update_authn_fresh(FRESH, _NO_GRACE, "session"))


def ask_again(back: str, *, place: str, words: str) -> ResponseReturnValue:
    """Ask for the password, then lead `back`; what was typed for `place` waits there, see `take_words`.

    The words travel in the session's cookie, sealed: a cookie can be read by whoever has the browser.
    """
    sealed = current_portal().instance.keys.seal(words.encode(), _bind(place))
    session[_KEPT] = base64.urlsafe_b64encode(sealed).decode()
    return redirect(url_for("security.verify", next=back), 303)


def take_words(place: str) -> str:
    """Return what was typed before the password was asked for, once; empty when there is nothing for here."""
    kept = session.get(_KEPT)
    if kept is None:
        return ""
    try:
        words = current_portal().instance.keys.open(base64.urlsafe_b64decode(kept), _bind(place)).decode()
    except (CannotOpen, NotBase64):
        return ""
    session.pop(_KEPT)
    return words


def _bind(place: str) -> str:
    return f"session/{_KEPT}/{session.get('_user_id', '')}/{place}"
