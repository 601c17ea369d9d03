"""Drafts: the editorial copies of accepted stories, their revisions and author checks."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Date, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from portal.domain.editing import OF_THE_PERSON, Verdict
from portal.domain.remote_sites import RemoteStatus
from portal.models.base import Base, Json, Moment, PublicId, new_public_id, value_enum
from portal.models.remote_copy import RemoteCopy
from portal.models.sealing import SealedField, SealedRow, open_envelope, ring_of
from portal.models.staff import Staff
from portal.models.submission import Submission
from portal.sealing.keys import (
    CannotOpen,
    autosave_person_place,
    comment_place,
    draft_person_place,
    edit_person_place,
    save_person_place,
)


def _place_of_person(row: "Draft") -> str:
    return draft_person_place(row.public_id)


def _place_of_comment(row: "DraftComment") -> str:
    return comment_place(row.public_id)


class Draft(SealedRow, Base):
    """The editorial copy of an accepted story. The original stays as it was sent."""

    __tablename__ = "draft"
    __table_args__ = (
        # The orders of a coverage's list, and the languages in it, each looked up from the one before.
        Index("ix_draft_accepted_at", "accepted_at", "id"),
        Index("ix_draft_edited_at", "edited_at", "id"),
        Index("ix_draft_lang", "lang"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(PublicId, unique=True, default=new_public_id)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id", ondelete="CASCADE"), unique=True)
    version: Mapped[int] = mapped_column(default=1)
    lang: Mapped[str] = mapped_column(String(20))
    title: Mapped[str] = mapped_column(String(300))
    dek: Mapped[str] = mapped_column(Text, default="")
    excerpt: Mapped[str] = mapped_column(Text, default="")
    slug: Mapped[str] = mapped_column(String(60), default="", server_default="", index=True)
    """End of the address it gets. Empty in drafts from releases before: then it follows from the title."""
    body: Mapped[str] = mapped_column(Text)
    """Markdown of story.markdown's subset."""
    sealed_person: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Envelope of portal.sealing.keys over what it says about its author (domain.editing.OF_THE_PERSON)."""
    content_warning: Mapped[str] = mapped_column(Text, default="")
    topics: Mapped[list[str]] = mapped_column(Json, default=list)
    """Slugs of Coverage.topics."""
    source_revision: Mapped[int | None]
    """Number of the author's newest revision the desk has taken into it, or has looked at and left."""
    revision: Mapped[int] = mapped_column(default=1)
    approved_revision: Mapped[int | None]
    set_aside_at: Mapped[datetime | None] = mapped_column(Moment)
    """When its acceptance was undone: it comes back with the next one. Empty while it stands."""
    accepted_at: Mapped[datetime] = mapped_column(Moment)
    edited_at: Mapped[datetime] = mapped_column(Moment)
    exported_revision: Mapped[int | None]
    """The revision that left the portal last; a higher `revision` means the copies outside are outdated."""
    exported_at: Mapped[datetime | None] = mapped_column(Moment)

    submission: Mapped[Submission] = relationship()
    revisions: Mapped[list["DraftRevision"]] = relationship(
        back_populates="draft", order_by="DraftRevision.number", cascade="all, delete-orphan"
    )
    checks: Mapped[list["AuthorCheck"]] = relationship(
        order_by="AuthorCheck.id", cascade="all, delete-orphan"
    )
    publications: Mapped[list["Publication"]] = relationship(
        order_by="Publication.id", cascade="all, delete-orphan"
    )
    copies: Mapped[list[RemoteCopy]] = relationship(
        primaryjoin=lambda: foreign(RemoteCopy.submission_id) == Draft.submission_id,
        order_by=lambda: RemoteCopy.id,
        viewonly=True,
    )

    byline_mode = SealedField("sealed_person", _place_of_person, "")
    """domain.consent.BylineMode, as the author chose."""
    byline = SealedField("sealed_person", _place_of_person, "")
    bio = SealedField("sealed_person", _place_of_person, "")
    photos = SealedField("sealed_person", _place_of_person, dict[str, Any]())
    """What domain.photo_edits stores: words for print name people, as the contributor's do."""
    side = SealedField("sealed_person", _place_of_person, "")
    """domain.sides.Side: the mark its card carries."""
    place = SealedField("sealed_person", _place_of_person, "")
    """As its card prints it."""

    __mapper_args__ = {"version_id_col": version}

    @property
    def person(self) -> Mapping[str, Any]:
        """Return what it says about its author by name, opened once for all of it. Raises CannotOpen."""
        held = open_envelope(self, "sealed_person", _place_of_person(self))
        return {"byline_mode": "", "byline": "", "bio": "", "side": "", "place": "", "photos": {}, **held}

    @property
    def is_shut(self) -> bool:
        """Say whether no key opens what it says about its author, or that is damaged."""
        try:
            open_envelope(self, "sealed_person", _place_of_person(self))
        except CannotOpen:
            return True
        return False

    @property
    def addresses(self) -> list["Publication"]:
        """Return where it stands now."""
        return self.pick_addresses(self.publications)

    @property
    def sites(self) -> Mapping[str, str]:
        """Return the names of the sites that say they have published it, by its addresses there."""
        return {one.url: one.target.name for one in self.copies if one.status is RemoteStatus.PUBLISHED}

    def pick_addresses(self, publications: Sequence["Publication"]) -> list["Publication"]:
        """Return which of its addresses count now; the ledger is asked where two are in one language."""
        return pick_current(publications, self.sites if share_language(publications) else {})


