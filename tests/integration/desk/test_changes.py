"""Somebody was faster: the page says who did what, and shows what changed in the text."""

from datetime import UTC, datetime

import html5lib
import pytest
from sqlalchemy import select

from portal.database import transaction
from portal.domain.permissions import Role
from portal.extensions import db
from portal.models import Draft, Message, Staff, Submission
from portal.operations.coverages.departures import record_export
from portal.operations.desk.decisions import mark_spam
from portal.operations.desk.triage import assign
from portal.queries.desk.queue import QueueFilter, View, moderation_queue
from tests.support.author_acts import add_photo, change_submission, renew_words, send_version, write_as_author
from tests.support.bad_input import TYPED, Desk, shown_texts, typed_in
from tests.support.factories import IDEA, STORY, make_sending, make_staff
from tests.support.plain_browser import find_form

pytestmark = pytest.mark.either_database

MORE = "А ще там була лампа."
LONGER = f"{IDEA} {MORE}"
OTHER_ADDRESS = "inna@example.org"


def ask_late(desk: Desk, public_id: str, *happens: object) -> str:
    """Open the page, let things happen, then ask; return the page that answers."""
    form = find_form(desk.client.get(desk.page(public_id)).text, action="/ask")
    for one in happens:
        assert callable(one)
        one()
    answer = desk.client.post(form["action"], data={**form["values"], "body": TYPED})
    assert answer.status_code == 409
    return answer.text


def changes_of(page: str) -> list[str]:
    """Return the sentences that say who did what."""
    listed = page.partition('<ul class="changes">')[2].partition("</ul>")[0]
    return [part.partition("</li>")[0] for part in listed.split("<li>")[1:]]


def sentence_begins(page: str) -> list[str]:
    return [sentence.partition(" on ")[0] for sentence in changes_of(page)]


def test_a_new_version_is_named_as_the_authors(editor: Desk) -> None:
    page = ask_late(
        editor, editor.pitch, lambda: send_version(editor.app, editor.pitch, make_sending(idea=LONGER))
    )
    assert sentence_begins(page) == ["The author sent a new version"]


def test_a_new_version_is_linked_to_what_changed(editor: Desk) -> None:
    page = ask_late(
        editor, editor.pitch, lambda: send_version(editor.app, editor.pitch, make_sending(idea=LONGER))
    )
    assert f'href="{editor.page(editor.pitch)}/versions?from=1&amp;to=2"' in page


def test_two_new_versions_are_compared_with_the_one_that_was_read(editor: Desk) -> None:
    page = ask_late(
        editor,
        editor.pitch,
        lambda: send_version(editor.app, editor.pitch, make_sending(idea=LONGER)),
        lambda: send_version(editor.app, editor.pitch, make_sending(idea=MORE)),
    )
    assert f'href="{editor.page(editor.pitch)}/versions?from=1&amp;to=3"' in page


@pytest.mark.parametrize(
    ("asked", "compared"),
    [
        ("", (2, 3)),
        ("?from=1&to=2", (1, 2)),
        ("?from=3&to=1", (1, 3)),
        ("?to=2", (1, 2)),
        ("?to=1", (1, 2)),
        ("?from=1", (1, 3)),
        ("?from=2&to=2", (1, 2)),
        ("?from=9&to=9", (2, 3)),
    ],
)
def test_the_two_versions_that_were_asked_for_are_compared(
    editor: Desk, asked: str, compared: tuple[int, int]
) -> None:
    for idea in (LONGER, MORE):
        send_version(editor.app, editor.pitch, make_sending(idea=idea))
    page = editor.client.get(f"{editor.page(editor.pitch)}/versions{asked}").text
    shown = page.partition('<h2 id="compared">')[2].partition("</h2>")[0]
    assert shown == f"From version {compared[0]} to version {compared[1]}"


def test_a_message_and_a_photo_are_named_in_their_order(editor: Desk) -> None:
    page = ask_late(
        editor,
        editor.story,
        lambda: write_as_author(editor.app, editor.story),
        lambda: add_photo(editor.app, editor.story),
    )
    assert sentence_begins(page) == ["The author wrote", "The author added a photo or document"]


