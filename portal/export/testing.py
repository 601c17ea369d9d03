"""A test kit for formats: hand it a format and what reads its file back, and it names every fault.

It needs no portal, no database and no pytest, so packages outside the portal use it as ours do:

    assert find_faults(FORMAT, read_back) == []

`read_back` gets the bytes of a file and says what it holds of each story: texts by the story's id.
"""

import io
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime

from portal.export.formats import Format
from portal.export.photos import PictureRecord
from portal.export.record import Address, ExportRecord, LicenceRecord, Topic
from portal.story.blocks import Picture, paragraphs
from portal.story.markdown import to_blocks
from portal.story.normalise import clean_line, clean_text

ReadBack = Callable[[bytes], Mapping[str, Collection[str]]]

SCRIPTS: Mapping[str, str] = {
    "uk": "П’ять ґав з’їли паляницю. Її сім’я живе в Києві.",
    "zh-Hant-TW": "他說**「家」**的時候，燈滅了。臺灣𠮷𠀀",
    "zh-Hans": "他说「家」的时候，灯灭了。",
    "ja": "停電の夜、カタカナと平仮名。",
    "ko": "정전이 된 밤, 한글로 씁니다.",
    "en": "The *lights* went out — “home”, she said.",
    "pl": "Zażółć gęślą jaźń.",
    "vi": "Tiếng Việt có nhiều dấu: ướt, ngã, nghề.",
    "el": "Ταχίστη αλώπηξ βαφής ψημένη γη.",
    "ka": "ქართული ანბანი.",
    "hy": "Հայերեն այբուբեն։",
    "he": "שלום **עולם**, 123 abc!",
    "ar": "مرحبا، كيف الحال؟ ١٢٣",
    "fa": "می‌خواهم خانه‌ها را ببینم.",
    "crh": "Qırımtatar tili: ñ, ğ, ş.",
    "th": "ภาษาไทยไม่มีช่องว่าง",
    "lo": "ພາສາລາວ",
    "my": "မြန်မာဘာသာ",
    "km": "ភាសាខ្មែរ",
    "hi": "हिन्दी में लिखा गया: क्षत्रिय।",
    "bn": "বাংলা ভাষা",
    "ta": "தமிழ் மொழி",
    "am": "አማርኛ ፊደል",
    "bo": "བོད་སྐད་",
    "mn-Mong": "ᠮᠣᠩᠭᠣᠯ",
    "nan": "Tâi-gí ê jī: chi̍t-ê lâng, ㄅㆠㄆ",
}
"""A text in each of these languages."""

HOSTILE: Sequence[str] = (
    "=cmd|'/c calc'!A1",
    "+1+1",
    "-2+3",
    "@SUM(1)",
    "|cmd",
    '=HYPERLINK("https://example.org")',
    "<script>alert(1)</script> </textarea> --> ]]> ]]]]>><![CDATA[",
    "<!DOCTYPE x [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>&x; &amp; &lt; &#60;",
    "{{7*7}} {% include x %} ${7*7} {{< ref >}} {{% x %}} <%= 7 %>",
    "[gallery ids=1] [/caption]",
    "_x000D_ _x0041_ \\u0000 \\n",
    "../../../etc/passwd C:\\a.txt",
    "no",
    "null",
    "1e309",
    "2026-03-14",
    "00123",
    "12345678901234567890",
    "--- ... !!python/object:x & * ? | > : #",
    "'quote' \"double\" `back` “curly” 「corner」 «angle»",
    "👩‍👩‍👧‍👦 👍🏽 🇺🇦🇹🇼 ❤️ 🕯️",
    "é ﬁ ｆｕｌｌ ①",
    "a\u200eb\u200fc",
    "# heading\n\n> quote\n\n- one\n- two\n\n1. first\n2. second\n\n---\n\nA[^1]\nline.\n\n[^1]: Note.",
    "> [a link](https://example.org/%22a?b=1&c=(d)) and **strong *both* of** it\n>\n> - in a quote",
    "    spaces    inside    \tand a tab",
    "x" * 5_000,
    "many\n\n" * 50 + "paragraphs",
)
"""Texts that break programs: formulas, markup, codes of templates, what looks like another type."""

_FEW = 12
"""Stories that are written several times."""
_WHEN = datetime(2026, 3, 14, 9, 0, tzinfo=UTC)
_PICTURE = bytes.fromhex(
    "ffd8ffe000104a46494600010100000100010000ffdb004300"
    + "ff" * 64
    + "ffc0000b080001000101011100ffc40014000100000000000000000000000000000000"
    "ffc40014100100000000000000000000000000000000ffda0008010100003f003fffd9"
)
"""A photo of one grey dot."""


def make_records() -> list[ExportRecord]:
    """Return stories in many languages and hostile ones, each with one text in every field of it.

    The last one says something else in each field: what a format leaves out is missed there.
    """
    told = [*SCRIPTS.items(), *(("uk", text) for text in HOSTILE)]
    alike = [make_record(number, lang, text) for number, (lang, text) in enumerate(told)]
    return [*alike, make_varied_record(len(told))]


