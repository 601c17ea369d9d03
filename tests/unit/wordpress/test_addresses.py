"""Addresses of newsrooms' sites as people type and paste them."""

import pytest

from portal.domain.remote_sites import SiteProblem
from portal.wordpress.addresses import normalize_address
from portal.wordpress.failures import SiteFailure


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("https://newsroom.example", "https://newsroom.example"),
        (" newsroom.example/ ", "https://newsroom.example"),
        ("https://Newsroom.Example:443/uk/", "https://newsroom.example/uk"),
        ("https://newsroom.example:8443/wp-admin/edit.php?x=1", "https://newsroom.example:8443"),
        ("https://newsroom.example/uk/wp-json/wp/v2/posts", "https://newsroom.example/uk"),
        (
            "https://редакція.укр/новини",
            "https://xn--80ahcw0a4bydvc.xn--j1amh/%D0%BD%D0%BE%D0%B2%D0%B8%D0%BD%D0%B8",
        ),
        ("https://[2606:2800:220:1::1]/", "https://[2606:2800:220:1::1]"),
    ],
)
def test_an_address_is_kept_as_it_is_meant(typed: str, kept: str) -> None:
    assert normalize_address(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "http://newsroom.example",
        "ftp://newsroom.example",
        "https://",
        "https://editor:secret@newsroom.example",
        "https://newsroom.example:port",
        "https://newsroom.example:99999",
        "https://newsroom example",
        "https://newsroom.example/\r\nHost: evil.example",
        "https://newsroom.example\\@evil.example",
        "https://a..b",
        "https://" + "a" * 600,
    ],
)
def test_no_other_address_is_taken(typed: str) -> None:
    with pytest.raises(SiteFailure) as refused:
        normalize_address(typed)
    assert refused.value.problem is SiteProblem.BAD_ADDRESS
