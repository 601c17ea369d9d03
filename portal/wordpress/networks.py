"""Networks and machines the portal may connect to: public ones, and those the operator names."""

import socket
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

_NAT64 = IPv6Network("64:ff9b::/96")
_COMPATIBLE = IPv6Network("::/96")
_ISATAP = (0x00005EFE, 0x02005EFE)
_LOWEST_32 = 0xFFFFFFFF
_NOT_PUBLIC = tuple(
    map(
        ip_network,
        (
            "192.0.0.0/24",
            "192.88.99.0/24",
            "64:ff9b:1::/48",
            "100::/64",
            "2001::/23",
            "3fff::/20",
            "5f00::/16",
        ),
    )
)
"""What older Pythons take for public: for protocols, relays, translators of a network, writing books."""


@dataclass(frozen=True)
class Networks:
    """Hosts and networks that are not public and may be spoken to all the same."""

    hosts: frozenset[str] = frozenset()
    networks: tuple[IPv4Network | IPv6Network, ...] = ()

    def allow(self, host: str, address: str) -> bool:
        """Say whether a machine may be spoken to, by the name that was typed and its address."""
        if host.lower().rstrip(".") in self.hosts:
            return True
        found = ip_address(address)
        if any(one in network for one in (found, *_embedded(found)) for network in self.networks):
            return True
        return is_public_address(found)


def read_networks(text: str) -> Networks:
    """Read a comma-separated list of host names, addresses and networks. Raises ValueError."""
    hosts: set[str] = set()
    networks: list[IPv4Network | IPv6Network] = []
    for one in filter(None, (part.strip() for part in text.split(","))):
        try:
            networks.append(ip_network(one.strip("[]")))
        except ValueError:
            if not _is_name(one):
                raise
            hosts.add(one.lower().rstrip("."))
    return Networks(frozenset(hosts), tuple(networks))


def _is_name(text: str) -> bool:
    """Say whether this is a host's name: letters in it, and no mask, port or address."""
    return text.replace("-", "").replace(".", "").replace("_", "").isalnum() and any(
        letter.isalpha() for letter in text.rpartition(".")[2]
    )


def is_public_address(address: IPv4Address | IPv6Address) -> bool:
    """Say whether this is an address of the public network for one machine, and leads to no other one."""
    embedded = _embedded(address)
    if embedded and (address in _NAT64 or embedded[0] == getattr(address, "ipv4_mapped", None)):
        return is_public_address(embedded[0])
    return (
        address.is_global
        and not (
            address.is_multicast
            or address.is_reserved
            or address.is_private
            or (isinstance(address, IPv6Address) and address.is_site_local)
            or any(address in network for network in _NOT_PUBLIC)
        )
        and all(map(is_public_address, embedded))
    )


def _embedded(address: IPv4Address | IPv6Address) -> list[IPv4Address]:
    """Return the older addresses that a newer one leads to, in each way there is to write one inside."""
    if isinstance(address, IPv4Address):
        return []
    number = int(address)
    found = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if address in _NAT64 or address in _COMPATIBLE or (number >> 32) & _LOWEST_32 in _ISATAP:
        found.append(IPv4Address(number & _LOWEST_32))
    return [one for one in found if one is not None]


def resolve_name(host: str, port: int) -> Sequence[str]:
    """Return the addresses of a host as the system knows them. Raises OSError."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
