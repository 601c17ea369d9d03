"""What passkeys are bound to comes from the public address, where browsers make any."""

import pytest

from portal.domain.passkeys import RelyingParty, find_relying_party


@pytest.mark.parametrize(
    ("address", "site"),
    [
        ("https://desk.example.org", RelyingParty("https://desk.example.org", "desk.example.org")),
        ("https://Desk.Example.org:443/portal", RelyingParty("https://desk.example.org", "desk.example.org")),
        ("https://desk.example.org:8443", RelyingParty("https://desk.example.org:8443", "desk.example.org")),
        ("https://історії.укр", RelyingParty("https://xn--n1aebe2heh.xn--j1amh", "xn--n1aebe2heh.xn--j1amh")),
        ("http://localhost:8000", RelyingParty("http://localhost:8000", "localhost")),
        ("http://desk.localhost", RelyingParty("http://desk.localhost", "desk.localhost")),
        ("http://desk.example.org", None),
        ("http://127.0.0.1:8000", None),
        ("https://192.0.2.7", None),
        ("https://[2001:db8::7]", None),
        ("", None),
    ],
)
def test_a_passkey_is_bound_to_the_public_address(address: str, site: RelyingParty | None) -> None:
    assert find_relying_party(address) == site
