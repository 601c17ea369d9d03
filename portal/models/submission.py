"""Submissions: immutable revisions, consents, history, and the contributor's way back in."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    exists,
    text,
)
from sqlalchemy.orm import Mapped, column_property, mapped_column, query_expression, relationship

from portal.domain.acts import HistoryAct
from portal.domain.admission import Lane
from portal.domain.questions import AskedWhen
from portal.domain.states import Stage, State
from portal.domain.unsent_words import UnsentPlace
from portal.domain.ways_in import WayIn
from portal.models.attachment import Attachment
from portal.models.base import NUMBERED_ONCE, Base, Json, Moment, PublicId, new_public_id, value_enum
from portal.models.coverage import Call
from portal.models.original import OriginalFile
from portal.models.sealing import SealedField, SealedRow, open_envelope
from portal.models.staff import Staff
from portal.sealing.keys import CannotOpen, desk_answers_place, risk_place, unsent_version_place

_IS_PART = text("batch IS NOT NULL")
_IS_UNREAD = text("unread_letter_id IS NOT NULL")
_IS_BESIDE = text("begun_beside_id IS NOT NULL")
_CAME_BACK = text("state_before IN ('invited', 'needs_reply')")
"""As a view asks it (queries.desk.queue): what waits for the desk and was asked for."""
_IS_UNDOABLE = text("undo_until IS NOT NULL")
_LOOKED_AT = ("call_id", "state_before", "lang", "stage", "sides")
"""What conditions of the queue ask of a row besides its place."""


class Event(Base):
    """One event. `staff_id` is empty when the contributor did it. `detail` holds no text of theirs."""

    __tablename__ = "event"
    __table_args__ = (
        Index("ix_event_batch", "batch", sqlite_where=_IS_PART, postgresql_where=_IS_PART),
        NUMBERED_ONCE,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id", ondelete="CASCADE"), index=True)
    act: Mapped[HistoryAct] = mapped_column(value_enum(HistoryAct))
    from_state: Mapped[State | None] = mapped_column(value_enum(State))
    to_state: Mapped[State] = mapped_column(value_enum(State))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="SET NULL"))
    by_author: Mapped[bool] = mapped_column(default=False)
    """Done on a page that only the author opens (domain.ways_in.is_author), or with the author's form."""
    detail: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    at: Mapped[datetime] = mapped_column(Moment)
    batch: Mapped[str | None] = mapped_column(PublicId)
    """Which act on many it is part of."""

    submission: Mapped["Submission"] = relationship()
    staff: Mapped[Staff | None] = relationship()


