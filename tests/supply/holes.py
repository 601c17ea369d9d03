"""Databases of known holes on this machine: they show that the audit notices what it must."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any

from tests.supply.audit import WITHOUT_ANSWER, LetBe, audit

HOLE = "PYSEC-0000-1"
ALIAS = "CVE-0000-1"
LOCK = f"""one==1.2 \\
    --hash=sha256:{"a" * 64}
two==3 \\
    --hash=sha256:{"b" * 64}
"""
FOUND = f"one 1.2: {HOLE}, mended in 1.3"
CLEAN = "Audit of packages: no other known hole in 2 of 2."


class _Osv(BaseHTTPRequestHandler):
    """Answers as https://google.github.io/osv.dev/post-v1-query/ says: a hole of the one package it names."""

    holed = ""

    def do_POST(self) -> None:
        """Answer what is known of one package."""
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        answer = json.dumps(_describe(asked["package"]) if asked["package"]["name"] == self.holed else {})
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer.encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _describe(package: Mapping[str, str]) -> dict[str, Any]:
    events = [{"introduced": "0"}, {"fixed": "1.3"}]
    affected = {"package": package, "ranges": [{"type": "ECOSYSTEM", "events": events}]}
    return {"vulns": [{"id": HOLE, "aliases": [ALIAS], "summary": "A hole.", "affected": [affected]}]}


@contextmanager
def database(*, holed: str) -> Iterator[str]:
    """Run a database that knows a hole of the package `holed`; give its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("_OsvOf", (_Osv,), {"holed": holed}))
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1/query"
    finally:
        server.shutdown()
        server.server_close()


def prove_audit() -> Iterator[str]:
    """Show the audit a hole, one that is let be, none, and a database that is away; give what went wrong."""
    today = date.today()  # noqa: DTZ011  # the day of whoever runs it
    let_be = {ALIAS: LetBe("Nothing here runs it.", today)}
    with TemporaryDirectory() as folder:
        lock = Path(folder, "lock.txt")
        lock.write_text(LOCK, encoding="utf-8")
        with database(holed="one") as address:
            found = audit(lock, {}, today=today, database=address)
            spared = audit(lock, let_be, today=today, database=address)
        unanswered = audit(lock, {}, today=today, database=address)
        with database(holed="three") as address:
            clean = audit(lock, {}, today=today, database=address)
    for wanted, got in (
        ((1, FOUND), found),
        ((0, f"Let be until {today}: {FOUND}. Nothing here runs it.\n{CLEAN}"), spared),
        ((0, CLEAN), clean),
        ((0, WITHOUT_ANSWER), unanswered),
    ):
        if got != wanted:
            yield f"The audit should have said {wanted}, but said {got}"
