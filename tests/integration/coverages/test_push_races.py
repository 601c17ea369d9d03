"""Workers that reach for the same story at the same moment, on both databases."""

from tests.integration.coverages.test_pushes import World
from tests.integration.coverages.test_pushes import world as world  # noqa: PLC0414  # a fixture, for this module too
from tests.support.concurrency import act_at_once, meeting_before


def test_of_workers_at_the_same_moment_one_takes_it(world: World) -> None:
    with meeting_before("UPDATE push", world.app):
        claims = act_at_once([world.claim, world.claim])
    assert sum(one is not None for one in claims) == 1
