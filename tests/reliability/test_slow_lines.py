"""Slow lines in front of `portal serve`, and the people beside them."""

import http.client
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.reliability import slow_lines
from tests.reliability.serving import Served, serve
from tests.reliability.slow_lines import Drip, open_lines

FORM = "/uk/ukraine-taiwan/story"
PATIENCE = 60.0
TEXT = b"story=" + b"a" * 30_000


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One worker: eight threads that could be held."""
    with serve(tmp_path_factory.mktemp("slow"), workers=1) as running:
        yield running


@pytest.fixture(scope="module")
def many(pytestconfig: pytest.Config) -> int:
    return 500 if pytestconfig.getoption("full") else 40


def open_form(served: Served) -> int:
    """Open the form as somebody on a good line; return the status."""
    with closing(http.client.HTTPConnection("127.0.0.1", served.port, timeout=PATIENCE)) as line:
        line.request("GET", FORM)
        return line.getresponse().status


@pytest.mark.parametrize("make", [slow_lines.head, slow_lines.body, slow_lines.reading])
def test_lines_that_drip_hold_nobody_up(
    served: Served, many: int, make: Callable[[], Drip], pytestconfig: pytest.Config
) -> None:
    with open_lines(served.port) as lines:
        lines.drip([make()] * many)
        assert Counter(open_form(served) for _ in range(20)) == {200: 20}
        # It takes a minute; what is read slowly has long left the portal.
        if pytestconfig.getoption("full") and make is not slow_lines.reading:
            assert lines.wait(lambda: lines.ended == many) is True


def test_texts_from_slow_phones_arrive_and_hold_nobody_up(served: Served, many: int) -> None:
    """All of them are refused for want of a token, once they are there whole."""
    head = f"POST {FORM}/send HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    kind = f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(TEXT)}\r\n\r\n"
    with open_lines(served.port) as lines:
        lines.send([(head + kind).encode() + TEXT] * many)
        seen = Counter(open_form(served) for _ in range(20))
        lines.wait(lambda: sum(lines.answered.values()) == many)
    assert (seen, lines.answered) == ({200: 20}, {400: many})


def test_a_line_that_breaks_leaves_no_file(served: Served, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = next(Path(tmp_path_factory.getbasetemp()).glob("slow*")) / "files"
    with open_lines(served.port) as lines:
        lines.drip([Drip(slow_lines.body().first + b"a" * 600_000)])
        assert open_form(served) == 200
    assert list(folder.iterdir()) == []
