"""Stories on their way to newsrooms' sites: one after the other, and nobody waits while a site answers.

What a story needs is read at one moment, and a site that never had it is asked whether it would take it.
Then it is looked at once more, held, and written into the ledger that it leaves: whoever withdraws or edits
it after that finds it outside. Only then is a word of it sent, and what the site says is written down as it
comes. Killed anywhere, the next try finds what is there already.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from portal.config import Settings
from portal.database import snapshot, transaction
from portal.domain.pushes import PushProblem
from portal.domain.remote_sites import PostField, PushStep, RemoteStatus, SiteProblem
from portal.domain.take_downs import Recall
from portal.domain.targets import PostEditor
from portal.export.post import PostLayout, write_post
from portal.export.record import ExportRecord
from portal.export.story_records import digest_contents, gather_records
from portal.extensions import current_portal
from portal.models import Coverage, RemoteCopy, Target
from portal.operations.coverages.pushes import (
    ArrivedStory,
    PushClaim,
    begin_departure,
    claim_next,
    note_filed,
    record_arrival,
    record_problem,
    record_question,
    renew_push_claim,
)
from portal.operations.locking import lock_texts_of
from portal.operations.take_downs import record_corrections
from portal.queries.coverages.export import ExportSource, load_block
from portal.queries.coverages.pushes import was_ever_sent
from portal.queries.coverages.targets import read_account
from portal.wordpress.failures import RemoteChanged, SiteFailure
from portal.wordpress.http import make_policy
from portal.wordpress.posts import (
    Difference,
    PostContent,
    PostPicture,
    Pushed,
    PushedPicture,
    RememberedPost,
    Step,
    url_placeholder,
)
from portal.wordpress.push import find_story, push_story
from portal.wordpress.site import Site

_LONGEST_PLACE = 200
"""Of what a problem is about: sites can name any host."""
NONE_CHOSEN = "unset"
"""Of the categories: none of the story's has one on the site, so that it left without any."""
Clock = Callable[[], datetime]


class StaysHere(Exception):
    """A story does not leave now: the problem, and what its sentence needs."""

    def __init__(self, problem: PushProblem, **detail: Any) -> None:
        super().__init__(problem.value)
        self.problem, self.detail = problem, detail


class NotOurs(Exception):
    """Another worker has taken the push over."""


@dataclass(frozen=True)
class PreparedPush:
    """A push that is prepared: all that its story needs on its way, so that no transaction stays open."""

    draft: str
    site: Site = field(repr=False)
    post: PostContent
    contents: bytes
    target_version: int


def open_site(address: str, account: str, password: str, settings: Settings) -> Site:
    """Return a site as the operator's settings allow to speak to it. Raises SiteFailure."""
    policy = make_policy(networks=settings.target_networks, ca_file=settings.target_ca_file)
    return Site(address, account, password, policy)


def open_target(target: Target) -> Site:
    """Return the site of a target. Raises SiteFailure, and StaysHere where nobody can sign in."""
    account, password = read_account(target)
    if not password:
        raise StaysHere(PushProblem.NO_PASSWORD)
    return open_site(target.address, account, password, current_portal().settings)


def try_site(address: str, account: str, password: str, settings: Settings) -> Mapping[str, Any]:
    """Return who we are on a site, what we may do there, and its categories; or the problem."""
    try:
        site = open_site(address, account, password, settings)
        found, categories = site.find_account(), site.list_categories()
    except SiteFailure as failure:
        return {"problem": failure.problem.value}
    return {
        "account": vars(found),
        "categories": [(one.id, " › ".join(one.path)) for one in categories],
    }


def push_next(*, clock: Clock, only: Sequence[int] | None = None) -> bool:
    """Take the story that has been due longest and bring it to its site; say whether there was one.

    `only` names pushes by their numbers. Needs an application context.
    """
    with transaction() as session:
        claim = claim_next(session, at=clock(), only=only)
    if claim is None:
        return False
    try:
        _bring(claim, clock)
    except NotOurs:
        pass
    except StaysHere as reason:
        _record_problem(claim, reason.problem, clock(), reason.detail)
    except RemoteChanged as change:
        _record_change(claim, change, clock())
    except SiteFailure as failure:
        detail = {"status": failure.status, "code": failure.code, "place": failure.place[:_LONGEST_PLACE]}
        _record_problem(claim, failure.problem, clock(), detail, wait=failure.wait)
    return True


