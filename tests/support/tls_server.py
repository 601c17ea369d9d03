"""A server over TLS that behaves as a test tells it: it speaks in raw bytes."""

import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

Behave = Callable[[socket.socket], None]
_SECONDS = 20


@dataclass
class Heard:
    """Where the server listens, and what it has heard."""

    port: int
    connections: int = 0
    names: list[str | None] = field(default_factory=list)
    """Which site each client wanted, by SNI."""
    requests: list[bytes] = field(default_factory=list)


def answer(*parts: bytes) -> Behave:
    """Say all of this to who has asked."""

    def behave(line: socket.socket) -> None:
        for part in parts:
            line.sendall(part)

    return behave


def make_answer(body: bytes, *headers: bytes, status: bytes = b"200 OK") -> bytes:
    """Return a whole answer of a site."""
    told = (b"Content-Type: application/json", b"Content-Length: %d" % len(body), *headers)
    return b"HTTP/1.1 " + status + b"\r\n" + b"\r\n".join(told) + b"\r\n\r\n" + body


@contextmanager
def serve(certificate: Path | None, behave: Behave, *, reads: bool = True) -> Iterator[Heard]:
    """Answer on 127.0.0.1 until the block ends; without a certificate nothing is sealed.

    Before it behaves it reads the request, unless told otherwise.
    """
    with socket.create_server(("127.0.0.1", 0)) as listening:
        heard = Heard(listening.getsockname()[1])
        context = _make_context(certificate, heard) if certificate else None
        worker = threading.Thread(target=_work, args=(listening, context, behave, heard, reads), daemon=True)
        worker.start()
        try:
            yield heard
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            worker.join(_SECONDS)


def _make_context(certificate: Path, heard: Heard) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.sni_callback = lambda _line, name, _context: heard.names.append(name)
    return context


def _work(
    listening: socket.socket,
    context: ssl.SSLContext | None,
    behave: Behave,
    heard: Heard,
    reads: bool,  # noqa: FBT001  # handed to a thread in order
) -> None:
    while True:
        try:
            line, _address = listening.accept()
        except OSError:
            return
        heard.connections += 1
        line.settimeout(_SECONDS)
        with (
            suppress(OSError),
            line,
            context.wrap_socket(line, server_side=True) if context else line as sealed,
        ):
            if reads:
                heard.requests.append(_read_request(sealed))
            behave(sealed)


def _read_request(line: socket.socket) -> bytes:
    """Read all of it: who closes a line before that takes its own answer back."""
    request = b""
    while not _is_whole(request) and (block := line.recv(65536)):
        request += block
    return request


def _is_whole(request: bytes) -> bool:
    head, end, body = request.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: *([0-9]+)", head)
    return bool(end) and len(body) >= int(length[1] if length else 0)
