"""A post's markup as plain lines: what its readers read, for a person to compare."""

from html.parser import HTMLParser

_INLINE = frozenset(
    {
        "a",
        "abbr",
        "b",
        "bdi",
        "code",
        "em",
        "i",
        "rp",
        "rt",
        "ruby",
        "s",
        "small",
        "span",
        "strong",
        "sub",
        "sup",
    }
)
_UNREAD = frozenset({"script", "style"})


def to_plain_lines(markup: str) -> str:
    """Return the text of a post, a line for each block; of a picture its alternative text."""
    reader = _Reader()
    reader.feed(markup)
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.parts).split("\n"))
    return "\n".join(filter(None, lines))


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._unread = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a line with a block; a picture is one of its own."""
        self._unread += tag in _UNREAD
        if tag not in _INLINE:
            self.parts.append("\n")
        if tag == "img":
            self.parts.append(f"{dict(attrs).get('alt') or ''}\n")

    def handle_endtag(self, tag: str) -> None:
        """End a line with a block."""
        self._unread -= tag in _UNREAD and self._unread > 0
        if tag not in _INLINE:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        """Take words; where lines end in the markup is of no matter."""
        if not self._unread:
            self.parts.append(" ".join(data.split("\n")))
