"""The guard of every form and script that changes something: it comes from our own page, with its token.

One place for all of them, sign-in included. Where a browser says where a form was sent from, it must be here;
a browser that says nothing is believed by its token: people who hide where they come from can write to us.
"""

import logging
from typing import NoReturn
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, jsonify, request
from flask_wtf import CSRFProtect
from flask_wtf.csrf import CSRFError, generate_csrf

from portal.database import is_safe_request
from portal.domain.form_origin import CURED_BY_TOKEN, FormRefusal, SentFrom, judge_origin, list_own_origins
from portal.extensions import current_portal
from portal.forms.refusals import word_refused_form

_LOGGED = 200
"""Characters of a header that the log takes."""

_log = logging.getLogger(__name__)


class RefusedForm(CSRFError):  # type: ignore[misc]  # flask_wtf ships no types
    """A form of which nothing may be taken; `cause` says why."""

    def __init__(self, cause: FormRefusal) -> None:
        """Keep the cause."""
        super().__init__()
        self.cause = cause


class FormGuard(CSRFProtect):  # type: ignore[misc]  # flask_wtf ships no types
    """Flask-WTF's check of tokens, with ours of where a form was sent from in place of its Referer."""

    def protect(self, apply_exemptions: bool = False) -> None:  # noqa: FBT001, FBT002  # Flask-WTF's signature
        """Raise RefusedForm unless the request is safe, or comes from our page with its token."""
        if is_safe_request() or not request.endpoint:
            return
        cause = _judge_request()
        if cause is not None:
            raise RefusedForm(cause)
        super().protect(apply_exemptions)

    def _error_response(self, reason: str) -> NoReturn:
        """Raise RefusedForm for a token that is not good."""
        has_cookie = current_app.config["SESSION_COOKIE_NAME"] in request.cookies
        cause = FormRefusal.OLD_PAGE if has_cookie else FormRefusal.NO_COOKIE
        _log.info("refused a form (%s) of %s", cause, request.endpoint)
        raise RefusedForm(cause)


def init_forms(app: Flask) -> None:
    """Give the application its guard, which web/site/access.py asks in its turn."""
    # It wants a Referer, which careful people's browsers do not send.
    app.config.update(WTF_CSRF_SSL_STRICT=False, WTF_CSRF_CHECK_DEFAULT=False)
    FormGuard(app)


def check_form() -> None:
    """Raise RefusedForm unless what is sent comes from a page of ours, with its token."""
    if current_app.config["WTF_CSRF_ENABLED"]:  # as Flask-WTF asks where it checks by itself
        current_app.extensions["csrf"].protect(apply_exemptions=True)


def answer_refused_script(cause: FormRefusal) -> Response:
    """Tell a script why its form was not taken, with a fresh token where that mends it."""
    if cause in CURED_BY_TOKEN:
        return jsonify(state="token", token=generate_csrf())
    return jsonify(state="refused", sentence=word_refused_form(cause))


def _judge_request() -> FormRefusal | None:
    """Say why the request is not taken from where it was sent, and tell the log what an operator can mend."""
    settings = current_portal().settings
    sent = SentFrom(
        origin=request.headers.get("Origin", ""),
        site=request.headers.get("Sec-Fetch-Site", ""),
        referrer=request.headers.get("Referer", ""),
    )
    base = urlsplit(settings.base_url)
    hosts: list[str] = current_app.config["TRUSTED_HOSTS"]
    further = [host for host in hosts if host != base.hostname and not host.startswith(".")]
    cause = judge_origin(sent, list_own_origins(settings.base_url, [*further, request.host]))
    if cause is not None:
        _log.warning(
            "refused a form (%s): sent from %r (Sec-Fetch-Site %r) to the host %r. Own pages are at "
            "PORTAL_BASE_URL, %s, and under PORTAL_TRUSTED_HOSTS; a proxy has to pass on name and port",
            cause,
            (sent.origin or sent.referrer)[:_LOGGED],
            sent.site[:_LOGGED],
            request.host[:_LOGGED],
            settings.base_url,
        )
    return cause
