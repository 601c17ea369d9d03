"""The front page of a coverage as editors decide it, and which story another one answers."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.audit import AuditAct
from portal.domain.errors import DomainError, MissingText, NotPermitted, StaleEdit
from portal.domain.permissions import Permission
from portal.domain.title_breaks import drop_breaks
from portal.media.preview import NewPicture
from portal.models import Coverage, Draft, LeadPicture, Staff, StoryCard
from portal.operations.audit_log import record_act


class AnswersItself(DomainError):
    """Of two stories only one answers the other."""


@dataclass(frozen=True)
class FrontPage:
    """The head of a coverage's page; texts by language tag, titles with marks where they may break."""

    titles: Mapping[str, str]
    summary: Mapping[str, str]
    alt: Mapping[str, str] = field(default_factory=dict)
    credit: str = ""


def read_front_page(coverage: Coverage, picture: LeadPicture | None) -> FrontPage:
    """Return what is kept; a title that was marked for another one stands without marks."""
    marked = {
        tag: breaks
        for tag, breaks in coverage.title_breaks.items()
        if drop_breaks(breaks) == coverage.title.get(tag)
    }
    return FrontPage(
        titles={**coverage.title, **marked},
        summary=coverage.summary,
        alt=picture.alt if picture else {},
        credit=picture.credit if picture else "",
    )


def mark_front_page(coverage: Coverage, picture: LeadPicture | None) -> str:
    """Return a mark by which a page knows whether somebody has changed it meanwhile."""
    kept = read_front_page(coverage, picture)
    told = [kept.titles, kept.summary, kept.alt, kept.credit, picture.sha256 if picture else ""]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def change_front_page(
    session: Session,
    coverage: Coverage,
    wanted: FrontPage,
    *,
    new: NewPicture | None = None,
    removes_picture: bool = False,
    by: Staff,
    at: datetime,
    seen: str,
) -> None:
    """Keep how a coverage begins; `new` takes the place of the picture there, or it is removed.

    Raises NotPermitted, StaleEdit when a colleague has changed it meanwhile, MissingText without a title in
    the coverage's first language, for a picture of which nobody says what it shows or who made it, or for
    words about a picture that is not there.
    """
    if not by.may(Permission.DRAFT_EDIT):
        raise NotPermitted(AuditAct.CHANGE_FRONT_PAGE)
    held = select(Coverage).where(Coverage.id == coverage.id).with_for_update()
    session.scalars(held.execution_options(populate_existing=True)).one()
    picture = session.get(LeadPicture, coverage.id)
    if seen != mark_front_page(coverage, picture):
        raise StaleEdit(AuditAct.CHANGE_FRONT_PAGE)
    if removes_picture and picture is not None:
        session.delete(picture)
        picture = None
    titles = {tag: drop_breaks(marked) for tag, marked in wanted.titles.items()}
    if not titles.get(coverage.primary_locale):
        raise MissingText("title")
    coverage.title, coverage.title_breaks = titles, dict(wanted.titles)
    coverage.summary = dict(wanted.summary)
    if new is not None or picture is not None:
        if not wanted.credit or not wanted.alt.get(coverage.primary_locale):
            raise MissingText("alt")
        _keep_picture(session, coverage, picture, wanted, new)
    elif wanted.alt or wanted.credit:
        raise MissingText("picture")
    record_act(session, AuditAct.CHANGE_FRONT_PAGE, by=by, about=coverage.public_id, at=at)
    session.flush()


def _keep_picture(
    session: Session,
    coverage: Coverage,
    picture: LeadPicture | None,
    wanted: FrontPage,
    new: NewPicture | None,
) -> None:
    if picture is None:
        picture = LeadPicture(coverage_id=coverage.id)
        session.add(picture)
    picture.alt, picture.credit = dict(wanted.alt), wanted.credit
    if new is not None:
        picture.content, picture.width, picture.height = new.content, new.width, new.height
        picture.sha256 = hashlib.sha256(new.content).hexdigest()


def change_card(
    session: Session, draft: Draft, answered: Draft | None, *, title_breaks: str, by: Staff
) -> None:
    """Keep which story a story answers, and where its title may break; nothing of it needs its author.

    Raises NotPermitted, AnswersItself.
    """
    if not by.may(Permission.DRAFT_EDIT):
        raise NotPermitted(AuditAct.CHANGE_FRONT_PAGE)
    if answered is not None:
        back = session.get(StoryCard, answered.id)
        if answered.id == draft.id or (back is not None and back.answers_id == draft.id):
            raise AnswersItself
    card = session.get(StoryCard, draft.id)
    if card is None:
        card = StoryCard(draft_id=draft.id)
        session.add(card)
    card.answers_id = answered.id if answered else None
    card.title_breaks = title_breaks
    session.flush()
