"""What stands on newsrooms' sites, and what the portal has heard of it.

The ledger is looked up for two things that no page tells of a worker that dies: whether a story had left by
then, and what the portal remembers of the site. What stands there is read there.
"""

import re
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select

from portal.domain.states import State
from portal.export.record import SHORT_ID
from portal.extensions import db
from portal.models import RemoteCopy, Submission, Target
from tests.model.drafts import OFF_THE_PAGES, Edited, Standing
from tests.model.looking import address_of
from tests.model.recalling import Recallers, believe_removed
from tests.model.room import BrokenPromise, expect
from tests.model.texts import SITES, Text
from tests.model.words import find_words, words_of
from tests.model.world import SLUG
from tests.support.newsroom_site import Media, Post

SENT = f"/desk/coverages/{SLUG}/pushes"
LANG = "en"
UNDER_WAY = ("Waiting to be sent", "Being sent")
ROW = re.compile(r'<li class="queue-row">.*?(?=<li class="queue-row">|</section>|\Z)', re.DOTALL)
_DRAFT = re.compile(r"/desk/coverages/draft/([0-9a-f]{32})")
_STATE = re.compile(r'class="badge[^"]*">([^<]+)<')
_ADDRESS = re.compile(r'<li><a href="([^"]+)" hreflang=')
_TAG = re.compile(r"<[^>]*>")
_TRASH = "trash"
_UNREAD = ("draft", "pending", "private")
_NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True)
class LedgerRow:
    """What the portal remembers of a story on the site."""

    status: str
    url: str
    sent_at: datetime