def _bring(claim: PushClaim, clock: Clock) -> None:
    with snapshot() as session:
        prepared = _prepare(session, claim, at=clock())
        is_first = not was_ever_sent(session, claim.push_id)
    if is_first:  # where a site takes nothing from us, nothing has left
        find_story(prepared.site, prepared.post, None)
    with transaction() as session:
        lock_texts_of(session, [prepared.draft])
        source = _load(session, claim, at=clock())
        # A site that has another address or other categories by now gets it as that is, not as it was.
        is_target_same = session.get_one(Target, claim.target_id).version == prepared.target_version
        if digest_contents(source) != prepared.contents or not is_target_same:
            raise StaysHere(PushProblem.CHANGED_MEANWHILE)
        copy = begin_departure(
            session,
            claim,
            source.draft,
            key=prepared.post.key,
            at=clock(),
            photos={one.key: one.slug for one in prepared.post.pictures},
        )
        if copy is None:
            raise NotOurs
        copy_id, known, sent_before = copy.id, remember_row(copy, prepared.site), read_media(copy.media)

    def note(step: Step) -> None:
        with transaction() as session:
            if step.copy is not None:
                note_filed(
                    session,
                    copy_id,
                    remote_id=step.copy.id,
                    modified=step.copy.modified,
                    fingerprint=step.copy.fingerprint,
                    at=clock(),
                )
            is_ours = renew_push_claim(session, claim, at=clock())
        if not is_ours and step.kind in (PushStep.CHECKED, PushStep.PICTURE):
            raise NotOurs

    pushed = push_story(prepared.site, prepared.post, known, note, sent_before)
    with transaction() as session:
        lock_texts_of(session, [prepared.draft])
        record_arrival(session, claim, copy_id, _describe(pushed, prepared), at=clock())
        if _is_still_so(session, claim, prepared, at=clock()):
            record_corrections(session, copy_id, _list_corrected(pushed), at=clock())


def remember_row(row: RemoteCopy, site: Site) -> RememberedPost | None:
    """Return what the ledger remembers of a post; None where nobody knows its number.

    A number belongs to the address it was given at: at another one its post has to be recognised.
    """
    if row.remote_id is None:
        return None
    has_moved = bool(row.edit_url) and not site.edits_at(row.edit_url)
    slugs = [one for one in (row.slug, row.key) if one and has_moved]
    return RememberedPost(row.remote_id, row.modified, row.fingerprint, tuple(slugs))


def read_media(media: Mapping[str, Any]) -> tuple[PushedPicture, ...]:
    """Return the photos that a row of the ledger knows in the library of a site."""
    return tuple(PushedPicture(key, one["id"], one["slug"], one["url"]) for key, one in media.items())


def _is_still_so(session: Session, claim: PushClaim, prepared: PreparedPush, *, at: datetime) -> bool:
    """Say whether a story is here as it left; held already, nobody takes anything more back meanwhile."""
    coverage = session.get_one(Coverage, claim.coverage_id)
    found = load_block(session, coverage, [claim.draft_id], at=at)
    return any(digest_contents(one) == prepared.contents for one in found)


def _list_corrected(pushed: Pushed) -> Collection[Recall]:
    """Return what stands there no more, as the site itself answers."""
    kept_all = {PostField.TITLE, PostField.CONTENT, PostField.EXCERPT, PostField.FEATURED}
    if any(one.part in kept_all for one in pushed.differences):
        return ()
    return (Recall.NAME,) if pushed.pictures_left else (Recall.NAME, Recall.PHOTO)


def _load(session: Session, claim: PushClaim, *, at: datetime) -> ExportSource:
    """Return the story if it may leave now. Raises StaysHere."""
    coverage = session.get_one(Coverage, claim.coverage_id)
    found = load_block(session, coverage, [claim.draft_id], at=at)
    if not found:
        raise StaysHere(PushProblem.MAY_NOT_LEAVE)
    (source,) = found
    if source.refusal is not None:
        day = source.embargo.isoformat() if source.embargo else ""
        raise StaysHere(PushProblem.MAY_NOT_LEAVE, refusal=source.refusal.value, day=day)
    return source


