"""Where the line of a title may break: Chinese has no blanks, and would break in the middle of a name."""

import re

BREAK = "|"
"""What an editor types between two phrases: 理解烏克蘭|與台灣|的連結."""


_MARKS = re.compile(r"\s*\|[\s|]*")


def tidy_breaks(marked: str) -> str:
    """Return a title with one blank, or none, where a line may break, and no mark at its ends."""
    return _MARKS.sub(lambda found: " |" if found[0].strip("|") else "|", marked).strip(" |")


def drop_breaks(marked: str) -> str:
    """Return the title without its marks."""
    return marked.replace(BREAK, "")


def split_phrases(marked: str, title: str) -> tuple[str, ...]:
    """Return the phrases of a title; it is one where nobody marked them, or marked those of another title."""
    if drop_breaks(marked) != title:
        return (title,)
    return tuple(phrase for phrase in marked.split(BREAK) if phrase)
