"""Words about drafts: what is missing, and how long they are."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_babel.speaklater import LazyString

from portal.story.count import count_units

_MISSING: Mapping[str, LazyString] = {
    "title": _l("Headline"),
    "dek": _l("Tagline (dek)"),
    "excerpt": _l("Excerpt"),
    "body": _l("Text"),
    "topics": _l("Topics"),
    "permission": _l("Permission to publish"),
    "licence": _l("Consent to the licence"),
    "byline": _l("Name to print"),
    "approval": _l("The author’s approval"),
}


def missing_label(name: str) -> str:
    """Return the name of something a draft still lacks."""
    return str(_MISSING[name])


def length_words(text: str) -> str:
    """Return how long a text is: words, or characters for scripts that do not part words, or both."""
    count = count_units(text)
    words = str(ngettext("%(num)s word", "%(num)s words", count.words))
    characters = str(ngettext("%(num)s character", "%(num)s characters", count.characters))
    if not count.characters:
        return words
    return characters if not count.words else f"{characters} · {words}"
