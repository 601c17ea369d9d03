"""Slow lines: some that never get on, and some that send a text as fast as a phone in a shelter can."""

import asyncio
import socket
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field

_PAUSE = 2.0
_LITTLE = 2048
_PIECE = 1024
_PACE = 5_000
"""Bytes a second of an honest phone on a bad line."""


@dataclass(frozen=True)
class Drip:
    """What a line sends at once, after which it goes on byte by byte or reads as slowly."""

    first: bytes
    reads: bool = False


def head() -> Drip:
    """A head that never ends."""
    return Drip(b"GET /en/ HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")


def body() -> Drip:
    """A body of which a byte comes now and then."""
    lines = "POST /uk/ukraine-taiwan/story/send HTTP/1.1", "Host: localhost", "Content-Length: 4000000"
    kind = "Content-Type: application/x-www-form-urlencoded"
    return Drip("\r\n".join([*lines, kind, "", "story="]).encode())


def reading() -> Drip:
    """A page that is taken byte by byte, and nothing on the way that could take it instead."""
    return Drip(b"GET /uk/ukraine-taiwan/story HTTP/1.1\r\nHost: localhost\r\n\r\n", reads=True)


@dataclass
class Lines:
    """Lines of one port, in a thread of their own."""

    port: int
    ended: int = 0
    """How many the server has closed."""
    answered: Counter[int] = field(default_factory=Counter)
    """Statuses that honest senders were given."""
    opened: int = 0
    _loop: asyncio.AbstractEventLoop | None = None
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _end: asyncio.Event = field(default_factory=asyncio.Event)

    async def turn(self) -> None:
        """Do what is asked for, until the end."""
        self._loop = asyncio.get_running_loop()
        self._tell()
        await self._end.wait()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for one in others:
            one.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def drip(self, lines: Sequence[Drip]) -> None:
        """Open these lines, and wait until all have sent what comes at once."""
        for one in lines:
            self._begin(self._drip(one))
        self.wait(lambda: self.opened >= len(lines))

    def send(self, requests: Sequence[bytes]) -> None:
        """Send these requests at the pace of a phone, all at the same time."""
        for one in requests:
            self._begin(self._send(one))

    def wait(self, is_so: Callable[[], bool], seconds: float = 120.0) -> bool:
        """Wait until something is so; return whether it came to that."""
        with self._changed:
            return self._changed.wait_for(is_so, seconds)

    def end(self) -> None:
        """Hang up on all lines."""
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._end.set)

    def _begin(self, act: Coroutine[None, None, None]) -> None:
        self.wait(lambda: self._loop is not None)
        assert self._loop is not None
        asyncio.run_coroutine_threadsafe(act, self._loop)

    def _tell(self, *, opened: int = 0, ended: int = 0, status: int = 0) -> None:
        with self._changed:
            self.opened += opened
            self.ended += ended
            if status:
                self.answered[status] += 1
            self._changed.notify_all()

    async def _drip(self, drip: Drip) -> None:
        with suppress(OSError):
            async with self._open(small=drip.reads) as (reader, writer):
                writer.write(drip.first)
                await writer.drain()
                self._tell(opened=1)
                is_open = True
                while is_open:
                    await asyncio.sleep(_PAUSE)
                    if drip.reads:
                        is_open = bool(await reader.read(1))
                    else:
                        writer.write(b"x")
                        await writer.drain()
                        is_open = not reader.at_eof()
        self._tell(ended=1)

    async def _send(self, request: bytes) -> None:
        status = -1
        with suppress(OSError, ValueError, IndexError):
            async with self._open() as (reader, writer):
                for start in range(0, len(request), _PIECE):
                    writer.write(request[start : start + _PIECE])
                    await writer.drain()
                    await asyncio.sleep(_PIECE / _PACE)
                status = int((await reader.readline()).split()[1])
        self._tell(status=status)

    @asynccontextmanager
    async def _open(
        self, *, small: bool = False
    ) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        wire = socket.socket()
        if small:
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _LITTLE)
        wire.connect(("127.0.0.1", self.port))
        reader, writer = await asyncio.open_connection(sock=wire, limit=_LITTLE)
        try:
            yield reader, writer
        finally:
            writer.transport.abort()
            with suppress(OSError):
                await writer.wait_closed()


@contextmanager
def open_lines(port: int) -> Iterator[Lines]:
    """Give lines to a port, and hang up on them afterwards."""
    lines = Lines(port)
    thread = threading.Thread(target=lambda: asyncio.run(lines.turn()))
    thread.start()
    try:
        yield lines
    finally:
        lines.end()
        thread.join()
