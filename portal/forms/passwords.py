"""What a new password needs: length, and not to be one that is guessed early."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

from flask_babel import gettext as _
from zxcvbn import zxcvbn

PASSWORD_MINIMUM: Final = 15
PASSWORD_MAXIMUM: Final = 128
_JUDGED: Final = 72
"""Characters looked at: the judge takes longer the longer the text, and a good beginning is enough."""
_GOOD: Final = 3
"""Of 0 to 4 as zxcvbn counts: more than 100 million guesses. Its lists of words are on this machine."""


def normalise_password(text: str) -> str:
    """Write a password in one way, whatever keyboard composed it (the sign-in form does the same)."""
    return unicodedata.normalize("NFKC", text)


def find_weakness(password: str, *, about: Iterable[str] = ()) -> str | None:
    """Return what is wrong with a new, normalised password, or None; `about` is known of the person."""
    if not PASSWORD_MINIMUM <= len(password) <= PASSWORD_MAXIMUM:
        return str(_("The password needs 15 to 128 characters."))
    known = [word for text in about for word in (text, *re.split(r"\W+", text)) if word]
    if zxcvbn(password[:_JUDGED], user_inputs=known)["score"] < _GOOD:
        return str(
            _(
                "This password is one of the first that would be tried. "
                "Take a few words that do not belong together."
            )
        )
    return None
