"""The picture of a shared link: title on paper, a rule, and the lead picture beside it (1200 by 630 pixels).

Drawn when it is asked for, with fonts of this machine. Where none has every letter of what it would say, the
lead picture fills it all.
"""

import io
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

from PIL import Image, ImageDraw, ImageFont

from portal.domain.languages import direction_of, script_of
from portal.web.public.fonts import Font, find_font, has_letters
from portal.web.public.line_breaks import break_lines, cut_lines
from portal.web.site.localized import LocalizedText

SIZE: Final = (1200, 630)
"""Pixels, wide and high: what sites that show links ask for."""
LEAD: Final = (Path(__file__).resolve().parents[2] / "static" / "pictures" / "lead.webp").read_bytes()
"""The picture of the release, drawn from lead.svg."""

_WIDTH, _HEIGHT = SIZE
# The tokens of portal.css, always the light ones: a card lies on grounds that are not ours.
_PAPER, _INK, _MUTED, _ACCENT = "#FBF8F2", "#211C17", "#5C544A", "#5A2D70"
_NIGHT = "#2E1A3A"
_PAPER_WIDTH, _RULE = 424, 6
_LEFT, _TOP, _BOTTOM = 44, 52, 44
_TEXT_WIDTH = 350
_SMALL, _SMALL_LINE, _MOST_SMALL = 26, 35, 2
_GAP = 12
_SIZES: Final = (50, 46, 42, 38, 34, 30)
_HAN_SIZES: Final = (68, 60, 52, 46, 40, 34)
_LEADING, _HAN_LEADING = 1.16, 1.32
_HAN_SCRIPTS: Final = frozenset({"Hant", "Hans", "Jpan", "Kore"})
_MOST_LETTERS = 200
"""Of a title: what is longer is cut before anything is measured."""
_MARK = "…"
_QUALITY = 90
_KEPT = 16


class CardTexts(NamedTuple):
    """What a card says, from above; kicker and line may be empty."""

    kicker: LocalizedText
    title: LocalizedText
    line: LocalizedText
    site: LocalizedText


def find_fonts(texts: CardTexts) -> Mapping[str, Font] | None:
    """Return the font of each text that is not empty; None where a letter would be missing."""
    fonts = {
        name: find_font(said.text[:_MOST_LETTERS], said.lang, serif=name == "title", bold=name != "line")
        for name, said in texts._asdict().items()
        if said.text
    }
    known = {name: font for name, font in fonts.items() if font is not None}
    return known if len(known) == len(fonts) else None


@lru_cache(_KEPT)
def draw_card(texts: CardTexts, lead: bytes) -> bytes:
    """Return a JPEG of the card; without a lead picture a plain ground stands beside the paper."""
    fonts = find_fonts(texts)
    if fonts is None:
        picture = _fit_lead(lead, _WIDTH)
    else:
        picture = Image.new("RGB", (_WIDTH, _HEIGHT), _PAPER)
        picture.paste(_fit_lead(lead, _WIDTH - _PAPER_WIDTH), (_PAPER_WIDTH, 0))
        pen = ImageDraw.Draw(picture)
        pen.rectangle((_PAPER_WIDTH - _RULE, 0, _PAPER_WIDTH - 1, _HEIGHT), fill=_ACCENT)
        _write(pen, texts, fonts)
    out = io.BytesIO()
    # Letters keep their edges: no colours shared between neighbouring pixels.
    picture.save(out, "JPEG", quality=_QUALITY, subsampling=0, optimize=True)
    return out.getvalue()


def _fit_lead(content: bytes, width: int) -> Image.Image:
    """Return the middle of the lead picture, cut to a width."""
    if not content:
        return Image.new("RGB", (width, _HEIGHT), _NIGHT)
    with Image.open(io.BytesIO(content), formats=("JPEG", "WEBP")) as opened:
        lead = opened.convert("RGB")
    scale = max(width / lead.width, _HEIGHT / lead.height)
    size = (round(lead.width * scale), round(lead.height * scale))
    left, top = (size[0] - width) // 2, (size[1] - _HEIGHT) // 2
    return lead.resize(size, Image.Resampling.LANCZOS).crop((left, top, left + width, top + _HEIGHT))


class _Setting(NamedTuple):
    """How lines are set: their font, its height on the page, and their language."""

    face: ImageFont.FreeTypeFont
    height: int
    lang: str


def _write(pen: ImageDraw.ImageDraw, texts: CardTexts, fonts: Mapping[str, Font]) -> None:
    top = _TOP + _write_small(pen, texts.kicker, fonts.get("kicker"), _ACCENT, top=_TOP)
    below = _HEIGHT - _BOTTOM
    below -= _write_small(pen, texts.site, fonts.get("site"), _INK, bottom=below)
    below -= _write_small(pen, texts.line, fonts.get("line"), _MUTED, bottom=below)
    if texts.title.text:
        _write_title(pen, texts.title, fonts["title"], top, below - top)


def _write_small(
    pen: ImageDraw.ImageDraw,
    said: LocalizedText,
    font: Font | None,
    colour: str,
    *,
    top: int = 0,
    bottom: int = 0,
) -> int:
    """Write a short text below `top` or above `bottom`; return the height it takes, with a gap."""
    if font is None:
        return 0
    setting = _Setting(_open(font, _SMALL), _SMALL_LINE, said.lang)
    lines = break_lines(said.text, said.lang, setting.face.getlength, width=_TEXT_WIDTH, letter=_SMALL)
    if lines is None or len(lines) > _MOST_SMALL:
        lines = _cut(said, font, setting, _MOST_SMALL)
    height = len(lines) * _SMALL_LINE
    _write_lines(pen, lines, setting, top or bottom - height, colour)
    return height + _GAP


def _write_title(pen: ImageDraw.ImageDraw, title: LocalizedText, font: Font, top: int, room: int) -> None:
    """Write the title as large as it fits, in whole phrases if it can be; the smallest size is cut."""
    is_han = script_of(title.lang) in _HAN_SCRIPTS
    sizes, leading = (_HAN_SIZES, _HAN_LEADING) if is_han else (_SIZES, _LEADING)
    text = title.text[:_MOST_LETTERS]
    for size, whole in [*((size, True) for size in sizes), *((size, False) for size in sizes)]:
        setting = _Setting(_open(font, size), round(size * leading), title.lang)
        measure = setting.face.getlength
        lines = break_lines(text, title.lang, measure, width=_TEXT_WIDTH, letter=size, whole_phrases=whole)
        if lines is not None and len(lines) * setting.height <= room:
            break
    else:
        lines = _cut(title, font, setting, room // setting.height)
    _write_lines(pen, lines, setting, top, _INK)


def _cut(said: LocalizedText, font: Font, setting: _Setting, most: int) -> list[str]:
    text = said.text[:_MOST_LETTERS]
    mark = _MARK if has_letters(font, _MARK) else ""
    return cut_lines(text, said.lang, setting.face.getlength, width=_TEXT_WIDTH, most=most, mark=mark)


def _open(font: Font, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(font.file, size, font.face)


def _write_lines(
    pen: ImageDraw.ImageDraw, lines: list[str], setting: _Setting, top: int, colour: str
) -> None:
    """Write lines under each other, each on the middle of its height."""
    leftwards = direction_of(setting.lang) == "rtl"
    place, anchor = (_LEFT + _TEXT_WIDTH, "rs") if leftwards else (_LEFT, "ls")
    above, below = setting.face.getmetrics()
    for number, line in enumerate(lines):
        base = top + setting.height * number + (setting.height + above - below) // 2
        pen.text((place, base), line, fill=colour, font=setting.face, anchor=anchor)
