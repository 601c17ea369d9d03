"""Clocks people live by, as far as a language tells: nobody is asked where they are, and nothing is kept."""

from typing import Final

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
