"""Remote sites of newsrooms: what can happen to a story on its way there, and what it can be there."""

from enum import StrEnum


class SiteProblem(StrEnum):
    """Reasons why a newsroom's site did not do what was asked. Stored by value."""

    BAD_ADDRESS = "bad_address"
    """No https address of a site."""
    NAME_UNKNOWN = "name_unknown"
    PRIVATE_ADDRESS = "private_address"
    """The name leads to a machine that is not public, and the operator has not named it."""
    DOWN = "down"
    SLOW = "slow"
    CERTIFICATE = "certificate"
    REDIRECT = "redirect"
    ANSWER_TOO_LARGE = "answer_too_large"
    NOT_JSON = "not_json"
    """A page for people, where an answer for programs should be."""
    UNEXPECTED = "unexpected"
    """An answer for programs, but not one of WordPress."""
    REFUSED_401 = "refused_401"
    """Account or password are wrong."""
    AUTHORIZATION_STRIPPED = "authorization_stripped"
    """Nobody was signed in. Something in front of WordPress takes the header with the account away, or
    account and password are wrong: most sites answer both alike."""
    PASSWORDS_OFF = "passwords_off"
    """The site has application passwords switched off."""
    FORBIDDEN_403 = "forbidden_403"
    NO_API_404 = "no_api_404"
    TOO_LARGE_413 = "too_large_413"
    TEXT_TOO_LARGE_413 = "text_too_large_413"
    TOO_MANY_429 = "too_many_429"
    SERVER_ERROR = "server_error"
    DISK_FULL = "disk_full"
    MAY_NOT_FILE = "may_not_file"
    MAY_NOT_UPLOAD = "may_not_upload"
    MAY_NOT_SET_AUTHOR = "may_not_set_author"
    MAY_NOT_EDIT = "may_not_edit"
    """The post is somebody else's by now, or published, and the account may not change those."""
    MAY_NOT_EDIT_PICTURE = "may_not_edit_picture"
    NO_TRASH = "no_trash"
    """The site deletes for good, which is nobody's wish."""
    META_REFUSED = "meta_refused"
    """The account may not write the field that is set for the dek."""
    CATEGORY_GONE = "category_gone"
    AUTHOR_GONE = "author_gone"
    MEDIA_REFUSED = "media_refused"
    PICTURE_GONE = "picture_gone"
    """A picture that was there a moment ago."""
    POST_REFUSED = "post_refused"
    SLUG_TAKEN = "slug_taken"
    """Another post there has this slug."""
    EDITED_THERE = "edited_there"
    TRASHED_THERE = "trashed_there"
    GONE_THERE = "gone_there"
    NOT_RECOGNISED = "not_recognised"
    """The address of the site was changed, and under the number of the post stands another one, or none."""


RETRYABLE = frozenset(
    {
        SiteProblem.NAME_UNKNOWN,
        SiteProblem.DOWN,
        SiteProblem.SLOW,
        SiteProblem.NOT_JSON,
        SiteProblem.TOO_MANY_429,
        SiteProblem.SERVER_ERROR,
        SiteProblem.DISK_FULL,
        SiteProblem.PICTURE_GONE,
    }
)
"""What may be gone by itself the next time; with all else a person has to do something first."""


class RemoteStatus(StrEnum):
    """The status of a post on the newsroom's site. Stored by value."""

    DRAFT = "draft"
    PENDING = "pending"
    PUBLISHED = "published"
    SCHEDULED = "scheduled"
    PRIVATE = "private"
    TRASHED = "trashed"
    GONE = "gone"
    HIDDEN = "hidden"
    """It is there, and the account may not see it any more."""
    OTHER = "other"
    """A status of a plugin."""


class PostField(StrEnum):
    """A part of a post that the site can drop or change. Stored by value."""

    TITLE = "title"
    CONTENT = "content"
    EXCERPT = "excerpt"
    SLUG = "slug"
    STATUS = "status"
    CATEGORIES = "categories"
    FEATURED = "featured"
    DEK = "dek"
    AUTHOR = "author"
    ALT = "alt"
    CAPTION = "caption"
    DESCRIPTION = "description"
    PICTURE_TITLE = "picture_title"


class PushStep(StrEnum):
    """The steps of a story on its way to the site. Stored by value."""

    CHECKED = "checked"
    """The site answers, and what is set for it is there."""
    PICTURE = "picture"
    """One more picture is there."""
    FILED = "filed"
    """The post is there, under a slug of its own that nobody else has."""
    WRITTEN = "written"
    """It has all its parts."""
    COMPARED = "compared"


class PostRemoval(StrEnum):
    """What becomes of a post that is taken down."""

    DRAFT = "draft"
    TRASH = "trash"
