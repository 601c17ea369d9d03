"""The bundle: a zip with a folder for each story. Equal records give equal bytes."""

import hashlib
import io
import json
import re
import zipfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime
from html import escape
from typing import Any

import yaml

from portal.domain.languages import direction_of
from portal.export.pictures import PictureRecord
from portal.export.record import ExportRecord
from portal.story.html import to_html
from portal.story.markdown import to_markdown

FIRST_TIME = (1980, 1, 1, 0, 0, 0)
"""The earliest time a zip can hold: a real one would make every bundle different."""

_FILE_MODE = 0o100644 << 16
_UNIX = 3
_NO_WRAP = 2**31
_SITE_CODE = re.compile(r"\{(?=[{%])")
_UNSEEN = "\u2060"
"""A word joiner: it shows as nothing, and no line breaks at it."""


class _QuotedStrings(yaml.SafeDumper):
    """Quotes every string: a bare `no`, `2024-01-01` or `1.10` would be read as something else."""


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    # Most themes print a field as it is, others have Hugo run its shortcodes first: `{{<` must be no code for
    # these and no entity for those.
    parted = _SITE_CODE.sub("{" + _UNSEEN, text)
    return dumper.represent_scalar("tag:yaml.org,2002:str", parted, style='"')


_QuotedStrings.add_representer(str, _represent_text)


def write_bundle(records: Sequence[ExportRecord]) -> bytes:
    """Return the zip: story.json, story.md, story.html and photos of each story, LICENSE.txt, manifest.

    Photos that could not be read are named in MISSING.txt, in the manifest and with their story.
    """
    files: dict[str, bytes] = {}
    folders = name_folders(records)
    for record in records:
        folder = folders[record.uid]
        files[f"{folder}/story.json"] = write_json(record)
        files[f"{folder}/story.md"] = write_front_matter(record)
        files[f"{folder}/story.html"] = write_page(record)
        files.update({f"{folder}/{one.file}": one.content for one in record.pictures})
    files["LICENSE.txt"] = write_licences(records)
    if any(record.missing_files for record in records):
        files["MISSING.txt"] = write_missing(records, folders)
    files["manifest.json"] = write_manifest(files, folders, records)
    return _pack(files)


def name_folders(records: Sequence[ExportRecord]) -> dict[str, str]:
    """Return a folder for each uid, `<lang>-<short id>`; ids that begin alike are written out."""
    uses = Counter(record.short_id for record in records)
    return {
        record.uid: f"{record.lang}-{record.short_id if uses[record.short_id] == 1 else record.uid}"
        for record in records
    }


def describe_record(record: ExportRecord) -> dict[str, Any]:
    """Return the full record as JSON values: times in ISO 8601, the body as Markdown and as HTML."""
    described = {
        one.name: _to_plain_value(getattr(record, one.name)) for one in fields(record) if one.name != "body"
    }
    return {
        **described,
        "body_markdown": to_markdown(record.body),
        "body_html": to_html(record.body),
        "attribution": record.attribution,
        "categories": list(record.categories),
    }


def write_json(record: ExportRecord) -> bytes:
    """Return the full record."""
    return _dump(describe_record(record))


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
    return f"---\n{head}---\n\n{to_markdown(record.body, portable=True)}".encode()


def _encode_braces(address: str) -> str:
    return address.replace("{", "%7B").replace("}", "%7D")


def write_page(record: ExportRecord) -> bytes:
    """Return the story as a page of its own: no styles, no scripts, the licence as a marked link."""
    lines = [f"<h1>{escape(record.title)}</h1>"]
    lines += [
        f"<p>{escape(text)}</p>" for text in (record.dek, record.byline, record.content_warning) if text
    ]
    lines.append(to_html(record.body))
    if record.bio:
        lines.append(f"<p>{escape(record.bio)}</p>")
    lines += [_write_figure(one, record.licence.name) for one in record.pictures]
    licence = record.licence
    lines.append(f'<p><a rel="license" href="{escape(licence.uri)}">{escape(licence.name)}</a></p>')
    article = "\n".join(lines)
    return (
        f'<!doctype html>\n<html lang="{record.lang}" dir="{direction_of(record.lang)}">\n<head>\n'
        f'<meta charset="utf-8">\n<title>{escape(record.title)}</title>\n'
        f'<meta name="description" content="{escape(record.excerpt)}">\n</head>\n<body>\n'
        f"<article>\n{article}\n</article>\n</body>\n</html>\n"
    ).encode()


def _write_figure(picture: PictureRecord, licence: str) -> str:
    return (
        f'<figure lang="{picture.lang}" dir="{direction_of(picture.lang)}">\n'
        f'<img src="{picture.file}" width="{picture.width}" height="{picture.height}"'
        f' alt="{escape(picture.description)}">\n'
        f"<figcaption>{escape(picture.caption(licence))}</figcaption>\n</figure>"
    )


def write_licences(records: Sequence[ExportRecord]) -> bytes:
    """Return each licence with the attribution line of every story under it."""
    lines: list[str] = []
    for name, uri in sorted({(record.licence.name, record.licence.uri) for record in records}):
        lines += [f"{name}", uri, ""]
        lines += [record.attribution for record in records if record.licence.uri == uri]
        lines.append("")
    return "\n".join(lines).encode()


def write_missing(records: Sequence[ExportRecord], folders: Mapping[str, str]) -> bytes:
    """Return the photos that belong in here and could not be read, a line each."""
    lines = ["These photos belong to the stories and are not in this file: they could not be read.", ""]
    lines += [f"{folders[record.uid]}/{file}" for record in records for file in record.missing_files]
    return "\n".join([*lines, ""]).encode()


def write_manifest(
    files: Mapping[str, bytes], folders: Mapping[str, str], records: Sequence[ExportRecord]
) -> bytes:
    """Return every file with its bytes and SHA-256; of every story the folder and the photos that stay."""
    listed = [
        {"path": path, "bytes": len(files[path]), "sha256": hashlib.sha256(files[path]).hexdigest()}
        for path in sorted(files)
    ]
    stories = [
        {
            "uid": record.uid,
            "folder": folders[record.uid],
            "withheld_pictures": _to_plain_value(record.withheld_pictures),
            **({"missing_files": list(record.missing_files)} if record.missing_files else {}),
        }
        for record in sorted(records, key=lambda record: record.uid)
    ]
    return _dump({"stories": stories, "files": listed})


def _to_plain_value(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_to_plain_value(one) for one in value]
    if is_dataclass(value):
        named = ((one.name, getattr(value, one.name)) for one in fields(value))
        return {name: _to_plain_value(held) for name, held in named if not isinstance(held, bytes)}
    return value


def _dump(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()


def _pack(files: Mapping[str, bytes]) -> bytes:
    packed = io.BytesIO()
    # Stored, not compressed: what deflate writes depends on the library's version.
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(files):
            entry = zipfile.ZipInfo(path, FIRST_TIME)
            entry.create_system = _UNIX
            entry.external_attr = _FILE_MODE
            archive.writestr(entry, files[path])
    return packed.getvalue()
