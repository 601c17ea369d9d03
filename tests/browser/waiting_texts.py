"""Texts that wait for the desk in four languages, and a browser of an editor who reads them all."""

from datetime import UTC, datetime, timedelta
from typing import Any

from playwright.sync_api import Page
from sqlalchemy.orm import Session

from portal.database import transaction
from portal.domain.permissions import Role
from portal.domain.states import Stage
from portal.models import Submission
from tests.browser.conftest import Doors
from tests.browser.people import Portal
from tests.support.factories import make_call, make_sending, make_staff, make_submission
from tests.support.staff import enter

WORDS = {
    "uk": "Світло зникло о шостій, і ми пішли по воду.",
    "zh-Hant-TW": "停電的那個晚上，我想起哈爾基夫的朋友。",
    "en": "A suitcase full of chargers.",
    "pl": "Jestem kierowcą tira.",
}


def send_texts(portal: Portal, stages: list[Stage]) -> list[str]:
    """Have a text of each stage sent, an hour after the other, and return their public ids."""
    begun = datetime.now(UTC) - timedelta(days=5)
    with portal.app.app_context(), transaction() as session:
        make_call(session, begun).opens_at = begun
        made = [
            _send(session, number, stage, at=begun + timedelta(hours=number))
            for number, stage in enumerate(stages)
        ]
        return [submission.public_id for submission in made]


def _send(session: Session, number: int, stage: Stage, *, at: datetime) -> Submission:
    lang = list(WORDS)[number % len(WORDS)]
    field = "story" if stage is Stage.STORY else "idea"
    sending = make_sending(stage, lang=lang, **{field: f"{WORDS[lang]} {number}"})
    return make_submission(session, at, stage, locale="en" if lang == "pl" else lang, sending=sending)


def open_editor(doors: Doors, portal: Portal, **more: Any) -> Page:
    """Return a page of a browser in which such an editor is signed in."""
    with portal.app.app_context(), transaction() as session:
        known = make_staff(session, Role.EDITOR, languages=tuple(WORDS)).fs_uniquifier
    cookie = enter(portal.app.test_client(), known).get_cookie("portal")
    assert cookie is not None
    page = doors.open(**more)
    page.context.add_cookies([{"name": "portal", "value": cookie.value, "url": portal.address}])
    return page
