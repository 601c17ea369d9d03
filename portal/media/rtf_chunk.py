"""A piece of RTF in a document, as older programs write it: its words in lines, without their looks."""

import codecs
import re
from dataclasses import dataclass, replace

RICH_TEXT = b"{\\rtf"
_TOKEN = re.compile(
    rb"\\(?P<word>[a-zA-Z]{1,32})(?P<number>-?\d{1,9})? ?|\\'(?P<byte>[0-9a-fA-F]{2})|\\(?P<sign>[^a-zA-Z'])"
    rb"|(?P<brace>[{}])|[\r\n\0]+|(?P<text>[^\\{}\r\n\0]+)|\\",
    re.DOTALL,
)
_UNSEEN = frozenset(
    {
        "fonttbl", "colortbl", "stylesheet", "info", "pict", "object", "fldinst", "listtable", "revtbl",
        "header", "headerl", "headerr", "headerf", "footer", "footerl", "footerr", "footerf", "deleted",
    }
)  # fmt: skip
_SEEN = frozenset({"shptxt", "result"})
"""What is shown of something that otherwise is not."""
_LETTERS = {
    "par": "\n", "line": "\n", "sect": "\n", "page": "\n", "row": "\n", "cell": "\n", "tab": "\t",
    "emdash": "—", "endash": "–", "lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”",
    "bullet": "•", "~": "\xa0", "_": "-", "\n": "\n", "\r": "\n", "\\": "\\", "{": "{", "}": "}",
}  # fmt: skip
_CHARSETS = {
    77: "mac_roman", 128: "cp932", 129: "cp949", 130: "johab", 134: "gbk", 136: "cp950", 161: "cp1253",
    162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 238: "cp1250",
}  # fmt: skip
"""Encodings of fonts, by the number that RTF has for them."""
_MOST_OPEN = 1000
_UNITS = 0x10000


@dataclass(frozen=True)
class _State:
    """What holds to the end of a group."""

    is_unseen: bool = False
    is_hidden: bool = False
    font: int = 0
    stand_ins: int = 1
    """Letters behind one of Unicode, for readers who do not know it."""


def read_rtf(content: bytes) -> tuple[list[str], list[str]]:
    """Return the lines of a piece, and the texts in it that are hidden."""
    reader = _Reader()
    reader.read(content)
    return _join_units("".join(reader.shown)).splitlines(), [_join_units("".join(reader.hidden))]


def _join_units(text: str) -> str:
    """Put letters together that RTF writes as two units of UTF-16."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


class _Reader:
    def __init__(self) -> None:
        self.shown: list[str] = []
        self.hidden: list[str] = []
        self._states = [_State()]
        self._encoding = "cp1252"
        self._charsets: dict[int, str] = {}
        self._bytes = bytearray()
        self._skipped = 0

    def read(self, content: bytes) -> None:
        at = 0
        while found := _TOKEN.match(content, at):
            at = found.end()
            if found["text"] or found["byte"]:
                self._add_bytes(found["text"] or bytes.fromhex(found["byte"].decode()))
                continue
            self._end_bytes()
            if found["brace"]:
                self._turn(opens=found["brace"] == b"{")
            elif found["word"] == b"bin":
                at += max(int(found["number"] or 0), 0)
            elif found["word"]:
                self._obey(found["word"].decode(), None if found["number"] is None else int(found["number"]))
            elif found["sign"] == b"*":
                self._set(is_unseen=True)
            elif found["sign"]:
                self._add(_LETTERS.get(found["sign"].decode("latin-1"), ""))
        self._end_bytes()

    def _turn(self, *, opens: bool) -> None:
        self._skipped = 0
        if opens and len(self._states) < _MOST_OPEN:
            self._states.append(self._states[-1])
        elif not opens and len(self._states) > 1:
            self._states.pop()

    def _obey(self, word: str, number: int | None) -> None:
        match word:
            case "u" if number is not None:
                self._add(chr(number % _UNITS))
                self._skipped = self._states[-1].stand_ins
            case "uc":
                self._set(stand_ins=max(number or 0, 0))
            case "f" | "deff":
                self._set(font=number or 0)
            case "fcharset" if number in _CHARSETS:
                self._charsets[self._states[-1].font] = _CHARSETS[number]
            case "ansicpg" | "cpg":
                self._encoding = _find_codec(f"cp{number}") or self._encoding
            case "v":
                self._set(is_hidden=number != 0)
            case "plain":
                self._set(is_hidden=False)
            case "deleted" if number == 0:
                self._set(is_unseen=False)
            case _ if word in _UNSEEN or word in _SEEN:
                self._set(is_unseen=word in _UNSEEN)
            case _:
                self._add(_LETTERS.get(word, ""))

    def _set(self, **changed: int) -> None:
        self._states[-1] = replace(self._states[-1], **changed)  # type: ignore[arg-type]  # bools are ints

    def _add_bytes(self, content: bytes) -> None:
        skipped = min(self._skipped, len(content))
        self._skipped -= skipped
        self._bytes += content[skipped:]

    def _end_bytes(self) -> None:
        encoding = self._charsets.get(self._states[-1].font, self._encoding)
        self._add(self._bytes.decode(encoding, "replace"))
        self._bytes.clear()

    def _add(self, text: str) -> None:
        if text and not self._states[-1].is_unseen:
            (self.hidden if self._states[-1].is_hidden else self.shown).append(text)


def _find_codec(name: str) -> str | None:
    try:
        return codecs.lookup(name).name
    except LookupError:
        return None
