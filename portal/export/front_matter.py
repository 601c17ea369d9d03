"""Markdown with YAML front matter, as static site generators read it."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from portal.export.photos import PictureRecord
from portal.export.record import ExportRecord
from portal.story.blocks import Block
from portal.story.markdown import to_markdown

try:
    from yaml import CSafeDumper as SafeDumper  # writes the same bytes in a third of the time
except ImportError:  # a PyYAML that was built without it
    from yaml import SafeDumper  # type: ignore[assignment]  # its Python twin

_LONGEST_TAG = 120
"""Bytes; a folder has 255, of which Hugo needs some."""
_NO_WRAP = 2**31 - 1
_SITE_CODE = re.compile(r"\{(?=[{%])")
_UNSEEN = "\u2060"
"""A word joiner: it shows as nothing, and no line breaks at it."""


_ASTRAL = re.compile(r"(?<!\\)((?:\\\\)*)\\U(000[1-9A-F][0-9A-F]{4}|0010[0-9A-F]{4})")
_NO_CHARACTERS = ("FFFE", "FFFF")


class _QuotedStrings(SafeDumper):
    """Quotes every string: a bare `no`, `2024-01-01` or `1.10` would be read as something else."""


def _represent_text(dumper: SafeDumper, text: str) -> yaml.ScalarNode:
    # Most themes print a field as it is, others have Hugo run its shortcodes first: `{{<` must be no code for
    # these and no entity for those.
    parted = _SITE_CODE.sub("{" + _UNSEEN, text)
    return dumper.represent_scalar("tag:yaml.org,2002:str", parted, style='"')


_QuotedStrings.add_representer(str, _represent_text)


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


def write_yaml(matter: Mapping[str, Any], dumper: Any = _QuotedStrings) -> str:
    """Return YAML whose strings are all quoted and show every character as itself, emoji too."""
    written = yaml.dump(matter, Dumper=dumper, allow_unicode=True, sort_keys=False, width=_NO_WRAP)
    return _ASTRAL.sub(_spell_astral, written) if "\\U0" in written else written


def _spell_astral(escape: re.Match[str]) -> str:
    """Return a character that libyaml writes as its number, though every reader of YAML takes it as it is."""
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