class StoryCard(Base):
    """What editors decide about the card of a published story, and its author need not approve."""

    __tablename__ = "story_card"

    draft_id: Mapped[int] = mapped_column(
        ForeignKey("draft.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    answers_id: Mapped[int | None] = mapped_column(ForeignKey("draft.id", ondelete="SET NULL"), index=True)
    """The story it answers."""
    title_breaks: Mapped[str] = mapped_column(String(400), default="")
    """The title as domain.title_breaks marks it; empty where nobody did."""


class _Fields(SealedRow):
    """Fields of a draft by name, in two parts: those about the story, and an envelope of the others."""

    open_fields: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    sealed_person: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Envelope of portal.sealing.keys over the fields about the author (domain.editing.OF_THE_PERSON)."""

    @property
    def _place(self) -> str:
        raise NotImplementedError

    @property
    def person(self) -> Mapping[str, Any]:
        """Return those about the author alone. Raises CannotOpen."""
        return open_envelope(self, "sealed_person", self._place)

    @property
    def fields(self) -> dict[str, Any]:
        """Return all of them. Raises CannotOpen."""
        return {**self.open_fields, **self.person}

    @fields.setter
    def fields(self, values: Mapping[str, Any]) -> None:
        """Put others in their place."""
        person = {name: value for name, value in values.items() if name in OF_THE_PERSON}
        self.sealed_person = ring_of(self).seal_map(person, self._place) if person else None
        self.open_fields = {name: value for name, value in values.items() if name not in OF_THE_PERSON}

    @property
    def is_shut(self) -> bool:
        """Say whether no key opens those about the author, or they are damaged."""
        try:
            open_envelope(self, "sealed_person", self._place)
        except CannotOpen:
            return True
        return False

    @property
    def readable_fields(self) -> dict[str, Any]:
        """Return all of them; where those about the author cannot be opened, the others."""
        return dict(self.open_fields) if self.is_shut else self.fields


class DraftRevision(_Fields, Base):
    """One save of a draft: every editable field as it was then."""

    __tablename__ = "draft_revision"
    __table_args__ = (UniqueConstraint("draft_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    draft_id: Mapped[int] = mapped_column(ForeignKey("draft.id", ondelete="CASCADE"))
    number: Mapped[int]
    sent_number: Mapped[int | None]
    """Number of the author's revision it was made from; empty where it is an edit."""
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="SET NULL"))
    by_author: Mapped[bool] = mapped_column(default=False)
    """Whether the author's own change made it, as of the name to print."""
    reason: Mapped[str] = mapped_column(Text, default="", server_default="")
    """Why an editor made these changes, in words for the author. Never printed."""
    change_reasons: Mapped[dict[str, str]] = mapped_column(Json, default=dict, server_default="{}")
    """The same for one change each, by what it is recognised by (domain.author_checks.spot_key)."""
    saved_at: Mapped[datetime] = mapped_column(Moment)

    draft: Mapped[Draft] = relationship(back_populates="revisions")
    staff: Mapped[Staff | None] = relationship()

    @property
    def _place(self) -> str:
        return save_person_place(self.draft.public_id, self.number)


