"""Targets: the sites of newsrooms that accepted stories are sent to."""

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Any

from portal.domain.remote_sites import RemoteStatus


class PostEditor(StrEnum):
    """The editor a site has, by which it wants the text. Stored by value."""

    BLOCKS = "blocks"
    CLASSIC = "classic"


class WantedStatus(StrEnum):
    """As what a story arrives: nothing is ever published from here. Stored by value."""

    DRAFT = "draft"
    PENDING = "pending"


def list_gone_categories(
    chosen: Mapping[str, Mapping[str, Any]], there: Collection[int] | None
) -> tuple[str, ...]:
    """Return the names of the chosen categories that are not `there`; None is: the site was never asked."""
    gone = (one["name"] for one in chosen.values() if there is not None and one["id"] not in there)
    return tuple(dict.fromkeys(gone))


NOT_THERE = frozenset({RemoteStatus.TRASHED, RemoteStatus.GONE})
"""What nobody reads on the site any more."""
UNREAD = frozenset({RemoteStatus.DRAFT, RemoteStatus.PENDING, RemoteStatus.PRIVATE})
"""What no reader sees on the pages of a site, though it is there."""
OFF_THE_PAGES = NOT_THERE | UNREAD | {RemoteStatus.SCHEDULED}
"""What nobody can read at an address of the site now, as it says itself."""
