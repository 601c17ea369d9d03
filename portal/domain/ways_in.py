"""Ways into a private page, and what may be done on it after each: one table, closed by default."""

from collections.abc import Mapping
from enum import StrEnum


class WayIn(StrEnum):
    """Ways in which a private page was opened. Stored by value."""

    OWN_CODE = "own_code"
    """The code of the form, or one the author took on the page."""
    FORM = "form"
    """The form that has just brought the text."""
    LINK = "link"
    """A one-time link sent to the address the author left."""
    DESK_CODE = "desk_code"
    """A code the desk gave out, whose holder has proved nothing: whoever it is, it is not the author yet."""
    PROVED = "proved"
    """A code the desk gave out, and an answer that is kept sealed."""
    NOTHING_SEALED = "nothing_sealed"
    """A code the desk gave out for a text without a sealed answer to prove oneself by: the second person and
    the wait have to do."""


class PageRight(StrEnum):
    """A right a view of the private page asks for. To see text, thread and state no right is needed."""

    WRITE_MESSAGE = "page:write_message"
    PROVE = "page:prove"
    REFUSE_CODE = "page:refuse_code"
    RECEIPT = "page:receipt"
    NEW_CODE = "page:new_code"
    KEEP_WORDS = "page:keep_words"
    UNSENT = "page:unsent"
    SEND_STORY = "page:send_story"
    CHANGE = "page:change"
    LANGUAGE = "page:language"
    PHOTOS = "page:photos"
    DOCUMENTS = "page:documents"
    CHECK = "page:check"
    CONSENTS = "page:consents"
    MAIL = "page:mail"
    OWN_DATA = "page:own_data"
    WITHDRAW = "page:withdraw"
    ERASE = "page:erase"


_OF_AUTHOR = frozenset(PageRight) - {PageRight.PROVE}

PAGE_RIGHTS: Mapping[WayIn, frozenset[PageRight]] = {
    WayIn.OWN_CODE: _OF_AUTHOR,
    WayIn.FORM: _OF_AUTHOR,
    WayIn.LINK: _OF_AUTHOR,
    WayIn.DESK_CODE: frozenset({PageRight.WRITE_MESSAGE, PageRight.PROVE}),
    WayIn.PROVED: _OF_AUTHOR,
    WayIn.NOTHING_SEALED: _OF_AUTHOR,
}


def may_on_page(way_in: WayIn, right: PageRight) -> bool:
    """Say whether a page that was opened this way has the right."""
    return right in PAGE_RIGHTS.get(way_in, frozenset())


def is_author(way_in: WayIn) -> bool:
    """Say whether what is done on a page that was opened this way is done by the author."""
    return way_in is not WayIn.DESK_CODE
