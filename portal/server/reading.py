"""Reading of requests by waitress, refused where two readers could read one differently."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from waitress.parser import HTTPRequestParser, ParsingError
from waitress.receiver import FixedStreamReceiver
from waitress.utilities import BadRequest, Error

from portal.domain.documents import NoRoom
from portal.server.body import Body

MOST_HEAD_BYTES = 12 * 1024
MOST_LINE_BYTES = 4094
_MOST_BETWEEN_BYTES = 12 * 1024
"""Of a body in pieces: what may stand between two of them, and at their end."""
_VERSIONS = frozenset({"1.0", "1.1"})
_ONCE = frozenset({b"host", b"content-length", b"transfer-encoding"})
"""Headers of which a second one could be meant for somebody else."""
_NAME = re.compile(rb"[!#$%&'*+.^`|~0-9A-Za-z-]+:")
"""Without an underscore: the application could not tell such a name from one with a hyphen."""


class AddressTooLong(Error):  # type: ignore[misc]  # waitress ships no types
    """The first line is longer than anything we link to."""

    code = 414
    reason = "URI Too Long"


class NoRoomForBody(Error):  # type: ignore[misc]  # waitress ships no types
    """Neither disk nor memory takes the body now."""

    code = 507
    reason = "Insufficient Storage"


@dataclass(frozen=True)
class ReadingRules:
    """What a reader of requests is given: where bodies wait, and how long one may be."""

    make_body: Callable[[], Body]
    find_most_bytes: Callable[[str, str], int]
    """Of a body sent to a path with a content type."""


class StrictParser(HTTPRequestParser):  # type: ignore[misc]  # waitress ships no types
    """Reads one request; `rules` is set by the class that is made for a worker."""

    rules: ReadingRules
    headers: dict[str, Any]
    version: str
    chunked: bool
    error: Error | None
    body_rcv: Any
    refusal: Error | None = None
    is_unread: bool = False
    """The body is too long: the application says so by the length alone, and none of it is kept."""
    _most: int = 0

    def received(self, data: bytes) -> int:
        """Take bytes and return how many of them belong to this request."""
        try:
            taken: int = super().received(data)
        except NoRoom:
            self.error, self.completed = NoRoomForBody(""), True
            return len(data)
        if self.refusal is not None:
            self.error = self.refusal
        if self.chunked and self.error is None:
            self._mind_pieces()
        if not self.completed:
            return taken
        self.expect_continue = (
            False  # waitress would have the rest sent and wait for it, though there is none
        )
        if data[taken:].strip(b"\r\n"):
            # Who asks for many things at once would have us keep many answers: one is given, the line ends.
            self.headers["CONNECTION"] = "close"
        return len(data)

    def parse_header(self, header_plus: bytes) -> None:
        """Read the head. Raises ParsingError."""
        first, _, rest = header_plus.partition(b"\r\n")
        if len(first) > MOST_LINE_BYTES:
            self.refusal = AddressTooLong("")
            raise ParsingError("")
        _refuse_ambiguous(rest)
        try:
            super().parse_header(header_plus)
        except ValueError as error:  # an address, or a length, that Python reads as none
            raise ParsingError("") from error
        if self.version not in _VERSIONS or (self.version == "1.0" and "TRANSFER_ENCODING" in self.headers):
            raise ParsingError("")
        if self.chunked and "CONTENT_LENGTH" in self.headers:
            raise ParsingError("")
        if self.body_rcv is not None:
            self._prepare_body()

    def _prepare_body(self) -> None:
        # As waitress gives the path to the application: with one slash, however many there were.
        path = f"/{self.path.lstrip('/')}"
        self._most = self.rules.find_most_bytes(path, self.headers.get("CONTENT_TYPE", ""))
        if self.content_length > self._most:
            self._leave_unread()
        elif self.chunked:
            self.body_rcv.buf = self.rules.make_body()
        else:
            self.body_rcv = FixedStreamReceiver(self.content_length, self.rules.make_body())

    def _mind_pieces(self) -> None:
        """Go no further where a body in pieces is too long, or what stands between them has no end."""
        pieces = self.body_rcv
        if len(pieces) > self._most:
            self.headers["CONTENT_LENGTH"] = str(len(pieces))
            pieces.getbuf().close()
            self._leave_unread()
            self.completed = True
        elif len(pieces.control_line) + len(pieces.trailer) > _MOST_BETWEEN_BYTES:
            self.error, self.completed = BadRequest(""), True

    def _leave_unread(self) -> None:
        self.is_unread, self.body_rcv = True, None
        self.expect_continue = False
        self.headers["CONNECTION"] = "close"


def _refuse_ambiguous(lines: bytes) -> None:
    """Refuse what other servers read in another way. Raises ParsingError."""
    names: Counter[bytes] = Counter()
    for line in lines.split(b"\r\n"):
        if not line:
            continue
        # A line that begins with a space went on the one before, once.
        if not _NAME.match(line):
            raise ParsingError("")
        names[line.partition(b":")[0].lower()] += 1
    if any(names[name] > 1 for name in _ONCE):
        raise ParsingError("")
