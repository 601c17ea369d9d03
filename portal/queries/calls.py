"""Coverages and calls as contributors meet them."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import JSON, ColumnElement, Text, and_, bindparam, case, cast, func, or_, select
from sqlalchemy.orm import Session, contains_eager, selectinload, with_expression

from portal.domain.deadlines import is_call_open
from portal.domain.languages import LOCALES, STORY_LANGUAGES, UNDETERMINED, language_name
from portal.domain.permissions import CAN_JUDGE, Permission, roles_with
from portal.domain.questions import (
    CallInLanguage,
    StatementPlace,
    fill_placeholders,
    parse_consent,
    parse_question,
    place_of_statement,
)
from portal.domain.states import Stage
from portal.models import (
    Call,
    Coverage,
    LeadPicture,
    Staff,
    StaffLanguage,
)
from portal.models.staff import staff_coverage

TEXTS_OF_CALL = (Call.title, Call.text, Call.looking_for, Call.promises, Call.statements, Call.sections)
"""What only those read who are to write: columns that are decoded whole, so the desk puts them off."""
_CALLS_KEPT = 32
"""Calls times languages a process keeps parsed."""


class PageKey(NamedTuple):
    """All stored values that public pages of a coverage are made from: equal keys, equal pages."""

    coverage_id: int
    rows: tuple[tuple[Any, ...], ...]
    """In each every column of the coverage and of one of its calls, maps and lists as JSON text, what
    tells its picture from another one, and every language its staff read."""
    open_calls: tuple[bool, ...]
    """Of each row: whether its call takes texts now."""


_COVERAGE, _CALL, _PICTURE = Coverage.__table__, Call.__table__, LeadPicture.__table__
_STAFF, _LANGUAGE = Staff.__table__, StaffLanguage.__table__
_SLUG = "slug"


def _as_stored(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return cast(column, Text) if isinstance(column.type, JSON) else column


# Of tables and made once, like others in this file: they are asked for every page a contributor opens.
_MEMBERS = select(staff_coverage.c.staff_id).where(staff_coverage.c.coverage_id == _COVERAGE.c.id)
_TAGS_READ = (
    select(func.aggregate_strings(_LANGUAGE.c.tag, " "))
    .join(_STAFF, _STAFF.c.id == _LANGUAGE.c.staff_id)
    .where(
        _STAFF.c.active,
        _LANGUAGE.c.reading.in_(CAN_JUDGE),
        or_(
            _STAFF.c.id.in_(_MEMBERS.correlate(_COVERAGE)),
            _STAFF.c.role.in_(roles_with(Permission.COVERAGE_ALL)),
        ),
    )
    .correlate(_COVERAGE)
    .scalar_subquery()
)
"""The languages the coverage's active staff read well, with spaces between them, some more than once."""
_STORED = (
    select(
        *(_as_stored(column).label(f"coverage_{column.name}") for column in _COVERAGE.columns),
        *(_as_stored(column).label(f"call_{column.name}") for column in _CALL.columns),
        *(_as_stored(_PICTURE.c[name]).label(f"picture_{name}") for name in ("sha256", "alt", "credit")),
        _TAGS_READ,
    )
    .select_from(
        _COVERAGE.outerjoin(_CALL, _CALL.c.coverage_id == _COVERAGE.c.id).outerjoin(
            _PICTURE, _PICTURE.c.coverage_id == _COVERAGE.c.id
        )
    )
    .where(_COVERAGE.c.slug == bindparam(_SLUG))
    .order_by(_CALL.c.id)
)


def read_page_key(session: Session, slug: str, *, at: datetime) -> PageKey | None:
    """Return the stored values of a coverage and its calls; None when there is no such coverage."""
    rows = session.connection().execute(_STORED, {_SLUG: slug}).all()
    if not rows:
        return None
    opened = tuple(is_call_open(opens=row.call_opens_at, closes=row.call_closes_at, at=at) for row in rows)
    return PageKey(rows[0].coverage_id, tuple(map(tuple, rows)), opened)


def list_with_calls(session: Session) -> Sequence[Coverage]:
    """Return every coverage with its calls, newest first."""
    return session.scalars(
        select(Coverage).options(selectinload(Coverage.calls)).order_by(Coverage.id.desc())
    ).all()


_WITH_CALLS = select(Coverage).where(Coverage.slug == bindparam(_SLUG)).options(selectinload(Coverage.calls))


def find_with_calls(session: Session, slug: str) -> Coverage | None:
    """Return the coverage of an address with its calls."""
    return session.scalar(_WITH_CALLS, {_SLUG: slug})


def takes_texts(call: Call, *, at: datetime) -> bool:
    """Say whether the call is open at `at`."""
    return is_call_open(opens=call.opens_at, closes=call.closes_at, at=at)


def current_call(coverage: Coverage, *, at: datetime) -> Call | None:
    """Return the newest open call of a coverage, else its newest one, else None."""
    newest_first = coverage.calls[::-1]
    return next((call for call in newest_first if takes_texts(call, at=at)), next(iter(newest_first), None))


_AT = "at"
_IS_OPEN = and_(
    or_(Call.opens_at.is_(None), Call.opens_at <= bindparam(_AT)),
    or_(Call.closes_at.is_(None), Call.closes_at > bindparam(_AT)),
)
_OPEN_FIRST = (
    select(Call)
    .join(Call.coverage)
    .where(Coverage.slug == bindparam(_SLUG))
    .options(contains_eager(Call.coverage), with_expression(Call.tags_read, func.coalesce(_TAGS_READ, "")))
    .order_by(case((_IS_OPEN, 0), else_=1), Call.id.desc())
)
_OPEN = select(Call).where(_IS_OPEN).order_by(Call.id.desc())


