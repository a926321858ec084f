"""A certificate for 127.0.0.1: the watchlist bucket answers over TLS only, here as on AWS."""

from __future__ import annotations

import ipaddress
import os
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

_VALID_FOR = timedelta(days=365)  # `make local` may run for months; it is made anew at each start


def write(folder: Path) -> None:
    """Write ``certificate.pem``, ``key.pem`` and ``authorities.pem`` into the folder.

    ``authorities.pem`` is what functions trust: the certificate, and whatever this machine trusts.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Earwitness embedded AWS")])
    here = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + _VALID_FOR)
        .add_extension(x509.SubjectAlternativeName(here), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    (folder / "certificate.pem").write_bytes(pem)
    secret = folder / "key.pem"
    secret.touch(mode=0o600)
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    (folder / "authorities.pem").write_bytes(_trusted_here() + b"\n" + pem)


def _trusted_here() -> bytes:
    """This machine's certificate authorities: those it names, else those of certifi."""
    named = os.environ.get("SSL_CERT_FILE") or ssl.get_default_verify_paths().cafile
    if named and Path(named).is_file():
        return Path(named).read_bytes()
    import certifi  # noqa: PLC0415  only where the system has no file of its own

    return Path(certifi.where()).read_bytes()
