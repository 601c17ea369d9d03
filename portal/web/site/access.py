"""Who may open a route: every view says so with @access, and the app does not start when one does not."""

from collections.abc import Callable
from typing import Any, Literal, TypeVar

from flask import Flask, abort, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from portal.domain.errors import NotProved
from portal.domain.permissions import Permission
from portal.domain.ways_in import PageRight
from portal.web.site.contributor_session import may_here
from portal.web.site.page_owner import FIELD, mark_open_page

View = TypeVar("View", bound=Callable[..., Any])
Rule = Permission | PageRight | Literal["open"]

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


def guard(app: Flask) -> None:
    """Check the rule of every request before its view runs."""

    @app.before_request
    def _check() -> ResponseReturnValue | None:
        if request.endpoint is None:
            return None
        rule = rule_of(app, request.endpoint)
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
