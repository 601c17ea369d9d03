"""What a browser does with a challenge: it counts until a derived key begins as asked."""

from collections.abc import Mapping
from typing import Any

from altcha import Challenge, Payload, solve_challenge


def solve(challenge: Mapping[str, Any], *, start: int = 0) -> str:
    """Return what goes into the field `proof`."""
    asked = Challenge.from_dict(dict(challenge))
    solution = solve_challenge(asked, counter_start=start)
    assert solution is not None
    return Payload(asked, solution).to_base64()
