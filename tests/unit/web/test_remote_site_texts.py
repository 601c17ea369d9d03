"""Every problem, status, part and step has words of its own, in each language."""

import re
from collections.abc import Callable
from enum import StrEnum
from typing import Any

import pytest
from flask import Flask
from flask_babel import force_locale

from portal.domain.languages import LOCALES
from portal.domain.remote_sites import PostField, RemoteStatus, SiteProblem
from portal.web.site.remote_site_texts import (
    describe_account,
    post_field_label,
    problem_sentence,
    remote_status_label,
)
from portal.wordpress.posts import Account

WORDS: list[tuple[type[StrEnum], Callable[[Any], str]]] = [
    (SiteProblem, problem_sentence),
    (RemoteStatus, remote_status_label),
    (PostField, post_field_label),
]
ROLES = {
    "subscriber": (False,) * 9,
    "contributor": (True, *(False,) * 8),
    "author": (True, True, False, True, False, True, True, True, False),
    "administrator": (True,) * 9,
}


@pytest.mark.parametrize(("members", "write"), WORDS)
def test_each_one_has_words_of_its_own(
    sqlite_app: Flask, members: type[StrEnum], write: Callable[[Any], str]
) -> None:
    with sqlite_app.test_request_context():
        for locale in LOCALES:
            with force_locale(locale.babel):
                words = [write(one) for one in members]
            assert (len(set(words)), "" in words) == (len(members), False)


def test_each_problem_comes_with_what_to_do_about_it(sqlite_app: Flask) -> None:
    with sqlite_app.test_request_context(), force_locale("en"):
        told = {one: problem_sentence(one) for one in SiteProblem}
    assert [one for one, sentence in told.items() if not re.search(r"[.;] \S", sentence)] == []


@pytest.mark.parametrize(
    ("role", "good"),
    [
        ("subscriber", [False, False, True, False]),
        ("contributor", [True, False, True, False]),
        ("author", [True, True, True, True, True]),
        ("administrator", [True, True, True, True, False]),
    ],
)
def test_an_account_is_described_by_what_it_may(sqlite_app: Flask, role: str, good: list[bool]) -> None:
    with sqlite_app.test_request_context():
        told = describe_account(Account(1, role, *ROLES[role]))
    assert [one.is_good for one in told] == good
