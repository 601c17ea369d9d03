"""What stands inside a block: how many rows of stars may stress anything in one text."""

from portal.story.inline import Mark, MarksLeft, read_inline


def test_marks_beyond_those_a_text_may_have_are_text() -> None:
    left = MarksLeft(3)
    blocks = [read_inline(source, (), left) for source in ("*a*", "*b*")]
    assert [[isinstance(one, Mark) for one in tokens] for tokens in blocks] == [
        [True, False, True],
        [True, False, False],
    ]
