"""Addresses of sites as people type them."""

from urllib.parse import quote, urlsplit

from portal.domain.remote_sites import SiteProblem
from portal.wordpress.failures import SiteFailure

_COPIED_ALONG = ("wp-admin", "wp-login.php", "wp-json", "index.php")
_MOST = 500


def normalize_address(typed: str) -> str:
    """Return the address of a site as it is kept: https, without what people copy along (`/wp-admin`…).

    Raises SiteFailure(BAD_ADDRESS).
    """
    try:
        found = _normalize(typed.strip())
    except ValueError:  # a port that is no number, a name that cannot be one
        found = ""
    if not found:
        raise SiteFailure(SiteProblem.BAD_ADDRESS)
    return found


def _normalize(typed: str) -> str:
    parts = urlsplit(typed if "://" in typed else f"https://{typed}")
    host = parts.hostname or ""
    if (
        parts.scheme != "https"
        or not host
        or "@" in parts.netloc
        or len(typed) > _MOST
        or not typed.isprintable()
        or any(letter in host for letter in " %/\\<>\"'")
    ):
        return ""
    name = f"[{host}]" if ":" in host else host.encode("idna").decode().lower()
    port = f":{parts.port}" if parts.port not in (None, 443) else ""
    folders = []
    for folder in parts.path.split("/"):
        if folder in _COPIED_ALONG:
            break
        if folder:
            folders.append(quote(folder, safe="%~!$&'()*+,;=:@"))
    return f"https://{name}{port}" + "".join(f"/{folder}" for folder in folders)
