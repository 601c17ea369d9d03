"""Zip files of somebody else: looked at before anything is unpacked, and only their XML is let through."""

import io
import stat
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO
from xml.parsers import expat

from portal.media.child_process import ExitCode, Refused

MOST_MEMBERS = 2000
MOST_XML = 48 * 1024**2
MOST_RATIO = 100
MOST_DEPTH = 200
_SMALL = 256 * 1024
"""A file this small may be packed as tightly as it likes."""
_ENCRYPTED = 0x1
_XML_NAMES = (".xml", ".rels")
_PAGE_NAMES = (".html", ".htm", ".xhtml", ".xht", ".mht", ".mhtml", ".txt", ".rtf", ".docx", ".docm", ".dotx")
_KIND = "mimetype"
_UNIX_MODE = 16


@dataclass(frozen=True)
class Archive:
    """What is in a zip: the names of all members, and the bytes of those that hold XML."""

    names: frozenset[str]
    parts: Mapping[str, bytes]
    """Whatever a reader may parse."""
    pages: Mapping[str, bytes]
    """Pages of the web, plain texts, documents: some programs put a story into a document as one of them."""
    unsafe: Mapping[str, bytes] = field(default_factory=dict)
    """Parts that declare a document type, from which entities and foreign files come, or nest without end.

    They are harmless as long as nobody reads them.
    """

    def demand(self, names: Iterable[str]) -> None:
        """Insist that parts a reader needs are safe to read. Raises Refused."""
        if not self.unsafe.keys().isdisjoint(names):
            raise Refused(ExitCode.SUSPICIOUS)

    def pack(self) -> io.BytesIO:
        """Return a zip of the checked parts alone, for readers that want one."""
        return pack_parts(self.parts)


def pack_parts(parts: Mapping[str, bytes]) -> io.BytesIO:
    """Return a zip of these parts, for readers that want one."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    packed.seek(0)
    return packed


def open_archive(source: Path | IO[bytes]) -> Archive | None:
    """Return what may be read of a zip, None when the file is none.

    Raises Refused for a zip whose XML unpacks to too much, that leads out of itself, or is locked.
    """
    if not zipfile.is_zipfile(source):
        return None
    with zipfile.ZipFile(source) as archive:
        members = archive.infolist()
        _check_members(members)
        wanted = [one for one in members if one.file_size and _is_wanted(one.filename)]
        _check_sizes(wanted, sum(one.compress_size for one in members))
        parts = {_name(one): content for one in wanted if (content := _unpack(archive, one)) is not None}
    judged = {name: _judge(name, content) for name, content in parts.items() if not _is_page(name)}
    return Archive(
        frozenset(map(_name, members)),
        {name: parts[name] for name, outcome in judged.items() if outcome is None},
        {name: content for name, content in parts.items() if _is_page(name)},
        {name: parts[name] for name, outcome in judged.items() if outcome is ExitCode.SUSPICIOUS},
    )


def _name(member: zipfile.ZipInfo) -> str:
    """Return the name of a member; some programs write it as their own file system does."""
    return member.filename.replace("\\", "/")


def _unpack(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes | None:
    """Return what is in a member; one that is broken is as good as not there."""
    try:
        return archive.read(member)
    except (zipfile.BadZipFile, zlib.error, EOFError):
        return None


def _is_wanted(name: str) -> bool:
    return name.endswith(_XML_NAMES) or name == _KIND or _is_page(name)


def _is_page(name: str) -> bool:
    return name.lower().endswith(_PAGE_NAMES)


def _judge(name: str, content: bytes) -> ExitCode | None:
    """Return why a part is not read; one that is no XML is as good as not there."""
    if name == _KIND:
        return None
    try:
        check_xml(content)
    except Refused as refused:
        return refused.outcome
    except expat.ExpatError:
        return ExitCode.NOT_READ
    return None


def _check_members(members: list[zipfile.ZipInfo]) -> None:
    if any(one.flag_bits & _ENCRYPTED for one in members):
        raise Refused(ExitCode.LOCKED)
    if (
        len(members) > MOST_MEMBERS
        or len({_name(one) for one in members}) != len(members)
        or not all(_is_plain(one) for one in members)
    ):
        raise Refused(ExitCode.SUSPICIOUS)


def _is_plain(member: zipfile.ZipInfo) -> bool:
    """Say whether a member is an ordinary file below the zip's own folder."""
    path = PurePosixPath(_name(member))
    return (
        not path.is_absolute()
        and ".." not in path.parts
        and ":" not in path.parts[0:1]
        and not stat.S_ISLNK(member.external_attr >> _UNIX_MODE)
    )


def _check_sizes(wanted: list[zipfile.ZipInfo], packed: int) -> None:
    """Refuse what unpacks to too much; pictures and the like are never unpacked, however tightly packed."""
    unpacked = sum(one.file_size for one in wanted)
    if (
        unpacked > MOST_XML
        or unpacked > max(packed * MOST_RATIO, _SMALL)
        or any(one.file_size > max(one.compress_size * MOST_RATIO, _SMALL) for one in wanted)
    ):
        raise Refused(ExitCode.SUSPICIOUS)


def check_xml(content: bytes) -> None:
    """Read XML once without keeping it. Raises Refused for a document type or bottomless nesting."""
    depth = 0

    def refuse(*_values: object) -> None:
        raise Refused(ExitCode.SUSPICIOUS)

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
