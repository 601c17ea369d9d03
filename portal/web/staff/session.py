"""Sessions of staff: which member uses this browser; a token in the cookie, the rest in the database."""

import logging
import time
from typing import Any

from flask import Flask, current_app, g, request, session
from flask_login import current_user, user_logged_out
from flask_security import Security, logout_user, password_changed, tf_profile_changed, user_authenticated
from flask_security.utils import set_request_attr
from sqlalchemy.orm import Session

from portal.database import is_safe_request, transaction, write_during_read
from portal.domain.browsers import name_browser
from portal.domain.sign_in import LONGEST_IDLE, LONGEST_SESSION
from portal.extensions import db, now
from portal.models import Staff
from portal.operations.staff.sign_in import (
    close_session,
    end_sessions,
    open_session,
    queue_account_notice,
    rename_session,
)
from portal.queries.staff import find_signed_in
from portal.web.site.locale import forget_account_locale, remember_account_locale
from portal.web.staff.known_browsers import mark_browser

_log = logging.getLogger(__name__)

TOKEN = "sid"  # noqa: S105  # a name in the cookie
_KNOWN = "_user_id"
_SEEN = "seen_at"
_SEEN_EVERY = 60


def init_staff_sessions(app: Flask, security: Security) -> None:
    """Tie sign-in and sign-out to rows of the database; no row, nobody is signed in."""
    security.login_manager.user_loader(_load)
    user_authenticated.connect(_begin, app)
    user_logged_out.connect(_end, app)
    password_changed.connect(_go_on_alone, app)
    tf_profile_changed.connect(_go_on_alone, app)


def current_session() -> str:
    """Return the token of this browser's session, or an empty string."""
    token: str = session.get(TOKEN, "")
    return token


def confirm_session() -> None:
    """Note that the person has proved to be there just now; the session goes on under another token."""
    session["fs_paa"] = time.time()
    with transaction() as database:
        fresh = rename_session(database, current_session())
    if fresh is not None:
        session[TOKEN] = fresh


def _load(known: str) -> Staff | None:
    """Return the account of this browser's session, by one query: no open session or account, nobody."""
    staff = find_signed_in(db.session(), known, current_session(), since=now() - LONGEST_SESSION)
    if staff is not None:
        set_request_attr("fs_authn_via", "session")
        set_request_attr("fs_paa", session.get("fs_paa", 0))
    return staff


def _begin(_app: Flask, *, user: Any, **_details: Any) -> None:
    """Give the browser a session of its own; the code that was used and the session are kept together."""
    _forget_form_token()
    earlier = session.pop(TOKEN, "")
    with transaction() as database:
        if earlier:
            close_session(database, earlier)
        staff = database.get_one(Staff, user.id)
        browser = name_browser(request.headers.get("User-Agent", ""))
        session[TOKEN] = open_session(database, staff, at=now(), browser=browser)
        mark_browser(staff)
        account = staff.public_id
    remember_account_locale(staff.locale)
    session[_SEEN] = time.time()
    _log.info("signed in: account %s", account)


def _forget_form_token() -> None:
    """Make forms that were opened before no good for whoever is signed in now."""
    name = current_app.config["WTF_CSRF_FIELD_NAME"]
    session.pop(name, None)
    g.pop(name, None)


def _end(_app: Flask, *, user: Any, **_details: Any) -> None:
    """End the session for every copy of the cookie, also where a page that is only read finds it over."""
    token = current_session()
    account = user.public_id if user.is_authenticated else ""
    if token:
        with write_during_read() if is_safe_request() else transaction() as database:
            close_session(database, token)
    session.pop(TOKEN, None)
    session.pop(_SEEN, None)
    forget_account_locale()
    if account:
        _log.info("signed out: account %s", account)


def _go_on_alone(_app: Flask, *, user: Any, **_details: Any) -> None:
    with transaction() as database:
        go_on_alone(database, database.get_one(Staff, user.id))


def go_on_alone(database: Session, staff: Staff) -> None:
    """End all other sessions after another password or second factor, and tell the person."""
    end_sessions(database, staff)
    browser = name_browser(request.headers.get("User-Agent", ""))
    session[TOKEN] = open_session(database, staff, at=now(), browser=browser)
    mark_browser(staff)
    queue_account_notice(database, staff, at=now())
    session[_KNOWN] = staff.fs_uniquifier


def end_when_idle() -> None:
    """Sign out who was away for 30 minutes."""
    moment = time.time()
    seen = session.get(_SEEN, moment)
    if moment - seen > LONGEST_IDLE.total_seconds():
        tag = current_user.locale if current_user.is_authenticated else ""
        logout_user()
        remember_account_locale(tag)  # the session has ended by itself: they are asked to sign in again
    elif _SEEN not in session or moment - seen > _SEEN_EVERY:
        session[_SEEN] = moment
