"""Limits of signing in: how long invitations, sessions and confirmations last, and how often one may fail."""

from datetime import timedelta
from typing import Final

FIRST_ADMIN_VALID: Final = timedelta(hours=24)
INVITATION_VALID: Final = timedelta(days=7)
ATTEMPTS: Final = 5
"""Failed sign-ins of one account in one `ATTEMPT_WINDOW`; further ones are refused until it is over."""
ATTEMPT_WINDOW: Final = timedelta(seconds=60)
LONGEST_SESSION: Final = timedelta(hours=12)
"""Whoever signed in longer ago signs in again, whatever was done since."""
LONGEST_IDLE: Final = timedelta(minutes=30)
FRESH: Final = timedelta(minutes=15)
"""The password was entered so short a while ago that it is not asked for anew."""
