"""What servers do to who speaks to them, on real lines: the end is near, and tells nothing that is secret."""

import gzip
import socket
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from portal.domain.remote_sites import SiteProblem
from portal.wordpress.failures import SiteFailure
from portal.wordpress.http import Answer, HttpClient, Policy, Upload
from portal.wordpress.networks import Networks, read_networks
from portal.wordpress.site import Site
from tests.support.certificates import Authority
from tests.support.tls_server import answer, make_answer, serve

NAME = "newsroom.example"
HERE = "127.0.0.1"
PASSWORD = "Geheimnis-4711"
TEXT = "Слова, які не мають вийти"
SOON = 0.5
"""Seconds after which an exchange is over that would not end by itself."""


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def certificate(authority: Authority) -> Path:
    return authority.certify(NAME)


@pytest.fixture
def policy(authority: Authority) -> Policy:
    """Lets the portal speak to 127.0.0.1 and no other machine of this one."""
    return Policy(
        networks=read_networks(f"{HERE}/32"),
        ca_file=authority.file,
        resolve=lambda _host, _port: [HERE],
    )


def client(port: int, policy: Policy) -> HttpClient:
    return HttpClient(f"https://{NAME}:{port}", "author", PASSWORD, policy)


def ask(port: int, policy: Policy) -> Answer:
    return client(port, policy).ask("POST", "/wp-json/x", {"slug": TEXT}, body={"content": TEXT})


def fail(port: int, policy: Policy, caplog: pytest.LogCaptureFixture) -> SiteFailure:
    """Return why there is no answer, after a look for secrets in everything it says."""
    caplog.set_level(0)
    with pytest.raises(SiteFailure) as failed:
        ask(port, policy)
    said = "".join(traceback.format_exception(failed.value, chain=True)) + repr(failed.value) + caplog.text
    causes = (failed.value.__cause__, failed.value.__context__)
    assert (PASSWORD in said, TEXT in said, causes) == (False, False, (None, None))
    return failed.value


def test_an_answer_comes_over_a_sealed_line_from_the_site_that_was_meant(
    certificate: Path, policy: Policy
) -> None:
    with serve(certificate, answer(make_answer(b'{"name": "N"}'))) as heard:
        found = ask(heard.port, policy)
    assert (found.status, found.data, heard.names) == (200, {"name": "N"}, [NAME])
    assert f"\r\nHost: {NAME}:{heard.port}\r\n".encode() in heard.requests[0]


INSIDE = """
127.0.0.1 127.1 2130706433 0x7f000001 0x7f.1 0177.0.0.1 localhost [::1] [::ffff:127.0.0.1] [64:ff9b::7f00:1]
[::ffff:7f00:1] 0 [::] 10.0.0.1 169.254.169.254 [fe80::1]
"""


@pytest.mark.parametrize("host", INSIDE.split())
def test_nobody_is_asked_inside_of_the_house(host: str, certificate: Path) -> None:
    with serve(certificate, answer()) as heard, pytest.raises(SiteFailure) as failed:
        Site(f"https://{host}:{heard.port}", "author", PASSWORD).find_account()
    assert (failed.value.problem, heard.connections) == (SiteProblem.PRIVATE_ADDRESS, 0)


def test_one_private_machine_among_public_ones_is_enough_to_refuse(
    certificate: Path, policy: Policy, caplog: pytest.LogCaptureFixture
) -> None:
    mixed = replace(policy, networks=Networks(), resolve=lambda _host, _port: ["93.184.216.34", HERE])
    with serve(certificate, answer()) as heard:
        failed = fail(heard.port, mixed, caplog)
    assert (failed.problem, failed.place, heard.connections) == (SiteProblem.PRIVATE_ADDRESS, NAME, 0)