def _prepare(session: Session, claim: PushClaim, *, at: datetime) -> PreparedPush:
    source = _load(session, claim, at=at)
    target = session.get_one(Target, claim.target_id)
    (record,) = gather_records([source], current_portal().instance.files_folder)
    if record.missing_files:
        raise StaysHere(PushProblem.PHOTO_LOST)
    return PreparedPush(
        draft=source.draft.public_id,
        site=open_target(target),
        post=make_post(record, target),
        contents=digest_contents(source),
        target_version=target.version,
    )


def make_key(record: ExportRecord) -> str:
    """Return by what a story is found again on a site."""
    return f"story-{record.short_id}-{record.lang}".lower()


def lay_out(target: Target) -> PostLayout:
    """Return how a site wants the text: what it has no field of its own for stands in it."""
    return PostLayout(
        "classic" if target.markup is PostEditor.CLASSIC else "blocks",
        has_dek=not target.dek_key,
        has_bio=True,
        has_licence=True,
    )


def make_post(record: ExportRecord, target: Target) -> PostContent:
    """Return a story as it is to stand on a site."""
    sources = {one.file: url_placeholder(one.key) for one in record.pictures}
    chosen = [target.categories.get(slug) for slug in record.categories]
    pictures = tuple(
        PostPicture(
            key=one.key,
            filename=f"{_name(one.file)}.jpg",
            slug=f"p-{_name(one.file)}-{record.short_id}-{record.lang}".lower(),
            data=one.content,
            title=one.description,
            alt=one.description,
            caption=one.caption(record.licence.name),
            description=one.credit,
        )
        for one in record.pictures
    )
    featured = [one.key for one in record.pictures if one.file == record.featured]
    return PostContent(
        key=make_key(record),
        title=record.title,
        content=write_post(record, lay_out(target), sources=sources, note_prefix=f"{record.short_id}-"),
        slug=record.slug,
        lang=record.lang,
        excerpt=record.excerpt,
        categories=tuple(dict.fromkeys(one["id"] for one in chosen if one)),
        status=RemoteStatus(target.wanted_status.value),
        dek_key=target.dek_key,
        dek=record.dek,
        author=target.author_id,
        pictures=pictures,
        featured=featured[0] if featured else "",
    )


def _name(file: str) -> str:
    """Return the beginning of a photo's hash, which names its file."""
    return file.rpartition("/")[2].partition(".")[0]


def _describe(pushed: Pushed, prepared: PreparedPush) -> ArrivedStory:
    dropped = [_name_difference(one) for one in pushed.differences]
    if not prepared.post.categories:
        dropped.append(f"{PostField.CATEGORIES.value} {NONE_CHOSEN}")
    return ArrivedStory(
        remote_id=pushed.copy.id,
        url=pushed.address,
        edit_url=pushed.edit_address,
        slug=pushed.slug,
        status=pushed.status,
        modified=pushed.copy.modified,
        fingerprint=pushed.copy.fingerprint,
        sent_hash=prepared.contents.hex(),
        media={
            # What an earlier push left there may be the same photo, cut otherwise.
            **{one.slug: _describe_picture(one) for one in pushed.pictures_left},
            **{one.key: _describe_picture(one) for one in pushed.pictures},
        },
        dropped=dropped,
    )


def _describe_picture(picture: PushedPicture) -> Mapping[str, Any]:
    return {"id": picture.id, "slug": picture.slug, "url": picture.url}


def _name_difference(found: Difference) -> str:
    return f"{found.part.value} {'changed' if found.there else 'dropped'}"


def _record_problem(
    claim: PushClaim, problem: str, at: datetime, detail: Mapping[str, Any], *, wait: float = 0
) -> None:
    with transaction() as session:
        record_problem(
            session, claim, problem, at=at, detail=detail, wait=timedelta(seconds=wait) if wait else None
        )


def _record_change(claim: PushClaim, change: RemoteChanged, at: datetime) -> None:
    """Ask a person where somebody has edited the post; what is in the trash or another's is only told."""
    remote = change.remote
    if change.problem is not SiteProblem.EDITED_THERE:
        _record_problem(claim, change.problem, at, {})
        return
    theirs = {
        "remote_id": remote.id,
        "modified": remote.modified,
        "fingerprint": remote.fingerprint,
        "title": remote.title,
        "excerpt": remote.excerpt,
        "content": remote.content,
    }
    with transaction() as session:
        record_question(session, claim, theirs, at=at)
