"""What WordPress answers, checked by hand: its errors as our reasons, its objects as our values."""

import re
from collections.abc import Mapping
from html import unescape
from typing import Any

from portal.domain.remote_sites import RemoteStatus, SiteProblem
from portal.wordpress.failures import SiteFailure
from portal.wordpress.http import Answer
from portal.wordpress.posts import Category, RemotePicture, RemotePost

_CODE = re.compile(r"[a-z0-9_-]{1,60}")
_LONGEST_WAIT = 24 * 60 * 60
_REASONS = {
    "rest_not_logged_in": SiteProblem.AUTHORIZATION_STRIPPED,
    "incorrect_password": SiteProblem.REFUSED_401,
    "invalid_username": SiteProblem.REFUSED_401,
    "invalid_email": SiteProblem.REFUSED_401,
    "application_passwords_disabled": SiteProblem.PASSWORDS_OFF,
    "application_passwords_disabled_for_user": SiteProblem.PASSWORDS_OFF,
    "rest_no_route": SiteProblem.NO_API_404,
    "rest_post_invalid_id": SiteProblem.GONE_THERE,
    "rest_invalid_author": SiteProblem.AUTHOR_GONE,
    "rest_cannot_edit_others": SiteProblem.MAY_NOT_SET_AUTHOR,
    "rest_cannot_update": SiteProblem.META_REFUSED,
    "rest_cannot_edit": SiteProblem.MAY_NOT_EDIT,
    "rest_cannot_delete": SiteProblem.MAY_NOT_EDIT,
    "rest_user_cannot_delete_post": SiteProblem.MAY_NOT_EDIT,
    "rest_trash_not_supported": SiteProblem.NO_TRASH,
    "rest_invalid_featured_media": SiteProblem.MEDIA_REFUSED,
    "rest_upload_limited_space": SiteProblem.DISK_FULL,
    "rest_upload_file_too_big": SiteProblem.TOO_LARGE_413,
    # PHP drops a form that is too large, fields and all.
    "rest_upload_no_data": SiteProblem.TOO_LARGE_413,
}
_OF_PICTURES = {
    SiteProblem.GONE_THERE: SiteProblem.PICTURE_GONE,
    SiteProblem.MAY_NOT_EDIT: SiteProblem.MAY_NOT_EDIT_PICTURE,
    SiteProblem.POST_REFUSED: SiteProblem.MEDIA_REFUSED,
}
"""What the same answer means when a picture was asked for."""
_OF_TEXTS = {
    SiteProblem.TOO_LARGE_413: SiteProblem.TEXT_TOO_LARGE_413,
    SiteProblem.MEDIA_REFUSED: SiteProblem.PICTURE_GONE,
}
"""What it means when it was anything else: its featured picture is one that the site had taken before."""
_BY_STATUS = {
    400: SiteProblem.POST_REFUSED,
    401: SiteProblem.REFUSED_401,
    403: SiteProblem.FORBIDDEN_403,
    404: SiteProblem.NO_API_404,
    # Firewalls say no in many ways.
    405: SiteProblem.FORBIDDEN_403,
    406: SiteProblem.FORBIDDEN_403,
    408: SiteProblem.SLOW,
    413: SiteProblem.TOO_LARGE_413,
    429: SiteProblem.TOO_MANY_429,
    507: SiteProblem.DISK_FULL,
}
_UPLOAD = "rest_upload_"
_MISSING = "missing_image_sizes"
_DISK_WORDS = ("wp-content", "disk", "диск", "磁碟", "磁盘", "write", "/")
"""All faults of uploads have one code; where it is about the disk, the message says so or names a folder."""
LONGEST_NAME = 200
"""Of a category, an account or a post in its address: WordPress keeps no longer ones."""
_LONGEST_ADDRESS = 500
_LONGEST_TIME = 40
_HIGHEST = 2**31 - 1
_DEEPEST = 20
"""Of the categories above one, how many are named with it."""
_STATUSES = {
    "draft": RemoteStatus.DRAFT,
    "auto-draft": RemoteStatus.DRAFT,
    "pending": RemoteStatus.PENDING,
    "publish": RemoteStatus.PUBLISHED,
    "future": RemoteStatus.SCHEDULED,
    "private": RemoteStatus.PRIVATE,
    "trash": RemoteStatus.TRASHED,
}


def require_success(
    answer: Answer, *, forbidden: SiteProblem, place: str = "", is_picture: bool = False
) -> None:
    """Raise SiteFailure unless the answer is a good one; `forbidden` is what it means that we may not.

    `is_picture`: a picture was asked for.
    """
    good = answer.status in range(200, 300)
    if good and isinstance(answer.data, dict | list):
        return
    if good:
        raise SiteFailure(SiteProblem.NOT_JSON, status=answer.status, place=place)
    error = answer.data if isinstance(answer.data, dict) else {}
    code = error.get("code")
    named = code if isinstance(code, str) and _CODE.fullmatch(code) else ""
    message = error.get("message")
    reason = _find_reason(answer.status, named, message if isinstance(message, str) else "", forbidden)
    raise SiteFailure(
        (_OF_PICTURES if is_picture else _OF_TEXTS).get(reason, reason),
        code=named,
        status=answer.status,
        place=place,
        wait=_read_wait(answer.headers.get("retry-after", "")),
    )


def _find_reason(status: int, code: str, message: str, forbidden: SiteProblem) -> SiteProblem:
    if code in _REASONS:
        return _REASONS[code]
    if code.startswith(_UPLOAD):
        return _find_upload_reason(message)
    if code.startswith("rest_") and status == 401:
        # WordPress says 403 to who is signed in: so nobody is.
        return SiteProblem.AUTHORIZATION_STRIPPED
    if code.startswith("rest_") and status == 403:
        return forbidden
    if status >= 500:
        return _BY_STATUS.get(status, SiteProblem.SERVER_ERROR)
    return _BY_STATUS.get(status, SiteProblem.UNEXPECTED)


