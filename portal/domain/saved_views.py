"""Saved views of the queue: filter and order under a name, one's own or shared with a desk."""

NAME_LENGTH = 60
MOST_OWN = 20
"""Views that one person keeps, those they share included."""
MOST_SHARED = 20
"""Views that a desk is shown."""


def may_change_view(*, is_own: bool, is_shared: bool, may_share: bool) -> bool:
    """Say whether somebody may rename or delete a view: it is theirs, or is shared and they may share."""
    return is_own or (is_shared and may_share)
