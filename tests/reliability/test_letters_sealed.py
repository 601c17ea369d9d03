"""Mail and its password go to nobody but the mail server that can prove who it is."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from flask import Flask

from portal.mail.deliver import SmtpCarrier
from tests.support.mail_server import Clock, Post, open_server, pass_delay, read_mail, run_mail, send_pitch

USER, PASSWORD = "portal", "a password of ours"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of the mail server that nobody vouches for, with its key in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("certificate") / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    """What the server proves itself with."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture
def trusted(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this machine trust the certificate."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))


def test_nothing_goes_to_a_server_that_cannot_prove_who_it_is(
    app: Flask, post: Post, clock: Clock, tls: ssl.SSLContext
) -> None:
    send_pitch(app, clock.at)
    with open_server(post, starttls=tls) as port:
        run_mail(app, SmtpCarrier("localhost", port), clock)
    assert (read_mail(app).last_error, post.received) == ("SSLCertVerificationError", [])


def test_nothing_goes_over_a_sealed_line_to_a_stranger(
    app: Flask, post: Post, clock: Clock, tls: ssl.SSLContext
) -> None:
    send_pitch(app, clock.at)
    with open_server(post, smtps=tls) as port:
        run_mail(app, SmtpCarrier("localhost", port, encrypted=True), clock)
    assert (read_mail(app).last_error, post.received) == ("SSLCertVerificationError", [])


@pytest.mark.usefixtures("trusted")
def test_a_wrong_password_is_noted_and_the_mail_goes_with_the_right_one(
    app: Flask, post: Post, clock: Clock, tls: ssl.SSLContext
) -> None:
    send_pitch(app, clock.at)
    with open_server(
        post, starttls=tls, require_starttls=True, auth_required=True, authenticator=check
    ) as port:
        run_mail(app, SmtpCarrier("localhost", port, USER, "wrong"), clock)
        noted = read_mail(app).last_error
        pass_delay(app, SmtpCarrier("localhost", port, USER, PASSWORD), clock)
    assert (noted, len(post.received)) == ("SMTPAuthenticationError 535", 1)


def check(_server: object, _session: object, _envelope: object, _mechanism: str, data: object) -> AuthResult:
    """Say whether it is our password."""
    given = (getattr(data, "login", b""), getattr(data, "password", b""))
    return AuthResult(success=given == (USER.encode(), PASSWORD.encode()), handled=False)


def test_no_password_goes_over_an_open_line(app: Flask, post: Post, clock: Clock) -> None:
    send_pitch(app, clock.at)
    with open_server(post) as port:
        run_mail(app, SmtpCarrier("localhost", port, USER, PASSWORD), clock)
    assert (read_mail(app).last_error, post.received) == ("SMTPNotSupportedError", [])
