"""Blocks of a bulk run are as large as the machine is fast."""

from portal.bulk_run import LONGEST_BLOCK, BulkRun
from portal.domain.bulk_runs import RunKind


def test_a_block_grows_where_one_more_fits_and_is_halved_after_one_that_took_long() -> None:
    run, sizes = BulkRun(RunKind.ERASING), []
    for block, seconds in zip(
        run.cut_by_time(range(18), most=4), (10, 0, LONGEST_BLOCK, 0, 0, 1, 1, 0, 0), strict=True
    ):
        sizes.append(len(block))
        run.last_seconds = seconds
    assert sizes == [1, 1, 2, 2, 3, 4, 2, 1, 2]
