"""What leaves in files: as it is when it leaves, or nothing at all where the file came to nothing."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from portal.domain.states import State
from tests.model.browser import Browser
from tests.model.editing import Editors
from tests.model.looking import read_export
from tests.model.private import Visitors
from tests.model.room import expect, expect_that
from tests.model.world import SLUG, Colleague
from tests.support.interrupting import interrupted
from tests.support.packages import format_that_keeps_all

_EXPORT = f"/desk/coverages/{SLUG}/export"
_NEW = ("1", "any")
"""What is new to whoever asks, and to anybody."""
_MAY_LEAVE = (State.APPROVED, State.PUBLISHED)


class Exporters(Visitors, Editors):
    """Rules on files that do not come about."""

    @precondition(lambda self: self.texts_in(*_MAY_LEAVE))
    @rule(which=st.integers(0, 3), who=st.integers(0, 1))
    def export_in_vain(self, which: int, who: int) -> None:
        """Export in a format that cannot leave out the text that its author withdraws meanwhile."""
        text, person = self.choose(self.texts_in(*_MAY_LEAVE), which), self.world.colleague(who, edits=True)
        author = self.at_private_page(text)
        if author is None:
            return
        withdrawing: list[int] = []
        withdraw = partial(self._withdraw, author, withdrawing)
        before = self.list_new(person)
        answered = self._export_beside(person, withdraw)
        self.note(f"{person.name} exports in vain, as {text.name} is withdrawn: {answered}, {withdrawing}")
        expect_that("Now", f"no file comes of it, not {answered}", answered != 200)
        if withdrawing == [303]:
            self.believe_withdrawn(text)
        stays = {one for one in before if one[0] != text.name or withdrawing != [303]}
        expect("Once", "what is new after a file that came to nothing", self.list_new(person), stays)

    @precondition(lambda self: self.texts_in(*_MAY_LEAVE))
    @rule(which=st.integers(0, 3), who=st.integers(0, 1))
    def export_while_an_author_withdraws(self, which: int, who: int) -> None:
        """Export all that may leave; one is withdrawn when the file is written, before it counts as gone."""
        text, person = self.choose(self.texts_in(*_MAY_LEAVE), which), self.world.colleague(who, edits=True)
        author = self.at_private_page(text)
        if author is None:
            return
        withdrawing: list[int] = []
        before = self.list_new(person)
        with interrupted("record_stories", partial(self._withdraw, author, withdrawing)):
            answer = person.browser.press(_EXPORT, _EXPORT, all_approved="y", format="bundle")
        if answer is None:
            return
        self.note(f"{person.name} exports, as {text.name} is withdrawn: {answer.status_code}, {withdrawing}")
        left = read_export(answer.data) if answer.status_code == 200 else {}
        if withdrawing == [303]:
            expect_that("Now", f"{text.name} is not in the file", self.draft_of(text).public_id not in left)
            self.believe_withdrawn(text)
        if left:
            self.believe_exported(answer.data)
        gone = {one.name for one in self.world.living() if one.draft and one.draft.public_id in left}
        gone |= {text.name} if withdrawing == [303] else set()
        stays = {one for one in before if one[0] not in gone}
        expect("Once", "what is new after a file that a text was taken out of", self.list_new(person), stays)

    def _withdraw(self, author: Browser, answered: list[int]) -> None:
        answer = self.press_withdraw(author)
        answered.append(answer.status_code if answer else 0)

    def _export_beside(self, person: Colleague, act: Callable[[], None]) -> int:
        """Export all that may leave, while somebody acts; return how it was answered."""
        with TemporaryDirectory() as folder, format_that_keeps_all(Path(folder), act) as name:
            answer = person.browser.press(_EXPORT, _EXPORT, all_approved="y", format=name)
        return answer.status_code if answer else 0

    def list_new(self, person: Colleague) -> set[tuple[str, str]]:
        """Return the names of texts that are new, each with to whom."""
        pages = [person.browser.client.get(f"{_EXPORT}?new={one}").text for one in _NEW]
        drafts = [(one.draft.public_id, one.name) for one in self.world.living() if one.draft]
        return {
            (name, one)
            for public_id, name in drafts
            for one, page in zip(_NEW, pages, strict=True)
            if f'value="{public_id}"' in page
        }
