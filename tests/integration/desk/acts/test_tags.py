"""Tags of a coverage: made by editors, put on texts by the desk, two spellings being one."""

from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.acts import HistoryAct
from portal.domain.errors import NotPermitted
from portal.domain.tags import MOST_IN_COVERAGE, MOST_ON_TEXT, NAME_LENGTH
from portal.extensions import current_portal
from portal.models import Coverage, Staff, Submission, SubmissionTag, Tag
from portal.operations.coverages.tags import (
    BadName,
    CoverageFull,
    TagTaken,
    make_tag,
    merge_tags,
    remove_tag,
    rename_tag,
)
from portal.operations.desk.tags import NoSuchTag, change_tags, find_or_make
from portal.operations.erasure import erase
from portal.queries.desk.names import list_names_of
from portal.queries.desk.queue import QueueFilter
from portal.queries.desk.queue_pages import queue_page
from portal.queries.desk.submission import list_events
from portal.queries.desk.tags import list_tags
from tests.support.factories import make_submission


@pytest.fixture
def coverage(session: Session) -> Coverage:
    return session.scalars(select(Coverage)).one()


def make(session: Session, coverage: Coverage, editor: Staff, at: datetime, *names: str) -> list[Tag]:
    return [make_tag(session, coverage, name=name, by=editor, at=at) for name in names]


def list_on(session: Session, submission: Submission) -> list[str]:
    session.flush()
    return [one.name for one in list_names_of(session, submission).tags if one.is_on]


def test_a_moderator_puts_tags_on_and_takes_them_off(
    session: Session, coverage: Coverage, editor: Staff, moderator: Staff, pitch: Submission, at: datetime
) -> None:
    winter, school = make(session, coverage, editor, at, "Зима", "Школа")
    change_tags(session, [pitch], by=moderator, at=at, on=[winter, school])
    change_tags(session, [pitch], by=moderator, at=at, off=[winter])
    assert list_on(session, pitch) == ["Школа"]


def test_the_history_says_which(
    session: Session, coverage: Coverage, editor: Staff, moderator: Staff, pitch: Submission, at: datetime
) -> None:
    [winter, school] = make(session, coverage, editor, at, "Зима", "Школа")
    change_tags(session, [pitch], by=moderator, at=at, on=[winter])
    change_tags(session, [pitch], by=moderator, at=at, on=[winter, school], off=[winter])
    session.flush()
    told = [(one.act, one.detail) for one in list_events(session, pitch) if one.act == HistoryAct.TAG]
    assert told == [
        (HistoryAct.TAG, {"on": {school.public_id: "Школа"}, "off": {}}),
        (HistoryAct.TAG, {"on": {winter.public_id: "Зима"}, "off": {}}),
    ]


def test_the_same_once_more_is_nothing(
    session: Session, coverage: Coverage, editor: Staff, pitch: Submission, at: datetime
) -> None:
    [winter] = make(session, coverage, editor, at, "Зима")
    change_tags(session, [pitch], by=editor, at=at, on=[winter])
    assert change_tags(session, [pitch], by=editor, at=at, on=[winter]).changed == []


def test_nobody_s_decision_is_stale_by_a_tag(
    session: Session, coverage: Coverage, editor: Staff, pitch: Submission, at: datetime
) -> None:
    [winter] = make(session, coverage, editor, at, "Зима")
    session.flush()
    seen = pitch.version
    change_tags(session, [pitch], by=editor, at=at, on=[winter])
    session.flush()
    assert pitch.version == seen


@pytest.mark.parametrize("name", ["памʼять", " ПАМ'ЯТЬ", "#памʼять"])
def test_another_spelling_of_a_tag_is_not_another_tag(
    session: Session, coverage: Coverage, editor: Staff, at: datetime, name: str
) -> None:
    make(session, coverage, editor, at, "Пам’ять")
    with pytest.raises(TagTaken, match="Пам’ять"):
        make_tag(session, coverage, name=name, by=editor, at=at)


def test_a_tag_may_be_spelt_otherwise(
    session: Session, coverage: Coverage, editor: Staff, at: datetime
) -> None:
    [tag] = make(session, coverage, editor, at, "Пам’ять")
    rename_tag(session, tag, name="ПАМ’ЯТЬ", by=editor, at=at)
    assert tag.name == "ПАМ’ЯТЬ"


def test_a_tag_does_not_take_the_name_of_another(
    session: Session, coverage: Coverage, editor: Staff, at: datetime
) -> None:
    _winter, school = make(session, coverage, editor, at, "Зима", "Школа")
    with pytest.raises(TagTaken):
        rename_tag(session, school, name="зима", by=editor, at=at)


@pytest.mark.either_database
@pytest.mark.parametrize("name", ["", "##", "ж" * (NAME_LENGTH + 1)])
def test_a_name_nobody_can_read_is_none(
    session: Session, coverage: Coverage, editor: Staff, at: datetime, name: str
) -> None:
    with pytest.raises(BadName):
        make_tag(session, coverage, name=name, by=editor, at=at)


