"""A page that is left saves once more, beside the form that is on its way: its words belong to that form.

The save arrives after the page that comes next was made, which does not know of it.
"""

import io
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.domain.states import State
from tests.support.form_writer import (
    ANSWERS,
    STORY,
    STORY_ANSWERS,
    find_only_submission,
    go_on,
    list_rows,
    open_form,
    read_values,
    save_by_script,
)

pytestmark = [pytest.mark.either_database, pytest.mark.usefixtures("opened")]

NO_ADDRESS = "немає@@пошти"
Values = dict[str, Any]


def fill_in(client: FlaskClient) -> Values:
    """Return a finished story with an address that is none."""
    return {**open_form(client, STORY), **ANSWERS, **STORY_ANSWERS, "reply_text": NO_ADDRESS}


def read_file(client: FlaskClient, values: Values) -> Values:
    """Choose a file that cannot be read, and press “Read the file”; return the form that comes back."""
    chosen = {**values, "document": (io.BytesIO(b""), "empty.docx")}
    refused = client.post(f"{STORY}/file", data=chosen, content_type="multipart/form-data")
    assert refused.status_code == 422
    return read_values(refused.text)


def send(client: FlaskClient, values: Values) -> Values:
    """Send the story without success; return the form that comes back."""
    refused = client.post(STORY, data=values)
    assert refused.status_code == 422
    return read_values(refused.text)


def leave_after_both_faults(client: FlaskClient) -> Values:
    """Have a file refused, then the address, and save at the door; return the form that came back."""
    typed = fill_in(client)
    typed = go_on(typed, save_by_script(client, {**typed, "reply_text": ""}, STORY))
    sent = {**read_file(client, typed), "reply_text": NO_ADDRESS}
    refused = send(client, sent)
    save_by_script(client, sent, STORY)
    return {**refused, "reply_text": "olena@example.org"}


def test_what_was_saved_at_the_door_goes_with_the_sending(app: Flask, client: FlaskClient) -> None:
    values = leave_after_both_faults(client)
    assert client.post(STORY, data=values).status_code == 303
    assert (find_only_submission(app).state, list_rows(app)) == (State.SUBMITTED, [])


def test_the_page_goes_on_in_what_was_saved_at_the_door(app: Flask, client: FlaskClient) -> None:
    values = leave_after_both_faults(client)
    answer = save_by_script(client, values, STORY)
    assert (answer["state"], len(list_rows(app))) == ("saved", 1)
    client.post(STORY, data=go_on(values, answer))
    assert list_rows(app) == []


def test_two_refusals_later_it_is_still_known(app: Flask, client: FlaskClient) -> None:
    values = leave_after_both_faults(client)
    again = send(client, {**values, "reply_text": "ще@@ні"})
    client.post(STORY, data={**again, "reply_text": "olena@example.org"})
    assert list_rows(app) == []


def test_a_first_save_at_the_door_goes_with_the_sending(app: Flask, client: FlaskClient) -> None:
    typed = fill_in(client)
    refused = send(client, typed)
    save_by_script(client, typed, STORY)
    client.post(STORY, data={**refused, "reply_text": "olena@example.org"})
    assert list_rows(app) == []


def save_beside_refusal(client: FlaskClient, **other: str) -> Values:
    """Save a story, send it without success, and save other words of it meanwhile; return what came back."""
    typed = fill_in(client)
    known = save_by_script(client, typed, STORY)
    refused = send(client, go_on(typed, known))
    save_by_script(client, go_on(typed, known, **other), STORY)
    return refused


def test_words_of_another_tab_stay_beside_it(app: Flask, client: FlaskClient) -> None:
    refused = save_beside_refusal(client, story="Друга вкладка.")
    client.post(STORY, data={**refused, "reply_text": "olena@example.org"})
    assert [row.answers["story"] for row in list_rows(app)] == ["Друга вкладка."]


def test_words_of_another_tab_are_not_written_over(app: Flask, client: FlaskClient) -> None:
    refused = save_beside_refusal(client, story="Друга вкладка.")
    answer = save_by_script(client, {**refused, "story": "Перша вкладка."}, STORY)
    assert answer["state"] == "other_version"
    assert [row.answers["story"] for row in list_rows(app)] == ["Друга вкладка.", "Перша вкладка."]


def test_words_typed_while_a_refusal_was_on_its_way_stay(app: Flask, client: FlaskClient) -> None:
    """They are not in the form that came back: nobody has seen them go."""
    refused = save_beside_refusal(client, title="Ще заголовок")
    client.post(STORY, data={**refused, "reply_text": "olena@example.org"})
    assert [row.answers["title"] for row in list_rows(app)] == ["Ще заголовок"]


@pytest.mark.parametrize("seen_fingerprints", ["f" * 32, "\x00", "ї" * 32, "9" * 5000])
def test_a_form_that_claims_to_have_held_something_costs_nobody_a_word(
    app: Flask, client: FlaskClient, seen_fingerprints: str
) -> None:
    typed = fill_in(client)
    save_by_script(client, {**typed, "story": "Друга вкладка."}, STORY)
    client.post(
        STORY, data={**typed, "reply_text": "olena@example.org", "seen_fingerprints": seen_fingerprints}
    )
    assert [row.answers["story"] for row in list_rows(app)] == ["Друга вкладка."]


def test_a_fresh_form_is_not_heavier_for_it(client: FlaskClient) -> None:
    assert "seen_fingerprints" not in open_form(client, STORY)
