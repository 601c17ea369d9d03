"""Gists of a submission: what stands there now, and what stood there before."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.models import GistVersion, Submission


def list_gists(session: Session, submission: Submission) -> Sequence[GistVersion]:
    """Return the gists as they were saved, oldest first."""
    query = select(GistVersion).where(GistVersion.submission_id == submission.id)
    return session.scalars(query.options(joinedload(GistVersion.staff)).order_by(GistVersion.id)).all()


def find_gist(session: Session, submission: Submission, public_id: str) -> GistVersion | None:
    """Return a gist of this submission as it was saved, or None."""
    return session.scalar(
        select(GistVersion).where(
            GistVersion.submission_id == submission.id, GistVersion.public_id == public_id
        )
    )


def find_current_gist(session: Session, submission: Submission, lang: str) -> GistVersion | None:
    """Return what stands there now in a language of the desk, an empty gist included, or None."""
    return session.scalar(
        select(GistVersion).where(
            GistVersion.submission_id == submission.id, GistVersion.lang == lang, GistVersion.is_current
        )
    )


def order_gists(versions: Sequence[GistVersion], tag: str) -> list[GistVersion]:
    """Return what can be read of gists now: the reader's language first, then the newest."""
    standing = [one for one in versions if one.is_current and one.body]
    return sorted(standing, key=lambda one: (one.lang != tag, -one.id))
