"""Stories go to newsrooms' sites: pressed by the desk, sent by the worker, looked at, called back."""

import re
from contextlib import suppress
from datetime import datetime
from itertools import count

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from sqlalchemy import select

from portal.database import transaction
from portal.domain.permissions import Role
from portal.domain.states import State
from portal.export.look_back import look_next
from portal.export.pushes import push_next
from portal.models import Coverage, Staff
from portal.operations.coverages.targets import make_target
from tests.model.looking import list_export
from tests.model.recalling import LIST
from tests.model.room import expect
from tests.model.standing import LANG, SENT, UNDER_WAY, Standings
from tests.model.texts import SITES, WHOLE, Text
from tests.model.words import find_words
from tests.support.newsroom_site import ACCOUNT, PASSWORD, Post
from tests.support.plain_browser import find_form, read_forms
from tests.support.targets import describe_target

_MAY_LEAVE = (State.APPROVED, State.PUBLISHED)
_LAST_MOMENT = 12
"""So often the worker looks at the clock while it sends a story with two photos."""


class Killed(BaseException):
    """The worker dies: no handler of its own runs."""


class Pushers(Standings):
    """Rules of the desk and the worker about newsrooms' sites."""

    @precondition(lambda self: self.texts_in(*_MAY_LEAVE))
    @rule(
        who=st.integers(0, 1),
        every=st.booleans(),
        worker=st.sampled_from(["works", "works", "sleeps", "dies"]),
        moment=st.integers(1, _LAST_MOMENT),
    )
    def send_to_the_site(self, who: int, every: bool, worker: str, moment: int) -> None:  # noqa: FBT001  # drawn
        """Press for all that is new to the site, or for all that is approved."""
        self.name_the_sites()
        person = self.world.colleague(who, edits=True)
        token = find_form(person.browser.client.get("/desk/").text, field="csrf_token")["values"][
            "csrf_token"
        ]
        wanted = {"all_approved" if every else "all_new": "y"}
        answer = person.browser.client.post(SENT, data={"csrf_token": token, **wanted})
        self.note(f"{person.name} sends {wanted}: {answer.status_code}; the worker {worker} ({moment})")
        if worker != "sleeps":
            self.send_what_is_due(dies_at=moment if worker == "dies" else 0)

    @precondition(lambda self: self.standing_texts())
    @rule(which=st.integers(0, 3), who=st.integers(0, 1))
    def look_at_the_site(self, which: int, who: int) -> None:
        """Press “Look now”."""
        self.look_at(*self.choose(self.standing_texts(), which), who=who)

    def look_at(self, text: Text, site: str, *, who: int) -> None:
        """Press it for one text on one site, where the page has it."""
        person = self.world.colleague(who, edits=True)
        row = self.find_row(person.browser.client.get(SENT).text, text, site)
        action = re.search(r'formaction="([^"]+/look)"', row)
        if action is None:
            return
        before = self.world.state_of(text)
        answer = person.browser.client.post(action[1], data=find_form(row, action="/pushes")["values"])
        self.note(f"{person.name} looks what has become of {text.name} at {site}")
        expect("Told", "the answer to a look", answer.status_code, 303)
        self.believe_looked(text, site, before)

    @precondition(lambda self: any(self.standing_of(*one).asked_about for one in self.standing_texts()))
    @rule(which=st.integers(0, 3), who=st.integers(0, 1), over=st.booleans())
    def say_which_text_stays(self, which: int, who: int, over: bool) -> None:  # noqa: FBT001  # drawn
        asked = [one for one in self.standing_texts() if self.standing_of(*one).asked_about]
        (text, site), person = self.choose(asked, which), self.world.colleague(who, edits=True)
        row = self.find_row(person.browser.client.get(SENT).text, text, site)
        question = re.search(rf'href="({SENT}/[0-9a-f]{{32}})"', row)
        if question is None:  # it was sent anew since
            return
        there, shown = self.standing_of(text, site), person.browser.client.get(question[1]).text
        lost = there.asked_about - find_words(shown)
        expect("Words", f"words of the newsroom in {text.name} that nobody is shown", lost, frozenset())
        act = "over" if over and f'formaction="{question[1]}/over"' in shown else "keep"
        form = find_form(shown, action="/keep")
        answer = person.browser.client.post(f"{question[1]}/{act}", data=form["values"])
        self.note(f"{person.name} says of {text.name} at {site}: {act}")
        expect("Told", "the answer to which text stays", answer.status_code, 303)
        if act == "over" and there.words == there.asked_about:
            there.is_edited = False
        there.asked_about = frozenset()

    @precondition(lambda self: any(one.url in SITES for text in self.world.texts for one in text.recalls))
    @rule(which=st.integers(0, 3), who=st.integers(0, 1), corrects=st.booleans())
    def press_about_the_site(self, which: int, who: int, corrects: bool) -> None:  # noqa: FBT001  # drawn
        """Have a post taken down there, or the corrected text sent."""
        person = self.world.colleague(who, edits=True)
        forms = read_forms(person.browser.client.get(LIST).text)
        wanted = ("/correct", "/site") if corrects else ("/site", "/correct")
        offered = [one for end in wanted for one in forms if one["action"].endswith(end)]
        if not offered:
            return
        form = self.choose(offered, which)
        act = form["action"].rpartition("/")[2]
        before, states = self.status_of_posts(), self.states_of_standing()
        self.forget_reads()
        answer = person.browser.client.post(form["action"], data=form["values"])
        self.note(f"{person.name} presses {act} about a post on the site")
        expect("Told", "the answer to a press about a post on the site", answer.status_code, 303)
        if act == "site":
            self.believe_taken_down(before, states)

    # What the worker does

    def work_for_newsrooms(self) -> None:
        """Send all that is due, and look at one post."""
        if not self.world.has_targets:
            return
        self.send_what_is_due()
        states = self.states_of_standing()
        self.forget_reads()
        with self.world.app.app_context():
            look_next(clock=lambda: self.world.at)
        self.believe_seen(states)

    def send_what_is_due(self, *, dies_at: int = 0) -> None:
        """Send, and believe what the list says then; the worker may die as it looks at the clock so often."""
        waiting = [one for one, said in self.read_sent().items() if said in UNDER_WAY]
        ready = list_export(self.world.reader().browser)
        told = count(1)

        def clock() -> datetime:
            if next(told) == dies_at:
                raise Killed
            return self.world.at

        with self.world.app.app_context(), suppress(Killed):
            while push_next(clock=clock):
                pass
        after = self.read_sent()
        for text in self.world.living():
            public_id = text.draft.public_id if text.draft else ""
            for _draft, site in [one for one in waiting if one[0] == public_id]:
                may = f'value="{public_id}"' in ready
                self.believe_turn(text, site, after[public_id, site], may=may)
                self.world.touch(text)

    # What comes of it

    def believe_seen(self, states: dict[str, State]) -> None:
        """Believe what a look of the worker tells about whichever post it was."""
        for text, site in self.all_places():
            if not any(one.id in self.world.newsrooms[site].read for one in self.posts_of(text, site)):
                continue
            if text.name in states:
                self.believe_looked(text, site, states[text.name])
            elif text.is_erased and not self.live_posts_of(text, site):
                self.believe_done_of_erased(text, site)

    def believe_taken_down(self, before: dict[tuple[str, int], str], states: dict[str, State]) -> None:
        """Hold what a press has done there, and believe that it closes the task."""
        self.believe_seen(states)
        for text, site in self.all_places():
            moved = [one for one in self.posts_of(text, site) if one.status != before.get((site, one.id))]
            whole = [one for one in text.recalls if one.url == site and one.reason in WHOLE]
            if moved and moved[0].status == "trash":
                left = self.media_of(text, site)
                expect("Nothing over", f"photos in the library of {text.name} at {site}", left, [])
            is_gone = not self.live_posts_of(text, site) and self.ledger_of(text, site) is None
            if text.is_erased and whole and is_gone:
                self.believe_done_of_erased(text, site)

    def believe_done_of_erased(self, text: Text, site: str) -> None:
        """Believe that nothing is known any more of an erased text that is gone from a site."""
        text.recalls = [one for one in text.recalls if one.url != site]
        if text.draft is not None:
            text.draft.standings.pop(site, None)

    def all_places(self) -> list[tuple[Text, str]]:
        """Return every text with every site it may stand on."""
        return [(text, site) for text in self.world.texts if text.draft for site in SITES]

    # What is where

    def name_the_sites(self) -> None:
        """Have an editor say once where the stories go."""
        if self.world.has_targets:
            return
        self.world.has_targets = True
        with self.world.app.app_context(), transaction() as session:
            coverage = session.scalars(select(Coverage)).one()
            editor = session.scalars(select(Staff).where(Staff.role == Role.EDITOR).limit(1)).one()
            for name, newsroom in self.world.newsrooms.items():
                values = describe_target(
                    newsroom.address, name, lang=LANG, account=ACCOUNT, password=PASSWORD
                )
                make_target(session, coverage, values, by=editor, at=self.world.at)

    def states_of_standing(self) -> dict[str, State]:
        """Return the states of the texts that were sent to a site, by name."""
        return {one.name: self.world.state_of(one) for one, _site in self.standing_texts()}

    def status_of_posts(self) -> dict[tuple[str, int], str]:
        """Return how every post stands, by its site and number."""
        sites = self.world.newsrooms.items()
        return {(site, one.id): one.status for site, there in sites for one in there.posts.values()}

    def forget_reads(self) -> None:
        """Have the sites note anew which posts are asked for."""
        for newsroom in self.world.newsrooms.values():
            newsroom.read.clear()


