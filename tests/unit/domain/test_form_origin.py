import pytest

from portal.domain.form_origin import FormRefusal, SentFrom, judge_origin, list_own_origins, read_origin

BASE = "https://portal.example"
OWN = list_own_origins(BASE, ["portal.example", "second.example", "quiet.onion"])
ELSEWHERE, UNKNOWN = FormRefusal.OTHER_SITE, FormRefusal.OTHER_ADDRESS


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("https://Portal.Example", "https://portal.example"),
        ("https://portal.example:443/uk/", "https://portal.example"),
        ("https://portal.example:8443/", "https://portal.example:8443"),
        ("http://portal.example:80", "http://portal.example"),
        ("http://[::1]:8000/", "http://[::1]:8000"),
        ("https://Bücher.example/", "https://xn--bcher-kva.example"),
        ("https://name@evil.example/", "https://evil.example"),
        ("null", ""),
        ("", ""),
        ("portal.example", ""),
        ("file:///tmp/page.html", ""),
        ("chrome-extension://abcdef", ""),
        ("https://portal.example:port/", ""),
        ("https://[portal.example/", ""),
        ("https://" + "a" * 80 + ".example", ""),
    ],
)
def test_an_origin_has_one_spelling(address: str, origin: str) -> None:
    assert read_origin(address) == origin


@pytest.mark.parametrize(
    "sent",
    [
        SentFrom(),
        SentFrom(site="same-origin"),
        SentFrom(site="none"),
        SentFrom(origin=BASE),
        SentFrom(origin=BASE, site="same-origin"),
        SentFrom(origin=f"{BASE}:443"),
        SentFrom(origin="https://second.example"),
        SentFrom(origin="https://quiet.onion"),
        SentFrom(origin="http://quiet.onion"),
        SentFrom(origin="null"),
        SentFrom(origin="null", site="same-origin"),
        SentFrom(origin="null", referrer="https://evil.example/"),
        SentFrom(referrer=f"{BASE}/uk/my"),
        SentFrom(referrer=f"{BASE}/"),
        SentFrom(referrer="hidden"),
        SentFrom(origin=BASE, referrer="https://evil.example/"),
    ],
)
def test_our_own_page_and_a_browser_that_says_nothing_are_believed(sent: SentFrom) -> None:
    assert judge_origin(sent, OWN) is None


@pytest.mark.parametrize(
    ("sent", "cause"),
    [
        (SentFrom(site="cross-site"), ELSEWHERE),
        (SentFrom(site="same-site"), ELSEWHERE),
        (SentFrom(site="same-site", origin=BASE), ELSEWHERE),
        (SentFrom(site="cross-site", origin="null"), ELSEWHERE),
        (SentFrom(site="Same-Origin, cross-site"), ELSEWHERE),
        (SentFrom(origin="https://evil.example"), ELSEWHERE),
        (SentFrom(origin="https://portal.example.evil.example"), ELSEWHERE),
        (SentFrom(origin="https://evilportal.example"), ELSEWHERE),
        (SentFrom(origin="https://sub.portal.example"), ELSEWHERE),
        (SentFrom(origin="file://"), ELSEWHERE),
        (SentFrom(origin="nonsense"), ELSEWHERE),
        (SentFrom(referrer="https://evil.example/portal.example"), ELSEWHERE),
        (SentFrom(origin="https://evil.example", referrer=f"{BASE}/"), ELSEWHERE),
        (SentFrom(origin="http://portal.example"), UNKNOWN),
        (SentFrom(origin="https://portal.example:8443"), UNKNOWN),
        (SentFrom(referrer="http://portal.example/uk/my"), UNKNOWN),
        (SentFrom(origin="https://www.portal.example", site="same-origin"), UNKNOWN),
    ],
)
def test_other_sites_and_addresses_we_do_not_know_are_refused_each_by_its_name(
    sent: SentFrom, cause: FormRefusal
) -> None:
    assert judge_origin(sent, OWN) is cause


def test_a_portal_that_is_not_encrypted_takes_forms_from_a_proxy_that_encrypts() -> None:
    own = list_own_origins("http://127.0.0.1:8000", ["127.0.0.1:8000", "portal.example"])
    assert own == {
        "http://127.0.0.1:8000",
        "https://127.0.0.1:8000",
        "http://portal.example",
        "https://portal.example",
    }
