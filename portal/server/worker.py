"""A worker of gunicorn that reads and writes with waitress: whole requests only come to its threads."""

import logging
import os
import resource
import time
from collections.abc import Mapping
from functools import partial
from typing import Any

from flask import Flask
from flask_babel import force_locale
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from gunicorn.workers.base import Worker
from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.task import ThreadedTaskDispatcher

from portal.domain.languages import LOCALES
from portal.extensions import current_portal
from portal.server.body import Body, Memory
from portal.server.lines import LOOK_SECONDS, Door, Refusal, make_line_class
from portal.server.reading import MOST_HEAD_BYTES, AddressTooLong, ReadingRules, StrictParser
from portal.storage import has_room
from portal.web.site.headers import CONTENT_SECURITY_POLICY, fixed_headers
from portal.web.site.uploads import find_most_bytes

NAME = "portal"
"""What the Server header says. Software and version would tell every visitor which holes to look up."""
_MIB = 1024 * 1024
_LINES = 1000
"""Of one worker."""
_FILES = 2 * _LINES + 200
"""Open files of a worker: a line and its body each, and what the application opens."""
_MEMORY = 64 * _MIB
_WHOLE_ANSWER = 32 * _MIB
"""Bytes of an answer that wait in memory, more than any page: files are read from where they lie."""
_TICK_SECONDS = 0.5
_LISTENING = 1024
_TOO_LONG = _l("This address is too long. Go back and use the links there.")


class QuietFilter(logging.Filter):
    """Keeps what waitress knows of requests out of the log: addresses of visitors, paths, typed text."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Leave the sentence that something went wrong."""
        record.msg, record.args, record.exc_info, record.exc_text = "An answer was cut off.", (), None, None
        return record.levelno >= logging.ERROR


class Waking(wasyncore.file_dispatcher):  # type: ignore[misc]  # waitress ships no types
    """The pipe that each signal writes to, so that it is heard at once."""

    def writable(self) -> bool:
        """Say no."""
        return False

    def handle_read(self) -> None:
        """Empty it."""
        self.recv(_LISTENING)


class BufferingWorker(Worker):  # type: ignore[misc]  # gunicorn ships no types
    """One process: a loop that reads and writes all lines, and the threads that answer."""

    def run(self) -> None:
        """Answer until the arbiter says stop or is gone."""
        logging.getLogger("waitress").addFilter(QuietFilter())
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)
        self.map: dict[int, Any] = {}
        self.answering = ThreadedTaskDispatcher()
        self.answering.set_thread_count(self.cfg.threads)
        Waking(self.PIPE[0], map=self.map)
        doors = self._open_doors()
        while self.alive and os.getppid() == self.ppid:
            self._turn()
        for door in doors:
            # Not its own way of closing: what wakes the loop goes on waking it for the lines that are left.
            wasyncore.dispatcher.close(door)
        self._finish(time.monotonic() + self.cfg.graceful_timeout)

    def _turn(self) -> None:
        self.notify()
        wasyncore.loop(timeout=_TICK_SECONDS, use_poll=True, map=self.map, count=1)

    def _open_doors(self) -> list[Door]:
        app: Flask = self.wsgi
        with app.app_context():
            settings, instance = current_portal().settings, current_portal().instance
            told = {AddressTooLong.code: _word_in_every_language(_TOO_LONG)}
        folder, floor = instance.files_folder, settings.upload_floor_mib * _MIB
        rules = ReadingRules(
            partial(Body, folder, memory=Memory(_MEMORY), has_room=partial(has_room, folder, floor=floor)),
            partial(find_most_bytes, app),
        )
        parser = type("WorkerParser", (StrictParser,), {"rules": rules})
        said = {"headers": _list_headers(https=settings.is_https), "told": told}
        refusal = type("WorkerRefusal", (Refusal,), said)
        own = {"channel_class": make_line_class(parser, refusal), "most_lines": _raise_limit()}
        door = type("WorkerDoor", (Door,), own)
        adjustments = Adjustments(
            ident=NAME,
            # Forwarding headers are judged by the portal's own setting.
            clear_untrusted_proxy_headers=False,
            backlog=_LISTENING,
            connection_limit=2 * _FILES,
            cleanup_interval=LOOK_SECONDS,
            log_socket_errors=False,
            max_request_header_size=MOST_HEAD_BYTES,
            outbuf_overflow=_WHOLE_ANSWER,
            asyncore_use_poll=True,
        )
        return [self._open_door(door, adjustments, one.sock) for one in self.sockets]

    def _open_door(self, door: type[Door], adjustments: Adjustments, listening: Any) -> Door:
        kind = (listening.family, listening.type, listening.proto, listening.getsockname())
        return door(
            self.wsgi,
            self.map,
            _sock=listening,
            dispatcher=self.answering,
            adj=adjustments,
            sockinfo=kind,
            bind_socket=False,
        )

    def _finish(self, until: float) -> None:
        """Let those who are in the middle of something come to its end."""
        while time.monotonic() < until and any(not line.is_resting for line in self._list_lines()):
            self._turn()
        self.answering.shutdown(timeout=max(until - time.monotonic(), 0))
        for line in self._list_lines():
            line.handle_close()

    def _list_lines(self) -> list[Any]:
        return [one for one in self.map.values() if hasattr(one, "is_resting")]


def _word_in_every_language(sentence: LazyString) -> str:
    """Return a sentence in each language of the site, a line each: nobody has read which one is wished."""
    lines = []
    for locale in LOCALES:
        with force_locale(locale.babel):
            lines.append(str(sentence))
    return "\n".join(dict.fromkeys(lines))


def _list_headers(*, https: bool) -> Mapping[str, str]:
    return {**fixed_headers(https=https), "Content-Security-Policy": CONTENT_SECURITY_POLICY}


def _raise_limit() -> int:
    """Let this process open as many files as it may need; return for how many lines they are enough."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES if hard == resource.RLIM_INFINITY else min(_FILES, hard)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return max(min(_LINES, (max(soft, wanted) - 200) // 2), 1)
