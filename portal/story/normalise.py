"""Normalising: the one cleaning of every typed text, so that databases and files hold equal characters.

Deleted: control characters, non-characters and surrogates (they break databases and XML), and invisible
characters that can hide or reorder words. Kept: joiners and zero-width spaces where a script or an emoji
needs them, and in bodies the direction marks, closed at the end of each line.
"""

import re
import unicodedata

_BIDI_OPENERS = dict.fromkeys("\u202a\u202b\u202d\u202e", "\u202c") | dict.fromkeys(
    "\u2066\u2067\u2068", "\u2069"
)
_BIDI_CLOSERS = {"\u202c", "\u2069"}
_BIDI_CONTROLS = "\u202a-\u202e\u2066-\u2069"
_DIRECTION_MARKS = "\u061c\u200e\u200f"
_ZWJ = "\u200d"
_JOINERS = "\u200b\u200c\u200d"
_ALWAYS_HIDDEN = "\u180e\u2060-\u2064\u206a-\u206f\ufeff\ufff9-\ufffb"
_BROKEN = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff\ud800-\udfff" + _ALWAYS_HIDDEN + "]")
_NEW_LINE = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_LINE_SPACE = re.compile("[\t\n]+")
_HIDDEN_IN_LINE = re.compile(f"[{_BIDI_CONTROLS}{_DIRECTION_MARKS}]")
_HIDDEN = re.compile(
    f"[{_BIDI_CONTROLS}{_DIRECTION_MARKS}{_ALWAYS_HIDDEN}\u00ad\u115f\u1160\u3164\uffa0\U000e0000-\U000e007f]"
)
_JOINER = re.compile(f"[{_JOINERS}]")
# Arabic to Khmer and Mongolian (joining and unspaced scripts), and the emoji with what modifies them.
_NEEDS_JOINER = re.compile(
    "[\u0600-\u109f\u1700-\u18af\ua800-\uaaff\ufb50-\ufdff\ufe70-\ufefe\U00010a00-\U00011fff]"
)
_EMOJI = re.compile(
    "[\u00a9\u00ae\u203c-\u2bff\u3030\u303d\u3297\u3299\ufe0f\U0001f000-\U0001faff\U000e0020-\U000e007f]"
)
_TAGGED_FLAG = re.compile("\U0001f3f4[\U000e0020-\U000e007e]+\U000e007f")
# Characters that Unicode calls letters or symbols and that show as nothing.
_LOOKS_EMPTY = re.compile(
    f"[\\s\u00ad\u034f\u115f\u1160\u2800\u3164\uffa0\ufe00-\ufe0f{_BIDI_CONTROLS}{_DIRECTION_MARKS}{_JOINERS}]*"
)


def clean_line(text: str) -> str:
    """Clean a single-line text: NFC, nothing that breaks, hides or reorders; line ends become spaces."""
    text = _clean_characters(_HIDDEN_IN_LINE.sub("", text))
    return _empty_if_unseen(_LINE_SPACE.sub(" ", text).strip())


def clean_text(text: str) -> str:
    """Clean a body: tabs and LF stay, and so do direction controls, balanced in each line."""
    text = _clean_characters(text).strip()
    return _empty_if_unseen("\n".join(_balance_bidi(line) for line in text.split("\n")))


def clean_digits(text: str) -> str:
    """Keep the digits of a typed code as 0-9, whatever script or width they had; the rest is dropped."""
    found = (unicodedata.decimal(char, None) for char in unicodedata.normalize("NFKC", text))
    return "".join(str(digit) for digit in found if digit is not None)


def fold_width(text: str) -> str:
    """Write the full-width letters and signs of a Chinese keyboard as mail addresses have them: ＠ is @."""
    return unicodedata.normalize("NFKC", text)


def has_hidden_characters(text: str) -> bool:
    """Whether a text holds characters that cannot be seen and that no script or emoji in it needs."""
    if _HIDDEN.search(_TAGGED_FLAG.sub("", text)) is not None:
        return True
    return _JOINER.search(text) is not None and _drop_joiners(text) != text


def drop_hidden(text: str) -> str:
    """Return a text without what cannot be seen, joiners too: for comparing, not for keeping."""
    return _JOINER.sub("", _HIDDEN.sub("", text))


def _clean_characters(text: str) -> str:
    text = _BROKEN.sub("", _NEW_LINE.sub("\n", text))
    return unicodedata.normalize("NFC", _drop_joiners(unicodedata.normalize("NFC", text)))


def _drop_joiners(text: str) -> str:
    """Delete joiners and zero-width spaces that do not stand between characters which need them."""

    def keep(match: re.Match[str]) -> str:
        before, after = text[match.start() - 1 : match.start()], text[match.end() : match.end() + 1]
        for needed in (_NEEDS_JOINER, _EMOJI):
            if needed.fullmatch(before) and (needed.fullmatch(after) or (needed is _NEEDS_JOINER and after)):
                return match[0] if needed is _NEEDS_JOINER or match[0] == _ZWJ else ""
        return ""

    return _JOINER.sub(keep, text)


def _balance_bidi(line: str) -> str:
    """Drop closers of nothing and close what stays open, so that no line turns the next one round."""
    if not _HIDDEN_IN_LINE.search(line):
        return line
    waiting: list[str] = []
    kept: list[str] = []
    for char in line:
        if char in _BIDI_OPENERS:
            waiting.append(_BIDI_OPENERS[char])
        elif char in _BIDI_CLOSERS:
            if not waiting or waiting[-1] != char:
                continue
            waiting.pop()
        kept.append(char)
    return "".join(kept) + "".join(reversed(waiting))


def _empty_if_unseen(text: str) -> str:
    return "" if _LOOKS_EMPTY.fullmatch(text) else text