class Standings(Recallers):
    """Looks at newsrooms' sites, at the list of what was sent there, and at the ledger."""

    # What comes of a push

    def believe_turn(self, text: Text, site: str, said: str, *, may: bool) -> None:
        """Believe what the list says of a story whose turn has come: it stands there whole, or nothing moved.

        `may`: the page of the export had it among those that may leave.
        """
        row, draft = self.ledger_of(text, site), self.draft_of(text)
        has_left = row is not None and row.sent_at == self.world.at
        if has_left:
            draft.exported_at = self.world.at
            draft.standings.setdefault(site, Standing())
        there = draft.standings.get(site)
        if row is not None and there is not None:
            there.heard, there.url = row.status, row.url
        live = self.live_posts_of(text, site)
        if said == "Sent":
            assert there is not None
            if there.is_edited:
                raise BrokenPromise(f"Words: what the newsroom wrote into {text.name} is written over")
            expect("Once", f"how many posts of {text.name} stand at {site}", len(live), 1)
            self.believe_arrived(text, site, live[0])
        elif said in UNDER_WAY:
            if there is not None and has_left:
                there.is_torn = True
        elif said == "Changed on the site":
            assert there is not None
            there.asked_about = find_words(live[0].words)
        elif may:
            # In the trash, or noted as removed while it stands there yet, it is a person's to decide.
            is_odd = there is not None and (not live or there.heard != live[0].status)
            expect("Told", f"whether {text.name} arrives, which may leave: {said}", is_odd, True)  # noqa: FBT003  # a fact

    def believe_arrived(self, text: Text, site: str, post: Post) -> None:
        """Hold that the newest text stands there with the photos that may leave, and nothing else."""
        draft, there = self.draft_of(text), self.standing_of(text, site)
        words = find_words(post.words)
        leaving = {name: one for name, one in text.photos.items() if one.may_leave}
        about = _NOTHING.union(*(draft.words_with(name, one) for name, one in leaving.items()))
        expect("Now", f"what stands of {text.name} at {site}", words - about, words_of(draft.now))
        library = self.media_of(text, site)
        named = find_words([one.words for one in library])
        expect("Nothing over", f"words of the library that {text.name} is without", named - words, _NOTHING)
        shown = [one for one in library if f"/{one.slug}." in post.texts["content"]]
        expect(
            "Once",
            f"how many photos of {text.name} stand in it",
            post.texts["content"].count("<img "),
            len(shown),
        )
        expect(
            "Nothing over", f"photos in the library that {text.name} is without", len(library) - len(shown), 0
        )
        there.words, there.is_torn, there.is_edited, there.asked_about = words, False, False, _NOTHING
        gone = [one for one in text.recalls if one.url == site and one.reason in {"name", "photo"}]
        text.recalls = [one for one in text.recalls if one not in gone]

    # What comes of a look

    def believe_looked(self, text: Text, site: str, before: State) -> None:
        """Believe what a look tells: published there is published, gone from there is no task any more."""
        there, row = self.standing_of(text, site), self.ledger_of(text, site)
        assert row is not None
        earlier = replace(there)
        there.heard, there.url = row.status, row.url
        self.hold_heard(text, site)
        self.world.touch(text)
        if there.is_there and not earlier.is_there:
            text.believe_returned(site, is_withdrawn=before is State.WITHDRAWN, at=self.world.at)
        if there.heard == "published":
            self._believe_read(text, site, earlier, before)
        if there.heard in _UNREAD:
            early = [one for one in text.recalls if (one.url, one.reason) == (site, "embargo") and one.page]
            text.recalls = [one for one in text.recalls if one not in early]
            for one in early:
                text.believe_held_back(one)
        if there.heard in OFF_THE_PAGES:
            self._believe_unread(text, site, earlier)

    def _believe_read(self, text: Text, site: str, earlier: Standing, before: State) -> None:
        """Believe that everybody reads it there, at the address it has now."""
        draft, there = self.draft_of(text), self.standing_of(text, site)
        if earlier.heard != "published":
            text.believe_seen_early(site, at=self.world.at)
        elif earlier.url != there.url:
            draft.forget_address(earlier.url)
        text.name_page(site, there.url)
        if before is State.APPROVED and self.world.state_of(text) is State.PUBLISHED:
            self.note(f"{text.name} is published at {site}")
            self.believe_decided(text, "publish", before)
            draft.believe_published(there.url, self.world.at)
        elif before is State.PUBLISHED and self.is_on_file(draft, there.url):
            draft.believe_read_too(there.url, self.world.at)

    def _believe_unread(self, text: Text, site: str, earlier: Standing) -> None:
        """Believe that nobody reads it there: no address is told of, and for what is gone nobody asks."""
        draft, there = self.draft_of(text), self.standing_of(text, site)
        tasks = [one for one in text.recalls if one.url == site]
        if tasks and not there.is_there:
            believe_removed(text, draft, tasks[0])
        for url in (earlier.url, there.url):
            draft.forget_address(url)

    def is_on_file(self, draft: Edited, url: str) -> bool:
        """Say whether the desk reads that a story is published at an address."""
        return f'<li><a href="{url}"' in self.world.reader().browser.client.get(address_of(draft)).text

    def hold_heard(self, text: Text, site: str) -> None:
        """Hold that the portal has heard what is so."""
        names = {"publish": "published", _TRASH: "trashed"}
        true = {names.get(one.status, one.status) for one in self.posts_of(text, site)} or {"gone"}
        heard = self.standing_of(text, site).heard
        expect("Told", f"what the portal has heard of {text.name} at {site}", {heard} - true, _NOTHING)

    # What is where

    def read_sent(self) -> dict[tuple[str, str], str]:
        """Return what the list of what was sent says, by the public ids of drafts and the names of sites."""
        page = self.world.reader().browser.client.get(f"{SENT}?still=1").text
        found = {}
        for row in ROW.findall(page):
            draft, state = _DRAFT.search(row), _STATE.search(row)
            assert draft is not None
            assert state is not None
            found[draft[1], name_site(row)] = state[1]
        return found

    def ledger_of(self, text: Text, site: str) -> LedgerRow | None:
        """Return what the portal remembers of a text on a site."""
        with self.world.app.app_context():
            its = select(RemoteCopy).join(Submission).join(Target, Target.id == RemoteCopy.target_id)
            row = db.session.scalar(its.where(Submission.public_id == text.public_id, Target.name == site))
            return LedgerRow(str(row.status or ""), row.url, row.sent_at) if row else None

    def standing_texts(self) -> list[tuple[Text, str]]:
        """Return the living texts that were sent to a site, each with its name, newest first."""
        drafts = [(one, one.draft) for one in self.world.living()]
        return [(one, site) for one, draft in drafts if draft for site in draft.standings]

    def standing_of(self, text: Text, site: str) -> Standing:
        return self.draft_of(text).standings[site]

    def find_row(self, page: str, text: Text, site: str) -> str:
        """Return what the list of what was sent says of a text on a site; empty when it is not listed."""
        public_id = self.draft_of(text).public_id
        rows = (one for one in ROW.findall(page) if public_id in one and name_site(one) == site)
        return next(rows, "")

    def posts_of(self, text: Text, site: str) -> list[Post]:
        """Return the posts there that were made of a text."""
        made_as = f"story-{self._short(text)}-{LANG}"
        return [one for one in self.world.newsrooms[site].posts.values() if one.made_as == made_as]

    def live_posts_of(self, text: Text, site: str) -> list[Post]:
        """Return those that are not in the trash."""
        return [one for one in self.posts_of(text, site) if one.status != _TRASH]

    def media_of(self, text: Text, site: str) -> list[Media]:
        """Return the pictures in the library that are of a text."""
        end = f"-{self._short(text)}-{LANG}"
        return [one for one in self.world.newsrooms[site].media.values() if one.slug.endswith(end)]

    @staticmethod
    def _short(text: Text) -> str:
        return text.draft.public_id[:SHORT_ID] if text.draft else ""


def name_site(row: str) -> str:
    """Return the name of the site that a row of the list is about."""
    words = _TAG.sub(" ", row).split()
    return next(one for one in SITES if one in words)


def hold_addresses(room: Standings, text: Text) -> None:
    """The desk has on file every address of a published text, and none at which nobody reads it any more."""
    draft = text.draft
    if draft is None or text.is_erased or room.world.state_of(text) is not State.PUBLISHED:
        return
    found = _ADDRESS.findall(room.world.reader().browser.client.get(address_of(draft)).text)
    known = [url for url, _at in draft.publications]
    expect("Told", f"the addresses on file of {text.name}", sorted(found), sorted(known))


def hold_newsrooms(room: Standings) -> None:
    """A text stands on a site once at most, as it was sent last or as somebody there left it."""
    for text in room.world.texts:
        for site in SITES if text.draft else ():
            live = room.live_posts_of(text, site)
            expect("Once", f"whether {text.name} stands at {site} twice", live[1:], [])
            there = text.draft.standings.get(site) if text.draft else None
            if live and there is not None and not there.is_torn:
                found = find_words(live[0].words)
                expect("Now", f"what stands of {text.name} at {site}", found, there.words)
