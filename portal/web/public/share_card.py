"""The picture of a shared link: title on paper, a rule, and the lead picture beside it (1200 by 630 pixels).

Drawn when it is asked for, with fonts of this machine. Emoji are left out, and so is a text for which no font
has every letter; without a title the name of the site stands in its place. Where nothing can be written, the
lead picture fills it all.
"""

import io
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

from PIL import Image, ImageDraw, ImageFont

from portal.domain.languages import direction_of, script_of
from portal.web.public.fonts import Font, find_font, has_letters
from portal.web.public.line_breaks import PHRASE_END, break_lines, cut_lines
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
_EMOJI: Final = re.compile(
    "(?:[\u231a-\u231b\u23e9-\u23fa\u2600-\u2604\u2607-\u27bf\u2b1b-\u2b1c\u2b50\u2b55\U0001f000-\U0001faff]"
    "[\ufe0e\ufe0f\u20e3\U000e0020-\U000e007f]*\u200d?)+|[\ufe0e\ufe0f\u20e3]"
)
"""Pictures that are typed, with what joins and colours them: fonts of letters lack most of them."""
_QUALITY = 90
_KEPT = 16
_BLANKS: Final = f" {PHRASE_END}"


class CardTexts(NamedTuple):
    """What a card says, from above; kicker and line may be empty."""

    kicker: LocalizedText
    title: LocalizedText
    line: LocalizedText
    site: LocalizedText


def choose_texts(texts: CardTexts) -> tuple[CardTexts, Mapping[str, Font]]:
    """Return what this machine can write of the texts, and the font of each that is not empty."""
    texts = CardTexts(*(said._replace(text=_EMOJI.sub("", said.text).strip(_BLANKS)) for said in texts))
    if _find_font(texts.title, bold=True, serif=True) is None:
        texts = texts._replace(title=texts.site, site=texts.site._replace(text=""))
    fonts = {
        name: _find_font(said, bold=name != "line", serif=name == "title")
        for name, said in texts._asdict().items()
    }
    return texts, {name: font for name, font in fonts.items() if font is not None}


def _find_font(said: LocalizedText, *, bold: bool, serif: bool = False) -> Font | None:
    return find_font(said.text[:_MOST_LETTERS], said.lang, serif=serif, bold=bold)


@lru_cache(_KEPT)
def draw_card(texts: CardTexts, lead: bytes) -> bytes:
    """Return a JPEG of the card; without a lead picture a plain ground stands beside the paper."""
    texts, fonts = choose_texts(texts)
    if not fonts:
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
    if "title" in fonts:
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
