"""Every form of every page: sent as it is printed, and without or with a stale one of its hidden fields."""

from collections.abc import Iterable, Mapping, Sequence

import pytest
from werkzeug.test import TestResponse

from tests.security.forms import (
    Browsers,
    SeenForm,
    choose_kinds,
    find_changes,
    open_forms,
    read_everything,
)
from tests.support.bad_input import SHARED_ON_ONE

WORDS = "Слова, які писали цілий вечір"
LATE = frozenset({400, 401, 409, 422})
"""What is answered to a form that has to be sent once more."""
DECIDING = frozenset({"csrf_token", "seen", "revision"})
"""Hidden fields without which nothing is done."""
WAYS = (WITHOUT, STALE) = ("without", "stale")
SAVE = "coverages.save_draft"
"""Saving a draft goes by its version alone: the revision only says it to the script of the page."""
WHATEVER_CAME_SINCE = frozenset(
    {
        ("desk.take_back_message", "seen"),
        ("desk.claim", "seen"),
        ("desk.hold", "seen"),
        ("desk.noted", "seen"),
        ("desk.release", "seen"),
        ("desk.note", "seen"),
        ("desk.ask_for_gist", "seen"),
        ("desk.presence", "seen"),
        ("coverages.revise", "revision"),
        ("coverages.correct", "revision"),
        ("coverages.publish", "revision"),
        ("desk.same", "seen"),
        ("desk.take_tag_off", "seen"),
        ("desk.take_advice_back", "seen"),
    }
)
"""What is done although something came since: it judges no text, or another field says which one."""
BUTTONS: Mapping[str, Mapping[str, str]] = {"coverages.bring_back_version": {"save": "1"}}
"""What the button says with which a form is sent, where each row of a page has the same form."""


def spoil(form: SeenForm, name: str, way: str) -> Mapping[str, object]:
    """Return the form with words in it, without this field or with what it may have been before."""
    values = {
        **form.values,
        **BUTTONS.get(form.endpoint, {}),
        **{area: f"{WORDS} {area}" for area in form.areas},
    }
    given = str(values.pop(name, ""))
    if way == WITHOUT:
        return values
    return {**values, name: str(int(given) - 1) if given.isdigit() else "0" * max(len(given), 1)}


def find_lost(form: SeenForm, answer: TestResponse) -> list[str]:
    """Return the words that a refused form does not give back."""
    wanted = [f"{WORDS} {area}" for area in form.areas]
    return [words for words in wanted if answer.status_code >= 400 and words not in answer.text]


@SHARED_ON_ONE
@pytest.mark.one_case("way")
@pytest.mark.parametrize("way", WAYS)
def test_a_form_without_what_decides_does_nothing_and_gives_every_word_back(
    browsers: Browsers, forms: Sequence[SeenForm], way: str
) -> None:
    wrong = {}
    before = read_everything(browsers.visitors.world.app)
    for form in choose_kinds(forms):
        said_twice = {"revision"} if form.endpoint == SAVE else set()
        for name in sorted((form.hidden & DECIDING) - said_twice):
            if way == STALE and (form.endpoint, name) in WHATEVER_CAME_SINCE:
                continue
            answer = browsers.open(form.who).post(form.address, data=spoil(form, name, way), buffered=True)
            lost = find_lost(form, answer)
            if answer.status_code not in LATE or lost or "<h1" not in answer.text:
                wrong[form.endpoint, name] = (answer.status_code, lost)
    assert (wrong, find_changes(before, read_everything(browsers.visitors.world.app))) == ({}, [])


@SHARED_ON_ONE
@pytest.mark.one_case("way")
@pytest.mark.parametrize("way", WAYS)
def test_no_hidden_field_is_missed_with_an_error(
    browsers: Browsers, forms: Sequence[SeenForm], way: str
) -> None:
    wrong = {}
    for form in choose_kinds(forms):
        for name in sorted(form.hidden - DECIDING):
            answer = browsers.open(form.who).post(form.address, data=spoil(form, name, way), buffered=True)
            if answer.status_code >= 500 or find_lost(form, answer):
                wrong[form.endpoint, name] = (answer.status_code, find_lost(form, answer))
    assert wrong == {}


