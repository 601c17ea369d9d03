"""Posts as they are sent to a newsroom's site, and what comes back, as values."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from portal.domain.remote_sites import PostField, PushStep, RemoteStatus


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


@dataclass(frozen=True)
class PostPicture:
    """A picture as it leaves: plain texts, and bytes that are ours.

    The slug is found again before the picture is uploaded, so it names these bytes in this story and language
    alone, like `p-<beginning of the hash>-<short id>-uk`: the same photo has other words in another language.
    """

    key: str
    """Names it in the content: see `url_placeholder`."""
    filename: str
    slug: str
    data: bytes | Callable[[], bytes] = field(repr=False)
    """Or what reads them: only where the site has no such picture yet."""
    media_type: str = "image/jpeg"
    title: str = field(default="", repr=False)
    alt: str = field(default="", repr=False)
    caption: str = field(default="", repr=False)
    description: str = field(default="", repr=False)


@dataclass(frozen=True)
class PostContent:
    """A story as it is to stand on the site. Title, excerpt and dek are plain text; content is markup."""

    key: str
    """ASCII, this story's in this language alone, like `story-3f9c2a71-uk`: by it a post is found again of
    which nobody remembers having made it."""
    title: str = field(repr=False)
    content: str = field(repr=False)
    """The site's markup, with placeholders for addresses and ids of pictures."""
    slug: str
    lang: str
    excerpt: str = field(default="", repr=False)
    categories: tuple[int, ...] = ()
    status: RemoteStatus = RemoteStatus.DRAFT
    """Draft or pending; an update leaves the status that the post has."""
    dek_key: str = ""
    """The site's meta key for the dek; empty where there is none."""
    dek: str = field(default="", repr=False)
    author: int | None = None
    pictures: tuple[PostPicture, ...] = ()
    featured: str = ""
    """The key of a picture."""


def url_placeholder(key: str) -> str:
    """Return what stands in the content for a picture's address: in texts, brackets are escaped."""
    return f"[picture-url {key}]"


def id_placeholder(key: str) -> str:
    """Return what stands in the content for the number that the site gives a picture."""
    return f"[picture-id {key}]"


@dataclass(frozen=True)
class RemotePicture:
    """A picture in the site's library, its texts as plain text."""

    id: int
    slug: str
    url: str
    is_whole: bool
    """The site has looked at the file and made its smaller forms."""
    title: str = field(default="", repr=False)
    alt: str = field(default="", repr=False)
    caption: str = field(default="", repr=False)
    description: str = field(default="", repr=False)


@dataclass(frozen=True)
class RemotePost:
    """A post as it stands on the site; title and excerpt as plain text, content as raw markup.

    Without texts where the account may see the published page alone.
    """

    id: int
    status: RemoteStatus
    address: str = ""
    slug: str = ""
    modified: str = ""
    """UTC as the site says it (`modified_gmt`), to be compared for equality."""
    title: str = field(default="", repr=False)
    content: str = field(default="", repr=False)
    excerpt: str = field(default="", repr=False)
    has_texts: bool = False
    categories: tuple[int, ...] = ()
    featured: int = 0
    author: int = 0
    meta: Mapping[str, object] = field(default_factory=dict, repr=False)

    @property
    def fingerprint(self) -> str:
        """Return a hash of its texts: clocks of sites stand still for a second, and are set."""
        return sha256("\0".join((self.title, self.content, self.excerpt)).encode()).hexdigest()


@dataclass(frozen=True)
class RememberedPost:
    """What we remember of a post we wrote: enough to find it, and to see whether somebody edited it there."""

    id: int
    modified: str
    """`modified_gmt` after our last write."""
    fingerprint: str = ""
    """Of the texts as the site kept them; empty where that was never read."""
    slugs: tuple[str, ...] = ()
    """By which it is recognised where a number proves nothing, as at another address than it was given at;
    empty where the number is enough."""


@dataclass(frozen=True)
class Step:
    """One step of a push that is done. From `FILED` on it has the copy, to be remembered at once."""

    kind: PushStep
    done: int = 0
    """Of the pictures."""
    of: int = 0
    copy: RememberedPost | None = None


@dataclass(frozen=True)
class Difference:
    """A part of the post that the site changed or dropped (`there` is empty)."""

    part: PostField
    sent: str = field(repr=False)
    there: str = field(repr=False)
    picture: str = ""
    """The key of the picture whose part it is."""


@dataclass(frozen=True)
class PushedPicture:
    """A picture of a story as it is in the site's library now."""

    key: str
    id: int
    slug: str
    url: str


@dataclass(frozen=True)
class Pushed:
    """A story as it came to stand on the site."""

    copy: RememberedPost
    status: RemoteStatus
    address: str
    """Where it is read once it is published; a preview for who is signed in there until then."""
    edit_address: str
    slug: str
    is_new: bool
    pictures: tuple[PushedPicture, ...]
    differences: tuple[Difference, ...]
    """What the site dropped or changed; nothing when all is there as it was sent."""
    pictures_left: tuple[PushedPicture, ...] = ()
    """Of an earlier push, still in the library: the post may show them, or the account may not delete."""


@dataclass(frozen=True)
class LookedBack:
    """What has become of a post."""

    status: RemoteStatus
    address: str = ""
    modified: str = ""
    is_edited: bool = False
    """Somebody changed its texts there after our last write."""
