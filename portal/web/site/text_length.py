"""How long a text is, in the words of a page."""

from flask_babel import ngettext

from portal.story.count import count_source
from portal.web.site.english_gaps import keep_english


def write_length(source: str) -> str:
    """Return how long a draft is: words, or characters for scripts that do not part words, or both."""
    count = count_source(source)
    words = str(ngettext("%(num)s word", "%(num)s words", count.words))
    characters = str(ngettext("%(num)s character", "%(num)s characters", count.characters))
    if not count.characters:
        return words
    both = keep_english(f"{characters} · {words}", (characters, words))
    return both if count.words else characters
