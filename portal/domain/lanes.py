"""The two lanes of what arrives: how sure we are that a person wrote it. Neither is ever refused for good."""

from enum import StrEnum


class Lane(StrEnum):
    """How a sending came (safety.md R-38). Stored by value."""

    VERIFIED = "verified"
    """With a solved proof of work, an answered question, or the code of an earlier sending."""
    UNVERIFIED = "unverified"
    """With none of these: kept all the same, listed below the others."""


class Signal(StrEnum):
    """What made a sending look automatic. For sorting only, never for refusing."""

    HONEYPOT = "honeypot"
    TOO_FAST = "too_fast"
