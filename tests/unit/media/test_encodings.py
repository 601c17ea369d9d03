"""Texts in old encodings: read as they were written, or asked about, or refused; never taken as junk."""

import hashlib
import re
from pathlib import Path
from typing import Literal

import pytest
from babel.messages.pofile import read_po

from portal.domain.documents import DroppedKind
from portal.media.child_process import ExitCode, Refused
from portal.media.encodings import decode_as, find_readings
from portal.media.story_text import AmbiguousEncoding, read_text
from portal.media.story_text import run as run_reading
from tests.support.encoded_texts import ENCODINGS, OURS, TEXTS

UK = "Ми жили у підвалі двадцять днів. Вода скінчилася, і сусідка принесла хліб."
ZH = "我們在那裏住了二十天，水沒了。鄰居帶來了麵包。"
UNSURE = "Мы жили в подвале двадцать дней."

Verdict = Literal["right", "asked", "refused", "junk"]


def judge(language: str, encoding: str, sentences: int, form: str) -> Verdict:
    """Say what becomes of the first sentences of a language in an encoding, in a form of some language."""
    text = " ".join(TEXTS[language][:sentences])
    sent = text.encode(encoding, "ignore")
    readings = [one.text for one in find_readings(sent, form)]
    if not readings:
        return "refused"
    if sent.decode(encoding) not in readings:
        return "junk"
    return "asked" if len(readings) > 1 else "right"


def list_verdicts(sentences: int, *, form: str = "") -> dict[tuple[str, str], Verdict]:
    pairs = [(language, encoding) for language, names in ENCODINGS.items() for encoding in names]
    return {pair: judge(*pair, sentences, form or pair[0]) for pair in pairs}


@pytest.mark.parametrize(("sentences", "form"), [(1, ""), (1, "en"), (99, "")])
def test_no_text_is_taken_as_junk_or_refused(sentences: int, form: str) -> None:
    verdicts = list_verdicts(sentences, form=form)
    assert {pair: verdict for pair, verdict in verdicts.items() if verdict in ("junk", "refused")} == {}


def test_a_page_of_our_writers_is_read_without_a_question() -> None:
    verdicts = list_verdicts(99)
    pairs = [(language, encoding) for language in OURS for encoding in ENCODINGS[language]]
    assert {pair: verdicts[pair] for pair in pairs} == dict.fromkeys(pairs, "right")


CATALOGUES = Path(__file__).parents[3] / "translations"
HELD_OUT = {
    "uk": ("cp1251", "koi8-u", "iso8859-5", "cp1125", "mac-cyrillic", "utf-16-le"),
    "zh_Hant_TW": ("cp950", "big5hkscs", "gb18030", "utf-16-be"),
}
"""Catalogues, whose sentences nobody has chosen for this, and the encodings these are written in."""


def gather_sentences(locale: str, number: int) -> list[str]:
    """Return sentences of a catalogue, any of them, and the same ones when others are added."""
    with (CATALOGUES / locale / "LC_MESSAGES" / "messages.po").open("rb") as opened:
        texts = [one.string for one in read_po(opened) if isinstance(one.string, str)]
    plain = [one for one in texts if len(one.encode()) > 50 and not re.search("[%{<]", one)]
    return sorted(plain, key=lambda one: hashlib.sha256(one.encode()).digest())[:number]


@pytest.mark.parametrize(("locale", "form"), [("uk", "uk"), ("uk", "en"), ("zh_Hant_TW", "uk")])
def test_texts_that_nothing_was_tuned_with_are_read(locale: str, form: str) -> None:
    """Two sentences each, and of every second one the last byte is missing."""
    sentences = gather_sentences(locale, 12)
    texts = ["\r\n".join(pair) for pair in zip(sentences[::2], sentences[1::2], strict=True)]
    sent = [
        (encoding, text.encode(encoding, "ignore")[: -1 if number % 2 else None])
        for encoding in HELD_OUT[locale]
        for number, text in enumerate(texts)
    ]
    wrong = [
        (encoding, content)
        for encoding, content in sent
        if [one.text for one in find_readings(content, form)] != [decode_as(content, encoding)]
    ]
    assert wrong == []


@pytest.mark.parametrize("encoding", ["cp866", "koi8-r", "cp1251", "iso8859-5"])
def test_a_text_with_the_latin_i_in_its_words_is_read(encoding: str) -> None:
    text = "\n".join(TEXTS["uk"]).translate(str.maketrans("іІїЇєЄґҐ", "iIiIeEгГ"))
    assert [one.text for one in find_readings(text.encode(encoding, "replace"), "uk")][:1] == [
        text.encode(encoding, "replace").decode(encoding)
    ]


def test_a_mark_in_the_place_of_a_letter_speaks_against_a_reading() -> None:
    sent = "Разом з ними прийшла моя сестра. Вона теж жила тут.".encode("cp1251")
    assert [one.encoding for one in find_readings(sent, "uk")] == ["cp1251"]


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("koi8-t", "Гирифтани фокус Вазъияти охири муқобили интихоб аз курсор, ки ҳамеша ҷой дорад"),
        ("mac-croatian", "Nemoguće rukovanje pružanom inačicom kôdiranja ikona, jer je crtež još zaključan"),
    ],
)
def test_letters_of_an_encoding_that_we_do_not_know_make_no_text(encoding: str, text: str) -> None:
    readings = find_readings(text.encode(encoding), "uk")
    assert [one.encoding for one in readings if any(mark in one.text for mark in "─╔█\x99")] == []


