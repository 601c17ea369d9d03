"""The language of a page: URL prefix, then account, then what was chosen here, then the browser's wish.

A choice in the menu is remembered in the session's cookie, which ends with the browser: on a shared phone
nothing is left that tells of a visit. Nobody gets a cookie for reading alone.
"""

from typing import Any
from urllib.parse import quote, urlencode

import babel
from babel.support import NullTranslations
from flask import Flask, Response, g, has_request_context, redirect, request, session
from flask.typing import ResponseReturnValue
from flask_babel import Domain, get_domain, get_locale, refresh
from jinja2 import Template
from werkzeug.exceptions import HTTPException
from werkzeug.routing import BaseConverter, ValidationError

from portal.domain.languages import (
    DEFAULT,
    LOCALES,
    Locale,
    language_of_name,
    locale_by_tag,
    locale_by_url,
    negotiate,
)
from portal.web.site.current_staff import staff_on_page
from portal.web.site.english_gaps import START, EnglishGaps, drop_english_marks, name_english
from portal.web.site.headers import FILES

CHOICE = "set-language"
"""Parameter of the menu's links. The page itself has an address without it."""

SAFE_IN_PATHS = "/~!$&'()*+,;=:@"
"""What stands in a path as it is (RFC 3986)."""

_REMEMBERED = "locale"
_OF_ACCOUNT = "account_locale"
_BABEL_LOCALES = {locale: babel.Locale.parse(locale.babel) for locale in LOCALES}


def find_locale() -> Locale:
    """Return the language of the page being answered; English outside a request."""
    if not has_request_context():
        return DEFAULT
    found: Locale | None = g.get("locale")
    if found is None:
        found = g.locale = _prefix_locale() or _account_locale() or _last_account_locale() or negotiate_here()
    return found


def negotiate_here() -> Locale:
    """Return the language for an address that names none: the chosen one, else what the browser wishes."""
    return locale_by_url(session.get(_REMEMBERED, "")) or negotiate(
        request.headers.get("Accept-Language", "")
    )


def remember_choice(locale: Locale) -> None:
    """Note that a language was chosen here, as the menu's links do."""
    session[_REMEMBERED] = locale.url


def remember_account_locale(tag: str) -> None:
    """Note which language an account has that was opened here: the page that asks to sign in again has it."""
    session[_OF_ACCOUNT] = tag


def forget_account_locale() -> None:
    """Forget it: whoever signed out may leave the browser to somebody else."""
    session.pop(_OF_ACCOUNT, None)


def prefer_locale(tag: str) -> None:
    """Answer in the language of somebody who is known before signing in, unless one was chosen here."""
    known = locale_by_tag(tag)
    if known is not None and locale_by_url(session.get(_REMEMBERED, "")) is None:
        g.locale = known
        refresh()  # Flask-Babel holds on to the language it has asked for


def follow_choice() -> ResponseReturnValue | None:
    """Remember the language that a link of the menu names, and lead to the page without that name."""
    chosen = locale_by_url(request.args.get(CHOICE, ""))
    if chosen is None or request.method != "GET":
        return None
    remember_choice(chosen)
    others = [pair for pair in request.args.items(multi=True) if pair[0] != CHOICE]
    return redirect(_write_path(request.path) + (f"?{urlencode(others)}" if others else ""), 302)


def babel_locale() -> babel.Locale | None:
    """Return what Flask-Babel's selector asks for; None outside a request, where force_locale decides."""
    return _BABEL_LOCALES[find_locale()] if has_request_context() else None


class Catalogues(Domain):  # type: ignore[misc]  # flask_babel ships no types
    """The catalogues of one application, each found by its locale.

    Flask-Babel writes a locale's name out for every text: a tenth of what the queue takes.
    """

    def get_translations(self) -> NullTranslations:
        """Return the catalogue of the page's language."""
        locale = get_locale()
        try:
            found: NullTranslations = self.cache[locale]
        except KeyError:
            found = self.cache[locale] = super().get_translations()
            if locale is not None and str(locale) != DEFAULT.babel:
                found.add_fallback(EnglishGaps())
        return found


