"""The record: what is copied, and what never is."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from portal.domain.consent import ExportRefusal
from portal.domain.errors import ExportRefused
from portal.export.record import ExportRecord, build_record
from portal.models import Consent, Coverage, Draft, Submission
from portal.models.sealing import KEYS
from portal.sealing.keys import KeyRing

RING = KeyRing({b"key1": bytes(32)}, b"key1")
SESSION = Session(create_engine("sqlite://").execution_options(**{KEYS: RING}))
"""Nothing is ever written: it holds the ring that a draft is read with."""

WHEN = datetime(2026, 3, 14, 9, 0, tzinfo=UTC)
COVERAGE = Coverage(
    slug="ukraine-taiwan",
    title={"en": "Ukraine and Taiwan", "uk": "Україна і Тайвань"},
    primary_locale="en",
    licence="CC BY 3.0",
    licence_uri="https://creativecommons.org/licenses/by/3.0/",
    topics=[
        {"slug": "history", "label": {"en": "History", "uk": "Історія"}},
        {"slug": "elections", "label": {"en": "Elections", "uk": "Вибори"}},
    ],
)
CONSENT = Consent(key="c_lic", text_version=1, locale="uk", text="CC BY 3.0", given_at=WHEN)


def make_draft(**changes: Any) -> Draft:
    values: dict[str, Any] = {
        "public_id": "0123456789abcdef0123456789abcdef",
        "lang": "uk",
        "title": "Коли гасне світло",
        "dek": "",
        "excerpt": "",
        "body": "Світло зникло.",
        "byline_mode": "pen",
        "byline": "Олена К.",
        "bio": "",
        "content_warning": "",
        "topics": ["elections", "gone", "history"],
        "revision": 1,
        "approved_revision": 1,
        "accepted_at": WHEN,
        "edited_at": WHEN,
        "submission": Submission(lang="uk", heading="heading"),
    }
    draft = Draft(public_id=values.pop("public_id"))
    SESSION.add(draft)
    for name, value in {**values, **changes}.items():
        setattr(draft, name, value)
    return draft


def build(**changes: Any) -> ExportRecord:
    return build_record(make_draft(**changes), COVERAGE, licence=CONSENT, refusal=None)


def test_nobody_is_named_who_chose_no_name() -> None:
    assert build(byline_mode="none", byline="Олена Коваль").byline == ""


def test_the_chosen_name_is_printed() -> None:
    assert build().byline == "Олена К."


def test_topics_come_in_the_coverages_order_and_the_storys_language() -> None:
    assert [(topic.slug, topic.name) for topic in build().topics] == [
        ("history", "Історія"),
        ("elections", "Вибори"),
    ]


def test_the_address_is_made_from_the_title() -> None:
    assert build().slug == "koly-hasne-svitlo"


def test_a_title_in_chinese_gets_a_number_for_an_address() -> None:
    assert build(title="停電的時候", lang="zh-Hant-TW").slug == "story-01234567"


@pytest.mark.parametrize("refusal", list(ExportRefusal))
def test_what_the_rules_keep_here_is_not_built(refusal: ExportRefusal) -> None:
    with pytest.raises(ExportRefused):
        build_record(make_draft(), COVERAGE, licence=CONSENT, refusal=refusal)


def test_without_consent_to_the_licence_nothing_is_built() -> None:
    with pytest.raises(ExportRefused):
        build_record(make_draft(), COVERAGE, licence=None, refusal=None)
