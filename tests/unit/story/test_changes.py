"""Changes of an edited text, and putting old words back."""

import itertools

import pytest

from portal.story.changes import (
    TextChange,
    list_text_changes,
    replace_stretch,
    split_stretches,
    trace_change,
    write_words,
)

OLD = "Перший абзац про світло.\n\nДругий абзац про темряву.\n\nТретій абзац про ранок."


def find_changes(old: str, new: str) -> list[TextChange]:
    return list_text_changes(split_stretches(old), split_stretches(new))


def show(old: str, new: str) -> list[tuple[str, str, int]]:
    return [(one.old, one.new, one.number) for one in find_changes(old, new)]


@pytest.mark.parametrize(
    ("new", "changes"),
    [
        pytest.param(OLD, [], id="nothing"),
        pytest.param(OLD.replace("світло", "**світло**"), [], id="marks alone"),
        pytest.param(OLD.replace("\n\nДругий", "\n\n![](photo:3f9c2a1b)\n\nДругий"), [], id="a photo"),
        pytest.param(
            OLD.replace("про темряву", "про тишу"),
            [("Другий абзац про темряву.", "Другий абзац про тишу.", 2)],
            id="a word",
        ),
        pytest.param(
            OLD.replace("Другий абзац про темряву.\n\n", ""),
            [("Другий абзац про темряву.", "", 2)],
            id="taken out",
        ),
        pytest.param(
            "Зовсім інше речення.\n\n" + OLD, [("", "Зовсім інше речення.", 1)], id="added at the beginning"
        ),
    ],
)
def test_each_paragraph_is_a_change_of_its_own(new: str, changes: list[tuple[str, str, int]]) -> None:
    assert show(OLD, new) == changes


def test_han_is_paired_by_its_characters() -> None:
    old = "我點了一支蠟燭，然後我把它拍下來。\n\n她住在薩爾蒂夫卡，六號樓。"
    new = "我點了一支蠟燭，拍下來。\n\n她住在城北的一棟樓。"
    assert [one.number for one in find_changes(old, new) if one.old and one.new] == [1, 2]


def test_a_change_knows_its_neighbours() -> None:
    (one,) = find_changes(OLD, OLD.replace("темряву", "тишу"))
    assert (one.after, one.before) == ("Перший абзац про світло.", "Третій абзац про ранок.")


def test_a_note_and_its_mark_are_read_alone() -> None:
    assert [write_words(one) for one in ("Слово.[^1]", "[^1]: Примітка.")] == ["Слово.[1]", "[1] Примітка."]


@pytest.mark.parametrize(
    "new",
    [
        OLD.replace("темряву", "тишу"),
        OLD.replace("Другий абзац про темряву.\n\n", ""),
        OLD.replace("\n\nТретій абзац про ранок.", ""),
        OLD.replace("\n\nТретій", "\n\nЗовсім інше речення.\n\nТретій"),
        "Зовсім інше речення.\n\n" + OLD,
    ],
    ids=["changed", "taken out", "taken out at the end", "added", "added at the beginning"],
)
def test_old_words_can_be_put_back_and_that_undone(new: str) -> None:
    (one,) = find_changes(OLD, new)
    back = replace_stretch(new, one.new, one.old, after=one.after)
    assert back == OLD
    assert replace_stretch(back, one.old, one.new, after=one.after) == new


@pytest.mark.parametrize(
    "edited",
    [
        OLD.replace("темряву", "спокій"),
        OLD.replace("Другий", "Другий абзац про тишу.\n\nДругий") + "\n\nДругий абзац про тишу.",
    ],
    ids=["edited since", "standing there twice"],
)
def test_words_that_do_not_stand_there_just_once_are_left_alone(edited: str) -> None:
    (one,) = find_changes(OLD, OLD.replace("темряву", "тишу"))
    assert replace_stretch(edited, one.new, one.old, after=one.after) is None


def test_the_rest_of_a_newer_text_stays_with_its_photos() -> None:
    (one,) = find_changes(OLD, OLD.replace("темряву", "тишу"))
    newer = f"![](photo:3f9c2a1b)\n\n{OLD.replace('темряву', 'тишу')}\n\nЩе колега."
    assert (
        replace_stretch(newer, one.new, one.old, after=one.after)
        == f"![](photo:3f9c2a1b)\n\n{OLD}\n\nЩе колега."
    )


@pytest.mark.parametrize(
    ("texts", "steps"),
    [
        pytest.param(
            [
                OLD,
                OLD.replace("світло", "свічку"),
                OLD.replace("темряву", "тишу").replace("світло", "свічку"),
            ],
            {1},
            id="the second",
        ),
        pytest.param(
            [OLD, OLD.replace("темряву", "спокій"), OLD, OLD.replace("темряву", "тишу")], {2, 1, 0}, id="all"
        ),
        pytest.param(
            [OLD, OLD.replace("темряву", "тишу"), OLD.replace("темряву", "тишу") + "\n\nЩе."],
            {0},
            id="the first",
        ),
    ],
)
def test_a_change_is_traced_to_the_saves_that_brought_it_about(texts: list[str], steps: set[int]) -> None:
    split = [split_stretches(text) for text in texts]
    change = next(one for one in find_changes(texts[0], texts[-1]) if one.old.startswith("Другий"))
    assert trace_change(change, list(itertools.pairwise(split))) == steps


def test_what_was_taken_out_is_traced_through_what_became_of_it_first() -> None:
    texts = [OLD, OLD.replace("темряву", "тишу"), OLD.replace("Другий абзац про темряву.\n\n", "")]
    split = [split_stretches(text) for text in texts]
    (change,) = find_changes(texts[0], texts[-1])
    assert trace_change(change, list(itertools.pairwise(split))) == {0, 1}
