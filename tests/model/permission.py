"""What authors do about printing their text: forbid it, or put it off, whatever has left by then."""

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.model.browser import MY, Browser, Tab
from tests.model.texts import FORBIDDEN
from tests.model.writing import ANSWERABLE, Writers


class Permitters(Writers):
    """Rules on the answer whether a text may be published."""

    @precondition(lambda self: self.forms_with_the_answer())
    @rule(which=st.integers(0, 3), forbids=st.booleans())
    def say_whether_it_may_be_published(self, which: int, forbids: bool) -> None:  # noqa: FBT001  # drawn
        """Go back to a form that was sent, answer otherwise, and send it again: it is taken at any time."""
        browser, tab = self.choose(self.forms_with_the_answer(), which)
        tab.type({"may": FORBIDDEN if forbids else "after_approval"})
        self.note(f"sends the form of {tab.about} again from a {browser.name}, may: {tab.values['may']}")
        self.deliver(browser, tab)

    @precondition(lambda self: self.texts_in(*ANSWERABLE))
    @rule(which=st.integers(0, 3), days=st.sampled_from([0, 2, 30]))
    def name_a_day(self, which: int, days: int) -> None:
        """Say before which day it must not be published, or that any day will do."""
        text = self.choose(self.texts_in(*ANSWERABLE), which)
        browser = self.at_private_page(text)
        tab = browser.open_tab(f"{MY}/questions") if browser else None
        if browser is None or tab is None or "embargo" not in tab.names:
            return
        tab.about = text.name
        self.take_over(text, tab)
        day = (self.world.at + timedelta(days=days)).date().isoformat() if days else ""
        tab.type({"embargo": day})
        self.note(f"wants {text.name} published not before {day or 'any day'}")
        self.deliver_answers(text, browser, tab)

    def forms_with_the_answer(self) -> list[tuple[Browser, Tab]]:
        """Return the forms that were sent and ask for the answer, the newest first."""
        sent = [(browser, tab) for browser in self.world.browsers for tab in reversed(browser.sent)]
        return [(browser, tab) for browser, tab in sent if "may" in tab.names]
