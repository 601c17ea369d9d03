import pytest

from portal.domain.language_addresses import read_language_segment


@pytest.mark.parametrize(
    ("segment", "tag"),
    [
        ("UK", "UK"),
        ("uk_UA", "uk_UA"),
        ("zh-hant-tw", "zh-hant-tw"),
        ("cmn-Hant-TW", "cmn-Hant-TW"),
        ("crh-UA", "crh-UA"),
        ("sr-Latn-RS", "sr-Latn-RS"),
        ("de-CH-1996", "de-CH-1996"),
        ("ru", "ru"),
        ("ua", "uk"),
        ("UA", "uk"),
        ("tw", "zh-TW"),
        ("CHT", "zh-Hant"),
        ("jp", "ja"),
    ],
)
def test_a_language_is_read_however_it_is_spelt(segment: str, tag: str) -> None:
    assert read_language_segment(segment) == tag


@pytest.mark.parametrize(
    "segment",
    ["", "desk", "wp-admin", "api", "robots", "fr.html", "uk-", "-uk", "xx", "мова", "uk-" * 9],
)
def test_other_parts_of_addresses_are_no_language(segment: str) -> None:
    assert read_language_segment(segment) is None
