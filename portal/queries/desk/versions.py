"""Versions of what a contributor sent, two at a time."""

from portal.models import Revision, Submission
from portal.queries.answers import open_sealed
from portal.sealing.keys import CannotOpen, KeyRing


def find_versions(piece: Submission, old: int | None, new: int | None) -> tuple[Revision, Revision] | None:
    """Return the two versions to compare, the older one first; None while there is only one.

    Numbers that no version has stand for the newest one, and for the one before the other.
    """
    known = {one.number: one for one in piece.revisions}
    if len(known) < 2:
        return None
    later = known.get(new or 0, piece.latest)
    earlier = known.get(old or 0) or known.get(later.number - 1) or piece.revisions[0]
    if earlier.number == later.number:
        earlier, later = piece.revisions[0], piece.revisions[1]
    return (earlier, later) if earlier.number < later.number else (later, earlier)


def has_sealed_changed(piece: Submission, old: Revision, new: Revision, *, keys: KeyRing) -> bool:
    """Say whether sealed answers differ. What they say leaves this function in no form."""
    try:
        before, after = (open_sealed(piece, one, keys) for one in (old, new))
    except CannotOpen:
        return True
    return before != after
