"""What stands on the newsroom's site, and what the portal has heard of it.

The ledger is looked up for two things that no page tells of a worker that dies: whether a story had left by
then, and what the portal remembers of the site. What stands there is read there.
"""

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from portal.domain.states import State
from portal.export.record import SHORT_ID
from portal.extensions import db
from portal.models import RemoteCopy, Submission
from tests.model.recalling import Recallers, believe_removed
from tests.model.room import BrokenPromise, expect
from tests.model.words import find_words, words_of
from tests.model.world import SITE, SLUG, Edited, Standing, Text
from tests.support.newsroom_site import Media, Post

SENT = f"/desk/coverages/{SLUG}/pushes"
NAME = "Newsroom"
LANG = "en"
UNDER_WAY = ("Waiting to be sent", "Being sent")
ROW = re.compile(r'<li class="queue-row">.*?</li>', re.DOTALL)
_DRAFT = re.compile(r"/desk/coverages/draft/([0-9a-f]{32})")
_STATE = re.compile(r'class="badge[^"]*">([^<]+)<')
_TRASH = "trash"
_NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True)
class LedgerRow:
    """What the portal remembers of a story on the site."""

    status: str
    url: str
    sent_at: datetime


class Standings(Recallers):
    """Looks at the newsroom's site, at the list of what was sent there, and at the ledger."""

    # What comes of a push

    def believe_turn(self, text: Text, draft: Edited, said: str, *, may: bool) -> None:
        """Believe what the list says of a story whose turn has come: it stands there whole, or nothing moved.

        `may`: the page of the export had it among those that may leave.
        """
        row, there = self.ledger_of(text), draft.there
        if row is not None and row.sent_at == self.world.at:
            draft.exported_at = self.world.at
            there = draft.there = there or Standing()
        if row is not None and there is not None:
            there.heard, there.url = row.status, row.url
        live = self.live_posts_of(text)
        if said == "Sent":
            assert there is not None
            if there.is_edited:
                raise BrokenPromise(f"Words: what the newsroom wrote into {text.name} is written over")
            expect("Once", f"how many posts of {text.name} stand there", len(live), 1)
            self.believe_arrived(text, draft, live[0])
        elif said in UNDER_WAY:
            if there is not None and draft.exported_at == self.world.at:
                there.is_torn = True
        elif said == "Changed on the site":
            assert there is not None
            there.asked_about = find_words(live[0].words)
        elif may:
            # In the trash, or noted as removed while it stands there yet, it is a person's to decide.
            is_odd = there is not None and (not live or there.heard != live[0].status)
            expect("Told", f"whether {text.name} arrives, which may leave: {said}", is_odd, True)  # noqa: FBT003  # a fact

    def believe_arrived(self, text: Text, draft: Edited, post: Post) -> None:
        """Hold that the newest text stands there with the photos that may leave, and nothing else."""
        there = self.standing_of(text)
        words = find_words(post.words)
        leaving = {name: one for name, one in text.photos.items() if one.may_leave}
        about = _NOTHING.union(*(draft.words_with(name, one) for name, one in leaving.items()))
        expect("Now", f"what stands of {text.name} there", words - about, words_of(draft.now))
        library = self.media_of(text)
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
        gone = [one for one in text.recalls if one.url == SITE and one.reason in {"name", "photo"}]
        text.recalls = [one for one in text.recalls if one not in gone]

    # What comes of a look

    def believe_looked(self, text: Text, before: State) -> None:
        """Believe what a look tells: published there is published, gone from there is no task any more."""
        draft, there, row = self.draft_of(text), self.standing_of(text), self.ledger_of(text)
        assert row is not None
        there.heard, there.url = row.status, row.url
        self.hold_heard(text, there)
        self.world.touch(text)
        if there.heard == "published":
            text.name_page(there.url)
            if before is State.APPROVED and self.world.state_of(text) is State.PUBLISHED:
                self.note(f"{text.name} is published on the site")
                self.believe_decided(text, "publish", before)
                draft.believe_published(there.url, self.world.at)
        if not there.is_there:
            for one in [one for one in text.recalls if one.url == SITE]:
                believe_removed(text, draft, one)

    def hold_heard(self, text: Text, there: Standing) -> None:
        """Hold that the portal has heard what is so."""
        posts = self.posts_of(text)
        names = {"publish": "published", _TRASH: "trashed"}
        true = {names.get(one.status, one.status) for one in posts} or {"gone"}
        expect("Told", f"what the portal has heard of {text.name} there", {there.heard} - true, _NOTHING)

    # What is where

    def read_sent(self) -> dict[str, str]:
        """Return what the list of what was sent says, by the public ids of drafts."""
        page = self.world.reader().browser.client.get(f"{SENT}?still=1").text
        found = {}
        for row in ROW.findall(page):
            draft, state = _DRAFT.search(row), _STATE.search(row)
            assert draft is not None
            assert state is not None
            found[draft[1]] = state[1]
        return found

    def ledger_of(self, text: Text) -> LedgerRow | None:
        """Return what the portal remembers of a text on the site."""
        with self.world.app.app_context():
            found = select(RemoteCopy).join(Submission).where(Submission.public_id == text.public_id)
            row = db.session.scalar(found)
            return LedgerRow(str(row.status or ""), row.url, row.sent_at) if row else None

    def standing_texts(self) -> list[Text]:
        """Return the living texts that were sent to the site, newest first."""
        return [one for one in self.world.living() if one.draft and one.draft.there]

    def standing_of(self, text: Text) -> Standing:
        there = self.draft_of(text).there
        assert there is not None
        return there

    def posts_of(self, text: Text) -> list[Post]:
        """Return the posts there that were made of a text."""
        made_as = f"story-{self._short(text)}-{LANG}"
        return [one for one in self.world.newsroom.posts.values() if one.made_as == made_as]

    def live_posts_of(self, text: Text) -> list[Post]:
        """Return those that are not in the trash."""
        return [one for one in self.posts_of(text) if one.status != _TRASH]

    def media_of(self, text: Text) -> list[Media]:
        """Return the pictures in the library that are of a text."""
        end = f"-{self._short(text)}-{LANG}"
        return [one for one in self.world.newsroom.media.values() if one.slug.endswith(end)]

    @staticmethod
    def _short(text: Text) -> str:
        return text.draft.public_id[:SHORT_ID] if text.draft else ""


def hold_newsroom(room: Standings) -> None:
    """A text stands on the site once at most, as it was sent last or as somebody there left it."""
    for text in room.world.texts:
        live = room.live_posts_of(text) if text.draft else []
        expect("Once", f"whether {text.name} stands there twice", live[1:], [])
        there = text.draft.there if text.draft else None
        if live and there is not None and not there.is_torn:
            expect("Now", f"what stands of {text.name} on the site", find_words(live[0].words), there.words)
