"""An undone acceptance sets its draft aside: no saved edit is lost, and the next one brings it back."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from portal.database import transaction
from portal.domain.acts import HistoryAct
from portal.domain.permissions import Role
from portal.domain.receipt_code import derive_code
from portal.domain.states import Stage, State
from portal.domain.take_downs import TakeDownOutcome
from portal.extensions import current_portal, db
from portal.models import AuthorCheck, Draft, DraftRevision, Event, Staff, Submission, TakeDown
from portal.operations.contribute.change import change
from portal.operations.contribute.submit import FormSecrets
from portal.operations.coverages.departures import record_export
from portal.operations.desk.decisions import decline, reopen, withdraw_on_request
from portal.operations.erasure import erase
from portal.operations.private.author_acts import withdraw
from portal.operations.take_downs import record_outcome
from portal.queries.coverages.export import load_sources
from portal.queries.coverages.overview import list_coverages
from portal.queries.private.own_data import load_own_data
from portal.queries.private.page import load_private_page
from tests.support.contributor import enter_code
from tests.support.factories import make_form_key, make_sending, make_staff, make_submission
from tests.support.plain_browser import find_form
from tests.support.staff import enter

pytestmark = pytest.mark.either_database

UNSAVED = "Світло зникло, а потім з’явилося."
EDITED = "Світло зникло. Це дописала колега."
NEWEST = "Світло зникло о сьомій, не о шостій."
SAID = "The draft with 1 saved edit is set aside. It returns when the story is accepted again."
OUTSIDE = "Copies of your text had already been exported or published. We are having them taken down"
WARNED = "Undo sets the draft with 1 saved edit aside. It comes back when the story is accepted again."


@dataclass(frozen=True)
class Desk:
    """An editor before a story, and a colleague."""

    app: Flask
    client: FlaskClient
    colleague: FlaskClient
    story: str
    form_key: str

    @property
    def page(self) -> str:
        return f"/desk/submission/{self.story}"

    def press(self, action: str, **values: str) -> TestResponse:
        """Send a form of the submission's page."""
        form = find_form(self.client.get(self.page).text, action=action)
        return self.client.post(form["action"], data={**form["values"], **values}, follow_redirects=True)

    def accept(self) -> None:
        assert self.press("/accept").status_code == 200

    def undo(self) -> str:
        return unescape(self.press("/undo").text)

    @property
    def draft_page(self) -> str:
        """Return the address of the draft."""
        with self.app.app_context():
            return f"/desk/coverages/draft/{db.session.scalars(select(Draft.public_id)).one()}"

    def save(self, body: str = EDITED) -> TestResponse:
        """Save an edited text as the colleague."""
        form = find_form(self.colleague.get(self.draft_page).text, field="body")
        return self.colleague.post(form["action"], data={**form["values"], "body": body})

    def send_again(self, **answers: str) -> None:
        """Send a changed text as the author, who still reads “received”."""
        with self.app.app_context(), transaction() as session:
            instance = current_portal().instance
            secrets = FormSecrets(instance.keys, instance.receipt_secret, self.form_key)
            sending = make_sending(Stage.STORY, **answers)
            change(session, self.find(session), sending, secrets, at=datetime.now(UTC))

    def find(self, session: Session) -> Submission:
        return session.scalars(select(Submission).where(Submission.public_id == self.story)).one()

    def bodies(self) -> list[str]:
        """Return the text of every save, oldest first."""
        with self.app.app_context():
            saves = db.session.scalars(select(DraftRevision).order_by(DraftRevision.number))
            return [save.fields["body"] for save in saves]


@pytest.fixture
def desk(app: Flask) -> Desk:
    at = datetime.now(UTC)
    clients = (app.test_client(), app.test_client())
    with app.app_context(), transaction() as session:
        form_key = make_form_key()
        story = make_submission(session, at, Stage.STORY, form_key=form_key).public_id
        known = [make_staff(session, Role.EDITOR).fs_uniquifier for _ in clients]
    for client, one in zip(clients, known, strict=True):
        enter(client, one)
    return Desk(app, *clients, story, form_key)


def test_what_a_colleague_saved_comes_back_with_the_next_acceptance(desk: Desk) -> None:
    desk.accept()
    desk.save()
    desk.undo()
    desk.accept()
    shown = find_form(desk.client.get(desk.draft_page).text, field="body")["values"]["body"]
    assert (shown, len(desk.bodies())) == (EDITED, 2)


