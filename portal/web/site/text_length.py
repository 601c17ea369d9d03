"""How long a text is, in the words of a page."""

from flask_babel import ngettext

from portal.story.count import count_units
from portal.web.site.english_gaps import keep_english


def write_length(text: str) -> str:
    """Return how long a text is: words, or characters for scripts that do not part words, or both."""
    count = count_units(text)
    words = str(ngettext("%(num)s word", "%(num)s words", count.words))
    characters = str(ngettext("%(num)s character", "%(num)s characters", count.characters))
    if not count.characters:
        return words
    both = keep_english(f"{characters} · {words}", (characters, words))
    return both if count.words else characters
