"""Runs over all that is there are cut into blocks as large as the machine is fast."""

import pytest

from portal.bulk_run import LONGEST_BLOCK, choose_size

SLOW = 2 * LONGEST_BLOCK


@pytest.mark.parametrize(
    ("size", "seconds", "fewest", "expected"),
    [
        (1, 0.0, 1, 2),
        (500, 0.0, 1, 500),
        (40, SLOW, 1, 20),
        (1, SLOW, 1, 1),
        (10, SLOW, 8, 8),
        (1, SLOW, 8, 8),
        (1, 0.0, 8, 8),
        (8, 0.0, 8, 9),
        (1, SLOW, 900, 500),
    ],
)
def test_the_next_block_is_larger_where_there_was_time(
    size: int, seconds: float, fewest: int, expected: int
) -> None:
    assert choose_size(size, seconds, most=500, fewest=fewest) == expected
