"""Web addresses people give for published pieces."""

from urllib.parse import urlsplit


def is_published_address(url: str) -> bool:
    """Say whether a text is a full https address with a host name and no password in it."""
    try:
        parts = urlsplit(url)
    except ValueError:  # a bracket that opens no IPv6 address
        return False
    spaced = any(char.isspace() for char in url)
    return (
        parts.scheme == "https" and "." in (parts.hostname or "") and "@" not in parts.netloc and not spaced
    )
