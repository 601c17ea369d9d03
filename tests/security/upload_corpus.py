"""Photos that tell wherever they can, and files that mean harm: bombs, loops, liars, two formats in one."""

import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Sequence

from PIL import Image

from tests.support.documents import WORD_BODY, assemble_pdf, make_word, write_paragraph, write_run
from tests.support.photos import CANARY, GPS, MAKE, make_picture, make_profile

_HIDDEN = CANARY.encode()
_MAKER_NOTE = 0x927C
_EXIF_IFD = 0x8769
_XMP = f"<x:xmpmeta>{CANARY}</x:xmpmeta>".encode()

# 64 by 64 pixels, left half red, right half blue, coded once as HEVC; the file around them is made here.
_HEVC_SETUP = bytes.fromhex(
    "0103700000009000000000001ef000fcfdf8f800000f03600001001840010c01ffff03700000030090000003000003001eba0240"
    "610001002b42010103700000030090000003000003001ea020810596ea4929ae6e021a0c0800000300c800000300084062000100"
    "074401c172b02240"
)
_HEVC_PICTURE = bytes.fromhex("000000202801af1980f77c8537fff7d7f7fd01ebfe2612f7ffc71fd7dd835ff44b8ef338")


def make_telling_exif() -> Image.Exif:
    """Return EXIF with the canary in the maker's name, the maker's own note and the place."""
    exif = Image.Exif()
    exif[MAKE] = CANARY
    exif.get_ifd(_EXIF_IFD)[_MAKER_NOTE] = _HIDDEN
    exif.get_ifd(GPS)[29] = CANARY
    return exif


def make_telling_webp() -> bytes:
    """Return a WebP with EXIF, XMP and a profile."""
    written = io.BytesIO()
    Image.new("RGB", (64, 48), "red").save(
        written, "WEBP", exif=make_telling_exif().tobytes(), xmp=_XMP, icc_profile=make_profile()
    )
    return written.getvalue() + _HIDDEN


def make_thumbnailed_jpeg() -> bytes:
    """Return a JPEG whose EXIF holds a small picture of its own, with a comment in it."""
    small = io.BytesIO()
    Image.new("RGB", (16, 12), "blue").save(small, "JPEG", comment=_HIDDEN)
    written = io.BytesIO()
    exif = make_telling_exif().tobytes() + small.getvalue()
    Image.new("RGB", (64, 48), "red").save(written, "JPEG", exif=exif)
    return written.getvalue()


def make_heic(*, size: tuple[int, int] = (64, 64)) -> bytes:
    """Return a HEIC with EXIF, XMP and a profile, which claims to be of a size it need not have."""
    exif = b"\x00\x00\x00\x00" + make_telling_exif().tobytes()[6:]
    items = (_HEVC_PICTURE, exif, _XMP)
    properties = (
        _box(b"hvcC", _HEVC_SETUP)
        + _box(b"ispe", struct.pack(">III", 0, *size))
        + _box(b"colr", b"prof" + make_profile())
    )
    head = _box(b"ftyp", b"heic\x00\x00\x00\x00mif1heic")
    # Where the items begin depends on how long the description before them is: made twice, first to measure.
    begin = len(head) + len(_describe_items(items, properties, 0)) + 8
    described = _describe_items(items, properties, begin)
    return head + described + _box(b"mdat", b"".join(items)) + _box(b"free", _HIDDEN)


def _describe_items(items: Sequence[bytes], properties: bytes, begin: int) -> bytes:
    kinds = (b"hvc1\x00", b"Exif\x00", b"mime\x00application/rdf+xml\x00")
    entries = b"".join(
        _box(b"infe", b"\x02\x00\x00\x00" + struct.pack(">HH", number, 0) + kind)
        for number, kind in enumerate(kinds, 1)
    )
    links = b"".join(_box(b"cdsc", struct.pack(">HHH", number, 1, 1)) for number in (2, 3))
    rows = b""
    for number, item in enumerate(items, 1):
        rows += struct.pack(">HHHHII", number, 0, 0, 1, begin, len(item))
        begin += len(item)
    owned = struct.pack(">IIHB", 0, 1, 1, 3) + b"\x81\x02\x03"
    return _box(
        b"meta",
        b"\x00\x00\x00\x00"
        + _box(b"hdlr", b"\x00" * 8 + b"pict" + b"\x00" * 13)
        + _box(b"pitm", struct.pack(">IH", 0, 1))
        + _box(b"iinf", struct.pack(">IH", 0, len(items)) + entries)
        + _box(b"iref", b"\x00\x00\x00\x00" + links)
        + _box(b"iprp", _box(b"ipco", properties) + _box(b"ipma", owned))
        + _box(b"iloc", struct.pack(">IBBH", 1 << 24, 0x44, 0x00, len(items)) + rows),
    )


def _box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content) + 8) + kind + content


