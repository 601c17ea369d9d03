"""A text whose author forbids to publish it after it left is called back, until it may be published again."""

from html import unescape

import pytest

from portal.domain.take_downs import TakeDownOutcome
from tests.support.approved_story import LIST, PLACE, ApprovedStory

pytestmark = pytest.mark.either_database


def test_it_is_called_back_and_told_of_no_more(published: ApprovedStory) -> None:
    before = published.front_page()
    published.send_again(may="no")
    said = unescape(published.editor.get(LIST).text)
    assert published.tasks() == [("consent", PLACE, None)]
    assert "The author no longer wants the text published: take it down." in said
    assert (before, published.front_page()) == (1, 0)


@pytest.mark.parametrize("is_done", [False, True])
def test_a_text_that_may_be_published_again_has_to_come_back_no_more(
    published: ApprovedStory, *, is_done: bool
) -> None:
    published.send_again(may="no")
    if is_done:
        published.record(TakeDownOutcome.NOT_REMOVED, "Ніхто не відповів.")
    published.send_again(title="Інша")
    assert (published.tasks(), published.front_page()) == ([("consent", PLACE, "moot")], 1)


def test_one_removal_ends_all_that_is_asked_for_at_a_place(published: ApprovedStory) -> None:
    published.send_again(may="no")
    published.withdraw("/take-down")
    asked = published.tasks()
    published.record(TakeDownOutcome.REMOVED)
    assert asked == [("consent", PLACE, None), ("withdrawn", PLACE, None)]
    assert published.tasks() == [("consent", PLACE, "removed"), ("withdrawn", PLACE, "moot")]