class NewsroomPeople(Pushers):
    """Rules of those who work on newsrooms' sites."""

    @precondition(lambda self: self.posts_there())
    @rule(which=st.integers(0, 3))
    def edit_on_the_site(self, which: int) -> None:
        text, site, post = self.choose(self.posts_there(), which)
        word = self.world.words.make()
        self.note(f"somebody writes {word} into {text.name} at {site}")
        self.world.newsrooms[site].edit(post, f"<p>{word}</p>")
        there = self.standing_of(text, site)
        there.words, there.is_edited = find_words(post.words), True
        text.spoken.add(word)

    @precondition(lambda self: self.posts_there())
    @rule(which=st.integers(0, 3), status=st.sampled_from(["publish", "publish", "draft", "trash"]))
    def move_on_the_site(self, which: int, status: str) -> None:
        text, site, post = self.choose(self.posts_there(), which)
        self.note(f"somebody makes {text.name} {status} at {site}")
        self.world.newsrooms[site].set_status(post, status)

    @precondition(lambda self: self.posts_in_the_trash())
    @rule(which=st.integers(0, 3), status=st.sampled_from(["publish", "draft"]), looks=st.booleans())
    def put_back_on_the_site(self, which: int, status: str, looks: bool) -> None:  # noqa: FBT001  # drawn
        """Take a post out of the trash there; the portal may have seen that it was gone, or not."""
        text, site, post = self.choose(self.posts_in_the_trash(), which)
        self.note(f"somebody takes {text.name} out of the trash at {site}: {status}")
        self.world.newsrooms[site].set_status(post, status)
        if looks:
            self.look_at(text, site, who=0)

    @precondition(lambda self: self.posts_published())
    @rule(which=st.integers(0, 3), what=st.sampled_from(["moves", "leaves", "comes back"]))
    def change_a_published_address(self, which: int, what: str) -> None:
        """Give a published post another address, or unpublish it, and have the portal look; put it back."""
        text, site, post = self.choose(self.posts_published(), which)
        self.note(f"{text.name}, published at {site}, {what}")
        if what == "moves":
            post.slug = f"{post.slug}-moved"
            self.look_at(text, site, who=0)
            return
        for status in ("draft", "publish")[: 1 if what == "leaves" else 2]:
            self.world.newsrooms[site].set_status(post, status)
            self.look_at(text, site, who=0)

    def posts_there(self) -> list[tuple[Text, str, Post]]:
        """Return the posts that a person there could know, each with its text and the site."""
        return [(*place, post) for place in self.whole_places() for post in self.live_posts_of(*place)]

    def posts_published(self) -> list[tuple[Text, str, Post]]:
        """Return those of them that everybody reads there."""
        return [one for one in self.posts_there() if one[2].status == "publish"]

    def posts_in_the_trash(self) -> list[tuple[Text, str, Post]]:
        """Return the posts that lie in the trash of a site, where no other of the same text stands there."""
        places = [one for one in self.whole_places() if not self.live_posts_of(*one)]
        return [(*place, post) for place in places for post in self.posts_of(*place)[-1:]]

    def whole_places(self) -> list[tuple[Text, str]]:
        """Return the texts that were sent to a site by a worker that lived, each with its name."""
        return [one for one in self.standing_texts() if not self.standing_of(*one).is_torn]
