"""The name under a story: when there must be one, and when it is still open."""

from portal.domain.consent import BylineMode

SIGNED = frozenset({BylineMode.REAL, BylineMode.PEN})


def lacks_byline(mode: str, name: str) -> bool:
    """Say whether it is open which name to print: not chosen yet, or chosen and not written down."""
    return mode == BylineMode.LATER or (mode in SIGNED and not name)
