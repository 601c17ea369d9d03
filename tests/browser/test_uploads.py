"""Photos and documents in a real browser: several at once, smaller before they leave, again after a cut."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Page, expect
from sqlalchemy import select

from portal.database import transaction
from portal.domain.permissions import Role
from portal.domain.receipt_code import derive_code
from portal.domain.states import Stage
from portal.extensions import current_portal, db
from portal.models import Attachment
from tests.browser.conftest import Doors
from tests.browser.people import Portal
from tests.browser.writers import SAVED
from tests.support.documents import make_telling_pdf
from tests.support.factories import make_form_key, make_staff, make_submission
from tests.support.photos import make_picture, make_telling_jpeg

pytestmark = [
    pytest.mark.browser,
    # The compression of static files leaves closing them to the garbage collector.
    pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning"),
]

PHOTOS = "/en/my/photos"
DOCUMENTS = "/en/my/documents"


def choose(name: str, content: bytes, kind: str = "image/jpeg") -> FilePayload:
    return {"name": name, "mimeType": kind, "buffer": content}


def list_files(portal: Portal) -> list[Attachment]:
    with portal.app.app_context():
        return list(db.session.scalars(select(Attachment).order_by(Attachment.position)))


def enter(doors: Doors, portal: Portal, *, scripts: bool = True) -> Page:
    """Open the private page of somebody who has sent a story."""
    return enter_with_code(doors, portal, scripts=scripts)[0]


def enter_with_code(doors: Doors, portal: Portal, *, scripts: bool = True) -> tuple[Page, str]:
    """Open the private page of somebody who has sent a story; return it with the code that opens it."""
    with portal.app.app_context(), transaction() as session:
        form_key = make_form_key()
        make_staff(session, Role.EDITOR)
        make_submission(session, datetime.now(UTC), Stage.STORY, form_key=form_key)
        code = derive_code(current_portal().instance.receipt_secret, form_key)
    page = doors.open(width=390, height=844, java_script_enabled=scripts)
    page.goto("/en/my")
    page.locator('[name="code"]').fill(code)
    with page.expect_navigation():
        page.get_by_role("button", name="Open your page").click()
    return page, code


def add(page: Page, *files: FilePayload) -> None:
    page.locator('input[type="file"]').set_input_files(list(files))
    page.locator("button[data-add]").click()


def test_several_photos_are_added_in_one_go(doors: Doors, portal: Portal) -> None:
    page = enter(doors, portal)
    page.goto(PHOTOS)
    with page.expect_navigation():
        add(page, *(choose(f"{colour}.jpg", make_picture(colour=colour)) for colour in ("olive", "navy")))
    assert (len(list_files(portal)), page.locator("img").count(), doors.faults) == (2, 2, [])


def test_a_photo_is_smaller_before_it_leaves(doors: Doors, portal: Portal) -> None:
    page = enter(doors, portal)
    page.goto(PHOTOS)
    with page.expect_navigation():
        add(page, choose("large.jpg", make_picture(size=(3200, 2400))))
    assert [(one.width, one.height) for one in list_files(portal)] == [(1600, 1200)]


def test_a_photo_lying_on_its_side_stands_up(doors: Doors, portal: Portal) -> None:
    page = enter(doors, portal)
    page.goto(PHOTOS)
    with page.expect_navigation():
        add(page, choose("side.jpg", make_telling_jpeg()))
    assert [(one.width, one.height) for one in list_files(portal)] == [(32, 64)]


def test_a_file_that_is_no_photo_says_so_beside_its_name(doors: Doors, portal: Portal) -> None:
    page = enter(doors, portal)
    page.goto(PHOTOS)
    add(page, choose("story.jpg", b"no photo"))
    expect(page.locator("#uploads li")).to_contain_text("We could not read this file as a photo.")
    assert list_files(portal) == []


@pytest.mark.breaks_network
def test_after_a_cut_a_photo_is_sent_again_with_one_press(doors: Doors, portal: Portal) -> None:
    page = enter(doors, portal)
    page.goto(PHOTOS)
    page.context.set_offline(offline=True)
    add(page, choose("olive.jpg", make_picture()))
    retry = page.get_by_role("button", name="Try again")
    expect(retry).to_be_visible()
    page.context.set_offline(offline=False)
    retry.click()
    expect(page.get_by_role("link", name="Show what was added")).to_be_visible()
    assert len(list_files(portal)) == 1


def test_an_old_page_sends_a_photo_all_the_same(doors: Doors, portal: Portal) -> None:
    page = enter(doors, portal)
    page.goto(PHOTOS)
    page.locator('form[data-upload] [name="csrf_token"]').evaluate("field => { field.value = 'old'; }")
    with page.expect_navigation():
        add(page, choose("olive.jpg", make_picture()))
    assert len(list_files(portal)) == 1


@pytest.mark.one_case("scripts", number=0)
@pytest.mark.parametrize("scripts", [True, False])
def test_a_document_is_added(doors: Doors, portal: Portal, *, scripts: bool) -> None:
    page = enter(doors, portal, scripts=scripts)
    page.goto(DOCUMENTS)
    with page.expect_navigation():
        add(page, choose("letter.pdf", make_telling_pdf(), "application/pdf"))
    assert ([one.format for one in list_files(portal)], doors.faults) == (["pdf"], [])


def test_without_scripts_a_photo_is_added(doors: Doors, portal: Portal) -> None:
    page = enter(doors, portal, scripts=False)
    page.goto(PHOTOS)
    with page.expect_navigation():
        add(page, choose("olive.jpg", make_picture()))
    assert (len(list_files(portal)), doors.faults) == (1, [])


def test_a_document_is_saved_and_never_shown_by_the_browser(
    doors: Doors, portal: Portal, tmp_path: Path
) -> None:
    page = enter(doors, portal)
    page.goto(DOCUMENTS)
    with page.expect_navigation():
        add(page, choose("letter.pdf", b"<script>1</script>\n" + make_telling_pdf(), "text/html"))
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Download what we keep of document 1").click()
    waiting.value.save_as(tmp_path / "saved")
    saved = (tmp_path / "saved").read_bytes()
    assert (waiting.value.suggested_filename, saved[:8]) == ("document-1.pdf", b"%PDF-1.4")


def open_story_form(doors: Doors, *, scripts: bool) -> Page:
    page = doors.open(width=390, height=844, java_script_enabled=scripts)
    page.goto("/en/")
    page.get_by_role("link", name="Send a finished story").first.click()
    return page


@pytest.mark.one_case("scripts", number=1)
@pytest.mark.parametrize("scripts", [True, False])
def test_a_story_is_taken_from_a_file(doors: Doors, portal: Portal, *, scripts: bool) -> None:
    page = open_story_form(doors, scripts=scripts)
    page.locator('[name="title"]').fill("The cellar")
    page.locator("details.file > summary").click()
    page.locator("#document").set_input_files(choose("story.txt", b"We were together.", "text/plain"))
    with page.expect_navigation():
        page.get_by_role("button", name="Read the file").click()
    typed = [page.locator(f'[name="{name}"]').input_value() for name in ("title", "story")]
    assert typed == ["The cellar", "We were together."]


def test_a_file_is_read_at_the_first_press_when_all_is_saved(doors: Doors, portal: Portal) -> None:
    page = open_story_form(doors, scripts=True)
    page.locator('[name="title"]').fill("The cellar")
    expect(page.locator("#keep-state")).to_have_text(SAVED)
    page.locator("details.file > summary").click()
    page.locator("#document").set_input_files(choose("story.txt", b"We were together.", "text/plain"))
    with page.expect_navigation():
        page.get_by_role("button", name="Read the file").click()
    assert page.locator('[name="story"]').input_value() == "We were together."


def test_enter_in_a_field_reads_no_file(doors: Doors, portal: Portal) -> None:
    page = open_story_form(doors, scripts=False)
    address = page.url
    with page.expect_navigation():
        page.locator('[name="title"]').press("Enter")
    assert page.url == f"{address}/send"


def test_of_a_document_that_can_be_read_in_two_ways_one_is_chosen_beside_its_name(
    doors: Doors, portal: Portal
) -> None:
    unsure = "Мы жили в подвале двадцать дней."
    page = enter(doors, portal)
    page.goto(DOCUMENTS)
    add(page, choose("letter.txt", unsure.encode("cp1251"), "text/plain"))
    expect(page.locator("#uploads blockquote").first).to_have_text(unsure)
    page.get_by_role("button", name="This is my text: 1").click()
    expect(page.get_by_role("link", name="Show what was added")).to_be_visible()
    assert len(list_files(portal)) == 1
