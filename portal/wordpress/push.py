"""A push makes a story a draft on a newsroom's site: killed at any step and run again, nothing is doubled.

A picture is found again by its slug, a post by its number; one whose number was never remembered by the slug
it is made with, which is this story's alone. Only then does it get the slug that readers will see: another
post could have that one.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from html import escape
from typing import Any

from portal.domain.remote_sites import PostField, PostRemoval, PushStep, RemoteStatus, SiteProblem
from portal.wordpress.failures import RemoteChanged, SiteFailure
from portal.wordpress.markup import protect_references, write_plain
from portal.wordpress.posts import (
    Difference,
    LookedBack,
    PostContent,
    PostPicture,
    Pushed,
    PushedPicture,
    RememberedPost,
    RemotePicture,
    RemotePost,
    Step,
    id_placeholder,
    url_placeholder,
)
from portal.wordpress.site import Site

Note = Callable[[Step], None]
_TRASHED = "__trashed"
"""What WordPress adds to the slug of a post in the trash."""
_SHORT_REFERENCE = re.compile("&#([0-9]{1,2});")
_NOT_ALLOWED = frozenset({SiteProblem.MAY_NOT_EDIT_PICTURE, SiteProblem.FORBIDDEN_403})
_WAITING = frozenset({RemoteStatus.DRAFT, RemoteStatus.PENDING})


def push_story(
    site: Site,
    post: PostContent,
    copy: RememberedPost | None,
    note: Note,
    sent_before: Sequence[PushedPicture] = (),
) -> Pushed:
    """Bring a story to the site: pictures first, then the post, then what stands there is compared.

    `copy` is what is remembered of it; `note` hears each step when it is done, and keeps the copy it brings.
    Of the pictures that were `sent_before`, those that it has no more leave the library when it shows them
    no longer.
    Raises SiteFailure, and RemoteChanged where somebody edited or trashed the post, or another post has its
    slug. To write over what stands there, a person who has seen it gives a copy with the id, `modified` and
    `fingerprint` of `RemoteChanged.remote`.
    """
    there = find_story(site, post, copy)
    note(Step(PushStep.CHECKED, of=len(post.pictures)))
    pictures: dict[str, RemotePicture] = {}
    for done, picture in enumerate(post.pictures, start=1):
        pictures[picture.key] = _bring_picture(site, picture)
        note(Step(PushStep.PICTURE, done, len(post.pictures)))
    sent = _fill_in(post, pictures)
    is_new = there is None
    if there is None:
        there = site.create_post({"title": write_plain(post.title), "slug": post.key, "status": "draft"})
        copy = RememberedPost(there.id, there.modified)
    else:
        there = _require_ours(site.read_post(there.id), copy, sent)
    note(_step(PushStep.FILED, post, copy or RememberedPost(there.id, there.modified)))
    is_first = copy is None or not copy.fingerprint
    is_touched = bool(copy and copy.fingerprint and there.modified != copy.modified)
    fields = _write_fields(sent, pictures, there, is_first=is_first)
    if is_touched:
        ours = {0, *(one.id for one in sent_before), *(one.id for one in pictures.values())}
        fields = _leave_theirs(fields, there, ours)
    written = site.update_post(there.id, fields)
    # What is remembered is our own write: somebody may edit the post before it is read.
    copy = remember_post(written)
    note(_step(PushStep.WRITTEN, post, copy))
    there = site.read_post(written.id) or written
    note(_step(PushStep.COMPARED, post, copy))
    differences = tuple(_compare(sent, there, fields))
    gone = [one for one in sent_before if one.slug not in {other.slug for other in post.pictures}]
    return Pushed(
        copy=copy,
        status=there.status,
        address=there.address,
        edit_address=site.edit_address(there.id),
        slug=there.slug,
        is_new=is_new,
        pictures=tuple(PushedPicture(key, one.id, one.slug, one.url) for key, one in pictures.items()),
        pictures_left=tuple(gone) if _may_show(differences) else take_down_pictures(site, gone),
        differences=(
            *differences,
            *(found for one in post.pictures for found in _compare_picture(one, pictures[one.key])),
        ),
    )


def remember_post(post: RemotePost) -> RememberedPost:
    """Return what to keep of a post as it stands there, to see later whether somebody edited it."""
    return RememberedPost(post.id, post.modified, post.fingerprint)


def look_back(site: Site, copy: RememberedPost) -> LookedBack:
    """Say what has become of the post."""
    there = _read(site, copy)
    if there is None:
        return LookedBack(RemoteStatus.GONE)
    # To publish a post changes the time of its last change, and no word.
    can_compare = there.has_texts and copy.fingerprint
    is_edited = there.fingerprint != copy.fingerprint if can_compare else there.modified != copy.modified
    return LookedBack(there.status, there.address, there.modified, is_edited)


def take_down(site: Site, copy: RememberedPost, to: PostRemoval) -> LookedBack:
    """Make a draft of the post or trash it, whoever edited it, and return what the site says then."""
    there = _read(site, copy)
    if there is not None and there.status is RemoteStatus.HIDDEN:
        raise SiteFailure(SiteProblem.MAY_NOT_EDIT)
    # A draft made of what is in the trash would come back from there.
    is_done = there is None or there.status is RemoteStatus.TRASHED
    is_done = is_done or (
        to is PostRemoval.DRAFT and there is not None and there.status is RemoteStatus.DRAFT
    )
    if not is_done:
        site.take_down(copy.id, to)
    return look_back(site, copy)


def _read(site: Site, copy: RememberedPost) -> RemotePost | None:
    """Return the post; None when it is gone. Raises SiteFailure where the number may be another post's."""
    there = site.read_post(copy.id)
    if not copy.slugs:
        return there
    known = there is not None and there.slug.removesuffix(_TRASHED) in copy.slugs
    if known or (there is not None and there.has_texts and there.fingerprint == copy.fingerprint):
        return there
    raise SiteFailure(SiteProblem.NOT_RECOGNISED)