def decide_as_colleague(desk: Desk, name: str = "Леся") -> None:
    change_submission(
        desk.app,
        desk.pitch,
        lambda session, submission: mark_spam(
            session,
            submission,
            by=make_staff(session, Role.MODERATOR, name=name),
            at=datetime.now(UTC),
            seen=submission.version,
        ),
    )


def test_a_colleague_who_decided_is_named(editor: Desk) -> None:
    page = ask_late(editor, editor.pitch, lambda: decide_as_colleague(editor))
    assert [sentence.partition(", by ")[2] for sentence in changes_of(page)] == ["Леся: Marked as spam"]


def test_words_for_an_act_that_fits_no_more_are_kept(editor: Desk) -> None:
    page = ask_late(editor, editor.pitch, lambda: decide_as_colleague(editor))
    assert shown_texts(page) == [TYPED]


def test_words_for_an_act_that_still_fits_stand_in_its_form(editor: Desk) -> None:
    page = ask_late(editor, editor.pitch, lambda: write_as_author(editor.app, editor.pitch))
    assert (typed_in(page, "/ask", "body"), shown_texts(page)) == (TYPED, [])


def test_who_has_read_what_changed_sends_the_form_again(editor: Desk) -> None:
    page = ask_late(editor, editor.pitch, lambda: write_as_author(editor.app, editor.pitch))
    form = find_form(page, action="/ask")
    assert editor.client.post(form["action"], data=form["values"]).status_code == 303


def responsible_for(desk: Desk) -> str:
    with desk.app.app_context():
        submission = db.session.scalars(select(Submission).where(Submission.public_id == desk.pitch)).one()
        return submission.assignee.public_id if submission.assignee else ""


def test_somebody_is_made_responsible_through_the_page(editor: Desk) -> None:
    with editor.app.app_context():
        colleague = db.session.scalars(select(Staff.public_id).order_by(Staff.id)).first() or ""
    answer = editor.send(editor.page(editor.pitch), "/assign", person=colleague)
    assert (answer.status_code, responsible_for(editor)) == (303, colleague)


def test_nobody_is_made_responsible_for_what_an_author_changed_meanwhile(editor: Desk) -> None:
    form = find_form(editor.client.get(editor.page(editor.pitch)).text, action="/assign")
    with editor.app.app_context():
        colleague = db.session.scalars(select(Staff.public_id).order_by(Staff.id)).first() or ""
    write_as_author(editor.app, editor.pitch)
    answer = editor.client.post(form["action"], data={**form["values"], "person": colleague})
    assert (answer.status_code, responsible_for(editor)) == (409, "")


def test_a_colleague_made_responsible_is_said_too(editor: Desk) -> None:
    def reassign() -> None:
        change_submission(
            editor.app,
            editor.pitch,
            lambda session, submission: assign(
                session,
                submission,
                by=make_staff(session, Role.EDITOR, name="Ірина"),
                to=make_staff(session, Role.EDITOR),
                seen=submission.version,
                at=datetime.now(UTC),
            ),
        )

    [said] = changes_of(ask_late(editor, editor.pitch, reassign))
    assert said.endswith("by Ірина: Responsibility changed")


@pytest.mark.parametrize("known", ["", "x", "-1", "9" * 40, "²"])
def test_a_page_that_does_not_say_what_it_knew_is_answered_all_the_same(editor: Desk, known: str) -> None:
    form = find_form(editor.client.get(editor.page(editor.pitch)).text, action="/ask")
    write_as_author(editor.app, editor.pitch)
    values = {**form["values"], "known": known, "body": TYPED}
    answer = editor.client.post(form["action"], data=values)
    assert (answer.status_code, len(changes_of(answer.text))) == (409, 1)


def test_the_page_after_a_clash_is_sound_html(editor: Desk) -> None:
    html5lib.HTMLParser(strict=True).parse(
        ask_late(editor, editor.pitch, lambda: decide_as_colleague(editor))
    )


def test_a_new_version_is_said_on_top_until_the_desk_acts(editor: Desk) -> None:
    send_version(editor.app, editor.pitch, make_sending(idea=LONGER))
    before = editor.client.get(editor.page(editor.pitch)).text
    editor.send(editor.page(editor.pitch), "/message", body=TYPED)
    after = editor.client.get(editor.page(editor.pitch)).text
    said = "The author sent a new version on"
    assert (said in before, said in after) == (True, False)