def test_undo_says_before_and_after_what_becomes_of_the_draft(desk: Desk) -> None:
    desk.accept()
    desk.save()
    before = desk.client.get(desk.page).text
    after = desk.undo()
    assert (before.count(SAID), before.count(WARNED)) == (0, 1)
    assert ("The decision is undone." in after, after.count(SAID), after.count(WARNED)) == (True, 3, 0)


def test_undo_of_an_untouched_acceptance_says_nothing_of_edits(desk: Desk) -> None:
    desk.accept()
    assert ("saved edit" in desk.client.get(desk.page).text, "saved edit" in desk.undo()) == (False, False)


def test_the_history_tells_what_was_set_aside_and_what_came_back(desk: Desk) -> None:
    desk.accept()
    desk.save()
    desk.undo()
    desk.accept()
    page = unescape(desk.client.get(desk.page).text)
    history = page.partition('<h2 id="history">')[2]
    assert (f"Accepted. {SAID}" in history, "The draft came back with 1 saved edit." in history) == (
        True,
        True,
    )


def test_while_it_is_set_aside_its_saves_are_read_and_the_next_accept_is_told(desk: Desk) -> None:
    desk.accept()
    address = desk.draft_page
    desk.save()
    desk.undo()
    page = desk.client.get(desk.page).text
    saves = desk.client.get(f"{address}/revisions")
    assert (f'href="{address}/revisions"' in page, saves.status_code, EDITED in unescape(saves.text)) == (
        True,
        200,
        False,
    )
    assert "<ins>" in saves.text
    assert "The draft that was set aside comes back" in page


def test_what_an_editor_has_not_saved_is_read_while_the_draft_is_set_aside(desk: Desk) -> None:
    desk.accept()
    address = desk.draft_page
    form = find_form(desk.colleague.get(address).text, field="body")
    desk.colleague.post(f"{address}/keep", data={**form["values"], "body": UNSAVED})
    desk.undo()
    people = (desk.colleague, desk.client)
    pages = [unescape(one.get(f"{address}/revisions").text) for one in people]
    leads = [f'href="{address}/revisions"' in one.get(desk.page).text for one in people]
    assert ([UNSAVED in page for page in pages], leads) == ([True, False], [True, False])


def test_what_was_not_saved_comes_back_with_the_draft_as_nobody_elses_change(desk: Desk) -> None:
    desk.accept()
    address = desk.draft_page
    form = find_form(desk.colleague.get(address).text, field="body")
    desk.colleague.post(f"{address}/keep", data={**form["values"], "body": UNSAVED})
    desk.undo()
    desk.accept()
    page = desk.colleague.get(address).text
    found = (find_form(page, field="body")["values"]["body"], "A colleague saved this text" in page)
    assert found == (UNSAVED, False)


def test_no_page_and_no_file_has_a_draft_that_is_set_aside(desk: Desk) -> None:
    desk.accept()
    address = desk.draft_page
    desk.save()
    desk.undo()
    assert desk.client.get(address).location == desk.page
    with desk.app.app_context():
        session, at = db.session(), datetime.now(UTC)
        submission = desk.find(session)
        page = load_private_page(session, submission.id, at=at)
        assert page is not None
        admin = make_staff(session, Role.ADMIN)
        [coverage] = list_coverages(session, admin)
        draft = session.scalars(select(Draft)).one()
        found = load_sources(session, coverage.coverage, [draft.public_id], at=at)
        edited = list(load_own_data(session, page, at=at).edited)
        assert (page.draft, edited, coverage.total, found) == (None, [], 0, ())
        session.rollback()


def test_who_edits_a_draft_that_was_set_aside_meanwhile_gets_the_words_back(desk: Desk) -> None:
    desk.accept()
    form = find_form(desk.colleague.get(desk.draft_page).text, field="body")
    desk.undo()
    fields = ("title", "dek", "excerpt", "body", "byline", "bio", "content_warning")
    typed = {name: f"Слова поля {name}" for name in fields}
    answer = desk.colleague.post(form["action"], data={**form["values"], **typed})
    assert (answer.status_code, [answer.text.count(f">{one}<") for one in typed.values()]) == (409, [1] * 7)
    assert answer.text.count(">Name to print<") == 1


