"""The portal as an operator runs it, in processes of its own, and contributors who do not give up."""

import http.client
import os
import random
import re
import signal
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlencode

from flask import Flask
from werkzeug.serving import make_server

from tests.reliability.dying import Place, answer_web, make_event, start
from tests.support.ports import find_free_port
from tests.support.quick_apps import lend_templates, take_templates

LOG = "log.txt"
"""Where in its instance folder a served portal writes what it has to say."""
_READY = "The portal is at"
_PATIENCE_SECONDS = 20
_FAILED = 500
_LITTLE = 16_384
_LIGHT = "/static/css/portal.css"
_SEE_OTHER = 303
_PATIENCE = threading.Event()
"""Never set: waiting for it is only waiting."""


@dataclass(frozen=True)
class Served:
    """A portal that answers: where, and the process that was started."""

    port: int
    pid: int
    workers: int
    is_web: bool = False
    """The process is the web server itself, and not the one that looks after it."""

    @property
    def web(self) -> int:
        """The process of the web server: the first one that is started."""
        return self.pid if self.is_web else _children(self.pid)[0]

    def list_workers(self) -> list[int]:
        """Return the process ids of the web workers that live now."""
        masters = [self.pid] if self.is_web else _children(self.pid)
        return [worker for master in masters for worker in _children(master)]

    def kill_one(self, choose: random.Random) -> bool:
        """Kill a web worker without warning; False when none was there to be killed."""
        workers = self.list_workers()
        if not workers:
            return False
        try:
            os.kill(choose.choice(workers), signal.SIGKILL)
        except ProcessLookupError:
            return False
        return True


def _children(pid: int) -> list[int]:
    try:
        listed = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    except OSError:
        return []
    return [int(child) for child in listed.split()]


def find_command() -> str:
    """Return the path of the command `portal`."""
    return str(Path(sys.executable).with_name("portal"))