def make_png_bomb(side: int) -> bytes:
    """Return a PNG of a few kilobytes that claims `side` by `side` pixels."""
    row = b"\x00" * (side // 8 + 1)
    packer = zlib.compressobj(9)
    rows = b"".join(packer.compress(row) for _row in range(side)) + packer.flush()
    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", rows), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )


def make_lying_jpeg() -> bytes:
    """Return a small JPEG that claims 65,500 by 65,500 pixels."""
    sent = make_picture("JPEG")
    frame = sent.index(b"\xff\xc0") + 5
    return sent[:frame] + struct.pack(">HH", 65500, 65500) + sent[frame + 4 :]


def make_lying_heic() -> bytes:
    """Return a small HEIC that claims 60,000 by 60,000 pixels."""
    return make_heic(size=(60_000, 60_000))


def make_gif(frames: int = 200) -> bytes:
    """Return a GIF of many frames."""
    pictures = [Image.new("P", (100, 100), number % 256) for number in range(frames)]
    written = io.BytesIO()
    pictures[0].save(written, "GIF", save_all=True, append_images=pictures[1:], duration=1)
    return written.getvalue()


def make_zip_bomb() -> bytes:
    """Return a DOCX of about 200 KiB that unpacks to 200 MB."""
    return make_word(further={"word/media/big.xml": b" " * 200_000_000})


def make_xml_bomb() -> bytes:
    """Return a DOCX whose text alone is larger than any text, at an ordinary ratio."""
    words = "".join(f"{number:x}" for number in range(400_000))
    return make_word(write_paragraph(write_run(words * 20)))


def make_nested_zip() -> bytes:
    """Return a zip of a DOCX in a zip."""
    return zip_members({"inner.zip": zip_members({"story.docx": make_word()})})


def make_lying_zip() -> bytes:
    """Return a DOCX whose list says of its text that it is much shorter than it is."""
    sent = bytearray(make_word(write_paragraph(write_run("a" * 100_000))))
    entry = sent.rindex(b"word/document.xml") - 46
    sent[entry + 24 : entry + 28] = struct.pack("<I", 400)
    return bytes(sent)


def make_crowded_zip() -> bytes:
    """Return a DOCX of more than 2,000 parts."""
    return make_word(further={f"word/media/{number}.bin": b"" for number in range(2001)})


def make_climbing_zip(name: str) -> bytes:
    """Return a DOCX with a part of a name that leads elsewhere."""
    return make_word(further={name: b"<x/>"})


def make_linked_zip() -> bytes:
    """Return a DOCX with a symbolic link in it."""
    held = io.BytesIO(make_word())
    with zipfile.ZipFile(held, "a") as archive:
        link = zipfile.ZipInfo("word/link.xml")
        link.create_system = 3
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    return held.getvalue()


def make_locked_zip() -> bytes:
    """Return a DOCX that says of a part that it is encrypted."""
    sent = bytearray(make_word())
    entry = sent.rindex(b"word/document.xml") - 46
    sent[entry + 8] |= 1
    return bytes(sent)


def make_declared_word(declaration: str, mention: str) -> bytes:
    """Return a DOCX whose text begins with a declaration of entities and mentions one."""
    told = make_word(WORD_BODY + write_paragraph(write_run("CUT")))
    with zipfile.ZipFile(io.BytesIO(told)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    body = parts["word/document.xml"].decode().replace("CUT", mention)
    return zip_members({**parts, "word/document.xml": (declaration + body).encode()})


def make_deep_word() -> bytes:
    """Return a DOCX nested 20,000 deep."""
    return make_word("<w:sdt>" * 20_000 + "</w:sdt>" * 20_000)


def make_looping_pdf() -> bytes:
    """Return a PDF whose tree of pages leads back to itself."""
    return assemble_pdf(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Pages /Parent 2 0 R /Kids [2 0 R] /Count 1 >>",
        ]
    )


def make_chained_pdf() -> bytes:
    """Return a PDF whose tables of contents lead to each other for ever."""
    sent = assemble_pdf([b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [] /Count 0 >>"])
    table = sent.rindex(b"xref\n0 ")
    return sent.replace(b"/Root 1 0 R", b"/Root 1 0 R /Prev %d" % table)


def make_crowded_pdf() -> bytes:
    """Return a PDF that claims a million pages."""
    return assemble_pdf(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1000000 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 10 10] >>",
        ]
    )


def make_multiplying_pdf(depth: int = 9, times: int = 12) -> bytes:
    """Return a PDF of a kilobyte whose page draws itself out of `times` to the power of `depth` pieces."""
    page = (
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 900 900] /Contents 4 0 R"
        b" /Resources << /XObject << /F 5 0 R >> >> >>"
    )
    bodies = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        page,
        _write_form(b"", b"/F Do", b""),
    ]
    for level in range(depth):
        further = b"/Resources << /XObject << /F %d 0 R >> >>" % (6 + level)
        kind = b"/Type /XObject /Subtype /Form /BBox [0 0 900 900] "
        last = level == depth - 1
        drawn = b"0 0 900 900 re f" if last else b"/F Do " * times
        bodies.append(_write_form(kind, drawn, b"" if last else further))
    return assemble_pdf(bodies)


def _write_form(kind: bytes, drawn: bytes, further: bytes) -> bytes:
    return b"<< %s%s /Length %d >>\nstream\n%s\nendstream" % (kind, further, len(drawn), drawn)


def zip_members(parts: dict[str, bytes]) -> bytes:
    """Return a zip of these parts."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return held.getvalue()
