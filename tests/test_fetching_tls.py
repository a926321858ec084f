from __future__ import annotations

import datetime as dt
import http.server
import socket
import ssl
import threading

import pytest

from earwitness.fetching import Fetcher, FetchFailed, Request

x509 = pytest.importorskip("cryptography.x509")
ec = pytest.importorskip("cryptography.hazmat.primitives.asymmetric.ec")
hashes = pytest.importorskip("cryptography.hazmat.primitives.hashes")
pem = pytest.importorskip("cryptography.hazmat.primitives.serialization")


def certificate_for(name: str, folder):
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    path.write_bytes(
        certificate.public_bytes(pem.Encoding.PEM)
        + key.private_bytes(pem.Encoding.PEM, pem.PrivateFormat.PKCS8, pem.NoEncryption())
    )
    return path


@pytest.fixture
def secure_server(tmp_path):
    """Serves https as news.example on loopback; notes the name each client asked for (SNI)."""
    path = certificate_for("news.example", tmp_path)
    asked_for: list[str | None] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/down":
                self.send_response(302)
                self.send_header("location", "http://news.example/")
                self.end_headers()
                return
            self.send_response(200)
            self.send_header("content-length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_: object) -> None:
            pass

    class Quiet(http.server.ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            pass

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    context.sni_callback = lambda _socket, name, _context: asked_for.append(name)
    server = Quiet(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield server.server_port, path, asked_for
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def every_name_is_here(monkeypatch):
    def getaddrinfo(_host: str, port: int, **_: object) -> list[object]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr("earwitness.fetching.connection.getaddrinfo", getaddrinfo)


def fetcher(trusted) -> Fetcher:
    return Fetcher(allow_loopback=True, ssl_context=ssl.create_default_context(cafile=trusted))


def test_a2_the_name_is_verified_although_the_address_is_dialled(secure_server):
    port, path, asked_for = secure_server
    with fetcher(path) as fetch:
        assert fetch(Request(f"https://news.example:{port}/")).body == b"ok"
    assert asked_for == ["news.example"]


def test_a2_a_certificate_for_another_name_is_refused(secure_server):
    port, path, _ = secure_server
    with fetcher(path) as fetch, pytest.raises(FetchFailed) as failed:
        fetch(Request(f"https://other.example:{port}/"))
    assert (failed.value.reason, failed.value.transient) == ("certificate", True)


def test_a2_an_unknown_authority_is_refused(secure_server):
    port, _, _ = secure_server
    with Fetcher(allow_loopback=True) as fetch, pytest.raises(FetchFailed) as failed:
        fetch(Request(f"https://news.example:{port}/"))
    assert failed.value.reason == "certificate"


def test_a3_a_redirect_down_to_http_is_not_followed(secure_server):
    port, path, _ = secure_server
    with fetcher(path) as fetch, pytest.raises(FetchFailed) as failed:
        fetch(Request(f"https://news.example:{port}/down"))
    assert failed.value.reason == "redirect_refused"
