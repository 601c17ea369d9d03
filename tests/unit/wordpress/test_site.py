"""What is asked of a site in more than one go."""

import json
import socket
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from portal.domain.remote_sites import SiteProblem
from portal.wordpress.failures import SiteFailure
from portal.wordpress.http import Policy
from portal.wordpress.networks import read_networks
from portal.wordpress.site import Site
from tests.support.certificates import Authority
from tests.support.tls_server import Behave, answer, make_answer, serve


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def policy(authority: Authority) -> Policy:
    return Policy(
        networks=read_networks("127.0.0.1"),
        ca_file=authority.file,
        resolve=lambda _host, _port: ["127.0.0.1"],
    )


def name_category(number: int) -> dict[str, Any]:
    return {"id": number, "name": f"N{number}", "slug": f"n{number}", "parent": 0}


def test_all_categories_come_however_many_there_are(authority: Authority, policy: Policy) -> None:
    asked: list[int] = []

    def give_one(line: socket.socket) -> None:
        asked.append(len(asked) + 1)
        found = [name_category(asked[-1])]
        line.sendall(make_answer(json.dumps(found).encode(), b"X-WP-TotalPages: 3"))

    with serve(authority.certify("newsroom.example"), give_one) as heard:
        found = Site(f"https://newsroom.example:{heard.port}", "", "", policy).list_categories()
    pages = [request.partition(b" HTTP")[0].rpartition(b"page=")[2] for request in heard.requests]
    assert ([one.id for one in found], pages) == ([1, 2, 3], [b"1", b"2", b"3"])
    assert not any(b"Authorization" in request for request in heard.requests)


def test_a_page_with_more_than_was_asked_for_is_no_answer(authority: Authority, policy: Policy) -> None:
    flood = json.dumps([name_category(number) for number in range(101)]).encode()
    told = answer(make_answer(flood, b"X-WP-TotalPages: 100"))
    assert refuse_categories(authority, policy, told) == (SiteProblem.UNEXPECTED, 1)


def test_pages_that_take_too_long_together_have_an_end(authority: Authority, policy: Policy) -> None:
    seconds = count(0, 60)
    slow = replace(policy, total_seconds=170, tick=lambda: next(seconds))
    told = answer(make_answer(b"[]", b"X-WP-TotalPages: 100"))
    assert refuse_categories(authority, slow, told) == (SiteProblem.SLOW, 3)


def refuse_categories(authority: Authority, policy: Policy, told: Behave) -> tuple[SiteProblem, int]:
    """Return why no categories are read, and how many pages were asked for."""
    with serve(authority.certify("newsroom.example"), told) as heard:
        site = Site(f"https://newsroom.example:{heard.port}", "", "", policy)
        with pytest.raises(SiteFailure) as failed:
            site.list_categories()
    return failed.value.problem, len(heard.requests)
