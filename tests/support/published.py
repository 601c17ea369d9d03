"""Published stories for tests, made by what authors and editors do."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from portal.domain.permissions import Role
from portal.domain.photos import PeopleAnswer, PhotoLicence, PictureWords
from portal.domain.states import Stage
from portal.models import Draft, Staff
from portal.operations.coverages import drafts
from portal.operations.private.photos import describe_picture
from portal.story.picture_marks import make_key
from tests.support.factories import make_draft, make_sending, make_staff
from tests.support.photos import keep_picture

SITE = "https://news.example.org/"
WORDS = PictureWords("Полиця з книжками.", "Олена К.", PeopleAnswer.NOBODY, PhotoLicence.OWN)


def publish_story(
    session: Session,
    at: datetime,
    *,
    by: Staff | None = None,
    lang: str = "uk",
    addresses: Mapping[str, str] | None = None,
    answers: Mapping[str, str] | None = None,
    has_photo: bool = False,
    **edits: Any,
) -> Draft:
    """Return the draft of a story that everybody may read; `edits` are fields its editor saved."""
    editor = by or make_staff(session, Role.EDITOR)
    sending = replace(make_sending(Stage.STORY, lang=lang, **(answers or {})), lang=lang)
    draft = make_draft(session, at, by=editor, sending=sending)
    if has_photo:
        photo = keep_picture(session, draft.submission, at=at)
        describe_picture(session, draft.submission, photo, WORDS, at=at)
        edits["photos"] = {"featured": make_key(photo.public_id)}
    if edits:
        drafts.save_draft(session, draft, edits, by=editor, at=at, seen=draft.version)
    publish_again(session, draft, addresses or {lang: f"{SITE}{draft.public_id}"}, by=editor, at=at)
    return draft


def publish_again(
    session: Session, draft: Draft, addresses: Mapping[str, str], *, by: Staff, at: datetime
) -> None:
    """Count the text as approved, and record where it stands."""
    given: dict[str, Any] = {"by": by, "at": at}
    drafts.waive_approval(session, draft, seen=draft.submission.version, reason="By phone.", **given)
    drafts.publish(session, draft, addresses, seen=draft.submission.version, **given)
