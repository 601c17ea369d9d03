"""Photos in words: what is still to be said about one."""

from flask_babel import lazy_gettext as _l

from portal.domain.photos import PictureAnswer, PictureWords, list_missing_answers
from portal.web.site.dates import join_words

_MISSING = {
    PictureAnswer.DESCRIPTION: _l("what it shows"),
    PictureAnswer.CREDIT: _l("who took it"),
    PictureAnswer.PEOPLE: _l("who is in it"),
    PictureAnswer.LICENCE: _l("whether it may be published"),
}


def word_missing_answers(words: PictureWords) -> str:
    """Return what has still to be said before a photo may be printed; empty when nothing is missing."""
    return str(join_words([str(_MISSING[one]) for one in list_missing_answers(words)]))
