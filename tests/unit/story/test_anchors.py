"""A paragraph somebody spoke about is found again in a text that was edited since."""

import pytest

from portal.story.anchors import find_anchor, name_stretch, pick_stretch

UKRAINIAN = "Перший мій рюкзак важив дванадцять кілограмів, і половина його була книжками."
CHINESE = "那年冬天，我們把窗戶貼成十字，貓坐在窗台上看雪。"
OTHERS = ["О третій ночі Юй-тін написала.", "停電的那個晚上，我想起哈爾基夫的朋友。", "---"]


@pytest.mark.parametrize(
    ("paragraph", "now", "place"),
    [
        (UKRAINIAN, [*OTHERS, UKRAINIAN], 3),
        (UKRAINIAN, [UKRAINIAN.replace("книжками", "словниками"), *OTHERS], 0),
        (CHINESE, [*OTHERS, CHINESE.replace("十字", "米字") + "牠不怕。"], 3),
        (UKRAINIAN, OTHERS, None),
        (UKRAINIAN, [], None),
        ("---", OTHERS, 2),
        ("***", OTHERS, None),
    ],
    ids=["as it was", "edited", "edited in Chinese", "gone", "an empty text", "marks alone", "other marks"],
)
def test_a_paragraph_is_found_as_it_is_now(paragraph: str, now: list[str], place: int | None) -> None:
    assert find_anchor(paragraph, now) == place


def test_a_name_means_its_words_wherever_they_stand_by_now() -> None:
    name = name_stretch(1, UKRAINIAN)
    assert [pick_stretch(name, texts) for texts in ([UKRAINIAN], [*OTHERS, UKRAINIAN], OTHERS)] == [
        UKRAINIAN,
        UKRAINIAN,
        OTHERS[0],
    ]


@pytest.mark.parametrize("name", ["", "7.00000000", "0", "-1.", "9" * 30, "x.y", "\x00"])
def test_a_name_nobody_gave_means_no_paragraph(name: str) -> None:
    assert pick_stretch(name, OTHERS) in ("", OTHERS[0])
