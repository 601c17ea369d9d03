"""Limits of length, by script."""

import pytest

from portal.domain.limits import Limit, is_too_long, limit_for

STORY = Limit(letters=20_000, han=8_000)


def test_letter_scripts_have_the_letter_limit() -> None:
    assert limit_for(STORY, "letters") == 20_000


def test_han_texts_have_the_han_limit() -> None:
    assert limit_for(STORY, "han") == 8_000


def test_a_text_of_just_the_limit_fits() -> None:
    assert not is_too_long(8_000, STORY, "han")


def test_one_character_more_is_too_long() -> None:
    assert is_too_long(8_001, STORY, "han")


def test_a_limit_that_nothing_fits_into_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1 character"):
        Limit(letters=0, han=1)
