"""What every answer must tell a browser, by the grammar of each header; an undecided header is a fault."""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from flask.testing import FlaskClient
from werkzeug.datastructures import Headers
from werkzeug.test import TestResponse

Policy = Mapping[str, tuple[str, ...]]
YEAR = 365 * 24 * 3600
PAGE_POLICY: Policy = {
    "default-src": ("'none'",),
    "script-src": ("'self'",),
    "style-src": ("'self'",),
    "img-src": ("'self'",),
    "font-src": ("'self'",),
    "connect-src": ("'self'",),
    "form-action": ("'self'",),
    "base-uri": ("'none'",),
    "frame-ancestors": ("'none'",),
    "require-trusted-types-for": ("'script'",),
    "trusted-types": ("'none'",),
}
FILE_POLICY: Policy = {"default-src": ("'none'",), "sandbox": ()}
"""Of bytes that came from a contributor."""
FEATURES = frozenset({"camera", "microphone", "geolocation", "usb", "clipboard-read", "payment"})
FIXED = {
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Referrer-Policy": "same-origin",
}
ALWAYS = frozenset(
    {
        *FIXED,
        "Content-Security-Policy",
        "Cross-Origin-Resource-Policy",
        "Permissions-Policy",
        "Cache-Control",
    }
)
SHARED = re.compile(
    r"/robots\.txt|/sitemap\.xml|/(en|uk|zh-tw)/(card-\w+\.jpg|[\w-]+/(card\.jpg|deadline\.ics|feed\.(atom|json)))"
    r"|/picture/(story/[0-9a-f]{32}|[\w-]+/[0-9a-f]{16}\.jpg)"
)
"""What programs fetch about public pages: kept, and asked for anew before each use."""
LISTED = re.compile(
    r"/(en|uk|zh-tw)/(|safety|help|[\w-]+/)|/(en|uk|zh-tw)/(card-\w+|[\w-]+/card)\.jpg|/static/.*"
    r"|/picture/[\w-]+/[0-9a-f]{16}\.jpg"
)
"""All that search engines may list."""
_NAME = re.compile(r"[A-Za-z0-9-]+")
_VARIES_WITH = frozenset({"accept-language", "accept-encoding", "cookie"})
_MOST_COOKIE = 4096
_PAGE, _STATIC = "text/html", "/static/"


class Answer:
    """An answer as it left the server, and how it was asked for."""

    def __init__(
        self, status: int, headers: Headers, address: str, *, host: str = "", secure: bool = False
    ) -> None:
        self.status, self.headers, self.host, self.secure = status, headers, host, secure
        self.path, _, self.query = address.partition("?")

    @property
    def is_static(self) -> bool:
        return self.path.startswith(_STATIC)

    @property
    def is_fingerprinted(self) -> bool:
        return self.is_static and "v=" in self.query and self.is_fine

    @property
    def is_fine(self) -> bool:
        return self.status in (200, 304)

    @property
    def kind(self) -> str:
        return self.headers.get("Content-Type", "").partition(";")[0].strip()


@lru_cache(maxsize=64)
def read_policy(text: str) -> dict[str, tuple[str, ...]]:
    """Return directive to sources (CSP 3, 2.2.1). Raises ValueError on what browsers silently pass over."""
    found: dict[str, tuple[str, ...]] = {}
    for part in text.split(";"):
        words = part.split()
        if not words:
            continue
        name = words[0].lower()
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no name of a directive")
        if name in found:  # browsers take the first one
            raise ValueError(f"{name} stands there twice")
        if any("," in word or not word.isascii() for word in words):
            raise ValueError(f"{part!r} is not one policy")
        found[name] = tuple(words[1:])
    return found


def read_features(text: str) -> frozenset[str]:
    """Return the features a Permissions-Policy closes to everybody. Raises ValueError on any other entry."""
    entries = [entry.strip() for entry in text.split(",")]
    for entry in entries:
        if not re.fullmatch(r"[a-z-]+=\(\)", entry):
            raise ValueError(f"{entry!r} closes nothing")
    return frozenset(entry.removesuffix("=()") for entry in entries)


def _is_own_address(value: str, answer: Answer) -> bool:
    own = f"{'https' if answer.secure else 'http'}://{answer.host}"
    path = value.removeprefix(own) if answer.host else value
    return path.startswith("/") and not path.startswith(("//", "/\\")) and not urlsplit(path).netloc


def _is_cookie(value: str, answer: Answer) -> bool:
    attributes = {part.strip() for part in value.split(";")[1:]} - {""}
    plain = {one for one in attributes if not one.startswith(("Expires=", "Max-Age="))}
    expected = {"HttpOnly", "SameSite=Lax", "Path=/"} | ({"Secure"} if answer.secure else set())
    name = "__Host-portal" if answer.secure else "portal"
    named = value.startswith((f"{name}=", f"{name}-desk=", f"{name}-queue="))
    return plain == expected and named and len(value) < _MOST_COOKIE and not answer.is_static


def _is_cached_rightly(value: str, answer: Answer) -> bool:
    if answer.is_fingerprinted:
        return value == f"public, max-age={YEAR}, immutable"
    return value == ("no-cache" if _is_shared(answer) else "no-store")


def _is_shown_rightly(value: str, answer: Answer) -> bool:
    """Say whether other sites may show it: what programs fetch about public pages, and nothing else."""
    return value == ("cross-origin" if _is_shared(answer) else "same-origin")


