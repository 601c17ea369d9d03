"""Which machines the portal speaks to, however their addresses are written."""

import pytest

from portal.wordpress.networks import Networks, read_networks

PUBLIC = "93.184.216.34 2606:2800:220:1::1 ::ffff:93.184.216.34 64:ff9b::5db8:d822 2002:5db8:d822::1"
NOT_PUBLIC = (
    "127.0.0.1 127.255.255.254 10.0.0.1 172.16.0.1 192.168.0.1 169.254.169.254 100.64.0.1 0.0.0.0 192.0.0.8 "
    "192.0.2.1 192.88.99.1 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.250 240.0.0.1 "
    "255.255.255.255 :: ::1 ::7f00:1 ::ffff:127.0.0.1 ::ffff:169.254.169.254 64:ff9b::7f00:1 "
    "64:ff9b::a9fe:a9fe 64:ff9b:1::1 100::1 2001::1 2001:db8::1 2002:7f00:1::1 2002:a00:1::1 3fff::1 5f00::1 "
    "2606:2800:220:1:0:5efe:7f00:1 fc00::1 fd00:ec2::254 fe80::1 fe80::1%eth0 fec0::1 ff02::1"
)


@pytest.mark.parametrize("address", PUBLIC.split())
def test_a_public_machine_may_be_spoken_to(address: str) -> None:
    assert Networks().allow("newsroom.example", address)


@pytest.mark.parametrize("address", NOT_PUBLIC.split())
def test_no_other_machine_may(address: str) -> None:
    assert not Networks().allow("newsroom.example", address)


@pytest.mark.parametrize(
    ("setting", "host", "address", "expected"),
    [
        ("10.1.0.0/16", "wp.intern", "10.1.2.3", True),
        ("10.1.0.0/16", "wp.intern", "10.2.0.1", False),
        ("10.1.0.0/16", "wp.intern", "64:ff9b::a01:203", True),
        ("wp.intern", "WP.intern.", "10.2.0.1", True),
        ("wp.intern", "evil.wp.intern", "10.2.0.1", False),
        ("fd00::/8, [::1]", "wp.intern", "::1", True),
        ("10.1.2.3", "wp.intern", "127.0.0.1", False),
    ],
)
def test_the_operator_names_others(setting: str, host: str, address: str, *, expected: bool) -> None:
    assert read_networks(setting).allow(host, address) is expected


@pytest.mark.parametrize(
    "text", ["10.1.0.1/16", "https://wp.intern", "wp intern", "300.1.1.1", "wp.intern:8443", "*"]
)
def test_what_is_no_network_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"does not appear|has host bits"):
        read_networks(text)
