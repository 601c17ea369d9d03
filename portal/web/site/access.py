"""Guards every request passes before its view, in order; and who may open a route, which each view says.

A view without @access keeps the application from starting.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from flask import Flask, Response, abort, current_app, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from portal.database import is_safe_request
from portal.domain.errors import NotProved
from portal.domain.permissions import Permission
from portal.domain.ways_in import PageRight
from portal.web.site.contributor_session import OPEN_PAGE, load_session_page, may_here
from portal.web.site.current_staff import staff_on_page
from portal.web.site.form_guard import check_form
from portal.web.site.headers import FILES
from portal.web.site.locale import follow_choice
from portal.web.site.page_owner import FIELD, mark_open_page
from portal.web.site.uploads import WITH_FILE, raise_upload_limit

View = TypeVar("View", bound=Callable[..., Any])
Guard = Callable[[], ResponseReturnValue | None]
"""Answers in place of the view; None lets the request pass."""
Rule = Permission | PageRight | Literal["open"]

_SIGNED_IN = "_user_id"
"""Where Flask-Login notes in the cookie who is signed in."""
_FORBIDDEN, _TOO_MANY = 403, 429
_log = logging.getLogger(__name__)

# Views that extensions bring: sign-in is open to everybody, the rest of an account belongs to its owner.
FOREIGN_RULES: dict[str, Rule] = {
    "static": "open",
    "security.login": "open",
    "security.logout": "open",
    "security.verify": Permission.ACCOUNT_OWN,
    "security.two_factor_setup": "open",
    "security.two_factor_setup_validate": "open",
    "security.two_factor_token_validation": "open",
    "security.two_factor_rescue": "open",
    "security.tf_select": "open",
    "security.mf_recovery": "open",
    "security.mf_recovery_codes": Permission.ACCOUNT_OWN,
    "security.change_password": Permission.ACCOUNT_OWN,
}


class UnguardedRoute(RuntimeError):
    """A route without an access rule: nobody decided who may open it."""


def access(rule: Rule, *, fresh: bool = False) -> Callable[[View], View]:
    """Say who may open a view: everybody, whose private page has a right, or staff with a permission.

    `fresh`: changes there need a password that was entered a short while ago (web/staff/reauthentication.py).
    """

    def mark(view: View) -> View:
        view.__access__ = rule  # type: ignore[attr-defined]  # read back by rule_of
        view.__fresh__ = fresh  # type: ignore[attr-defined]  # read back by needs_fresh
        return view

    return mark


def rule_of(app: Flask, endpoint: str) -> Rule | None:
    """Return the rule of an endpoint, or None when nobody stated one."""
    stated: Rule | None = getattr(app.view_functions[endpoint], "__access__", None)
    return stated if stated is not None else FOREIGN_RULES.get(endpoint)


def needs_fresh(app: Flask, endpoint: str) -> bool:
    """Say whether changes there need a password entered a short while ago."""
    return bool(getattr(app.view_functions[endpoint], "__fresh__", False))


def check_rules(app: Flask) -> None:
    """Raise UnguardedRoute when a route has no rule."""
    for rule in app.url_map.iter_rules():
        if rule_of(app, rule.endpoint) is None:
            raise UnguardedRoute(f"{rule.rule} ({rule.endpoint}) has no access rule")


@dataclass(frozen=True)
class StaffGuards:
    """The guards of staff's rooms: of whoever is signed in, of views that are `fresh`, of a blueprint."""

    end_when_idle: Guard
    ask_password: Guard
    of_room: Mapping[str, Guard]


def guard(app: Flask, staff: StaffGuards) -> None:
    """Have every request pass these before its view, in this order."""

    def _end_when_idle() -> ResponseReturnValue | None:
        is_staff = request.endpoint not in FILES and _SIGNED_IN in session
        return staff.end_when_idle() if is_staff else None

    def _check_fresh() -> ResponseReturnValue | None:
        if is_safe_request() or request.endpoint is None or not needs_fresh(app, request.endpoint):
            return None
        return staff.ask_password()

    def _guard_room() -> ResponseReturnValue | None:
        of_room = staff.of_room.get(request.blueprint or "")
        return of_room() if of_room is not None else None

    app.before_request(follow_choice)
    app.before_request(_end_when_idle)
    app.before_request(_load_page)
    app.before_request(_widen)
    app.before_request(_check_rule)
    # After the rule: a refused form runs the view again, and must find that nothing else is in its way.
    app.before_request(_check_form)
    app.before_request(_check_fresh)
    app.before_request(_guard_room)
    app.before_request(_refuse_nul)
    app.after_request(_note_refusal)


def _load_page() -> None:
    """Find the private page that is open in this browser: g.private_page, g.submission_id."""
    g.submission_id = None
    g.private_page = None
    if request.endpoint not in FILES and OPEN_PAGE in session:
        load_session_page()


def _widen() -> None:
    """Let an upload be larger than a text, before anything of it is read."""
    if request.mimetype == WITH_FILE:  # a message can come without one: then it is a text like others
        raise_upload_limit()


def _check_rule() -> ResponseReturnValue | None:
    if request.endpoint is None:
        return None
    rule = rule_of(current_app, request.endpoint)
    if rule is None:
        abort(403)
    if rule == "open":
        return None
    if isinstance(rule, PageRight):
        return _check_page(rule)
    return _check_staff(Permission(rule))


def _check_page(right: PageRight) -> ResponseReturnValue | None:
    is_reading = request.method in ("GET", "HEAD")
    if g.get("submission_id") is None:
        return redirect(url_for("private.enter"), 303) if is_reading else abort(401)
    # Before the form is read: a file that is too large is told on a page of its own, with what stands there.
    if not may_here(right):
        if is_reading:  # the page itself asks for what is missing
            return redirect(url_for("private.enter"), 303)
        raise NotProved(right)
    return abort(401) if _is_of_another_text() else None


def _is_of_another_text() -> bool:
    """Say whether a form stood on the page of another text than the one that is open now."""
    owner = request.form.get(FIELD) if request.method == "POST" else None
    return owner is not None and owner != mark_open_page()


def _check_staff(permission: Permission) -> ResponseReturnValue | None:
    if not current_user.is_authenticated:
        if request.method in ("GET", "HEAD"):
            return redirect(url_for("security.login", next=request.full_path.rstrip("?")), 303)
        return abort(401)
    if not current_user.may(permission):
        abort(403)
    return None


def _check_form() -> None:
    """Refuse a form that did not come from a page of ours, with its token."""
    if not is_safe_request() and request.endpoint is not None:
        check_form()


def _refuse_nul() -> None:
    """Answer 404 to an address with NUL: PostgreSQL fails on it, and none of ours holds it."""
    if "\x00" in request.path:
        abort(404)


def _note_refusal(response: Response) -> Response:
    """Tell the log who was refused what: the view's name, since an address can hold what opens something."""
    if response.status_code == _TOO_MANY:
        _log.info("no room: %s %s", request.method, request.endpoint)
    if response.status_code == _FORBIDDEN:
        staff = staff_on_page()
        account = f"account {staff.public_id}" if staff is not None else "nobody signed in"
        _log.warning("refused: %s %s to %s", request.method, request.endpoint, account)
    return response
