"""A portal in a process of its own; `dies` takes its power away once a pitch is kept and not yet answered.

Run as `python -m tests.browser.dying_server INSTANCE PORT dies|stays`.
"""

import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from werkzeug.serving import make_server

from portal.config import Settings
from tests.browser.conftest import QuietHandler
from tests.conftest import make_own

App = Callable[[dict[str, Any], Any], Iterable[bytes]]


def take_power(answer: App) -> App:
    """Wrap an application so that the process ends, without any tidying, once a pitch is committed."""

    def answer_or_die(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        body = answer(environ, start_response)
        if environ["REQUEST_METHOD"] == "POST" and environ["PATH_INFO"].endswith("/pitch/send"):
            os._exit(1)
        return body

    return answer_or_die


def serve(instance: Path, port: int, *, dies: bool) -> None:
    """Answer until the process is ended, or ends itself."""
    app = make_own(
        Settings(instance=instance, base_url=f"http://127.0.0.1:{port}", trusted_hosts="localhost")
    )
    answer: App = app.wsgi_app
    server = make_server(
        "127.0.0.1",
        port,
        take_power(answer) if dies else app,
        threaded=True,
        request_handler=QuietHandler,
    )
    server.serve_forever()


if __name__ == "__main__":
    serve(Path(sys.argv[1]), int(sys.argv[2]), dies=sys.argv[3] == "dies")
