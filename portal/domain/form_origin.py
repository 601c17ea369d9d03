"""The origin of a form, as the browser says it, and why a form is refused.

A browser says it in up to three headers, and careful people's browsers in none: what is said must name the
portal itself, what is not said is no fault. The token of the form is asked for in any case.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

HIDDEN_ORIGIN: Final = "null"
"""What a browser sends that keeps its pages' address to itself, for our own pages too."""

_FROM_US: Final = frozenset({"same-origin", "none"})
_PORTS: Final = {"http": 80, "https": 443}


class FormRefusal(StrEnum):
    """Reasons why nothing of a form was taken: each has a sentence of its own."""

    OLD_PAGE = "old_page"
    """The token is missing or of an earlier session: the page was open for long."""
    NO_COOKIE = "no_cookie"
    """The browser sent no cookie for the token: it blocks them, or was closed since."""
    OTHER_SITE = "other_site"
    """Another website sent it."""
    OTHER_ADDRESS = "other_address"
    """Our own page sent it, under an address the portal does not know: a fault of settings or proxy."""


CURED_BY_TOKEN: Final = frozenset({FormRefusal.OLD_PAGE, FormRefusal.NO_COOKIE})
"""What a script mends by sending the same form again with a fresh token."""


@dataclass(frozen=True, slots=True)
class SentFrom:
    """The page a request came from, as it says itself; a header that was not sent is empty."""

    origin: str = ""
    site: str = ""
    """Sec-Fetch-Site, which no page can change."""
    referrer: str = ""


def read_origin(address: str) -> str:
    """Return scheme, name and port of an address, one spelling for each; empty when it has none."""
    try:
        parts = urlsplit(address.strip())
        name, port = parts.hostname, parts.port
    except ValueError:
        return ""
    if not name or parts.scheme not in _PORTS:
        return ""
    try:
        name = name.encode("idna").decode()  # as browsers write it
    except UnicodeError:
        return ""
    shown = f"[{name}]" if ":" in name else name
    return f"{parts.scheme}://{shown}" + (f":{port}" if port and port != _PORTS[parts.scheme] else "")


def list_own_origins(base_url: str, hosts: Collection[str]) -> frozenset[str]:
    """Return the origins of our own pages: the base address, and further names we answer to.

    An encrypted portal has encrypted pages only: whoever is on the line can make any other. Onion names are
    encrypted whatever their scheme.
    """
    scheme = urlsplit(base_url).scheme
    own = {read_origin(base_url)}
    for host in hosts:
        schemes = {"https", scheme, "http" if host.partition(":")[0].endswith(".onion") else scheme}
        own |= {read_origin(f"{one}://{host}") for one in schemes}
    return frozenset(own - {""})


def judge_origin(sent: SentFrom, own: Collection[str]) -> FormRefusal | None:
    """Say why a form is not taken from where it was sent; None when it may be ours."""
    if sent.site and sent.site not in _FROM_US:
        return FormRefusal.OTHER_SITE
    # Browsers of old name no origin; the address of the page says the same where they tell that.
    origin = read_origin(sent.origin or sent.referrer)
    is_silent = sent.origin == HIDDEN_ORIGIN or not (sent.origin or origin)
    if is_silent or origin in own:
        return None
    return FormRefusal.OTHER_ADDRESS if sent.site or _has_own_name(origin, own) else FormRefusal.OTHER_SITE


def _has_own_name(origin: str, own: Collection[str]) -> bool:
    """Say whether only scheme or port of an origin are not ours."""
    return bool(origin) and urlsplit(origin).hostname in {urlsplit(one).hostname for one in own}
