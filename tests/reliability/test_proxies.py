"""The ready-made files for nginx, Caddy and HAProxy, in the real programs, in front of `portal serve`."""

import http.client
import os
import shutil
import socket
import ssl
import subprocess
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest
from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from portal.cli import portal
from tests.reliability.serving import Served, serve
from tests.support.plain_browser import find_form
from tests.support.ports import find_free_port

FORM = "/uk/ukraine-taiwan/pitch"
IDEA = "Слова, які писали цілий вечір. " * 10
COMMANDS = {
    "nginx": ("nginx", "-e", "stderr", "-p", ".", "-c", "whole.conf", "-g", "daemon off;"),
    "caddy": ("caddy", "run", "--adapter", "caddyfile", "--config", "whole.conf"),
    "haproxy": ("haproxy", "-db", "-f", "whole.conf"),
}
AROUND = {
    # What Debian's own file has around those of sites.
    "nginx": "pid nginx.pid;\nevents {{}}\nhttp {{\n{text}\n}}\n",
    # The office of administration and the redirect from http would take ports that others use.
    "caddy": "{{\n\tadmin off\n\tauto_https disable_redirects\n}}\n{text}",
    "haproxy": "{text}",
}
REFUSED = ("TLSV1_ALERT_PROTOCOL_VERSION", "SSLV3_ALERT_HANDSHAKE_FAILURE")
"""An old protocol, and weak ciphers: what the server says to who offers nothing better."""
_TRIES = 200


@pytest.fixture(scope="module")
def port() -> int:
    """Where people come in: each program in its turn."""
    return find_free_port()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, port: int) -> Iterator[Served]:
    settings = {"PORTAL_BASE_URL": f"https://localhost:{port}", "PORTAL_PROXY_HOPS": "1"}
    with serve(tmp_path_factory.mktemp("behind"), workers=1, settings=settings) as running:
        yield running


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of our own with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = tmp_path_factory.mktemp("certificate") / "localhost.pem"
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + secret)
    return path


@contextmanager
def stand_in_front(
    program: str, served: Served, port: int, certificate: Path, folder: Path
) -> Iterator[Path]:
    """Run a program with its ready-made file; give what it writes down."""
    given = ["proxy", program, "--port", str(served.port), "--certificate", str(certificate)]
    text = (
        CliRunner()
        .invoke(
            portal, [*given, "--key", str(certificate)], env={"PORTAL_BASE_URL": f"https://localhost:{port}"}
        )
        .output
    )
    (folder / "whole.conf").write_text(AROUND[program].format(text=text))
    with (folder / "said").open("w") as said:
        home = {**os.environ, "HOME": str(folder), "XDG_DATA_HOME": str(folder)}
        process = subprocess.Popen(COMMANDS[program], cwd=folder, stdout=said, stderr=said, env=home)
        try:
            wait_until_open(process, port)
            yield folder / "said"
        finally:
            process.terminate()
            process.wait(20)


def wait_until_open(process: "subprocess.Popen[bytes]", port: int) -> None:
    for _ in range(_TRIES):
        with socket.socket() as trial:
            if trial.connect_ex(("127.0.0.1", port)) == 0:
                return
        try:
            process.wait(0.1)
        except subprocess.TimeoutExpired:
            continue
        break
    raise AssertionError("it does not run")


def ask(
    port: int, certificate: Path, path: str, fields: dict[str, str] | None = None, cookie: str = ""
) -> http.client.HTTPResponse:
    """Open a page or send a form over an encrypted line."""
    trust = ssl.create_default_context(cafile=str(certificate))
    line = http.client.HTTPSConnection("localhost", port, timeout=30, context=trust)
    headers = {"Cookie": cookie, "Connection": "close", "Referer": f"https://localhost:{port}{path}"}
    if fields is None:
        line.request("GET", path, headers=headers)
    else:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        line.request("POST", path, urlencode(fields).encode(), headers)
    return line.getresponse()


def shake_hands(port: int, certificate: Path, *, most: ssl.TLSVersion, ciphers: str) -> str:
    """Return the protocol of a line that is encrypted with so much at most, or why there is none."""
    offer = ssl.create_default_context(cafile=str(certificate))
    offer.set_ciphers(f"{ciphers}:@SECLEVEL=0")
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
        offer.minimum_version, offer.maximum_version = ssl.TLSVersion.TLSv1, most
    try:
        with (
            socket.create_connection(("localhost", port), timeout=30) as line,
            offer.wrap_socket(line, server_hostname="localhost") as sealed,
        ):
            return sealed.version() or ""
    except ssl.SSLError as error:
        return error.reason or ""


@pytest.mark.one_case("program")
@pytest.mark.parametrize("program", sorted(COMMANDS))
def test_a_pitch_is_sent_through_a_proxy_that_notes_nobody(
    program: str, served: Served, port: int, certificate: Path, tmp_path: Path
) -> None:
    if shutil.which(program) is None:
        assert "TESTS_NEED_PROXIES" not in os.environ, f"no {program}"
        pytest.skip(f"no {program}")
    with stand_in_front(program, served, port, certificate, tmp_path) as said:
        with closing(ask(port, certificate, FORM)) as page:
            cookie = (page.headers["Set-Cookie"] or "").partition(";")
            form = find_form(page.read().decode(), field="form_key")
        values = {**form["values"], "idea": IDEA, "lang": "uk", "link": "Тайвань", "you": "Я", "before": "no"}
        values |= {"byline": "none", "risk": "no", "reply": "private_page", "c_use": "y", "c_age": "y"}
        with closing(ask(port, certificate, form["action"], values, cookie[0])) as answer:
            leads = answer.status, answer.headers["Location"], answer.headers["Server"]
        old = shake_hands(port, certificate, most=ssl.TLSVersion.TLSv1_1, ciphers="ALL")
        weak = shake_hands(port, certificate, most=ssl.TLSVersion.TLSv1_2, ciphers="ECDHE-ECDSA-AES128-SHA")
        best = shake_hands(port, certificate, most=ssl.TLSVersion.MAXIMUM_SUPPORTED, ciphers="ALL")
        assert ((old, weak), best) == (REFUSED, "TLSv1.3")
        assert ("Secure" in cookie[2], leads) == (True, (303, "/uk/my/receipt", "portal"))
    assert "127.0.0.1" not in said.read_text().replace(f"127.0.0.1:{served.port}", "")
