"""Headers and cookies of every response: security headers, and how what we sign is signed (R-1 to R-3)."""

import hashlib

from flask import Flask, Response, request
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from itsdangerous import Signer, URLSafeTimedSerializer

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
_PERMISSIONS = "camera=(), microphone=(), geolocation=(), usb=(), clipboard-read=(), payment=()"
_STATIC_SECONDS = 365 * 24 * 3600
_YEAR = 365 * 24 * 3600
_KEPT_BY_NOBODY = "no-store"
_ASKED_ANEW = "no-cache"
_FINE = (200, 304)
SHARED = frozenset(
    {
        "public_cards.coverage_card",
        "public_cards.page_card",
        "public_calendar.deadline",
        "public_crawlers.robots",
        "public_crawlers.sitemap",
        "public_feeds.atom",
        "public_feeds.json_feed",
        "public_pictures.lead",
        "public_pictures.card_photo",
    }
)
"""What programs fetch about public pages: kept by them, and asked for anew before each use, so that what was
taken down is gone at once."""
FILES = frozenset({"static", "public_shared_photos.shared_photo"}) | SHARED
"""What is the same for everybody: no cookie is looked at, set or named there."""
FOUND_BY_SEARCH = frozenset(
    {
        "public.coverages",
        "public.coverage",
        "public.safety",
        "public.help_page",
        "static",
        "public_cards.coverage_card",
        "public_cards.page_card",
        "public_pictures.lead",
    }
)
"""All that search engines may list: not the forms, which hold the words and codes of whoever writes there."""
_NOT_FOUND_BY_SEARCH = "noindex"


DIGEST = staticmethod(hashlib.sha256)
"""Of what signs cookies and tokens, where the libraries would take HMAC-SHA-1 (ASVS 5, 11.4.1)."""


def sign_by_sha256() -> None:
    """Have everything sign so that names no digest itself: tokens of forms, marks of browsers, questions."""
    Signer.default_digest_method = DIGEST


class _PageSessions(SecureCookieSessionInterface):
    """Sessions of pages: files are the same for everybody, so they set no cookie and vary with none."""

    digest_method = DIGEST

    def __init__(self, app: Flask) -> None:
        """Make what signs cookies once: the key is the application's, and stays."""
        self._serializer = super().get_signing_serializer(app)

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Return what signs cookies, and reads signed ones."""
        return self._serializer

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Write the cookie and `Vary: Cookie`, except on files: extensions look into it there too."""
        if request.endpoint not in FILES:
            super().save_session(app, session, response)


def fixed_headers(*, https: bool) -> dict[str, str]:
    """Return what every answer says, whoever writes it."""
    found = {
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cross-Origin-Embedder-Policy": "require-corp",
        "Permissions-Policy": _PERMISSIONS,
        # Not no-referrer: with that, browsers hide the origin of our own forms from us too.
        "Referrer-Policy": "same-origin",
    }
    return {**found, "Strict-Transport-Security": f"max-age={_YEAR}; includeSubDomains"} if https else found


def init_headers(app: Flask, *, https: bool) -> None:
    """Set the headers after every request, errors and static files included."""
    app.session_interface = _PageSessions(app)
    fixed = fixed_headers(https=https)

    @app.after_request
    def _set(response: Response) -> Response:
        headers = response.headers
        # A photo brings a stricter one.
        headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        headers.update(fixed)
        is_fine = response.status_code in _FINE
        if not is_fine or request.endpoint not in FOUND_BY_SEARCH:
            headers["X-Robots-Tag"] = _NOT_FOUND_BY_SEARCH
        if is_fine and request.endpoint in SHARED:
            # A reader of feeds in a browser shows their pictures on pages of its own.
            headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        headers["Cache-Control"] = _choose_keeping() if is_fine else _KEPT_BY_NOBODY
        return response


def _choose_keeping() -> str:
    """Return how long an answer without a fault may be kept, and by whom."""
    if request.endpoint == "static" and "v" in request.args:
        return f"public, max-age={_STATIC_SECONDS}, immutable"
    return _ASKED_ANEW if request.endpoint in SHARED else _KEPT_BY_NOBODY