REFUSED_EMPTY = (
    "contribute.send",
    "contribute.send_full_story",
    "private.enter",
    "private_lost_code.ask_for_link",
    "private_messages.write",
    "contribute_receipt.show",
    "private_mail.switch",
    "private_consents.renew_consents",
    "private_documents.add",
    "private_approval.send",
    "desk.open_identity",
    "desk.ask",
    "desk.decline",
    "desk.mark_duplicate",
    "desk.note",
    "desk.new_view",
    "desk.put_tags_on",
    "desk.recommend",
    "desk.write_message",
    "desk.withdraw",
    "desk_desk_codes.ask_for_code",
    "private_author_proof.prove",
    "desk.record_take_down",
    "coverages.waive_approval",
    "coverages.publish",
    "coverages.correct",
    "coverages.export_drafts",
    "coverages.new_target",
    "coverages.tags",
    "coverages.merge",
    "coverages.remove",
    "staff_settings.make_invitation",
    "security.login",
    "security.two_factor_token_validation",
    "security.mf_recovery",
    "security.change_password",
    "security.verify",
    "staff_account.invitation",
    "staff_passkeys.index",
    "private_lost_code.link",
)
"""Forms whose pages print them empty, and ask for something."""
PRESSED = (
    "coverages.card",
    "coverages.front_page",
    "coverages.fetch_export",
    "coverages.make_export_again",
    "desk.noted",
    "desk.presence",
    "desk.mark_one",
    "desk.read_notices",
    "desk.ask_for_gist",
    "desk.same",
    "desk.choose_bulk",
    "desk.saved_view",
    "desk.remove_view",
    "desk.take_advice_back",
    "desk.take_tag_off",
    "coverages.tag",
    "private_author_proof.refuse",
    "desk_desk_codes.confirm",
    "desk_desk_codes.call_off",
    "private_lost_code.renew_code",
    "contribute_change.correct_language",
    "contribute_change.send",
    "contribute_after.send",
    "contribute_save.delete_version",
    "private_photos.save",
    "private_documents.delete_original",
    "private_documents.remove",
    "desk.language",
    "desk.gist",
    "desk.assign",
    "desk.claim",
    "desk.hold",
    "desk.release",
    "desk.read",
    "desk.undo",
    "desk.take_back_message",
    "desk.ask_for_renewal",
    "desk.mark_bulk_spam",
    "desk.mark_spam",
    "desk.invite",
    "desk.accept",
    "desk.reopen",
    "coverages.comment",
    "coverages.explain",
    "coverages.bring_back_version",
    "coverages.save_draft",
    "coverages.send_for_approval",
    "coverages.revise",
    "coverages.keep",
    "desk.send_correction",
    "coverages.send_stories",
    "desk.take_down_on_site",
    "coverages.try_target",
    "coverages.save_categories",
    "coverages.save_target",
    "coverages.end_target",
    "staff_account.own",
    "security.two_factor_setup",
    "security.mf_recovery_codes",
    "staff_account.end_session",
    "staff_passkeys.remove",
    "staff_account.end_sessions",
    "staff_calls.set_deciders",
    "staff_settings.revoke_invitation",
    "staff_settings.retry_mail",
    "staff_settings.person",
    "staff_settings.renew_link",
    "staff_settings.close_account",
    "staff_settings.end_sessions",
    "private_own_data.download",
    "private_leaving.ask_take_down",
    "private_leaving.withdraw",
    "private_leaving.erase",
    "private.leave",
    "security.logout",
)
"""Forms that are taken as they stand: first those after which the others are still there."""
BESIDE_ANOTHER = {"staff_settings.retry_all_mail"}
"""It stands where several mails have failed, and goes when one of them is sent."""
SAID_AGAIN = frozenset({200, 400, 410, 422})
"""How a form is answered that lacks something; the pages of the library for sign-in answer 200."""
TAKEN = frozenset({200, 201, 204, 302, 303})


def send_as_printed(browsers: Browsers, pages: Iterable[tuple[str, str]], endpoint: str) -> int:
    """Send a form from the first page that has it now; return the answer, 0 when there is none any more."""
    for who, page in pages:
        for form in open_forms(browsers, who, page):
            if form.endpoint == endpoint:
                sent = {**form.values, **BUTTONS.get(endpoint, {})}
                return browsers.open(who).post(form.address, data=sent, buffered=True).status_code
    return 0


@SHARED_ON_ONE
def test_every_form_is_taken_as_its_page_prints_it(browsers: Browsers, forms: Sequence[SeenForm]) -> None:
    pages: dict[str, list[tuple[str, str]]] = {}
    for form in forms:
        pages.setdefault(form.endpoint, []).append((form.who, form.page))
    answered = {
        name: send_as_printed(browsers, pages.get(name, ()), name) for name in REFUSED_EMPTY + PRESSED
    }
    refused = {name: answered[name] for name in REFUSED_EMPTY if answered[name] not in SAID_AGAIN}
    taken = {name: answered[name] for name in PRESSED if answered[name] not in TAKEN}
    assert (refused, taken, pages.keys() - answered.keys()) == ({}, {}, BESIDE_ANOTHER)
