"""Texts in old encodings: read as they were written, or asked about, or refused; never taken as junk."""

from pathlib import Path
from typing import Literal

import pytest

from portal.domain.documents import DroppedKind
from portal.media.child import Outcome
from portal.media.encodings import find_readings
from portal.media.reading import SeveralReadings, read_text
from portal.media.reading import run as run_reading
from portal.media.refusal import Refused
from tests.old_texts import ENCODINGS, OURS, TEXTS

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
        pytest.param(bytes(range(0x80, 0x100)) * 3, Outcome.UNKNOWN_LETTERS, id="every byte"),
        pytest.param("ÞÿÞÿÞÿÐþÐþ".encode("latin-1") * 9, Outcome.UNKNOWN_LETTERS, id="no words"),
        pytest.param(bytes(range(256)) * 3, Outcome.NOT_READ, id="a program"),
    ],
)
def test_junk_is_refused(tmp_path: Path, sent: bytes, outcome: Outcome) -> None:
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
    with pytest.raises(SeveralReadings):
        read_text(tmp_path / "sent", "ru", "unicode_escape")
