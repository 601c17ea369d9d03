"""A receipt people keep: written down, typed back, printed, saved as a text or as a picture."""

import io
from datetime import datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import func, select

from portal.domain.receipt_code import group_code
from portal.extensions import db
from portal.models import Base
from tests.support.contributor import Contributor
from tests.support.factories import IDEA, make_sending
from tests.support.plain_browser import find_form, send_form
from tests.support.sender import RISK, Sender, save_text, send_text

pytestmark = pytest.mark.either_database

RECEIPT = "/en/my/receipt"
RIGHT = "That is the right code. Your copy is correct."
ADDRESS = "http://localhost/en/my"


@pytest.fixture
def sender(app: Flask, client: FlaskClient, moment: datetime) -> Sender:
    """Somebody who has just sent a pitch."""
    return send_text(app, client, moment)


@pytest.fixture
def saver(app: Flask, client: FlaskClient, moment: datetime) -> Sender:
    """Somebody who has saved a pitch and not sent it."""
    return save_text(app, client, moment)


def type_back(client: FlaskClient, typed: str) -> list[str]:
    """Type a code back and return what the page says about it, group by group or as a whole."""
    page = send_form(client, RECEIPT, {"code": typed}).text
    groups = [f"Group {number} is {word}" for number in range(1, 6) for word in ("right", "different")]
    return [said for said in (RIGHT, *groups) if said in page]


def count_all(app: Flask) -> dict[str, int]:
    with app.app_context():
        tables = Base.metadata.sorted_tables
        return {
            table.name: db.session.scalar(select(func.count()).select_from(table)) or 0 for table in tables
        }


def test_the_receipt_tells_the_code_and_where_it_is_typed_in(client: FlaskClient, sender: Sender) -> None:
    page = client.get(RECEIPT).text
    assert [page.count(text) for text in (group_code(sender.code), ADDRESS)] == [1, 1]


def test_the_receipt_has_no_title_of_its_own(client: FlaskClient, sender: Sender) -> None:
    titles = [client.get(page).text.partition("<title>")[2].partition("<")[0] for page in (RECEIPT, "/en/my")]
    assert titles[0] == titles[1]


def test_a_code_typed_back_rightly_is_confirmed(client: FlaskClient, sender: Sender) -> None:
    assert type_back(client, group_code(sender.code)) == [RIGHT]


@pytest.mark.parametrize("between", ["", "-", "  ", "."])
def test_it_does_not_matter_how_the_groups_are_set_apart(
    client: FlaskClient, sender: Sender, between: str
) -> None:
    assert type_back(client, group_code(sender.code).replace(" ", between)) == [RIGHT]


def test_full_width_digits_are_digits_too(client: FlaskClient, sender: Sender) -> None:
    wide = "".join(chr(ord(one) - ord("0") + ord("０")) for one in sender.code)
    assert type_back(client, wide) == [RIGHT]


def test_a_wrong_group_is_named(client: FlaskClient, sender: Sender) -> None:
    groups = group_code(sender.code).split()
    groups[2] = str((int(groups[2]) + 1) % 10000).zfill(4)
    said = [f"Group {number} is {'different' if number == 3 else 'right'}" for number in range(1, 6)]
    assert type_back(client, " ".join(groups)) == said


def test_a_digit_left_out_makes_one_group_wrong_and_not_all_after_it(
    client: FlaskClient, sender: Sender
) -> None:
    groups = group_code(sender.code).split()
    groups[0] = groups[0][1:]
    said = ["Group 1 is different", *(f"Group {number} is right" for number in range(2, 6))]
    assert type_back(client, " ".join(groups)) == said


def test_a_wrong_code_costs_nothing(client: FlaskClient, sender: Sender) -> None:
    type_back(client, "1111 2222 3333 4444 5555")
    assert type_back(client, sender.code) == [RIGHT]


def test_what_is_typed_back_is_stored_nowhere(app: Flask, client: FlaskClient, sender: Sender) -> None:
    before = count_all(app)
    type_back(client, sender.code)
    type_back(client, "1111 2222 3333 4444 5555")
    assert count_all(app) == before


def test_what_is_typed_back_does_not_come_back_with_the_page(client: FlaskClient, sender: Sender) -> None:
    assert "98765" not in send_form(client, RECEIPT, {"code": "98765"}).text


def test_nothing_typed_is_no_wrong_code(client: FlaskClient, sender: Sender) -> None:
    page = send_form(client, RECEIPT, {"code": " "}).text
    assert [page.count(text) for text in ("You did not enter a code.", "is different")] == [1, 0]


def test_a_code_too_short_says_how_much_came(client: FlaskClient, sender: Sender) -> None:
    page = send_form(client, RECEIPT, {"code": sender.code[:19]}).text
    assert page.count("You typed 19 digits. The code has 20.") == 1


def test_a_page_opened_with_the_code_shows_none_to_type_back(
    app: Flask, client: FlaskClient, moment: datetime
) -> None:
    person = Contributor(app, client, moment)
    person.send()
    person.enter()
    page = client.get(RECEIPT).text
    assert ("It stays the same." in page, "receipt-code" in page, group_code(person.code) in page) == (
        True,
        False,
        False,
    )


def test_the_text_file_holds_code_address_steps_and_everything_that_was_sent(
    client: FlaskClient, sender: Sender
) -> None:
    lines = client.get(f"{RECEIPT}/text").data.decode("utf-8-sig").split("\r\n")
    expected = [
        "Your receipt code",
        group_code(sender.code),
        ADDRESS,
        "What happens next",
        IDEA,
        "olena@example.org",
    ]
    assert [lines.count(line) for line in expected] == [1] * len(expected)


