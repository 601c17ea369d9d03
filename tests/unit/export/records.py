"""A record to write in every format."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from portal.export.record import ExportRecord, LicenceRecord, Topic
from portal.story.markdown import to_blocks

WHEN = datetime(2026, 3, 14, 9, 0, tzinfo=UTC)
LICENCE_URI = "https://creativecommons.org/licenses/by/3.0/"
RECORD = ExportRecord(
    uid="0123456789abcdef0123456789abcdef",
    lang="zh-Hant-TW",
    original_lang="zh-Hant-TW",
    title="停電的時候",
    dek="一個晚上",
    excerpt="六點，燈滅了。",
    body=to_blocks("他說**「家」**的\n\n## 早上\n\n[gallery] & <b>"),
    byline="林小美",
    bio="住在台北。",
    content_warning="提到轟炸。",
    topics=(Topic("history", "歷史"),),
    coverage_slug="ukraine-taiwan",
    coverage_title="理解烏克蘭與台灣的連結",
    slug="story-01234567",
    licence=LicenceRecord("CC BY 3.0", LICENCE_URI, 1, "zh-Hant-TW", WHEN),
    addresses=(),
    revision=2,
    accepted_at=WHEN,
    edited_at=WHEN,
)


def make_record(**changes: Any) -> ExportRecord:
    """Return the record with some fields changed."""
    return replace(RECORD, **changes)
