"""Lines of visitors on real sockets: how long one may take, and which one gives way."""

import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.task import ThreadedTaskDispatcher

from portal.server.body import Body, Memory
from portal.server.lines import (
    GRACE_SECONDS,
    HEAD_SECONDS,
    LEAST_BYTES,
    LINGER_SECONDS,
    REST_SECONDS,
    YOUNG_SECONDS,
    Door,
    Line,
    Refusal,
    make_line_class,
)
from portal.server.reading import ReadingRules, StrictParser

MOST_BODY = 100_000
HEAD = b"GET /en/ HTTP/1.1\r\nHost: localhost\r\n"
BODY = b"POST /en/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50000\r\n\r\n"
TOO_LONG = b"POST /en/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 200000\r\n\r\nabc"
_TURNS = 30
PAGE = b"<h1>A page</h1>"


def answer(_environ: Any, start_response: Callable[..., Any]) -> list[bytes]:
    start_response("200 OK", [("Content-Length", str(len(PAGE)))])
    return [PAGE]


class Site:
    """A door with its lines, turned by hand, and the visitors at their other ends."""

    def __init__(self, folder: Path, *, most_lines: int = 100) -> None:
        self.lines: dict[int, Any] = {}
        make_body = partial(Body, folder, memory=Memory(MOST_BODY), has_room=lambda: True)
        rules = ReadingRules(make_body, lambda _path, _kind: MOST_BODY)
        parser = type("Parser", (StrictParser,), {"rules": rules})
        refusal = type("NoHeaders", (Refusal,), {"headers": {}})
        own = {"channel_class": make_line_class(parser, refusal), "most_lines": most_lines}
        self.dispatcher = ThreadedTaskDispatcher()
        self.dispatcher.set_thread_count(1)
        listening = socket.create_server(("127.0.0.1", 0))
        self.door = type("TheDoor", (Door,), own)(
            answer,
            self.lines,
            _sock=listening,
            dispatcher=self.dispatcher,
            adj=Adjustments(log_socket_errors=False),
            sockinfo=(listening.family, listening.type, 0, listening.getsockname()),
            bind_socket=False,
        )
        self.visitors: list[socket.socket] = []

    def turn(self, is_so: Callable[[], bool]) -> None:
        """Read and write until something is so."""
        for _ in range(_TURNS):
            if is_so():
                return
            wasyncore.loop(timeout=1, use_poll=True, map=self.lines, count=1)
        raise AssertionError("it never came to that")

    def come(self, *sent: bytes) -> tuple[Line, socket.socket]:
        """Come in and send something; return both ends."""
        known = set(self.door.active_channels.values())
        visitor = socket.create_connection(self.door.socket.getsockname())
        self.visitors.append(visitor)
        self.turn(lambda: bool(set(self.door.active_channels.values()) - known))
        line: Line = (set(self.door.active_channels.values()) - known).pop()
        for one in sent:
            before = line.moved
            visitor.sendall(one)
            self.turn(lambda before=before: line.moved > before)  # type: ignore[misc]  # bound at once
        return line, visitor

    def close(self) -> None:
        self.dispatcher.shutdown()
        for visitor in self.visitors:
            visitor.close()
        wasyncore.close_all(self.lines)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with closing(Site(tmp_path)) as made:
        yield made


@pytest.mark.parametrize(
    ("sent", "seconds"),
    [((), HEAD_SECONDS), ((HEAD,), HEAD_SECONDS), ((BODY,), GRACE_SECONDS)],
    ids=["nothing", "half a head", "the head of a body"],
)
@pytest.mark.parametrize(("later", "is_over"), [(-1, False), (1, True)])
def test_who_does_not_get_on_has_so_long(
    site: Site, *, sent: tuple[bytes, ...], seconds: float, later: int, is_over: bool
) -> None:
    line, _ = site.come(*sent)
    assert line.is_over_time(line.begun + seconds + later) == is_over


def test_a_body_that_gets_on_has_the_next_minute_too(site: Site) -> None:
    line, visitor = site.come(BODY)
    visitor.sendall(b"a" * LEAST_BYTES)
    site.turn(lambda: line.moved >= LEAST_BYTES)
    seen = [line.is_over_time(line.begun + minute * (GRACE_SECONDS + 1)) for minute in (1, 2)]
    assert seen == [False, True]


def test_who_has_been_answered_may_rest(site: Site) -> None:
    """From the end of the answer: who sent for an hour before that has as long."""
    line, visitor = site.come(HEAD + b"\r\n")
    site.turn(lambda: line.is_resting)
    visitor.recv(65536)
    line.opened, line.begun = line.opened - 3601, line.begun - 3600
    assert [line.is_over_time(line.said + REST_SECONDS + more) for more in (-1, 1)] == [False, True]


def test_half_a_head_gives_way_when_its_time_is_over(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    line, visitor = site.come(HEAD)
    late = line.begun + HEAD_SECONDS + 1
    monkeypatch.setattr("portal.server.lines.time.monotonic", lambda: late)
    site.door.maintenance(0)
    site.turn(lambda: not site.door.active_channels)
    assert visitor.recv(1) == b""


def test_who_sends_too_much_can_read_why_it_was_not_taken(site: Site) -> None:
    line, visitor = site.come(TOO_LONG)
    site.turn(lambda: line.is_lingering)
    said = visitor.recv(65536)
    visitor.sendall(b"a" * 50_000)
    site.turn(lambda: line.moved >= 50_000)
    assert (said.startswith(b"HTTP/1.1 200 OK"), visitor.recv(1)) == (True, b"")
    assert [line.is_over_time(line.begun + LINGER_SECONDS + more) for more in (-1, 1)] == [False, True]


def test_where_there_are_too_many_the_slowest_gives_way(tmp_path: Path) -> None:
    with closing(Site(tmp_path, most_lines=3)) as site:
        fast, _ = site.come(BODY, b"a" * 20_000)
        slow, _ = site.come(BODY, b"a")
        fresh, _ = site.come()
        for line in (fast, slow):
            line.opened -= YOUNG_SECONDS
        newest, _ = site.come(HEAD)
        assert set(site.door.active_channels.values()) == {fast, fresh, newest}
        assert slow.connected is False


def test_half_a_body_is_given_back_when_its_line_breaks(site: Site) -> None:
    line, visitor = site.come(BODY, b"a" * 5000)
    assert line.request is not None
    body = line.request.body_rcv.getbuf()
    visitor.close()
    site.turn(lambda: not site.door.active_channels)
    with pytest.raises(ValueError, match="closed"):
        body.getfile()


def test_who_sends_urgent_bytes_is_hung_up_on(site: Site) -> None:
    _, visitor = site.come()
    visitor.send(b"!", socket.MSG_OOB)
    site.turn(lambda: not site.door.active_channels)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET /en/ HTTP/9.9\r\n\r\n", b"400 Bad Request"),
        (b"GET /" + b"a" * 5000 + b"\r\n\r\n", b"414 URI Too Long"),
        (
            b"POST /en/ HTTP/1.1\r\nContent-Length: +3\r\nExpect: 100-continue\r\n\r\n",
            b"400 Bad Request",
        ),
    ],
)
def test_a_refusal_repeats_nothing_and_ends_the_line(site: Site, sent: bytes, status: bytes) -> None:
    line, visitor = site.come(sent)
    site.turn(lambda: line.is_lingering)
    head, _, said = visitor.recv(65536).partition(b"\r\n\r\n")
    assert (head.splitlines()[0].partition(b" ")[2], said) == (status, status.partition(b" ")[2])
