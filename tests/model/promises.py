"""The promises, each held for one text after whatever was done to it. A new promise is one more function.

`PROMISES` lists what is held for each text that a step touched, `OF_ALL` what is held for the whole world.
"""

from collections.abc import Callable

from portal.domain.states import State
from tests.model.browser import Browser
from tests.model.looking import (
    address_of,
    find_in_files,
    find_in_rows,
    list_export,
    list_stored_files,
    list_tables_about,
    look_at_desk,
    look_at_draft,
    look_at_saves,
    look_at_versions,
    search,
    take_own_data,
    without_forms,
)
from tests.model.room import Room, expect, expect_that
from tests.model.texts import SITES, Text
from tests.model.words import find_words, words_of

NOTHING: frozenset[str] = frozenset()
SEALED = frozenset({"risk_text", "reply_text"})
"""Answers no page shows."""
OF_EDITORS = frozenset({"place_time", "check", "bio", "people", "avoid"})
"""Answers moderators do not see."""
IN_COVERAGE = frozenset({State.ACCEPTED, State.AUTHOR_CHECK, State.APPROVED, State.PUBLISHED})
_LEFT = frozenset({"event", "take_down"})
"""Tables with a row of what is erased: that it was, and the addresses at which copies stand."""
Promise = Callable[[Room, Text], None]


def open_as_author(room: Room, text: Text) -> tuple[Browser | None, str]:
    """Return where the author reads, with the page: anywhere by the code, else where it is open."""
    if text.code and text.reader is None:
        text.reader = Browser("reader", room.world.app.test_client())
    is_open_there = text.reader is not None and text.reader.page_of == text.name
    if text.code or is_open_there or text.home.page_of == text.name:
        return room.open_private_page(text, text.reader if text.code or is_open_there else text.home)
    return None, ""


def hold_code(room: Room, text: Text) -> None:
    """No text lies under a code nobody was shown, unless its form still stands open where it was typed."""
    if text.code or text.forms_open_nothing or text.is_erased or text.home.page_of == text.name:
        return
    others = [one for one in room.world.texts if one is not text and one.home is text.home]
    known = NOTHING.union(*(words_of(one.now) for one in others))
    hidden = text.unsent and text.unsent <= known
    expect_that("Code", f"{text.name}, which repeats what was sent, has a code somebody saw", not hidden)


def hold_author(room: Room, text: Text) -> None:
    """Whatever the author was told is kept can be taken along: versions in order, unsent words, messages."""
    browser, shown = open_as_author(room, text)
    if browser is None:
        return
    _hold_private_page(room, text, find_words(shown))
    data = take_own_data(browser)
    sent = [words_of({**one["answers"], **one["answers_kept_encrypted"]}) for one in data["sent"]]
    believed = [words_of(one) for one in text.sent]
    expect(
        "Words",
        f"every version of {text.name} in the own data",
        _drop_repeated(sent),
        _drop_repeated(believed),
    )
    unsent = find_words(data["unsent"])
    expect(
        "Words",
        f"unsent words of {text.name} missing in the own data",
        text.unsent - unsent - find_words(sent),
        NOTHING,
    )
    letters = [find_words(one["text"]) for one in data["messages"]]
    expect("Words", f"the messages of {text.name} in the own data", letters, _visible_letters(room, text))
    expect(
        "Words",
        f"the captions of {text.name} in the own data",
        find_words(data["files"]),
        text.about_photos,
    )


def _drop_repeated(of: list[frozenset[str]]) -> list[frozenset[str]]:
    """A sending that only chooses something else has the words of the one before."""
    return [one for before, one in zip([None, *of], of, strict=False) if one != before]


def _visible_letters(room: Room, text: Text) -> list[frozenset[str]]:
    visible = [one for one in text.letters if not one.from_desk or one.is_shown(room.world.at)]
    return [one.words for one in visible]


