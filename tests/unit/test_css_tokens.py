"""The colours people read by, and the weight of what every page brings along."""

import gzip
import re
from pathlib import Path

import pytest

import portal

STATIC = Path(portal.__file__).parent / "static"
STYLESHEETS = ("css/portal.css", "css/desk.css")

TEXT_CONTRAST = 4.5  # WCAG 2.2, 1.4.3
BORDER_CONTRAST = 3.0  # WCAG 2.2, 1.4.11
TEXT_PAIRS = (
    ("ink", "paper"),
    ("ink", "raised"),
    ("ink", "sunken"),
    ("ink", "accent-soft"),
    ("ink", "error-soft"),
    ("ink", "ok-soft"),
    ("ink", "warn-soft"),
    ("muted", "paper"),
    ("muted", "raised"),
    ("muted", "sunken"),
    ("muted", "accent-soft"),
    ("accent", "paper"),
    ("accent", "raised"),
    ("accent", "sunken"),
    ("accent", "accent-soft"),
    ("on-accent", "accent"),
    ("error", "paper"),
    ("error", "raised"),
    ("error", "accent-soft"),
    ("error", "error-soft"),
    ("ok", "paper"),
    ("ok", "ok-soft"),
    ("warn", "paper"),
    ("warn", "accent-soft"),
    ("warn", "warn-soft"),
)
BORDER_PAIRS = (
    ("field", "paper"),
    ("field", "raised"),
    ("accent", "paper"),
    ("error", "paper"),
    ("error", "raised"),
    ("ink", "paper"),
)
PHYSICAL = re.compile(
    r"(?<![\w-])(?:(?:margin|padding|border|inset|scroll-margin|scroll-padding)-(?:left|right|top|bottom)"
    r"|border-(?:top|bottom)-(?:left|right)-radius|left|right|top|bottom|(?:min-|max-)?(?:width|height))\s*:"
    r"|(?:text-align|float|clear)\s*:\s*(?:left|right)"
)
FOUR_SIDES = re.compile(r"(?:margin|padding|inset)\s*:\s*([^;}]+)[;}]")
# The tick of a checkbox is turned by 45 degrees and reads the same in every script.
TURNED = "border-width: 0 2.5px 2.5px 0"


def read_sheet(name: str) -> str:
    """Return a stylesheet without its comments."""
    return re.sub(r"/\*.*?\*/", "", (STATIC / name).read_text(encoding="utf-8"), flags=re.DOTALL)


def read_tokens(scheme: str) -> dict[str, str]:
    """Return the colours of the light or dark scheme by token name."""
    tokens, _, _ = read_sheet("css/portal.css").partition("@layer base {")
    light, _, dark = tokens.partition("prefers-color-scheme: dark")
    return dict(re.findall(r"--([\w-]+): (#[0-9A-F]{6})", dark if scheme == "dark" else light))


def measure_luminance(colour: str) -> float:
    """Return the relative luminance of #RRGGBB, 0 to 1, as WCAG 2.2 defines it."""
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def measure_contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21."""
    dark, light = sorted((measure_luminance(one), measure_luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def find_weak_pairs(scheme: str, pairs: tuple[tuple[str, str], ...], least: float) -> list[str]:
    """Name the pairs of a scheme whose contrast is under `least`."""
    tokens = read_tokens(scheme)
    return [
        f"{front} on {ground}"
        for front, ground in pairs
        if measure_contrast(tokens[front], tokens[ground]) < least
    ]


def weigh(*names: str) -> int:
    """Return the bytes of the files after gzip, as they travel."""
    return sum(len(gzip.compress((STATIC / name).read_bytes(), 9)) for name in names)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read_on_every_ground(scheme: str) -> None:
    assert find_weak_pairs(scheme, TEXT_PAIRS, TEXT_CONTRAST) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_borders_of_controls_can_be_seen(scheme: str) -> None:
    assert find_weak_pairs(scheme, BORDER_PAIRS, BORDER_CONTRAST) == []


def test_both_schemes_have_the_same_tokens() -> None:
    assert sorted(read_tokens("light")) == sorted(read_tokens("dark"))


@pytest.mark.parametrize("name", STYLESHEETS)
def test_colours_are_named_once_as_tokens(name: str) -> None:
    rules = re.sub(r"--[\w-]+: #[0-9A-F]{6};", "", read_sheet(name))
    assert re.findall(r"#[0-9A-Fa-f]{3,8}\b|\brgb|\bhsl", rules) == []


@pytest.mark.parametrize("name", STYLESHEETS)
def test_every_token_used_is_defined(name: str) -> None:
    known = set(re.findall(r"(--[\w-]+):", read_sheet("css/portal.css")))
    assert set(re.findall(r"var\((--[\w-]+)", read_sheet(name))) - known == set()


@pytest.mark.parametrize("name", STYLESHEETS)
def test_pages_turn_around_for_right_to_left_scripts(name: str) -> None:
    rules = read_sheet(name).replace(TURNED, "")
    assert [match.group() for match in PHYSICAL.finditer(rules)] == []


@pytest.mark.parametrize("name", STYLESHEETS)
def test_no_shorthand_gives_the_two_sides_different_space(name: str) -> None:
    values = [
        re.sub(r"\([^()]*(?:\([^()]*\)[^()]*)*\)", "()", found)
        for found in FOUR_SIDES.findall(read_sheet(name))
    ]
    assert [value for value in values if len(value.split()) == 4] == []


@pytest.mark.parametrize(
    ("names", "most_kilobytes"),
    [
        (("css/portal.css",), 8),
        (("js/form.mjs",), 6),
        (("js/form.mjs", "js/desk.mjs", "js/copy.mjs"), 12),
    ],
)
def test_files_fit_a_slow_line(names: tuple[str, ...], most_kilobytes: int) -> None:
    assert weigh(*names) <= most_kilobytes * 1024
