"""Lines of visitors: how long one may take, and which one gives way when there are too many."""

import logging
import socket
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from waitress.channel import HTTPChannel
from waitress.server import TcpWSGIServer
from waitress.task import ErrorTask
from waitress.utilities import Error, InternalServerError

from portal.server.reading import StrictParser

HEAD_SECONDS = 20.0
"""Until the head of a request is whole, from its first byte or from the opening of the line."""
REST_SECONDS = 60.0
"""Between two requests on one line."""
GRACE_SECONDS = 60.0
LEAST_BYTES = 15_000
"""In each such time, of a body or of an answer: a phone in a tunnel may pause, a line may not drip."""
LINGER_SECONDS = 20.0
"""For who goes on sending what was refused, so that they can see the refusal."""
YOUNG_SECONDS = 5.0
"""Who has just come may not have had the time to say anything."""
LOOK_SECONDS = 1
"""Between two looks at all lines."""
_log = logging.getLogger(__name__)


class Refusal(ErrorTask):  # type: ignore[misc]  # waitress ships no types
    """The answer to what was not HTTP as we read it: waitress's own repeats what was sent.

    `headers` and `told` are set by the class that is made for a worker.
    """

    headers: dict[str, str]
    told: Mapping[int, str] = {}
    """What people may meet is said in every language of the site, by status; else its reason alone."""

    def execute(self) -> None:
        """Say the reason and close the line."""
        error: Error = self.request.error
        if error.code < InternalServerError.code:
            _log.warning("A request was refused: it was not HTTP as we read it.")
        self.status = f"{error.code} {error.reason}"
        body = self.told.get(error.code, error.reason).encode()
        self.response_headers.extend(
            [
                *self.headers.items(),
                ("Cache-Control", "no-store"),
                ("Content-Type", "text/plain; charset=utf-8"),
            ]
        )
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class Line(HTTPChannel):  # type: ignore[misc]  # waitress ships no types
    """The line of one visitor, with what it has moved and since when."""

    close_when_flushed: bool
    request: StrictParser | None

    def __init__(self, *given: Any, **named: Any) -> None:
        """Take the line."""
        self.opened = self.begun = self.marked = self.said = time.monotonic()
        self.moved = 0
        """Bytes since the mark, in either direction."""
        self.is_lingering = False
        """All is said; the visitor still sends what nobody reads, and would miss the answer if we hung up."""
        self.has_unread = False
        super().__init__(*given, **named)

    def received(self, data: bytes) -> bool:
        """Take bytes of the visitor."""
        if self.is_lingering:
            self.moved += len(data)
            return False
        if self.request is None:
            self.begin()
            self.request = self.parser_class(self.adj)
        self.moved += len(data)
        reading = self.request
        is_taken = bool(super().received(data))
        self.has_unread = reading.is_unread or reading.error is not None
        return is_taken

    def readable(self) -> bool:
        """Say whether bytes of the visitor are taken now."""
        return self.is_lingering or bool(super().readable())

    def handle_write(self) -> None:
        """Send what waits; before hanging up on somebody who is sending, wait for them to hear it."""
        if self.has_unread and self.close_when_flushed and not self.total_outbufs_len:
            self.close_when_flushed, self.has_unread, self.is_lingering = False, False, True
            self.begin()
            with suppress(OSError):
                self.socket.shutdown(socket.SHUT_WR)
        super().handle_write()

    def send(self, data: bytes, do_close: bool = True) -> int:  # noqa: FBT001, FBT002  # as waitress calls it
        """Send what the line takes, and return how much that was."""
        sent: int = super().send(data, do_close)
        self.moved += sent
        self.said = time.monotonic()
        return sent

    def handle_expt(self) -> None:
        """Hang up on urgent bytes, which HTTP has none of: unread, they would wake us without end."""
        self.handle_close()

    def handle_close(self) -> None:
        """Hang up, and give back what half a request has taken."""
        super().handle_close()
        half, self.request = self.request, None
        if half is not None:
            half.close()

    def begin(self) -> None:
        """Count from here."""
        self.begun = self.marked = time.monotonic()
        self.moved = 0

    @property
    def is_answered_now(self) -> bool:
        """The next step is ours, not the visitor's."""
        return bool(self.requests) and not self.total_outbufs_len

    @property
    def is_resting(self) -> bool:
        """Nothing is on the way."""
        return not self.requests and not self.total_outbufs_len and self.request is None

    def is_over_time(self, now: float) -> bool:
        """Say whether the visitor has had their time; begins the next minute where the last one was used."""
        if self.is_lingering:
            return now - self.begun > LINGER_SECONDS
        if self.is_answered_now:
            self.marked, self.moved = now, 0
            return False
        if self.is_resting:
            since = max(self.begun, self.said)
            return now - since > (REST_SECONDS if self.begun > self.opened else HEAD_SECONDS)
        if self.request is not None and not self.request.headers_finished and not self.total_outbufs_len:
            return now - self.begun > HEAD_SECONDS
        if now - self.marked < GRACE_SECONDS:
            return False
        is_slow = self.moved < LEAST_BYTES
        self.marked, self.moved = now, 0
        return is_slow

    def merit(self, now: float) -> tuple[bool, float, float]:
        """Return what speaks for keeping the line, to be compared: new or waiting for us, else its speed."""
        is_safe = self.is_answered_now or now - self.opened < YOUNG_SECONDS
        return is_safe, self.moved / max(now - self.marked, 1.0), self.begun


class Door(TcpWSGIServer):  # type: ignore[misc]  # waitress ships no types
    """Where lines come in; `most_lines` is set by the class that is made for a worker."""

    most_lines: int

    def handle_accept(self) -> None:
        """Take a new line; where there are too many, the slowest one gives way to it."""
        if len(self.active_channels) >= self.most_lines:
            now = time.monotonic()
            slowest = min(self.active_channels.values(), key=lambda line: line.merit(now))
            slowest.handle_close()
        super().handle_accept()

    def maintenance(self, now: float) -> None:
        """Close the lines that have had their time."""
        now = time.monotonic()
        for line in list(self.active_channels.values()):
            if line.is_over_time(now):
                line.will_close = True


def make_line_class(parser: type[StrictParser], refusal: type[Refusal]) -> type[Line]:
    """Return the lines of a worker."""
    return type("WorkerLine", (Line,), {"parser_class": parser, "error_task_class": refusal})
