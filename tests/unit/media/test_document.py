"""Reading documents: the words and what they mean are kept, everything else is left out and counted."""

from pathlib import Path

import pytest

from portal.domain.documents import (
    MOST_DOCUMENT_BYTES,
    DocumentFault,
    DocumentFormat,
    DocumentRefused,
    DroppedKind,
)
from portal.media.document import clean_document, read_story
from portal.story.markdown import to_blocks, to_markdown
from tests.support.documents import (
    OPEN_DOCUMENT_TEXT,
    WORD_TEXT,
    make_open_document,
    make_pdf,
    make_word,
    pack,
)


def read(folder: Path, sent: bytes, name: str = "sent") -> str:
    (folder / name).write_bytes(sent)
    return read_story(folder / name, folder).text


def find_fault(folder: Path, sent: bytes, name: str = "sent") -> DocumentFault:
    with pytest.raises(DocumentRefused) as refused:
        read(folder, sent, name)
    return refused.value.fault


def test_a_word_document_becomes_a_story(tmp_path: Path) -> None:
    assert read(tmp_path, make_word()) == WORD_TEXT


def test_an_open_document_becomes_a_story(tmp_path: Path) -> None:
    assert read(tmp_path, make_open_document()) == OPEN_DOCUMENT_TEXT


@pytest.mark.parametrize("sent", [make_word(), make_open_document()], ids=["docx", "odt"])
def test_what_is_read_is_written_as_the_portal_writes(tmp_path: Path, sent: bytes) -> None:
    text = read(tmp_path, sent)
    assert to_markdown(to_blocks(text)).strip() == text


def test_what_a_word_document_has_and_a_story_has_not_is_counted(tmp_path: Path) -> None:
    (tmp_path / "sent").write_bytes(make_word())
    assert dict(read_story(tmp_path / "sent", tmp_path).dropped) == {
        DroppedKind.PICTURE: 1,
        DroppedKind.TABLE: 1,
        DroppedKind.COMMENT: 1,
        DroppedKind.CHANGE: 2,
        DroppedKind.LOOK: 1,
        DroppedKind.PAGE_FURNITURE: 1,
        DroppedKind.LINK: 1,
        DroppedKind.EMBEDDED: 1,
    }


def test_what_an_open_document_has_and_a_story_has_not_is_counted(tmp_path: Path) -> None:
    (tmp_path / "sent").write_bytes(make_open_document())
    assert dict(read_story(tmp_path / "sent", tmp_path).dropped) == {
        DroppedKind.TABLE: 1,
        DroppedKind.COMMENT: 1,
        DroppedKind.LINK: 1,
    }


def test_the_name_of_a_document_does_not_count(tmp_path: Path) -> None:
    assert read(tmp_path, make_word(), "story.txt") == WORD_TEXT


@pytest.mark.parametrize(
    ("sent", "fault"),
    [
        pytest.param(make_pdf(), DocumentFault.PDF_HAS_NO_TEXT, id="pdf"),
        pytest.param(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", DocumentFault.OLD_FORMAT, id="doc"),
        pytest.param(b"{\\rtf1 Hello}", DocumentFault.OLD_FORMAT, id="rtf"),
        pytest.param(b"<!doctype html><p>Hello", DocumentFault.NOT_A_DOCUMENT, id="html"),
        pytest.param(b"\x7fELF\x00\x01", DocumentFault.NOT_A_DOCUMENT, id="program"),
        pytest.param(pack({"a.txt": "Hello"}), DocumentFault.NOT_A_DOCUMENT, id="some zip"),
        pytest.param(b" \n\t ", DocumentFault.EMPTY, id="blank"),
        pytest.param(b"", DocumentFault.EMPTY, id="empty"),
        pytest.param(make_word("<w:p/>"), DocumentFault.EMPTY, id="no words"),
        pytest.param(b"a" * 400_001, DocumentFault.TOO_LONG, id="too long"),
        pytest.param(bytes(MOST_DOCUMENT_BYTES + 1), DocumentFault.TOO_LARGE, id="too large"),
    ],
)
def test_a_file_without_a_story_is_refused_with_its_reason(
    tmp_path: Path, sent: bytes, fault: DocumentFault
) -> None:
    assert find_fault(tmp_path, sent) is fault


@pytest.mark.parametrize("length", [399_999, 400_000])
def test_a_text_of_just_the_most_characters_is_read(tmp_path: Path, length: int) -> None:
    assert len(read(tmp_path, b"a" * length)) == length


def test_a_file_of_just_the_most_bytes_is_opened(tmp_path: Path) -> None:
    assert find_fault(tmp_path, bytes(MOST_DOCUMENT_BYTES)) is not DocumentFault.TOO_LARGE


def test_a_pdf_for_the_editors_has_as_many_pages(tmp_path: Path) -> None:
    (tmp_path / "sent").write_bytes(make_pdf(3))
    cleaned = clean_document(tmp_path / "sent", tmp_path)
    assert (cleaned.format, cleaned.pages) == (DocumentFormat.PDF, 3)


def test_a_pdf_of_just_the_most_pages_is_taken(tmp_path: Path) -> None:
    (tmp_path / "sent").write_bytes(make_pdf(40))
    assert clean_document(tmp_path / "sent", tmp_path).pages == 40


def test_a_pdf_of_too_many_pages_is_refused(tmp_path: Path) -> None:
    (tmp_path / "sent").write_bytes(make_pdf(41))
    with pytest.raises(DocumentRefused) as refused:
        clean_document(tmp_path / "sent", tmp_path)
    assert refused.value.fault is DocumentFault.TOO_MANY_PAGES


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (make_word(), DocumentFormat.MARKDOWN),
        (make_open_document(), DocumentFormat.MARKDOWN),
        (b"Hi", DocumentFormat.TEXT),
    ],
    ids=["docx", "odt", "txt"],
)
def test_of_other_documents_the_words_are_kept(tmp_path: Path, sent: bytes, kept: DocumentFormat) -> None:
    (tmp_path / "sent").write_bytes(sent)
    assert clean_document(tmp_path / "sent", tmp_path).format is kept


def test_a_document_twice_is_the_same_bytes(tmp_path: Path) -> None:
    (tmp_path / "sent").write_bytes(make_pdf(2))
    assert clean_document(tmp_path / "sent", tmp_path) == clean_document(tmp_path / "sent", tmp_path)
