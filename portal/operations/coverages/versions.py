"""Earlier versions of a draft, brought back as a new save: nothing that came after them goes."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from portal.domain.editing import BROUGHT_BACK
from portal.models import Draft, DraftRevision, Staff
from portal.operations.coverages.drafts import save_draft
from portal.operations.coverages.unsaved_edits import delete_unsaved


def restore_version(
    session: Session, draft: Draft, fields: Mapping[str, Any], *, by: Staff, at: datetime, seen: int
) -> DraftRevision | None:
    """Save a draft as it was, or return None where it is so now.

    `fields` are those of an earlier save or of an unsaved state. What this editor has typed and not saved
    stays as a version. A headline or text that was empty then stays as it is, and topics that are gone stay
    away. Raises what `save_draft` raises.
    """
    known = {topic["slug"] for topic in draft.submission.call.coverage.topics}
    then = {name: fields[name] for name in BROUGHT_BACK if name in fields}
    wanted = {name: value for name, value in then.items() if name not in ("title", "body") or value.strip()}
    if "topics" in wanted:
        wanted["topics"] = [slug for slug in wanted["topics"] if slug in known]
    saved = save_draft(session, draft, wanted, by=by, at=at, seen=seen)
    delete_unsaved(session, draft, by=by, at=at, known=None)
    return saved
