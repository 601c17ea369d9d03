"""The desk as staff walk it: list, page, act, next."""

from dataclasses import dataclass
from datetime import UTC, datetime
from xml.etree.ElementTree import Element

import html5lib
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute
from werkzeug.test import TestResponse

from portal.database import transaction
from portal.domain.permissions import Role
from portal.domain.states import Stage, State
from portal.extensions import db
from portal.models import Draft, Message, Submission
from tests.support.factories import make_sending, make_staff, make_submission, read_notes
from tests.support.plain_browser import find_form, read_forms
from tests.support.search import read_in_session
from tests.support.staff import enter

pytestmark = pytest.mark.either_database


@dataclass(frozen=True)
class Desk:
    """Two pitches and a story that wait, by public id, oldest first."""

    pitch: str
    other: str
    story: str

    def page(self, public_id: str) -> str:
        """Return the address of a submission's page."""
        return f"/desk/submission/{public_id}"


@pytest.fixture
def desk(app: Flask) -> Desk:
    at = datetime.now(UTC)
    with app.app_context(), transaction() as session:
        made = (
            make_submission(session, at),
            make_submission(session, at, sending=make_sending(idea="Друга історія про Тайнань.")),
            make_submission(session, at, Stage.STORY),
        )
        return Desk(*(submission.public_id for submission in made))


def sign_in(
    app: Flask, client: FlaskClient, role: Role, *, languages: tuple[str, ...] = ("uk",)
) -> FlaskClient:
    """Open the session that a finished sign-in leaves."""
    with app.app_context(), transaction() as session:
        known = make_staff(session, role, languages=languages).fs_uniquifier
    enter(client, known)
    return client


@pytest.fixture
def editor(app: Flask, client: FlaskClient, desk: Desk) -> FlaskClient:
    return sign_in(app, client, Role.EDITOR)


@pytest.fixture
def moderator(app: Flask, client: FlaskClient, desk: Desk) -> FlaskClient:
    return sign_in(app, client, Role.MODERATOR)


def act(
    client: FlaskClient, address: str, action: str, /, *, follow: bool = True, **values: str
) -> TestResponse:
    """Open a page, fill in the form of this act and send it."""
    form = find_form(client.get(address).text, action=action)
    return client.post(form["action"], data={**form["values"], **values}, follow_redirects=follow)


def read_column(app: Flask, column: InstrumentedAttribute[str]) -> list[str]:
    """Return what the database holds now."""
    with app.app_context():
        return list(db.session().scalars(select(column)))


def state_of(app: Flask, public_id: str) -> State:
    """Return the state the database holds now."""
    with app.app_context():
        return db.session().scalars(select(Submission.state).where(Submission.public_id == public_id)).one()


def test_the_queue_lists_what_waits(editor: FlaskClient) -> None:
    page = editor.get("/desk/")
    assert (page.status_code, page.text.count('class="queue-title"')) == (200, 3)


@pytest.mark.parametrize(
    ("query", "reasons"),
    [("lang=pl", (1, 0)), ("q=світло&lang=pl", (1, 0)), ("q=nothing+like+it", (0, 1))],
)
def test_what_leaves_a_list_empty_is_named_as_the_reason(
    editor: FlaskClient, query: str, reasons: tuple[int, int]
) -> None:
    page = editor.get(f"/desk/?{query}").text
    said = ("Nothing matches these filters. Remove one to see more.", "No text contains all of these words.")
    assert tuple(page.count(one) for one in said) == reasons


def test_an_empty_view_says_so_in_prose(editor: FlaskClient) -> None:
    assert "Nothing has been closed yet." in editor.get("/desk/?view=closed").text


FILTERS = {
    "q": "світло",
    "state": "submitted",
    "kind": "story",
    "lang": "uk",
    "assignee": "none",
    "mine": "1",
}


@pytest.mark.parametrize("names", [(), *((name,) for name in FILTERS), tuple(FILTERS)], ids="+".join)
def test_the_filters_show_what_the_address_asks_for(editor: FlaskClient, names: tuple[str, ...]) -> None:
    asked = {name: FILTERS[name] for name in names}
    shown = find_form(editor.get("/desk/", query_string=asked).text, field="kind")["values"]
    assert {name: shown[name] for name in FILTERS if shown.get(name)} == asked


def test_a_filter_nobody_wrote_shows_the_whole_queue(editor: FlaskClient) -> None:
    page = editor.get("/desk/?view=x&state=y&lang=%00&kind=z&after=%F0&assignee=1").text
    assert page.count('class="queue-title"') == 3


def test_a_stranger_is_sent_to_the_sign_in(client: FlaskClient, desk: Desk) -> None:
    assert client.get("/desk/").status_code == 303