def take_down_pictures(site: Site, pictures: Sequence[PushedPicture]) -> tuple[PushedPicture, ...]:
    """Delete these pictures from the site's library, as far as the account may; return those still there.

    The addresses of pictures stay public when the post that shows them is taken down. One whose number has
    another slug by now is not ours.
    """
    left = []
    for picture in pictures:
        found = site.find_picture(picture.slug)
        if found is None:
            continue
        try:
            site.remove_picture(found.id)
        except SiteFailure as failure:
            if failure.problem not in _NOT_ALLOWED:
                raise
        if site.find_picture(picture.slug) is not None:
            left.append(picture)
    return tuple(left)


def _may_show(differences: Sequence[Difference]) -> bool:
    """Say whether the post may still show what it was sent without."""
    return any(one.part in (PostField.CONTENT, PostField.FEATURED) for one in differences)


def _step(kind: PushStep, post: PostContent, copy: RememberedPost) -> Step:
    return Step(kind, len(post.pictures), len(post.pictures), copy)


def find_story(site: Site, post: PostContent, copy: RememberedPost | None) -> RemotePost | None:
    """Return the post of a story, if there is one; nothing of the story is sent for that.

    Raises where the site does not answer, where it may not be written, or another one has its slug.
    """
    missing = site.missing_categories(post.categories)
    if missing:
        raise SiteFailure(SiteProblem.CATEGORY_GONE, place=" ".join(map(str, missing)))
    made_with = (post.key, f"{post.key}{_TRASHED}")
    found = site.find_posts((*made_with, post.slug))
    number = copy.id if copy else next((one.id for one in found if one.slug in made_with), 0)
    ours = _read(site, copy or RememberedPost(number, "")) if number else None
    if copy and ours is None:
        raise SiteFailure(SiteProblem.GONE_THERE)
    is_first = copy is None or not copy.fingerprint
    others = [one for one in found if one.slug == post.slug and one.id != number]
    if is_first and others:
        ours = None if ours else _recognise(site, others[0].id, post)
        if ours is None:
            raise RemoteChanged(SiteProblem.SLUG_TAKEN, site.read_post(others[0].id) or others[0])
    if ours is not None and ours.status is RemoteStatus.TRASHED:
        raise RemoteChanged(SiteProblem.TRASHED_THERE, ours)
    if ours is not None and not ours.has_texts:
        raise SiteFailure(SiteProblem.MAY_NOT_EDIT)
    return ours


def _recognise(site: Site, number: int, post: PostContent) -> RemotePost | None:
    """Return the post of a push that nobody remembers, which has its last slug already; its text follows."""
    there = site.read_post(number)
    if there is None or not there.has_texts or there.status not in _WAITING:
        return None
    return there if (_texts(there)[0], _texts(there)[2]) == (_texts(post)[0], _texts(post)[2]) else None


def _require_ours(there: RemotePost | None, copy: RememberedPost | None, sent: PostContent) -> RemotePost:
    """Return the post if nobody's words are lost when it is written over."""
    if there is None:
        raise SiteFailure(SiteProblem.GONE_THERE)
    if there.status is RemoteStatus.TRASHED:
        raise RemoteChanged(SiteProblem.TRASHED_THERE, there)
    if copy is None:
        is_ours = not there.content
    elif there.modified == copy.modified:
        is_ours = not copy.fingerprint or there.fingerprint == copy.fingerprint
    else:
        # To publish a post, or to move it, changes the time of its last change, and no word.
        is_ours = there.fingerprint == copy.fingerprint and not _has_other_dek(there, sent)
    # Of a push that ended before its step was noted, the texts are there already.
    if is_ours or _texts(there) == _texts(sent):
        return there
    raise RemoteChanged(SiteProblem.EDITED_THERE, there)


