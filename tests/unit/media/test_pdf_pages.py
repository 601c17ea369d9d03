"""PDFs: what was filled in is drawn, a page that stands in for a form is refused, words are read."""

import io
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image

from portal.domain.documents import MOST_PAGES
from portal.media.child_process import ExitCode, Refused
from portal.media.first_page import cut_first_page
from portal.media.pdf_pages import run as run_papers
from portal.media.pdf_pages import write_papers
from portal.media.story_text import read_text
from tests.support.documents import make_filled_pdf, make_pdf, make_stand_in_pdf, make_written_pdf

WORDS = b"/FT /Tx /V (FILLED WORDS)"
CHOICE = b"/FT /Ch /Ff 131072 /Opt [(one) (two)] /V (two)"


def shows_ink(folder: Path, sent: bytes) -> bool:
    """Say whether the first page of what is kept is dark anywhere."""
    (folder / "sent").write_bytes(sent)
    run_papers(folder / "sent", folder / "kept")
    drawn = pypdfium2.PdfDocument(folder / "kept")[0].render().to_pil().convert("L")
    return drawn.point(lambda value: 255 * (value < 100)).getbbox() is not None


@pytest.mark.parametrize("field", [WORDS, CHOICE], ids=["text", "choice"])
def test_what_was_filled_in_is_drawn(tmp_path: Path, field: bytes) -> None:
    assert shows_ink(tmp_path, make_filled_pdf(field))


def test_a_form_that_nobody_filled_in_shows_nothing(tmp_path: Path) -> None:
    assert not shows_ink(tmp_path, make_filled_pdf(b"/FT /Tx"))


def test_the_first_of_many_pages_is_cut_out_whole() -> None:
    drawn = Image.effect_noise((300, 400), 90).convert("RGB")
    others = [Image.new("RGB", (30, 40))] * (MOST_PAGES - 1)
    page = cut_first_page(io.BytesIO(write_papers(iter([drawn, *others]))))
    assert page is not None
    assert (page.width, page.height, Image.open(io.BytesIO(page.content)).convert("RGB").size) == (
        300,
        400,
        (300, 400),
    )


@pytest.mark.parametrize("cut", [300, 2_000])
def test_of_what_is_no_pdf_of_ours_there_is_no_first_page(cut: int) -> None:
    kept = write_papers(iter([Image.effect_noise((300, 400), 90).convert("RGB")]))
    assert (cut_first_page(io.BytesIO(kept[:cut])), cut_first_page(io.BytesIO(make_pdf()))) == (None, None)


@pytest.mark.parametrize(
    ("sent", "text"),
    [
        pytest.param(make_filled_pdf(WORDS), "FILLED WORDS", id="field"),
        pytest.param(make_filled_pdf(CHOICE), "two", id="choice"),
        pytest.param(
            make_written_pdf(
                "We lived in the cellar for twen-", "ty days and more.", "Then", "it was still."
            ),
            "We lived in the cellar for twenty days and more.\n\nThen it was still.",
            id="lines",
        ),
    ],
)
def test_the_words_of_a_pdf_are_read_and_counted(tmp_path: Path, sent: bytes, text: str) -> None:
    (tmp_path / "sent").write_bytes(sent)
    found = read_text(tmp_path / "sent")
    assert (found.text, found.pages, found.letters.is_whole) == (text, 1, True)


@pytest.mark.parametrize(
    ("sent", "outcome"),
    [
        pytest.param(make_pdf(), ExitCode.PDF_HAS_NO_TEXT, id="pictures"),
        pytest.param(make_stand_in_pdf(), ExitCode.STAND_IN, id="stand-in"),
        pytest.param(make_stand_in_pdf(b""), ExitCode.STAND_IN, id="stand-in that does not say so"),
        pytest.param(b"%PDF-1.7 of no more", ExitCode.NOT_READ, id="no pdf"),
    ],
)
def test_a_pdf_without_words_is_refused_with_its_reason(
    tmp_path: Path, sent: bytes, outcome: ExitCode
) -> None:
    (tmp_path / "sent").write_bytes(sent)
    with pytest.raises(Refused) as refused:
        read_text(tmp_path / "sent")
    assert refused.value.outcome is outcome


def test_pages_that_stand_in_for_a_form_are_not_kept_as_pictures(tmp_path: Path) -> None:
    (tmp_path / "sent").write_bytes(make_stand_in_pdf())
    with pytest.raises(Refused) as refused:
        run_papers(tmp_path / "sent", tmp_path / "kept")
    assert refused.value.outcome is ExitCode.STAND_IN
