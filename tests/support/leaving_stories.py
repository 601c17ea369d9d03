"""Stories that may leave, what is done to them meanwhile, and an editor at the page of the export."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.answers import GivenConsent, SubmittedAnswers
from portal.domain.permissions import Role
from portal.domain.photos import PeopleAnswer, PhotoLicence, PictureWords
from portal.domain.states import Stage
from portal.extensions import current_portal
from portal.models import Attachment, Draft, Staff
from portal.operations.coverages import drafts
from portal.operations.desk.triage import add_note
from portal.operations.private import author_acts
from portal.operations.private.photos import describe_picture, read_picture_words
from tests.support.factories import VERSIONS, make_draft, make_sending, make_staff
from tests.support.photos import keep_picture

PAGE = "/desk/coverages/ukraine-taiwan/export"
LICENCE_TEXT = "It appears under CC BY 3.0 (https://creativecommons.org/licenses/by/3.0/)."
CANARY = "canary-7f3a"


def make_story(**answers: str) -> SubmittedAnswers:
    """Return a story whose author agreed to the licence; what stays inside carries a mark."""
    inside = {"avoid": CANARY, "place_time": CANARY}
    sending = make_sending(Stage.STORY, address=f"{CANARY}@example.org", **{**inside, **answers})
    licence = GivenConsent("c_lic", VERSIONS["c_lic"], LICENCE_TEXT, "uk")
    return replace(sending, consents=(*(one for one in sending.consents if one.key != "c_lic"), licence))


def approve_draft(session: Session, draft: Draft, at: datetime) -> Draft:
    editor = make_staff(session, Role.EDITOR)
    drafts.save_draft(
        session,
        draft,
        {"dek": "Один вечір", "excerpt": "О шостій.", "topics": ["history"]},
        by=editor,
        at=at,
        seen=draft.version,
    )
    drafts.send_for_approval(session, draft, by=editor, at=at, seen=draft.submission.version)
    author_acts.approve(session, draft.submission, revision=draft.revision, at=at)
    add_note(session, draft.submission, by=editor, at=at, body=CANARY, keys=current_portal().instance.keys)
    return draft


def make_approved(session: Session, at: datetime, sending: SubmittedAnswers | None = None) -> Draft:
    editor = make_staff(session, Role.EDITOR)
    return approve_draft(session, make_draft(session, at, by=editor, sending=sending or make_story()), at)


@dataclass(frozen=True)
class Exporter:
    """An editor signed in, with one story ready and one that must stay."""

    client: FlaskClient
    ready: str
    kept: str


def save_meanwhile(session: Session, draft: Draft) -> None:
    by = session.scalars(select(Staff).where(Staff.role == Role.EDITOR)).first()
    assert by is not None
    drafts.revise(session, draft, by=by, at=datetime.now(UTC), seen=draft.submission.version)
    session.flush()
    drafts.save_draft(session, draft, {"title": "Інша"}, by=by, at=datetime.now(UTC), seen=draft.version)
    drafts.waive_approval(
        session, draft, by=by, at=datetime.now(UTC), seen=draft.submission.version, reason="By phone."
    )


def withdraw_meanwhile(session: Session, draft: Draft) -> None:
    author_acts.withdraw(session, draft.submission, at=datetime.now(UTC))


def keep_photo_that_may_leave(session: Session, draft: Draft, *, at: datetime) -> None:
    photo = keep_picture(session, draft.submission, at=at)
    words = PictureWords("Полиця", "Олена К.", PeopleAnswer.NOBODY, PhotoLicence.OWN)
    describe_picture(session, draft.submission, photo, words, at=at)


def refuse_photo_meanwhile(session: Session, draft: Draft) -> None:
    photo = session.scalars(select(Attachment)).one()
    words = replace(read_picture_words(photo), licence=PhotoLicence.EDITORS_ONLY)
    describe_picture(session, draft.submission, photo, words, at=datetime.now(UTC))
