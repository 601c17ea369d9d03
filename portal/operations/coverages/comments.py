"""Comments of colleagues on a paragraph of a draft: written, answered, resolved and opened again.

They touch neither the draft nor its versions: an author's yes stays what it is.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.domain.editing import EditAct
from portal.domain.errors import MissingText, NotPermitted
from portal.domain.permissions import Permission
from portal.models import Draft, DraftComment, Staff
from portal.models.base import new_public_id
from portal.models.sealing import find_ring
from portal.sealing.keys import comment_place


def add_comment(
    session: Session,
    draft: Draft,
    *,
    by: Staff,
    at: datetime,
    words: str,
    paragraph: str = "",
    answers: DraftComment | None = None,
) -> DraftComment:
    """Say something about a paragraph as it stands now, or answer a comment, which is opened again by that.

    Without a paragraph it is about the whole text. Raises NotPermitted and MissingText.
    """
    _require_editor(by)
    if not words.strip():
        raise MissingText(EditAct.COMMENT)
    public_id = new_public_id()
    said = {"words": words, "paragraph": paragraph}
    comment = DraftComment(
        public_id=public_id,
        draft_id=draft.id,
        answers_id=answers.id if answers else None,
        staff_id=by.id,
        sealed=find_ring(session).seal_map(said, comment_place(public_id)),
        written_at=at,
    )
    session.add(comment)
    if answers is not None:
        answers.resolved_at = None
    session.flush()
    return comment


def resolve_comment(comment: DraftComment, *, by: Staff, at: datetime) -> None:
    """Say that nothing is left to do about a comment; it stays readable. Raises NotPermitted."""
    _require_editor(by)
    comment.resolved_at = comment.resolved_at or at


def reopen_comment(comment: DraftComment, *, by: Staff) -> None:
    """Say that something is left to do about it after all. Raises NotPermitted."""
    _require_editor(by)
    comment.resolved_at = None


def _require_editor(by: Staff) -> None:
    if not by.may(Permission.DRAFT_EDIT):
        raise NotPermitted(EditAct.COMMENT)
