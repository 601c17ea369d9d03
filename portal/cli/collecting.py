"""The collector of cyclic garbage in processes that answer requests."""

import gc

_NEW_OBJECTS = 10_000
"""Containers made before it looks at the young ones: three requests or so, a few megabytes."""


def collect_seldom() -> None:
    """Have the collector pass over what is there for good, and look at the rest less often.

    Call it when everything is loaded, before processes are forked: what it never touches stays shared by
    them. As it is set by Python, it takes a third of the time of a sending, and now and then a tenth of a
    second, in which others may wait for a lock.
    """
    gc.collect()
    gc.freeze()
    _often, *older = gc.get_threshold()
    gc.set_threshold(_NEW_OBJECTS, *older)
