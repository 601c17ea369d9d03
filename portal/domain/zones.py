"""Clocks people live by: of authors as far as a language tells, of colleagues as they have chosen.

No author is asked where they are, and nothing is kept.
"""

from datetime import tzinfo
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from portal.domain.languages import Tag, script_of

UTC: Final = "UTC"
KYIV: Final = "Europe/Kyiv"
TAIPEI: Final = "Asia/Taipei"
CLOCKS: Final = (KYIV, TAIPEI)
"""Those of the places that the stories of the first coverage come from."""

_OF_UKRAINE: Final = frozenset({"uk", "crh", "rue"})
_OF_TAIWAN: Final = frozenset({"nan", "hak", "ami", "tay", "pwn", "trv"})
_ELSEWHERE: Final = frozenset({"HK", "MO"})


def find_zone(tag: Tag) -> str:
    """Return the zone of the place a language is at home in; UTC for one that is spoken everywhere."""
    language, *rest = tag.replace("_", "-").split("-")
    if language in _OF_UKRAINE:
        return KYIV
    is_taiwans = language == "zh" and script_of(tag) == "Hant" and not _ELSEWHERE.intersection(rest)
    return TAIPEI if is_taiwans or language in _OF_TAIWAN else UTC


_CONTINENTS: Final = frozenset(
    {"Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"}
)


@cache
def list_zones() -> tuple[str, ...]:
    """Return the names of zones that somebody can live in, by the table of zones."""
    cities = {name for name in available_timezones() if name.partition("/")[0] in _CONTINENTS}
    return (UTC, *sorted(cities))


def is_zone(name: str) -> bool:
    """Say whether a zone has this name."""
    return name in list_zones()


def open_zone(name: str) -> tzinfo:
    """Return a zone of this name. Raises ZoneInfoNotFoundError."""
    return ZoneInfo(name)


def zone_of(name: str, lang: Tag) -> str:
    """Return the zone somebody has chosen; without one that the table still has, that of the language."""
    return name if is_zone(name) else find_zone(lang)