def list_take_downs(desk: Desk) -> list[tuple[str, str | None]]:
    """Return reason and outcome of everything that was called back."""
    with desk.app.app_context():
        rows = db.session.scalars(select(TakeDown).order_by(TakeDown.id))
        return [(one.reason.value, one.outcome and one.outcome.value) for one in rows]


def leave(desk: Desk) -> None:
    """Accept the story and hand it over in a file."""
    desk.accept()
    with desk.app.app_context(), transaction() as session:
        draft = session.scalars(select(Draft)).one()
        record_export(session, [draft], by=session.scalars(select(Staff)).first(), at=datetime.now(UTC))


def test_what_had_left_is_called_back_until_the_story_is_accepted_again(desk: Desk) -> None:
    leave(desk)
    desk.undo()
    called_back = list_take_downs(desk)
    desk.accept()
    assert (called_back, list_take_downs(desk)) == ([("undone", None)], [("undone", "moot")])


def open_author_page(desk: Desk, path: str = "") -> str:
    """Return a page of the author, who comes with the code."""
    author = desk.app.test_client()
    with desk.app.app_context():
        code = derive_code(current_portal().instance.receipt_secret, desk.form_key)
        enter_code(author, code)
    return unescape(author.get(f"/en/my{path}").text)


def test_its_author_reads_of_copies_outside_until_nothing_is_left_of_them(desk: Desk) -> None:
    leave(desk)
    untold = open_author_page(desk)
    desk.undo()
    told, before_leaving = open_author_page(desk), open_author_page(desk, "/withdraw")
    with desk.app.app_context(), transaction() as session:
        task, by = session.scalars(select(TakeDown)).one(), session.scalars(select(Staff)).first()
        outcome = TakeDownOutcome.REMOVED
        record_outcome(session, task, outcome=outcome, note="", by=by, at=datetime.now(UTC))
    removed = open_author_page(desk)
    copies = "Copies outside the portal"
    assert [copies in page for page in (untold, told, removed)] == [False, True, True]
    assert [OUTSIDE in page for page in (untold, told, removed)] == [False, True, False]
    assert ("We are having it taken down." in told, "Removed on" in removed) == (True, True)
    assert "Your text was handed to the newsroom on" in before_leaving


def test_what_had_left_stays_called_back_when_all_else_is_erased(desk: Desk) -> None:
    leave(desk)
    desk.undo()
    with desk.app.app_context(), transaction() as session:
        erase(session, desk.find(session), by=None, at=datetime.now(UTC))
    assert list_take_downs(desk) == [("erased", None)]


def test_what_could_not_be_removed_is_called_back_anew_when_it_is_withdrawn(desk: Desk) -> None:
    leave(desk)
    desk.undo()
    with desk.app.app_context(), transaction() as session:
        task, by = session.scalars(select(TakeDown)).one(), session.scalars(select(Staff)).first()
        outcome, note = TakeDownOutcome.NOT_REMOVED, "Ніхто не відповів."
        record_outcome(session, task, outcome=outcome, note=note, by=by, at=datetime.now(UTC))
        withdraw(session, desk.find(session), at=datetime.now(UTC))
    assert list_take_downs(desk) == [("undone", "not_removed"), ("withdrawn", None)]


def test_a_changed_text_begins_the_draft_and_the_edits_stay_readable(desk: Desk) -> None:
    desk.accept()
    desk.save()
    desk.undo()
    desk.send_again(story=NEWEST, bio="Я з Харкова.")
    desk.accept()
    page = desk.client.get(desk.draft_page).text
    values = find_form(page, field="body")["values"]
    assert (values["body"], values["bio"], desk.bodies()[1:]) == (
        NEWEST,
        "Я з Харкова.",
        [EDITED, EDITED, NEWEST],  # between them the name and bio that the author has changed
    )
    assert "The draft now starts from the newest version; earlier edits are kept in its saves." in page


def test_what_the_desk_wrote_itself_stays_when_the_text_is_begun_anew(desk: Desk) -> None:
    desk.accept()
    form = find_form(desk.client.get(desk.draft_page).text, field="body")
    desk.client.post(form["action"], data={**form["values"], "dek": "Підзаголовок.", "body": EDITED})
    desk.undo()
    desk.send_again(story=NEWEST)
    desk.accept()
    values = find_form(desk.client.get(desk.draft_page).text, field="body")["values"]
    assert (values["dek"], values["body"]) == ("Підзаголовок.", NEWEST)


