"""What contributors do at the forms: write, save, send, go back, use a second tab, change."""

import re
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule
from werkzeug.test import TestResponse

from portal.domain.states import Stage, State
from tests.model.browser import MY, SCRIPT, Browser, Tab
from tests.model.room import MANY, Room, expect
from tests.model.texts import FORBIDDEN, Text
from tests.model.words import find_words, words_of
from tests.model.world import SLUG, only_words

LANG = "en"
STORY_WORDS = ("story", "title", "avoid", "risk_text")
PITCH_WORDS = ("idea", "link", "you", "risk_text")
"""Fields that take any words; those of the name to print and of the contact go with a choice."""
AFTER_WORDS = ("people", "place_time", "bio", "check", "more")
"""Fields that are asked after the receipt; forms of a pitch and of a story have some of them each."""
ALL_WORDS = (*STORY_WORDS, *PITCH_WORDS, *AFTER_WORDS)
NEEDED = frozenset({"story", "idea", "link", "you"})
_ALIKE = " Кіт спав у коробці, поки над морем падав сніг, а сусідка варила каву на газовому пальнику."
"""What all of them tell: the desk takes any two for one story."""
_CHOICES = {
    "lang": "uk",
    "whose": "mine",
    "before": "no",
    "tools": "no",
    "others": "no_one",
    "risk": "unsure",
    "may": "after_approval",
    "byline": "none",
    "reply": "private_page",
}
_BOXES = ("c_use", "c_age", "c_own", "c_lic")
_OF_ITS_OWN = frozenset({"form_key", "csrf_token", "writing", "sequence", "seen_fingerprints"})
"""What a form is printed with anew, and a browser that fills it in again leaves alone."""
_CODE = re.compile(r"\b\d{4} \d{4} \d{4} \d{4} \d{4}\b")
_MOST_TABS = 3
_UNTOLD = (State.ACCEPTED, State.AUTHOR_CHECK, State.APPROVED, State.PUBLISHED)
"""States in which an author may still read "received"."""
ANSWERABLE = (State.SUBMITTED, State.NEEDS_REPLY, State.INVITED, State.ACCEPTED, State.APPROVED)
"""States in which what is asked after the receipt may be answered, where the author reads the same."""
PAGES = {
    State.WRITING: "write",
    State.SUBMITTED: "change",
    State.NEEDS_REPLY: "change",
    State.INVITED: "story",
}
"""Where a text is written in its states."""

WRITTEN = st.frozensets(st.sampled_from(ALL_WORDS), max_size=5)
"""Fields somebody writes into."""
AFTERWARDS = st.frozensets(st.sampled_from(AFTER_WORDS), max_size=3)
STAGES = st.sampled_from([Stage.STORY, Stage.STORY, Stage.PITCH])
NAMES = st.sampled_from(["pen", "real", "none", "later"])
HAS_ADDRESS = st.sampled_from([False, False, True])
"""Whether somebody leaves an address for mail."""


