"""How long a text is, in the words of a page."""

from flask_babel import ngettext

from portal.story.count import count_units


def write_length(text: str) -> str:
    """Return how long a text is: words, or characters for scripts that do not part words, or both."""
    count = count_units(text)
    words = str(ngettext("%(num)s word", "%(num)s words", count.words))
    characters = str(ngettext("%(num)s character", "%(num)s characters", count.characters))
    if not count.characters:
        return words
    return characters if not count.words else f"{characters} · {words}"
