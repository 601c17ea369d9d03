"""What an author agreed to, and what follows for printing and export."""

from enum import StrEnum


class BylineMode(StrEnum):
    """The answer to `byline`: the name to print."""

    REAL = "real"
    PEN = "pen"
    NONE = "none"
    LATER = "later"


class PublishWish(StrEnum):
    """The answer to `may`, whether we may publish it."""

    AFTER_APPROVAL = "after_approval"
    TALK_FIRST = "talk_first"
    NO = "no"


class Refusal(StrEnum):
    """Why a draft must not be exported."""

    NOT_APPROVED = "not_approved"
    NO_PUBLICATION = "no_publication"
    NO_LICENCE = "no_licence"
    BYLINE_UNDECIDED = "byline_undecided"
    CHANGED_AFTER_APPROVAL = "changed_after_approval"
    WITHDRAWN = "withdrawn"


LICENCE_CONSENT = "c_lic"


def find_refusal(
    *,
    approved: bool,
    withdrawn: bool,
    wish: str,
    licence_consent: bool,
    byline_mode: str,
    text_unchanged: bool,
) -> Refusal | None:
    """Return the first reason why this draft must stay, or None when it may leave."""
    checks = (
        (withdrawn, Refusal.WITHDRAWN),
        (wish == PublishWish.NO, Refusal.NO_PUBLICATION),
        (not approved, Refusal.NOT_APPROVED),
        (not licence_consent, Refusal.NO_LICENCE),
        (byline_mode == BylineMode.LATER, Refusal.BYLINE_UNDECIDED),
        (not text_unchanged, Refusal.CHANGED_AFTER_APPROVAL),
    )
    return next((reason for holds, reason in checks if holds), None)


def printed_byline(mode: str, name: str) -> str:
    """Return the name that may be printed: empty when the author chose none, whatever an editor typed."""
    return name if mode in (BylineMode.REAL, BylineMode.PEN) else ""
