"""What people do with many texts ticked in the queue, all of it taken back, and lists that have a name."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from portal.domain.bulk_acts import BulkAct
from portal.domain.states import HIDDEN, State
from tests.model.deciding import Deciders
from tests.model.room import expect, expect_that
from tests.model.texts import Decided, Text
from tests.model.world import Colleague
from tests.support.plain_browser import find_form, read_forms

_QUEUE = "/desk/?view=open"
_TICK = re.compile(r'class="row-tick"[^>]*value="(([0-9a-f]{32})\.\d+)"')
_FITTING = re.compile(r'name="rows" value="(([0-9a-f]{32})\.\d+)"')
_LEFT = re.compile(r'<li><a href="/desk/submission/([0-9a-f]{32})')
_TAG = re.compile(r'<li><bdi class="badge tag">([^<]+)</bdi>')
_SAVED = re.compile(
    r'<li class="saved"><a href="([^"]+)"[^>]*><bdi lang="und">([^<]+)</bdi> <span class="number">(\d+)'
)
_LEFT_SOME = 409
_LISTS = (
    "view=open&kind=story",
    "view=open&lang=uk",
    "view=closed&kind=pitch",
    "view=open&reader=gist",
    "view=open&reader=advice",
)
"""What views of a walk list."""
_TAGS = ("Winter", "School", "Bridge")
_WORDED = {BulkAct.DECLINE: "decline", BulkAct.MARK_SPAM: "spam"}
"""Acts that decide, as the walk calls them."""


@dataclass(frozen=True)
class Batch:
    """One act on many texts that may be taken back, and what stood before it."""

    name: str
    act: BulkAct
    by: Colleague
    given: str
    """The word, the tag or the name it gave."""
    before: Mapping[Text, Any]
    """Of each text what it had: its advice, whether it had the tag, who was responsible."""
    decided: Mapping[Text, Decided]


class BulkWorkers(Deciders):
    """Rules on the queue, for many texts at once."""

    def __init__(self) -> None:
        super().__init__()
        self.batches: list[Batch] = []
        self.tags: dict[Text, set[str]] = {}
        """What each text is tagged with."""
        self.views: dict[str, str] = {}
        """Who keeps a view, by its name."""

    @precondition(lambda self: self.sent_texts())
    @rule(
        who=st.integers(0, 3),
        act=st.sampled_from(list(BulkAct)),
        left_out=st.sets(st.integers(0, 3), max_size=2),
        which=st.integers(0, 5),
    )
    def act_on_many(self, who: int, act: BulkAct, left_out: set[int], which: int) -> None:
        """Tick texts of the queue, look through what would be done, and do it."""
        person = self.world.colleague(who, edits=act in (BulkAct.TAG, BulkAct.DECLINE))
        client = person.browser.client
        page = client.get(_QUEUE).text
        ticks = [value for number, (value, _id) in enumerate(_TICK.findall(page)) if number not in left_out]
        if not ticks:
            return
        form = find_form(page, action="/desk/bulk")
        sent = {**form["values"], "rows": ticks, "act": act.value, "reason": "other"}
        first = client.post("/desk/bulk", data=sent)
        expect("Told", "the answer to texts that were ticked", first.status_code, 200)
        rows = {public_id: value for value, public_id in _FITTING.findall(first.text)}
        texts = [one for one in self.sent_texts() if one.public_id in rows]
        if not texts:
            return
        values, given = self._fill_in(first.text, act, which)
        ticked = [rows[one.public_id] for one in texts]
        earlier = {one: self._stand_of(one, act, person, given) for one in texts}
        states = {one: self.world.state_of(one) for one in texts}
        answer = client.post(f"/desk/bulk/{act.value}", data={**values, "rows": ticked})
        self.note(f"{person.name}: {act.value} for {', '.join(one.name for one in texts)} {given}")
        expect("Told", f"the answer to {act.value} for many, which the page offered", answer.status_code, 303)
        for text in texts:
            self._believe(text, act, person, given, states[text])
        decided = {one: one.decided[-1] for one in texts if act in _WORDED}
        name = parse_qs(urlsplit(answer.headers["Location"]).query)["bulk"][0]
        self.batches.append(Batch(name, act, person, given, earlier, decided))

    def _fill_in(self, page: str, act: BulkAct, which: int) -> tuple[dict[str, Any], str]:
        """Return the form of an act filled in, and the word, tag or name it gives."""
        values = dict(find_form(page, action=f"/desk/bulk/{act.value}")["values"])
        word = self.world.words.make()
        match act:
            case BulkAct.TAG:
                word = self.choose(_TAGS, which)
                return {**values, "names": word}, word
            case BulkAct.RECOMMEND:
                return {**values, "advice": "ask", "reason": word}, word
            case BulkAct.ASSIGN:
                choices = page.partition('name="person"')[2].partition("</select>")[0]
                people = re.findall(r'<option[^>]*value="([^"]*)"[^>]*>\s*([^<]+)', choices)
                value, name = self.choose(people, which)
                return {**values, "person": value}, name.strip() if value else ""
            case BulkAct.DECLINE:
                mails = re.findall(r'name="(body_[^"]+)"', page)
                return {**values, "reason": "other", **dict.fromkeys(mails, word)}, word
        return values, ""

    def _stand_of(self, text: Text, act: BulkAct, person: Colleague, given: str) -> Any:
        match act:
            case BulkAct.TAG:
                return given in self.tags.get(text, ())
            case BulkAct.RECOMMEND:
                return text.advice.get(person.name)
            case BulkAct.ASSIGN:
                return text.responsible, text.is_told_to
        return None

    def _believe(self, text: Text, act: BulkAct, person: Colleague, given: str, before: State) -> None:
        self.believe_acted(person, text)
        match act:
            case BulkAct.TAG:
                self.tags.setdefault(text, set()).add(given)
            case BulkAct.RECOMMEND:
                text.advice[person.name] = given
            case BulkAct.ASSIGN:
                self._believe_responsible(text, person, given)
            case _:
                self.believe_decided(text, _WORDED[act], before, given)
        text.spoken |= {given} if act in (BulkAct.RECOMMEND, BulkAct.DECLINE) else set()
        self.world.touch(text)

    def _believe_responsible(self, text: Text, person: Colleague, name: str) -> None:
        if name != text.responsible:
            text.responsible = name
            text.is_told_to = "" if name == person.name else name

    @precondition(lambda self: self.batches)
    @rule(which=st.integers(0, 3), who=st.integers(0, 3))
    def take_back_many(self, which: int, who: int) -> None:
        """Take all of an act back at one of its texts; what somebody went on with stays, and is named."""
        batch = self.choose(self.batches[::-1], which)
        person = self.world.colleague(who, edits=True)
        form = self._find_undo(person, batch)
        if form is None:
            return
        self.batches.remove(batch)
        answer = person.browser.client.post(form["action"], data=form["values"])
        left = set(_LEFT.findall(answer.text)) if answer.status_code == _LEFT_SOME else set()
        there = [one for one in batch.before if self.world.state_of(one) not in HIDDEN]
        undone = [one for one in there if one.public_id not in left]
        self.note(f"{person.name} takes {batch.act.value} back for {', '.join(one.name for one in undone)}")
        if batch.act in _WORDED:
            stands = [one for one in there if one.decided and one.decided[-1] is batch.decided[one]]
            names = [[one.name for one in those] for those in (undone, stands)]
            expect("Told", "the decisions that were taken back", *names)
        for text in undone:
            self._believe_back(text, batch, person)
            self.world.touch(text)

    @staticmethod
    def _find_undo(person: Colleague, batch: Batch) -> dict[str, Any] | None:
        """Return the form that takes it back, on the page of the first of its texts that has one."""
        for text in batch.before:
            page = person.browser.client.get(f"/desk/submission/{text.public_id}").text
            for form in read_forms(page):
                if form["values"].get("batch") == batch.name:
                    return form
        return None

    def _believe_back(self, text: Text, batch: Batch, person: Colleague) -> None:
        before = batch.before[text]
        match batch.act:
            case BulkAct.TAG:
                if not before:
                    self.tags[text].discard(batch.given)
            case BulkAct.RECOMMEND if before is None:
                text.advice.pop(batch.by.name)
            case BulkAct.RECOMMEND:
                text.advice[batch.by.name] = before
            case BulkAct.ASSIGN:
                text.responsible, text.is_told_to = before
            case _:
                self.believe_undone(text)

    @precondition(lambda self: len(self.views) < len(_LISTS))
    @rule(who=st.integers(0, 3))
    def save_a_view(self, who: int) -> None:
        person, number = self.world.colleague(who), len(self.views)
        name = f"List {number}"
        answer = person.browser.press(f"/desk/views/new?{_LISTS[number]}", "/views/new", view_name=name)
        self.note(f"{person.name} saves {name}")
        expect("Told", "the answer to a view", answer and answer.status_code, 303)
        self.views[name] = person.name

    @precondition(lambda self: self.views)
    @rule(which=st.integers(0, 3))
    def look_at_a_saved_view(self, which: int) -> None:
        """Open a view: it lists as many texts as the bar says."""
        name, keeper = self.choose(list(self.views.items()), which)
        client = self.world.named(keeper).browser.client
        shown = {found[1]: found for found in _SAVED.findall(client.get("/desk/").text)}
        expect_that("Told", f"{keeper} finds {name} in the bar", name in shown)
        address, _name, number = shown[name]
        rows = _TICK.findall(client.get(unescape(address)).text)
        expect("Told", f"how many texts {name} lists", len(rows), int(number))


def hold_tags(room: BulkWorkers, text: Text) -> None:
    """A text has the tags that were put on it, and no other."""
    if text not in room.tags or room.world.state_of(text) in HIDDEN:
        return
    page = room.world.colleague(0).browser.client.get(f"/desk/submission/{text.public_id}").text
    expect("Now", f"the tags of {text.name}", set(_TAG.findall(page)), room.tags[text])
