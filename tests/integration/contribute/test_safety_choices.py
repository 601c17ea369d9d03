"""What an author asked for is kept: the day, the words not to print, the newest consent, city or region."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.database import transaction
from portal.domain.consent import ExportRefusal
from portal.domain.errors import DomainError, ExportRefused, IllegalTransition, MissingText, StaleEdit
from portal.domain.states import Stage, State
from portal.extensions import db
from portal.models import Draft, Event, Revision, Staff
from portal.operations.coverages import drafts
from portal.queries.coverages.export import load_sources
from tests.support.contributor import Contributor
from tests.support.factories import make_call
from tests.support.form_writer import ANSWERS, STORY_ANSWERS
from tests.support.leaving_stories import make_approved, make_story
from tests.support.photos import keep_picture
from tests.support.plain_browser import find_form, send_form

pytestmark = pytest.mark.either_database

DAY = "2026-04-01"
OPENS = datetime(2026, 4, 1, 12, tzinfo=UTC)
"""When the first of April has begun everywhere on earth."""
PLACE = "https://example.org/2026/03/story"
FORM = "/en/ukraine-taiwan/story"
AFTER = "/en/my/questions"
TELLING = "Мою сестру звати Соломія. Ми живемо в Тайбеї."


@pytest.fixture(autouse=True)
def _at_the_time(at: datetime) -> Iterator[None]:
    with time_machine.travel(at, tick=False):
        yield


def list_refusals(session: Session, draft: Draft, at: datetime) -> tuple[ExportRefusal, ...]:
    (source,) = load_sources(session, draft.submission.call.coverage, [draft.public_id], at=at)
    return source.refusals


def publish(session: Session, draft: Draft, at: datetime) -> State:
    by = session.scalars(select(Staff)).first()
    assert by is not None
    drafts.publish(session, draft, {"uk": PLACE}, by=by, at=at, seen=draft.submission.version)
    return draft.submission.state


def confirm(session: Session, draft: Draft, at: datetime, **changes: Any) -> Event:
    by = session.scalars(select(Staff)).first()
    assert by is not None
    values: dict[str, Any] = {
        "by": by,
        "at": at,
        "seen": draft.submission.version,
        "reason": "Another Solomiia, known to all.",
        "revision": draft.revision,
        **changes,
    }
    return drafts.confirm_avoided(session, draft, **values)


# --- The day ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("moment", "reasons"),
    [(OPENS - timedelta(seconds=1), (ExportRefusal.EMBARGO,)), (OPENS, ())],
    ids=["while it is the day before somewhere", "when the day has begun everywhere"],
)
def test_a_story_stays_until_its_day(
    session: Session, at: datetime, moment: datetime, reasons: tuple[ExportRefusal, ...]
) -> None:
    assert list_refusals(session, make_approved(session, at, make_story(embargo=DAY)), moment) == reasons


def test_a_story_is_not_published_before_its_day(session: Session, at: datetime) -> None:
    draft = make_approved(session, at, make_story(embargo=DAY))
    with pytest.raises(ExportRefused, match="embargo"):
        publish(session, draft, OPENS - timedelta(seconds=1))


def test_a_story_is_published_on_its_day(session: Session, at: datetime) -> None:
    draft = make_approved(session, at, make_story(embargo=DAY))
    assert publish(session, draft, OPENS) is State.PUBLISHED


def test_a_story_for_editors_only_is_not_published(session: Session, at: datetime) -> None:
    draft = make_approved(session, at, make_story(may="no"))
    with pytest.raises(ExportRefused, match="no_publication"):
        publish(session, draft, at)


def test_a_newer_version_without_a_day_waits_no_longer(session: Session, at: datetime) -> None:
    draft = make_approved(session, at, make_story(embargo=DAY))
    first = draft.submission.latest
    answers = {key: value for key, value in first.answers.items() if key != "embargo"}
    session.add(
        Revision(
            submission_id=draft.submission_id,
            number=first.number + 1,
            stage=Stage.STORY,
            form_key_hash="0" * 64,
            content_hash="0" * 64,
            lang="uk",
            open_answers=answers,
            received_at=at,
        )
    )
    session.flush()
    session.expire(draft.submission)
    assert list_refusals(session, draft, at) == ()


# --- Words that must not be printed -------------------------------------------------------------------------


def test_a_text_that_holds_such_a_word_stays(session: Session, at: datetime) -> None:
    draft = make_approved(session, at, make_story(avoid="Соломія, вул. Сумська", story=TELLING))
    assert list_refusals(session, draft, at) == (ExportRefusal.HOLDS_AVOIDED,)


def test_a_text_without_them_may_leave(session: Session, at: datetime) -> None:
    draft = make_approved(session, at, make_story(avoid="Ганна, вул. Сумська", story=TELLING))
    assert list_refusals(session, draft, at) == ()


@pytest.mark.parametrize("name", ["title", "dek", "excerpt", "body", "bio", "content_warning"])
def test_every_printed_field_is_looked_through(session: Session, at: datetime, name: str) -> None:
    draft = make_approved(session, at, make_story(avoid="林小美"))
    setattr(draft, name, "她叫林小美。")
    assert list_refusals(session, draft, at) == (ExportRefusal.HOLDS_AVOIDED,)


def test_a_text_that_may_hold_such_a_word_stays_until_an_editor_has_looked(
    session: Session, at: datetime
) -> None:
    told = "На вулиці Сумській мама кличе Олену Петрівну."
    draft = make_approved(session, at, make_story(avoid="вулиця Сумська, Олена Петрівна", story=told))
    before = list_refusals(session, draft, at)
    with pytest.raises(ExportRefused, match="may_hold_avoided"):
        publish(session, draft, at)
    confirm(session, draft, at, reason="The street is named in every newspaper.")
    assert (before, list_refusals(session, draft, at)) == ((ExportRefusal.MAY_HOLD_AVOIDED,), ())
    assert publish(session, draft, at) is State.PUBLISHED


def test_the_word_itself_and_another_form_are_told_apart(session: Session, at: datetime) -> None:
    draft = make_approved(session, at, make_story(avoid="Соломія, Харків", story=f"{TELLING} Ми з Харкова."))
    assert list_refusals(session, draft, at) == (ExportRefusal.HOLDS_AVOIDED, ExportRefusal.MAY_HOLD_AVOIDED)


def test_another_form_that_was_not_looked_at_is_asked_about(session: Session, at: datetime) -> None:
    draft = make_approved(session, at, make_story(avoid="Соломія", story="Ми бачили Соломію."))
    picture = keep_picture(session, draft.submission, at=at)
    session.expire(draft.submission)
    confirm(session, draft, at)
    picture.caption = "Ліворуч від Соломії – школа."
    assert list_refusals(session, draft, at) == (ExportRefusal.MAY_HOLD_AVOIDED,)


@pytest.mark.parametrize(("mode", "refusals"), [("pen", (ExportRefusal.HOLDS_AVOIDED,)), ("none", ())])
def test_a_name_that_is_printed_is_looked_through(
    session: Session, at: datetime, mode: str, refusals: tuple[ExportRefusal, ...]
) -> None:
    draft = make_approved(session, at, make_story(avoid="林小美"))
    draft.byline_mode, draft.byline = mode, "林小美"
    assert list_refusals(session, draft, at) == refusals


@pytest.mark.parametrize("name", ["description", "caption", "credit"])
def test_the_words_of_photos_are_looked_through(session: Session, at: datetime, name: str) -> None:
    draft = make_approved(session, at, make_story(avoid="林小美"))
    picture = keep_picture(session, draft.submission, at=at)
    setattr(picture, name, "左邊是林小美。")
    session.flush()
    session.expire(draft.submission)
    assert list_refusals(session, draft, at) == (ExportRefusal.HOLDS_AVOIDED,)


def test_a_text_that_holds_such_a_word_is_not_published(session: Session, at: datetime) -> None:
    draft = make_approved(session, at, make_story(avoid="Соломія", story=TELLING))
    with pytest.raises(ExportRefused, match="holds_avoided"):
        publish(session, draft, at)


def test_an_editor_who_says_why_lets_it_leave(session: Session, at: datetime) -> None:
    draft = make_approved(session, at, make_story(avoid="Соломія", story=TELLING))
    confirm(session, draft, at)
    assert list_refusals(session, draft, at) == ()


def test_the_reason_and_the_revision_are_kept(session: Session, at: datetime) -> None:
    draft = make_approved(session, at, make_story(avoid="Соломія", story=TELLING))
    detail = confirm(session, draft, at).detail
    assert (detail["reason"], detail["revision"]) == ("Another Solomiia, known to all.", draft.revision)


def test_the_history_does_not_repeat_the_words(session: Session, at: datetime) -> None:
    draft = make_approved(session, at, make_story(avoid="Соломія", story=TELLING))
    assert "Соломія" not in repr(confirm(session, draft, at).detail)


def test_a_changed_text_is_asked_about_again(session: Session, at: datetime) -> None:
    draft = make_approved(session, at, make_story(avoid="Соломія", story=TELLING))
    confirm(session, draft, at)
    draft.revision = draft.approved_revision = draft.revision + 1
    assert list_refusals(session, draft, at) == (ExportRefusal.HOLDS_AVOIDED,)


def test_another_word_in_the_same_text_is_asked_about(session: Session, at: datetime) -> None:
    draft = make_approved(session, at, make_story(avoid="Соломія, Тайбей", story=TELLING))
    confirm(session, draft, at)
    draft.bio = "Тайбей"
    assert list_refusals(session, draft, at) == (ExportRefusal.HOLDS_AVOIDED,)


@pytest.mark.parametrize(
    ("changes", "error"),
    [({"reason": "  "}, MissingText), ({"revision": 0}, StaleEdit), ({"seen": 0}, StaleEdit)],
    ids=["without a reason", "for another text", "for another state"],
)
def test_a_confirmation_is_refused(
    session: Session, at: datetime, changes: dict[str, Any], error: type[DomainError]
) -> None:
    draft = make_approved(session, at, make_story(avoid="Соломія", story=TELLING))
    with pytest.raises(error):
        confirm(session, draft, at, **changes)


def test_there_is_nothing_to_confirm_in_a_text_without_them(session: Session, at: datetime) -> None:
    draft = make_approved(session, at, make_story(avoid="Ганна", story=TELLING))
    with pytest.raises(IllegalTransition):
        confirm(session, draft, at)


# --- Consent ------------------------------------------------------------------------------------------------


def raise_version(draft: Draft, key: str) -> None:
    """Give a consent of the call new words."""
    call = draft.submission.call
    call.consents = [{**row, "version": row["version"] + (row["key"] == key)} for row in call.consents]


def test_new_words_of_the_licence_need_a_new_yes(session: Session, at: datetime) -> None:
    draft = make_approved(session, at)
    raise_version(draft, "c_lic")
    assert list_refusals(session, draft, at) == (ExportRefusal.CONSENT_OUTDATED,)


def test_new_words_about_who_reads_it_keep_nothing_here(session: Session, at: datetime) -> None:
    draft = make_approved(session, at)
    raise_version(draft, "c_use")
    assert list_refusals(session, draft, at) == ()


# --- In the contributor's form ------------------------------------------------------------------------------


@pytest.fixture
def send_story(app: Flask, client: FlaskClient, at: datetime) -> Callable[..., Any]:
    """Fill in the story form and send it."""
    with app.app_context(), transaction() as session:
        make_call(session, at)
    shared = {key: value for key, value in ANSWERS.items() if key not in ("idea", "link", "you", "risk_text")}

    def send(**answers: str) -> Any:
        return send_form(client, FORM, {**shared, **STORY_ANSWERS, **answers}, follow=False)

    return send


@pytest.fixture
def answer_after(client: FlaskClient, send_story: Callable[..., Any]) -> Callable[..., Any]:
    """Send a story and answer what is asked after the receipt."""

    def answer(**answers: str) -> Any:
        send_story()
        return send_form(client, AFTER, answers, field="form_key", follow=False)

    return answer


def read_answers(app: Flask) -> list[dict[str, Any]]:
    with app.app_context():
        return [one.answers for one in db.session.scalars(select(Revision))]


def test_the_form_asks_for_the_day_with_a_calendar(client: FlaskClient, send_story: Any) -> None:
    send_story()
    control = client.get(AFTER).text.partition('id="embargo"')[2].partition(">")[0]
    assert control.count('type="date"') == 1


def test_the_day_is_kept_as_it_was_chosen(app: Flask, answer_after: Any) -> None:
    answer_after(embargo=DAY)
    assert [answers.get("embargo") for answers in read_answers(app)] == [None, DAY]


def test_a_story_without_a_day_is_sent_all_the_same(app: Flask, send_story: Any) -> None:
    send_story()
    assert [answers.get("embargo") for answers in read_answers(app)] == [None]


def test_a_day_that_cannot_be_read_is_shown_as_it_was_typed(app: Flask, answer_after: Any) -> None:
    answer = answer_after(embargo="next spring")
    shown = find_form(answer.text, field="embargo")["values"]["embargo"]
    assert (answer.status_code, shown, len(read_answers(app))) == (422, "next spring", 1)


def test_the_form_asks_for_city_or_region_only(app: Flask, answer_after: Any) -> None:
    answer = answer_after(place_time="50.4501, 30.5234, березень 2022")
    said = answer.text.count("City or region is enough in “Where and when, roughly?”.")
    assert (answer.status_code, said, len(read_answers(app))) == (422, 2, 1)


def test_what_was_written_about_the_place_is_kept(answer_after: Any) -> None:
    answer = answer_after(place_time="50.4501, 30.5234, березень 2022")
    assert answer.text.count('value="50.4501, 30.5234, березень 2022"') == 1


def test_a_town_and_a_month_are_taken(app: Flask, answer_after: Any) -> None:
    answer_after(place_time="Харків, березень 2022")
    assert read_answers(app)[-1]["place_time"] == "Харків, березень 2022"


def test_a_contributor_can_send_it(app: Flask, client: FlaskClient, at: datetime) -> None:
    person = Contributor(app, client, at)
    person.send(Stage.STORY, make_story(embargo=DAY))
    assert person.state() is State.SUBMITTED
