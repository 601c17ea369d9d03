"""Words of a PDF: its text layer as paragraphs, and what was filled into its form."""

import ctypes
import re
from collections.abc import Iterator
from pathlib import Path

import pypdfium2
import pypdfium2.raw as pdfium

from portal.domain.documents import MOST_CHARACTERS
from portal.media.child_process import ExitCode, Refused
from portal.story.han import HAN

_JOINED = "\ufffe"
_DIVIDED = re.compile("(?<=[^\\W\\d_])[-\u00ad\u0002\ufffe]+$")
"""What stands at the end of a line whose last word goes on in the next one."""
_ENDS = tuple(".!?…:»”\"'’)」』。！？）")
_FULL_LINE = 0.75
"""Of the longest line of a page: a shorter one that ends a sentence ends a paragraph."""
_UNSPACED = re.compile(f"[{HAN}\u3000-\u30ff\uff00-\uffef]")
_LONGEST_VALUE = 40_000
"""Bytes of what stands in one field."""


def open_pdf(source: Path) -> pypdfium2.PdfDocument:
    """Open a PDF with its form, if it has one.

    Raises Refused for one that is locked, or none, or whose pages only stand in for a form of another kind
    (XFA), which no program shows but that of its maker.
    """
    try:
        document = pypdfium2.PdfDocument(source)
    except pypdfium2.PdfiumError as error:
        locked = error.err_code == pdfium.FPDF_ERR_PASSWORD
        raise Refused(ExitCode.LOCKED if locked else ExitCode.NOT_READ) from error
    kind = document.get_formtype()
    if kind == pdfium.FORMTYPE_XFA_FULL:
        raise Refused(ExitCode.STAND_IN)
    # Before anything else is asked of it: only then its fields are drawn.
    document.init_forms()
    if kind == pdfium.FORMTYPE_XFA_FOREGROUND and not any(_list_fields(page) for page in document):
        raise Refused(ExitCode.STAND_IN)
    return document


def read_pdf(source: Path) -> tuple[str, int]:
    """Return the words of a PDF and the number of its pages.

    Raises Refused, also for one that holds no words but pictures of them.
    """
    document = open_pdf(source)
    pages: list[str] = []
    for page in document:
        # PDFium joins a divided word itself, and says where.
        lines = page.get_textpage().get_text_range().replace(_JOINED, f"{_JOINED}\n").splitlines()
        filled = [words for field in _list_fields(page) if (words := _read_value(document, page, field))]
        pages += [*_join_lines(lines), *filled]
        if sum(map(len, pages)) > MOST_CHARACTERS:
            raise Refused(ExitCode.TOO_LONG)
        page.close()
    if not any(any(sign.isalnum() for sign in paragraph) for paragraph in pages):
        raise Refused(ExitCode.PDF_HAS_NO_TEXT)
    return "\n\n".join(pages), len(document)


def _join_lines(lines: list[str]) -> Iterator[str]:
    """Make paragraphs of the lines of a page, which end where the page had no more room."""
    shown = [line.strip() for line in lines]
    longest = max(map(len, shown), default=0)
    paragraph = ""
    for line in shown:
        if not line:
            continue
        is_word = _DIVIDED.search(paragraph) is not None and line[0].islower()
        if is_word:
            paragraph = _DIVIDED.sub("", paragraph) + line
        elif paragraph and not (_UNSPACED.match(paragraph[-1]) and _UNSPACED.match(line)):
            paragraph += f" {line}"
        else:
            paragraph += line
        if line.endswith(_ENDS) and len(line) < longest * _FULL_LINE:
            yield paragraph
            paragraph = ""
    if paragraph:
        yield paragraph


def _list_fields(page: pypdfium2.PdfPage) -> list[int]:
    """Return the numbers of the fields among what is written over a page."""
    found: list[int] = []
    for number in range(pdfium.FPDFPage_GetAnnotCount(page)):
        annotation = pdfium.FPDFPage_GetAnnot(page, number)
        if pdfium.FPDFAnnot_GetSubtype(annotation) == pdfium.FPDF_ANNOT_WIDGET:
            found.append(number)
        pdfium.FPDFPage_CloseAnnot(annotation)
    return found


def _read_value(document: pypdfium2.PdfDocument, page: pypdfium2.PdfPage, number: int) -> str:
    """Return what was written into a text field or chosen from a list; of a box to be ticked nothing."""
    annotation = pdfium.FPDFPage_GetAnnot(page, number)
    try:
        kind = pdfium.FPDFAnnot_GetFormFieldType(document.formenv, annotation)
        if kind not in (
            pdfium.FPDF_FORMFIELD_TEXTFIELD,
            pdfium.FPDF_FORMFIELD_COMBOBOX,
            pdfium.FPDF_FORMFIELD_LISTBOX,
        ):
            return ""
        room = ctypes.create_string_buffer(_LONGEST_VALUE)
        held = ctypes.cast(room, ctypes.POINTER(ctypes.c_ushort))
        size = pdfium.FPDFAnnot_GetFormFieldValue(document.formenv, annotation, held, _LONGEST_VALUE)
        return room.raw[: min(size, _LONGEST_VALUE)].decode("utf-16-le", "ignore").rstrip("\0").strip()
    finally:
        pdfium.FPDFPage_CloseAnnot(annotation)
