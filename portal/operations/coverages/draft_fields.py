"""The fields of a draft as its revisions keep them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from portal.domain.editing import EDITABLE, OF_THE_PERSON
from portal.models import Draft, DraftRevision, Staff

TITLE_LENGTH = 300
BYLINE_LENGTH = 200


def fields_of(draft: Draft) -> dict[str, Any]:
    """Return every editable field of a draft as a revision keeps it."""
    return {**{name: getattr(draft, name) for name in EDITABLE}, "byline_mode": draft.byline_mode}


def readable_fields_of(draft: Draft) -> dict[str, Any]:
    """Return every editable field; where those about the author cannot be opened, the others."""
    if not draft.is_shut:
        return fields_of(draft)
    return {name: getattr(draft, name) for name in EDITABLE if name not in OF_THE_PERSON}


def keep_order(draft: Draft, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values of fields with the same topics in the order they are saved in: another is no change."""
    topics = values.get("topics")
    is_same = topics is not None and sorted(topics) == sorted(draft.topics)
    return {**values, "topics": draft.topics} if is_same else dict(values)


def add_save(
    draft: Draft,
    fields: Mapping[str, Any],
    *,
    by: Staff | None,
    at: datetime,
    by_author: bool = False,
    sent_number: int | None = None,
    reason: str = "",
) -> DraftRevision:
    """Add a save of a draft that the session holds, under the draft's number; `fields` as of `fields_of`.

    What was said about single changes goes on with it: they are recognised as long as they are there.
    """
    save = DraftRevision(
        number=draft.revision,
        staff_id=by.id if by else None,
        by_author=by_author,
        sent_number=sent_number,
        reason=reason,
        change_reasons=dict(draft.revisions[-1].change_reasons) if draft.revisions else {},
        saved_at=at,
    )
    draft.revisions.append(save)
    save.fields = fields
    return save