@contextmanager
def serve(
    instance: Path, *, database_url: str = "", workers: int = 3, settings: Mapping[str, str] | None = None
) -> Iterator[Served]:
    """Run `portal serve` until the block ends; it is ready when the block begins. `settings` come last."""
    port = find_free_port()
    lend_templates(instance)
    (instance / LOG).touch(mode=0o600)
    said = (instance / LOG).open("w", encoding="utf-8")
    process = subprocess.Popen(
        [find_command(), "serve", "--port", str(port)],
        env={
            **os.environ,
            "PORTAL_INSTANCE": str(instance),
            "PORTAL_DATABASE_URL": database_url,
            "PORTAL_BASE_URL": f"http://127.0.0.1:{port}",
            "PORTAL_WORKERS": str(workers),
            # What is tried here is not how full the disk of the machine is.
            "PORTAL_UPLOAD_FLOOR_MIB": "0",
            **(settings or {}),
        },
        stdout=subprocess.PIPE,
        stderr=said,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    drain = threading.Thread(target=process.stdout.read, daemon=True)
    try:
        ready = any(line.startswith(_READY) for line in process.stdout)
        assert ready, "the portal did not start"
        take_templates(instance)
        drain.start()
        yield Served(port, process.pid, workers)
    finally:
        process.terminate()
        try:
            process.wait(_PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        if drain.ident is not None:
            drain.join(_PATIENCE_SECONDS)
        process.stdout.close()
        said.close()


@contextmanager
def serve_web(place: Place, *, workers: int, break_it: Callable[[], None] | None = None) -> Iterator[Served]:
    """Run the web server alone until the block ends, forked from a process that has everything loaded.

    `break_it` is a fault that is turned on in it.
    """
    port, ready = find_free_port(), make_event()
    lend_templates(place.instance)
    process = start(answer_web, place, port, workers, ready, break_it)
    try:
        assert ready.wait(_PATIENCE_SECONDS), "the web server did not start"
        take_templates(place.instance)
        yield Served(port, process.pid or 0, workers, is_web=True)
    finally:
        process.terminate()
        process.join(_PATIENCE_SECONDS)


@contextmanager
def serve_here(app: Flask) -> Iterator[int]:
    """Answer on a real connection from threads of this process; give the port."""
    server = make_server("localhost", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Line:
    """A connection that stays open: the web worker that took it answers everything asked over it."""

    def __init__(self, served: Served, cookies: Mapping[str, str]) -> None:
        self.served, self.cookies = served, dict(cookies)
        self.wire = socket.socket()
        self.wire.settimeout(_PATIENCE_SECONDS)
        # Little fits on the way: what is not read yet is still with the worker.
        self.wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _LITTLE)
        self.wire.connect(("127.0.0.1", served.port))
        self.http = http.client.HTTPConnection("localhost", served.port)
        self.http.sock = self.wire

    def __enter__(self) -> "Line":
        """Open it."""
        return self

    def __exit__(self, *_: object) -> None:
        """Hang up."""
        self.http.close()

    def begin(
        self, path: str, fields: Mapping[str, Any] | None = None, *, as_proxy: bool = False
    ) -> http.client.HTTPResponse:
        """Ask for a page, or send a form; return the answer as it begins.

        A proxy in front of a portal often speaks HTTP/1.0, and then nothing but the length tells the end.
        """
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if as_proxy:
            http_1_0 = cast(Any, self.http)  # has no public name
            http_1_0._http_vsn, http_1_0._http_vsn_str = 10, "HTTP/1.0"  # noqa: SLF001  # older HTTP for this request
            headers["Host"] = f"localhost:{self.served.port}"
        if fields is None:
            self.http.request("GET", path, headers=headers)
        else:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            self.http.request("POST", path, urlencode(fields, doseq=True).encode(), headers)
        return self.http.getresponse()

    def ask(self, path: str, fields: Mapping[str, Any] | None = None) -> "Answer":
        """Ask for a page, or send a form; return the answer."""
        answer = self.begin(path, fields)
        text = answer.read().decode()
        for one in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = one.partition(";")[0].partition("=")
            self.cookies[name] = value
        return Answer(answer.status, answer.headers.get("Location", ""), text)

    def find_worker(self) -> int:
        """Return the process id of the worker at the other end; once something was answered."""
        own, there = (f":{port:04X}" for port in (self.wire.getsockname()[1], self.served.port))
        rows = [row.split() for row in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]]
        number = next(row[9] for row in rows if row[1].endswith(there) and row[2].endswith(own))
        return next(pid for pid in self.served.list_workers() if f"socket:[{number}]" in _list_open(pid))


def _list_open(pid: int) -> Iterator[str]:
    for one in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(OSError):
            yield str(one.readlink())


def open_apart(served: Served, cookies: Sequence[Mapping[str, str]], stack: ExitStack) -> list[Line]:
    """Open a line for each of these browsers, and as far as there are workers each to another one."""
    lines: list[Line] = []
    taken: set[int] = set()
    for one in cookies:
        if len(taken) == served.workers:
            taken.clear()
        while True:
            line = stack.enter_context(Line(served, one))
            line.ask(_LIGHT)
            if (worker := line.find_worker()) not in taken:
                break
            line.http.close()
        taken.add(worker)
        lines.append(line)
    return lines


@dataclass(frozen=True)
class Answer:
    """What the server said."""

    status: int
    location: str
    text: str


@dataclass
class Visitor:
    """A browser without scripts that keeps its cookies and sends again until it is answered."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    repeats: int = 0
    failed: Counter[int] = field(default_factory=Counter)
    """Statuses of the failures it was told."""
    pause: float = 0.0
    """Seconds before it sends again."""
    on_start: Callable[[], None] = lambda: None
    host: str = "127.0.0.1"

    def get(self, path: str) -> Answer:
        """Read a page."""
        return self._insist("GET", path, b"", {})

    def post(self, path: str, fields: Mapping[str, str]) -> Answer:
        """Send a form."""
        sent = urlencode(fields).encode()
        return self._insist("POST", path, sent, {"Content-Type": "application/x-www-form-urlencoded"})

    def upload(self, path: str, fields: Mapping[str, str], name: str, content: bytes) -> Answer:
        """Send a form with one file."""
        edge = "edge-of-a-part"
        parts = [
            f'--{edge}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
            for key, value in fields.items()
        ]
        head = f'--{edge}\r\nContent-Disposition: form-data; name="{name}"; filename="a.jpg"\r\n'
        parts += [head.encode(), b"Content-Type: image/jpeg\r\n\r\n", content, f"\r\n--{edge}--\r\n".encode()]
        return self._insist(
            "POST", path, b"".join(parts), {"Content-Type": f"multipart/form-data; boundary={edge}"}
        )

    def _insist(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Ask until there is an answer that is not a failure of the server: that is what people do."""
        while True:
            self.on_start()
            try:
                answer = self._ask(method, path, body, headers)
            except (OSError, http.client.HTTPException):
                pass
            else:
                if answer.status < _FAILED:
                    return answer
                self.failed[answer.status] += 1
            self.repeats += 1
            _PATIENCE.wait(self.pause)

    def _ask(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        line = http.client.HTTPConnection(self.host, self.port, timeout=_PATIENCE_SECONDS)
        try:
            cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
            line.request(method, path, body or None, {**headers, **({"Cookie": cookie} if cookie else {})})
            answer = line.getresponse()
            text = answer.read().decode()
            for one in answer.headers.get_all("Set-Cookie") or []:
                name, _, value = one.partition(";")[0].partition("=")
                self.cookies[name] = value
            return Answer(answer.status, answer.headers.get("Location", ""), text)
        finally:
            line.close()


def read_code(page: str) -> str:
    """Return the 20 digits a receipt shows, or an empty string."""
    found = re.search(r'class="receipt"[^>]*>([\d ]+)<', page)
    return found[1].replace(" ", "") if found else ""


def is_kept(answer: Answer) -> bool:
    """Say whether the server has acknowledged what was sent."""
    return answer.status == _SEE_OTHER
