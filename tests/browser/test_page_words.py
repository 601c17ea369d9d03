"""Answers, objections and captions in a real browser: kept while they are typed, and sent once."""

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from portal.database import transaction
from portal.domain.languages import ENGLISH, LOCALES, Locale
from portal.domain.photos import AttachmentKind
from portal.extensions import current_portal, db
from portal.models import Attachment, Message, PageWords, Submission
from portal.operations.private.unsent import open_words
from tests.browser.conftest import Doors
from tests.browser.people import Portal
from tests.browser.stories import TELLINGS
from tests.browser.test_uploads import choose, enter
from tests.browser.writers import ON_PHONE, SAVED, WAITING, Writer, lose_answer
from tests.support.photos import make_picture
from tests.support.world import World

pytestmark = [
    pytest.mark.browser,
    pytest.mark.breaks_network,
    # The compression of static files leaves closing them to the garbage collector.
    pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning"),
]

REPLY = "**/my/reply"
EVERY = pytest.mark.parametrize("locale", LOCALES, ids=lambda locale: locale.url)


def open_page(doors: Doors, portal: Portal, locale: Locale = ENGLISH, *, scripts: bool = True) -> Writer:
    """Return somebody with the private page of a story open, on a phone."""
    page = enter(doors, portal, scripts=scripts)
    page.goto(f"/{locale.url}/my")
    return Writer(page, portal, locale)


def read_messages(portal: Portal) -> list[str]:
    with portal.app.app_context():
        own = select(Message.body).where(Message.from_desk.is_(False)).order_by(Message.id)
        return list(db.session.scalars(own))


def count_kept(portal: Portal) -> int:
    with portal.app.app_context():
        return len(list(db.session.scalars(select(PageWords))))


def read_chosen(portal: Portal) -> list[list[str]]:
    """Return the answers chosen in every version that is kept."""
    with portal.app.app_context():
        keys = current_portal().instance.keys
        kept = [open_words(one, keys).words for one in db.session.scalars(select(PageWords))]
    return [sorted(one for name, one in words.items() if name.endswith("-choice")) for words in kept]


def send(writer: Writer) -> None:
    form = writer.page.locator('form[action$="/my/reply"]')
    form.locator("button[type=submit]:not([formaction])").last.click()


def reads_box(page: Page) -> str:
    return page.locator('[name="body"]').input_value()


@pytest.mark.one_case("locale")
@EVERY
def test_an_answer_is_there_after_the_tab_was_killed(doors: Doors, portal: Portal, locale: Locale) -> None:
    writer = open_page(doors, portal, locale)
    answer = TELLINGS[locale.url].answer
    writer.write({"body": answer})
    writer.hears(SAVED)
    again = writer.page.context.new_page()
    writer.page.close()
    again.goto(f"/{locale.url}/my")
    assert (reads_box(again), count_kept(portal), doors.faults) == (answer, 1, [])


@pytest.mark.one_case("locale")
@EVERY
def test_an_answer_sent_without_network_waits_and_arrives_once(
    doors: Doors, portal: Portal, locale: Locale
) -> None:
    writer = open_page(doors, portal, locale)
    writer.write({"body": "Так. 是。"})
    writer.hears(SAVED)
    writer.page.context.set_offline(True)
    send(writer)
    writer.hears(WAITING)
    with writer.page.expect_navigation():
        writer.page.context.set_offline(False)
    expect(writer.page.locator(".thread .own")).to_have_count(1)
    assert (read_messages(portal), reads_box(writer.page), count_kept(portal)) == (["Так. 是。"], "", 0)
    assert writer.read_storage() == "[][]"


def test_an_answer_whose_answer_was_lost_arrives_once(doors: Doors, portal: Portal) -> None:
    writer = open_page(doors, portal)
    writer.write({"body": "Yes."})
    writer.hears(SAVED)
    writer.page.route(REPLY, lose_answer, times=1)
    with writer.page.expect_navigation():
        send(writer)
    expect(writer.page.locator(".thread .own")).to_have_count(1)
    assert (read_messages(portal), count_kept(portal), writer.read_storage()) == (["Yes."], 0, "[][]")


def test_an_answer_put_back_after_its_answer_was_lost_is_not_taken_twice(
    doors: Doors, portal: Portal
) -> None:
    writer = open_page(doors, portal)
    writer.write({"body": "Yes."})
    writer.hears(SAVED)
    cookies = writer.page.context.cookies()
    writer.page.route(REPLY, lose_answer)
    send(writer)
    writer.hears(WAITING)
    writer.page.context.clear_cookies()
    writer.page.context.add_cookies([{**one} for one in cookies])  # type: ignore[typeddict-item]  # as they were
    again = Writer(writer.page.context.new_page(), portal)
    writer.page.close()
    again.page.goto("/en/my")
    assert reads_box(again.page) == "Yes."
    with again.page.expect_navigation():
        send(again)
    assert (read_messages(portal), again.read_storage()) == (["Yes."], "[][]")


