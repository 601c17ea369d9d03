"""The owner of the page a form stands on: once it is closed, only the same text's code sends the form on."""

import hashlib
import hmac

from portal.extensions import current_portal
from portal.models import Submission
from portal.web.site.contributor_session import open_page

FIELD = "owner"
_LENGTH = 16


def mark_owner(submission: Submission) -> str:
    """Return what a form carries of its text: keyed, so that it tells nobody else which one that is."""
    secret, about = current_portal().instance.receipt_secret, f"owner of a form:{submission.public_id}"
    return hmac.new(secret, about.encode(), hashlib.sha256).hexdigest()[:_LENGTH]


def mark_open_page() -> str:
    """Return the mark of the page that is open; for templates of views that ask for a right of it."""
    return mark_owner(open_page().submission)