def find_catalogue() -> NullTranslations:
    """Return the catalogue of the page's language: looked up once by what words many things."""
    found: NullTranslations = get_domain().get_translations()
    return found


class NamingTemplate(Template):
    """A template whose pages say of English texts among another language's that they are English."""

    def render(self, *args: Any, **values: Any) -> str:
        """Return the whole page, or text of a mail."""
        page = super().render(*args, **values)
        if START not in page:
            return page
        return name_english(page) if self.name and self.name.endswith(".html") else drop_english_marks(page)


def _prefix_locale() -> Locale | None:
    given = (request.view_args or {}).get("lang") or g.get("lang")
    return given if isinstance(given, Locale) else locale_by_url(request.path.split("/", 2)[1])


def _account_locale() -> Locale | None:
    staff = staff_on_page()
    return locale_by_tag(staff.locale) if staff else None


def _last_account_locale() -> Locale | None:
    """Return the language of an account whose session has ended by itself, unless one was chosen here."""
    return None if session.get(_REMEMBERED) else locale_by_tag(session.get(_OF_ACCOUNT, ""))


def init_locale(app: Flask) -> None:
    """Take `lang` out of the arguments of views and put it back into their addresses."""
    app.jinja_env.filters["name_lang"] = _find_name_language

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
        if not g.get("lang") and request.endpoint not in FILES:
            response.vary.update(("Accept-Language", "Cookie"))
        return response


def _find_name_language(name: str) -> str:
    return language_of_name(name, find_locale().tag)


def language_menu() -> list[dict[str, Any]]:
    """Return the same page in every language: locale, address, and the address that remembers the choice.

    Empty where an account's language decides, and where leaving would lose what the page gives back.
    """
    if not _is_page() or (staff_on_page() and _unprefixed_path() is None):
        return []
    return [
        {"locale": one, "href": _path_in(one), "choose": f"{_path_in(one)}?{urlencode(_choose(one))}"}
        for one in LOCALES
    ]


def _choose(locale: Locale) -> dict[str, str]:
    """Return the parameters that remember a choice, and where somebody who signs in goes on to.

    No other parameter of the request: pages that are kept for everybody hold the menu.
    """
    goes_on = "" if _unprefixed_path() else _find_next()
    return {**({"next": goes_on} if goes_on else {}), CHOICE: locale.url}


def _find_next() -> str:
    try:
        return request.values.get("next", "")
    except HTTPException:  # the body itself was refused: too large, or not a form
        return ""


def neutral_address() -> str:
    """Return the address of this page that leads everybody to the own language."""
    rest = _unprefixed_path()
    return _write_path("/" if rest is None else rest)


def _is_page() -> bool:
    """Say whether the address of this request can be opened like a link."""
    if request.method in ("GET", "HEAD"):
        return True
    rule = request.url_rule
    return rule is not None and "GET" in (rule.methods or ())


def _path_in(locale: Locale) -> str:
    rest = _unprefixed_path()
    if rest is not None:
        return _write_path(f"/{locale.url}{rest}")
    # An address that nobody knows has no other language: the menu leads to the beginning.
    return _write_path(request.path if request.endpoint else f"/{locale.url}/")


def _unprefixed_path() -> str | None:
    """Return what follows the language in the path; None where it begins with none."""
    _, first, *rest = request.path.split("/", 2)
    return "/" + "".join(rest) if locale_by_url(first) else None


def _write_path(path: str) -> str:
    # Two slashes at the beginning would lead to another site.
    return quote(f"{request.script_root}/{path.lstrip('/')}", safe=SAFE_IN_PATHS)


class LocaleConverter(BaseConverter):
    """`en`, `uk`, `zh-tw`: the language of a public page, as a Locale."""

    regex = "|".join(locale.url for locale in LOCALES)

    def to_python(self, value: str) -> Locale:
        """Return the locale of the prefix."""
        for locale in LOCALES:
            if locale.url == value:
                return locale
        raise ValidationError(value)

    def to_url(self, value: Locale | str) -> str:
        """Return the prefix of the locale."""
        return value.url if isinstance(value, Locale) else value


class PublicIdConverter(BaseConverter):
    """A random 128-bit id in hexadecimal."""

    regex = "[0-9a-f]{32}"
