"""What a process keeps in memory: no more than so many pages, and none of them for long."""

from portal.web.site.kept_pages import MOST_SECONDS, KeptPage, KeptPages


class Clock:
    """Seconds a test lets pass."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def make_page(text: str) -> KeptPage:
    return KeptPage((text,), ())


def test_no_more_is_kept_than_fits() -> None:
    pages = KeptPages(2)
    for name in ("one", "two", "three"):
        pages.keep(name, make_page(name))
    assert [pages.find(name) for name in ("one", "two")] == [None, make_page("two")]


def test_what_is_kept_again_is_the_newest() -> None:
    pages = KeptPages(2)
    for name in ("one", "two", "one", "three"):
        pages.keep(name, make_page(name))
    assert [pages.find(name) for name in ("one", "two")] == [make_page("one"), None]


def test_what_is_too_old_is_found_no_more() -> None:
    pages = KeptPages(clock=(clock := Clock()))
    pages.keep("words", make_page("words"))
    clock.now = MOST_SECONDS
    before = pages.find("words")
    clock.now += 1
    assert (before, pages.find("words")) == (make_page("words"), None)


def test_any_visit_lets_go_of_what_is_too_old() -> None:
    pages = KeptPages(clock=(clock := Clock()))
    for second in range(3):
        clock.now = float(second)
        pages.keep(second, make_page("words"))
    clock.now = MOST_SECONDS + 1.5
    pages.find("something else")
    assert list(pages._pages) == [2]  # noqa: SLF001  # what is held, found or not
