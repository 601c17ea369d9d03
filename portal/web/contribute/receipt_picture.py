"""The picture of a receipt: the code in groups, the address it is typed in at, and that address as a QR code.

The QR code does not hold the code: scanning one puts its text into the history of the phone that scanned it.
"""

import io

import qrcode  # type: ignore[import-untyped]  # ships no types
from PIL import Image, ImageDraw, ImageFont

_WIDTH = 720
_MARGIN = 40
_CODE_SIZE = 96
_ADDRESS_SIZE = 28
_LINE = 1.35
_QR_WIDTH = 400
_QUIET_ZONE = 4
"""Modules of white around the code (ISO/IEC 18004)."""
_WHITE, _BLACK = 255, 0


def draw_code(groups: list[str], address: str) -> bytes:
    """Return a PNG: no words, so that it tells a stranger nothing, and the same for readers of any language.

    `groups` are ASCII digits, `address` is an ASCII web address.
    """
    digits, small = ImageFont.load_default(_CODE_SIZE), ImageFont.load_default(_ADDRESS_SIZE)
    lines = _break_line(address, small)
    square = _draw_qr(address)
    code_height = round(_CODE_SIZE * _LINE) * len(groups)
    line_height = round(_ADDRESS_SIZE * _LINE)
    height = _MARGIN * 3 + code_height + square.height + line_height * len(lines)
    picture = Image.new("L", (_WIDTH, height), _WHITE)
    pen = ImageDraw.Draw(picture)
    for number, group in enumerate(groups):
        place = (_WIDTH // 2, _MARGIN + round(_CODE_SIZE * _LINE) * number)
        pen.text(place, group, fill=_BLACK, font=digits, anchor="ma")
    below = _MARGIN * 2 + code_height
    picture.paste(square, ((_WIDTH - square.width) // 2, below))
    for number, line in enumerate(lines):
        place = (_WIDTH // 2, below + square.height + line_height * number)
        pen.text(place, line, fill=_BLACK, font=small, anchor="ma")
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()


def _draw_qr(text: str) -> Image.Image:
    """Return a QR code with its quiet zone, about _QR_WIDTH pixels wide, every module the same size."""
    code = qrcode.QRCode(border=_QUIET_ZONE)
    code.add_data(text)
    code.make(fit=True)
    rows: list[list[bool]] = code.get_matrix()
    small = Image.new("L", (len(rows), len(rows)), _WHITE)
    small.putdata([_BLACK if dark else _WHITE for row in rows for dark in row])
    size = len(rows) * max(_QR_WIDTH // len(rows), 1)
    return small.resize((size, size), Image.Resampling.NEAREST)


def _break_line(text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont) -> list[str]:
    """Break a long address anywhere: it is read letter by letter."""
    lines = [""]
    for character in text:
        if font.getlength(lines[-1] + character) > _WIDTH - 2 * _MARGIN:
            lines.append("")
        lines[-1] += character
    return lines
