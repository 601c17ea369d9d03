"""A portal whose front pages are full: two pages of stories, and a paused coverage with very long titles."""

from datetime import UTC, datetime, timedelta

from flask import Flask
from sqlalchemy import delete
from sqlalchemy.orm import Session

from portal.database import transaction
from portal.domain.languages import Locale
from portal.models import Coverage, OutboxMail
from tests.support.factories import make_call
from tests.support.published import EXAMPLES, Example, publish_examples
from tests.support.world import World

PAUSED = "long-titles"
LONG_TITLES = {
    "en": "How people in two places that lie eight thousand kilometres apart learnt, from one another "
    "and mostly by accident, to tell the sound of an alarm from that of a fridge, and what they wrote of it",
    "uk": "Як люди у двох краях, між якими вісім тисяч кілометрів, навчилися одне від одного, і то "
    "здебільшого випадково, відрізняти сирену від холодильника, та що вони про це одне одному написали",
    "zh-Hant-TW": "相隔八千公里的兩地居民如何在三個冬天裡彼此學會分辨警報聲與冰箱聲，又如何在一次次停電的夜裡"
    "把這些事情寫成長長的信寄給對方，然後才發現自己從來沒有真正聽懂過對方那座城市夜裡的聲音",
}
LONG_STORIES = (
    *(Example(lang, title, f"{title}. " * 2) for lang, title in LONG_TITLES.items()),
    Example("ar", "كيف تعلّم الناس في مكانين تفصل بينهما آلاف الكيلومترات أن يميّزوا الصوت " * 3, "", "tw"),
)


def build_front_world(app: Flask, locale: Locale) -> World:
    """Fill an empty portal with what readers come for: two pages of stories, and a second coverage."""
    world = World(app, locale)
    at = datetime.now(UTC)
    with app.app_context(), transaction() as session:
        call = make_call(session, at - timedelta(days=40))
        call.closes_at = at + timedelta(days=33, hours=1)
        world.slug = call.coverage.slug
        add_paused_coverage(session, call.coverage)
        publish_examples(session, at - timedelta(days=20), (*LONG_STORIES, *EXAMPLES))
        session.execute(delete(OutboxMail))
    return world


def add_paused_coverage(session: Session, like: Coverage) -> Coverage:
    """Add a coverage without a call, a picture or a story, whose title fills a screen in any script."""
    paused = Coverage(
        slug=PAUSED,
        title=LONG_TITLES,
        introduction={tag: f"{title}." for tag, title in LONG_TITLES.items()},
        licence=like.licence,
        licence_uri=like.licence_uri,
        topics=[],
        decline_reasons=[],
        created_at=like.created_at,
    )
    session.add(paused)
    session.flush()
    return paused
