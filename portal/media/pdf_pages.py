"""A PDF from pictures of its pages: a task of the child process, see media.worker.

Nothing of the old file is copied, so nothing that cannot be seen on a page is kept.
"""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pypdfium2
from PIL import Image

from portal.domain.documents import MOST_PAGES, DocumentFormat
from portal.media.child_process import ExitCode, Refused
from portal.media.pdf_words import open_pdf

RESOLUTION = 150
_POINTS_PER_INCH = 72
_LONGEST = 2400
"""Pixels of a page's long edge: a poster is drawn smaller, not in its full size."""
_QUALITY = 75


def run(source: Path, target: Path) -> dict[str, Any]:
    """Write the new PDF; return its format and the number of pages."""
    document = open_pdf(source)
    count = len(document)
    if count == 0:
        raise Refused(ExitCode.EMPTY)
    if count > MOST_PAGES:
        raise Refused(ExitCode.TOO_MANY_PAGES)
    target.write_bytes(write_papers(draw_pages(document)))
    document.close()
    return {"format": DocumentFormat.PDF, "pages": count}


def draw_pages(document: pypdfium2.PdfDocument) -> Iterator[Image.Image]:
    """Draw one page after another, in grey or colour as it is."""
    for page in document:
        width, height = page.get_size()
        scale = min(RESOLUTION / _POINTS_PER_INCH, _LONGEST / max(width, height, 1))
        yield page.render(scale=scale).to_pil().convert("RGB")
        page.close()


def write_papers(pages: Iterator[Image.Image]) -> bytes:
    """Return a PDF with a picture on each page: no dates, no names, the same bytes for the same pictures.

    The picture of the first page is object 5, which media.first_page relies on.
    """
    bodies: list[bytes] = [b"<< /Type /Catalog /Pages 2 0 R >>", b""]
    leaves: list[int] = []
    for page in pages:
        first = len(bodies) + 1
        leaves.append(first)
        bodies += _write_page(page, first)
    kids = b" ".join(b"%d 0 R" % leaf for leaf in leaves)
    bodies[1] = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, len(leaves))
    return _assemble(bodies)


def _write_page(picture: Image.Image, first: int) -> list[bytes]:
    """Return three objects: the page, what it does, and its picture; `first` is the page's number."""
    drawn = io.BytesIO()
    picture.save(drawn, "JPEG", quality=_QUALITY)
    width, height = (max(1, round(side * _POINTS_PER_INCH / RESOLUTION)) for side in picture.size)
    show = b"q %d 0 0 %d 0 0 cm /P Do Q" % (width, height)
    page = (
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %d %d] /Contents %d 0 R"
        b" /Resources << /XObject << /P %d 0 R >> >> >>" % (width, height, first + 1, first + 2)
    )
    image = (
        b"<< /Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceRGB"
        b" /BitsPerComponent 8 /Filter /DCTDecode /Length %d >>" % (*picture.size, drawn.getbuffer().nbytes)
    )
    return [
        page,
        _write_stream(b"<< /Length %d >>" % len(show), show),
        _write_stream(image, drawn.getvalue()),
    ]


def _write_stream(head: bytes, content: bytes) -> bytes:
    return head + b"\nstream\n" + content + b"\nendstream"


def _assemble(bodies: list[bytes]) -> bytes:
    """Return a file of the objects, numbered from 1, with the table that says where each begins."""
    written = bytearray(b"%PDF-1.4\n")
    starts: list[int] = []
    for number, body in enumerate(bodies, 1):
        starts.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(written)
    written += b"xref\n0 %d\n0000000000 65535 f \n" % (len(bodies) + 1)
    written += b"".join(b"%010d 00000 n \n" % start for start in starts)
    written += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(bodies) + 1, table)
    return bytes(written)
