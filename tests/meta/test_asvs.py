"""Every requirement of OWASP ASVS 5 of our level has its tests or its reason."""

import tomllib

import pytest

from tests.security.asvs import BASELINE, TABLE, Answer, find_faults, is_there, read_table

HERE = "tests/meta/test_asvs.py::test_every_requirement_is_answered"


@pytest.fixture(scope="module")
def table() -> dict[str, Answer]:
    return read_table(TABLE.read_text(encoding="utf-8"))


def test_every_requirement_is_answered(table: dict[str, Answer]) -> None:
    assert list(find_faults(table)) == []


def test_the_levels_have_as_many_requirements_as_the_standard_says() -> None:
    assert (len(BASELINE), len(set(BASELINE))) == (2 + 217 + 12, len(BASELINE))


@pytest.mark.parametrize(
    ("name", "answer", "fault"),
    [
        ("V1.1.1", Answer(), "V1.1.1 has neither test nor reason"),
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
