"""Requests as they come over the line: read in one way, or refused."""

from dataclasses import replace
from functools import partial
from io import BytesIO
from pathlib import Path

import pytest
from waitress.adjustments import Adjustments

from portal.domain.documents import NoRoom
from portal.server.body import Body, Memory
from portal.server.reading import MOST_HEAD_BYTES, ReadingRules, StrictParser

MOST_BODY = 1_000_000
HOST = b"Host: stories.example.org\r\n"
IN_PIECES = b"POST /en/ HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n"


def make_parser(folder: Path, *, has_room: bool = True, memory: int = MOST_BODY) -> StrictParser:
    make_body = partial(Body, folder, memory=Memory(memory), has_room=lambda: has_room)
    rules = ReadingRules(make_body, lambda _path, _kind: MOST_BODY)
    parser = type("Parser", (StrictParser,), {"rules": rules})
    made: StrictParser = parser(Adjustments(max_request_header_size=MOST_HEAD_BYTES))
    return made


def read(parser: StrictParser, *parts: bytes) -> StrictParser:
    for part in parts:
        if not parser.completed:
            parser.received(part)
    return parser


def find_refusal(parser: StrictParser) -> int:
    """Return the status of the refusal, 0 for a request that is taken, -1 for one that is not whole."""
    if parser.error is not None:
        return int(parser.error.code)
    return 0 if parser.completed else -1


