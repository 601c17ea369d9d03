"""One exchange with a site: https to a checked public address, and an end to time, bytes and trust."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from portal.wordpress.networks import Networks, resolve_name


@dataclass(frozen=True)
class Policy:
    """What the operator allows, and the limits of one exchange."""

    networks: Networks = field(default_factory=Networks)
    ca_file: Path | None = None
    """Certificates of a newsroom's own authority, besides those of the system."""
    connect_seconds: float = 10
    read_seconds: float = 60
    """How long one piece of an answer is waited for: sites make smaller forms of a picture meanwhile."""
    total_seconds: float = 180
    most_bytes: int = 16 * 1024 * 1024
    resolve: Callable[[str, int], Sequence[str]] = resolve_name


@dataclass(frozen=True)
class Answer:
    """What a site answered: JSON that is read."""

    status: int
    headers: Mapping[str, str]
    data: Any = field(repr=False)


class HttpClient:
    """Speaks to one site."""

    def __init__(self, address: str, account: str, password: str, policy: Policy) -> None:
        self._address, self._account, self._password = address, account, password
        self._policy = policy
