"""A Word document reduced to what it shows: one version of each thing, no hidden text, signs for codes."""

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from mammoth.docx.dingbats import dingbats

from portal.media.docx_package import MC, VML, A, W, is_on, read_value
from portal.media.docx_styles import Styles

_VERSIONS = f"{MC}AlternateContent"
_TEXTS = frozenset({f"{W}t", f"{A}t"})
_DELETED = frozenset({f"{W}del", f"{W}moveFrom"})
_CODE = re.compile("[0-9A-Fa-f]{1,4}")
_PRIVATE = range(0xF000, 0xF100)
"""Where Word puts the signs of a font that has signs of its own instead of letters."""


def choose_versions(element: Element) -> None:
    """Keep of a thing that is there in several versions the first that has words, or else the first."""
    if next(element.iter(_VERSIONS), None) is None:
        return
    for place in reversed(range(len(element))):
        child = element[place]
        choose_versions(child)
        if child.tag == _VERSIONS:
            element[place : place + 1] = _choose(child)


def _choose(versions: Element) -> list[Element]:
    choices = [one for one in versions if one.tag in (f"{MC}Choice", f"{MC}Fallback")]
    with_words = (one for one in choices if has_text(one))
    return list(next(with_words, choices[0] if choices else ()))


def has_text(element: Element) -> bool:
    """Say whether there is any text in an element."""
    return any(
        (one.text or "").strip() if one.tag in _TEXTS else one.tag == f"{VML}textpath"
        for one in element.iter()
    )


def take_hidden(root: Element, styles: Styles) -> Iterator[str]:
    """Take hidden text out; return it, paragraph by paragraph."""
    if next(root.iter(f"{W}vanish"), None) is None and not styles.hide_any:
        return
    yield from _take_hidden(root, styles, is_hidden=False, taken=[])


def _take_hidden(element: Element, styles: Styles, *, is_hidden: bool, taken: list[str]) -> Iterator[str]:
    """Go through an element; is_hidden: whether runs are, where they do not say it themselves."""
    for child in list(element):
        if child.tag == f"{W}p":
            key = read_value(child.find(f"{W}pPr"), "pStyle") or ""
            own: list[str] = []
            yield from _take_hidden(child, styles, is_hidden=styles.is_hidden(key), taken=own)
            if text := "".join(own).strip():
                yield text
        elif child.tag == f"{W}r" and _is_hidden_run(child, styles, otherwise=is_hidden):
            taken.extend(one.text or "" for one in child.iter(f"{W}t"))
            element.remove(child)
        elif child.tag not in _DELETED:
            yield from _take_hidden(child, styles, is_hidden=is_hidden, taken=taken)


def _is_hidden_run(run: Element, styles: Styles, *, otherwise: bool) -> bool:
    switch = run.find(f"{W}rPr/{W}vanish")
    if switch is not None:
        return is_on(switch)
    return otherwise or styles.is_hidden(read_value(run.find(f"{W}rPr"), "rStyle") or "")


def settle_signs(root: Element) -> None:
    """Write signs of fonts such as Wingdings as the characters they look like; others stay as they are."""
    for run in root.iter(f"{W}r"):
        fonts = run.find(f"{W}rPr/{W}rFonts")
        font = fonts.get(f"{W}ascii") or fonts.get(f"{W}hAnsi") or "" if fonts is not None else ""
        for child in run:
            if child.tag == f"{W}sym":
                found = _CODE.fullmatch(child.get(f"{W}char", ""))
                sign = _find_sign(child.get(f"{W}font", ""), int(found[0], 16)) if found else ""
                child.tag, child.text = f"{W}t", sign
            elif child.tag == f"{W}t" and child.text and font in _FONTS:
                child.text = "".join(
                    _find_sign(font, ord(letter)) if ord(letter) in _PRIVATE else letter
                    for letter in child.text
                )


def _find_sign(font: str, code: int) -> str:
    for one in (code, code - _PRIVATE.start):
        if (font, one) in dingbats:
            return chr(dingbats[font, one])
    return chr(code) if chr(code).isprintable() or code in _PRIVATE else ""


_FONTS = frozenset(font for font, _code in dingbats)
