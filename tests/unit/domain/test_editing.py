"""Whose words stand where after two people have edited one draft."""

from portal.domain.editing import find_untouched


def test_what_somebody_left_as_it_was_is_not_theirs() -> None:
    saves = [{"title": "A", "body": "B", "dek": ""}, {"title": "Another", "body": "B", "dek": ""}]
    assert find_untouched({"title": "A", "body": "My text", "dek": ""}, saves) == {"title", "dek"}


def test_somebody_may_have_begun_several_saves_ago() -> None:
    saves = [{"title": "A", "body": "B"}, {"title": "B", "body": "C"}, {"title": "C", "body": "D"}]
    assert find_untouched({"title": "A", "body": "My text"}, saves) == {"title"}


def test_without_an_earlier_save_everything_is_theirs() -> None:
    assert find_untouched({"title": "A"}, [{"title": "A"}]) == frozenset()
