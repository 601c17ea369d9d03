"""Rules of editorial work on a draft."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from urllib.parse import urlsplit

EXCERPT_WORDS = 30
"""An excerpt stays under 30 words (Global Voices' translators' guide)."""

EDITABLE = (
    *("title", "dek", "excerpt", "body", "slug", "photos"),
    *("byline", "bio", "content_warning", "topics"),
    *("side", "place"),
)
"""What an editor may change. The byline's mode is the author's alone."""

BROUGHT_BACK = tuple(name for name in EDITABLE if name not in {"slug", "byline", "bio"})
"""What returns with an earlier version. Name and words about the author are as the author wants them now,
and an address that is known stays."""

CHANGE_REASON = "change_reason"
"""Why the author's words were changed: typed beside the fields of a draft, and kept with their save."""

OF_THE_PERSON = frozenset({"byline_mode", "byline", "bio", "photos", "side", "place"})
"""What a draft says of its author, where it is from, and who is in the photos: sealed wherever kept."""

ADDED_FIELDS: Mapping[str, object] = MappingProxyType({"slug": "", "photos": {}, "side": "", "place": ""})
"""Fields that older saves do not have, and what they are there."""

NEEDED_FOR_EXPORT = ("title", "dek", "excerpt", "body", "topics")


class EditAct(StrEnum):
    """Acts of editors on a draft. Its saves tell of it; the history of the submission does not."""

    SAVE_DRAFT = "save_draft"
    KEEP_UNSAVED = "keep_unsaved"
    TAKE_NEWEST = "take_newest"
    KEEP_EDITED = "keep_edited"
    COMMENT = "comment"
    EXPLAIN = "explain"


class Verdict(StrEnum):
    """The verdict of an author check."""

    APPROVED = "approved"
    OBJECTED = "objected"
    WAIVED = "waived"


def find_untouched(typed: Mapping[str, object], saves: Sequence[Mapping[str, object]]) -> frozenset[str]:
    """Return the fields somebody left as they found them, though another save has come since.

    `saves`: the fields of each save, oldest first. The one they began from is the earlier one that most of
    what they sent is equal to.
    """
    begun = max(saves[:-1], key=lambda one: sum(typed[name] == one.get(name) for name in typed), default={})
    return frozenset(name for name in typed if name in begun and typed[name] == begun[name])


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
