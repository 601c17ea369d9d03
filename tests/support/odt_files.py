"""OpenDocument texts to test with, each with one thing that real files have."""

import hashlib
import struct
from collections.abc import Mapping

from tests.support.documents import pack

_URN = "urn:oasis:names:tc:opendocument:xmlns"
_NAMESPACES = " ".join(
    f'xmlns:{prefix}="{_URN}:{name}:1.0"'
    for prefix, name in {
        "office": "office",
        "text": "text",
        "style": "style",
        "draw": "drawing",
        "table": "table",
        "svg": "svg-compatible",
        "fo": "xsl-fo-compatible",
        "manifest": "manifest",
    }.items()
) + (
    ' xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    ' xmlns:loext="urn:org:documentfoundation:names:experimental:office:xmlns:loext:1.0"'
)
KIND = "application/vnd.oasis.opendocument.text"
_ENTRY = (
    '<manifest:file-entry manifest:full-path="{}" manifest:media-type="text/xml"{}>{}</manifest:file-entry>'
)
LOCK = '<manifest:encryption-data manifest:checksum="x"/>'


def line(content: str, style: str = "") -> str:
    """Return a paragraph."""
    named = f' text:style-name="{style}"' if style else ""
    return f"<text:p{named}>{content}</text:p>"


def heading(content: str, level: int = 1) -> str:
    """Return a heading."""
    return f'<text:h text:outline-level="{level}">{content}</text:h>'


def note(words: str) -> str:
    """Return a footnote, where its mark stands."""
    return (
        '<text:note text:note-class="footnote"><text:note-citation>1</text:note-citation>'
        f"<text:note-body>{line(words)}</text:note-body></text:note>"
    )


def box(*lines: str, anchor: str = "") -> str:
    """Return a frame with lines of words in it."""
    tied = f' text:anchor-type="{anchor}"' if anchor else ""
    return f"<draw:frame{tied}><draw:text-box>{''.join(map(line, lines))}</draw:text-box></draw:frame>"


def picture(words: str = "", anchor: str = "") -> str:
    """Return a frame with a picture in it, and what is said about that."""
    tied = f' text:anchor-type="{anchor}"' if anchor else ""
    return f'<draw:frame{tied}><draw:image xlink:href="Pictures/1.png"/>{words}</draw:frame>'


def span(content: str, style: str) -> str:
    """Return words of a style."""
    return f'<text:span text:style-name="{style}">{content}</text:span>'


def text_style(name: str, properties: str, *, family: str = "text") -> str:
    """Return a style of words, or of paragraphs."""
    return (
        f'<style:style style:name="{name}" style:family="{family}">'
        f"<style:text-properties {properties}/></style:style>"
    )


def items(*content: str, options: str = "", style: str = "L1") -> str:
    """Return a list; each item is a paragraph, or XML of its own."""
    held = (one if one.startswith("<text:") else line(one) for one in content)
    listed = "".join(
        one if one.startswith("<text:list-item") else f"<text:list-item>{one}</text:list-item>"
        for one in held
    )
    return f'<text:list text:style-name="{style}"{options}>{listed}</text:list>'


def list_style(*kinds: str, name: str = "L1") -> str:
    """Return a style of lists: for each level how its numbers are spelled, or empty for marks."""
    levels = "".join(
        f'<text:list-level-style-number text:level="{level}" style:num-suffix="." style:num-format="{kind}"/>'
        if kind
        else f'<text:list-level-style-bullet text:level="{level}" text:bullet-char="•"/>'
        for level, kind in enumerate(kinds, 1)
    )
    return f'<text:list-style style:name="{name}">{levels}</text:list-style>'


def write_manifest(*, name: str = "content.xml", lock: str = "", prolog: str = "") -> str:
    """Return the list of parts that stands in a package."""
    entry = _ENTRY.format(name, ' manifest:size="900"' if lock else "", lock)
    return f"{prolog}<manifest:manifest {_NAMESPACES}>{entry}</manifest:manifest>"


def make_odt(
    body: str, *, own: str = "", common: str = "", further: Mapping[str, str | bytes] | None = None
) -> bytes:
    """Return an OpenDocument text with this body, its own styles and the common ones."""
    parts: dict[str, str | bytes] = {
        "mimetype": KIND,
        "content.xml": (
            f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {_NAMESPACES}>'
            f"<office:automatic-styles>{own}</office:automatic-styles>"
            f"<office:body><office:text>{body}</office:text></office:body></office:document-content>"
        ),
        "styles.xml": (
            f"<office:document-styles {_NAMESPACES}><office:styles>{common}</office:styles>"
            "</office:document-styles>"
        ),
        "META-INF/manifest.xml": write_manifest(),
    }
    return pack({**parts, **(further or {})}, comment="")


def make_long_odt(letters: int) -> bytes:
    """Return a text of about so many letters, with words in bold and notes as a long story has them."""
    words = ["ми", "жили", "у", "підвалі", "двадцять", "днів", "і", "сусідка", "принесла", "хліб"]
    stretch = " ".join(span(word, "T1") if word == "днів" else word for word in words * 5)
    number = letters // (5 * sum(map(len, words)) + 64)
    signs = (hashlib.sha256(str(one).encode()).hexdigest() for one in range(number))
    lines = (line(f"{stretch} {sign}{'' if one % 5 else note('Далі.')}") for one, sign in enumerate(signs))
    return make_odt("".join(lines), own=text_style("T1", 'fo:font-weight="bold"'))


def make_container(*names: str) -> bytes:
    """Return a container of the kind old programs write, with these parts, all of them empty."""

    def entry(name: str, kind: int, child: int = -1, right: int = -1) -> bytes:
        raw = name.encode("utf-16-le")
        head = struct.pack("<HBBiii", len(raw) + 2, kind, 1, -1, right, child)
        return raw.ljust(64, b"\0") + head + bytes(36) + struct.pack("<iQ", -2, 0)

    rows = [entry("Root Entry", 5, child=1)]
    rows += [
        entry(name, 2, right=number + 1 if number < len(names) else -1)
        for number, name in enumerate(names, 1)
    ]
    directory = b"".join(rows).ljust(512, b"\0")
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
    head += bytes(6) + struct.pack("<IIiIIiIiI", 0, 1, 1, 0, 4096, -2, 0, -2, 0) + struct.pack("<i", 0)
    return head + b"\xff" * 432 + struct.pack("<128i", -3, -2, *[-1] * 126) + directory
