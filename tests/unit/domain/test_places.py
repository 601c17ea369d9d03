"""Exact places are found in every spelling people use; towns, dates and numbers are let alone."""

import pytest

from portal.domain.places import PlaceKind, find_exact_place

EXACT = [
    ("Біля 50.4501, 30.5234, у березні", PlaceKind.DECIMAL),
    ("25.0330 121.5654", PlaceKind.DECIMAL),
    ("50,4501; 30,5234", PlaceKind.DECIMAL),
    ("-33.8688, 151.2093", PlaceKind.DECIMAL),
    ("90.0000, 180.0000", PlaceKind.DECIMAL),
    ("-90.0000, -180.0000", PlaceKind.DECIMAL),
    ("50.4501° N, 30.5234° E", PlaceKind.DECIMAL),
    ("N50.4501, E30.5234", PlaceKind.DECIMAL),
    ("lat: 50.4501, lon: 30.5234", PlaceKind.DECIMAL),
    ("49.9935° пн. ш., 36.2304° сх. д.", PlaceKind.DECIMAL),
    ("北緯25.0330度 東經121.5654度", PlaceKind.DECIMAL),
    ("２５．０３３０，１２１．５６５４", PlaceKind.DECIMAL),
    ("50°27′01″N 30°31′24″E", PlaceKind.DEGREES),
    ("50°27'01\"N", PlaceKind.DEGREES),
    ("50° 27.016' пн. ш.", PlaceKind.DEGREES),
    ("北緯25度2分1秒", PlaceKind.DEGREES),
    ("8Q72GHX8+2V", PlaceKind.PLUS_CODE),
    ("GHX8+2VR Taipei", PlaceKind.PLUS_CODE),
    ("https://maps.app.goo.gl/abcDEF123", PlaceKind.MAP_LINK),
    ("www.google.com/maps/@50.4,30.5,12z", PlaceKind.MAP_LINK),
    ("https://www.google.com.tw/maps/place/x", PlaceKind.MAP_LINK),
    ("https://maps.google.com/?q=here", PlaceKind.MAP_LINK),
    ("https://www.openstreetmap.org/#map=19/50.4/30.5", PlaceKind.MAP_LINK),
    ("https://osm.org/go/0EEQjE", PlaceKind.MAP_LINK),
    ("https://maps.apple.com/?ll=50.4,30.5", PlaceKind.MAP_LINK),
    ("geo:50.4501,30.5234", PlaceKind.MAP_LINK),
    ("///filled.count.soap", PlaceKind.MAP_LINK),
    ("36U UA 12345 67890", PlaceKind.GRID),
    ("36UUA1234567890", PlaceKind.GRID),
    ("51R UH 38 71", PlaceKind.GRID),
    ("36U 324567 5589123", PlaceKind.GRID),
]
COARSE = [
    "Харків, березень 2022",
    "台北，2023年3月",
    "Kharkiv and Taipei, 2022, 2023",
    "24.02.2022, 05:00",
    "12.5, 13.75",
    "3,500, 4,200 people",
    "3.500, 4.200 людей",
    "1.234.567, 2.345.678",
    "999.1234, 999.5678",
    "90.5001, 120.1234",
    "50.4501, 180.5001",
    "the 25th of March at 36.6 °C",
    "the 36U gate, row 12",
    "2+2 = 4, 2345+67",
    "See https://example.org/maps/ and https://globalvoices.org/2026/03/",
    "50°",
    "C++ 2026",
    "+380 50 123 45 67",
    "02-2345-6789",
    "",
]


@pytest.mark.parametrize(("text", "kind"), EXACT)
def test_an_exact_place_is_found(text: str, kind: PlaceKind) -> None:
    found = find_exact_place(text)
    assert found is not None
    assert found.kind is kind


@pytest.mark.parametrize("text", COARSE)
def test_a_coarse_place_is_let_alone(text: str) -> None:
    assert find_exact_place(text) is None


def test_what_was_found_is_named() -> None:
    found = find_exact_place("Ми стояли тут: 50.4501, 30.5234 до ранку.")
    assert found is not None
    assert found.text == "50.4501, 30.5234"