@pytest.mark.parametrize(
    ("sent", "text"),
    [
        pytest.param(ZH.encode("cp950"), ZH, id="Big5 of Windows"),
        pytest.param(
            "麵包要三€，我們在地下室。".encode("cp950"), "麵包要三€，我們在地下室。", id="Big5 with a euro"
        ),
        pytest.param(
            "我哋喺地下室住咗二十日。".encode("big5hkscs"), "我哋喺地下室住咗二十日。", id="Big5 of Hong Kong"
        ),
        pytest.param("Привіт".encode("cp1251"), "Привіт", id="one word"),
        pytest.param(UK.encode("utf-16-le"), UK, id="UTF-16 without a mark"),
        pytest.param(ZH.encode("utf-16-be"), ZH, id="UTF-16 without a mark, the other way"),
        pytest.param(UK.encode("utf-16"), UK, id="UTF-16"),
        pytest.param(UK.encode("utf-32"), UK, id="UTF-32"),
        pytest.param(UK.encode("utf-8-sig"), UK, id="UTF-8 with a mark"),
        pytest.param("Разом.\r\n\r\nТихо.".encode(), "Разом.\n\nТихо.", id="lines of Windows"),
        pytest.param((UK + "\r\n\x1a").encode(), UK, id="end mark of DOS"),
        pytest.param((UK + "\r\n\x1a").encode("koi8-u"), UK, id="end mark of DOS, old letters"),
        pytest.param(b"~{ is no sign of anything", "~{ is no sign of anything", id="ASCII"),
    ],
)
def test_a_text_is_read_whatever_it_was_saved_as(tmp_path: Path, sent: bytes, text: str) -> None:
    (tmp_path / "sent").write_bytes(sent)
    found = read_text(tmp_path / "sent", "uk")
    assert (found.text, found.letters.is_whole, +found.dropped) == (text, True, {})


@pytest.mark.parametrize(
    ("sent", "text"),
    [
        pytest.param(UK.encode() + "х".encode()[:1], UK, id="UTF-8"),
        pytest.param(b"\xef\xbb\xbf" + UK.encode() + b"\xd0", UK, id="UTF-8 with a mark"),
        pytest.param(UK.encode("utf-16") + b"\x04", UK, id="UTF-16"),
        pytest.param(ZH.encode("cp950") + b"\xa4", ZH, id="Big5"),
        pytest.param(ZH.encode("gb18030") + b"\xb0", ZH, id="GB18030"),
        pytest.param(UK.encode() * 2 + b"\xd0 " + UK.encode(), f"{UK}{UK}� {UK}", id="in the middle"),
    ],
)
def test_of_a_text_that_was_cut_off_all_but_the_last_letter_is_kept(
    tmp_path: Path, sent: bytes, text: str
) -> None:
    (tmp_path / "sent").write_bytes(sent)
    found = read_text(tmp_path / "sent", "zh-Hant-TW")
    assert (found.text, +found.dropped) == (text, {DroppedKind.BROKEN: 1})


@pytest.mark.parametrize(
    ("sent", "outcome"),
    [
        pytest.param(bytes(range(0x80, 0x100)) * 3, ExitCode.UNKNOWN_LETTERS, id="every byte"),
        pytest.param("ÞÿÞÿÞÿÐþÐþ".encode("latin-1") * 9, ExitCode.UNKNOWN_LETTERS, id="no words"),
        pytest.param(bytes(range(256)) * 3, ExitCode.NOT_READ, id="a program"),
    ],
)
def test_junk_is_refused(tmp_path: Path, sent: bytes, outcome: ExitCode) -> None:
    (tmp_path / "sent").write_bytes(sent)
    with pytest.raises(Refused) as refused:
        read_text(tmp_path / "sent", "uk")
    assert refused.value.outcome is outcome


def test_readings_are_shown_by_the_lines_that_tell_them_apart(tmp_path: Path) -> None:
    (tmp_path / "sent").write_bytes(f"1999\r\n{UNSURE}".encode("cp1251"))
    said = run_reading(tmp_path / "sent", tmp_path / "text", "ru")
    assert said["readings"] == [
        {"encoding": "cp1251", "begins": UNSURE},
        {"encoding": "mac_cyrillic", "begins": UNSURE.encode("cp1251").decode("mac_cyrillic")},
    ]


def test_of_a_text_with_several_readings_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "sent").write_bytes(UNSURE.encode("cp1251"))
    run_reading(tmp_path / "sent", tmp_path / "text", "ru")
    assert not (tmp_path / "text").exists()


@pytest.mark.parametrize(
    ("encoding", "text"), [("cp1251", UNSURE), ("koi8_u", UNSURE.encode("cp1251").decode("koi8_u"))]
)
def test_a_text_is_read_as_its_author_says(tmp_path: Path, encoding: str, text: str) -> None:
    (tmp_path / "sent").write_bytes(UNSURE.encode("cp1251"))
    assert read_text(tmp_path / "sent", "ru", encoding).text == text


def test_an_encoding_that_was_never_offered_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / "sent").write_bytes(UNSURE.encode("cp1251"))
    with pytest.raises(AmbiguousEncoding):
        read_text(tmp_path / "sent", "ru", "unicode_escape")