def compare(desk: Desk, public_id: str, query: str = "") -> str:
    answer = desk.client.get(f"{desk.page(public_id)}/versions{query}")
    assert answer.status_code == 200
    html5lib.HTMLParser(strict=True).parse(answer.text)
    return answer.text


def test_what_was_added_is_marked(editor: Desk) -> None:
    send_version(editor.app, editor.pitch, make_sending(idea=LONGER))
    assert compare(editor, editor.pitch).count("<ins>") == 1


def test_only_answers_that_changed_are_shown(editor: Desk) -> None:
    send_version(editor.app, editor.pitch, make_sending(idea=LONGER, before="yes"))
    assert compare(editor, editor.pitch).count('class="question"') == 2


def test_han_is_compared_by_characters(editor: Desk) -> None:
    first, second = "祖母把書藏在櫃子裡。", "祖母把信藏在櫃子裡。"
    send_version(editor.app, editor.pitch, make_sending(lang="zh-Hant-TW", idea=first))
    send_version(editor.app, editor.pitch, make_sending(lang="zh-Hant-TW", idea=second))
    page = compare(editor, editor.pitch, "?from=2&to=3")
    removed = page.partition("<del>")[2].partition("</del>")[0]
    assert [word for word in ("書", "祖母", "櫃子") if word in removed] == ["書"]


def test_sealed_answers_are_never_compared_only_said_to_differ(editor: Desk) -> None:
    send_version(editor.app, editor.pitch, make_sending(address=OTHER_ADDRESS))
    page = compare(editor, editor.pitch)
    assert ("Sealed answers changed too." in page, OTHER_ADDRESS in page) == (True, False)


def test_equal_sealed_answers_are_not_said_to_differ(editor: Desk) -> None:
    send_version(editor.app, editor.pitch, make_sending(idea=LONGER))
    assert "Sealed answers" not in compare(editor, editor.pitch)


def test_a_moderator_does_not_see_what_changed_for_editors(moderator: Desk) -> None:
    send_version(moderator.app, moderator.pitch, make_sending(byline_text="Оксана П."))
    assert "Оксана П." not in compare(moderator, moderator.pitch)


def test_any_two_versions_are_compared(editor: Desk) -> None:
    for idea in (LONGER, MORE):
        send_version(editor.app, editor.pitch, make_sending(idea=idea))
    assert "From version 1 to version 3" in compare(editor, editor.pitch, "?from=1&to=3")


@pytest.mark.parametrize("query", ["", "?from=x&to=y", "?from=9&to=9", "?from=2&to=1", "?from=0&to=0"])
def test_an_address_nobody_wrote_shows_the_newest_change(editor: Desk, query: str) -> None:
    send_version(editor.app, editor.pitch, make_sending(idea=LONGER))
    assert "From version 1 to version 2" in compare(editor, editor.pitch, query)


def test_one_version_leaves_nothing_to_compare(editor: Desk) -> None:
    assert "there is nothing to compare" in compare(editor, editor.pitch)


def test_versions_of_another_desk_do_not_exist(editor: Desk) -> None:
    with editor.app.app_context():
        everybody = set(db.session.scalars(select(Submission.public_id)))
    assert "0" * 32 not in everybody
    assert editor.client.get(f"{editor.page('0' * 32)}/versions").status_code == 404


def test_a_changed_language_is_said(editor: Desk) -> None:
    send_version(editor.app, editor.pitch, make_sending(lang="en", idea="My grandmother hid books."))
    assert "The stated language changed from Ukrainian to English." in compare(editor, editor.pitch)


def test_a_corrected_language_moves_it_in_the_queue(editor: Desk) -> None:
    editor.send(editor.page(editor.pitch), "/language", lang="crh")
    with editor.app.app_context():
        person = make_staff(db.session(), Role.EDITOR, languages=("crh",))
        wanted = QueueFilter(view=View.LANGUAGES)
        found = db.session.scalars(moderation_queue(person, wanted, at=datetime.now(UTC)))
        assert [submission.public_id for submission in found] == [editor.pitch]
        db.session.rollback()


