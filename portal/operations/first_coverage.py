"""Opening the first coverage with its call from the texts a release ships."""

import copy
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.data.content import FirstCoverage
from portal.models import Call, Coverage

FIRST_CALL_SLUG = "open-call"


def open_first_coverage(session: Session, content: FirstCoverage, *, at: datetime) -> Coverage | None:
    """Make the first coverage and its call, open from `at` on; None when there is a coverage already."""
    if session.scalar(select(Coverage.id).limit(1)) is not None:
        return None
    texts = copy.deepcopy(dict(content.coverage))
    coverage = Coverage(
        slug=texts["slug"],
        title=texts["title"],
        title_breaks=texts["title_breaks"],
        summary=texts["summary"],
        introduction=texts["introduction"],
        licence=texts["licence"]["name"],
        licence_uri=texts["licence"]["uri"],
        topics=[*texts["region"], *texts["topic"]],
        decline_reasons=[dict(row) for row in content.decline_reasons],
        created_at=at,
    )
    coverage.calls.append(
        Call(
            slug=FIRST_CALL_SLUG,
            title=texts["call_title"],
            text=texts["call_text"],
            looking_for=texts["looking_for"],
            promises=texts["promises"],
            questions=[dict(row) for row in content.questions],
            consents=[dict(row) for row in content.consents],
            statements=[dict(row) for row in content.statements],
            sections={key: dict(heading) for key, heading in content.sections.items()},
            opens_at=at,
        )
    )
    session.add(coverage)
    session.flush()
    return coverage
