"""How programs read what they fetch about public pages: feeds, lists of pages."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import feedparser
from jsonschema import Draft202012Validator
from lxml import etree

SCHEMAS = Path(__file__).with_name("schemas")


def read_atom(content: bytes) -> Any:
    """Return a feed as feedparser reads it, which had to guess nothing."""
    found = feedparser.parse(content, sanitize_html=False, resolve_relative_uris=False)
    assert (found.bozo, found.version) == (False, "atom10"), found.get("bozo_exception")
    return found


def read_json_feed(text: str) -> Mapping[str, Any]:
    """Return a JSON Feed that keeps to its schema."""
    feed: Mapping[str, Any] = json.loads(text)
    faults = [f"{list(fault.path)}: {fault.message}" for fault in _json_schema().iter_errors(feed)]
    assert faults == []
    return feed


def read_sitemap(content: bytes) -> list[tuple[str, dict[str, str]]]:
    """Return the pages of a list that keeps to its schema, each with its addresses in other languages."""
    root = etree.fromstring(content)
    schema = _sitemap_schema()
    assert schema.validate(root), schema.error_log
    return [
        (
            str(page[0].text),
            {str(link.get("hreflang")): str(link.get("href")) for link in page[1:]},
        )
        for page in root
    ]


@cache
def _json_schema() -> Draft202012Validator:
    schema = json.loads((SCHEMAS / "json_feed.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


@cache
def _sitemap_schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(SCHEMAS / "sitemap.xsd"))