def test_a_name_that_changes_its_machine_changes_nothing(certificate: Path, policy: Policy) -> None:
    asked = []

    def resolve(host: str, port: int) -> Sequence[str]:
        asked.append((host, port))
        return [HERE if len(asked) == 1 else "127.0.0.2"]

    with serve(certificate, answer(make_answer(b"{}"))) as heard:
        speaking = client(heard.port, replace(policy, resolve=resolve))
        statuses = [speaking.ask("GET", "/").status for _ in range(2)]
    assert (statuses, asked) == ([200, 200], [(NAME, heard.port)])


def test_a_machine_that_takes_nobody_is_passed_over(certificate: Path, policy: Policy) -> None:
    both = replace(
        policy, networks=read_networks("127.0.0.0/8"), resolve=lambda _host, _port: ["127.0.0.9", HERE]
    )
    with serve(certificate, answer(make_answer(b"{}"))) as heard:
        assert ask(heard.port, both).status == 200


def test_a_name_that_leads_nowhere_is_unknown(policy: Policy, caplog: pytest.LogCaptureFixture) -> None:
    def resolve(_host: str, _port: int) -> Sequence[str]:
        raise socket.gaierror

    assert fail(443, replace(policy, resolve=resolve), caplog).problem is SiteProblem.NAME_UNKNOWN


def test_a_redirect_is_told_and_not_followed(
    certificate: Path, policy: Policy, caplog: pytest.LogCaptureFixture
) -> None:
    moved = make_answer(
        b"", b"Location: https://169.254.169.254/?x=" + PASSWORD.encode(), status=b"302 Found"
    )
    with serve(certificate, answer(moved)) as heard:
        failed = fail(heard.port, policy, caplog)
    told = failed.problem, failed.place, heard.connections
    assert told == (SiteProblem.REDIRECT, "https://169.254.169.254", 1)


@pytest.mark.parametrize("host", [b"a\0b.example", b"a\x1b[31m", b"a\xa0b", b"[::1", b""])
def test_a_redirect_to_what_no_host_is_called_names_none(
    host: bytes, certificate: Path, policy: Policy, caplog: pytest.LogCaptureFixture
) -> None:
    moved = make_answer(b"", b"Location: https://" + host + b"/", status=b"302 Found")
    with serve(certificate, answer(moved)) as heard:
        failed = fail(heard.port, policy, caplog)
    assert (failed.problem, failed.place) == (SiteProblem.REDIRECT, "")


def drip(line: socket.socket) -> None:
    """Say one letter after the other, for ever."""
    line.sendall(b"HTTP/1.1 200 OK\r\nX: ")
    while True:
        line.sendall(b"x")
        time.sleep(0.1)


def flood(line: socket.socket) -> None:
    """Answer without an end."""
    line.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        line.sendall(b"10000\r\n" + b" " * 0x10000 + b"\r\n")


def continue_for_ever(line: socket.socket) -> None:
    while True:
        line.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        time.sleep(0.05)


def keep_silent(line: socket.socket) -> None:
    while line.recv(65536):
        pass


BOMB = gzip.compress(b" " * 30_000_000)
ZIPPED = make_answer(BOMB, b"Content-Encoding: gzip")
ANSWERS: dict[str, tuple[Callable[[socket.socket], None], SiteProblem]] = {
    "drips": (drip, SiteProblem.SLOW),
    "continues for ever": (continue_for_ever, SiteProblem.SLOW),
    "keeps silent": (keep_silent, SiteProblem.SLOW),
    "has no end": (flood, SiteProblem.ANSWER_TOO_LARGE),
    "is a bomb": (answer(ZIPPED), SiteProblem.ANSWER_TOO_LARGE),
    "is a multitude": (answer(make_answer(b"[" + b"[]," * 300_000 + b"[]]")), SiteProblem.ANSWER_TOO_LARGE),
    "is packed and broken": (answer(make_answer(b"x" * 99, b"Content-Encoding: gzip")), SiteProblem.NOT_JSON),
    "ends at once": (answer(), SiteProblem.DOWN),
    "ends in the middle": (answer(make_answer(b"x" * 99)[:-9]), SiteProblem.DOWN),
    "is no HTTP": (answer(b"220 mail ready " + PASSWORD.encode() + b"\r\n\r\n"), SiteProblem.DOWN),
    "has too many headers": (answer(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 999 + b"\r\n"), SiteProblem.DOWN),
}


