"""Editing an accepted story: saving, asking its author, publishing, correcting."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.database import transaction
from portal.domain.editing import Verdict
from portal.domain.errors import DomainError, IllegalTransition, MissingText, NotPermitted, StaleEdit
from portal.domain.permissions import Role
from portal.domain.states import State
from portal.extensions import db
from portal.models import Draft, DraftRevision, OutboxMail, Staff
from portal.operations import transitions
from portal.operations.coverages import drafts
from portal.operations.coverages.author_changes import take_over_choices
from portal.operations.private import author_acts
from tests.support.factories import make_draft, make_staff
from tests.support.plain_browser import find_form, send_form
from tests.support.staff import enter_as
from tests.support.statements import list_reads, listening

WINDOW = timedelta(minutes=10)
PLACE = "https://example.org/2026/03/story"


@dataclass(frozen=True)
class Desk:
    """A draft and the editor at work on it."""

    session: Session
    draft: Draft
    editor: Staff
    at: datetime

    @property
    def state(self) -> State:
        return self.draft.submission.state

    def save(self, **values: object) -> DraftRevision | None:
        return drafts.save_draft(
            self.session, self.draft, values, by=self.editor, at=self.at, seen=self.draft.version
        )

    def send(self, **values: object) -> None:
        seen = self.draft.submission.version
        drafts.send_for_approval(
            self.session,
            self.draft,
            by=self.editor,
            at=self.at,
            seen=seen,
            **values,  # type: ignore[arg-type]  # cases name fields by text
        )

    def waive(self, reason: str = "Said yes by telephone.", window: timedelta = timedelta(0)) -> None:
        seen = self.draft.submission.version
        drafts.waive_approval(
            self.session, self.draft, by=self.editor, at=self.at, seen=seen, reason=reason, window=window
        )

    def revise(self) -> None:
        seen = self.draft.submission.version
        drafts.revise(self.session, self.draft, by=self.editor, at=self.at, seen=seen)

    def publish(self, window: timedelta = timedelta(0), **addresses: str) -> None:
        seen = self.draft.submission.version
        drafts.publish(
            self.session, self.draft, addresses, by=self.editor, at=self.at, seen=seen, window=window
        )

    def take_back(self) -> None:
        seen = self.draft.submission.version
        transitions.undo_decision(self.session, self.draft.submission, by=self.editor, at=self.at, seen=seen)


@pytest.fixture
def desk(session: Session, at: datetime) -> Desk:
    editor = make_staff(session, Role.EDITOR)
    return Desk(session, make_draft(session, at, by=editor), editor, at)


def test_a_change_is_kept_as_a_new_revision(desk: Desk) -> None:
    saved = desk.save(title="Коли гасне світло в Харкові", topics=["history"])
    assert saved is not None
    assert (saved.number, saved.fields["title"], saved.fields["topics"], saved.staff_id) == (
        2,
        "Коли гасне світло в Харкові",
        ["history"],
        desk.editor.id,
    )


def test_saving_without_a_change_makes_no_revision(desk: Desk) -> None:
    assert desk.save(title=desk.draft.title) is None


def test_a_text_that_a_colleague_changed_is_not_overwritten(desk: Desk) -> None:
    seen = desk.draft.version
    desk.save(title="Перша")
    with pytest.raises(StaleEdit):
        drafts.save_draft(desk.session, desk.draft, {"title": "Друга"}, by=desk.editor, at=desk.at, seen=seen)


def test_a_story_cannot_be_emptied(desk: Desk) -> None:
    with pytest.raises(MissingText):
        desk.save(body=" ")


def test_a_moderator_does_not_edit(desk: Desk) -> None:
    moderator = make_staff(desk.session, Role.MODERATOR)
    with pytest.raises(NotPermitted):
        drafts.save_draft(
            desk.session, desk.draft, {"title": "x"}, by=moderator, at=desk.at, seen=desk.draft.version
        )


def test_nobody_types_a_name_for_an_author_who_wants_none(desk: Desk) -> None:
    desk.draft.byline_mode = "none"
    desk.session.flush()
    desk.save(byline="Олена Коваль")
    assert desk.draft.byline == ""


def test_the_choice_of_a_name_stays_the_authors(desk: Desk) -> None:
    desk.save(byline_mode="real")
    assert desk.draft.byline_mode == "pen"


def test_an_open_choice_of_a_name_is_written_down_once_the_author_has_decided(desk: Desk) -> None:
    desk.draft.byline_mode = "later"
    desk.session.flush()
    desk.save(byline_mode="real", byline="Олена Коваль")
    assert (desk.draft.byline_mode, desk.draft.byline) == ("real", "Олена Коваль")


def test_a_text_with_its_author_is_not_changed(desk: Desk) -> None:
    desk.send()
    with pytest.raises(IllegalTransition):
        desk.save(title="Нова")


def test_the_author_is_asked_about_the_text_the_editor_saw(desk: Desk) -> None:
    desk.save(title="Нова")
    with pytest.raises(StaleEdit):
        desk.send(revision=1)


def test_the_author_is_asked_by_a_day(desk: Desk) -> None:
    desk.send(answer_by=date(2026, 4, 1))
    due = desk.draft.submission.due_at
    assert (desk.state, desk.draft.checks[-1].revision, due and due.date()) == (
        State.AUTHOR_CHECK,
        1,
        date(2026, 4, 1),
    )


def test_an_approved_text_is_the_one_the_author_read(desk: Desk) -> None:
    desk.save(title="Нова")
    desk.send()
    author_acts.approve(desk.session, desk.draft.submission, revision=2, at=desk.at)
    assert (desk.state, desk.draft.approved_revision) == (State.APPROVED, 2)


def test_going_on_without_an_answer_needs_a_reason(desk: Desk) -> None:
    with pytest.raises(MissingText):
        desk.waive(reason=" ")


def test_going_on_without_an_answer_is_kept_with_its_reason(desk: Desk) -> None:
    desk.send()
    desk.waive()
    check = desk.draft.checks[-1]
    assert (desk.state, desk.draft.approved_revision, check.verdict, check.reason) == (
        State.APPROVED,
        1,
        Verdict.WAIVED,
        "Said yes by telephone.",
    )


def test_an_editor_goes_on_without_an_answer_about_the_text_they_saw(desk: Desk) -> None:
    desk.save(title="Нова")
    with pytest.raises(StaleEdit):
        drafts.waive_approval(
            desk.session,
            desk.draft,
            by=desk.editor,
            at=desk.at,
            seen=desk.draft.submission.version,
            reason="Said yes by telephone.",
            revision=1,
        )


@dataclass(frozen=True)
class Late:
    """An editor with the page of a draft open since before a colleague acted."""

    session: Session
    draft: Draft
    editor: Staff
    at: datetime
    seen: int

    def do_elsewhere(self, act: Callable[[Session, Draft, Staff], object]) -> None:
        with Session(db.engine) as other:
            act(other, other.get_one(Draft, self.draft.id), other.get_one(Staff, self.editor.id))
            other.commit()


@pytest.fixture
def late(desk: Desk) -> Late:
    desk.session.expire_on_commit = False
    seen, checks = desk.draft.submission.version, desk.draft.checks
    assert checks == []
    desk.session.commit()
    return Late(desk.session, desk.draft, desk.editor, desk.at, seen)


@pytest.mark.parametrize("act", ["send_for_approval", "waive_approval"])
def test_a_text_that_a_colleague_saves_at_that_moment_is_neither_sent_nor_approved(
    late: Late, act: str
) -> None:
    late.do_elsewhere(
        lambda session, draft, by: drafts.save_draft(
            session, draft, {"title": "Інша"}, by=by, at=late.at, seen=draft.version
        )
    )
    given = {"by": late.editor, "at": late.at, "seen": late.seen, "revision": 1}
    reason = {"reason": "By phone."} if act == "waive_approval" else {}
    with pytest.raises(StaleEdit):
        getattr(drafts, act)(late.session, late.draft, **given, **reason)


def test_a_text_that_a_colleague_sends_to_its_author_at_that_moment_is_not_changed(late: Late) -> None:
    late.do_elsewhere(
        lambda session, draft, by: drafts.send_for_approval(
            session, draft, by=by, at=late.at, seen=draft.submission.version
        )
    )
    with pytest.raises(IllegalTransition):
        drafts.save_draft(late.session, late.draft, {"title": "Інша"}, by=late.editor, at=late.at, seen=1)


def test_editing_again_makes_a_new_approval_necessary(desk: Desk) -> None:
    desk.waive()
    desk.revise()
    assert (desk.state, desk.draft.approved_revision) == (State.ACCEPTED, None)


def test_a_request_taken_back_in_time_sends_no_mail(desk: Desk) -> None:
    before = desk.session.scalar(select(func.count(OutboxMail.id)))
    desk.send(window=WINDOW, message="Погляньте, будь ласка.")
    desk.revise()
    after = desk.session.scalar(select(func.count(OutboxMail.id)))
    assert (desk.state, len(desk.draft.checks), after) == (State.ACCEPTED, 0, before)


def test_undoing_a_waived_approval_lets_the_author_answer_again(desk: Desk) -> None:
    desk.send()
    desk.waive(window=WINDOW)
    desk.take_back()
    assert (desk.state, desk.draft.approved_revision, [check.verdict for check in desk.draft.checks]) == (
        State.AUTHOR_CHECK,
        None,
        [None],
    )


def test_undoing_a_waived_approval_nobody_was_asked_for_leaves_nothing(desk: Desk) -> None:
    desk.waive(window=WINDOW)
    desk.take_back()
    assert (desk.state, desk.draft.approved_revision, desk.draft.checks) == (State.ACCEPTED, None, [])


def test_a_published_story_has_an_address_for_each_language(desk: Desk) -> None:
    desk.waive()
    desk.publish(uk=PLACE, en=" ")
    assert (desk.state, [(one.lang, one.url) for one in desk.draft.publications]) == (
        State.PUBLISHED,
        [("uk", PLACE)],
    )


def test_undoing_a_publication_forgets_the_address(desk: Desk) -> None:
    desk.waive()
    desk.publish(uk=PLACE, window=WINDOW)
    desk.take_back()
    assert (desk.state, desk.draft.publications) == (State.APPROVED, [])


@pytest.mark.either_database
@pytest.mark.parametrize(
    "address", ["http://example.org/a", "example.org", "https://u:p@example.org/", "https://[x"]
)
def test_only_full_https_addresses_are_recorded(desk: Desk, address: str) -> None:
    desk.waive()
    with pytest.raises(DomainError):
        desk.publish(uk=address)


def test_publishing_needs_an_address(desk: Desk) -> None:
    desk.waive()
    with pytest.raises(MissingText):
        desk.publish(uk="")


def test_a_correction_needs_a_new_approval(desk: Desk) -> None:
    desk.waive()
    desk.publish(uk=PLACE)
    seen = desk.draft.submission.version
    drafts.correct(desk.session, desk.draft, by=desk.editor, at=desk.at, seen=seen, reason="A wrong date.")
    assert (desk.state, desk.draft.approved_revision) == (State.ACCEPTED, None)


@dataclass(frozen=True)
class Browser:
    """An editor signed in, and where the draft is."""

    client: FlaskClient
    page: str
    public_id: str


@pytest.fixture
def browser(app: Flask, client: FlaskClient, at: datetime) -> Browser:
    with app.app_context(), transaction() as session:
        editor = make_staff(session, Role.EDITOR)
        draft = make_draft(session, at, by=editor)
        editor.coverages = [draft.submission.call.coverage]
        public_id, email = draft.public_id, editor.email
    enter_as(client, email)
    return Browser(client, f"/desk/coverages/draft/{public_id}", public_id)


def read_draft(app: Flask, public_id: str) -> Draft:
    draft = db.session.scalar(select(Draft).where(Draft.public_id == public_id))
    assert draft is not None
    return draft


@pytest.mark.either_database
def test_an_editor_saves_a_text_through_the_page(app: Flask, browser: Browser) -> None:
    answer = send_form(
        browser.client, browser.page, {"title": "Нова", "body": "Текст\n\nщо лишився"}, field="body"
    )
    assert answer.status_code == 200
    with app.app_context():
        draft = read_draft(app, browser.public_id)
        assert (draft.title, draft.body, draft.revision) == ("Нова", "Текст\n\nщо лишився", 2)


@pytest.mark.either_database
def test_an_editor_sends_and_waives_and_publishes_through_the_page(app: Flask, browser: Browser) -> None:
    send_form(browser.client, browser.page, {"answer_by": "2030-01-01"}, action="/approval")
    send_form(browser.client, browser.page, {"reason": "Agreed in a letter."}, action="/waive")
    send_form(browser.client, browser.page, {"url_uk": PLACE}, action="/publish")
    with app.app_context():
        assert read_draft(app, browser.public_id).submission.state is State.PUBLISHED


@pytest.mark.parametrize(
    ("action", "values"), [("/waive", {"reason": "Agreed in a letter."}), ("/approval", {"message": "Ось."})]
)
def test_an_act_on_a_text_that_a_colleague_saved_meanwhile_is_not_done(
    app: Flask, browser: Browser, action: str, values: dict[str, str]
) -> None:
    form = find_form(browser.client.get(browser.page).text, action=action)
    send_form(browser.client, browser.page, {"title": "Інша, якої ніхто не читав"}, field="body")
    answer = browser.client.post(form["action"], data={**form["values"], **values})
    with app.app_context():
        draft = read_draft(app, browser.public_id)
        assert (answer.status_code, draft.submission.state, draft.approved_revision, draft.checks) == (
            409,
            State.ACCEPTED,
            None,
            [],
        )


@pytest.mark.either_database
def test_a_refused_form_keeps_what_was_typed(browser: Browser) -> None:
    answer = send_form(
        browser.client, browser.page, {"title": "", "body": "Довгий новий текст"}, field="body"
    )
    kept = find_form(answer.text, field="body")["values"]["body"]
    assert (answer.status_code, kept) == (422, "Довгий новий текст")


@pytest.mark.either_database
def test_a_chosen_name_is_not_left_out(browser: Browser) -> None:
    answer = send_form(browser.client, browser.page, {"byline": ""}, field="body")
    assert answer.status_code == 422


@pytest.mark.either_database
def test_a_name_without_the_choice_it_belongs_to_is_not_dropped_in_silence(
    app: Flask, browser: Browser
) -> None:
    with app.app_context(), transaction():
        read_draft(app, browser.public_id).byline_mode = "later"
    typed = {"byline": "Ольга Неназвана", "title": "Інша назва"}
    answer = send_form(browser.client, browser.page, typed, field="body")
    with app.app_context():
        title = read_draft(app, browser.public_id).title
    assert (answer.status_code, answer.text.count("Ольга Неназвана"), title) == (422, 1, "Коли гасне світло")


@pytest.mark.either_database
def test_the_page_shows_what_changed_between_two_saves(browser: Browser) -> None:
    send_form(browser.client, browser.page, {"title": "Коли гасне вогонь", "slug": "svitlo"}, field="body")
    send_form(browser.client, browser.page, {"title": "Коли гасне лампа"}, field="body")
    page = browser.client.get(f"{browser.page}/revisions")
    assert (page.status_code, page.text.count("<ins>"), page.text.count("<del>")) == (200, 1, 1)


@pytest.mark.either_database
def test_the_page_says_where_two_saves_are_compared_roughly(browser: Browser) -> None:
    said = []
    for words in ("я ти " * 600, "ти я " * 600, "ти я " * 600 + "він"):
        send_form(browser.client, browser.page, {"body": words}, field="body")
        said.append("Compared roughly" in browser.client.get(f"{browser.page}/revisions").text)
    assert said == [False, True, False]


@pytest.mark.either_database
def test_of_all_saves_the_approved_one_is_marked(app: Flask, browser: Browser) -> None:
    for title in ("Коли гасне вогонь", "Коли гасне світло й вогонь"):
        send_form(browser.client, browser.page, {"title": title}, field="body")
    with app.app_context(), transaction():
        read_draft(app, browser.public_id).approved_revision = 2
    saves = browser.client.get(f"{browser.page}/revisions").text.partition("<ol")[2].split("<li>")[1:]
    assert [("Approved" in save, f"Saved version {3 - at}" in save) for at, save in enumerate(saves[:2])] == [
        (False, True),
        (True, True),
    ]


@pytest.mark.either_database
def test_the_page_shows_a_name_that_its_author_has_taken_back(
    app: Flask, browser: Browser, at: datetime
) -> None:
    before, after = {"byline": "pen", "byline_text": "Олена"}, {"byline": "none"}
    with app.app_context(), transaction() as session:
        draft = read_draft(app, browser.public_id)
        draft.byline_mode, draft.byline = "pen", "Олена"
        draft.revisions[0].fields = {**draft.revisions[0].fields, "byline_mode": "pen", "byline": "Олена"}
        take_over_choices(session, draft.submission, before, after, at=at)
    page = browser.client.get(f"{browser.page}/revisions")
    shown = page.text.count(">Name to print</h3>"), page.text.count("Олена")
    assert (page.status_code, *shown) == (200, 1, 1)


@pytest.mark.either_database
def test_a_coverage_lists_its_drafts(browser: Browser) -> None:
    page = browser.client.get("/desk/coverages/ukraine-taiwan")
    assert (page.status_code, page.text.count('class="queue-row')) == (200, 1)


@pytest.mark.either_database
def test_three_drafts_take_as_many_queries_as_one(app: Flask, browser: Browser, at: datetime) -> None:
    address = "/desk/coverages/ukraine-taiwan"
    with listening(app) as one:
        browser.client.get(address)
    with app.app_context(), transaction() as session:
        editor = make_staff(session, Role.EDITOR)
        for _ in range(2):
            make_draft(session, at, by=editor)
    with listening(app) as three:
        page = browser.client.get(address)
    assert (page.text.count('class="queue-row'), len(list_reads(three))) == (3, len(list_reads(one)))


@pytest.mark.either_database
def test_a_coverage_can_be_asked_for_one_state(browser: Browser) -> None:
    page = browser.client.get("/desk/coverages/ukraine-taiwan?state=published")
    assert (page.status_code, page.text.count('class="queue-row')) == (200, 0)


@pytest.mark.either_database
def test_the_coverages_are_listed(browser: Browser) -> None:
    page = browser.client.get("/desk/coverages/")
    assert (page.status_code, page.text.count('href="/desk/coverages/ukraine-taiwan"')) == (200, 1)


@pytest.mark.either_database
def test_a_draft_of_somebody_elses_coverage_does_not_exist(
    app: Flask, client: FlaskClient, browser: Browser
) -> None:
    with app.app_context(), transaction() as session:
        email = make_staff(session, Role.EDITOR, member=False).email
    other = app.test_client()
    enter_as(other, email)
    assert [other.get(page).status_code for page in (browser.page, "/desk/coverages/ukraine-taiwan")] == [
        404,
        404,
    ]


@pytest.mark.either_database
def test_a_moderator_sees_the_list_and_not_the_draft(app: Flask, browser: Browser) -> None:
    with app.app_context(), transaction() as session:
        email = make_staff(session, Role.MODERATOR).email
    other = app.test_client()
    enter_as(other, email)
    pages = ("/desk/coverages/ukraine-taiwan", browser.page, "/desk/coverages/ukraine-taiwan/export")
    assert [other.get(page).status_code for page in pages] == [200, 403, 403]
