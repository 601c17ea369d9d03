"""One exchange with a site: https to a checked public address, and an end to time, bytes and trust.

A connection for each exchange: a broken one harms no other, and none is reused that the site has closed
meanwhile. What goes wrong is told without the words of the error: they can hold addresses with texts in them.
"""

import json
import socket
import ssl
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from urllib3.connection import HTTPSConnection
from urllib3.exceptions import DecodeError, HTTPError, ReadTimeoutError
from urllib3.fields import RequestField
from urllib3.filepost import encode_multipart_formdata
from urllib3.response import BaseHTTPResponse

from portal.domain.remote_sites import SiteProblem
from portal.wordpress.failures import SiteFailure
from portal.wordpress.networks import Networks, read_networks, resolve_name

HTTPS_PORT = 443
_USER_AGENT = "story-portal"
_BLOCK = 64 * 1024
_MOST_MACHINES = 4
"""Of one name, each of which may be waited for."""
_REDIRECTS = range(300, 400)
_ELEMENTS = (b"[", b"{", b",")
"""What begins an element, wherever it stands."""


@dataclass(frozen=True)
class Policy:
    """What the operator allows, and the limits of one exchange."""

    networks: Networks = field(default_factory=Networks)
    ca_file: Path | None = None
    """Certificates of a newsroom's own authority, besides those of the system."""
    connect_seconds: float = 10
    read_seconds: float = 60
    """How long one piece of an answer is waited for: sites make smaller forms of a picture meanwhile."""
    total_seconds: float = 180
    most_bytes: int = 16 * 1024 * 1024
    most_elements: int = 500_000
    """Of lists and objects in an answer: thirty times its bytes in memory where all of them are tiny. The
    longest story, if it were nothing but commas, looks like fewer."""
    resolve: Callable[[str, int], Sequence[str]] = resolve_name
    tick: Callable[[], float] = time.monotonic
    """By which it is seen that several exchanges together take too long."""


def make_policy(*, networks: str, ca_file: str) -> Policy:
    """Return what the operator's two settings allow. Raises ValueError."""
    return Policy(networks=read_networks(networks), ca_file=Path(ca_file) if ca_file else None)


@dataclass(frozen=True)
class Answer:
    """What a site answered; `data` is None where it is no JSON."""

    status: int
    headers: Mapping[str, str]
    data: Any = field(repr=False)


@dataclass(frozen=True)
class Upload:
    """A file with fields beside it, as forms send them."""

    filename: str
    media_type: str
    data: bytes = field(repr=False)
    fields: Mapping[str, str] = field(repr=False)


class HttpClient:
    """Speaks to one site. The name is resolved once, and what was checked is what is spoken to."""

    def __init__(self, address: str, account: str, password: str, policy: Policy) -> None:
        parts = urlsplit(address)
        self._host, self._port = parts.hostname or "", parts.port or HTTPS_PORT
        self._path = parts.path
        self._authorization = "Basic " + b64encode(f"{account}:{password}".encode()).decode()
        self._policy = policy
        self._machines: Sequence[str] = ()
        self._trust: ssl.SSLContext | None = None

    def ask(
        self,
        method: str,
        path: str,
        query: Mapping[str, str | int] | None = None,
        *,
        body: Mapping[str, Any] | Upload | None = None,
        signed_in: bool = True,
    ) -> Answer:
        """Return what the site answers, good or bad. Raises SiteFailure where it is no answer of the site."""
        headers = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": _USER_AGENT}
        content, content_type = _encode(body)
        if content_type:
            headers["Content-Type"] = content_type
        if signed_in:
            headers["Authorization"] = self._authorization
        target = f"{self._path}{path}" + (f"?{urlencode(query)}" if query else "")
        with _Line(self._host, self._port, self._find_machines(), self._policy, self._load_trust()) as line:
            status, told, text = line.exchange(method, target, headers, content)
        if status in _REDIRECTS:
            raise SiteFailure(SiteProblem.REDIRECT, status=status, place=_origin(told.get("location", "")))
        if sum(map(text.count, _ELEMENTS)) > self._policy.most_elements:
            raise SiteFailure(SiteProblem.ANSWER_TOO_LARGE, status=status)
        return Answer(status, told, _read_json(text))

    def _find_machines(self) -> Sequence[str]:
        """Return the addresses of the site's machines, all of which may be spoken to."""
        if not self._machines:
            try:
                found = list(dict.fromkeys(self._policy.resolve(self._host, self._port)))
            except (OSError, UnicodeError):
                found = []
            if not found:
                raise SiteFailure(SiteProblem.NAME_UNKNOWN, place=self._host)
            if not all(self._policy.networks.allow(self._host, machine) for machine in found):
                raise SiteFailure(SiteProblem.PRIVATE_ADDRESS, place=self._host)
            self._machines = found[:_MOST_MACHINES]
        return self._machines

    def _load_trust(self) -> ssl.SSLContext:
        if self._trust is None:
            trust = ssl.create_default_context()
            try:
                if self._policy.ca_file is not None:
                    trust.load_verify_locations(cafile=str(self._policy.ca_file))
            except OSError:  # it is not there, or has no certificate in it
                raise SiteFailure(SiteProblem.CERTIFICATE, place=str(self._policy.ca_file)) from None
            self._trust = trust
        return self._trust