def _hold_private_page(room: Room, text: Text, shown: frozenset[str]) -> None:
    """The private page shows the newest answers and the thread, and nothing that was taken back."""
    now = words_of({name: one for name, one in text.now.items() if name not in SEALED})
    wanted = now.union(*_visible_letters(room, text))
    expect("Now", f"words missing on the private page of {text.name}", wanted - shown, NOTHING)
    beside = NOTHING.union(*(one.unsent for one in room.world.living() if one.beside == text.name))
    gone = (text.past | _untold(room, text)) - text.unsent - text.outlived - beside
    expect(
        "Now", f"words on the private page of {text.name} that are history or untold", shown & gone, NOTHING
    )


def _untold(room: Room, text: Text) -> frozenset[str]:
    untold = (one for one in text.letters if one.from_desk and not one.is_shown(room.world.at))
    return NOTHING.union(*(one.words for one in untold))


def hold_desk(room: Room, text: Text) -> None:
    """The desk reads the newest answers, messages, notes and the gist; nothing taken back or unsent."""
    if not text.sent:
        return
    editor = room.world.colleague(0, edits=True)
    shown = look_at_desk(editor.browser, text.public_id)
    now = words_of({name: one for name, one in text.now.items() if name not in SEALED})
    said = NOTHING.union(*(one.words for one in text.letters)) | {
        *text.notes,
        *text.gists,
        *text.advice.values(),
    } - {""}
    expect(
        "Words", f"words missing on the desk's page of {text.name}", (now | said) - find_words(shown), NOTHING
    )
    _hold_gist(text, shown)
    stale = (text.past | text.unsent) - words_of(text.now)
    found = find_words(without_forms(shown)) & stale
    expect("Now", f"words on the desk's page of {text.name} that are history or not sent", found, NOTHING)
    if len(text.sent) > 1:
        count = _count_versions(room, text)
        versions = look_at_versions(editor.browser, text.public_id, count)
        lost = text.past - _sealed_words(text) - versions
        expect("Words", f"words of earlier versions of {text.name} the desk cannot read", lost, NOTHING)


def _hold_gist(text: Text, shown: str) -> None:
    """The newest gist is the one that stands above the text; the earlier ones are folded away."""
    above = shown.partition('class="text-gist"')[2].partition('class="side-by-side"')[0]
    section = shown.partition('aria-labelledby="gist"')[2].partition("</section>")[0]
    found = find_words([above, section.partition("<details>")[0].partition("<form")[0]])
    expect("Now", f"the gist of {text.name}", found, frozenset({text.gists[-1]} - {""}))


def hold_moderation(room: Room, text: Text) -> None:
    """A moderator does not read what is for editors."""
    if text.sent:
        seen = find_words(look_at_desk(room.world.colleague(0).browser, text.public_id))
        editorial = words_of(text.now, OF_EDITORS)
        expect("Now", f"answers for editors that a moderator reads in {text.name}", seen & editorial, NOTHING)


def _sealed_words(text: Text) -> frozenset[str]:
    return NOTHING.union(*(words_of(one, SEALED) for one in text.sent))


def _count_versions(room: Room, text: Text) -> int:
    page = (
        room.world.colleague(0, edits=True)
        .browser.client.get(f"/desk/submission/{text.public_id}/versions")
        .text
    )
    return page.count("<time ")


def hold_search(room: Room, text: Text) -> None:
    """The queue finds a text by its newest answers, and not by what was taken back."""
    if not text.sent:
        return
    editor = room.world.colleague(0, edits=True)
    for word in sorted(searched_words(text))[-1:]:
        found = text.public_id in search(editor.browser, word)
        expect_that("Now", f"the queue finds {text.name} by {word}", found)
    for word in sorted(text.past)[-1:]:
        found = text.public_id in search(editor.browser, word)
        expect_that("Now", f"the queue no longer finds {text.name} by {word}", not found)


def searched_words(text: Text) -> frozenset[str]:
    """Return the words by which every colleague finds a text."""
    hidden = SEALED | OF_EDITORS | {"byline_text"}
    return words_of({name: one for name, one in text.now.items() if name not in hidden})


