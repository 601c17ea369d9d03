"""Files that crawlers of search engines read first: which pages there are, in which languages.

Nothing is closed in robots.txt: who may not open a page never sees that it asks not to be listed.
"""

from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

from flask import Blueprint, Response, url_for

from portal.domain.languages import LOCALES
from portal.extensions import current_portal, db
from portal.queries.calls import list_slugs
from portal.web.public.shared_files import send_shared
from portal.web.site.access import access

room = Blueprint("public_crawlers", __name__)

_SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
_XHTML = "http://www.w3.org/1999/xhtml"


@room.get("/robots.txt")
@access("open")
def robots() -> Response:
    """Say that everything may be read, and where the list of pages is."""
    lines = (
        "User-agent: *",
        "Disallow:",
        "",
        f"Sitemap: {_absolute(url_for('public_crawlers.sitemap'))}",
        "",
    )
    return send_shared("\n".join(lines), "text/plain; charset=utf-8")


@room.get("/sitemap.xml")
@access("open")
def sitemap() -> Response:
    """List the public pages, each in every language."""
    register_namespace("", _SITEMAP)
    register_namespace("xhtml", _XHTML)
    listed = Element(f"{{{_SITEMAP}}}urlset")
    for addresses in _list_pages():
        for address in addresses.values():
            entry = SubElement(listed, f"{{{_SITEMAP}}}url")
            SubElement(entry, f"{{{_SITEMAP}}}loc").text = address
            for tag, other in addresses.items():
                SubElement(entry, f"{{{_XHTML}}}link", rel="alternate", hreflang=tag, href=other)
    return send_shared(tostring(listed, encoding="utf-8", xml_declaration=True), "application/xml")


def _list_pages() -> Iterator[dict[str, str]]:
    """Go through the pages; of each, its address in every language."""
    slugs = list_slugs(db.session())
    # One coverage alone is the start page as well, and has its own address as the true one.
    beside = ("public.safety", "public.help_page")
    for endpoint in beside if len(slugs) == 1 else ("public.coverages", *beside):
        yield _in_every_language(endpoint)
    for slug in slugs:
        yield _in_every_language("public.coverage", coverage=slug)


def _in_every_language(endpoint: str, **values: Any) -> dict[str, str]:
    return {one.tag: _absolute(url_for(endpoint, lang=one, **values)) for one in LOCALES}


def _absolute(path: str) -> str:
    return current_portal().settings.base_url + path