class Writers(Room):
    """Rules at the two public forms, at a change, and at the story of an invited pitch."""

    @initialize(
        which=st.integers(0, 1),
        stage=STAGES,
        written=WRITTEN,
        name=NAMES,
        has_address=HAS_ADDRESS,
        luck=st.integers(0, 2**32),
    )
    def send_the_first_text(
        self,
        which: int,
        stage: Stage,
        written: frozenset[str],
        name: str,
        has_address: bool,  # noqa: FBT001  # drawn
        luck: int,
    ) -> None:
        """Somebody has sent a text: without one nobody has anything to do. The worker runs from the start.

        The walk Hypothesis begins with, the first choice at each step, leads nowhere: it is passed over.
        """
        assume(luck)
        self.make_round()
        self.send_new(self.world.browsers[which], stage, written, name, has_address=has_address)

    @precondition(lambda self: len(self.sent_texts()) < MANY)
    @rule(which=st.integers(0, 1), stage=STAGES, written=WRITTEN, name=NAMES, has_address=HAS_ADDRESS)
    def send_a_new_text(
        self,
        which: int,
        stage: Stage,
        written: frozenset[str],
        name: str,
        has_address: bool,  # noqa: FBT001  # drawn
    ) -> None:
        """Open a form, fill it in and send it, all at once."""
        self.send_new(self.world.browsers[which], stage, written, name, has_address=has_address)

    @precondition(lambda self: len(self.sent_texts()) < MANY)
    @rule(which=st.integers(0, 1), stage=STAGES)
    def open_form(self, which: int, stage: Stage) -> None:
        browser = self.world.browsers[which]
        tab = browser.open_tab(f"/{LANG}/{SLUG}/{stage.value}")
        assert tab is not None
        self.note(f"opens the form of a {stage.value} in a {browser.name}")
        del browser.tabs[:-_MOST_TABS]

    @precondition(lambda self: self.all_tabs())
    @rule(which=st.integers(0, 5), written=WRITTEN, emptied=WRITTEN, name=NAMES)
    def write(self, which: int, written: frozenset[str], emptied: frozenset[str], name: str) -> None:
        browser, tab = self.choose(self.all_tabs(), which)
        self.fill_in(tab, written, emptied, name)
        self.note(f"writes {sorted(only_words(tab.values).items())} in a {browser.name}")

    @precondition(lambda self: self.all_tabs())
    @rule(which=st.integers(0, 5), written=WRITTEN, by_script=st.booleans())
    def save(self, which: int, written: frozenset[str], by_script: bool) -> None:  # noqa: FBT001  # drawn
        browser, tab = self.choose(self.all_tabs(), which)
        self.fill_in(tab, written, frozenset(), "")
        self.note(f"saves {sorted(find_words(tab.values))} in a {browser.name}, script: {by_script}")
        answer = self.save_by_script(browser, tab) if by_script else self.save_by_button(browser, tab)
        self.expect_words_back(answer, tab)

    @precondition(lambda self: self.all_tabs())
    @rule(which=st.integers(0, 5), written=WRITTEN, emptied=WRITTEN, name=NAMES)
    def send(self, which: int, written: frozenset[str], emptied: frozenset[str], name: str) -> None:
        browser, tab = self.choose(self.all_tabs(), which)
        self.fill_in(tab, written, emptied - NEEDED, name)
        self.complete(tab)
        self.note(f"sends {sorted(find_words(tab.values))} from a {browser.name} to {tab.action}")
        self.deliver(browser, tab)

    @precondition(lambda self: any(one.sent for one in self.world.browsers))
    @rule(which=st.integers(0, 1), written=WRITTEN, emptied=WRITTEN, is_changed=st.booleans())
    def send_the_old_form_again(
        self,
        which: int,
        written: frozenset[str],
        emptied: frozenset[str],
        is_changed: bool,  # noqa: FBT001  # drawn
    ) -> None:
        """Back, and Send once more: the same form, as it was or with something changed in it."""
        browser = self.choose([one for one in self.world.browsers if one.sent], which)
        tab = browser.sent[-1]
        if is_changed:
            self.fill_in(tab, written, emptied - NEEDED, "")
        self.note(f"sends the old form again from a {browser.name}: {sorted(find_words(tab.values))}")
        self.deliver(browser, tab)

    @precondition(lambda self: any(one.sent and one.page_of for one in self.world.browsers))
    @rule(which=st.integers(0, 1), written=WRITTEN, is_read=st.booleans())
    def go_back_after_the_receipt(self, which: int, written: frozenset[str], is_read: bool) -> None:  # noqa: FBT001  # drawn
        """Back: the browser fills a fresh form in as it was sent, and its page saves that.

        A page that is left does not read the answer, and nobody sees a code.
        """
        browser = self.choose([one for one in self.world.browsers if one.sent and one.page_of], which)
        old = browser.sent[-1]
        is_open = old.about == browser.page_of and 'name="code"' not in browser.client.get(MY).text
        tab = browser.open_tab(old.address) if old.is_new and is_open else None
        if tab is None:
            return
        browser.tabs.remove(tab)
        tab.values.update({name: one for name, one in old.values.items() if name not in _OF_ITS_OWN})
        if is_read:
            self.fill_in(tab, written, frozenset(), "")
        self.note(f"goes back after the receipt in a {browser.name}, goes on: {is_read}")
        answer = browser.client.post(tab.save_url, data=tab.values, headers=SCRIPT)
        self.keep_saved(browser, tab, answer, is_read=is_read)
        if is_read:
            browser.tabs.append(tab)

    @precondition(lambda self: self.texts_in(State.SUBMITTED, State.NEEDS_REPLY))
    @rule(which=st.integers(0, 5), written=WRITTEN, emptied=WRITTEN, name=NAMES)
    def change(self, which: int, written: frozenset[str], emptied: frozenset[str], name: str) -> None:
        """Open what was sent in its form, change it, send it."""
        text = self.choose(self.texts_in(State.SUBMITTED, State.NEEDS_REPLY), which)
        browser = self.at_private_page(text)
        tab = browser.open_tab(f"{MY}/change") if browser else None
        if browser is None or tab is None:
            return
        tab.about = text.name
        self.take_over(text, tab)
        self.fill_in(tab, written, emptied - NEEDED, name)
        if text.has_address:
            tab.type({"reply": "email", "reply_text": text.now["reply_text"]})
        self.complete(tab)
        self.note(f"changes {text.name}: {sorted(only_words(tab.values).items())}, name: {name}")
        self.deliver(browser, tab)

    @precondition(lambda self: self.texts_in(*ANSWERABLE))
    @rule(which=st.integers(0, 5), written=AFTERWARDS, emptied=AFTERWARDS)
    def answer_after_the_receipt(self, which: int, written: frozenset[str], emptied: frozenset[str]) -> None:
        """Answer what is asked after the receipt, first or anew, or say that there is nothing to add."""
        text = self.choose(self.texts_in(*ANSWERABLE), which)
        browser = self.at_private_page(text)
        tab = browser.open_tab(f"{MY}/questions") if browser else None
        if browser is None or tab is None:
            return
        tab.about = text.name
        self.take_over(text, tab)
        self.fill_in(tab, written, emptied, "")
        self.note(f"answers after the receipt of {text.name}: {sorted(only_words(tab.values).items())}")
        self.deliver_answers(text, browser, tab)

    def deliver_answers(self, text: Text, browser: Browser, tab: Tab) -> None:
        """Send what is asked after the receipt: the draft goes on from that version."""
        before = text.now
        self.deliver(browser, tab)
        if text.draft is not None and text.draft.source == before:
            text.draft.source = text.now

    @precondition(lambda self: self.texts_in(*_UNTOLD))
    @rule(which=st.integers(0, 5), name=NAMES)
    def change_the_name_meanwhile(self, which: int, name: str) -> None:
        """Change the name to print while the desk has decided and nobody has told the author yet."""
        text = self.choose(self.texts_in(*_UNTOLD), which)
        browser = self.at_private_page(text)
        tab = browser.open_tab(f"{MY}/change") if browser else None
        if browser is None or tab is None:
            return
        tab.about = text.name
        self.take_over(text, tab)
        self.fill_in(tab, frozenset(), frozenset(), name)
        self.complete(tab)
        self.note(f"changes the name of {text.name}: {name}")
        self.deliver(browser, tab)

    @precondition(lambda self: self.texts_in(*PAGES))
    @rule(which=st.integers(0, 5))
    def open_again(self, which: int) -> None:
        """Open the form of a change, of the story of an invited pitch, or of what is not sent yet."""
        text = self.choose(self.texts_in(*PAGES), which)
        page = PAGES[self.world.state_of(text)]
        browser = self.at_private_page(text)
        tab = browser.open_tab(f"{MY}/{page}") if browser else None
        if browser is None or tab is None:
            return
        tab.about = text.name
        self.take_over(text, tab)
        self.note(f"opens {page} of {text.name} in a {browser.name}")
        del browser.tabs[:-_MOST_TABS]

    # What a person does with a form

    def send_new(
        self, browser: Browser, stage: Stage, written: frozenset[str], name: str, *, has_address: bool = False
    ) -> None:
        """Open a form, fill it in and send it."""
        tab = browser.open_tab(f"/{LANG}/{SLUG}/{stage.value}")
        assert tab is not None
        self.fill_in(tab, written, frozenset(), name)
        if has_address:
            tab.type({"reply": "email", "reply_text": f"{self.world.words.make()}@example.org"})
        self.complete(tab)
        self.note(f"sends {sorted(find_words(tab.values))} as a {stage.value} from a {browser.name}")
        self.deliver(browser, tab)

    def fill_in(self, tab: Tab, written: frozenset[str], emptied: frozenset[str], name: str) -> None:
        """Write new words into some fields, empty others, choose a name to print ("" leaves it)."""
        fields = sorted(tab.names.intersection(ALL_WORDS))
        tab.type({one: "" for one in fields if one in emptied})
        tab.type({one: self.make_sentence(one) for one in fields if one in written})
        if name:
            tab.type({"byline": name})
            tab.type({"byline_text": self.world.words.make() if name in {"pen", "real"} else ""})

    def make_sentence(self, field: str) -> str:
        """Return something to say, with a word of its own in it."""
        word = self.world.words.make()
        return f"{word} тут.\n\nНі.{_ALIKE}" if field in NEEDED else word

    def complete(self, tab: Tab) -> None:
        """Answer what has to be answered."""
        missing = [one for one in tab.names if not tab.values.get(one)]
        tab.type({one: self.make_sentence(one) for one in missing if one in NEEDED})
        tab.type({one: choice for one, choice in _CHOICES.items() if one in missing})
        tab.type(dict.fromkeys(_BOXES, "y"))

    # What comes of it

    def deliver(self, browser: Browser, tab: Tab) -> None:
        """Send a form and believe what the answer says."""
        answer = browser.client.post(tab.action, data=tab.values)
        if answer.status_code != 303:
            self.expect_words_back(answer, tab)
            return
        text = self.find_text(tab) or self.make_text(browser, tab)
        self.believe_opened(text, browser)
        tab.about = text.name
        self.give_way(text, tab)
        self.add_sending(text, tab)
        shown = browser.client.get(answer.headers["Location"])
        self.read_code(text, shown.text)
        if tab in browser.tabs:
            browser.tabs.remove(tab)
        if tab not in browser.sent:
            browser.sent.append(tab)
        self.world.touch(text)

    def add_sending(self, text: Text, tab: Tab) -> None:
        """Believe that the newest answers are those of this form.

        A form that leaves questions out, as that of an invited story, leaves their answers as they were.
        """
        asked = {*ALL_WORDS, "byline_text", "reply_text"} & tab.names
        before = {} if tab.form_key == text.form_key and not text.sent else text.now
        hidden = {"risk_text"} if not tab.is_new and not tab.values.get("risk_text") else set()
        typed = only_words({one: tab.values[one] for one in asked})
        if "byline" in tab.names:
            typed["byline"] = str(tab.values["byline"])
        typed |= {one: str(tab.values[one]) for one in ("reply", "may", "embargo") if one in tab.names}
        sending = {**{one: word for one, word in before.items() if one not in asked - hidden}, **typed}
        text.spoken |= words_of(sending)
        if sending != text.now or not text.sent or tab.is_new:
            self.add_version(text, tab, sending)

    def add_version(self, text: Text, tab: Tab, sending: dict[str, str]) -> None:
        """Keep a sending, unless it is what this form has sent last, whatever came another way since."""
        known = self.sendings.setdefault(text, [])
        answers = sorted((name, str(one)) for name, one in tab.values.items() if name not in _OF_ITS_OWN)
        content = (tab.form_key, tuple(answers))
        if [one for one in known if one[0] == tab.form_key][-1:] == [content]:
            return
        known.append(content)
        if sending != text.now:
            self.take_over_choices(text, sending)
            text.sent.append(sending)
            text.stage = Stage.STORY if tab.is_story else text.stage

    def take_over_choices(self, text: Text, sending: dict[str, str]) -> None:
        """Believe that a changed name, or words about the author, go into the draft at once.

        A name that was printed must be taken out where a copy has left, until it is given back; the whole
        text while its author forbids to publish it.
        """
        draft = text.draft
        if draft is None:
            return
        if sending.get("may") == FORBIDDEN != text.now.get("may"):
            text.call_back("consent", at=self.world.at)
        elif sending.get("may") != FORBIDDEN:
            text.forget_recalls("consent")
        text.believe_day(sending.get("embargo", ""), at=self.world.at)
        named = ("byline", "byline_text")
        changed = {}
        if any(sending.get(key, "") != text.now.get(key, "") for key in named):
            changed["byline"] = sending.get("byline_text", "")
            printed, draft.mode = draft.printed_name, sending.get("byline", "later")
            if printed and printed != changed["byline"]:
                text.call_back("name", at=self.world.at)
            if draft.printed_as(changed["byline"]) and draft.agreed_names - {""} == {changed["byline"]}:
                text.forget_recalls("name")
        if sending.get("bio", "") != text.now.get("bio", ""):
            changed["bio"] = sending.get("bio", "")
        if {**draft.now, **changed} != draft.now:
            draft.saves.append({**draft.now, **changed})

    def save_by_script(self, browser: Browser, tab: Tab) -> TestResponse:
        answer = browser.client.post(tab.save_url, data=tab.values, headers=SCRIPT)
        self.keep_saved(browser, tab, answer, is_read=True)
        return answer

    def save_by_button(self, browser: Browser, tab: Tab) -> TestResponse:
        answer = browser.client.post(tab.save_url, data={**tab.values, "save": "1"})
        if answer.status_code != 303:
            return answer
        if not self.is_kept_of(tab):
            return answer  # all of it stands in the text whose page is open here
        text = self.find_text(tab) or self.make_text(browser, tab)
        self.believe_saved(text, tab, browser)
        if tab.is_new:
            self.believe_opened(text, browser)
        self.read_code(text, browser.client.get(answer.headers["Location"]).text)
        if tab in browser.tabs:  # the page that says "saved" stands in its place
            browser.tabs.remove(tab)
        return answer

    def keep_saved(self, browser: Browser, tab: Tab, answer: TestResponse, *, is_read: bool) -> None:
        """Believe what a script was told. A page that is left does not read it: nobody has seen its code."""
        if answer.status_code != 200 or not answer.is_json:
            return
        told: dict[str, Any] = answer.get_json()
        if told["state"] not in {"saved", "other_version"} or not self.is_kept_of(tab):
            return
        text = self.find_text(tab) or self.make_text(browser, tab)
        if is_read:
            tab.values.update(writing=told["writing"], sequence=str(told["sequence"]))
            self.read_code(text, told["code"])
        if told["writing"]:  # else all of it was sent before
            self.believe_saved(text, tab, browser)

    def believe_saved(self, text: Text, tab: Tab, browser: Browser) -> None:
        tab.about = text.name
        if not text.sent:
            self.believe_beside(text, tab, browser)
        self.give_way(text, tab)
        text.kept[tab] = find_words(tab.values)
        text.kept_at[tab] = text.saved_at = self.world.at
        text.spoken |= text.kept[tab]
        self.world.touch(text)

    def believe_beside(self, text: Text, tab: Tab, browser: Browser) -> None:
        """Believe that it stands beside the text whose page is open, while they share a long answer."""
        name = text.beside or browser.page_of
        other = next((one for one in self.world.living() if one.name == name and one is not text), None)
        mine = words_of(tab.values, NEEDED)
        is_one_hand = other is not None and bool(mine & (words_of(other.now, NEEDED) | other.unsent))
        text.beside = name if is_one_hand else ""

    @staticmethod
    def give_way(text: Text, tab: Tab) -> None:
        """Believe that what pages knew from the same version as this one is now what this one says."""
        for other in [one for one in text.kept if one is tab or one.stands_in(tab)]:
            del text.kept[other]

    def take_over(self, text: Text, tab: Tab) -> None:
        """Go on in a new page with what another one has saved."""
        mine, times = find_words(tab.values), []
        for other, words in list(text.kept.items()):
            if words <= mine:
                del text.kept[other]
                times.append(text.kept_at[other])
        if tab.values.get("writing"):
            text.kept[tab], text.kept_at[tab] = mine, min(times, default=text.begun_at)

    @staticmethod
    def believe_opened(text: Text, browser: Browser) -> None:
        """Believe that a form opens the page of its text, as long as its code does."""
        if not text.forms_open_nothing:
            browser.page_of = text.name

    def read_code(self, text: Text, page: str) -> None:
        """Note the code a page shows; the same text never shows another one."""
        found = _CODE.search(page)
        if found is not None:
            expect("Code", f"the code of {text.name}", {found[0]}, {text.code or found[0]})
            text.code = found[0]

    def find_text(self, tab: Tab) -> Text | None:
        named = next((one for one in self.world.living() if one.name == tab.about), None)
        return named or self.world.of_form(tab.form_key)

    def is_kept_of(self, tab: Tab) -> bool:
        """Say whether there is a text that a form belongs to."""
        return self.find_text(tab) is not None or bool(self.world.find_public_id(tab.form_key))

    def make_text(self, browser: Browser, tab: Tab) -> Text:
        """Believe in a new text."""
        public_id = self.world.find_public_id(tab.form_key)
        assert public_id
        stage = Stage.STORY if tab.is_story else Stage.PITCH
        text = Text(f"text {len(self.world.texts) + 1}", stage, browser, tab.form_key, public_id)
        self.world.texts.append(text)
        return text

    def expect_words_back(self, answer: TestResponse, tab: Tab) -> None:
        """Hold that a form which is refused comes back with every word."""
        if answer.status_code >= 400 and not answer.is_json:
            lost = find_words(tab.values) - find_words(answer.text)
            expect("Words", f"words that {tab.action} refused and does not give back", lost, frozenset())
