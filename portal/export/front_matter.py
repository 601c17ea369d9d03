"""Markdown with YAML front matter, as static site generators read it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yaml

from portal.export.photos import PictureRecord
from portal.export.record import ExportRecord
from portal.story.blocks import Block
from portal.story.markdown import to_markdown

_LONGEST_TAG = 120
"""Bytes; a folder has 255, of which Hugo needs some."""
_NO_WRAP = 2**31 - 1
_SITE_CODE = re.compile(r"\{(?=[{%])")
_UNSEEN = "\u2060"
"""A word joiner: it shows as nothing, and no line breaks at it."""
_ASTRAL = re.compile(r"(?<!\\)((?:\\\\)*)\\U(000[1-9A-F][0-9A-F]{4}|0010[0-9A-F]{4})")
_NO_CHARACTERS = ("FFFE", "FFFF")
_ENDS_OF_PLANES = "".join(chr(plane << 16 | low) for plane in range(1, 17) for low in (0xFFFE, 0xFFFF))
_SPELT_BY_NAME = re.compile(f"[\0-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff{_ENDS_OF_PLANES}]")
"""What YAML writes in letters; everything else stands between quotes as it is."""


def write_front_matter(record: ExportRecord, body: Sequence[Block] | None = None) -> bytes:
    """Return Markdown with YAML front matter as static site generators read it; own keys are in `params`.

    `body` is what stands as the text where that is not the story's alone. What somebody typed that is code to
    Hugo or Jekyll stays words, in the text and in every field.
    """
    matter: dict[str, Any] = {
        "title": record.title,
        "description": record.excerpt,
        "date": record.edited_at.isoformat(),
        "draft": True,
        "language": record.lang,
        "translationKey": record.uid,
        "slug": record.slug,
        "authors": [record.byline] if record.byline else [],
        "categories": list(record.categories),
        "tags": [topic.name if _can_be_folder(topic.name) else topic.slug for topic in record.topics],
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
            "topics": [{"slug": topic.slug, "name": topic.name} for topic in record.topics],
            "pictures": [_describe(one) for one in record.pictures],
            "published": {one.lang: _encode_braces(one.url) for one in record.addresses},
        },
    }
    featured = next((one for one in record.pictures if one.file == record.featured), None)
    if featured is not None:
        matter["image"] = _describe(featured)
    blocks = record.body if body is None else body
    text = to_markdown(blocks, portable=True, figures=record.figures)
    return f"---\n{write_yaml(matter)}---\n\n{text}".encode()


def write_yaml(matter: Mapping[str, Any]) -> str:
    """Return YAML whose strings are all quoted and show every character as itself, emoji too.

    Bare, `no`, `2024-01-01` or `1.10` would be read as something else. PyYAML takes ten times as long for the
    same bytes.
    """
    return "".join(_write_mapping(matter, ""))


def _write_mapping(matter: Mapping[str, Any], indent: str) -> Iterator[str]:
    for name, value in matter.items():
        yield f"{indent}{_quote(name)}:{_write_value(value, indent)}"


def _write_value(value: Any, indent: str) -> str:
    match value:
        case bool():
            return " true\n" if value else " false\n"
        case str():
            return f" {_quote(value)}\n"
        case Mapping():
            return "\n" + "".join(_write_mapping(value, f"{indent}  ")) if value else " {}\n"
        case _:
            return "\n" + "".join(_write_item(item, indent) for item in value) if value else " []\n"


def _write_item(item: str | Mapping[str, Any], indent: str) -> str:
    if isinstance(item, str):
        return f"{indent}- {_quote(item)}\n"
    first, *others = _write_mapping(item, f"{indent}  ")
    return "".join([f"{indent}- {first.lstrip(' ')}", *others])


def _quote(text: str) -> str:
    # Most themes print a field as it is, others have Hugo run its shortcodes first: `{{<` must be no code for
    # these and no entity for those.
    parted = _SITE_CODE.sub("{" + _UNSEEN, text) if "{" in text else text
    if not parted.isprintable() and _SPELT_BY_NAME.search(parted):  # the first is quick, and rarely not so
        written = yaml.safe_dump(parted, default_style='"', allow_unicode=True, width=_NO_WRAP)
        return show_astral(written.removesuffix("\n"))
    return '"' + parted.replace("\\", "\\\\").replace('"', '\\"') + '"'


def show_astral(written: str) -> str:
    """Return YAML with characters as themselves that PyYAML writes as numbers though readers take them."""
    return _ASTRAL.sub(_spell_astral, written) if "\\U0" in written else written


def _spell_astral(escape: re.Match[str]) -> str:
    return escape[0] if escape[2].endswith(_NO_CHARACTERS) else escape[1] + chr(int(escape[2], 16))


def _describe(picture: PictureRecord) -> dict[str, str]:
    return {
        "src": picture.file,
        "alt": picture.description,
        "caption": picture.words,
        "credit": picture.credit,
        "language": picture.lang,
    }


def _can_be_folder(name: str) -> bool:
    """Say whether a site generator can make the folder of a tag from its name; Hugo stops when it cannot."""
    return len(name.encode()) <= _LONGEST_TAG and not any(sign in name for sign in ("/", "\\", ".."))


def _encode_braces(address: str) -> str:
    return address.replace("{", "%7B").replace("}", "%7D")
