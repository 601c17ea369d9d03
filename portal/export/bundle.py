"""The bundle: a zip with a folder for each story. Equal records give equal bytes."""

import hashlib
import json
import re
import zipfile
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from html import escape
from textwrap import indent
from typing import IO, Any

import yaml

from portal.domain.languages import direction_of
from portal.export.photos import WithheldPicture
from portal.export.record import SHORT_ID, ExportRecord
from portal.story.html import to_html, write_figure
from portal.story.markdown import to_markdown

try:
    from yaml import CSafeDumper as SafeDumper  # writes the same bytes in a third of the time
except ImportError:  # a PyYAML that was built without it
    from yaml import SafeDumper  # type: ignore[assignment]  # its Python twin

FIRST_TIME = (1980, 1, 1, 0, 0, 0)
"""The earliest time a zip can hold: a real one would make every bundle different."""

_FILE_MODE = 0o100644 << 16
_UNIX = 3
_NO_WRAP = 2**31 - 1
_SITE_CODE = re.compile(r"\{(?=[{%])")
_UNSEEN = "\u2060"
"""A word joiner: it shows as nothing, and no line breaks at it."""


class _QuotedStrings(SafeDumper):
    """Quotes every string: a bare `no`, `2024-01-01` or `1.10` would be read as something else."""


def _represent_text(dumper: SafeDumper, text: str) -> yaml.ScalarNode:
    # Most themes print a field as it is, others have Hugo run its shortcodes first: `{{<` must be no code for
    # these and no entity for those.
    parted = _SITE_CODE.sub("{" + _UNSEEN, text)
    return dumper.represent_scalar("tag:yaml.org,2002:str", parted, style='"')


_QuotedStrings.add_representer(str, _represent_text)


@dataclass(frozen=True)
class _Packed:
    """A story of the bundle: what the files that come last say of it."""

    uid: str
    folder: str
    files: tuple[tuple[str, int, bytes], ...]
    """Path, bytes and SHA-256 of each."""
    licence: tuple[str, str]
    attribution: str
    withheld: tuple[WithheldPicture, ...]
    missing: tuple[str, ...]


class BundleWriter:
    """Writes the zip: story.json, story.md, story.html and photos of each story; then LICENSE.txt, manifest.

    Photos that could not be read are named in MISSING.txt, in the manifest and with their story. Of a story
    that is written it keeps a few lines: the bundle may be much larger than the memory.
    """

    def __init__(self, out: IO[bytes], uids: Iterable[str]) -> None:
        """Begin a bundle of some of the stories that have these ids."""
        self._out = out
        self._uses = Counter(uid[:SHORT_ID] for uid in uids)
        self._stories: list[_Packed] = []
        self._archive = _open_archive(out)

    def add(self, record: ExportRecord) -> None:
        """Write a story."""
        folder = name_folder(record, self._uses)
        described = describe_record(record)
        files = {
            f"{folder}/story.html": write_page(record, body=described["body_html"]),
            f"{folder}/story.json": write_json(described),
            f"{folder}/story.md": write_front_matter(record),
            **{f"{folder}/{one.file}": one.content for one in record.pictures},
        }
        self._stories.append(
            _Packed(
                record.uid,
                folder,
                tuple(_write(self._archive, path, content) for path, content in sorted(files.items())),
                (record.licence.name, record.licence.uri),
                record.attribution,
                record.withheld_pictures,
                record.missing_files,
            )
        )

    def finish(self) -> None:
        """Write what is about all stories: then the bundle is whole."""
        listed = [one for story in self._stories for one in story.files]
        listed.append(_write(self._archive, "LICENSE.txt", _write_licences(self._stories)))
        if any(story.missing for story in self._stories):
            listed.append(_write(self._archive, "MISSING.txt", _write_missing(self._stories)))
        with self._archive.open(_name_entry("manifest.json"), "w") as manifest:
            for part in _write_manifest(listed, self._stories):
                manifest.write(part.encode())
        self._archive.close()
        self._out.truncate()

    def leave_out(self, uids: Collection[str]) -> None:
        """Take stories out of the bundle that is whole; it is again, and has none of their bytes."""
        self._stories = [story for story in self._stories if story.uid not in uids]
        with zipfile.ZipFile(self._out) as old:
            # In its place, so that it needs no room: what stays moves towards the beginning.
            self._out.seek(0)
            self._archive = _open_archive(self._out)
            for path, *_ in (one for story in self._stories for one in story.files):
                _write(self._archive, path, old.read(path))
        self.finish()

    def close(self) -> None:
        """Let go of the file, which may not be whole."""
        with suppress(OSError):
            self._archive.close()


def _open_archive(out: IO[bytes]) -> zipfile.ZipFile:
    # Stored, not compressed: what deflate writes depends on the library's version.
    return zipfile.ZipFile(out, "w", zipfile.ZIP_STORED)


def _write(archive: zipfile.ZipFile, path: str, content: bytes) -> tuple[str, int, bytes]:
    """Add a file; return its path, bytes and SHA-256."""
    archive.writestr(_name_entry(path), content)
    return path, len(content), hashlib.sha256(content).digest()