def test_a_corrected_language_stands_in_the_history(editor: Desk) -> None:
    editor.send(editor.page(editor.pitch), "/language", lang="en")
    page = editor.client.get(editor.page(editor.pitch)).text
    assert '<p class="hint" dir="auto">from Ukrainian to English</p>' in page


def test_a_language_that_was_not_offered_is_refused(editor: Desk) -> None:
    assert editor.send(editor.page(editor.pitch), "/language", lang="tlh").status_code == 422


def test_the_way_to_a_new_code_is_on_the_page(editor: Desk) -> None:
    assert f'href="{editor.page(editor.pitch)}/code"' in editor.client.get(editor.page(editor.pitch)).text


def test_a_new_code_stands_in_the_history_with_its_reason(editor: Desk) -> None:
    address = f"{editor.page(editor.pitch)}/code"
    form = find_form(editor.client.get(address).text, field="reason")
    editor.client.post(address, data={**form["values"], "reason": "Called on Monday"})
    page = editor.client.get(editor.page(editor.pitch)).text.partition('id="history"')[2]
    assert ("New code requested" in page, "Called on Monday" in page) == (True, True)


NEW_WORDS = "Нові слова про ліцензію."


def test_a_consent_whose_words_have_changed_is_said(editor: Desk) -> None:
    before = editor.client.get(editor.page(editor.story)).text
    renew_words(editor.app, "c_lic", NEW_WORDS)
    after = editor.client.get(editor.page(editor.story)).text
    said = "Needs a renewed consent"
    assert (said in before, said in after, NEW_WORDS in after) == (False, True, True)


def test_a_consent_is_not_asked_for_where_it_matters_no_more(editor: Desk) -> None:
    renew_words(editor.app, "c_lic", NEW_WORDS)
    editor.send(editor.page(editor.story), "/withdraw", note="By Signal")
    assert "Needs a renewed consent" not in editor.client.get(editor.page(editor.story)).text


def test_asking_for_a_consent_writes_in_the_authors_language(editor: Desk) -> None:
    renew_words(editor.app, "c_lic", NEW_WORDS)
    page = editor.client.get(f"{editor.page(editor.story)}?write=renew").text
    form = find_form(page, action="/renewal")
    answer = editor.client.post(form["action"], data=form["values"], follow_redirects=True)
    thread = answer.text.partition('id="thread"')[2]
    text = thread.partition('<div class="user-text" lang="uk">')[2].partition("</div>")[0]
    assert text.strip() == f'<p dir="auto">{form["values"]["body"].strip()}</p>'


def test_the_draft_leads_to_asking_for_the_consent(editor: Desk) -> None:
    before = editor.client.get(editor.draft_page).text
    renew_words(editor.app, "c_lic", NEW_WORDS)
    after = editor.client.get(editor.draft_page).text
    said = ("consent has to be renewed", "?write=renew#renewal")
    assert [[page.count(one) for one in said] for page in (before, after)] == [[0, 0], [1, 1]]


def test_the_list_of_drafts_says_that_photos_have_changed(editor: Desk) -> None:
    with editor.app.app_context(), transaction() as session:
        draft = session.scalars(select(Draft)).one()
        record_export(session, [draft], by=make_staff(session, Role.EDITOR), at=datetime.now(UTC))
        public_id, slug = draft.submission.public_id, draft.submission.call.coverage.slug
    before = editor.client.get(f"/desk/coverages/{slug}").text
    add_photo(editor.app, public_id)
    after = editor.client.get(f"/desk/coverages/{slug}").text
    said = "Photos changed since the last export"
    assert (said in before, said in after) == (False, True)


def test_files_of_a_message_stand_below_it(editor: Desk) -> None:
    write_as_author(editor.app, editor.story)
    add_photo(editor.app, editor.story)
    change_submission(
        editor.app,
        editor.story,
        lambda session, submission: setattr(
            submission.attachments[0], "message_id", session.scalars(select(Message.id)).one()
        ),
    )
    thread = editor.client.get(editor.page(editor.story)).text.partition('id="thread"')[2]
    href = thread.partition('<p><a href="')[2].partition('">Photo 1</a>')[0]
    assert editor.client.get(href).mimetype == "image/jpeg"


def test_a_story_without_changes_shows_its_text(editor: Desk) -> None:
    assert STORY.splitlines()[0] in editor.client.get(editor.page(editor.story)).text
