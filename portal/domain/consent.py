"""Consents: what an author agreed to, what follows for name, printing and export, and when to ask anew."""

from enum import StrEnum

from portal.domain.states import UNDER_WAY, State


class BylineMode(StrEnum):
    """The answer about the name to print (QuestionRole.BYLINE)."""

    REAL = "real"
    PEN = "pen"
    NONE = "none"
    LATER = "later"


class PublishWish(StrEnum):
    """The answer about publishing (QuestionRole.PUBLISHING)."""

    AFTER_APPROVAL = "after_approval"
    TALK_FIRST = "talk_first"
    NO = "no"


class RiskAnswer(StrEnum):
    """The answer about a risk (QuestionRole.RISK) that says there is none."""

    NO = "no"


class ReplyChannel(StrEnum):
    """The answer about the way to reply (QuestionRole.REPLY) that makes the portal write mail."""

    EMAIL = "email"


class ExportRefusal(StrEnum):
    """Reasons why a draft must not be exported."""

    NOT_APPROVED = "not_approved"
    NO_PUBLICATION = "no_publication"
    NO_LICENCE = "no_licence"
    BYLINE_UNDECIDED = "byline_undecided"
    CHANGED_AFTER_APPROVAL = "changed_after_approval"
    WITHDRAWN = "withdrawn"
    CONSENT_OUTDATED = "consent_outdated"
    EMBARGO = "embargo"
    HOLDS_AVOIDED = "holds_avoided"
    MAY_HOLD_AVOIDED = "may_hold_avoided"
    CANNOT_OPEN = "cannot_open"
    """No key opens what the author said, or it is damaged: nobody can tell what must stay."""


STOPS_PUBLISHING = frozenset(
    {
        ExportRefusal.NO_PUBLICATION,
        ExportRefusal.EMBARGO,
        ExportRefusal.HOLDS_AVOIDED,
        ExportRefusal.MAY_HOLD_AVOIDED,
        ExportRefusal.CANNOT_OPEN,
    }
)
"""What the author asked for, or may have: it holds for the published page as well as for the file."""


def list_export_refusals(
    *,
    approved: bool,
    withdrawn: bool,
    wish: str,
    licence_consent: bool,
    byline_mode: str,
    text_unchanged: bool,
    consent_current: bool,
    embargoed: bool,
    holds_avoided: bool,
    may_hold_avoided: bool,
) -> tuple[ExportRefusal, ...]:
    """Return every reason why this draft must stay, the strongest first."""
    checks = (
        (withdrawn, ExportRefusal.WITHDRAWN),
        (wish == PublishWish.NO, ExportRefusal.NO_PUBLICATION),
        (not approved, ExportRefusal.NOT_APPROVED),
        (not licence_consent, ExportRefusal.NO_LICENCE),
        (not consent_current, ExportRefusal.CONSENT_OUTDATED),
        (byline_mode == BylineMode.LATER, ExportRefusal.BYLINE_UNDECIDED),
        (not text_unchanged, ExportRefusal.CHANGED_AFTER_APPROVAL),
        (embargoed, ExportRefusal.EMBARGO),
        (holds_avoided, ExportRefusal.HOLDS_AVOIDED),
        (may_hold_avoided, ExportRefusal.MAY_HOLD_AVOIDED),
    )
    return tuple(reason for holds, reason in checks if holds)


def printed_byline(mode: str, name: str) -> str:
    """Return the name that may be printed: empty when the author chose none, whatever an editor typed."""
    return name if mode in (BylineMode.REAL, BylineMode.PEN) else ""


SIGNED = frozenset({BylineMode.REAL, BylineMode.PEN})


def lacks_byline(mode: str, name: str) -> bool:
    """Say whether it is open which name to print: not chosen yet, or chosen and not written down."""
    return mode == BylineMode.LATER or (mode in SIGNED and not name)


def asks_for_consents(shown: State) -> bool:
    """Say whether new words matter: while a text is on its way. `shown` is the state the contributor sees."""
    return shown in UNDER_WAY