class Submission(SealedRow, Base):
    """A pitch or story with its state. `version` guards every write: a stale one fails."""

    __tablename__ = "submission"
    __table_args__ = (
        CheckConstraint(
            "(state = 'duplicate') = (duplicate_of_id IS NOT NULL)", name="duplicate_has_original"
        ),
        # Pages of the queue and its counts are read from these alone: the last columns are only looked at.
        Index("ix_submission_queue", "state", "due_at", "id", *_LOOKED_AT, "received_at"),
        Index("ix_submission_lane", "state", "lane", "due_at", "id", *_LOOKED_AT, "received_at"),
        Index("ix_submission_received", "state", "lane", "received_at", "id", *_LOOKED_AT, "due_at"),
        Index(
            "ix_submission_came_back",
            "state",
            "lane",
            "due_at",
            "id",
            *_LOOKED_AT,
            "received_at",
            sqlite_where=_CAME_BACK,
            postgresql_where=_CAME_BACK,
        ),
        Index("ix_submission_language", "call_id", "state", "lang"),
        Index("ix_submission_assignee", "assignee_id", "state", "call_id"),
        Index(
            "ix_submission_unread", "unread_letter_id", sqlite_where=_IS_UNREAD, postgresql_where=_IS_UNREAD
        ),
        Index(
            "ix_submission_begun_beside",
            "begun_beside_id",
            sqlite_where=_IS_BESIDE,
            postgresql_where=_IS_BESIDE,
        ),
        Index(
            "ix_submission_undoable", "undo_until", sqlite_where=_IS_UNDOABLE, postgresql_where=_IS_UNDOABLE
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(PublicId, unique=True, default=new_public_id)
    call_id: Mapped[int] = mapped_column(ForeignKey("call.id"))
    receipt_hash: Mapped[str] = mapped_column(String(64), unique=True)
    """Of the code derived from the form key: finds a form that arrives again."""
    replacement_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    """Of the code that took the place of a lost one: then only that one opens the private page."""
    address_hash: Mapped[str | None] = mapped_column(String(64), index=True)
    """HMAC of the e-mail address under the receipt secret: finds a submission whose code is lost."""
    kind: Mapped[Stage] = mapped_column(value_enum(Stage))
    """How it began; what lies there now is `stage`."""
    stage: Mapped[Stage] = mapped_column(value_enum(Stage))
    state: Mapped[State] = mapped_column(value_enum(State))
    state_before: Mapped[State | None] = mapped_column(value_enum(State))
    version: Mapped[int] = mapped_column(default=1)
    lang: Mapped[str] = mapped_column(String(20))
    """Language the contributor states for the text, a BCP 47 tag of domain.languages."""
    locale: Mapped[str] = mapped_column(String(20))
    """Language of the form the contributor used: letters and pages answer in it."""
    heading: Mapped[str] = mapped_column(String(300))
    """Title of a story, first sentence of a pitch; empty while nothing is sent."""
    sides: Mapped[str] = mapped_column(String(40), default="", server_default="")
    """In which of the places it links it is rooted, as domain.sides writes it; empty where nobody said."""
    words: Mapped[int] = mapped_column(default=0)
    characters: Mapped[int] = mapped_column(default=0)
    sealed_risk: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Envelope of portal.sealing.keys over `at_risk`; none of what was never sent, or is erased."""
    wants_mail: Mapped[bool] = mapped_column(default=False)
    lane: Mapped[Lane] = mapped_column(value_enum(Lane), default=Lane.VERIFIED)
    signals: Mapped[list[str]] = mapped_column(Json, default=list)
    """Values of domain.admission.Signal."""
    received_at: Mapped[datetime] = mapped_column(Moment)
    """Rounded down to the hour, like every time of a contributor's act."""
    due_at: Mapped[datetime | None] = mapped_column(Moment)
    """When the promised answer, or the contributor's part, is due."""
    announced_state: Mapped[State | None] = mapped_column(value_enum(State))
    """What the contributor still sees until `announce_at`."""
    announce_at: Mapped[datetime | None] = mapped_column(Moment, index=True)
    undo_until: Mapped[datetime | None] = mapped_column(Moment)
    """Until when its contributor can take a withdrawal back; to the second, so it is emptied after."""
    ending_seen_at: Mapped[datetime | None] = mapped_column(Moment)
    """Since when the clock erases it within two weeks; empty while that is further away."""
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="SET NULL"))
    """A colleague has made them responsible, and they have not acted on it since."""
    claimed_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="SET NULL"))
    claimed_since: Mapped[datetime | None] = mapped_column(Moment)
    """When they took it."""
    claimed_at: Mapped[datetime | None] = mapped_column(Moment)
    """When they last did something on its page: a claim fades after some minutes without."""
    decline_reason: Mapped[str] = mapped_column(String(40), default="")
    duplicate_of_id: Mapped[int | None] = mapped_column(ForeignKey("submission.id"))
    begun_beside_id: Mapped[int | None]
    """The submission whose page was open in the browser this one was begun in, while they share words."""
    thread_read_id: Mapped[int | None]
    """Newest message the contributor had before them when they last came with the code."""
    desk_read_id: Mapped[int | None]
    """Newest message somebody of the desk has marked as read."""
    unread_letter_id: Mapped[int | None]
    """Newest message of the contributor while it is above `desk_read_id`, else None."""

    call: Mapped[Call] = relationship()
    assignee: Mapped[Staff | None] = relationship(foreign_keys=[assignee_id])
    claimed_by: Mapped[Staff | None] = relationship(foreign_keys=[claimed_by_id])
    duplicate_of: Mapped["Submission | None"] = relationship(remote_side="Submission.id")
    revisions: Mapped[list["Revision"]] = relationship(
        back_populates="submission", order_by="Revision.number", cascade="all, delete-orphan"
    )
    consents: Mapped[list["Consent"]] = relationship(order_by="Consent.id", cascade="all, delete-orphan")
    writings: Mapped[list["UnsentVersion"]] = relationship(
        back_populates="submission", order_by="UnsentVersion.id", cascade="all, delete-orphan"
    )
    attachments: Mapped[list[Attachment]] = relationship(
        order_by=Attachment.position, cascade="all, delete-orphan"
    )
    originals: Mapped[list[OriginalFile]] = relationship(order_by=OriginalFile.id, viewonly=True)
    """Files as they were sent, until their author has said that this is the text."""

    answered_after: Mapped[bool] = column_property(
        exists()
        .where(
            Event.submission_id == id,  # noqa: A003  # our own column
            Event.act == HistoryAct.ANSWER_AFTER,
            Event.detail["stage"].as_string() == stage,
        )
        .correlate_except(Event),
        deferred=True,
    )
    """Its author has answered what is asked after the receipt, were it with nothing."""
    # Told where what loads it asked for that, so that nobody looks for what is not there; None elsewhere.
    is_paired: Mapped[bool | None] = query_expression()
    """Whether another text was ever taken for the same story."""
    has_originals: Mapped[bool | None] = query_expression()
    """Whether files of it are kept as they were sent."""
    has_notes: Mapped[bool | None] = query_expression()
    """Whether colleagues have left notes."""
    has_messages: Mapped[bool | None] = query_expression()
    """Whether desk and author have written to each other."""

    at_risk = SealedField("sealed_risk", lambda row: risk_place(row.public_id), False)  # noqa: FBT003  # its default

    __mapper_args__ = {"version_id_col": version}

    @property
    def latest(self) -> "Revision":
        """Return the newest revision."""
        return self.revisions[-1]

    def state_shown(self, at: datetime) -> State:
        """Return the state the contributor sees at `at`: a decision shows only after its undo window."""
        waiting = self.announced_state is not None and self.announce_at is not None and at < self.announce_at
        return self.announced_state if waiting and self.announced_state is not None else self.state


