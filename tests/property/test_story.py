"""What holds for every text anybody can type."""

import re
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from portal.story.blocks import Block, LineBreak, Notes, Text, paragraphs
from portal.story.count import count_units
from portal.story.diff import diff_texts
from portal.story.html import to_html, to_plain
from portal.story.inline_runs import Run, build_tree
from portal.story.markdown import to_blocks, to_markdown
from portal.story.normalise import clean_digits, clean_line, clean_text, has_hidden_characters

MARKUP = st.lists(
    st.sampled_from(
        [
            *"*_[]()<>!#-+=~`\\|.:&^ \n\tab12「」家的é\u3000\u00a0",
            *(
                "**",
                "***",
                "__",
                "\n\n",
                "\n- ",
                "\n1. ",
                "\n2) ",
                "\n> ",
                "\n  ",
                "\n    ",
                "\n# ",
                "\n---\n",
            ),
            "\n![](photo:0123abcd)\n",
            *("[^1]", "[^a]", "\n[^1]: ", "\n[^a]: ", "](http://x.y)", "<http://z>", "amp;"),
        ]
    ),
    max_size=60,
).map("".join)
TEXTS = st.text(alphabet=st.characters(exclude_categories=[]), max_size=200)
SOURCES = MARKUP | TEXTS.map(clean_text)
KNOWN_TAGS = (
    "p",
    "h2",
    "h3",
    "h4",
    "ul",
    "ol",
    "li",
    "blockquote",
    "hr",
    "section",
    "strong",
    "em",
    "a",
    "br",
    "sup",
)
quick = settings(max_examples=300)


def letters_of(text: str) -> Counter[str]:
    return Counter(char for char in text if char.isalnum())


@quick
@given(TEXTS)
def test_cleaning_twice_changes_nothing(text: str) -> None:
    for clean in (clean_line, clean_text, clean_digits):
        assert clean(clean(text)) == clean(text)


@quick
@given(TEXTS)
def test_a_clean_line_can_be_stored_anywhere(text: str) -> None:
    line = clean_line(text)
    assert line.encode().decode() == line
    assert not re.search("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufffe\uffff]", line)


@quick
@given(st.text(alphabet="abcдїґ我們的家 ’—.,!？「」\n", max_size=80))
def test_genuine_text_has_nothing_hidden(text: str) -> None:
    assert not has_hidden_characters(text)


@quick
@given(SOURCES)
def test_what_is_read_is_written_the_same(source: str) -> None:
    blocks, placed = to_blocks(source), to_blocks(source, has_pictures=True)
    assert to_blocks(to_markdown(blocks), has_pictures=True) == blocks
    assert to_blocks(to_markdown(placed), has_pictures=True) == placed


PIECES = st.lists(st.just("\n") | st.text(alphabet="a家 \t\u3000\u00a0", max_size=4), max_size=8)


@settings(max_examples=100)
@given(pieces=PIECES, keeps_indent=st.booleans())
def test_lines_are_cut_alike_where_nothing_is_stressed(*, pieces: list[str], keeps_indent: bool) -> None:
    """Texts without a mark are read in a shorter way."""
    runs = [Run(LineBreak() if one == "\n" else Text(one)) for one in (*pieces, "\n")]
    plain, stressed = (
        build_tree([*runs, Run(Text("end"), strong=is_strong)], keeps_indent=keeps_indent)
        for is_strong in (False, True)
    )
    assert plain == (*stressed[:-1], Text("end"))


@quick
@given(st.text(alphabet="ab12家的é*_#>-+.)`~<!&;\"' \n\\[]", max_size=80))
def test_no_letter_and_no_digit_is_lost(source: str) -> None:
    assert letters_of(to_plain(to_blocks(source))) == letters_of(source)


@quick
@given(SOURCES)
def test_notes_stand_last_and_once(source: str) -> None:
    kinds: list[type[Block]] = [type(block) for block in to_blocks(source)]
    assert kinds.count(Notes) == (kinds[-1:] == [Notes])


@quick
@given(SOURCES)
def test_html_holds_known_tags_only(source: str) -> None:
    tags = set(re.findall(r"<([^>\s/]+)", to_html(to_blocks(source))))
    assert tags <= {*KNOWN_TAGS}


@quick
@given(SOURCES)
def test_portable_markdown_keeps_every_letter(source: str) -> None:
    blocks = to_blocks(source)
    assert letters_of("".join(paragraphs(blocks))) <= letters_of(to_markdown(blocks, portable=True))


@quick
@given(TEXTS.map(clean_text))
def test_any_text_can_be_counted(text: str) -> None:
    count = count_units(text)
    assert min(count.words, count.characters, count.minutes) >= 0


LINES = st.text(alphabet="ab 家的我。,.\n'é", max_size=120)


@quick
@given(LINES, LINES)
def test_a_comparison_holds_both_texts_whole(old: str, new: str) -> None:
    paragraphs = diff_texts(old, new)
    for text, gone in ((old, "added"), (new, "removed")):
        kept = [[piece.text for piece in paragraph.pieces if piece.op != gone] for paragraph in paragraphs]
        assert ["".join(pieces) for pieces in kept if pieces] == [
            line for line in text.split("\n") if line.strip()
        ]
