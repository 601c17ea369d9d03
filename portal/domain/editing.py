"""Rules of editorial work on a draft."""

from enum import StrEnum

EXCERPT_WORDS = 30
"""An excerpt stays under 30 words (Global Voices' translators' guide)."""

EDITABLE = ("title", "dek", "excerpt", "body", "byline", "bio", "content_warning", "topics")
"""What an editor may change. The byline's mode is the author's alone."""

NEEDED_FOR_EXPORT = ("title", "dek", "excerpt", "body", "topics")


class Verdict(StrEnum):
    """What came of an author check."""

    APPROVED = "approved"
    OBJECTED = "objected"
    WAIVED = "waived"
