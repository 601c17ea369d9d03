"""Every requirement of OWASP ASVS 5 of our level has its tests or its reason, or is known to be open."""

import tomllib

import pytest

from tests.security.asvs import BASELINE, TABLE, Answer, find_faults, is_there, read_table

HERE = "tests/meta/test_asvs.py::test_every_requirement_is_answered"
OPEN = """
V6.1.2 V6.2.11 V6.2.12 V6.3.5 V6.4.4 V7.4.5 V11.1.1 V11.2.2 V11.4.1 V13.2.5 V14.1.2
V15.1.3 V16.3.1 V16.3.3 V16.4.3
"""
"""What is not met yet: the table says of each what is missing. This list gets shorter, never longer."""


@pytest.fixture(scope="module")
def table() -> dict[str, Answer]:
    return read_table(TABLE.read_text(encoding="utf-8"))


def test_every_requirement_is_answered(table: dict[str, Answer]) -> None:
    assert list(find_faults(table)) == []


def test_what_is_open_is_what_we_know_of(table: dict[str, Answer]) -> None:
    assert sorted(name for name, answer in table.items() if answer.open) == sorted(OPEN.split())


def test_the_levels_have_as_many_requirements_as_the_standard_says() -> None:
    assert (len(BASELINE), len(set(BASELINE))) == (2 + 217 + 12, len(BASELINE))


@pytest.mark.parametrize(
    ("name", "answer", "fault"),
    [
        ("V1.1.1", Answer(), "V1.1.1 has neither test nor reason"),
        ("V1.1.1", Answer(reason="So.", open="Not yet."), "V1.1.1 is both answered and open"),
        ("V1.1.1", Answer(tests=("tests/no.py::test_a",)), "V1.1.1: there is no tests/no.py::test_a"),
        ("V1.1.1", Answer(tests=(HERE + "_twice",)), f"V1.1.1: there is no {HERE}_twice"),
        ("V1.1.9", Answer(reason="So."), "V1.1.9 is no requirement of ours"),
    ],
)
def test_an_entry_that_shows_nothing_is_found(
    table: dict[str, Answer], name: str, answer: Answer, fault: str
) -> None:
    assert list(find_faults({**table, name: answer})) == [fault]


def test_a_requirement_without_an_entry_is_found(table: dict[str, Answer]) -> None:
    less = {name: answer for name, answer in table.items() if name != "V16.5.4"}
    assert list(find_faults(less)) == ["V16.5.4 has no entry"]


def test_an_entry_that_stands_there_twice_is_refused() -> None:
    with pytest.raises(tomllib.TOMLDecodeError):
        read_table('"V1.1.1" = { reason = "So." }\n"V1.1.1" = { reason = "Or so." }\n')


def test_a_test_that_is_there_is_found() -> None:
    assert is_there(HERE)
