"""The styles of a Word document: what a paragraph is called, what is hidden, what is numbered."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from xml.etree.ElementTree import Element

from portal.media.docx_package import W, is_on, read_value

_MOST_PARENTS = 10


@dataclass(frozen=True)
class Styles:
    """Styles by their ids; those without one cannot be used and are not here."""

    by_id: dict[str, Element] = field(default_factory=dict)

    def find_number(self, key: str) -> Element | None:
        """Return what a style of paragraphs, or one it is based on, says about numbers."""
        for _key, style in self._ancestry(key):
            found = style.find(f"{W}pPr/{W}numPr")
            if found is not None:
                return found
        return None

    def number_owner(self, key: str) -> str:
        """Return the id of the style that `find_number` found it in."""
        for owner, style in self._ancestry(key):
            if style.find(f"{W}pPr/{W}numPr") is not None:
                return owner
        return ""

    @cached_property
    def hide_any(self) -> bool:
        """Say whether any style hides text."""
        return any(is_on(style.find(f"{W}rPr/{W}vanish")) for style in self.by_id.values())

    def is_hidden(self, key: str) -> bool:
        """Say whether text of a style is hidden."""
        for _key, style in self._ancestry(key):
            switch = style.find(f"{W}rPr/{W}vanish")
            if switch is not None:
                return is_on(switch)
        return False

    def _ancestry(self, key: str) -> Iterator[tuple[str, Element]]:
        for _step in range(_MOST_PARENTS):
            style = self.by_id.get(key)
            if style is None:
                return
            yield key, style
            key = read_value(style, "basedOn") or ""


def read_styles(content: Element | None) -> Styles:
    """Return the styles of the part that lists them; none where there is no such part."""
    found: dict[str, Element] = {}
    for style in content.findall(f"{W}style") if content is not None else ():
        if key := style.get(f"{W}styleId"):
            found.setdefault(key, style)
    return Styles(found)