def test_a_submission_of_another_desk_does_not_exist(app: Flask, client: FlaskClient, desk: Desk) -> None:
    with app.app_context(), transaction() as session:
        known = make_staff(session, Role.EDITOR, member=False).fs_uniquifier
    enter(client, known)
    assert client.get(desk.page(desk.pitch)).status_code == 404


def test_a_page_says_where_it_stands(editor: FlaskClient, desk: Desk) -> None:
    assert "1 of 3 in “To triage”" in editor.get(desk.page(desk.pitch)).text


def test_every_act_says_before_the_press_which_mail_goes_out(editor: FlaskClient, desk: Desk) -> None:
    said = "Sends an e-mail in Ukrainian in 10 minutes: “There is an update.”"
    assert editor.get(desk.page(desk.pitch)).text.count(said) == 4


def test_a_question_is_asked_and_the_next_one_opens(app: Flask, editor: FlaskClient, desk: Desk) -> None:
    answer = act(editor, desk.page(desk.pitch), "/ask", follow=False, body="Де це було?")
    assert (answer.status_code, answer.location, state_of(app, desk.pitch)) == (
        303,
        f"{desk.page(desk.other)}?done={desk.pitch}",
        State.NEEDS_REPLY,
    )


def test_the_filter_is_kept_from_one_to_the_next(editor: FlaskClient, desk: Desk) -> None:
    answer = act(editor, f"{desk.page(desk.pitch)}?kind=story", "/spam", follow=False)
    assert answer.location == f"{desk.page(desk.story)}?kind=story&done={desk.pitch}"


def test_a_decision_can_be_undone_from_the_next_page(app: Flask, editor: FlaskClient, desk: Desk) -> None:
    following = act(editor, desk.page(desk.pitch), "/spam", follow=False).location
    act(editor, following, f"/{desk.pitch}/undo")
    assert state_of(app, desk.pitch) is State.SUBMITTED


def test_the_outbox_offers_every_undo(app: Flask, editor: FlaskClient, desk: Desk) -> None:
    act(editor, desk.page(desk.pitch), "/spam")
    act(editor, "/desk/?view=outbox", f"/{desk.pitch}/undo")
    assert state_of(app, desk.pitch) is State.SUBMITTED


def test_of_what_never_left_nothing_has_to_be_taken_down(editor: FlaskClient, desk: Desk) -> None:
    assert editor.get(desk.page(desk.pitch)).text.count("See what has to be done") == 0


def test_an_empty_question_keeps_the_page(app: Flask, editor: FlaskClient, desk: Desk) -> None:
    answer = act(editor, desk.page(desk.pitch), "/ask", body=" ")
    assert (answer.status_code, "Write the question before you send it." in answer.text) == (422, True)


def test_a_reason_brings_the_prepared_text_in_the_authors_language(editor: FlaskClient, desk: Desk) -> None:
    page = editor.get(f"{desk.page(desk.pitch)}?reason=other").text
    values = find_form(page, action="/decline")["values"]
    assert (values["reason"], values["body"].strip().startswith("Дякуємо, що написали нам.")) == (
        "other",
        True,
    )


def test_declining_without_words_offers_the_prepared_ones_first(
    app: Flask, editor: FlaskClient, desk: Desk
) -> None:
    answer = act(editor, desk.page(desk.pitch), "/decline", reason="other", body="")
    typed = find_form(answer.text, action="/decline")["values"]["body"].strip()
    assert (answer.status_code, typed[:7], state_of(app, desk.pitch)) == (200, "Дякуємо", State.SUBMITTED)


def test_declining_sends_the_words_to_the_thread(app: Flask, editor: FlaskClient, desk: Desk) -> None:
    act(editor, desk.page(desk.pitch), "/decline", reason="other", body="Вибачте.")
    assert read_column(app, Message.body) == ["Вибачте."]


def test_who_does_not_read_the_language_has_no_decline_form(
    app: Flask, client: FlaskClient, desk: Desk
) -> None:
    sign_in(app, client, Role.EDITOR, languages=("en",))
    assert "Only someone who reads Ukrainian may decline this." in client.get(desk.page(desk.pitch)).text


def test_who_does_not_read_the_language_is_refused(app: Flask, client: FlaskClient, desk: Desk) -> None:
    sign_in(app, client, Role.EDITOR, languages=("en",))
    hidden = find_form(client.get(desk.page(desk.pitch)).text, action="/ask")["values"]
    answer = client.post(
        f"{desk.page(desk.pitch)}/decline", data={**hidden, "reason": "other", "body": "Ні."}
    )
    assert (answer.status_code, state_of(app, desk.pitch)) == (403, State.SUBMITTED)