def _name_entry(path: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(path, FIRST_TIME)
    entry.create_system = _UNIX
    entry.external_attr = _FILE_MODE
    return entry


def name_folder(record: ExportRecord, uses: Mapping[str, int]) -> str:
    """Return the folder of a story, `<lang>-<short id>`; ids that begin alike are written out."""
    return f"{record.lang}-{record.short_id if uses[record.short_id] == 1 else record.uid}"


def describe_record(record: ExportRecord) -> dict[str, Any]:
    """Return the full record as JSON values: times in ISO 8601, the body as Markdown and as HTML."""
    described = {
        one.name: _to_plain_value(getattr(record, one.name)) for one in fields(record) if one.name != "body"
    }
    return {
        **described,
        "body_markdown": to_markdown(record.body),
        "body_html": to_html(record.body, figures=record.figures),
        "attribution": record.attribution,
        "categories": list(record.categories),
    }


def write_json(described: Mapping[str, Any]) -> bytes:
    """Return the full record, which describe_record gives."""
    return (_spell(described) + "\n").encode()


def write_front_matter(record: ExportRecord) -> bytes:
    """Return Markdown with YAML front matter as static site generators read it; own keys are in `params`.

    What somebody typed that is code to Hugo or Jekyll stays words, in the text and in every field.
    """
    matter = {
        "title": record.title,
        "description": record.excerpt,
        "date": record.edited_at.isoformat(),
        "draft": True,
        "language": record.lang,
        "translationKey": record.uid,
        "slug": record.slug,
        "authors": [record.byline] if record.byline else [],
        "categories": list(record.categories),
        "tags": [topic.name for topic in record.topics],
        "license": _encode_braces(record.licence.uri),
        "images": [one.file for one in record.pictures],
        "params": {
            "dek": record.dek,
            "bio": record.bio,
            "content_warning": record.content_warning,
            "licence_name": record.licence.name,
            "attribution": record.attribution,
            "original_language": record.original_lang,
            "coverage": record.coverage_slug,
            "pictures": [
                {
                    "src": one.file,
                    "alt": one.description,
                    "caption": one.words,
                    "credit": one.credit,
                    "language": one.lang,
                }
                for one in record.pictures
            ],
            "published": {one.lang: _encode_braces(one.url) for one in record.addresses},
        },
    }
    head = yaml.dump(matter, Dumper=_QuotedStrings, allow_unicode=True, sort_keys=False, width=_NO_WRAP)
    return f"---\n{head}---\n\n{to_markdown(record.body, portable=True, figures=record.figures)}".encode()


def _encode_braces(address: str) -> str:
    return address.replace("{", "%7B").replace("}", "%7D")


def write_page(record: ExportRecord, *, body: str) -> bytes:
    """Return the story as a page of its own: no styles, no scripts, the licence as a marked link.

    `body` is its text as HTML.
    """
    lines = [f"<h1>{escape(record.title)}</h1>"]
    lines += [
        f"<p>{escape(text)}</p>" for text in (record.dek, record.byline, record.content_warning) if text
    ]
    lines.append(body)
    if record.bio:
        lines.append(f"<p>{escape(record.bio)}</p>")
    lines += [write_figure(one.show(record.licence.name)) for one in record.unplaced_pictures]
    licence = record.licence
    lines.append(f'<p><a rel="license" href="{escape(licence.uri)}">{escape(licence.name)}</a></p>')
    article = "\n".join(lines)
    return (
        f'<!doctype html>\n<html lang="{record.lang}" dir="{direction_of(record.lang)}">\n<head>\n'
        f'<meta charset="utf-8">\n<title>{escape(record.title)}</title>\n'
        f'<meta name="description" content="{escape(record.excerpt)}">\n</head>\n<body>\n'
        f"<article>\n{article}\n</article>\n</body>\n</html>\n"
    ).encode()


def _write_licences(stories: Sequence[_Packed]) -> bytes:
    """Return each licence with the attribution line of every story under it."""
    lines: list[str] = []
    for name, uri in sorted({story.licence for story in stories}):
        lines += [f"{name}", uri, ""]
        lines += [story.attribution for story in stories if story.licence[1] == uri]
        lines.append("")
    return "\n".join(lines).encode()


def _write_missing(stories: Sequence[_Packed]) -> bytes:
    """Return the photos that belong in here and could not be read, a line each."""
    lines = ["These photos belong to the stories and are not in this file: they could not be read.", ""]
    lines += [f"{story.folder}/{file}" for story in stories for file in story.missing]
    return "\n".join([*lines, ""]).encode()


def _write_manifest(listed: Sequence[tuple[str, int, bytes]], stories: Sequence[_Packed]) -> Iterator[str]:
    """Yield every file with its bytes and SHA-256; of every story the folder and the photos that stay.

    In parts: of thousands of stories its whole text would take more memory than anything else here.
    """
    yield '{\n  "files": [\n'
    for number, (path, size, sha256) in enumerate(sorted(listed)):
        yield _list_one({"path": path, "bytes": size, "sha256": sha256.hex()}, is_first=number == 0)
    yield '\n  ],\n  "stories": [\n'
    for number, story in enumerate(sorted(stories, key=lambda story: story.uid)):
        described = {
            "uid": story.uid,
            "folder": story.folder,
            "withheld_pictures": _to_plain_value(story.withheld),
            **({"missing_files": list(story.missing)} if story.missing else {}),
        }
        yield _list_one(described, is_first=number == 0)
    yield "\n  ]\n}\n"


def _list_one(value: Mapping[str, Any], *, is_first: bool) -> str:
    return ("" if is_first else ",\n") + indent(_spell(value), "    ")


def _to_plain_value(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_to_plain_value(one) for one in value]
    if is_dataclass(value):
        named = ((one.name, getattr(value, one.name)) for one in fields(value))
        return {name: _to_plain_value(held) for name, held in named if not isinstance(held, bytes)}
    return value


def _spell(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True)
