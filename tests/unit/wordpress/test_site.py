"""What is asked of a site in more than one go."""

import json
import socket
from pathlib import Path
from typing import Any

from portal.wordpress.http import Policy
from portal.wordpress.networks import read_networks
from portal.wordpress.site import Site
from tests.support.certificates import Authority
from tests.support.tls_server import make_answer, serve


def test_all_categories_come_however_many_there_are(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    asked: list[int] = []

    def give_one(line: socket.socket) -> None:
        asked.append(len(asked) + 1)
        found: list[dict[str, Any]] = [
            {"id": asked[-1], "name": f"N{asked[-1]}", "slug": f"n{asked[-1]}", "parent": 0}
        ]
        line.sendall(make_answer(json.dumps(found).encode(), b"X-WP-TotalPages: 3"))

    policy = Policy(
        networks=read_networks("127.0.0.1"),
        ca_file=authority.file,
        resolve=lambda _host, _port: ["127.0.0.1"],
    )
    with serve(authority.certify("newsroom.example"), give_one) as heard:
        found = Site(f"https://newsroom.example:{heard.port}", "", "", policy).list_categories()
    pages = [request.partition(b" HTTP")[0].rpartition(b"page=")[2] for request in heard.requests]
    assert ([one.id for one in found], pages) == ([1, 2, 3], [b"1", b"2", b"3"])
    assert not any(b"Authorization" in request for request in heard.requests)