def test_a_draft_nobody_edited_is_a_fresh_copy_of_a_changed_text(desk: Desk) -> None:
    desk.accept()
    desk.undo()
    desk.send_again(story=NEWEST)
    desk.accept()
    assert desk.bodies() == [NEWEST]


def test_a_draft_that_comes_back_asks_for_a_new_approval(desk: Desk) -> None:
    desk.accept()
    desk.save()
    with desk.app.app_context(), transaction() as session:
        session.scalars(select(Draft)).one().approved_revision = 2
    desk.undo()
    desk.accept()
    with desk.app.app_context():
        draft = db.session.scalars(select(Draft)).one()
        assert (
            draft.approved_revision,
            draft.set_aside_at,
            list(db.session.scalars(select(AuthorCheck))),
        ) == (
            None,
            None,
            [],
        )


def test_a_text_changed_after_the_acceptance_is_told_on_the_draft(desk: Desk) -> None:
    desk.accept()
    desk.save()
    desk.send_again(story=NEWEST)
    page = desk.client.get(desk.draft_page).text
    href = f"/desk/submission/{desk.story}/versions?from=1&amp;to=2"
    assert (
        "The author sent a new version after this draft was made." in page,
        page.count(f'href="{href}"'),
    ) == (True, 1)
    assert "<ins>" in desk.client.get(unescape(href)).text


@pytest.mark.parametrize(
    ("action", "bodies"), [("/take-newest", [EDITED, NEWEST]), ("/keep-edited", [EDITED])]
)
def test_the_newer_text_is_taken_or_the_edited_one_kept(desk: Desk, action: str, bodies: list[str]) -> None:
    desk.accept()
    desk.save()
    desk.send_again(story=NEWEST)
    form = find_form(desk.client.get(desk.draft_page).text, action=action)
    answer = desk.client.post(form["action"], data=form["values"], follow_redirects=True)
    assert (answer.status_code, desk.bodies()[1:]) == (200, bodies)
    assert "The author sent a new version after this draft was made." not in answer.text
    assert find_form(answer.text, field="body")["values"]["body"] == bodies[-1]


@pytest.mark.parametrize("action", ["/take-newest", "/keep-edited"])
def test_a_colleagues_save_meanwhile_makes_the_press_stale(desk: Desk, action: str) -> None:
    desk.accept()
    desk.send_again(story=NEWEST)
    form = find_form(desk.client.get(desk.draft_page).text, action=action)
    desk.save()
    assert desk.client.post(form["action"], data=form["values"]).status_code == 409
    assert desk.bodies()[-1] == EDITED


def test_declined_reopened_and_accepted_it_comes_back(desk: Desk) -> None:
    desk.accept()
    desk.save()
    desk.undo()
    with desk.app.app_context(), transaction() as session:
        submission, by, at = desk.find(session), make_staff(session, Role.EDITOR), datetime.now(UTC)
        decline(session, submission, by=by, at=at, seen=submission.version, reason="other", body="Ні.")
        session.flush()
        reopen(session, submission, by=by, at=at + timedelta(hours=1), seen=submission.version)
    desk.accept()
    assert desk.bodies()[-1] == EDITED


def test_withdrawn_it_stays_aside_and_reads_as_such(desk: Desk) -> None:
    desk.accept()
    desk.save()
    desk.undo()
    with desk.app.app_context(), transaction() as session:
        submission, by = desk.find(session), make_staff(session, Role.EDITOR)
        withdraw_on_request(
            session, submission, by=by, at=datetime.now(UTC), seen=submission.version, note="Листом."
        )
    assert SAID in desk.client.get(desk.page).text
    with desk.app.app_context():
        assert desk.find(db.session()).state is State.WITHDRAWN


def test_erasing_takes_a_draft_that_is_set_aside(desk: Desk) -> None:
    desk.accept()
    desk.save()
    desk.undo()
    with desk.app.app_context(), transaction() as session:
        erase(session, desk.find(session), by=None, at=datetime.now(UTC))
    with desk.app.app_context():
        left = [list(db.session.scalars(select(table.id))) for table in (Draft, DraftRevision)]
        acts = list(db.session.scalars(select(Event.act)))
        assert (left, acts) == ([[], []], [HistoryAct.ERASE])