def make_record(number: int, lang: str, text: str) -> ExportRecord:
    """Return a story that has this text in every field; the number makes it differ from others."""
    line, words = clean_line(text)[:2000], clean_text(text)
    key, file = f"{number:08x}", f"pictures/{number:012x}.jpg"
    return ExportRecord(
        uid=f"{number:08x}"[::-1] * 4,
        lang=lang,
        original_lang="en" if number % 2 else lang,
        title=line,
        dek=line,
        excerpt=line,
        body=(Picture(key), *to_blocks(words)) if number % 2 else to_blocks(words),
        byline=line,
        bio=words,
        content_warning=line,
        topics=(Topic("history", line),),
        coverage_slug="ukraine-taiwan",
        coverage_title=line,
        slug=f"story-{number}",
        licence=LicenceRecord(line, "https://example.org/licence?a=1&b='2'", 1, "uk", _WHEN),
        addresses=(Address(lang, f"https://example.org/{number}/台灣?a=1&b=%22"),),
        revision=number + 1,
        accepted_at=_WHEN,
        edited_at=_WHEN,
        pictures=(PictureRecord(file, lang, line, line, 1, 1, _PICTURE, words=line, key=key),),
        featured=file if number % 3 else "",
    )


def make_varied_record(number: int) -> ExportRecord:
    """Return a story that says something else in each of its fields."""
    record = make_record(number, "uk", "Ніч · 家")
    (photo,) = record.pictures
    return replace(
        record,
        title="Ніч · 家 · title",
        dek="Ніч · 家 · dek",
        excerpt="Ніч · 家 · excerpt",
        body=(*record.body, *to_blocks("Ніч · 家 · body")),
        byline="Ніч · 家 · byline",
        bio="Ніч · 家 · bio",
        content_warning="Ніч · 家 · warning",
        topics=(Topic("history", "Ніч · 家 · topic"),),
        coverage_title="Ніч · 家 · coverage",
        pictures=(
            replace(
                photo, description="Ніч · 家 · alt", words="Ніч · 家 · caption", credit="Ніч · 家 · credit"
            ),
        ),
    )


def list_texts(record: ExportRecord, parts: Collection[str]) -> Iterator[tuple[str, str]]:
    """Give what somebody has typed of a story: the name of the part, and a text without line ends."""
    for name in ("title", "dek", "excerpt", "byline", "content_warning"):
        yield name, getattr(record, name)
    yield from (("bio", line) for line in record.bio.split("\n"))
    yield from (("body", line) for text in paragraphs(record.body) for line in text.split("\n"))
    yield from (("topics", one.name) for one in record.topics)
    for one in record.pictures:
        yield from (("alt", one.description), ("caption", one.words), ("credit", one.credit))


TEXTS = frozenset(
    {
        "title",
        "dek",
        "excerpt",
        "byline",
        "content_warning",
        "bio",
        "body",
        "topics",
        "alt",
        "caption",
        "credit",
    }
)
"""Parts of a story that somebody types."""


def find_faults(
    made: Format,
    read_back: ReadBack,
    *,
    parts: Collection[str] = TEXTS,
    records: Sequence[ExportRecord] | None = None,
) -> list[str]:
    """Return what is wrong with a format; none is how it should be.

    parts: what the format is to hold of each story.
    records: other stories to try than `make_records` gives.
    """
    tried = make_records() if records is None else records
    content = write_file(made, tried)
    held = read_back(content)
    faults = [f"{record.uid}: not in the file" for record in tried if record.uid not in held]
    for record in tried:
        words = "\n".join(held.get(record.uid, ()))
        faults += [
            f"{record.uid}: {part}: {text[:80]!r} does not come back"
            for part, text in list_texts(record, parts)
            if part in parts and text.strip() and text.strip() not in words
        ]
    few = tried[:_FEW]
    if write_file(made, few) != write_file(made, few):
        faults.append("equal stories do not give equal bytes")
    some, left = few[1::2], few[::2]
    if write_file(made, few, without=some) != write_file(made, left, expected=few):
        faults.append("a file that stories were taken out of differs from one they were never in")
    return faults + _find_traces(made)


def _find_traces(made: Format) -> list[str]:
    """Return whether a story that is taken out leaves words behind."""
    secret, other = make_record(1, "uk", "Kanarka7f3a"), make_record(2, "uk", "Інша")
    content = write_file(made, [secret, other], without=[secret])
    return ["words of a story that was taken out are still in the file"] if b"Kanarka7f3a" in content else []


def write_file(
    made: Format,
    records: Sequence[ExportRecord],
    *,
    without: Sequence[ExportRecord] = (),
    expected: Sequence[ExportRecord] = (),
) -> bytes:
    """Return the file with these stories, some of which are taken out of it again.

    expected: the stories that may come, where they are more.
    """
    out = io.BytesIO()
    with closing(made.begin(out, [record.uid for record in expected or records])) as writer:
        for record in records:
            writer.add(replace(record))
        writer.finish()
        if without:
            writer.leave_out({record.uid for record in without})
    return out.getvalue()
