"""The parts of a Word document: found by what they are to each other, not by their names."""

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from portal.media.zip_checks import Archive

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
DIAGRAM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
VML = "{urn:schemas-microsoft-com:vml}"
_TYPES = "[Content_Types].xml"
_USUAL_MAIN = "word/document.xml"
_STRICT = "{http://purl.oclc.org/ooxml/"
_STRICT_MARK = b"http://purl.oclc.org/ooxml/"
_STRICT_NAMES = {
    "wordprocessingml/main": W,
    "officeDocument/relationships": R,
    "drawingml/main": A,
    "officeDocument/math": M,
    "drawingml/diagram": DIAGRAM,
    "drawingml/chart": CHART,
}
_MAIN = "officeDocument"
_OFF = frozenset({"0", "false", "off"})


@dataclass(frozen=True)
class Relationship:
    """What one part is to another: the last word of its type, and the part's name or an address outside."""

    kind: str
    target: str
    is_outside: bool


@dataclass(frozen=True)
class WordPackage:
    """A Word document as its parts."""

    archive: Archive
    main: str
    document: Element
    """The part with the text."""

    def relations_of(self, name: str) -> Mapping[str, Relationship]:
        """Return by id what a part is related to."""
        return _read_relations(self.archive, name)

    def read_related(self, kind: str) -> tuple[str, Element | None]:
        """Return the name and content of the part that is this to the text, None where there is none."""
        for one in self.relations_of(self.main).values():
            if one.kind == kind and not one.is_outside:
                return one.target, self.read(one.target)
        return "", None

    def read(self, name: str) -> Element | None:
        """Return the content of a part that can be done without. Raises Refused for an unsafe one."""
        found = _find_name(self.archive, name)
        self.archive.demand([found])
        return parse_part(self.archive.parts[found]) if found in self.archive.parts else None


def find_package(archive: Archive) -> WordPackage | None:
    """Return the Word document in a zip; None where there is none. Raises Refused for an unsafe one."""
    if _find_name(archive, _TYPES) not in archive.names:
        return None
    for name in (*_list_mains(archive), _USUAL_MAIN):
        found = _find_name(archive, name)
        archive.demand([found])
        document = parse_part(archive.parts[found]) if found in archive.parts else None
        if document is not None and document.tag == f"{W}document":
            return WordPackage(archive, found, document)
    return None


def parse_part(content: bytes) -> Element:
    """Return the content of a part, in the names of the usual kind of OOXML also where it is a strict one."""
    root = ElementTree.fromstring(content)  # noqa: S314  # no document type: see archive.check_xml
    for element in root.iter() if _STRICT_MARK in content or root.tag.startswith(_STRICT) else ():
        if element.tag.startswith(_STRICT):
            element.tag = _loosen(element.tag)
            for name in [name for name in element.attrib if name.startswith(_STRICT)]:
                element.set(_loosen(name), element.attrib.pop(name))
    return root


def is_on(switch: Element | None) -> bool:
    """Say whether a property that is on or off is there and on."""
    return switch is not None and switch.get(f"{W}val", "1").lower() not in _OFF


def read_value(element: Element | None, path: str) -> str | None:
    """Return the value of a property below an element: `numPr/numId`."""
    found = None if element is None else element.find("/".join(W + step for step in path.split("/")))
    return None if found is None else found.get(f"{W}val")


def _list_mains(archive: Archive) -> Iterator[str]:
    for one in _read_relations(archive, "").values():
        if one.kind == _MAIN and not one.is_outside:
            yield one.target


def _read_relations(archive: Archive, name: str) -> dict[str, Relationship]:
    folder, base = posixpath.split(name)
    listed = _find_name(archive, posixpath.join(folder, "_rels", f"{base}.rels"))
    archive.demand([listed])
    if listed not in archive.parts:
        return {}
    found: dict[str, Relationship] = {}
    for one in parse_part(archive.parts[listed]):
        key, target = one.get("Id"), one.get("Target")
        if key is not None and target is not None:
            is_outside = one.get("TargetMode") == "External"
            kind = one.get("Type", "").rpartition("/")[2]
            found[key] = Relationship(kind, target if is_outside else _resolve(folder, target), is_outside)
    return found


def _resolve(folder: str, target: str) -> str:
    joined = target if target.startswith("/") else posixpath.join(folder, target)
    return posixpath.normpath(joined.replace("\\", "/")).lstrip("/")


def _find_name(archive: Archive, name: str) -> str:
    """Return how a part is spelt in the zip: capitals do not count."""
    if name in archive.names:
        return name
    return next((one for one in archive.names if one.lower() == name.lower()), name)


def _loosen(name: str) -> str:
    space, _brace, own = name[len(_STRICT) :].partition("}")
    return _STRICT_NAMES[space] + own if space in _STRICT_NAMES else name
