"""What is done with a text grows with its length, whatever somebody types: nothing of it stops the site."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from portal.domain.avoided_terms import find_terms, split_terms
from portal.domain.places import find_exact_place
from portal.export.wordpress import to_classic_html, to_wordpress_blocks
from portal.story.blocks import Block, paragraphs
from portal.story.count import count_units, script_bucket
from portal.story.heading import make_heading
from portal.story.html import to_html, to_plain
from portal.story.lookalike_letters import has_lookalikes
from portal.story.markdown import to_blocks, to_markdown
from portal.story.mentions import find_mentions
from portal.story.normalise import clean_line, clean_text, has_hidden_characters
from portal.story.typed_text import to_plain_blocks, to_source
from tests.support.steps import count_steps

BITS: Final = (
    *(
        "[",
        "![",
        "**a*",
        "_a",
        "* a",
        "*a ",
        "a*",
        "***",
        "`",
        "<",
        "<a",
        "<a@b",
        "&",
        "\\",
        "]",
        "(",
        ")",
        "~",
        "|",
        "#",
    ),
    *(
        "[a](",
        "[a](http://x.y",
        "[a](http://x.y)",
        "](http://x.y)",
        "[^1]",
        "[^a",
        "\n[^1]: a",
        "\n[a]: http://x.y\n",
    ),
    *(
        "> ",
        "- ",
        "1. ",
        "\n> a",
        "\n- a",
        "\n1. a",
        "\n\n",
        "\n",
        "\n    a",
        "\n* * *",
        "\na\n=",
        "| - |",
        "\u3000",
    ),
    *(
        "a",
        " ",
        "A. ",
        "а. ",
        "1",
        "1.111 ",
        "12°12'",
        "N ",
        "2222+",
        "google.",
        "///a.",
        "家",
        "，。",
        "é",
        "\u0301",
    ),
    *("\u200d", "\u202e", "\u2066", "İ", "'", "-", "Олени ", "Wang ", "王明", "+380 ", "«", "Тa"),
)
"""What marks of Markdown, places, names and sentences begin and end with."""
TERMS: Final = ("Олена Петрівна Шевченко", "вул. Сумська 5", "王小明", "Xiao Ming Wang", "+380 50 123 45 67")
SHORT: Final = 800
quick = settings(max_examples=10)


@dataclass(frozen=True)
class Repeated:
    """A text of any length that says one thing again and again, and perhaps another one behind it.

    `{}` stands for a number that is another one each time.
    """

    first: str
    second: str = ""

    def write(self, length: int) -> str:
        half = length // 2 if self.second else length
        return _repeat(self.first, half) + _repeat(self.second, length - half)


def _repeat(said: str, length: int) -> str:
    return "".join(said.replace("{}", str(number)) for number in range(length))[:length]


SAID: Final = st.lists(st.sampled_from(BITS), min_size=1, max_size=3).map("".join)
TEXTS: Final = st.builds(Repeated, SAID, st.just("") | SAID)


def write_everything(blocks: tuple[Block, ...]) -> None:
    """Write blocks in every way there is."""
    for write in (to_html, to_plain, paragraphs, to_markdown, to_classic_html, to_wordpress_blocks):
        write(blocks)
    to_markdown(blocks, portable=True)


def find_names(text: str) -> None:
    find_mentions(TERMS, [text], ["uk", "en", "zh-Hant-TW"])
    find_terms(split_terms(text[:SHORT]), [text])


def judge_text(text: str) -> None:
    for judge in (count_units, script_bucket, clean_line, clean_text, has_hidden_characters):
        judge(text)
    for find in (has_lookalikes, find_exact_place, make_heading):
        find(text)


ACTS: Final[dict[str, Callable[[str], Any]]] = {
    "read Markdown": to_blocks,
    "write what was read": lambda text: write_everything(to_blocks(text)),
    "write what was typed": lambda text: write_everything(to_plain_blocks(text)),
    "lay over the file it came from": lambda text: to_source(text, text),
    "find names": find_names,
    "judge": judge_text,
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
@example(Repeated("["))
@example(Repeated("[a](http://x.y"))
@example(Repeated("[^{}]: [^1{}]\n\n"))
@example(Repeated("\\"))
@quick
@given(TEXTS)
def test_twice_the_text_takes_at_most_two_and_a_half_times_the_steps(
    act: Callable[[str], Any], text: Repeated
) -> None:
    short, long = text.write(SHORT), text.write(2 * SHORT)
    re.purge()  # full, it lets go of patterns that the act needs once more
    act(long)  # what is read once, like a dictionary or a pattern, is no part of it
    assert count_steps(lambda: act(long)) <= 2.5 * count_steps(lambda: act(short)) + 200


@pytest.mark.parametrize(
    ("said", "most"),
    [
        ("x\u3000\n", 24),
        ("a\n", 36),
        ("a\n\n", 42),
        ("- a\n", 39),
        ("1. a\n", 45),
        ("- a\n-\n", 135),
        ("> a\n\n", 125),
        ("*a* ", 96),
        ("***a***b", 58),
        ("[*", 100),
    ],
)
def test_reading_a_letter_and_writing_it_in_every_way_takes_few_steps(said: str, most: int) -> None:
    """As few as 20,000 letters have time for; marks and odd lists take the most."""
    text = Repeated(said).write(SHORT)
    write_everything(to_blocks(text))
    assert count_steps(lambda: write_everything(to_blocks(text))) <= most * len(text)
