"""What authors do with documents: send one, say yes to what was taken from it, or let the clock decide."""

import io
import re
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.model.browser import MY
from tests.model.looking import list_originals
from tests.model.room import Room, expect
from tests.model.texts import Text
from tests.support.plain_browser import read_forms

DOCUMENTS = f"{MY}/documents"
_MOST_DOCUMENTS = 2
_KEPT = timedelta(days=14)
_ORIGINAL = re.compile(r"/originals/([0-9a-f]{32})/file")


class Senders(Room):
    """Rules about files as they were sent."""

    @precondition(lambda self: any(one.documents < _MOST_DOCUMENTS for one in self.sent_texts()))
    @rule(which=st.integers(0, 5))
    def add_a_document(self, which: int) -> None:
        text = self.choose([one for one in self.sent_texts() if one.documents < _MOST_DOCUMENTS], which)
        browser = self.at_private_page(text)
        page = browser.client.get(DOCUMENTS).text if browser else ""
        form = next((one for one in read_forms(page) if "document" in one["names"]), None)
        if browser is None or form is None:
            return
        word = self.world.words.make()
        self.note(f"adds the document {word} to {text.name}")
        values = {**form["values"], "document": (io.BytesIO(word.encode()), "document.txt")}
        answer = browser.client.post(form["action"], data=values, content_type="multipart/form-data")
        expect("Words", "the answer to adding a document", answer.status_code, 303)
        hour = self.world.at.replace(minute=0, second=0, microsecond=0)
        (added,) = set(_ORIGINAL.findall(browser.client.get(DOCUMENTS).text)) - text.originals.keys()
        text.originals[added] = hour
        text.documents += 1
        text.spoken.add(word)
        self.world.touch(text)

    @precondition(lambda self: any(one.originals for one in self.sent_texts()))
    @rule(which=st.integers(0, 5))
    def say_yes(self, which: int) -> None:
        """Say that what was taken from a file is the text."""
        text = self.choose([one for one in self.sent_texts() if one.originals], which)
        browser = self.at_private_page(text)
        if browser is None:
            return
        public_id = next(iter(text.originals))
        self.note(f"says yes to a file of {text.name}")
        page = browser.client.get(DOCUMENTS).text
        form = next(one for one in read_forms(page) if one["action"].endswith(public_id))
        answer = browser.client.post(form["action"], data=form["values"])
        expect("Words", "the answer to the yes", answer.status_code, 303)
        del text.originals[public_id]
        self.world.touch(text)


def forget_over(room: Room, text: Text) -> None:
    """Believe that files go after 14 days, and not before."""
    for public_id, hour in list(text.originals.items()):
        if hour + _KEPT <= room.world.at:
            del text.originals[public_id]


def hold_originals(room: Room, text: Text) -> None:
    """What an author has not said yes to is kept as it was sent, and nothing else is."""
    believed = frozenset() if text.is_erased else frozenset(text.originals)
    kept = list_originals(room.world, text.public_id)
    expect("Words", f"the files of {text.name} that are kept as they were sent", kept, believed)
