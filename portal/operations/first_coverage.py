"""Opening the first coverage with its call from the texts a release ships."""

import copy
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.data.content import FirstCoverage
from portal.domain.release_texts import SOURCE, walk_texts
from portal.models import Call, Coverage

FIRST_CALL_SLUG = "open-call"
_COVERAGE_TEXTS: Final = ("title", "introduction", "topics", "decline_reasons")
_CALL_TEXTS: Final = (
    "title",
    "text",
    "looking_for",
    "promises",
    "questions",
    "consents",
    "statements",
    "sections",
)


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


def add_languages(session: Session, content: FirstCoverage) -> int:
    """Give coverages the shipped words in languages they lack; return how many texts gained one.

    A text is known by its English: one that was changed on the desk is left as it is.
    """
    shipped = _index_by_source(content)
    number = 0
    for coverage in session.scalars(select(Coverage)):
        number += _complete(coverage, _COVERAGE_TEXTS, shipped)
        number += sum(_complete(call, _CALL_TEXTS, shipped) for call in coverage.calls)
    return number


def _index_by_source(content: FirstCoverage) -> Mapping[str, Mapping[str, Any]]:
    """Return the shipped texts by their English."""
    parts = (
        content.coverage,
        content.questions,
        content.sections,
        content.consents,
        content.statements,
        content.decline_reasons,
    )
    return {repr(texts[SOURCE]): texts for part in parts for _place, texts in walk_texts(copy.deepcopy(part))}


def _complete(row: Coverage | Call, columns: Sequence[str], shipped: Mapping[str, Any]) -> int:
    number = 0
    for column in columns:
        value, gained = copy.deepcopy(getattr(row, column)), 0
        for _place, texts in walk_texts(value):
            known = shipped.get(repr(texts[SOURCE]), {})
            lacking = {tag: words for tag, words in known.items() if not texts.get(tag)}
            texts.update(lacking)
            gained += bool(lacking)
        if gained:
            setattr(row, column, value)
        number += gained
    return number
