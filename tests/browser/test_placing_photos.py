"""Photos are put into the text of a draft, with a script and without, and the whole post is copied."""

import re

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from portal.database import transaction
from portal.domain.permissions import Role
from portal.domain.photos import PeopleAnswer, PhotoLicence, PictureWords
from portal.models import Draft
from portal.operations.private.photos import describe_picture
from tests.browser.conftest import Doors
from tests.support.photos import keep_picture
from tests.support.world import World

pytestmark = [
    pytest.mark.browser,
    # The compression of static files leaves closing them to the garbage collector.
    pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning"),
]


def add_photo(world: World, colour: str) -> str:
    """Give the draft that is being edited one more photo; return its key."""
    with world.app.app_context(), transaction() as session:
        found = select(Draft).where(Draft.public_id == world.drafts["edited"])
        draft = session.scalars(found).one()
        submission, at = draft.submission, draft.accepted_at
        photo = keep_picture(session, submission, at=at, colour=colour)
        words = PictureWords("Полиця з книжками", "Олена", PeopleAnswer.NOBODY, PhotoLicence.OWN)
        describe_picture(session, submission, photo, words, at=at)
        return photo.public_id[:8]


@pytest.mark.one_case("scripts", number=1)
@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_photo_is_put_into_the_text_and_taken_out(world: World, doors: Doors, *, scripts: bool) -> None:
    key = add_photo(world, "olive" if scripts else "teal")
    page = doors.open_for(world, Role.EDITOR, java_script_enabled=scripts)
    page.goto(f"/desk/coverages/draft/{world.drafts['edited']}")
    body, mark = page.locator('[name="body"]'), f"![](photo:{key})"
    page.locator(f'[name="put_photo"][value="{key}"]').click()
    expect(body).to_have_value(re.compile(re.escape(mark)))
    page.locator('button[formaction*="/preview"]').click()
    expect(page.locator("article.story img[alt='Полиця з книжками']").first).to_be_visible()
    page.locator(".draft-acts .save").click()
    page.goto(f"/desk/coverages/draft/{world.drafts['edited']}")
    page.locator(f'[name="take_photo"][value="{key}"]').click()
    expect(body).not_to_have_value(re.compile(re.escape(mark)))


@pytest.mark.one_case("scripts", number=0)
@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_photo_is_put_beside_a_colleague_who_saves_first(
    world: World, doors: Doors, *, scripts: bool
) -> None:
    key, mine, theirs = (
        add_photo(world, "navy" if scripts else "maroon"),
        f"Моє {scripts}.",
        f"Їхнє {scripts}",
    )
    page = doors.open_for(world, Role.EDITOR, java_script_enabled=scripts)
    colleague = doors.open_for(world, Role.ADMIN)
    for one in (page, colleague):
        one.goto(f"/desk/coverages/draft/{world.drafts['edited']}")
    colleague.locator('[name="dek"]').fill(theirs)
    with colleague.expect_navigation():
        colleague.locator(".draft-acts .save").click()
    body = page.locator('[name="body"]')
    body.fill(f"{body.input_value()}\n\n{mine}")
    page.locator(f'[name="put_photo"][value="{key}"]').click()
    if scripts:  # the photo stands in the form alone until it is saved
        with page.expect_navigation():
            page.locator(".draft-acts .save").click()
    expect(page.locator('[name="dek"]')).to_have_value(theirs)
    expect(body).to_have_value(re.compile(re.escape(mine)))
    if not scripts:
        page.locator(f'[name="put_photo"][value="{key}"]').click()
    with page.expect_navigation():
        page.locator(".draft-acts .save").click()
    colleague.goto(f"/desk/coverages/draft/{world.drafts['edited']}")
    saved = colleague.locator('[name="body"]').input_value()
    assert (saved.count(f"![](photo:{key})"), saved.count(mine)) == (1, 1)
    expect(colleague.locator('[name="dek"]')).to_have_value(theirs)


def test_the_whole_post_is_copied_as_it_will_look(world: World, doors: Doors) -> None:
    page = doors.open_for(world, Role.EDITOR)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"/desk/coverages/{world.slug}/handoff?draft={world.drafts['approved']}")
    button = page.locator("button[data-html]").first
    button.click()
    expect(page.get_by_text(button.get_attribute("data-copied") or "?")).to_be_visible()
    shown = page.locator('section[aria-labelledby^="whole-"] p:not(.hint)').first.inner_text()
    editor = page.context.new_page()
    editor.set_content("<div contenteditable id='post'></div>")
    editor.locator("#post").click(position={"x": 2, "y": 2}, force=True)
    editor.keyboard.press("Control+V")
    expect(editor.locator("#post p").first).to_have_text(shown)
