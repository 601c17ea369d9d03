"""What changed between two texts."""

from portal.story.diff import DiffParagraph, DiffPiece, diff_texts


def show(paragraphs: tuple[DiffParagraph, ...]) -> list[str]:
    marks = {"same": "{}", "added": "+{}+", "removed": "-{}-"}
    return [
        "".join(marks[piece.op].format(piece.text) for piece in paragraph.pieces) for paragraph in paragraphs
    ]


def test_words_are_compared_whole() -> None:
    assert show(diff_texts("We went home late.", "We came home very late.")) == [
        "We -went-+came+ home +very +late."
    ]


def test_han_is_compared_by_characters() -> None:
    assert show(diff_texts("媽媽煮了魚湯。", "媽媽煮了雞湯。")) == ["媽媽煮了-魚-+雞+湯。"]


def test_a_new_paragraph_does_not_shift_the_others() -> None:
    assert show(
        diff_texts("One day.\n\nThe rain fell.", "One day.\n\nNew words here.\n\nThe rain stopped.")
    ) == [
        "One day.",
        "+New words here.+",
        "The rain -fell-+stopped+.",
    ]


def test_short_leftovers_join_the_change() -> None:
    assert show(diff_texts("我回到高雄的海邊，很好。", "我回到台南的老家，很好。")) == [
        "我回到-高雄的海邊-+台南的老家+，很好。"
    ]


def test_each_paragraph_says_whether_it_changed() -> None:
    found = diff_texts("a\n\nb b\n\nc", "a\n\nb x\n\nc")
    assert [paragraph.is_changed for paragraph in found] == [False, True, False]


def test_equal_texts_show_no_change() -> None:
    assert diff_texts("a\n\nb", "a\nb") == (
        DiffParagraph((DiffPiece("same", "a"),)),
        DiffParagraph((DiffPiece("same", "b"),)),
    )


def read_both(paragraphs: tuple[DiffParagraph, ...]) -> tuple[list[str], list[str]]:
    """Return the lines of the old text and of the new one, as the comparison holds them."""
    old, new = (
        ["".join(piece.text for piece in paragraph.pieces if piece.op != gone) for paragraph in paragraphs]
        for gone in ("added", "removed")
    )
    return [line for line in old if line], [line for line in new if line]


def test_ten_thousand_short_lines_are_compared_roughly() -> None:
    old, new = "a\nb\n" * 4_950, "b\na\na\n" * 3_300
    found = diff_texts(old, new)
    assert read_both(found) == (old.split(), new.split())
    assert {paragraph.is_rough for paragraph in found if paragraph.is_changed} == {True}


def test_a_long_paragraph_of_two_signs_is_compared_roughly() -> None:
    (found,) = diff_texts("，。" * 10_000, "。，" * 10_000)
    assert (found.is_changed, found.is_rough) == (True, True)


def test_only_the_paragraph_that_takes_long_is_compared_roughly() -> None:
    found = diff_texts("я ти " * 800 + "\n\nнаш рік", "ти я " * 800 + "\n\nнаш рок")
    assert [paragraph.is_rough for paragraph in found] == [True, False]


def test_a_long_paragraph_of_different_words_is_compared_exactly() -> None:
    words = [f"слово{number}" for number in range(3_000)]
    old, new = " ".join(words), " ".join([*words[:1_500], "нове", *words[1_500:]])
    assert diff_texts(old, new) == (
        DiffParagraph(
            (
                DiffPiece("same", " ".join(words[:1_500]) + " "),
                DiffPiece("added", "нове "),
                DiffPiece("same", " ".join(words[1_500:])),
            )
        ),
    )