def lock_draft(room: Room, text: Text) -> None:
    """What was edited is in the draft, and every save of it can be read."""
    draft, state = text.draft, room.world.state_of(text)
    if draft is None:
        return
    editor = room.world.reader()
    if draft.is_aside:
        edited = NOTHING.union(*map(words_of, draft.saves)) - words_of(draft.saves[0])
        lost = edited - look_at_saves(editor.browser, draft) if edited else NOTHING
        expect(
            "Words",
            f"edits of the draft of {text.name}, which is set aside, that nobody can read",
            lost,
            NOTHING,
        )
    if draft.is_aside or state not in IN_COVERAGE:
        return
    if state is State.ACCEPTED:
        expect(
            "Now",
            f"what stands in the draft of {text.name}",
            look_at_draft(editor.browser, draft.public_id),
            draft.now,
        )
    page = find_words(editor.browser.client.get(address_of(draft)).text)
    expect("Words", f"words missing on the draft's page of {text.name}", words_of(draft.now) - page, NOTHING)
    saves = NOTHING.union(*map(words_of, draft.saves)) - page
    lost = saves - look_at_saves(editor.browser, draft) if saves else NOTHING
    expect("Words", f"saved words of the draft of {text.name} that nobody can read", lost, NOTHING)


def hold_check(room: Room, text: Text) -> None:
    """The author is asked about the very text that was sent for approval."""
    if text.draft is None or room.world.shown_of(text) is not State.AUTHOR_CHECK:
        return
    browser, _page = open_as_author(room, text)
    if browser is None:
        return
    page = find_words(browser.client.get("/en/my/check").text)
    expect(
        "Words",
        f"words missing where the author of {text.name} is asked",
        words_of(text.draft.shown_to_author[-1]) - page,
        NOTHING,
    )


def hold_withdrawn(room: Room, text: Text) -> None:
    """After withdrawing nobody is told to publish or export."""
    if text.draft is None or room.world.state_of(text) is not State.WITHDRAWN:
        return
    editor = room.world.colleague(0, edits=True)
    offered = text.draft.public_id in list_export(editor.browser)
    expect_that("Nothing over", f"{text.name}, which is withdrawn, is not offered for export", not offered)
    page = editor.browser.client.get(address_of(text.draft)).text
    told = [one for one in ("/publish", "/approval", "/waive", "export it again") if one in page]
    expect("Nothing over", f"what the draft's page of the withdrawn {text.name} asks for", told, [])


def hold_erased(room: Room, text: Text) -> None:
    """Of what is erased no row holds a word, unsent versions from the same browser included.

    Words that are stored sealed stand in rows nobody can search: of those no row is left at all.
    """
    if not text.is_erased:
        return
    on_site = {"remote_copy"} if any(one.url in SITES for one in text.recalls) else NOTHING
    tables = list_tables_about(room.world, text.public_id) - _LEFT - on_site
    expect("Nothing over", f"tables with rows of the erased {text.name}", tables, NOTHING)
    rows = find_in_rows(room.world)
    alive = NOTHING.union(*(one.spoken for one in room.world.living()))
    left = {
        table: words & text.spoken - alive for table, words in rows.items() if words & text.spoken - alive
    }
    expect("Nothing over", f"rows that hold words of the erased {text.name}", left, {})


def lock_files(room: Room) -> None:
    """After the worker's round no file of the instance holds a word of what is erased."""
    gone = NOTHING.union(*(one.spoken for one in room.world.texts if one.is_erased))
    alive = NOTHING.union(*(one.spoken for one in room.world.living()))
    expect(
        "Nothing over",
        "erased words in files of the instance",
        find_in_files(room.world, gone - alive),
        NOTHING,
    )
    files = sum(len(one.photos) + one.documents + len(one.originals) for one in room.world.living())
    expect("Nothing over", "how many files are stored", len(list_stored_files(room.world)), files)


ALWAYS: tuple[Promise, ...] = (hold_code, hold_erased)
"""Held for erased texts, too."""
PROMISES: tuple[Promise, ...] = (
    hold_author,
    hold_desk,
    lock_draft,
    hold_check,
    hold_withdrawn,
)


NOW_AND_THEN: tuple[Promise, ...] = (hold_moderation, hold_search)
"""Held when the whole world is looked at: they cost pages of their own."""


def hold(room: Room, text: Text, *, whole: bool = False) -> None:
    """Hold every promise for a text."""
    living = (*PROMISES, *(NOW_AND_THEN if whole else ()))
    for promise in ALWAYS if text.is_erased else (*ALWAYS, *living):
        promise(room, text)
