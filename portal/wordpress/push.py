"""A story becomes a draft on a newsroom's site: killed at any step and run again, nothing is doubled."""

from collections.abc import Callable, Sequence

from portal.domain.remote_sites import TakeDown
from portal.wordpress.posts import LookedBack, PostContent, Pushed, PushedPicture, RemoteCopy, Step
from portal.wordpress.site import Site


def push_story(
    site: Site, post: PostContent, copy: RemoteCopy | None, note: Callable[[Step], None]
) -> Pushed:
    """Bring a story to the site: pictures first, then the post, then what stands there is compared.

    `copy` is what is remembered of it; `note` hears each step when it is done, and keeps the copy it brings.
    Raises SiteFailure, and RemoteChanged where somebody edited or trashed the post, or another post has its
    slug. To write over what stands there, a person who has seen it gives a copy with the id, `modified` and
    `fingerprint` of `RemoteChanged.remote`.
    """
    raise NotImplementedError


def look_back(site: Site, copy: RemoteCopy) -> LookedBack:
    """Say what has become of the post."""
    raise NotImplementedError


def take_down(site: Site, copy: RemoteCopy, to: TakeDown) -> LookedBack:
    """Make a draft of the post or trash it, whoever edited it, and return what the site says then."""
    raise NotImplementedError


def take_down_pictures(site: Site, pictures: Sequence[PushedPicture]) -> tuple[PushedPicture, ...]:
    """Delete these pictures from the site's library and return those that are still there.

    The addresses of pictures stay public when the post that shows them is taken down.
    """
    raise NotImplementedError