def _has_other_dek(there: RemotePost, sent: PostContent) -> bool:
    """Say whether the site's field for the dek holds other words: nobody remembers whose they are."""
    return there.meta.get(sent.dek_key, sent.dek) != sent.dek


def _texts(post: PostContent | RemotePost) -> tuple[str, str, str]:
    return post.title.strip(), _settle(post.content), post.excerpt.strip()


def _bring_picture(site: Site, picture: PostPicture) -> RemotePicture:
    """Return the picture in the site's library, whole and with our texts; uploaded if it is not there."""
    there = site.find_picture(picture.slug)
    if there is None:
        return site.upload_picture(picture)
    if not there.is_whole:
        there = site.finish_picture(there)
    if any(_compare_picture(picture, there)):
        there = site.write_picture_texts(there.id, picture)
    return there


def _fill_in(post: PostContent, pictures: Mapping[str, RemotePicture]) -> PostContent:
    """Return the story with the site's addresses and numbers of pictures."""
    content = post.content
    for key, picture in pictures.items():
        content = content.replace(url_placeholder(key), escape(picture.url))
        content = content.replace(id_placeholder(key), str(picture.id))
    return replace(post, content=protect_references(content))


def _settle(markup: str) -> str:
    """Return markup spelt as WordPress spells it where it filters an account's HTML."""
    return _SHORT_REFERENCE.sub(lambda found: f"&#{found[1]:0>3};", markup).replace('"/>', '" />').strip()


def _write_fields(
    sent: PostContent, pictures: Mapping[str, RemotePicture], there: RemotePost, *, is_first: bool
) -> Mapping[str, Any]:
    fields: dict[str, Any] = {
        "title": write_plain(sent.title),
        "content": sent.content,
        "excerpt": write_plain(sent.excerpt),
        "featured_media": pictures[sent.featured].id if sent.featured else 0,
    }
    if sent.categories:
        fields["categories"] = list(sent.categories)
    if sent.dek_key:
        fields["meta"] = {sent.dek_key: sent.dek}
    if sent.author is not None:
        fields["author"] = sent.author
    # What the newsroom published is theirs: a correction neither makes a draft of it nor changes its address.
    if there.status in _WAITING:
        fields["slug"] = sent.slug
    if there.status in _WAITING and is_first:
        fields["status"] = sent.status.value
    return fields


def _leave_theirs(fields: Mapping[str, Any], there: RemotePost, ours: Collection[int]) -> Mapping[str, Any]:
    """Return the fields without those that somebody who touched the post may have chosen anew.

    `ours` are the numbers of pictures that may be replaced as the featured one.
    """
    chosen = {"categories", "author"} | ({"featured_media"} if there.featured not in ours else set())
    return {name: value for name, value in fields.items() if name not in chosen}


def _compare(sent: PostContent, there: RemotePost, fields: Mapping[str, Any]) -> Iterator[Difference]:
    """Yield what is not there as it was sent; of the fields that were."""
    pairs: list[tuple[PostField, str, str]] = [
        (PostField.TITLE, sent.title.strip(), there.title.strip()),
        (PostField.CONTENT, _settle(sent.content), _settle(there.content)),
        (PostField.EXCERPT, sent.excerpt.strip(), there.excerpt.strip()),
    ]
    if "featured_media" in fields:
        pairs.append((PostField.FEATURED, _list([fields["featured_media"]]), _list([there.featured])))
    if "slug" in fields:
        pairs.append((PostField.SLUG, sent.slug, there.slug))
    if "status" in fields:
        pairs.append((PostField.STATUS, sent.status.value, there.status.value))
    if "categories" in fields:
        pairs.append((PostField.CATEGORIES, _list(sent.categories), _list(there.categories)))
    if sent.dek_key:
        kept = there.meta.get(sent.dek_key, "")
        pairs.append((PostField.DEK, sent.dek, kept if isinstance(kept, str) else ""))
    if "author" in fields:
        pairs.append((PostField.AUTHOR, str(sent.author), str(there.author)))
    return (Difference(part, was, now) for part, was, now in pairs if was != now)


def _list(ids: Sequence[int]) -> str:
    return " ".join(str(one) for one in sorted(ids) if one)


def _compare_picture(picture: PostPicture, there: RemotePicture) -> Iterator[Difference]:
    pairs = (
        (PostField.PICTURE_TITLE, picture.title.strip(), there.title.strip()),
        (PostField.ALT, " ".join(picture.alt.split()), there.alt),
        (PostField.CAPTION, picture.caption.strip(), there.caption.strip()),
        (PostField.DESCRIPTION, picture.description.strip(), there.description.strip()),
    )
    return (Difference(part, was, now, picture.key) for part, was, now in pairs if was != now)
