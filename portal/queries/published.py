"""Published stories as everybody may know them: what their authors agreed to last and still allow."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Function, ScalarSelect, Select, and_, exists, func, literal, or_, select
from sqlalchemy.orm import Session, aliased, load_only

from portal.domain.consent import printed_byline
from portal.domain.editing import Verdict
from portal.domain.photo_edits import PhotoEdits
from portal.domain.photos import AttachmentKind, PictureWords, list_missing_answers, may_leave
from portal.domain.remote_sites import RemoteStatus
from portal.domain.sides import Side, read_side
from portal.domain.states import State
from portal.domain.take_downs import UNTOLD, TakeDownOutcome
from portal.domain.title_breaks import split_phrases
from portal.models import (
    Attachment,
    AuthorCheck,
    Call,
    Draft,
    DraftRevision,
    Publication,
    RemoteCopy,
    StoryCard,
    Submission,
    TakeDown,
    Target,
)
from portal.models.editorial import name_site, pick_current, share_language
from portal.queries.drafts import is_standing
from portal.sealing.keys import CannotOpen
from portal.story.picture_marks import make_photo_key

_GONE = (State.WITHDRAWN, State.ERASED)
_STANDS = (TakeDownOutcome.CORRECTED, TakeDownOutcome.NOT_REMOVED)


@dataclass(frozen=True)
class StoryAddress:
    """Where a published story can be read in one language, and since when."""

    lang: str
    url: str
    since: datetime
    site: str = ""
    """The name of the site, where it can be read on several in this language."""


@dataclass(frozen=True)
class StoryPicture:
    """The featured photo of a published story; `lang` is that of the alternative text."""

    public_id: str
    alt: str
    lang: str
    width: int
    height: int


@dataclass(frozen=True)
class AnsweredStory:
    """The published story that another one answers."""

    public_id: str
    title: str
    lang: str


@dataclass(frozen=True)
class PublishedStory:
    """A published story, with nothing its author did not agree to or has taken back."""

    public_id: str
    """Of the draft."""
    lang: str
    """Of title, excerpt, name and place."""
    title: str
    excerpt: str
    author: str
    """The name as its author chose it; empty for a story without one."""
    side: Side | None
    place: str
    published_at: datetime
    """When it was told of first."""
    addresses: tuple[StoryAddress, ...]
    """Where it stands now: one of each language, the one recorded first before the others."""
    picture: StoryPicture | None = None
    answered: AnsweredStory | None = None
    phrases: tuple[str, ...] = ()
    """The title in parts between which its line may break."""

    def address_for(self, *wanted: str) -> StoryAddress:
        """Return the address in the first of these languages that it has, else in its own, else any.

        Of several in one language it is always the one that was recorded first.
        """
        by_lang = {one.lang: one for one in reversed(self.addresses)}
        found = (by_lang[tag] for tag in (*wanted, self.lang) if tag in by_lang)
        return next(found, self.addresses[0])


@dataclass(frozen=True)
class _Agreed:
    """What an author agreed to last about name, place and photos; `fields` are those of a draft."""

    author: str
    side: Side | None
    place: str
    edits: PhotoEdits


_NOTHING = _Agreed("", None, "", PhotoEdits())


def list_published(
    session: Session,
    coverage_id: int,
    *,
    at: datetime,
    lang: str = "",
    first: int = 0,
    most: int | None = None,
) -> list[PublishedStory]:
    """Return the published stories of a coverage, the newest first: what the desk can still undo is none.

    `lang` leaves out what cannot be read in a language; `first` and `most` cut out a page. The number of
    statements is the same for one story and for hundreds.
    """
    rows = session.execute(_select_stories(coverage_id, at, lang).offset(first).limit(most)).all()
    agreed = {row.Draft.id: _read_agreed(row.Draft, row.agreed) for row in rows}
    addresses = _find_addresses(session, agreed.keys(), at)
    answered = _find_answered(session, {row.answers_id for row in rows if row.answers_id}, coverage_id, at)
    featured = {row.Draft.submission_id: agreed[row.Draft.id].edits for row in rows}
    pictures = _find_pictures(session, {key: edits for key, edits in featured.items() if edits.featured})
    return [
        PublishedStory(
            public_id=row.Draft.public_id,
            lang=row.Draft.lang,
            title=row.title,
            excerpt=row.excerpt,
            author=agreed[row.Draft.id].author,
            side=agreed[row.Draft.id].side,
            place=agreed[row.Draft.id].place,
            published_at=row.since,
            addresses=addresses[row.Draft.id],
            picture=_describe_picture(
                pictures.get(row.Draft.submission_id), agreed[row.Draft.id].edits, row.Draft.lang
            ),
            answered=answered.get(row.answers_id),
            phrases=split_phrases(row.title_breaks or "", row.title),
        )
        for row in rows
    ]


def count_published(session: Session, coverage_id: int, *, at: datetime) -> Mapping[str, int]:
    """Return how many published stories can be read in each language; under "" how many there are."""
    shown = _select_shown(coverage_id, at).subquery()
    stories = func.count(shown.c.draft_id.distinct())
    in_all = select(literal("").label("lang"), stories.label("number"))
    by_lang = select(shown.c.lang, stories).group_by(shown.c.lang)
    return {row.lang: row.number for row in session.execute(in_all.union_all(by_lang))}


def is_published(coverage_id: int, at: datetime) -> ColumnElement[bool]:
    """Return the condition on Draft that everybody may know of it."""
    return Draft.id.in_(select(_select_shown(coverage_id, at).subquery().c.draft_id))


def _select_shown(coverage_id: int, at: datetime) -> Select[int, str, int, datetime]:
    """Return the query for every place that everybody is told of, earlier ones included."""
    return (
        select(Publication.draft_id, Publication.lang, Publication.id, Publication.visible_at)
        .join(Draft, Draft.id == Publication.draft_id)
        .join(Submission, Submission.id == Draft.submission_id)
        .join(Call, Call.id == Submission.call_id)
        .where(Call.coverage_id == coverage_id, Submission.state.not_in(_GONE))
        .where(is_standing(), Publication.visible_at <= at, ~_is_forbidden())
    )


def _is_forbidden() -> ColumnElement[bool]:
    """Return the condition on Submission that its author forbids to publish it, or not yet, after it left."""
    return exists().where(
        TakeDown.submission_id == Submission.id,
        TakeDown.reason.in_(UNTOLD),
        or_(TakeDown.outcome.is_(None), TakeDown.outcome.in_(_STANDS)),
    )


def _select_stories(coverage_id: int, at: datetime, lang: str) -> Select[Any]:
    shown = _select_shown(coverage_id, at).subquery()
    told = (
        select(
            shown.c.draft_id,
            func.min(shown.c.id).label("first"),
            func.min(shown.c.visible_at).label("since"),
        )
        .group_by(shown.c.draft_id)
        .subquery()
    )
    check, agreed = aliased(AuthorCheck), aliased(DraftRevision, name="agreed")
    found = (
        select(
            Draft,
            agreed,
            _agreed_title(agreed).label("title"),
            func.coalesce(agreed.open_fields["excerpt"].as_string(), Draft.excerpt).label("excerpt"),
            told.c.since,
            StoryCard.answers_id,
            StoryCard.title_breaks,
        )
        .join(told, told.c.draft_id == Draft.id)
        .outerjoin(StoryCard, StoryCard.draft_id == Draft.id)
        .outerjoin(check, check.id == _newest_agreement())
        .outerjoin(agreed, and_(agreed.draft_id == Draft.id, agreed.number == check.revision))
        .options(
            # Texts are long and no card shows them.
            load_only(Draft.public_id, Draft.submission_id, Draft.lang, Draft.sealed_person, Draft.version),
            load_only(agreed.draft_id, agreed.number, agreed.sealed_person),
        )
        .order_by(told.c.first.desc())
    )
    if not lang:
        return found
    in_it = exists().where(shown.c.draft_id == Draft.id, shown.c.lang == lang)
    return found.where(in_it)


def _newest_agreement() -> ScalarSelect[int | None]:
    """Return the query for the check of a draft whose text its author agreed to last."""
    agreed = AuthorCheck.verdict.in_((Verdict.APPROVED, Verdict.WAIVED))
    checks = select(func.max(AuthorCheck.id)).where(AuthorCheck.draft_id == Draft.id, agreed)
    return checks.correlate(Draft).scalar_subquery()


def _agreed_title(agreed: type[DraftRevision]) -> Function[str]:
    return func.coalesce(agreed.open_fields["title"].as_string(), Draft.title)


def _find_answered(
    session: Session, drafts: Collection[int], coverage_id: int, at: datetime
) -> Mapping[int, AnsweredStory]:
    """Return what can be told of the stories that others answer: those that are published still."""
    if not drafts:
        return {}
    check, agreed = aliased(AuthorCheck), aliased(DraftRevision)
    found = (
        select(Draft.id, Draft.public_id, Draft.lang, _agreed_title(agreed).label("title"))
        .outerjoin(check, check.id == _newest_agreement())
        .outerjoin(agreed, and_(agreed.draft_id == Draft.id, agreed.number == check.revision))
        .where(Draft.id.in_(drafts), is_published(coverage_id, at))
    )
    rows = session.execute(found)
    return {row.id: AnsweredStory(row.public_id, row.title, row.lang) for row in rows}


def find_story_photo(session: Session, public_id: str, *, at: datetime) -> Attachment | None:
    """Return a photo that stands on the card of a published story now; None for any other."""
    row = session.execute(
        select(Attachment, Draft.id, Call.coverage_id)
        .join(Draft, Draft.submission_id == Attachment.submission_id)
        .join(Submission, Submission.id == Attachment.submission_id)
        .join(Call, Call.id == Submission.call_id)
        .where(Attachment.public_id == public_id)
    ).one_or_none()
    if row is None:
        return None
    photo, draft_id, coverage_id = row
    story = session.execute(_select_stories(coverage_id, at, "").where(Draft.id == draft_id)).one_or_none()
    if story is None or not _may_be_shown(photo):
        return None
    featured = _read_agreed(story.Draft, story.agreed).edits.featured
    return photo if make_photo_key(photo.public_id) == featured else None


def _read_agreed(draft: Draft, agreed: DraftRevision | None) -> _Agreed:
    """Return what may be told; a name the author has taken back since is none, nor what no key opens."""
    try:
        now = draft.person
        # Saves of long ago do not say the mode.
        then: Mapping[str, Any] = {**_of_name(now), **agreed.person} if agreed is not None else now
    except CannotOpen:
        return _NOTHING
    name = printed_byline(then["byline_mode"], then["byline"])
    stands = name == printed_byline(now["byline_mode"], now["byline"])
    return _Agreed(
        author=name if stands else "",
        side=read_side(then.get("side", "")),
        place=then.get("place", ""),
        edits=PhotoEdits.read(then.get("photos", {})),
    )


def _of_name(person: Mapping[str, str]) -> Mapping[str, str]:
    return {name: person[name] for name in ("byline_mode", "byline")}


def _find_addresses(
    session: Session, drafts: Collection[int], at: datetime
) -> Mapping[int, tuple[StoryAddress, ...]]:
    told = select(Publication).where(Publication.draft_id.in_(drafts), Publication.visible_at <= at)
    by_draft: dict[int, list[Publication]] = {}
    for one in session.scalars(told.order_by(Publication.id)):
        by_draft.setdefault(one.draft_id, []).append(one)
    crowded = [draft for draft, places in by_draft.items() if share_language(places)]
    sites = _find_sites(session, crowded)
    return {draft: _describe_addresses(places, sites.get(draft, {})) for draft, places in by_draft.items()}


def _find_sites(session: Session, drafts: Collection[int]) -> Mapping[int, Mapping[str, str]]:
    """Return of each draft the names of the sites that have published it, by its addresses there."""
    found: dict[int, dict[str, str]] = {}
    if not drafts:
        return found
    rows = (
        select(Draft.id, RemoteCopy.url, Target.name)
        .join(RemoteCopy, RemoteCopy.submission_id == Draft.submission_id)
        .join(Target, Target.id == RemoteCopy.target_id)
        .where(Draft.id.in_(drafts), RemoteCopy.status == RemoteStatus.PUBLISHED)
    )
    for draft, url, name in session.execute(rows):
        found.setdefault(draft, {})[url] = name
    return found


def _describe_addresses(places: Sequence[Publication], sites: Mapping[str, str]) -> tuple[StoryAddress, ...]:
    current = pick_current(places, sites)
    counted = Counter(one.lang for one in current)
    return tuple(
        StoryAddress(
            one.lang,
            one.url,
            one.visible_at,
            site=name_site(one.url, sites) if counted[one.lang] > 1 else "",
        )
        for one in current
    )


def _find_pictures(session: Session, featured: Mapping[int, PhotoEdits]) -> Mapping[int, Attachment]:
    """Return of each submission the featured photo, where it may leave now."""
    if not featured:
        return {}
    photos = select(Attachment).where(
        Attachment.submission_id.in_(featured), Attachment.kind == AttachmentKind.PHOTO
    )
    return {
        one.submission_id: one
        for one in session.scalars(photos)
        if make_photo_key(one.public_id) == featured[one.submission_id].featured and _may_be_shown(one)
    }


def _may_be_shown(photo: Attachment) -> bool:
    try:
        is_described = not list_missing_answers(_read_words(photo))
    except CannotOpen:
        return False
    return is_described and may_leave(photo.people, photo.licence)


def _read_words(photo: Attachment) -> PictureWords:
    return PictureWords(photo.description, photo.credit, photo.people, photo.licence, photo.caption)


def _describe_picture(photo: Attachment | None, edits: PhotoEdits, lang: str) -> StoryPicture | None:
    if photo is None:
        return None
    printed = edits.print_words(make_photo_key(photo.public_id), _read_words(photo))
    return StoryPicture(photo.public_id, printed.alt, lang, photo.width, photo.height)
