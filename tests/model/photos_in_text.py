"""What editors do with photos in a draft: put them into the text, take them out, write words for print."""

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from portal.domain.states import State
from portal.story.picture_marks import list_placed, make_photo_key
from tests.model.editing import Editors
from tests.model.looking import address_of, look_at_draft, read_form_of_draft
from tests.model.room import expect
from tests.model.texts import Text


class Illustrators(Editors):
    """Rules on the photos of a draft, pressed without scripts."""

    @precondition(lambda self: self.illustrated_texts())
    @rule(
        which=st.integers(0, 3),
        who=st.integers(0, 1),
        photo=st.integers(0, 1),
        place=st.integers(0, 3),
        words=st.booleans(),
        takes=st.booleans(),
    )
    def put_a_photo_into_the_text(
        self,
        which: int,
        who: int,
        photo: int,
        place: int,
        words: bool,  # noqa: FBT001  # drawn
        takes: bool,  # noqa: FBT001  # drawn
    ) -> None:
        """Put a photo after a stretch of the text, or take it out; a caption may come with it."""
        text, person = self.choose(self.illustrated_texts(), which), self.world.colleague(who, edits=True)
        draft = self.draft_of(text)
        values = read_form_of_draft(person.browser, draft)["values"]
        public_id = self.choose(sorted(text.photos), photo)
        key = make_photo_key(public_id)
        field = f"photos-{key}-caption"
        if field not in values:  # it may not be printed: there is nothing to place
            return
        sent = {**values, "take_photo" if takes else "put_photo": key, f"after_photo_{key}": f"{place}.x"}
        word = self.world.words.make() if words else ""
        if words:
            sent[field] = word
        answer = person.browser.client.post(address_of(draft), data=sent)
        act = "takes out" if takes else "puts in"
        self.note(f"{person.name} {act} a photo of {text.name}, caption {word or 'as it was'}")
        expect("Words", "the answer to a photo that is put into a text", answer.status_code, 303)
        shown = look_at_draft(person.browser, draft.public_id)
        placed = list_placed(draft.now["body"])
        wanted = [one for one in placed if one != key] if takes else [*placed, key]
        expect("Now", f"the photos in {text.name}", set(list_placed(shown["body"])), set(wanted))
        self.believe_saved_draft(text, {**values, "body": shown["body"]}, person)
        if words:
            draft.photo_edits[public_id] = word
            text.spoken.add(word)

    def illustrated_texts(self) -> list[Text]:
        """Return the texts in editing that have photos."""
        return [one for one in self.texts_in(State.ACCEPTED) if one.photos]