def _is_shared(answer: Answer) -> bool:
    return answer.is_fine and SHARED.fullmatch(answer.path) is not None


def _is_policy(value: str, answer: Answer) -> bool:
    allowed = [PAGE_POLICY] if answer.kind == _PAGE or answer.is_static else [PAGE_POLICY, FILE_POLICY]
    try:
        return read_policy(value) in allowed
    except ValueError:
        return False


def _closes_features(value: str, _answer: Answer) -> bool:
    try:
        return read_features(value) == FEATURES
    except ValueError:
        return False


def _matching(pattern: str) -> Callable[[str, Answer], bool]:
    return lambda value, _answer: re.fullmatch(pattern, value) is not None


_KINDS = (
    r"(text/(html|plain|css|javascript|csv|markdown|calendar)|image/(png|jpeg|webp|svg\+xml)|"
    r"application/(json|pdf|zip|xml|octet-stream|atom\+xml|feed\+json|"
    r"vnd\.openxmlformats-officedocument\.[a-z.]+))(; charset=utf-8)?"
)
ALLOWED: dict[str, Callable[[str, Answer], bool]] = {
    "Content-Type": _matching(_KINDS),
    "Content-Length": _matching(r"\d+"),
    "Content-Language": _matching(r"en|uk|zh-Hant-TW"),
    "Content-Encoding": _matching(r"gzip|br|zstd|deflate"),
    "Content-Disposition": _matching(r"(inline|attachment)(; filename=[A-Za-z0-9._-]+)?"),
    "Content-Security-Policy": _is_policy,
    "Cross-Origin-Resource-Policy": _is_shown_rightly,
    "Permissions-Policy": _closes_features,
    "Cache-Control": _is_cached_rightly,
    "Vary": lambda value, _answer: {one.strip().lower() for one in value.split(",")} <= _VARIES_WITH,
    "Set-Cookie": _is_cookie,
    "Location": _is_own_address,
    "Refresh": _matching(
        r"5|0; url=/desk/coverages/[a-z-]+/export/[0-9a-f]{32}/file\?ticket=[A-Za-z0-9_.-]+"
    ),
    "Retry-After": _matching(r"[1-9]\d*"),
    "X-Robots-Tag": _matching("noindex"),
    "Allow": _matching(r"[A-Z]+(, [A-Z]+)*"),
    "ETag": _matching(r'(W/)?"[^"]+"'),
    "Last-Modified": _matching(r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT"),
    "Date": _matching(r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT"),
    "Accept-Ranges": _matching(r"bytes|none"),
    "Content-Range": _matching(r"bytes (\*|\d+-\d+)/\d+"),
    "Clear-Site-Data": _matching(r'("[a-zA-Z]+")(, "[a-zA-Z]+")*'),
    "Strict-Transport-Security": lambda value, answer: (
        answer.secure and value == f"max-age={YEAR}; includeSubDomains"
    ),
    "Server": _matching("portal"),
    "Connection": _matching("close|keep-alive"),
    **{name: _matching(re.escape(value)) for name, value in FIXED.items()},
}


IN_ANY_CASE = {name.lower(): check for name, check in ALLOWED.items()}
"""By names as HTTP compares them: a server may write them as it likes."""


def find_faults(answer: Answer) -> list[str]:
    """Return what is wrong with the headers of an answer, a line for each fault."""
    faults = [f"no {name}" for name in sorted(ALWAYS) if name not in answer.headers]
    if answer.secure and "Strict-Transport-Security" not in answer.headers:
        faults.append("no Strict-Transport-Security")
    for name, value in answer.headers.items():
        check = IN_ANY_CASE.get(name.lower())
        if check is None:
            faults.append(f"nobody decided on {name}: {value}")
        elif not check(value, answer):
            faults.append(f"{name}: {value}")
    is_listed = answer.is_fine and LISTED.fullmatch(answer.path) is not None
    if answer.is_fine and is_listed == ("X-Robots-Tag" in answer.headers):
        faults.append("to be found by search" if not is_listed else "hidden from search")
    once = [name for name in ALWAYS if len(answer.headers.getlist(name)) > 1]
    return [*faults, *(f"{name} twice" for name in once)]


class WatchedClient(FlaskClient):
    """A browser that looks at the headers of every answer, whatever a test is about."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Ask, and fail when an answer, or one on the way to it, tells browsers something else."""
        answer = super().open(*args, **kwargs)
        for one in (*answer.history, answer):
            faults = find_faults(read_answer(one))
            assert faults == [], (one.request.method, one.request.path, one.status_code, faults)
        return answer


def read_answer(answer: TestResponse) -> Answer:
    """Return an answer of a test client."""
    asked = answer.request
    address = f"{asked.path}?{asked.query_string.decode('latin-1')}"
    return Answer(
        answer.status_code, answer.headers, address, host=asked.host, secure=asked.scheme == "https"
    )


def read_raw(text: bytes, address: str) -> tuple[Answer, str]:
    """Return an answer as it came over the line, and its body."""
    head, _, body = text.decode("latin-1").partition("\r\n\r\n")
    first, *lines = head.split("\r\n")
    pairs = [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines)]
    return Answer(int(first.split()[1]), Headers(pairs), address), body
