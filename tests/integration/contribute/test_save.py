"""A contributor saves what is not finished: nothing is overwritten, nothing is lost."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import force_locale, format_date
from sqlalchemy import select

from portal.database import transaction
from portal.domain.answers import EnteredAnswers
from portal.domain.deadlines import round_to_hour
from portal.domain.limits import MOST_UNSENT
from portal.domain.states import State
from portal.extensions import current_portal, db, now
from portal.models import Call, ContributorSession, Event, Revision, Submission, UnsentVersion
from portal.operations.contribute.unsent import seal_typed
from portal.sealing.keys import unsent_version_place
from tests.support.form_writer import (
    ADDRESS,
    ANSWERS,
    IDEA,
    MY,
    PITCH,
    SCRIPT,
    code_of,
    count_rows,
    find_only_submission,
    go_on,
    list_rows,
    open_form,
    read_json,
    read_values,
    save,
    save_by_script,
)

pytestmark = [pytest.mark.either_database, pytest.mark.usefixtures("opened")]


def read_sealed(app: Flask, row: UnsentVersion) -> dict[str, Any]:
    with app.app_context():
        return current_portal().instance.keys.open_map(row.sealed, unsent_version_place(row.public_id))


def keep_nine_days(app: Flask) -> str:
    """Have the call keep unsent texts for nine days; return the last of them."""
    with app.app_context(), transaction() as session:
        session.scalars(select(Call)).one().unfinished_kept_days = 9
    with app.test_request_context(), force_locale("uk"):
        return str(format_date(round_to_hour(now()) + timedelta(days=9), "long"))


def test_the_page_after_saving_shows_the_code(app: Flask, client: FlaskClient) -> None:
    values = {**open_form(client), "idea": IDEA}
    page = save(client, values)
    assert (page.request.path, page.text.count(code_of(app, values["form_key"]))) == (f"{MY}/saved", 1)


def test_the_page_after_saving_says_until_when_it_is_kept(app: Flask, client: FlaskClient) -> None:
    last_day = keep_nine_days(app)
    page = save(client, {**open_form(client), "idea": IDEA})
    assert page.text.count(last_day) == 1


def test_the_form_says_until_when_a_save_is_kept(app: Flask, client: FlaskClient) -> None:
    last_day = keep_nine_days(app)
    assert client.get(PITCH).text.count(last_day) == 1


def test_what_is_saved_is_not_sent(app: Flask, client: FlaskClient) -> None:
    save(client, {**open_form(client), "idea": IDEA})
    submission = find_only_submission(app)
    assert (submission.state, submission.heading) == (State.WRITING, "")
    assert count_rows(app, Revision) == 0


def test_the_first_save_is_in_the_history_and_no_later_one(app: Flask, client: FlaskClient) -> None:
    values = {**open_form(client), "idea": IDEA}
    save_by_script(client, go_on(values, save_by_script(client, values), link="Ще."))
    with app.app_context():
        assert [one.act for one in db.session.scalars(select(Event))] == ["save"]


def test_a_script_saves_and_learns_how_to_go_on(app: Flask, client: FlaskClient) -> None:
    values = {**open_form(client), "idea": IDEA}
    answer = save_by_script(client, values)
    assert answer == {
        "state": "saved",
        "writing": list_rows(app)[0].public_id,
        "sequence": 1,
        "code": code_of(app, values["form_key"]),
    }


def test_a_save_by_script_opens_no_page(app: Flask, client: FlaskClient) -> None:
    save_by_script(client, {**open_form(client), "idea": IDEA})
    assert count_rows(app, ContributorSession) == 0


def test_saving_again_goes_on_with_the_same_version(app: Flask, client: FlaskClient) -> None:
    values = {**open_form(client), "idea": IDEA}
    first = save_by_script(client, values)
    second = save_by_script(client, go_on(values, first, idea="Зовсім інакше."))
    assert (second["state"], second["writing"], second["sequence"]) == ("saved", first["writing"], 2)
    assert [row.answers["idea"] for row in list_rows(app)] == ["Зовсім інакше."]


def test_two_tabs_never_write_over_each_other(app: Flask, client: FlaskClient) -> None:
    values = {**open_form(client), "idea": IDEA}
    known = save_by_script(client, values)
    save_by_script(client, go_on(values, known, idea="Перша вкладка."))
    other = save_by_script(client, go_on(values, known, idea="Друга вкладка."))
    assert other["state"] == "other_version"
    assert [row.answers["idea"] for row in list_rows(app)] == ["Перша вкладка.", "Друга вкладка."]


def test_the_second_tab_goes_on_with_its_own_version(app: Flask, client: FlaskClient) -> None:
    values = {**open_form(client), "idea": IDEA}
    known = save_by_script(client, values)
    save_by_script(client, go_on(values, known, idea="Перша вкладка."))
    other = save_by_script(client, go_on(values, known, idea="Друга вкладка."))
    answer = save_by_script(client, go_on(values, other, idea="Друга вкладка, далі."))
    assert answer["state"] == "saved"
    assert [row.answers["idea"] for row in list_rows(app)] == ["Перша вкладка.", "Друга вкладка, далі."]


def test_a_save_whose_answer_was_lost_makes_no_second_version(app: Flask, client: FlaskClient) -> None:
    values = {**open_form(client), "idea": IDEA}
    save_by_script(client, values)
    answer = save_by_script(client, {**values, "idea": f"{IDEA} І ще одне речення."})
    assert (answer["state"], answer["sequence"], len(list_rows(app))) == ("saved", 2, 1)


def test_an_empty_form_stores_nothing(app: Flask, client: FlaskClient) -> None:
    answer = save_by_script(client, {**open_form(client), "risk": "no", "lang": "uk"})
    assert (answer, count_rows(app, Submission)) == (
        {"state": "empty", "writing": "", "sequence": 0, "code": ""},
        0,
    )


def test_an_empty_form_says_that_there_is_nothing_to_save(app: Flask, client: FlaskClient) -> None:
    page = save(client, open_form(client))
    assert (page.status_code, page.text.count('class="error-summary"')) == (422, 1)


def test_a_text_emptied_again_keeps_the_last_version(app: Flask, client: FlaskClient) -> None:
    values = {**open_form(client), "idea": IDEA}
    known = save_by_script(client, values)
    answer = save_by_script(client, go_on(values, known, idea=" "))
    assert (answer["state"], [row.answers["idea"] for row in list_rows(app)]) == ("empty", [IDEA])


def test_sealed_answers_stand_only_in_the_envelope(app: Flask, client: FlaskClient) -> None:
    save_by_script(client, {**open_form(client), **ANSWERS})
    row = list_rows(app)[0]
    sealed = {"reply": "email", "reply_text": ADDRESS, "risk_text": "Брат служить."}
    assert read_sealed(app, row)["sealed"] == sealed
    assert {"reply", "reply_text", "risk_text", "c_use", "c_age"} & row.answers.keys() == set()


def test_a_text_longer_than_it_may_be_is_saved_whole(app: Flask, client: FlaskClient) -> None:
    save_by_script(client, {**open_form(client), "idea": "字" * 5000})
    assert list_rows(app)[0].answers["idea"] == "字" * 5000


@pytest.mark.parametrize(
    "hostile",
    [
        {"risk": "a\x00b"},
        {"lang": "x" * 400},
        {"writing": "\x00", "sequence": "9" * 90},
        {"idea": "a\x00b\u202e"},
    ],
    ids=["choice", "language", "version", "text"],
)
def test_hostile_fields_break_no_save(client: FlaskClient, hostile: dict[str, str]) -> None:
    answer = save_by_script(client, {**open_form(client), "link": "Полиця.", **hostile})
    assert answer["state"] == "saved"


def test_a_form_key_that_is_not_ours_saves_nothing_and_loses_nothing(app: Flask, client: FlaskClient) -> None:
    page = save(client, {**open_form(client), "idea": IDEA, "form_key": "f" * 97})
    assert (page.status_code, read_values(page.text)["idea"], list_rows(app)) == (422, IDEA, [])


def test_twenty_saves_at_once_make_one_text(app: Flask, client: FlaskClient) -> None:
    values = {**open_form(client), "idea": IDEA}

    def post(number: int) -> str:
        with app.test_client() as browser:
            token = read_json(browser.get(f"{MY}/token"))["token"]
            answer = save_by_script(browser, {**values, "csrf_token": token})
            return str(answer["state"])

    with ThreadPoolExecutor(max_workers=5) as pool:
        states = set(pool.map(post, range(20)))
    assert (states, count_rows(app, Submission), len(list_rows(app))) == ({"saved"}, 1, 1)


def test_a_script_with_an_old_token_gets_a_fresh_one(app: Flask, client: FlaskClient) -> None:
    values = {**open_form(client), "idea": IDEA}
    refused = client.post(f"{PITCH}/save", data={**values, "csrf_token": "old"}, headers=SCRIPT)
    assert (refused.status_code, read_json(refused)["state"], list_rows(app)) == (400, "token", [])
    answer = save_by_script(client, {**values, "csrf_token": read_json(refused)["token"]})
    assert answer["state"] == "saved"


def test_saving_with_an_old_token_gives_the_form_back(client: FlaskClient) -> None:
    page = save(client, {**open_form(client), "idea": IDEA, "csrf_token": "old"})
    assert (page.status_code, read_values(page.text)["idea"]) == (400, IDEA)


def test_a_fresh_token_is_there_for_the_asking(client: FlaskClient) -> None:
    values = {**open_form(client), "idea": IDEA}
    token = read_json(client.get(f"{MY}/token"))["token"]
    assert save_by_script(client, {**values, "csrf_token": token})["state"] == "saved"


def fill_versions(client: FlaskClient, values: dict[str, Any]) -> None:
    """Save as many versions as a text may have, each in a tab of its own and with words of its own."""
    for number in range(MOST_UNSENT):
        save_by_script(client, {**values, "idea": f"Думка {number:02}."})


def test_one_version_too_many_is_not_saved_and_stays_on_the_page(app: Flask, client: FlaskClient) -> None:
    values = open_form(client)
    fill_versions(client, values)
    refused = client.post(f"{PITCH}/save", data={**values, "idea": "Ще одна думка.", "save": "1"})
    assert (refused.status_code, refused.text.count("Ще одна думка."), len(list_rows(app))) == (
        409,
        1,
        MOST_UNSENT,
    )


def test_a_version_that_stands_in_another_one_makes_room(app: Flask, client: FlaskClient) -> None:
    values = open_form(client)
    fill_versions(client, values)
    with app.app_context(), transaction() as session:
        first, second = session.scalars(select(UnsentVersion).order_by(UnsentVersion.id).limit(2))
        longer = {**second.answers, "idea": f"{first.answers['idea']} І ще."}
        typed = EnteredAnswers(second.stage, second.lang, longer, sealed={}, has_words=True)
        second.sealed = seal_typed(typed, current_portal().instance.keys, second.public_id)
    save_by_script(client, {**values, "idea": "Ще одна думка."})
    kept = [row.answers["idea"] for row in list_rows(app)]
    others = [f"Думка {number:02}." for number in range(2, MOST_UNSENT)]
    assert kept == ["Думка 00. І ще.", *others, "Ще одна думка."]


def test_a_full_text_goes_on_in_the_tab_that_knows_its_version(app: Flask, client: FlaskClient) -> None:
    values = open_form(client)
    fill_versions(client, values)
    known = {"writing": list_rows(app)[-1].public_id, "sequence": str(list_rows(app)[-1].sequence)}
    saved = save_by_script(client, {**values, **known, "idea": "Зовсім інакше."})
    assert (saved["state"], len(list_rows(app))) == ("saved", MOST_UNSENT)


def test_a_full_text_can_be_sent(app: Flask, client: FlaskClient) -> None:
    values = {**open_form(client), **ANSWERS}
    fill_versions(client, values)
    assert client.post(PITCH, data={**values, "idea": "Ще одна думка."}).status_code == 303
