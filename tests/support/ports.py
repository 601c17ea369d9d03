"""Ports of this machine."""

import socket
from contextlib import closing


def find_free_port() -> int:
    """Return a port nobody listens at."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
