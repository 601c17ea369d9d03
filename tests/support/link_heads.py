"""What other sites read in the head of a page."""

from collections import defaultdict
from typing import Any
from xml.etree.ElementTree import Element

from tests.support.html_pages import read_tree


class LinkHead:
    """The head of a page as a messenger or a search engine takes it apart."""

    def __init__(self, page: str) -> None:
        self._head: Element = read_tree(page).find("head") or Element("head")

    @property
    def metas(self) -> dict[str, Any]:
        """Return what the page says of itself by name; of what stands there more than once, all of it."""
        found: dict[str, list[str]] = defaultdict(list)
        for one in self._head.iter("meta"):
            name = one.get("property") or one.get("name")
            if name:
                found[name].append(one.get("content", ""))
        return {name: said[0] if len(said) == 1 else said for name, said in found.items()}

    def links(self, rel: str, kind: str | None = None) -> list[str]:
        """Return the addresses of a relation, of one type or of those without."""
        links = self._head.iter("link")
        return [one.get("href", "") for one in links if one.get("rel") == rel and one.get("type") == kind]

    @property
    def facts(self) -> str:
        """Return what stands there for programs, as JSON; empty where nothing does."""
        scripts = (one for one in self._head.iter("script") if one.get("type") == "application/ld+json")
        return next((one.text or "" for one in scripts), "")
