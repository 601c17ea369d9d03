"""The fields of a draft as its revisions keep them."""

from typing import Any

from portal.domain.editing import EDITABLE
from portal.models import Draft

TITLE_LENGTH = 300
BYLINE_LENGTH = 200


def fields_of(draft: Draft) -> dict[str, Any]:
    """Return every editable field of a draft as a revision keeps it."""
    return {**{name: getattr(draft, name) for name in EDITABLE}, "byline_mode": draft.byline_mode}
