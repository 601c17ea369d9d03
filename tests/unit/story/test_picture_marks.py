"""Photos in a text: the mark, where it may stand, and what is left when it is moved."""

from dataclasses import replace

import pytest

from portal.story.blocks import BulletList, Figure, Notes, Paragraph, Picture, Text
from portal.story.html import to_html, to_plain
from portal.story.markdown import to_blocks, to_markdown
from portal.story.picture_marks import (
    drop_marks,
    find_photo_place,
    find_stretch,
    list_placed,
    list_stretches,
    put_mark,
    take_mark,
)

KEY, OTHER = "0123abcd", "4567cdef"
MARK, OTHER_MARK = f"![](photo:{KEY})", f"![](photo:{OTHER})"
TEXT = "Перше.\n\nДруге\nз рядком.\n\n- раз\n- два\n\n[^1]: Примітка."
FIGURES = {
    KEY: Figure("pictures/a.jpg", 'A "street"', "Street & square · Оля · CC BY", lang="uk", width=8, height=6)
}


def paragraph(text: str) -> Paragraph:
    return Paragraph((Text(text),))


def test_a_mark_is_read_where_photos_are_allowed() -> None:
    read = to_blocks(f"a\n{MARK}\n- b\n\n{OTHER_MARK}  \n[^1]: c\n{MARK}", has_pictures=True)
    assert read == (
        *(paragraph("a"), Picture(KEY), BulletList(((Text("b"),),)), Picture(OTHER), Picture(KEY)),
        Notes(((Text("c"),),)),
    )


@pytest.mark.parametrize("text", [MARK, f"a {MARK}", f"> {MARK}", f"  {MARK}", "![](photo:xyz)"])
def test_anything_else_is_words(text: str) -> None:
    is_line = text == MARK
    read = to_blocks(text, has_pictures=not is_line)
    assert not any(isinstance(block, Picture) for block in read)
    assert to_blocks(to_markdown(read), has_pictures=True) == read


@pytest.mark.parametrize(
    ("after", "placed"),
    [
        (0, f"{MARK}\n\nПерше.\n\nДруге\nз рядком.\n\n- раз\n- два\n\n[^1]: Примітка."),
        (2, f"Перше.\n\nДруге\nз рядком.\n\n{MARK}\n\n- раз\n- два\n\n[^1]: Примітка."),
        (9, f"Перше.\n\nДруге\nз рядком.\n\n- раз\n- два\n\n{MARK}\n\n[^1]: Примітка."),
    ],
)
def test_a_photo_is_put_after_a_stretch_of_lines_and_taken_out_again(after: int, placed: str) -> None:
    assert put_mark(TEXT, KEY, after=after) == placed
    assert put_mark(placed, KEY, after=1) == put_mark(TEXT, KEY, after=1)
    assert take_mark(placed, KEY) == TEXT


def test_the_stretches_are_the_same_wherever_photos_stand() -> None:
    listed = list_stretches(put_mark(TEXT, KEY, after=1))
    assert listed == list_stretches(TEXT)
    assert [words for _name, words in listed] == ["Перше.", "Друге з рядком.", "- раз - два"]


@pytest.mark.parametrize(
    ("text", "found"),
    [(TEXT, 2), (f"Нове.\n\n{TEXT}", 3), (TEXT.replace("Друге", "Інше"), 2), (TEXT.replace("Перше", "а"), 2)],
)
def test_a_stretch_is_found_again_in_a_text_that_changed_meanwhile(text: str, found: int) -> None:
    assert find_stretch(text, list_stretches(TEXT)[1][0]) == found


@pytest.mark.parametrize("after", [0, 1, 3])
def test_the_place_of_a_photo_is_known(after: int) -> None:
    assert find_photo_place(put_mark(TEXT, KEY, after=after), KEY) == after


def test_the_photos_of_a_text_are_listed_and_left_out_where_words_are_counted() -> None:
    text = f"a\r\n{OTHER_MARK}\r\nb\r\n{MARK}\r\n{OTHER_MARK}"
    assert (list_placed(text), drop_marks(text).split()) == ((OTHER, KEY), ["a", "b"])


def test_a_photo_is_shown_with_its_line_and_one_that_may_not_be_leaves_nothing() -> None:
    blocks = to_blocks(f"a\n\n{MARK}\n\n{OTHER_MARK}\n\nb", has_pictures=True)
    assert to_html(blocks, figures=FIGURES) == (
        '<p>a</p>\n<figure lang="uk" dir="ltr">\n'
        '<img src="pictures/a.jpg" width="8" height="6" loading="lazy" alt="A &quot;street&quot;">\n'
        "<figcaption>Street &amp; square · Оля · CC BY</figcaption>\n</figure>\n<p>b</p>"
    )
    assert to_html(blocks) == "<p>a</p>\n<p>b</p>"
    assert to_plain(blocks, figures=FIGURES) == "a\n\n[Street & square · Оля · CC BY]\n\nb"
    assert to_markdown(blocks, portable=True, figures=FIGURES) == (
        'a\n\n![A "street"](pictures/a.jpg)\n\n*Street & square · Оля · CC BY*\n\nb\n'
    )


@pytest.mark.parametrize(
    ("alt", "written"),
    [
        ('A "street" & (two) snake_case!', '![A "street" & (two) snake_case!](pictures/a.jpg)'),
        ("*a* [b]", '<img src="pictures/a.jpg" alt="*a* [b]">'),
        ('"\\<!--', '<img src="pictures/a.jpg" alt="&quot;&#92;&lt;!--">'),
        ("{{< x >}} | $$", '<img src="pictures/a.jpg" alt="&#123;&#123;&lt; x &gt;}} &#124; &#36;$">'),
    ],
)
def test_what_is_told_of_a_photo_needs_no_backslash_that_a_reader_would_show(alt: str, written: str) -> None:
    figures = {KEY: replace(FIGURES[KEY], alt=alt, caption="")}
    assert to_markdown((Picture(KEY),), portable=True, figures=figures) == f"{written}\n"