@pytest.mark.parametrize(
    ("head", "refusal"),
    [
        (b"GET /en/ HTTP/1.1\r\n" + HOST, 0),
        (b"GET /en/ HTTP/1.0\r\n" + HOST, 0),
        (b"GET /en/ HTTP/1.1\r\n" + HOST + b"X-Empty:\r\n", 0),
        (b"POST /en/ HTTP/1.1\r\n" + HOST + b"Content-Length: 0\r\n", 0),
        (b"GET /" + b"a" * 4080 + b" HTTP/1.1\r\n" + HOST, 0),
        (b"GET /" + b"a" * 4081 + b" HTTP/1.1\r\n" + HOST, 414),
        (b"GET /en/ HTTP/1.1\r\n" + HOST + b"X-A: " + b"a" * MOST_HEAD_BYTES + b"\r\n", 431),
        (b"GET /en/ HTTP/1.1\r\n" + HOST + HOST, 400),
        (b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 3\r\nContent-Length: 3\r\n", 400),
        (b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 3, 3\r\n", 400),
        (b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: +3\r\n", 400),
        (b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: -3\r\n", 400),
        (b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: " + b"9" * 5000 + b"\r\n", 400),
        (b"GET http://[1/ HTTP/1.1\r\n" + HOST, 400),
        (b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", 400),
        (
            b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
            400,
        ),
        (b"POST / HTTP/1.0\r\n" + HOST + b"Transfer-Encoding: chunked\r\n", 400),
        (b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: gzip, chunked\r\n", 501),
        (b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding : chunked\r\n", 400),
        (b"POST / HTTP/1.1\r\n" + HOST + b" Content-Length: 3\r\n", 400),
        (b"POST / HTTP/1.1\r\n" + HOST + b"Content_Length: 3\r\n", 400),
        (b"GET /en/ HTTP/1.1\r\n" + HOST + b"X-A: b\nX-B: c\r\n", 400),
        (b"GET /en/ HTTP/9.9\r\n" + HOST, 400),
        (b"GET /en/\r\n" + HOST, 400),
        (b"get /en/ HTTP/1.1\r\n" + HOST, 400),
        (b"GET  /en/ HTTP/1.1\r\n" + HOST, 400),
        (b"\x16\x03\x01\x02\r\n", 400),
    ],
)
def test_what_two_servers_could_read_in_two_ways_is_refused(
    tmp_path: Path, head: bytes, refusal: int
) -> None:
    assert find_refusal(read(make_parser(tmp_path), head + b"\r\n")) == refusal


def test_a_request_that_comes_byte_by_byte_is_the_same(tmp_path: Path) -> None:
    sent = b"POST /en/ HTTP/1.1\r\n" + HOST + b"Content-Length: 5\r\n\r\nslowly"
    parser = read(make_parser(tmp_path), *(bytes([one]) for one in sent))
    assert (parser.path, parser.get_body_stream().read()) == ("/en/", b"slowl")


def test_a_body_in_pieces_is_put_together(tmp_path: Path) -> None:
    parser = read(make_parser(tmp_path), IN_PIECES, b"3\r\nabc\r\n", b"2\r\nde\r\n0\r\n\r\n")
    assert (parser.headers["CONTENT_LENGTH"], parser.get_body_stream().read()) == ("5", b"abcde")


@pytest.mark.parametrize(("more", "is_unread"), [(0, False), (1, True)])
def test_a_body_in_pieces_is_read_as_far_as_one_may_be(tmp_path: Path, *, more: int, is_unread: bool) -> None:
    size = MOST_BODY + more
    pieces = [b"%x\r\n" % size, b"a" * MOST_BODY, b"a" * more + b"\r\n", b"0\r\n\r\n"]
    parser = read(make_parser(tmp_path), IN_PIECES, *pieces)
    assert (parser.is_unread, parser.headers["CONTENT_LENGTH"], len(parser.get_body_stream().read())) == (
        is_unread,
        str(size),
        0 if is_unread else size,
    )
    parser.close()


@pytest.mark.parametrize("endless", [b"a", b"3\r\nabc\r\n0\r\na"], ids=["length", "end"])
def test_between_pieces_nobody_talks_on_and_on(tmp_path: Path, endless: bytes) -> None:
    assert find_refusal(read(make_parser(tmp_path), IN_PIECES, endless, b"a" * 8000, b"a" * 8000)) == 400


@pytest.mark.parametrize(("more", "is_unread"), [(0, False), (1, True)])
def test_a_body_that_is_too_long_is_not_read(tmp_path: Path, *, more: int, is_unread: bool) -> None:
    size = MOST_BODY + more
    head = b"POST /en/ HTTP/1.1\r\n" + HOST + b"Content-Length: %d\r\n\r\n" % size
    parser = read(make_parser(tmp_path), head)
    assert (parser.is_unread, parser.completed, parser.headers["CONTENT_LENGTH"]) == (
        is_unread,
        is_unread,
        str(size),
    )


@pytest.mark.parametrize(
    ("rest", "connection"), [(b"", None), (b"\r\n", None), (b"GET /2 HTTP/1.1\r\n", "close")]
)
def test_of_several_questions_at_once_one_is_answered(
    tmp_path: Path, rest: bytes, connection: str | None
) -> None:
    sent = b"GET /en/ HTTP/1.1\r\n" + HOST + b"\r\n" + rest
    parser = make_parser(tmp_path)
    assert (parser.received(sent), parser.headers.get("CONNECTION")) == (len(sent), connection)


def test_the_limit_is_that_of_the_page_which_the_application_sees(tmp_path: Path) -> None:
    parser, asked = make_parser(tmp_path), set()

    def find_most_bytes(path: str, _kind: str) -> int:
        asked.add(path)
        return MOST_BODY

    parser.rules = replace(parser.rules, find_most_bytes=find_most_bytes)
    read(parser, b"POST //en/my HTTP/1.1\r\n" + HOST + b"Content-Length: 5\r\n\r\n")
    assert asked == {"/en/my"}


@pytest.mark.parametrize("has_room", [True, False], ids=["on the disk", "in memory"])
def test_a_long_body_is_whole_wherever_it_waits(tmp_path: Path, *, has_room: bool) -> None:
    sent = bytes(range(256)) * 2000
    head = b"POST /en/ HTTP/1.1\r\n" + HOST + b"Content-Length: %d\r\n\r\n" % len(sent)
    pieces = [sent[start : start + 8192] for start in range(0, len(sent), 8192)]
    parser = read(make_parser(tmp_path, has_room=has_room), head, *pieces)
    assert (parser.get_body_stream().read(), list(tmp_path.iterdir())) == (sent, [])
    parser.close()


def test_a_body_for_which_there_is_no_room_at_all_is_refused(tmp_path: Path) -> None:
    sent = b"a" * 600_000
    head = b"POST /en/ HTTP/1.1\r\n" + HOST + b"Content-Length: %d\r\n\r\n" % len(sent)
    parser = read(make_parser(tmp_path, has_room=False, memory=200_000), head, sent[:300_000], sent[300_000:])
    assert find_refusal(parser) == 507


def test_a_disk_that_fills_up_meanwhile_is_left_alone(tmp_path: Path) -> None:
    room = iter([True, True, False])
    body = Body(tmp_path, memory=Memory(10 * MOST_BODY), has_room=lambda: next(room))
    for _ in range(4):
        body.append(b"a" * MOST_BODY)
    kept = body.getfile()
    assert (isinstance(kept, BytesIO), len(kept.read())) == (True, 4 * MOST_BODY)
    body.close()


def test_memory_that_was_taken_is_there_for_the_next_body(tmp_path: Path) -> None:
    memory = Memory(400_000)
    first = Body(tmp_path, memory=memory, has_room=lambda: False)
    first.append(b"a" * 400_000)
    first.close()
    second = Body(tmp_path, memory=memory, has_room=lambda: False)
    second.append(b"b" * 400_000)
    with pytest.raises(NoRoom):
        second.append(b"b")
