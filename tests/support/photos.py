"""Pictures to test with: plain ones, ones with something hidden in every place, and files that lie."""

import hashlib
import io
import struct
import zlib
from datetime import datetime

from PIL import Image, ImageCms, PngImagePlugin
from sqlalchemy.orm import Session

from portal.domain.documents import DocumentFormat
from portal.extensions import current_portal
from portal.media.pdf_pages import write_papers
from portal.models import Attachment, OriginalFile, Submission
from portal.operations.private.documents import StoredDocument, StoredOriginal, add_document
from portal.operations.private.originals import TakenContent, keep_original
from portal.operations.private.photos import StoredPicture, add_picture
from portal.storage import read_file, store_file

CANARY = "kanarka7193"
ORIENTATION = 0x0112
MAKE = 0x010F
GPS = 0x8825
ON_ITS_SIDE = 6


def make_picture(kind: str = "JPEG", colour: str = "olive", size: tuple[int, int] = (64, 48)) -> bytes:
    """Return a picture of one colour."""
    written = io.BytesIO()
    Image.new("RGB", size, colour).save(written, kind)
    return written.getvalue()


def make_noise(*, progressive: bool = False) -> bytes:
    """Return a JPEG that is nowhere of one colour."""
    written = io.BytesIO()
    Image.effect_noise((320, 240), 60).convert("RGB").save(written, "JPEG", progressive=progressive)
    return written.getvalue()


def make_telling_jpeg() -> bytes:
    """Return a JPEG, left half red, lying on its side, that says more than it shows in every place it can."""
    picture = Image.new("RGB", (64, 32), "blue")
    picture.paste("red", (0, 0, 32, 32))
    exif = Image.Exif()
    exif[ORIENTATION] = ON_ITS_SIDE
    exif[MAKE] = CANARY
    exif.get_ifd(GPS)[29] = CANARY
    written = io.BytesIO()
    picture.save(
        written,
        "JPEG",
        exif=exif,
        xmp=f"<x:xmpmeta>{CANARY}</x:xmpmeta>".encode(),
        comment=CANARY.encode(),
        icc_profile=make_profile(),
    )
    iptc = b"Photoshop 3.0\x008BIM\x04\x04\x00\x00" + struct.pack(">I", len(CANARY)) + CANARY.encode()
    sent = written.getvalue()
    return sent[:2] + b"\xff\xed" + struct.pack(">H", len(iptc) + 2) + iptc + sent[2:] + CANARY.encode()


def make_telling_png() -> bytes:
    """Return a PNG with texts, a profile, EXIF and see-through parts that hide something."""
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Author", CANARY)
    texts.add_itxt("XML:com.adobe.xmp", CANARY)
    exif = Image.Exif()
    exif[MAKE] = CANARY
    written = io.BytesIO()
    Image.new("RGBA", (64, 48), (255, 0, 0, 0)).save(
        written, "PNG", pnginfo=texts, exif=exif, icc_profile=make_profile()
    )
    return written.getvalue()


def make_profile() -> bytes:
    """Return a colour profile that names somebody."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return profile + CANARY.encode()


def make_bomb() -> bytes:
    """Return a PNG of a few kilobytes that claims 9,000 by 9,000 pixels."""
    rows = zlib.compress(b"\x00" * (9000 // 8 + 1) * 9000, 9)
    head = struct.pack(">IIBBBBB", 9000, 9000, 1, 0, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", rows), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )


def keep_picture(
    session: Session, submission: Submission, *, at: datetime, colour: str = "olive", content: bytes = b""
) -> Attachment:
    """Add a photo that is clean already."""
    clean = content or make_picture(colour=colour)
    file = store_file(current_portal().instance.files_folder, clean)
    digest = hashlib.sha256(clean).hexdigest()
    return add_picture(session, submission, StoredPicture(file, digest, 64, 48), at=at)


def leave_open(row: Attachment) -> None:
    """Have a file lie in the open, as earlier releases left it."""
    folder = current_portal().instance.files_folder
    content = read_file(folder, row.file)
    (folder / row.public_id).write_bytes(content)
    row.sealed_key, row.sha256, row.size = None, hashlib.sha256(content).hexdigest(), len(content)


def keep_sent(
    session: Session,
    submission: Submission,
    *,
    at: datetime,
    content: bytes = b"A file.",
    name: str = "",
    taken: TakenContent | None = None,
    document: Attachment | None = None,
) -> OriginalFile | None:
    """Keep a file as it was sent, of a story or of a document."""
    file = store_file(current_portal().instance.files_folder, content)
    stored = StoredOriginal(file, hashlib.sha256(content).hexdigest(), name)
    return keep_original(session, submission, stored, taken or TakenContent(), at=at, document=document)


def keep_document(
    session: Session, submission: Submission, *, at: datetime, words: str = "Лист"
) -> Attachment:
    """Add a document of a few words that is clean already."""
    return _add(session, submission, words.encode(), DocumentFormat.TEXT, at=at)


def keep_pages(session: Session, submission: Submission, *, at: datetime) -> Attachment:
    """Add a document that is a picture of its one page, clean already."""
    clean = write_papers(iter([Image.new("RGB", (62, 88), "white")]))
    return _add(session, submission, clean, DocumentFormat.PDF, pages=1, at=at)


def _add(
    session: Session,
    submission: Submission,
    clean: bytes,
    kept_as: DocumentFormat,
    *,
    pages: int = 0,
    at: datetime,
) -> Attachment:
    file = store_file(current_portal().instance.files_folder, clean)
    digest = hashlib.sha256(clean).hexdigest()
    return add_document(session, submission, StoredDocument(file, digest, kept_as, pages), at=at)
