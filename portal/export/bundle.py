"""The bundle: a zip with a folder for each story. Equal records give equal bytes."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from html import escape
from typing import IO, Any

from flask_babel import lazy_gettext as _l

from portal.domain.languages import direction_of
from portal.export.formats import Format
from portal.export.front_matter import write_front_matter
from portal.export.photos import WithheldPicture
from portal.export.record import ExportRecord
from portal.export.story_archive import FolderNames, StoredFile, StoryArchive
from portal.story.html import to_html, write_figure
from portal.story.markdown import to_markdown

_JSON = json.JSONEncoder(ensure_ascii=False, sort_keys=True)


@dataclass(frozen=True, slots=True)
class _Packed:
    """A story of the bundle: what the files that come last say of it."""

    uid: str
    folder: str
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
        self._names = FolderNames(uids)
        self._stories: list[_Packed] = []
        self._archive = StoryArchive(out)

    def add(self, record: ExportRecord) -> None:
        """Write a story."""
        folder = name_folder(record, self._names)
        described = describe_record(record)
        files = {
            f"{folder}/story.html": write_page(record, body=described["body_html"]),
            f"{folder}/story.json": write_json(described),
            f"{folder}/story.md": write_front_matter(record),
            **{f"{folder}/{one.file}": one.content for one in record.pictures},
        }
        self._archive.add(record.uid, files)
        self._stories.append(
            _Packed(
                record.uid,
                folder,
                (record.licence.name, record.licence.uri),
                record.attribution,
                record.withheld_pictures,
                record.missing_files,
            )
        )

    def finish(self) -> None:
        """Write what is about all stories: then the bundle is whole."""
        archive = self._archive
        listed = [*archive.list_files(), archive.write_parts("LICENSE.txt", _write_licences(self._stories))]
        if any(story.missing for story in self._stories):
            listed.append(archive.write("MISSING.txt", _write_missing(self._stories)))
        archive.write_parts("manifest.json", _write_manifest(listed, self._stories))
        archive.finish()

    def leave_out(self, uids: Collection[str]) -> None:
        """Take stories out of the bundle that is whole; it is again, and has none of their bytes."""
        self._stories = [story for story in self._stories if story.uid not in uids]
        self._archive.take_out(uids)
        self.finish()

    def close(self) -> None:
        """Let go of the file, which may not be whole."""
        self._archive.close()


def name_folder(record: ExportRecord, names: FolderNames) -> str:
    """Return the folder of a story, `<lang>-<short id>`; ids that begin alike are written out."""
    return f"{record.lang}-{names.name(record)}"


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


def _write_licences(stories: Sequence[_Packed]) -> Iterator[str]:
    """Yield each licence with the attribution line of every story under it."""
    for number, (name, uri) in enumerate(sorted({story.licence for story in stories})):
        yield ("\n" if number else "") + f"{name}\n{uri}\n\n"
        for story in stories:
            if story.licence[1] == uri:
                yield f"{story.attribution}\n"


def _write_missing(stories: Sequence[_Packed]) -> bytes:
    """Return the photos that belong in here and could not be read, a line each."""
    lines = ["These photos belong to the stories and are not in this file: they could not be read.", ""]
    lines += [f"{story.folder}/{file}" for story in stories for file in story.missing]
    return "\n".join([*lines, ""]).encode()


def _write_manifest(listed: Sequence[StoredFile], stories: Sequence[_Packed]) -> Iterator[str]:
    """Yield every file with its bytes and SHA-256; of every story the folder and the photos that stay.

    In parts: of thousands of stories its whole text would take more memory than anything else here.
    """
    yield '{\n  "files": [\n'
    for number, one in enumerate(sorted(listed, key=lambda one: one.path)):
        described = {"path": one.path, "bytes": one.size, "sha256": one.sha256.hex()}
        yield _list_one(described, is_first=number == 0)
    yield '\n  ],\n  "stories": [\n'
    for number, story in enumerate(sorted(stories, key=lambda story: story.uid)):
        about: dict[str, Any] = {
            "uid": story.uid,
            "folder": story.folder,
            "withheld_pictures": _to_plain_value(story.withheld),
            **({"missing_files": list(story.missing)} if story.missing else {}),
        }
        yield _list_one(about, is_first=number == 0)
    yield "\n  ]\n}\n"


def _list_one(value: Mapping[str, Any], *, is_first: bool) -> str:
    return ("" if is_first else ",\n") + "    " + _JSON.encode(value)


def _to_plain_value(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_to_plain_value(one) for one in value]
    if is_dataclass(value):
        named = ((one.name, getattr(value, one.name)) for one in fields(value))
        return {name: _to_plain_value(held) for name, held in named if not isinstance(held, bytes)}
    return value


def _spell(value: Mapping[str, Any]) -> str:
    """Return a JSON object, a line for each of its names; indented further it takes five times as long."""
    lines = [f"  {_JSON.encode(name)}: {_JSON.encode(value[name])}" for name in sorted(value)]
    return "{\n" + ",\n".join(lines) + "\n}"


FORMAT = Format(
    BundleWriter,
    "zip",
    "application/zip",
    _l("Download the bundle"),
    _l("A zip file with every story as a page, as Markdown and as data."),
    name=_l("Bundle"),
)
