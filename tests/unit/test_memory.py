"""What a process keeps in memory: no more than so many things, and none of them for long."""

from portal.memory import MOST_SECONDS, Kept


class Clock:
    """Seconds a test lets pass."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_no_more_is_kept_than_fits() -> None:
    kept: Kept[str] = Kept(64)
    for number in range(65):
        kept.keep(number, str(number))
    assert [kept.find(number) for number in (0, 1, 64)] == [None, "1", "64"]


def test_what_is_kept_again_is_the_newest() -> None:
    kept: Kept[str] = Kept(2)
    for name in ("one", "two", "one", "three"):
        kept.keep(name, name)
    assert [kept.find(name) for name in ("one", "two", "three")] == ["one", None, "three"]


def test_what_is_too_old_is_found_no_more() -> None:
    kept: Kept[str] = Kept(64, clock := Clock())
    kept.keep("words", "words")
    clock.now = MOST_SECONDS
    before = kept.find("words")
    clock.now += 1
    assert (before, kept.find("words")) == ("words", None)


def test_any_visit_lets_go_of_what_is_too_old() -> None:
    kept: Kept[str] = Kept(64, clock := Clock())
    for second in range(3):
        clock.now = float(second)
        kept.keep(second, "words")
    clock.now = MOST_SECONDS + 1.5
    kept.find("something else")
    assert list(kept._made) == [2]  # noqa: SLF001  # what is held, found or not
