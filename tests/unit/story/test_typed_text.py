"""A typed text is plain; a text that began as a file keeps the structure the file had."""

import pytest

from portal.story.blocks import (
    BulletList,
    Emphasis,
    Heading,
    LineBreak,
    Link,
    NoteRef,
    Notes,
    Paragraph,
    Quote,
    Separator,
    Strong,
    Text,
    paragraphs,
)
from portal.story.html import to_plain
from portal.story.markdown import to_blocks, to_markdown
from portal.story.typed_text import to_source

FILE = to_markdown(
    (
        Heading(2, (Text("Підвал"),)),
        Paragraph((Text("Ми "), Strong((Text("були"),)), Text(" "), Emphasis((Text("разом"),)), NoteRef(1))),
        Paragraph((Text("- Ти де?"), LineBreak(), Text("5*3*2 = так"))),
        BulletList(((Text("вода"),), (Text("хліб"),))),
        Quote((Paragraph((Text("Тихо."),)),)),
        Separator(),
        Paragraph((Link("https://example.org/a", (Text("карта"),)),)),
        Notes(((Text("Примітка"),),)),
    )
).strip()


@pytest.mark.parametrize(
    "typed",
    [
        "*зірочки*",
        "5*3*2 грн",
        "- Ти де?\n- В укритті.",
        "# не заголовок",
        "> ні",
        "1. один\n2. два",
        "A\\*B",
        "<b>жирно</b>",
        "[a](b)",
        "_x_ `y` ~~z~~ &amp; ![](c)",
        "текст[^1]\n[^1]: примітка",
        "***",
        "2022. Лютий.",
        "a | b\n--|--",
        "　　那天晚上停電了。",
    ],
)
def test_what_is_typed_reads_as_typed(typed: str) -> None:
    blocks = to_blocks(to_source(typed))
    assert ([type(one) for one in blocks], to_plain(blocks)) == ([Paragraph], typed)


def test_a_text_left_as_the_file_gave_it_is_the_files() -> None:
    assert to_blocks(to_source(FILE, FILE)) == to_blocks(FILE)


@pytest.mark.parametrize(
    "line", ["*", "- Ти?", "# ні", "> ні", "1. раз", "*так*", "[^1]: ні", "---", "A\\*B", "**"]
)
def test_what_is_typed_into_a_text_from_a_file_is_plain(line: str) -> None:
    for place in ("{line}\n\n{file}", "{file}\n\n{line}"):
        text = place.format(line=line, file=FILE.removesuffix("\n\n[^1]: Примітка"))
        blocks = to_blocks(to_source(f"{text}\n\n[^1]: Примітка", FILE))
        left = [one for one in blocks if one != Paragraph((Text(line),))]
        assert (tuple(left), len(blocks) - len(left)) == (to_blocks(FILE), 1)


def test_a_corrected_word_keeps_the_structure_round_it() -> None:
    text = FILE.replace("Підвал", "Наш підвал").replace("були", "бували").replace("вода", "вода і *чай*")
    blocks = to_blocks(to_source(text, FILE))
    assert blocks[:2] == (
        Heading(2, (Text("Наш підвал"),)),
        Paragraph(
            (Text("Ми "), Strong((Text("бували"),)), Text(" "), Emphasis((Text("разом"),)), NoteRef(1))
        ),
    )
    assert blocks[3] == BulletList(((Text("вода і *чай*"),), (Text("хліб"),)))


def test_a_backslash_that_somebody_takes_out_changes_nothing() -> None:
    assert "\\- Ти де?" in FILE
    blocks = to_blocks(to_source(FILE.replace("\\", ""), FILE))
    assert blocks == to_blocks(FILE)


def test_a_text_typed_anew_is_plain_whatever_the_file_was() -> None:
    blocks = to_blocks(to_source("## Інше\n\n- зовсім *інше*", FILE))
    assert [type(one) for one in blocks] == [Paragraph, Paragraph]
    assert paragraphs(blocks) == ("## Інше", "- зовсім *інше*")


def test_a_long_text_is_compared_in_time() -> None:
    file = "\n\n".join(f"Абзац {number} має **слова** і ще слова." for number in range(4_000))
    text = file.replace("ще", "іще")
    assert to_blocks(to_source(text, file))[0] == Paragraph(
        (Text("Абзац 0 має "), Strong((Text("слова"),)), Text(" і іще слова."))
    )
