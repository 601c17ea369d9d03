"""A newsroom's site: what can be asked of it, with answers checked by hand."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from portal.domain.remote_sites import TakeDown
from portal.wordpress.http import HttpClient, Policy
from portal.wordpress.posts import Picture, RemotePicture, RemotePost


@dataclass(frozen=True)
class Account:
    """Who we are on the site, and what we may do there."""

    id: int
    name: str
    may_file: bool
    """Make drafts and hand them in as pending."""
    may_upload: bool
    may_edit_others: bool
    """And so set another author."""
    may_edit_published: bool
    """Correct or take back what is published of its own."""
    may_edit_others_published: bool
    may_publish: bool
    """The portal never does; an account that may is more than is needed."""
    may_trash: bool
    may_trash_published: bool
    may_manage: bool
    """It is an administrator's: far more than is needed."""


@dataclass(frozen=True)
class Category:
    """A category of the site. `path` is its names from the top, its own last."""

    id: int
    slug: str
    name: str
    parent: int
    path: tuple[str, ...]


class Site:
    """One WordPress site and our account there. All calls raise SiteFailure."""

    def __init__(self, address: str, account: str, password: str, policy: Policy | None = None) -> None:
        self.address = normalize_address(address)
        self._http = HttpClient(self.address, account, password, policy or Policy())

    def find_account(self) -> Account:
        """Return who we are there and what we may do; the reason in words where we are not let in."""
        raise NotImplementedError

    def list_categories(self) -> list[Category]:
        """Return all public categories as a tree: parents before children, each level by name."""
        raise NotImplementedError

    def missing_categories(self, ids: tuple[int, ...]) -> tuple[int, ...]:
        """Return which of the categories are not there any more."""
        raise NotImplementedError

    def find_post(self, slug: str) -> RemotePost | None:
        """Return the post with this very slug in any status but trashed, as far as the account sees it."""
        raise NotImplementedError

    def read_post(self, post_id: int) -> RemotePost | None:
        """Return the post, trashed ones too; None when it is gone. MAY_NOT_EDIT when we may not see it."""
        raise NotImplementedError

    def find_picture(self, slug: str) -> RemotePicture | None:
        """Return the picture with this very slug."""
        raise NotImplementedError

    def upload_picture(self, picture: Picture) -> RemotePicture:
        """Upload file and texts in one request."""
        raise NotImplementedError

    def finish_picture(self, picture: RemotePicture) -> RemotePicture:
        """Have the site make the smaller forms of a picture in whose middle it died."""
        raise NotImplementedError

    def write_picture_texts(self, picture_id: int, picture: Picture) -> RemotePicture:
        """Set title, alternative text, caption and description anew."""
        raise NotImplementedError

    def remove_picture(self, picture_id: int) -> None:
        """Delete a picture and its smaller forms; libraries have no trash. One that is gone is fine."""
        raise NotImplementedError

    def create_post(self, fields: Mapping[str, Any]) -> RemotePost:
        """Create a post from REST fields."""
        raise NotImplementedError

    def update_post(self, post_id: int, fields: Mapping[str, Any]) -> RemotePost:
        """Change a post's REST fields."""
        raise NotImplementedError

    def take_down(self, post_id: int, to: TakeDown) -> None:
        """Make a draft of a post, or put it into the trash; one that is there is fine."""
        raise NotImplementedError

    def edit_address(self, post_id: int) -> str:
        """Return where a person edits the post."""
        return f"{self.address}/wp-admin/post.php?post={post_id}&action=edit"


def normalize_address(typed: str) -> str:
    """Return the address of a site as it is kept: https, without what people copy along (`/wp-admin`…).

    Raises SiteFailure(BAD_ADDRESS).
    """
    raise NotImplementedError