def test_merged_tags_are_one_on_every_text(
    session: Session, coverage: Coverage, editor: Staff, pitch: Submission, at: datetime
) -> None:
    other = make_submission(session, at)
    winter, frost = make(session, coverage, editor, at, "Зима", "Мороз")
    change_tags(session, [pitch], by=editor, at=at, on=[winter, frost])
    change_tags(session, [other], by=editor, at=at, on=[frost])
    session.flush()
    merge_tags(session, frost, winter, by=editor, at=at)
    uses = [(use.tag.name, use.texts) for use in list_tags(session, coverage.id)]
    assert (list_on(session, pitch), list_on(session, other), uses) == (["Зима"], ["Зима"], [("Зима", 2)])


def test_a_tag_is_not_merged_with_itself(
    session: Session, coverage: Coverage, editor: Staff, at: datetime
) -> None:
    [winter] = make(session, coverage, editor, at, "Зима")
    with pytest.raises(NotPermitted):
        merge_tags(session, winter, winter, by=editor, at=at)


def test_a_removed_tag_is_on_no_text_and_in_its_history(
    session: Session, coverage: Coverage, editor: Staff, pitch: Submission, at: datetime
) -> None:
    [winter] = make(session, coverage, editor, at, "Зима")
    change_tags(session, [pitch], by=editor, at=at, on=[winter])
    session.flush()
    remove_tag(session, winter, by=editor, at=at)
    [told] = [one.detail["on"] for one in list_events(session, pitch) if one.act == HistoryAct.TAG]
    assert (list_on(session, pitch), list(told.values())) == ([], ["Зима"])


def test_a_moderator_makes_no_tags(
    session: Session, coverage: Coverage, moderator: Staff, at: datetime
) -> None:
    with pytest.raises(NotPermitted):
        make_tag(session, coverage, name="Зима", by=moderator, at=at)


def test_a_coverage_has_no_more_tags_than_people_look_through(
    session: Session, coverage: Coverage, editor: Staff, at: datetime
) -> None:
    make(session, coverage, editor, at, *(f"Зима {number}" for number in range(MOST_IN_COVERAGE)))
    with pytest.raises(CoverageFull):
        make_tag(session, coverage, name="Школа", by=editor, at=at)


def test_a_text_has_no_more_tags_than_a_row_shows(
    session: Session, coverage: Coverage, editor: Staff, pitch: Submission, at: datetime
) -> None:
    *most, last = make(session, coverage, editor, at, *(f"Зима {n}" for n in range(MOST_ON_TEXT + 1)))
    change_tags(session, [pitch], by=editor, at=at, on=most)
    assert change_tags(session, [pitch], by=editor, at=at, on=[last]).full == [pitch]
    change_tags(session, [pitch], by=editor, at=at, on=[last], off=most[:1])
    assert len(list_on(session, pitch)) == MOST_ON_TEXT


def test_a_tag_of_another_coverage_is_put_on_no_text(
    session: Session, coverage: Coverage, editor: Staff, pitch: Submission, at: datetime
) -> None:
    other = Coverage(
        slug="other", title={"en": "Other"}, introduction={}, licence="CC", licence_uri="", created_at=at
    )
    session.add(other)
    session.flush()
    [tag] = make(session, other, editor, at, "Зима")
    change_tags(session, [pitch], by=editor, at=at, on=[tag])
    assert session.scalars(select(SubmissionTag)).all() == []


def test_a_row_of_the_queue_names_its_tags(
    session: Session, coverage: Coverage, editor: Staff, pitch: Submission, at: datetime
) -> None:
    change_tags(session, [pitch], by=editor, at=at, on=make(session, coverage, editor, at, "школа", "Зима"))
    session.flush()
    page = queue_page(session, editor, QueueFilter(), at=at, keys=current_portal().instance.keys)
    assert [row.tags for row in page.rows] == [("Зима", "школа")]


def test_an_erased_text_leaves_its_tags(
    session: Session, coverage: Coverage, editor: Staff, pitch: Submission, at: datetime
) -> None:
    change_tags(session, [pitch], by=editor, at=at, on=make(session, coverage, editor, at, "Зима"))
    session.flush()
    erase(session, pitch, by=None, at=at)
    assert session.scalars(select(SubmissionTag)).all() == []


def test_a_name_in_any_spelling_finds_its_tag(
    session: Session, coverage: Coverage, editor: Staff, moderator: Staff, at: datetime
) -> None:
    [winter] = make(session, coverage, editor, at, "Зима")
    assert find_or_make(session, coverage, ["ЗИМА", "#зима"], by=moderator, at=at) == [winter]


def test_a_moderator_is_told_that_there_is_no_such_tag(
    session: Session, coverage: Coverage, moderator: Staff, at: datetime
) -> None:
    with pytest.raises(NoSuchTag, match="Зима"):
        find_or_make(session, coverage, ["Зима"], by=moderator, at=at)


def test_an_editor_makes_a_tag_by_using_it(
    session: Session, coverage: Coverage, editor: Staff, at: datetime
) -> None:
    [made] = find_or_make(session, coverage, ["Зима"], by=editor, at=at)
    assert (made.name, made.coverage_id) == ("Зима", coverage.id)