def _find_upload_reason(message: str) -> SiteProblem:
    if "upload_max_filesize" in message or "MAX_FILE_SIZE" in message:
        return SiteProblem.TOO_LARGE_413
    if any(word in message.casefold() for word in _DISK_WORDS):
        return SiteProblem.DISK_FULL
    return SiteProblem.MEDIA_REFUSED


def _read_wait(text: str) -> float:
    return min(float(text), _LONGEST_WAIT) if text.isdecimal() and len(text) <= len(str(_LONGEST_WAIT)) else 0


def read_map(data: Any) -> Mapping[str, Any]:
    """Return an object of the answer. Raises SiteFailure(UNEXPECTED), as all of these."""
    if isinstance(data, dict):
        return data
    raise SiteFailure(SiteProblem.UNEXPECTED)


def list_of(data: Any) -> list[Any]:
    """Return a list of the answer."""
    if isinstance(data, list):
        return data
    raise SiteFailure(SiteProblem.UNEXPECTED)


def number_of(data: Mapping[str, Any], name: str) -> int:
    """Return a whole number of an object."""
    value = data.get(name)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _HIGHEST:
        return value
    raise SiteFailure(SiteProblem.UNEXPECTED)


def text_of(data: Mapping[str, Any], name: str) -> str:
    """Return a text of an object, with marks for what no database and no page takes."""
    value = data.get(name)
    if isinstance(value, str):
        return value.encode(errors="replace").decode().replace("\0", "\ufffd")
    raise SiteFailure(SiteProblem.UNEXPECTED)


def read_short(data: Mapping[str, Any], name: str, longest: int) -> str:
    """Return a text of an object that is no longer than WordPress would have it."""
    value = text_of(data, name)
    if len(value) <= longest:
        return value
    raise SiteFailure(SiteProblem.UNEXPECTED)


def read_raw(data: Mapping[str, Any], name: str) -> str:
    """Return what was typed into a field, before WordPress makes a page of it."""
    return text_of(read_map(data.get(name)), "raw")


def read_post(data: Any, *, with_texts: bool = True) -> RemotePost:
    """Return a post; without texts where the account sees what every reader sees."""
    post = read_map(data)
    meta = post.get("meta")
    return RemotePost(
        id=number_of(post, "id"),
        status=_STATUSES.get(text_of(post, "status"), RemoteStatus.OTHER),
        address=read_web_address(text_of(post, "link")),
        slug=read_short(post, "slug", LONGEST_NAME),
        modified=read_short(post, "modified_gmt", _LONGEST_TIME),
        title=unescape(read_raw(post, "title")) if with_texts else "",
        content=read_raw(post, "content") if with_texts else "",
        excerpt=unescape(read_raw(post, "excerpt")) if with_texts else "",
        has_texts=with_texts,
        categories=tuple(one for one in list_of(post.get("categories", [])) if isinstance(one, int)),
        featured=number_of(post, "featured_media"),
        author=number_of(post, "author"),
        meta=meta if isinstance(meta, dict) else {},
    )


def read_picture(data: Any) -> RemotePicture:
    """Return a picture of the library."""
    picture = read_map(data)
    details = picture.get("media_details")
    return RemotePicture(
        id=number_of(picture, "id"),
        slug=read_short(picture, "slug", LONGEST_NAME),
        url=read_web_address(text_of(picture, "source_url")),
        is_whole=isinstance(details, dict) and bool(details.get("width")) and not picture.get(_MISSING),
        title=unescape(read_raw(picture, "title")),
        alt=unescape(text_of(picture, "alt_text")),
        caption=unescape(read_raw(picture, "caption")),
        description=unescape(read_raw(picture, "description")),
    )


def read_web_address(text: str) -> str:
    """Return an address that can be linked to and stand in an attribute, as sites give them."""
    is_one = text.startswith(("https://", "http://")) and not any(letter in text for letter in " \"'<>\\")
    if is_one and len(text) <= _LONGEST_ADDRESS:
        return text
    raise SiteFailure(SiteProblem.UNEXPECTED)


def arrange_categories(found: list[Any]) -> list[Category]:
    """Return categories as a tree: parents before children, each level by name; loops come last."""
    known: dict[int, tuple[str, str, int]] = {}
    for one in map(read_map, found):
        name, slug = unescape(text_of(one, "name"))[:LONGEST_NAME], text_of(one, "slug")[:LONGEST_NAME]
        known[number_of(one, "id")] = (name, slug, number_of(one, "parent"))
    children: dict[int, list[int]] = {}
    for number, (_name, _slug, parent) in known.items():
        children.setdefault(parent if parent in known else 0, []).append(number)
    arranged: dict[int, Category] = {}
    waiting = _by_name(children.get(0, []), known)
    while waiting:
        number = waiting.pop()
        name, slug, parent = known[number]
        above = arranged[parent].path[-_DEEPEST:] if parent in arranged else ()
        arranged[number] = Category(number, slug, name, parent if above else 0, (*above, name))
        waiting += _by_name(children.get(number, []), known)
    loops = [
        Category(one, known[one][1], known[one][0], 0, (known[one][0],))
        for one in known
        if one not in arranged
    ]
    return [*arranged.values(), *loops]


def _by_name(numbers: list[int], known: Mapping[int, tuple[str, str, int]]) -> list[int]:
    """Return them by name, the first one last."""
    return sorted(numbers, key=lambda number: known[number][0].casefold(), reverse=True)
