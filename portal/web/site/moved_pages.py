"""Addresses that hold no page but mean one: languages spelt otherwise, and addresses without a language."""

from urllib.parse import quote

from flask import current_app, request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from portal.domain.language_addresses import read_language_segment
from portal.domain.languages import DEFAULT, Locale, find_wished, locale_by_url
from portal.extensions import db
from portal.queries.calls import find_with_calls
from portal.web.site.locale import SAFE_IN_PATHS, negotiate_here


def find_moved() -> tuple[str, int] | None:
    """Return where an unknown address leads, and the status that says so; None when nowhere.

    Another spelling of a language leads to ours for good. A language we lack, and an address without one,
    lead to the reader's: that answer is this reader's only.
    """
    _, first, *rest = request.path.split("/", 2)
    # PostgreSQL fails on NUL, and none of our addresses holds it.
    if request.method not in ("GET", "HEAD") or locale_by_url(first) or "\x00" in request.path:
        return None
    if _is_in_every_language(request.path):
        return _write_moved(negotiate_here(), request.path), 302
    tag = read_language_segment(first)
    if tag is not None:
        found = find_wished(tag)
        return _write_moved(found or negotiate_here(), f"/{''.join(rest)}"), 301 if found else 302
    is_coverage = find_with_calls(db.session(), first) is not None
    return (_write_moved(negotiate_here(), request.path), 302) if is_coverage else None


def _write_moved(locale: Locale, path: str) -> str:
    """Return the path under a language, with what was asked; it begins with our own part, never with `//`."""
    moved = quote(f"{request.script_root}/{locale.url}{path}", safe=SAFE_IN_PATHS)
    query = request.query_string.decode("latin-1")
    return f"{moved}?{query}" if query else moved


def _is_in_every_language(path: str) -> bool:
    """Say whether a page whose address names no coverage has this address behind its language.

    A slash more or less is no other address: the page itself leads on.
    """
    bare = path.rstrip("/")
    return bool(bare) and any(_names_page(one) for one in (bare, f"{bare}/"))


def _names_page(path: str) -> bool:
    try:
        rule, values = current_app.url_map.bind("").match(f"/{DEFAULT.url}{path}", "GET", return_rule=True)
    except (HTTPException, RequestRedirect):
        return False
    return "lang" in values and "coverage" not in rule.arguments