def test_words_typed_without_network_stay_on_the_phone_until_it_is_back(doors: Doors, portal: Portal) -> None:
    writer = open_page(doors, portal)
    writer.page.context.set_offline(True)
    writer.write({"body": "In the cellar."})
    writer.hears(ON_PHONE)
    assert writer.read_copies() == [{"body": "In the cellar."}]
    writer.page.context.set_offline(False)
    writer.hears(SAVED)
    assert count_kept(portal) == 1


def test_an_empty_answer_is_refused_where_it_stands(doors: Doors, portal: Portal) -> None:
    writer = open_page(doors, portal)
    send(writer)
    writer.sees_faults()
    expect(writer.page.locator("#message-body-field .field-error")).to_be_visible()
    writer.write({"body": "Yes."})
    with writer.page.expect_navigation():
        send(writer)
    assert read_messages(portal) == ["Yes."]


def test_a_file_travels_with_its_answer(doors: Doors, portal: Portal) -> None:
    writer = open_page(doors, portal)
    writer.write({"body": "See the picture."})
    writer.page.locator('[name="file"]').set_input_files(choose("olive.jpg", make_picture()))
    with writer.page.expect_navigation():
        send(writer)
    with portal.app.app_context():
        kinds = list(db.session.scalars(select(Attachment.kind)))
    assert (read_messages(portal), kinds, writer.read_storage()) == (
        ["See the picture."],
        [AttachmentKind.PHOTO],
        "[][]",
    )


def test_nobody_at_risk_has_a_copy_on_the_phone(doors: Doors, portal: Portal) -> None:
    writer = open_page(doors, portal)
    with portal.app.app_context(), transaction() as session:
        session.scalars(select(Submission)).one().at_risk = True
    writer.page.reload()
    expect(writer.page.locator("#keep-copy")).not_to_be_checked()
    writer.write({"body": "My brother serves."})
    writer.hears(SAVED)
    assert (writer.read_copies(), count_kept(portal)) == ([], 1)


def test_leaving_wipes_the_phone(doors: Doors, portal: Portal) -> None:
    writer = open_page(doors, portal)
    writer.write({"body": "Not yet."})
    writer.hears(SAVED)
    writer.press("Leave")
    assert (writer.read_storage(), count_kept(portal)) == ("[][]", 1)


def test_withdrawing_wipes_the_phone(doors: Doors, portal: Portal) -> None:
    writer = open_page(doors, portal)
    writer.write({"body": "Not yet."})
    writer.hears(SAVED)
    writer.page.goto("/en/my/withdraw")
    writer.press("Withdraw")
    assert (writer.read_storage(), reads_box(writer.page)) == ("[][]", "Not yet.")


@pytest.mark.one_case("locale")
@EVERY
def test_captions_are_there_after_the_tab_was_killed(doors: Doors, portal: Portal, locale: Locale) -> None:
    writer = open_page(doors, portal, locale)
    writer.page.goto(f"/{locale.url}/my/photos")
    writer.page.locator('input[type="file"]').set_input_files(choose("olive.jpg", make_picture()))
    writer.press("Add the photo")
    writer.page.locator('[name$="-caption"]').fill("Зима 冬")
    writer.hears(SAVED)
    again = Writer(writer.page.context.new_page(), portal, locale)
    writer.page.close()
    again.page.goto(f"/{locale.url}/my/photos")
    assert again.page.locator('[name$="-caption"]').input_value() == "Зима 冬"
    again.go_by(again.find_button("Save").last)
    with portal.app.app_context():
        stored = db.session.scalars(select(Attachment)).one().caption
    assert (stored, count_kept(portal), again.read_storage()) == ("Зима 冬", 0, "[][]")


def test_answers_are_there_after_the_tab_was_killed(world: World, served: Portal, doors: Doors) -> None:
    portal, page = served, doors.open_for(world, "with its author", width=390, height=844)
    writer = Writer(page, portal, world.locale)
    page.goto(f"/{world.locale.url}/my/check")
    writer.write({"objections": "Не так було."})
    page.locator("#c1 input[value=restore]").check()
    writer.waits_for(lambda: read_chosen(portal), [["restore"]])
    again = Writer(page.context.new_page(), portal, world.locale)
    page.close()
    again.page.goto(f"/{world.locale.url}/my/check")
    assert again.page.locator('[name="objections"]').input_value() == "Не так було."
    expect(again.page.locator("#c1 input[value=restore]")).to_be_checked()
    again.go_by(again.page.locator("#answer"))
    assert ("Не так було." in read_messages(portal)[-1], again.read_storage()) == (True, "[][]")


@pytest.mark.one_case("locale")
@EVERY
def test_without_scripts_an_answer_is_sent_and_nothing_lies(
    doors: Doors, portal: Portal, locale: Locale
) -> None:
    writer = open_page(doors, portal, locale, scripts=False)
    expect(writer.page.locator("#keep-line")).to_be_hidden()
    expect(writer.page.locator("#keep-unscripted")).to_be_visible()
    writer.write({"body": "Так. 是。"})
    with writer.page.expect_navigation():
        send(writer)
    assert (read_messages(portal), reads_box(writer.page)) == (["Так. 是。"], "")