class Revision(SealedRow, Base):
    """A revision: what a contributor sent, as sent, never changed. A later sending is a new row."""

    __tablename__ = "revision"
    __table_args__ = (
        UniqueConstraint("submission_id", "number"),
        # A form belongs to one submission: what comes with it twice at once is no second one.
        UniqueConstraint("form_key_hash", "number"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id", ondelete="CASCADE"))
    number: Mapped[int]
    stage: Mapped[Stage] = mapped_column(value_enum(Stage))
    form_key_hash: Mapped[str] = mapped_column(String(64), index=True)
    content_hash: Mapped[str] = mapped_column(String(64))
    lang: Mapped[str] = mapped_column(String(20))
    open_answers: Mapped[dict[str, Any]] = mapped_column(Json)
    """Field key to text: the answers in words that the desk's search reads, and no others."""
    desk_answers: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Envelope of portal.sealing.keys over a JSON object of all other answers that desk or editors read."""
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Envelope of portal.sealing.keys over a JSON object of the answers that only named people open."""
    received_at: Mapped[datetime] = mapped_column(Moment)

    submission: Mapped[Submission] = relationship(back_populates="revisions")

    @property
    def answers(self) -> dict[str, Any]:
        """Return what desk and editors read by field key: texts, lists of options. Raises CannotOpen."""
        place = desk_answers_place(self.submission.public_id, self.number)
        return {**self.open_answers, **open_envelope(self, "desk_answers", place)}

    @property
    def is_shut(self) -> bool:
        """Say whether no key opens the answers that are kept sealed for the desk, or they are damaged."""
        try:
            open_envelope(self, "desk_answers", desk_answers_place(self.submission.public_id, self.number))
        except CannotOpen:
            return True
        return False

    @property
    def readable_answers(self) -> dict[str, Any]:
        """Return what desk and editors read; where the sealed ones cannot be opened, the others."""
        return dict(self.open_answers) if self.is_shut else self.answers


class UnsentVersion(SealedRow, Base):
    """An unsent version of what a contributor types: one row for each version, two when two tabs disagree."""

    __tablename__ = "submission_draft"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(PublicId, unique=True, default=new_public_id)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id", ondelete="CASCADE"), index=True)
    stage: Mapped[Stage] = mapped_column(value_enum(Stage))
    """Which of the two forms it is."""
    sequence: Mapped[int] = mapped_column(default=1)
    """Grows with each save: a tab that knows an older one does not write over this row."""
    lang: Mapped[str] = mapped_column(String(20))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    """Envelope of portal.sealing.keys over two JSON objects, `answers` and `sealed`: name of the field to
    what stands in it, of sealed questions apart from the others; and `when` these are asked. No consents."""
    sealed_form_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The key of the form, so that going on by code leads to the same receipt; sealed, gone with the row."""
    saved_at: Mapped[datetime] = mapped_column(Moment)
    """Rounded down to the hour."""

    submission: Mapped[Submission] = relationship(back_populates="writings")

    @property
    def answers(self) -> dict[str, Any]:
        """Return what stands in its fields, those of sealed questions left out. Raises CannotOpen."""
        held: dict[str, Any] = self._open()["answers"]
        return held

    @property
    def when(self) -> AskedWhen:
        """Return when the questions it answers are asked; what no key opens goes on nowhere anyway."""
        try:
            return AskedWhen(self._open().get("when", AskedWhen.FIRST))
        except CannotOpen:
            return AskedWhen.FIRST

    def _open(self) -> Mapping[str, Any]:
        return open_envelope(self, "sealed", unsent_version_place(self.public_id))


class PageWords(Base):
    """Unsent words of the private page: an answer, an objection, captions."""

    __tablename__ = "page_words"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(PublicId, unique=True, default=new_public_id)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id", ondelete="CASCADE"), index=True)
    place: Mapped[UnsentPlace] = mapped_column(value_enum(UnsentPlace))
    sequence: Mapped[int] = mapped_column(default=1)
    """Grows with each save: a tab that knows an older one does not write over this row."""
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    """Envelope of portal.sealing.keys over a JSON object: name of the field to what stands in it."""
    saved_at: Mapped[datetime] = mapped_column(Moment)
    """Rounded down to the hour."""


class AccessLink(Base):
    """A way back for who lost the code: one-time, by mail. The token is derived when the mail is sent."""

    __tablename__ = "access_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(PublicId, unique=True, default=new_public_id)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    expires_at: Mapped[datetime] = mapped_column(Moment)


class Consent(Base):
    """One box ticked: the exact text, its version and language, and the hour."""

    __tablename__ = "consent"

    id: Mapped[int] = mapped_column(primary_key=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id", ondelete="CASCADE"), index=True)
    key: Mapped[str] = mapped_column(String(40))
    text_version: Mapped[int]
    locale: Mapped[str] = mapped_column(String(20))
    text: Mapped[str] = mapped_column(Text)
    given_at: Mapped[datetime] = mapped_column(Moment)


class ContributorSession(Base):
    """A private page open in somebody's browser. The cookie holds only a random token, here is its hash."""

    __tablename__ = "contributor_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id", ondelete="CASCADE"))
    sealed_form_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Lets the receipt page show the code again while this session lives; sealed, gone with the row."""
    unread_from: Mapped[int | None]
    """Messages with a higher id are new to this visit."""
    way_in: Mapped[WayIn] = mapped_column(value_enum(WayIn))
    """What opened it, and so what may be done on it."""
    expires_at: Mapped[datetime] = mapped_column(Moment)

    submission: Mapped[Submission] = relationship()


BEFORE = "before"
"""Key of an event's detail: the submission as the act found it, for undoing it."""

FILE = "file"
"""Key of an event's detail: public id of the photo or document that was removed."""

UNTOLD = "untold"
"""Key of a withdrawal's detail: decisions that waited to be told then, number of the event to when."""

SET_ASIDE = "set_aside"
"""Key of an event's detail: how many saves went aside with the draft of an acceptance that was undone."""

BROUGHT_BACK = "brought_back"
"""Key of an event's detail: how many saves came back with the draft of an acceptance."""


BY_DESK_CODE = "by_desk_code"
"""Key of an event's detail: done by whoever came with a code of the desk, unproved."""
