"""Files of people who mean harm, or whose phones tell too much: nothing is kept, nothing breaks out."""

import io
import resource
import socket
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PIL import Image

from portal.domain.documents import DocumentFault, DocumentRefused
from portal.domain.photos import PictureFault, PictureRefused
from portal.media.document import clean_document, read_story
from portal.media.image import clean_picture
from tests.security import upload_corpus as corpus
from tests.support.documents import (
    DRAWING,
    make_open_document,
    make_pdf,
    make_telling_pdf,
    make_word,
    write_paragraph,
    write_run,
)
from tests.support.photos import CANARY, make_picture, make_telling_jpeg, make_telling_png

Maker = Callable[[], bytes]

_HIDDEN = CANARY.encode()
_ROOT = Path(__file__).resolve().parents[2]
_MOST_GROWTH = 50 * 1024
"""Kibibytes that reading a file may cost the parent."""
_XXE = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
_LAUGHS = (
    "<!DOCTYPE x [<!ENTITY a0 'ha'>"
    + "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 10))
    + "]>"
)

PHOTOS = [
    make_telling_jpeg,
    make_telling_png,
    corpus.make_telling_webp,
    corpus.make_thumbnailed_jpeg,
    corpus.make_heic,
]
DOCUMENTS = [make_telling_pdf, make_word, make_open_document]


def clean_photo(folder: Path, sent: bytes) -> bytes:
    (folder / "sent").write_bytes(sent)
    return clean_picture(folder / "sent", folder / "clean").content


def clean_papers(folder: Path, sent: bytes) -> bytes:
    (folder / "sent").write_bytes(sent)
    return clean_document(folder / "sent", folder).content


def unfold(content: bytes) -> bytes:
    """Return the bytes of a file, those of a zip unpacked."""
    if not zipfile.is_zipfile(io.BytesIO(content)):
        return content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return content + b"".join(archive.read(name) for name in archive.namelist())


@pytest.mark.parametrize("make", [*PHOTOS, *DOCUMENTS], ids=lambda make: make.__name__)
def test_what_is_sent_tells_something(make: Maker) -> None:
    assert _HIDDEN in unfold(make())


@pytest.mark.parametrize("make", PHOTOS, ids=lambda make: make.__name__)
def test_of_a_photo_nothing_hidden_is_kept(tmp_path: Path, make: Maker) -> None:
    assert clean_photo(tmp_path, make()).count(_HIDDEN) == 0


@pytest.mark.parametrize("make", DOCUMENTS, ids=lambda make: make.__name__)
def test_of_a_document_nothing_hidden_is_kept(tmp_path: Path, make: Maker) -> None:
    assert clean_papers(tmp_path, make()).count(_HIDDEN) == 0


@pytest.mark.parametrize("make", DOCUMENTS[1:], ids=lambda make: make.__name__)
def test_of_a_story_from_a_file_nothing_hidden_is_read(tmp_path: Path, make: Maker) -> None:
    (tmp_path / "sent").write_bytes(make())
    assert read_story(tmp_path / "sent", tmp_path).text.count(CANARY) == 0


def test_a_photo_of_an_iphone_shows_what_it_showed(tmp_path: Path) -> None:
    picture = Image.open(io.BytesIO(clean_photo(tmp_path, corpus.make_heic())))
    left, right = picture.getpixel((10, 30)), picture.getpixel((50, 30))
    assert isinstance(left, tuple)
    assert isinstance(right, tuple)
    assert (picture.size, left[0] > 150, right[2] > 150) == ((64, 64), True, True)