def test_a_moderator_has_no_button_to_accept(moderator: FlaskClient, desk: Desk) -> None:
    page = moderator.get(desk.page(desk.story)).text
    with pytest.raises(AssertionError):
        find_form(page, action="/accept")


def test_a_moderator_who_sends_an_invitation_anyway_is_refused(
    app: Flask, moderator: FlaskClient, desk: Desk
) -> None:
    hidden = find_form(moderator.get(desk.page(desk.pitch)).text, action="/ask")["values"]
    answer = moderator.post(f"{desk.page(desk.pitch)}/invite", data=hidden)
    assert (answer.status_code, state_of(app, desk.pitch)) == (403, State.SUBMITTED)


def test_an_accepted_story_has_a_draft(app: Flask, editor: FlaskClient, desk: Desk) -> None:
    act(editor, desk.page(desk.story), "/accept")
    assert read_column(app, Draft.title) == ["Коли гасне світло"]


def test_an_invitation_for_yesterday_is_not_sent(app: Flask, editor: FlaskClient, desk: Desk) -> None:
    answer = act(editor, desk.page(desk.pitch), "/invite", due="2020-01-01")
    assert (answer.status_code, state_of(app, desk.pitch)) == (422, State.SUBMITTED)


def test_a_duplicate_is_found_by_words(app: Flask, editor: FlaskClient, desk: Desk) -> None:
    address = f"{desk.page(desk.pitch)}?find=тайнань"
    act(editor, address, "/duplicate", chosen=desk.other)
    assert state_of(app, desk.pitch) is State.DUPLICATE


@pytest.mark.parametrize(
    ("words", "times"),
    [
        *((words, 1) for words in ("50% знижки", "50%знижки", "хліб_сіль", "хліб_сіль_", "вул/буд")),
        *((words, 0) for words in ("5%знижки", "50%жки", "хл_б", "хліб_с_ль", "вул/бу%")),
    ],
)
def test_signs_in_the_words_of_a_duplicate_part_them_and_stand_for_no_letter(
    app: Flask, editor: FlaskClient, desk: Desk, words: str, times: int
) -> None:
    with app.app_context(), transaction() as session:
        told = make_sending(idea="Дали 50% знижки на хліб_сіль, вул/буд 3.")
        original = make_submission(session, datetime.now(UTC), sending=told).public_id
        read_in_session(session)
    page = editor.get(desk.page(desk.pitch), query_string={"find": words}).text
    assert page.count(f'value="{original}"') == times


def test_a_duplicate_is_named_by_its_address(app: Flask, editor: FlaskClient, desk: Desk) -> None:
    original = f"http://localhost{desk.page(desk.other)}?view=mine"
    act(editor, desk.page(desk.pitch), "/duplicate", address=original)
    assert state_of(app, desk.pitch) is State.DUPLICATE


def test_an_original_that_does_not_exist_is_said(app: Flask, editor: FlaskClient, desk: Desk) -> None:
    answer = act(editor, desk.page(desk.pitch), "/duplicate", address="0" * 32)
    assert (answer.status_code, "There is no such submission in this call." in answer.text) == (422, True)


def read_folds(page: str) -> list[tuple[str, bool, list[str]]]:
    """Return of each fold in the bar of decisions its title, whether it stands open, and the folds in it."""
    tree = html5lib.parse(page, namespaceHTMLElements=False)
    bar = next(one for one in tree.iter("div") if one.get("class") == "decision-bar")

    def title(fold: Element) -> str:
        return str(fold.findtext("summary")).strip()

    return [
        (title(fold), fold.get("open") is not None, [title(one) for one in fold.findall("div/details")])
        for fold in bar.findall("details")
    ]


def test_acts_of_every_day_stand_before_the_rarer_ones(editor: FlaskClient, desk: Desk) -> None:
    assert read_folds(editor.get(desk.page(desk.pitch)).text) == [
        ("Invite the full story", False, []),
        ("Ask the author", False, []),
        ("Decline", False, []),
        ("More", False, ["Recommend", "Mark as duplicate", "Withdraw"]),
    ]


def test_a_rarer_act_that_was_refused_stands_open(editor: FlaskClient, desk: Desk) -> None:
    page = act(editor, desk.page(desk.pitch), "/duplicate", address="nowhere").text
    assert [title for title, is_open, _ in read_folds(page) if is_open] == ["More"]


def test_a_closed_submission_is_reopened(app: Flask, editor: FlaskClient, desk: Desk) -> None:
    act(editor, desk.page(desk.pitch), "/withdraw", note="By Signal")
    act(editor, desk.page(desk.pitch), "/reopen")
    assert state_of(app, desk.pitch) is State.SUBMITTED