class _Connection(HTTPSConnection):
    """Connects to machines that are named, whatever the name in the certificate resolves to by now."""

    def __init__(
        self, machines: Sequence[str], reached: Callable[[socket.socket], None], **more: Any
    ) -> None:
        super().__init__(**more)
        self._machines, self._reached = machines, reached
        self._patience = more["timeout"]

    def _new_conn(self) -> socket.socket:
        """Return a connection to the first machine that takes one."""
        failed: OSError | None = None
        for machine in self._machines:
            try:
                found = socket.create_connection((machine, self.port or HTTPS_PORT), self._patience)
            except OSError as error:
                failed = error
            else:
                self._reached(found)
                return found
        raise failed or OSError("no machine")


class _Line:
    """A connection with an end: one that answers letter by letter would keep the worker for ever."""

    def __init__(
        self, host: str, port: int, machines: Sequence[str], policy: Policy, trust: ssl.SSLContext
    ) -> None:
        self._policy = policy
        self._is_over = self._is_reached = self._is_sealed = False
        self._handle: socket.socket | None = None
        self._limit = threading.Timer(policy.total_seconds, self._hang_up)
        self._limit.daemon = True
        self._connection = _Connection(
            machines, self._note, host=host, port=port, timeout=policy.connect_seconds, ssl_context=trust
        )

    def __enter__(self) -> "_Line":
        self._limit.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._limit.cancel()
        with suppress(OSError):
            self._connection.close()
        if self._handle is not None:
            self._handle.close()

    def exchange(
        self, method: str, target: str, headers: Mapping[str, str], content: bytes | None
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Return status, headers by small names, and text of the answer. Raises SiteFailure."""
        try:
            return self._exchange(method, target, headers, content)
        except (OSError, HTTPException, HTTPError, ValueError) as error:
            problem = self._name(error)
        # Outside of the handler: the error's words must not travel along.
        raise SiteFailure(problem)

    def _exchange(
        self, method: str, target: str, headers: Mapping[str, str], content: bytes | None
    ) -> tuple[int, Mapping[str, str], bytes]:
        self._connection.connect()
        self._is_sealed = True
        self._connection.timeout = self._policy.read_seconds
        try:
            self._connection.request(
                method, target, content, headers, preload_content=False, enforce_content_length=True
            )
        except TimeoutError:
            raise
        except OSError:
            # A site that finds it too large answers and closes before it has read all of it.
            if self._is_over:
                raise
        with self._connection.getresponse() as response:
            told = {name.lower(): value for name, value in response.headers.items()}
            text = self._read(response)
        if self._is_over:  # headers that were cut off read like whole ones
            raise TimeoutError
        return response.status, told, text

    def _read(self, response: BaseHTTPResponse) -> bytes:
        """Read and unpack the answer, so much of it and no more."""
        text = bytearray()
        while block := response.read(_BLOCK):
            text += block
            if len(text) > self._policy.most_bytes:
                raise _TooLarge
        return bytes(text)

    def _note(self, reached: socket.socket) -> None:
        self._is_reached = True
        # Sealing takes the socket away from its object; a second one for the same line can still end it.
        self._handle = reached.dup()
        if self._is_over:
            self._hang_up()

    def _hang_up(self) -> None:
        self._is_over = True
        if self._handle is not None:
            with suppress(OSError):
                self._handle.shutdown(socket.SHUT_RDWR)

    def _name(self, error: Exception) -> SiteProblem:
        if isinstance(error, _TooLarge):
            return SiteProblem.ANSWER_TOO_LARGE
        if self._is_over:
            return SiteProblem.SLOW
        if not self._is_reached:
            return SiteProblem.DOWN
        if isinstance(error, TimeoutError | ReadTimeoutError):
            return SiteProblem.SLOW
        if isinstance(error, DecodeError):
            return SiteProblem.NOT_JSON
        if not self._is_sealed and isinstance(error, ssl.SSLError | ValueError):
            return SiteProblem.CERTIFICATE
        return SiteProblem.DOWN


class _TooLarge(ValueError):
    """The answer has more bytes than are read."""


def _encode(body: Mapping[str, Any] | Upload | None) -> tuple[bytes | None, str]:
    if body is None:
        return None, ""
    if isinstance(body, Upload):
        file = RequestField("file", body.data, filename=body.filename)
        file.make_multipart(content_type=body.media_type)
        parts = [RequestField.from_tuples(name, value) for name, value in body.fields.items()]
        return encode_multipart_formdata([*parts, file])
    return json.dumps(body).encode(), "application/json"


def _read_json(text: bytes) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _origin(location: str) -> str:
    """Return the host a redirect leads to: what comes after it can hold anything."""
    try:
        parts = urlsplit(location)
    except ValueError:
        return ""
    if not parts.scheme or not parts.hostname or not parts.hostname.isprintable():
        return ""
    return f"{parts.scheme}://{parts.hostname}"