def test_the_steps_in_the_text_file_are_numbered_from_one(client: FlaskClient, sender: Sender) -> None:
    text = client.get(f"{RECEIPT}/text").data.decode("utf-8-sig")
    steps = text.partition("What happens next\r\n")[2].partition("\r\n\r\n")[0].split("\r\n")
    numbers = [line.partition(". ")[0] for line in steps]
    assert (numbers, len(steps) > 1) == ([str(number + 1) for number in range(len(steps))], True)


def test_the_text_file_opens_everywhere_and_its_name_tells_nothing(
    client: FlaskClient, sender: Sender
) -> None:
    answer = client.get(f"{RECEIPT}/text")
    headers = [answer.headers[name] for name in ("Content-Type", "Content-Disposition", "Cache-Control")]
    assert (headers, answer.data[:3]) == (
        ["text/plain; charset=utf-8", "attachment; filename=notes.txt", "no-store"],
        b"\xef\xbb\xbf",
    )


@pytest.mark.parametrize(
    ("lang", "heading"), [("en", "What you sent"), ("uk", "Що ви надіслали"), ("zh-tw", "您送出的內容")]
)
def test_the_text_file_is_in_the_language_of_its_reader(
    client: FlaskClient, sender: Sender, lang: str, heading: str
) -> None:
    lines = client.get(f"/{lang}/my/receipt/text").data.decode("utf-8-sig").split("\r\n")
    assert lines.count(heading) == 1


def test_words_of_a_person_stand_in_the_text_file_as_they_were_typed(
    app: Flask, client: FlaskClient, moment: datetime
) -> None:
    words = "<b>Полиця</b> & «книжки»\n\n{{ 7*7 }}"
    send_text(app, client, moment, sending=make_sending(idea=words))
    assert client.get(f"{RECEIPT}/text").data.decode().count(words.replace("\n", "\r\n")) == 1


def test_the_picture_is_a_picture_and_its_name_tells_nothing(client: FlaskClient, sender: Sender) -> None:
    answer = client.get(f"{RECEIPT}/picture")
    headers = [answer.headers[name] for name in ("Content-Type", "Content-Disposition", "Cache-Control")]
    with Image.open(io.BytesIO(answer.data)) as picture:
        found = (picture.format, picture.width, picture.info)
    assert (headers, found) == (
        ["image/png", "attachment; filename=picture.png", "no-store"],
        ("PNG", 720, {}),
    )


def test_two_codes_give_two_pictures(app: Flask, client: FlaskClient, moment: datetime) -> None:
    pictures = set()
    for _ in range(2):
        send_text(app, client, moment)
        pictures.add(client.get(f"{RECEIPT}/picture").data)
    assert len(pictures) == 2


@pytest.mark.parametrize("file", ["text", "picture"])
def test_files_with_the_code_are_only_for_the_browser_that_sent_the_text(
    app: Flask, client: FlaskClient, moment: datetime, file: str
) -> None:
    person = Contributor(app, client, moment)
    person.send()
    person.enter()
    assert client.get(f"{RECEIPT}/{file}").status_code == 404


@pytest.mark.parametrize("file", ["text", "picture"])
def test_files_with_the_code_are_closed_with_the_page(
    client: FlaskClient, sender: Sender, moment: datetime, file: str
) -> None:
    with time_machine.travel(moment + timedelta(hours=3), tick=False):
        answer = client.get(f"{RECEIPT}/{file}")
    assert (answer.status_code, answer.location) == (303, "/en/my")


def test_who_gave_an_address_reads_that_a_link_can_be_asked_for(client: FlaskClient, sender: Sender) -> None:
    assert client.get(RECEIPT).text.count("ask for a one-time link") == 1


def test_who_gave_no_address_reads_that_only_the_desk_can_help(
    app: Flask, client: FlaskClient, moment: datetime
) -> None:
    send_text(app, client, moment, sending=make_sending(address=""))
    assert client.get(RECEIPT).text.count("only the desk can issue another one") == 1


def test_the_receipt_of_a_saved_text_says_that_it_was_not_sent(client: FlaskClient, saver: Sender) -> None:
    page = client.get(RECEIPT).text
    shown = ("Saved, not sent yet", group_code(saver.code), "Nobody reads the text before you send it.", IDEA)
    assert [page.count(text) for text in shown] == [1] * len(shown)


def test_the_receipt_of_a_saved_text_says_until_when_it_is_kept(client: FlaskClient, saver: Sender) -> None:
    assert client.get(RECEIPT).text.count("The text is kept until 28\u00a0March 2026") == 1


def test_a_saved_text_can_be_taken_along_as_a_file(client: FlaskClient, saver: Sender) -> None:
    lines = client.get(f"{RECEIPT}/text").data.decode("utf-8-sig").split("\r\n")
    expected = (group_code(saver.code), "What you have saved", IDEA, RISK)
    assert [lines.count(line) for line in expected] == [1] * len(expected)


def test_a_refused_token_compares_nothing_and_shows_the_code_again(
    client: FlaskClient, sender: Sender
) -> None:
    values = find_form(client.get(RECEIPT).text, field="code")["values"]
    answer = client.post(RECEIPT, data={**values, "csrf_token": "", "code": sender.code})
    assert (answer.status_code, RIGHT in answer.text, answer.text.count(group_code(sender.code))) == (
        400,
        False,
        1,
    )