@pytest.mark.parametrize("way", ANSWERS)
def test_an_answer_that_is_none_has_an_end(
    way: str, certificate: Path, policy: Policy, caplog: pytest.LogCaptureFixture
) -> None:
    behave, problem = ANSWERS[way]
    limited = replace(policy, most_bytes=1_000_000)
    if problem is SiteProblem.SLOW:
        limited = replace(limited, total_seconds=SOON)
    begun = time.monotonic()
    with serve(certificate, behave) as heard:
        failed = fail(heard.port, limited, caplog)
    assert (failed.problem, time.monotonic() - begun < 15) == (problem, True)


def test_a_line_that_is_never_sealed_has_an_end(policy: Policy, caplog: pytest.LogCaptureFixture) -> None:
    with serve(None, keep_silent, reads=False) as heard:
        assert fail(heard.port, replace(policy, total_seconds=SOON), caplog).problem is SiteProblem.SLOW


def test_nobody_listens(policy: Policy, caplog: pytest.LogCaptureFixture) -> None:
    with serve(None, answer()) as heard:
        pass
    assert fail(heard.port, policy, caplog).problem is SiteProblem.DOWN


@pytest.mark.parametrize("wrong", ["another name", "over", "another authority", "none"])
def test_without_a_good_certificate_nothing_is_said(
    wrong: str, authority: Authority, policy: Policy, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    certificates: dict[str, Callable[[], Path | None]] = {
        "another name": lambda: authority.certify("evil.example"),
        "over": lambda: authority.certify(NAME, lasts=timedelta(hours=-1)),
        "another authority": lambda: Authority(tmp_path).certify(NAME),
        "none": lambda: None,
    }
    refuse_it = answer(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    with serve(certificates[wrong](), refuse_it, reads=False) as heard:
        failed = fail(heard.port, policy, caplog)
    assert (failed.problem, heard.requests) == (SiteProblem.CERTIFICATE, [])


def test_a_file_of_authorities_that_is_none_is_named(policy: Policy, tmp_path: Path) -> None:
    with pytest.raises(SiteFailure) as failed:
        ask(1, replace(policy, ca_file=tmp_path / "none.pem"))
    assert (failed.value.problem, failed.value.place) == (SiteProblem.CERTIFICATE, f"{tmp_path}/none.pem")


@pytest.mark.parametrize("text", [b"<html>", b"[" * 100_000, b"", b"\xff", b"9" * 9999])
def test_what_is_no_json_is_told_from_it(text: bytes, certificate: Path, policy: Policy) -> None:
    with serve(certificate, answer(make_answer(text))) as heard:
        assert ask(heard.port, policy).data is None


def test_a_file_is_sent_as_forms_do(certificate: Path, policy: Policy) -> None:
    sent = Upload('Море "海"\r\n.jpg', "image/jpeg", b"\xff\xd8", {"alt_text": "Море 海"})
    with serve(certificate, answer(make_answer(b"{}"))) as heard:
        client(heard.port, policy).ask("POST", "/", body=sent)
    _head, _, body = heard.requests[0].partition(b"\r\n\r\n")
    disposition = 'Content-Disposition: form-data; name="file"; filename="Море %22海%22%0D%0A.jpg"'
    assert (disposition.encode() in body, "\r\n\r\nМоре 海\r\n".encode() in body) == (True, True)


def test_no_proxy_of_the_environment_is_asked(
    certificate: Path, policy: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    with serve(certificate, answer(make_answer(b"{}"))) as heard:
        assert ask(heard.port, policy).status == 200
