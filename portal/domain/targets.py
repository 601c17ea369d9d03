"""Targets: the sites of newsrooms that accepted stories are sent to."""

from enum import StrEnum

from portal.domain.remote_sites import RemoteStatus


class PostEditor(StrEnum):
    """The editor a site has, by which it wants the text. Stored by value."""

    BLOCKS = "blocks"
    CLASSIC = "classic"


class WantedStatus(StrEnum):
    """As what a story arrives: nothing is ever published from here. Stored by value."""

    DRAFT = "draft"
    PENDING = "pending"


NOT_THERE = frozenset({RemoteStatus.TRASHED, RemoteStatus.GONE})
"""What nobody reads on the site any more."""
UNREAD = frozenset({RemoteStatus.DRAFT, RemoteStatus.PENDING, RemoteStatus.PRIVATE})
"""What no reader sees on the pages of a site, though it is there."""
OFF_THE_PAGES = NOT_THERE | UNREAD | {RemoteStatus.SCHEDULED}
"""What nobody can read at an address of the site now, as it says itself."""