BAD_PHOTOS = [
    pytest.param(lambda: corpus.make_png_bomb(9000), PictureFault.TOO_MANY_PIXELS, id="81 megapixels"),
    pytest.param(lambda: corpus.make_png_bomb(50_000), PictureFault.TOO_MANY_PIXELS, id="2,500 megapixels"),
    pytest.param(corpus.make_lying_jpeg, PictureFault.TOO_MANY_PIXELS, id="lying jpeg"),
    pytest.param(corpus.make_gif, PictureFault.NOT_A_PICTURE, id="moving gif"),
    pytest.param(lambda: make_picture("TIFF"), PictureFault.NOT_A_PICTURE, id="tiff"),
    pytest.param(lambda: make_picture("BMP"), PictureFault.NOT_A_PICTURE, id="bmp"),
    pytest.param(lambda: make_picture("ICO"), PictureFault.NOT_A_PICTURE, id="ico"),
    pytest.param(lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>", PictureFault.NOT_A_PICTURE, id="svg"),
    pytest.param(lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n", PictureFault.NOT_A_PICTURE, id="postscript"),
    pytest.param(make_pdf, PictureFault.NOT_A_PICTURE, id="pdf"),
    pytest.param(make_word, PictureFault.NOT_A_PICTURE, id="docx"),
    pytest.param(lambda: b"GIF89a/*" + make_picture(), PictureFault.NOT_A_PICTURE, id="gif that is a script"),
    pytest.param(lambda: corpus.make_heic()[:700], PictureFault.NOT_A_PICTURE, id="heic cut short"),
    pytest.param(corpus.make_lying_heic, PictureFault.TOO_MANY_PIXELS, id="lying heic"),
]
BAD_DOCUMENTS = [
    pytest.param(corpus.make_zip_bomb, DocumentFault.SUSPICIOUS, id="zip bomb"),
    pytest.param(corpus.make_xml_bomb, DocumentFault.TOO_LONG, id="endless text"),
    pytest.param(corpus.make_nested_zip, DocumentFault.NOT_A_DOCUMENT, id="zip in zip"),
    pytest.param(corpus.make_lying_zip, DocumentFault.NOT_A_DOCUMENT, id="lying zip"),
    pytest.param(corpus.make_crowded_zip, DocumentFault.SUSPICIOUS, id="crowded zip"),
    pytest.param(lambda: corpus.make_climbing_zip("../../a.xml"), DocumentFault.SUSPICIOUS, id="dots"),
    pytest.param(lambda: corpus.make_climbing_zip("/etc/a.xml"), DocumentFault.SUSPICIOUS, id="absolute"),
    pytest.param(lambda: corpus.make_climbing_zip("..\\a.xml"), DocumentFault.SUSPICIOUS, id="backslash"),
    pytest.param(corpus.make_linked_zip, DocumentFault.SUSPICIOUS, id="symbolic link"),
    pytest.param(corpus.make_locked_zip, DocumentFault.LOCKED, id="locked"),
    pytest.param(lambda: corpus.make_declared_word(_XXE, "&e;"), DocumentFault.SUSPICIOUS, id="foreign file"),
    pytest.param(lambda: corpus.make_declared_word(_LAUGHS, "&a9;"), DocumentFault.SUSPICIOUS, id="laughs"),
    pytest.param(corpus.make_deep_word, DocumentFault.SUSPICIOUS, id="bottomless"),
    pytest.param(corpus.make_looping_pdf, DocumentFault.NOT_A_DOCUMENT, id="looping pdf"),
    pytest.param(corpus.make_chained_pdf, DocumentFault.NOT_A_DOCUMENT, id="chained pdf"),
    pytest.param(corpus.make_crowded_pdf, DocumentFault.TOO_MANY_PAGES, id="million pages"),
    pytest.param(corpus.make_multiplying_pdf, DocumentFault.TOO_SLOW, id="multiplying pdf"),
    pytest.param(lambda: b"%PDF-1.7 <script>1</script>", DocumentFault.NOT_A_DOCUMENT, id="html in pdf"),
    pytest.param(lambda: b"<svg><script>1</script></svg>", DocumentFault.NOT_A_DOCUMENT, id="svg"),
    pytest.param(make_picture, DocumentFault.NOT_A_DOCUMENT, id="jpeg"),
]


KINDS = ("JPEG", "PNG", "WEBP")


@contextmanager
def costing_no_memory() -> Iterator[None]:
    """Fail when the portal itself grows by what it is handed."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        yield
    finally:
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < _MOST_GROWTH


@pytest.mark.parametrize(("make", "fault"), BAD_PHOTOS)
def test_a_bad_photo_is_refused(tmp_path: Path, make: Maker, fault: PictureFault) -> None:
    sent = make()
    with pytest.raises(PictureRefused) as refused, costing_no_memory():
        clean_photo(tmp_path, sent)
    assert refused.value.fault is fault


@pytest.mark.parametrize(("make", "fault"), BAD_DOCUMENTS)
def test_a_bad_document_is_refused(tmp_path: Path, make: Maker, fault: DocumentFault) -> None:
    sent = make()
    with pytest.raises(DocumentRefused) as refused, costing_no_memory():
        clean_papers(tmp_path, sent)
    assert refused.value.fault is fault


@pytest.fixture(scope="module")
def cleaned(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Photos with nothing behind them, by kind, as they are kept."""
    folder = tmp_path_factory.mktemp("cleaned")
    return {kind: clean_photo(folder, make_picture(kind)) for kind in KINDS}


@pytest.mark.parametrize(
    "tail",
    [b"<script>1</script>", b"<?php 1 ?>", make_pdf(), corpus.zip_members({"a.html": b"<script>"})],
    ids=["html", "php", "pdf", "zip"],
)
@pytest.mark.parametrize("kind", KINDS)
def test_what_follows_a_photo_is_dropped(
    tmp_path: Path, cleaned: dict[str, bytes], kind: str, tail: bytes
) -> None:
    assert clean_photo(tmp_path, make_picture(kind) + tail) == cleaned[kind]


def test_a_pdf_that_begins_as_a_page_is_a_picture_of_pages(tmp_path: Path) -> None:
    cleaned = clean_papers(tmp_path, b"<script>1</script>\n" + make_telling_pdf())
    assert (cleaned[:8], cleaned.count(b"<script>")) == (b"%PDF-1.4", 0)


def run_limited(lines: str) -> subprocess.CompletedProcess[str]:
    """Run lines in a process that has limited itself as the readers of files do."""
    limits = (
        "from portal.media.limits import *; limit_process(); leave_network(); empty_environment();"
        " forbid_reaching_out()"
    )
    return subprocess.run(
        [sys.executable, "-c", f"import os, resource, socket, subprocess\n{limits}\n{lines}"],
        cwd=_ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    "lines",
    [
        "socket.socket()",
        "socket.getaddrinfo('localhost', 80)",
        "subprocess.run(['true'])",
        "os.system('true')",
        "os.execv('/bin/true', ['true'])",
        "os.posix_spawn('/bin/true', ['true'], {})",
        "os.fork()",
    ],
)
def test_a_reader_reaches_neither_the_network_nor_programs(lines: str) -> None:
    assert (
        run_limited(lines).stderr.strip().splitlines()[-1].partition(":")[0]
        == "portal.media.limits.Forbidden"
    )


def test_a_reader_knows_no_variable_of_the_portal() -> None:
    assert run_limited("print(len(os.environ))").stdout.strip() == "0"


def test_a_reader_that_wants_too_much_memory_gets_none() -> None:
    assert run_limited("bytes(2 * 1024**3)").stderr.strip().splitlines()[-1] == "MemoryError"


def test_a_document_does_not_call_home(tmp_path: Path) -> None:
    """Word fetches templates and pictures that live elsewhere; here nobody knocks."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        address = f"http://127.0.0.1:{server.getsockname()[1]}/a.png"
        linked = DRAWING.replace('r:embed="picture"', 'r:link="web"')
        sent = make_word(write_paragraph(linked, write_run("Hi")), web=address)
        clean_papers(tmp_path, sent)
        with pytest.raises(BlockingIOError):
            server.accept()
