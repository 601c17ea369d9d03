"""An authority of one's own, and certificates it gives to servers of tests."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Authority:
    """Signs certificates; `file` is its own, for those who are to trust it."""

    folder: Path
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def __post_init__(self) -> None:
        self.file.write_bytes(self._sign("Authority of tests", self.key, [], DAY).public_bytes(_PEM))

    @property
    def file(self) -> Path:
        return self.folder / "authority.pem"

    def certify(self, *names: str, lasts: timedelta = DAY) -> Path:
        """Return a file with a certificate for names and addresses, and its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        made = self._sign(names[0], key, names, lasts).public_bytes(_PEM)
        secret = key.private_bytes(_PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        path = self.folder / f"{names[0]}-{lasts.total_seconds():.0f}.pem"
        path.write_bytes(made + secret)
        return path

    def _sign(
        self,
        name: str,
        key: ec.EllipticCurvePrivateKey,
        names: Sequence[str],
        lasts: timedelta,
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        builder = x509.CertificateBuilder(
            x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Authority of tests")]),
            x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]),
            key.public_key(),
            x509.random_serial_number(),
            now - 2 * DAY,
            now + lasts,
        ).add_extension(x509.BasicConstraints(ca=not names, path_length=None), critical=True)
        if names:
            builder = builder.add_extension(
                x509.SubjectAlternativeName([_name(one) for one in names]), critical=False
            )
        return builder.sign(self.key, hashes.SHA256())


_PEM = serialization.Encoding.PEM


def _name(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(text))
    except ValueError:
        return x509.DNSName(text)