def test_an_act_on_an_old_page_is_refused_and_keeps_the_words(
    app: Flask, editor: FlaskClient, desk: Desk
) -> None:
    form = find_form(editor.get(desk.page(desk.pitch)).text, action="/ask")
    act(editor, desk.page(desk.pitch), "/gist", body="Gist")
    answer = editor.post(form["action"], data={**form["values"], "body": "Моє довге питання"})
    assert (answer.status_code, "Моє довге питання" in answer.text) == (409, True)


def test_an_act_without_a_token_keeps_the_words(app: Flask, editor: FlaskClient, desk: Desk) -> None:
    answer = editor.post(f"{desk.page(desk.pitch)}/ask", data={"seen": "1", "body": "Моє довге питання"})
    assert (answer.status_code, "Моє довге питання" in answer.text, state_of(app, desk.pitch)) == (
        400,
        True,
        State.SUBMITTED,
    )


def test_a_taken_submission_names_who_is_on_it(app: Flask, editor: FlaskClient, desk: Desk) -> None:
    act(editor, desk.page(desk.pitch), "/claim")
    assert editor.get("/desk/").text.count(" is reading it") == 1


def test_a_note_stays_on_the_desk(app: Flask, editor: FlaskClient, desk: Desk) -> None:
    act(editor, desk.page(desk.pitch), "/note", body="Call her on Monday.")
    with app.app_context():
        assert read_notes(db.session()) == ["Call her on Monday."]


def test_a_gist_stands_where_it_was_said_to_be_missing(editor: FlaskClient, desk: Desk) -> None:
    said = "Nobody has written a gist yet."
    before = editor.get(desk.page(desk.pitch)).text
    act(editor, desk.page(desk.pitch), "/gist", body="About a shelf.")
    after = editor.get(desk.page(desk.pitch)).text
    found = [(page.count(said), page.count('<p dir="auto">About a shelf.</p>')) for page in (before, after)]
    assert found == [(1, 0), (0, 1)]


def test_a_gist_of_four_lines_is_too_long(editor: FlaskClient, desk: Desk) -> None:
    answer = act(editor, desk.page(desk.pitch), "/gist", body="1\n2\n3\n4")
    assert answer.status_code == 422


def test_editors_answers_stay_with_editors(moderator: FlaskClient, desk: Desk) -> None:
    assert "Олена К." not in moderator.get(desk.page(desk.pitch)).text


def test_an_editor_reads_the_byline(editor: FlaskClient, desk: Desk) -> None:
    assert "Олена К." in editor.get(desk.page(desk.pitch)).text


def test_sealed_answers_are_on_no_page(editor: FlaskClient, desk: Desk) -> None:
    assert "olena@example.org" not in editor.get(desk.page(desk.pitch)).text


def test_no_id_is_given_twice(editor: FlaskClient, desk: Desk) -> None:
    page = editor.get(f"{desk.page(desk.pitch)}?find=тайнань&reason=other").text
    ids = [part.split('"', 1)[0] for part in page.split(' id="')[1:]]
    assert sorted(ids) == sorted(set(ids))


@pytest.mark.parametrize("address", ["/desk/", "/desk/?view=outbox", "/desk/?view=closed&q=%22%3E"])
def test_every_queue_page_is_sound_html(editor: FlaskClient, address: str) -> None:
    html5lib.HTMLParser(strict=True).parse(editor.get(address).text)


def test_a_submission_page_is_sound_html(editor: FlaskClient, desk: Desk) -> None:
    act(editor, desk.page(desk.other), "/spam")
    page = editor.get(f"{desk.page(desk.pitch)}?find=тайнань&reason=other&done={desk.other}").text
    html5lib.HTMLParser(strict=True).parse(page)


def test_an_admin_erases_what_its_author_asked_to_erase(app: Flask, client: FlaskClient, desk: Desk) -> None:
    act(sign_in(app, client, Role.ADMIN), desk.page(desk.pitch), "/erase", sure="y")
    assert state_of(app, desk.pitch) is State.ERASED


def test_erasing_asks_for_a_tick_first(app: Flask, client: FlaskClient, desk: Desk) -> None:
    answer = act(sign_in(app, client, Role.ADMIN), desk.page(desk.pitch), "/erase")
    assert (answer.status_code, state_of(app, desk.pitch)) == (422, State.SUBMITTED)


def test_an_editor_is_not_offered_to_erase(editor: FlaskClient, desk: Desk) -> None:
    forms = read_forms(editor.get(desk.page(desk.pitch)).text)
    assert [form["action"] for form in forms if form["action"].endswith("/erase")] == []
