"""Looking what has become of stories on newsrooms' sites, and taking down what must not stay there."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from portal.database import snapshot, transaction
from portal.domain.photos import AttachmentKind, may_leave
from portal.domain.pushes import PushProblem
from portal.domain.remote_sites import PostRemoval, RemoteStatus, SiteProblem
from portal.export.pushes import Clock, StaysHere, open_target, read_media, remember_row
from portal.extensions import current_portal
from portal.models import RemoteCopy as LedgerRow
from portal.models import Staff, Submission
from portal.operations.coverages.look_back import note_pictures, note_vain_look, record_look
from portal.queries.coverages.pushes import find_due_look
from portal.story.picture_marks import make_photo_key
from portal.wordpress.failures import SiteFailure
from portal.wordpress.posts import LookedBack, PushedPicture, RememberedPost
from portal.wordpress.push import look_back, take_down, take_down_pictures
from portal.wordpress.site import Site

_NOT_ALLOWED = frozenset({SiteProblem.MAY_NOT_EDIT, SiteProblem.NO_TRASH, SiteProblem.FORBIDDEN_403})


@dataclass(frozen=True)
class LedgerPost:
    """A post on a site as the ledger knows it; no transaction stays open."""

    copy_id: int
    site: Site = field(repr=False)
    post: RememberedPost | None
    key: str
    pictures: tuple[PushedPicture, ...]
    refused: tuple[PushedPicture, ...]
    """Of these, the photos that may not be printed any more."""


@dataclass(frozen=True)
class TakenDown:
    """What a site says after a post was to be taken down there; or the problem."""

    problem: str = ""
    status: RemoteStatus | None = None
    pictures_left: int = 0


def look_next(*, clock: Clock) -> bool:
    """Look at what nobody has looked at for the longest time, if its time has come; say whether it had."""
    with snapshot() as session:
        copy = find_due_look(session, at=clock())
        copy_id = copy.id if copy is not None else None
    if copy_id is None:
        return False
    try:
        look_at(copy_id, clock=clock)
    except Exception:  # whatever is wrong with one post, the next round looks at another
        _note_vain(copy_id, "", clock())
        raise
    return True


def look_at(copy_id: int, *, clock: Clock, by: Staff | None = None) -> str:
    """Ask a site what has become of a post and write it down; return the problem, empty without one."""
    try:
        remote = _open(copy_id)
        seen = _look(remote)
    except StaysHere as reason:
        return _note_vain(copy_id, reason.problem, clock())
    except SiteFailure as failure:
        return _note_vain(copy_id, failure.problem, clock())
    _write(remote, seen, clock(), by)
    return ""


def take_down_there(copy_id: int, *, whole: bool, clock: Clock, by: Staff) -> TakenDown:
    """Take a post from the pages of its site, and write down what the site says.

    `whole`: it goes into the trash if the account may do that, and its photos from the library. Else it
    becomes a draft, and the photos go that may not be printed any more.
    """
    try:
        remote = _open(copy_id)
        copy = _find(remote)
        seen = LookedBack(RemoteStatus.GONE) if copy is None else _take_down(remote.site, copy, whole=whole)
        called_back = remote.pictures if whole else remote.refused
        left = take_down_pictures(remote.site, called_back)
    except StaysHere as reason:
        return TakenDown(reason.problem)
    except SiteFailure as failure:
        return TakenDown(failure.problem)
    with transaction() as session:
        gone = set(called_back) - set(left)
        note_pictures(session, copy_id, [one.key for one in remote.pictures if one not in gone])
    _write(remote, seen, clock(), by)
    return TakenDown(status=seen.status, pictures_left=len(left))


def _take_down(site: Site, copy: RememberedPost, *, whole: bool) -> LookedBack:
    if not whole:
        return take_down(site, copy, PostRemoval.DRAFT)
    try:
        return take_down(site, copy, PostRemoval.TRASH)
    except SiteFailure as failure:
        if failure.problem not in _NOT_ALLOWED:
            raise
        return take_down(site, copy, PostRemoval.DRAFT)


def _open(copy_id: int) -> LedgerPost:
    with snapshot() as session:
        row = session.get(LedgerRow, copy_id)
        if row is None or row.target.closed_at is not None:
            raise StaysHere(PushProblem.CLOSED)
        site = open_target(row.target)
        pictures, printable = read_media(row.media), _list_printable(row.submission)
        return LedgerPost(
            copy_id=row.id,
            site=site,
            post=remember_row(row, site),
            key=row.key,
            pictures=pictures,
            refused=tuple(one for one in pictures if one.key not in printable),
        )


def _list_printable(submission: Submission) -> Collection[str]:
    """Return the keys of photos that may still be printed."""
    photos = [one for one in submission.attachments if one.kind is AttachmentKind.PHOTO]
    return {make_photo_key(one.public_id) for one in photos if may_leave(one.people, one.licence)}


def _find(remote: LedgerPost) -> RememberedPost | None:
    """Return the post, looked for by its key where nobody knows its number; None when it never arrived."""
    if remote.post is not None:
        return remote.post
    found = remote.site.find_posts([remote.key])
    return RememberedPost(found[0].id, found[0].modified) if found else None


def _look(remote: LedgerPost) -> LookedBack:
    copy = _find(remote)
    return LookedBack(RemoteStatus.GONE) if copy is None else look_back(remote.site, copy)


def _write(remote: LedgerPost, seen: LookedBack, at: datetime, by: Staff | None) -> None:
    window: timedelta = current_portal().settings.undo_window
    edited_at = remote.site.edit_address(remote.post.id) if remote.post is not None else ""
    with transaction() as session:
        record_look(
            session,
            remote.copy_id,
            seen.status,
            seen.address,
            edited_at=edited_at,
            at=at,
            window=window,
            by=by,
        )


def _note_vain(copy_id: int, problem: str, at: datetime) -> str:
    with transaction() as session:
        note_vain_look(session, copy_id, at=at)
    return problem