def find_current_call(session: Session, slug: str, *, at: datetime) -> Call | None:
    """Return the call of `current_call` with its coverage, found by the coverage's address."""
    return session.scalars(_OPEN_FIRST, {_SLUG: slug, _AT: at}).first()


def open_calls(session: Session, *, at: datetime) -> Sequence[Call]:
    """Return every call that takes texts at `at`, newest first."""
    return session.scalars(_OPEN, {_AT: at}).all()


def _put_in_order(found: Collection[str]) -> Sequence[str]:
    """Return languages, the interface's own ones first; these while nobody has stated one."""
    own = [locale.tag for locale in LOCALES]
    if not found:
        return own
    return [tag for tag in own if tag in found] + sorted(set(found).difference(own))


def call_values(call: Call) -> Mapping[str, str]:
    """Return what fills the placeholders of the call's texts."""
    return {
        "months": str(call.unpublished_kept_months),
        "days": str(call.answer_days),
        "licence": call.coverage.licence,
        "licence_uri": call.coverage.licence_uri,
    }


_CALL_ID = "of_call"
_TAGS_OF_CALL = (
    select(_TAGS_READ)
    .select_from(_CALL.join(_COVERAGE, _COVERAGE.c.id == _CALL.c.coverage_id))
    .where(_CALL.c.id == bindparam(_CALL_ID))
)


def call_in_language(session: Session, call: Call, tag: str) -> CallInLanguage:
    """Return the call as a reader of interface language `tag` sees it.

    As long as the database holds the same of it, it is the same object: forms made from it can be kept.
    """
    read = call.tags_read
    if read is None:
        read = session.scalar(_TAGS_OF_CALL, {_CALL_ID: call.id}) or ""
    stored = map(json.dumps, (call.questions, call.consents, call.sections))
    return _parse_call(tag, *stored, read, tuple(call_values(call).items()))


@lru_cache(maxsize=_CALLS_KEPT)
def _parse_call(
    tag: str, questions: str, consents: str, sections: str, tags: str, values: tuple[tuple[str, str], ...]
) -> CallInLanguage:
    """Parse what a form asks; lists and maps are JSON text, so that the same text is parsed once."""
    return CallInLanguage(
        tag=tag,
        questions=tuple(parse_question(row) for row in json.loads(questions)),
        consents=tuple(parse_consent(row) for row in json.loads(consents)),
        sections=json.loads(sections),
        reading=_put_in_order(frozenset(tags.split())),
        languages=list_written_languages(tag),
        values=dict(values),
    )


def list_written_languages(tag: str) -> list[tuple[str, str]]:
    """Return (tag, name) of every language by its own name: who writes in it finds it by that."""
    own = [(language.tag, language.autonym) for language in STORY_LANGUAGES]
    return [*own, (UNDETERMINED, language_name(UNDETERMINED, tag))]


@lru_cache(len(LOCALES))
def list_story_languages(tag: str) -> Sequence[tuple[str, str]]:
    """Return (tag, name) of every language, named for itself and for the reader: people of either find it."""
    named = []
    for language in STORY_LANGUAGES:
        name = language_name(language.tag, tag)
        named.append((language.tag, name if name == language.autonym else f"{language.autonym} · {name}"))
    return (*named, (UNDETERMINED, language_name(UNDETERMINED, tag)))


def is_offered_in(call: Call, tag: str, stage: Stage) -> bool:
    """Say whether the form can be offered in a language: consents stand in no other than the reader's."""
    return all(row["text"].get(tag) for row in call.consents if stage in row["forms"])


def statements_in(call: Call, tag: str, stage: Stage) -> Mapping[str, Sequence[str]]:
    """Return what contributors are told beside the form, by place; texts the language lacks are left out."""
    told: dict[str, list[str]] = {place: [] for place in StatementPlace}
    for row in call.statements:
        place = place_of_statement(row)
        if place is not None and stage in row["forms"] and row["text"].get(tag):
            told[place].append(fill_placeholders(row["text"][tag], call_values(call), tag))
    return told


def find_coverage_id(session: Session, slug: str) -> int | None:
    """Return the id of the coverage with an address."""
    return session.scalar(select(Coverage.id).where(Coverage.slug == slug))


def list_slugs(session: Session) -> Sequence[str]:
    """Return the addresses of all coverages, newest first."""
    return session.scalars(select(Coverage.slug).order_by(Coverage.id.desc())).all()


def find_lead_picture(session: Session, coverage_id: int) -> LeadPicture | None:
    """Return the picture that was chosen for a coverage, its bytes left where they are; None without one."""
    return session.get(LeadPicture, coverage_id)


def list_all_calls(session: Session) -> Sequence[Call]:
    """Return every call with its coverage, oldest first. One query."""
    query = select(Call).join(Call.coverage).options(contains_eager(Call.coverage))
    return session.scalars(query.order_by(Call.id)).all()


def find_any_call(session: Session, public_id: str) -> Call | None:
    """Return a call by its public id, open or not. One query."""
    return session.scalar(select(Call).where(Call.public_id == public_id))