class UnsavedEdit(_Fields, Base):
    """The unsaved edit of one editor, typed into a draft, and when their page last gave a sign of life.

    Its fields are empty while the page holds what is saved.
    """

    __tablename__ = "unsaved_edit"
    __table_args__ = (UniqueConstraint("draft_id", "staff_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    draft_id: Mapped[int] = mapped_column(ForeignKey("draft.id", ondelete="CASCADE"))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="SET NULL"))
    began_with: Mapped[int]
    """Number of the save the page began with."""
    sequence: Mapped[int] = mapped_column(default=0)
    """Grows with each state: a page that knows an older one does not write over it."""
    saved_at: Mapped[datetime] = mapped_column(Moment)
    open_at: Mapped[datetime] = mapped_column(Moment)
    autosaved_at: Mapped[datetime | None] = mapped_column(Moment)
    """When a state of it last stayed as a version, or the first one was typed."""

    staff: Mapped[Staff | None] = relationship()

    @property
    def _place(self) -> str:
        return edit_person_place(self.id)


class Autosave(_Fields, Base):
    """An unsaved state of one editor, kept when other words took its place (rule: domain.autosaves)."""

    __tablename__ = "autosave"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(PublicId, unique=True, default=new_public_id)
    draft_id: Mapped[int] = mapped_column(ForeignKey("draft.id", ondelete="CASCADE"), index=True)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="SET NULL"))
    saved_at: Mapped[datetime] = mapped_column(Moment)

    @property
    def _place(self) -> str:
        return autosave_person_place(self.public_id)


class DraftComment(SealedRow, Base):
    """A colleague's comment on a paragraph of a draft. Never shown to its author, never exported."""

    __tablename__ = "draft_comment"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(PublicId, unique=True, default=new_public_id)
    draft_id: Mapped[int] = mapped_column(ForeignKey("draft.id", ondelete="CASCADE"), index=True)
    answers_id: Mapped[int | None] = mapped_column(
        ForeignKey("draft_comment.id", ondelete="CASCADE"), index=True
    )
    """The comment it answers; empty for one that begins."""
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="SET NULL"))
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Envelope of portal.sealing.keys over the words and the paragraph: they may say who is in danger."""
    written_at: Mapped[datetime] = mapped_column(Moment)
    resolved_at: Mapped[datetime | None] = mapped_column(Moment)

    staff: Mapped[Staff | None] = relationship()

    words = SealedField("sealed", _place_of_comment, "")
    paragraph = SealedField("sealed", _place_of_comment, "")
    """As it stood when somebody spoke of it: by it the place is found in a text that was edited since."""


class AuthorCheck(Base):
    """The edited text shown to its author, and the answer."""

    __tablename__ = "author_check"

    id: Mapped[int] = mapped_column(primary_key=True)
    draft_id: Mapped[int] = mapped_column(ForeignKey("draft.id", ondelete="CASCADE"), index=True)
    revision: Mapped[int]
    answer_by: Mapped[date | None] = mapped_column(Date)
    sent_at: Mapped[datetime] = mapped_column(Moment)
    verdict: Mapped[Verdict | None] = mapped_column(value_enum(Verdict))
    objections: Mapped[str] = mapped_column(Text, default="")
    paragraphs: Mapped[list[int]] = mapped_column(Json, default=list)
    """1-based paragraph numbers of the edited text the author objects to: what releases before asked for."""
    answers: Mapped[dict[str, Any]] = mapped_column(Json, default=dict, server_default="{}")
    """The answers to the changes (domain.author_checks), and which of the author's revisions was compared."""
    reason: Mapped[str] = mapped_column(Text, default="")
    """Why an editor went on without the author's answer (waived)."""
    answered_at: Mapped[datetime | None] = mapped_column(Moment)


class Publication(Base):
    """An address a draft was published under; `pick_current` says which rows are where it stands now.

    Earlier ones stay until somebody has written down that nothing stands there any more.
    """

    __tablename__ = "publication"

    id: Mapped[int] = mapped_column(primary_key=True)
    draft_id: Mapped[int] = mapped_column(ForeignKey("draft.id", ondelete="CASCADE"), index=True)
    lang: Mapped[str] = mapped_column(String(20))
    url: Mapped[str] = mapped_column(String(500))
    recorded_at: Mapped[datetime] = mapped_column(Moment)
    visible_at: Mapped[datetime] = mapped_column(Moment)
    """When its author and the public learn of it: after the undo window of the decision it came with."""


def share_language(publications: Sequence[Publication]) -> bool:
    """Say whether two of these addresses are in one language."""
    return len({one.lang for one in publications}) < len(publications)


def pick_current(publications: Sequence[Publication], sites: Collection[str]) -> list[Publication]:
    """Return of each language the address that was recorded last, and every other that is among `sites`.

    Those are addresses at which a newsroom's site says it has published it. Languages come in the order of
    recording, and so do the addresses of each.
    """
    newest = {one.lang: one for one in publications}
    shown = {one.url: one for one in publications if one.url in sites or newest[one.lang] is one}
    return [one for lang in newest for one in shown.values() if one.lang == lang]


def name_site(url: str, sites: Mapping[str, str]) -> str:
    """Return the name of the site an address leads to, as the desk calls it; else that of its machine."""
    return sites.get(url) or urlsplit(url).hostname or ""
