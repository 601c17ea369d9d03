"""Zip files of somebody else: looked at before anything is unpacked, and only their XML is let through."""

import io
import stat
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from xml.parsers import expat

from portal.media.child import Outcome
from portal.media.refusal import Refused

MOST_MEMBERS = 2000
MOST_UNPACKED = 200 * 1000**2
MOST_XML = 48 * 1024**2
MOST_RATIO = 100
MOST_DEPTH = 200
_SMALL = 256 * 1024
"""A file this small may be packed as tightly as it likes."""
_ENCRYPTED = 0x1
_XML_NAMES = (".xml", ".rels")
_KIND = "mimetype"
_UNIX_MODE = 16


@dataclass(frozen=True)
class Archive:
    """What is in a zip: the names of all members, and the bytes of those that hold XML."""

    names: frozenset[str]
    parts: Mapping[str, bytes]

    def pack(self) -> io.BytesIO:
        """Return a zip of the checked parts alone, for readers that want one."""
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
            for name, content in self.parts.items():
                archive.writestr(zipfile.ZipInfo(name), content)
        packed.seek(0)
        return packed


def open_archive(source: Path) -> Archive | None:
    """Return what may be read of a zip, None when the file is none.

    Raises Refused for a zip that unpacks to too much, leads out of itself, is locked, or whose XML declares
    a document type: that is where entities and foreign files come from.
    """
    if not zipfile.is_zipfile(source):
        return None
    with zipfile.ZipFile(source) as archive:
        members = archive.infolist()
        _check_members(members, source.stat().st_size)
        wanted = [one for one in members if one.file_size and _is_wanted(one.filename)]
        if sum(one.file_size for one in wanted) > MOST_XML:
            raise Refused(Outcome.SUSPICIOUS)
        parts = {one.filename: archive.read(one) for one in wanted}
    for name, content in parts.items():
        if name != _KIND:
            check_xml(content)
    return Archive(frozenset(one.filename for one in members), parts)


def _is_wanted(name: str) -> bool:
    return name.endswith(_XML_NAMES) or name == _KIND


def _check_members(members: list[zipfile.ZipInfo], packed: int) -> None:
    names = [one.filename for one in members]
    unpacked = sum(one.file_size for one in members)
    if any(one.flag_bits & _ENCRYPTED for one in members):
        raise Refused(Outcome.LOCKED)
    if (
        len(members) > MOST_MEMBERS
        or len(set(names)) != len(names)
        or unpacked > MOST_UNPACKED
        or unpacked > max(packed * MOST_RATIO, _SMALL)
        or not all(_is_plain(one) for one in members)
    ):
        raise Refused(Outcome.SUSPICIOUS)


def _is_plain(member: zipfile.ZipInfo) -> bool:
    """Say whether a member is an ordinary file below the zip's own folder, packed at an ordinary ratio."""
    path = PurePosixPath(member.filename.replace("\\", "/"))
    return (
        not path.is_absolute()
        and ".." not in path.parts
        and ":" not in path.parts[0:1]
        and not stat.S_ISLNK(member.external_attr >> _UNIX_MODE)
        and member.file_size <= max(member.compress_size * MOST_RATIO, _SMALL)
    )


def check_xml(content: bytes) -> None:
    """Read XML once without keeping it. Raises Refused for a document type or bottomless nesting."""
    depth = 0

    def refuse(*_values: object) -> None:
        raise Refused(Outcome.SUSPICIOUS)

    def begin(*_values: object) -> None:
        nonlocal depth
        depth += 1
        if depth > MOST_DEPTH:
            refuse()

    def end(*_values: object) -> None:
        nonlocal depth
        depth -= 1

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = begin
    parser.EndElementHandler = end
    parser.Parse(content, True)  # noqa: FBT003  # expat's own signature
