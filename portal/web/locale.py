"""The language of a page: URL prefix, then account, then cookie, then the browser's wish."""

from typing import Any

from flask import Flask, Response, g, has_request_context, request, url_for

from portal.domain.languages import DEFAULT, LOCALES, Locale, locale_by_tag, locale_by_url, negotiate
from portal.web.actor import staff_on_page

LOCALE_COOKIE = "locale"


def find_locale() -> Locale:
    """Return the language of the page being answered; English outside a request."""
    if not has_request_context():
        return DEFAULT
    if "locale" not in g:
        g.locale = _prefix_locale() or _account_locale() or _cookie_locale() or negotiate(_wishes())
    found: Locale = g.locale
    return found


def babel_locale() -> str | None:
    """Return the Babel id for Flask-Babel's selector; None outside a request, where force_locale decides."""
    return find_locale().babel if has_request_context() else None


def _prefix_locale() -> Locale | None:
    given = (request.view_args or {}).get("lang") or g.get("lang")
    return given if isinstance(given, Locale) else locale_by_url(request.path.split("/", 2)[1])


def _account_locale() -> Locale | None:
    staff = staff_on_page()
    return locale_by_tag(staff.locale) if staff else None


def _cookie_locale() -> Locale | None:
    return locale_by_url(request.cookies.get(LOCALE_COOKIE, ""))


def _wishes() -> str:
    return request.headers.get("Accept-Language", "")


def init_locale(app: Flask) -> None:
    """Take `lang` out of the arguments of views and put it back into their addresses."""

    @app.url_value_preprocessor
    def _take_language(endpoint: str | None, values: dict[str, Any] | None) -> None:
        if values and "lang" in values:
            g.lang = values.pop("lang")

    @app.url_defaults
    def _give_language(endpoint: str, values: dict[str, Any]) -> None:
        if "lang" not in values and app.url_map.is_endpoint_expecting(endpoint, "lang"):
            values["lang"] = find_locale()

    @app.after_request
    def _name_language(response: Response) -> Response:
        if response.mimetype == "text/html":
            response.headers["Content-Language"] = find_locale().tag
        if not g.get("lang") and request.endpoint != "static":
            response.vary.update(("Accept-Language", "Cookie"))
        return response


def language_menu() -> list[dict[str, Any]]:
    """Return the same page in every language: locale and address; empty where pages have no prefix."""
    if request.endpoint is None or not g.get("lang"):
        return []
    values = {**(request.view_args or {})}
    return [{"locale": one, "href": url_for(request.endpoint, **{**values, "lang": one})} for one in LOCALES]
