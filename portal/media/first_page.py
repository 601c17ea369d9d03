"""The picture of the first page, cut out of a PDF that media.pdf_pages wrote: nothing is drawn or decoded."""

import re
from dataclasses import dataclass, field
from typing import IO

_HEAD_BYTES = 8 * 1024
"""What stands before the first picture is shorter: the list of pages and what the first one does."""
_PICTURE = re.compile(
    rb"\n5 0 obj\n<< /Type /XObject /Subtype /Image /Width (\d{1,5}) /Height (\d{1,5}) "
    rb"[^<>]* /Length (\d{1,8}) >>\nstream\n"
)


@dataclass(frozen=True)
class FirstPage:
    """A JPEG of the first page, and its pixels."""

    content: bytes = field(repr=False)
    width: int
    height: int


def cut_first_page(pdf: IO[bytes]) -> FirstPage | None:
    """Return the first page of a PDF of ours as it is read from its beginning; None of any other file."""
    head = pdf.read(_HEAD_BYTES)
    found = _PICTURE.search(head)
    if found is None:
        return None
    width, height, length = map(int, found.groups())
    begun = head[found.end() : found.end() + length]
    content = begun + pdf.read(length - len(begun))
    return FirstPage(content, width, height) if len(content) == length else None
