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
