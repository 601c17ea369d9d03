"""What editors do with the tags of a coverage: called otherwise, two made one, removed, whoever uses them."""

import re
from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from werkzeug.test import TestResponse

from portal.domain.bulk_acts import BulkAct
from tests.model.bulk import Batch, BulkWorkers
from tests.model.room import expect
from tests.model.world import SLUG, Colleague

_LIST = f"/desk/coverages/{SLUG}/tags"
_TAG = re.compile(rf'<a class="queue-title" href="({_LIST}/[0-9a-f]{{32}})"><bdi>([^<]+)</bdi>')
_OTHER = re.compile(r'<option value="([0-9a-f]{32})">([^<]+)</option>')


class TagKeepers(BulkWorkers):
    """Rules on the list of tags."""

    @precondition(lambda self: any(self.tags.values()))
    @rule(which=st.integers(0, 5), who=st.integers(0, 1))
    def save_a_view_of_a_tag(self, which: int, who: int) -> None:
        """Keep the list of what has a tag: it counts what it lists, also when the tag is gone."""
        person, (address, tag) = self._choose_tag(which, who)
        name = f"List of {tag}"
        if name in self.views:
            return
        listed = f"/desk/views/new?view=open&tag={address.rpartition('/')[2]}"
        answer = person.browser.press(listed, "/views/new", view_name=name)
        self.note(f"{person.name} saves {name}")
        expect("Told", "the answer to a view of a tag", answer and answer.status_code, 303)
        self.views[name] = person.name

    @precondition(lambda self: any(self.tags.values()))
    @rule(which=st.integers(0, 5), who=st.integers(0, 1))
    def rename_a_tag(self, which: int, who: int) -> None:
        person, (address, tag) = self._choose_tag(which, who)
        name = self.world.words.make()
        answer = person.browser.press(address, address, tag_name=name)
        self.note(f"{person.name} calls {tag} {name}")
        self._believe_now(answer, tag, name, name)

    @precondition(lambda self: any(self.tags.values()))
    @rule(which=st.integers(0, 5), other=st.integers(0, 5), who=st.integers(0, 1))
    def merge_two_tags(self, which: int, other: int, who: int) -> None:
        """Put another tag in the place of one; what put the first one on takes nothing back any more."""
        person, (address, tag) = self._choose_tag(which, who)
        page = person.browser.client.get(address).text.partition(f'action="{address}/merge"')[2]
        others = _OTHER.findall(page.partition("</form>")[0])
        if not others:
            return
        value, name = self.choose(others, other)
        answer = person.browser.press(address, "/merge", into=value)
        self.note(f"{person.name} merges {tag} with {name}")
        self._believe_now(answer, tag, name, "")

    @precondition(lambda self: any(self.tags.values()))
    @rule(which=st.integers(0, 5), who=st.integers(0, 1))
    def remove_a_tag(self, which: int, who: int) -> None:
        person, (address, tag) = self._choose_tag(which, who)
        answer = person.browser.press(address, "/remove", sure="y")
        self.note(f"{person.name} removes {tag}")
        self._believe_now(answer, tag, "", "")

    def _choose_tag(self, which: int, who: int) -> tuple[Colleague, tuple[str, str]]:
        """Return an editor, and the page and the name of a tag."""
        person = self.world.colleague(who, edits=True)
        return person, self.choose(_TAG.findall(person.browser.client.get(_LIST).text), which)

    def _believe_now(self, answer: TestResponse | None, tag: str, name: str, given: str) -> None:
        """Believe that another tag stands where this one did, if any; `given` is what its acts gave then."""
        expect("Told", f"the answer to what became of {tag}", answer and answer.status_code, 303)
        for text, tags in self.tags.items():
            if tag in tags:
                self.tags[text] = tags - {tag} | ({name} if name else set())
                self.world.touch(text)
        self.batches = [self._follow(one, tag, given) for one in self.batches]

    @staticmethod
    def _follow(batch: Batch, tag: str, given: str) -> Batch:
        has_put = batch.act is BulkAct.TAG and batch.given == tag
        return replace(batch, given=given) if has_put else batch
