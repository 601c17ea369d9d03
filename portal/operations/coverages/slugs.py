"""Ends of addresses: typed by editors, or following from titles; each once in a coverage and language."""

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, object_session

from portal.domain.errors import StaleEdit
from portal.domain.slugs import count_slug, find_stem, is_proposed, propose_slug
from portal.models import Call, Draft, Submission


class SlugTaken(StaleEdit):
    """Another story of the coverage in this language has got this end of the address meanwhile."""


def settle_slug(session: Session, draft: Draft, title: str, typed: str) -> str:
    """Return what a draft gets with this title. Raises SlugTaken.

    What follows from the title goes on doing so: a name that was taken out of it must not stay there.
    """
    was_proposed = is_proposed(draft.slug, draft.title, draft.lang, draft.public_id)
    if typed and (typed != draft.slug or not was_proposed):
        if is_slug_taken(session, draft, typed):
            raise SlugTaken(typed)
        return typed
    if typed and title == draft.title:
        return typed
    return find_free_slug(session, draft.submission, title, draft.public_id)


def follow_title(draft: Draft, title: str) -> str:
    """Return what a draft gets whose title becomes this one; what somebody typed stays."""
    session = object_session(draft)
    if session is None or not is_proposed(draft.slug, draft.title, draft.lang, draft.public_id):
        return draft.slug
    return find_free_slug(session, draft.submission, title, draft.public_id)


def find_free_slug(session: Session, submission: Submission, title: str, public_id: str) -> str:
    """Return what follows from a title, with a number where another story of the coverage has it."""
    proposal = propose_slug(title, submission.lang, public_id)
    alike = or_(Draft.slug == proposal, Draft.slug.startswith(f"{find_stem(proposal)}-", autoescape=True))
    return count_slug(proposal, _list_slugs(session, submission, public_id, alike))


def is_slug_taken(session: Session, draft: Draft, slug: str) -> bool:
    """Say whether another story of the coverage in this language has it."""
    return slug in _list_slugs(session, draft.submission, draft.public_id, Draft.slug == slug)


def _list_slugs(
    session: Session, submission: Submission, public_id: str, alike: ColumnElement[bool]
) -> frozenset[str]:
    """Return those among these slugs that other stories of the coverage in this language have."""
    found = select(Draft.slug).join(Submission).join(Call)
    found = found.where(
        alike,
        Draft.lang == submission.lang,
        Draft.public_id != public_id,
        Call.coverage_id == submission.call.coverage_id,
    )
    with session.no_autoflush:
        return frozenset(session.scalars(found))
