"""Receivers on loopback that behave well or badly, and keep what they were sent."""

import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Handler = BaseHTTPRequestHandler
Manner = Callable[["Receiver", Handler], None]
LONG_S = 10.0
"""Longest wait of a receiver that hangs; every test releases it earlier."""


@dataclass
class Request:
    """What was sent."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        """Return the id of the message."""
        return self.headers["webhook-id"]


@dataclass
class Receiver:
    """A server, and what it got."""

    manner: Manner
    port: int = 0
    requests: list[Request] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def url(self, host: str = "127.0.0.1", scheme: str = "http") -> str:
        """Return its address."""
        return f"{scheme}://{host}:{self.port}/hook"


def answer(status: int, headers: dict[str, str] | None = None, body: bytes = b"") -> Manner:
    """Answer a status at once."""

    def act(_: Receiver, handler: Handler) -> None:
        handler.send_response(status)
        for name, value in (headers or {}).items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return act


def answers(*manners: Manner) -> Manner:
    """Behave otherwise each time; the last manner stays."""

    def act(receiver: Receiver, handler: Handler) -> None:
        manners[min(len(receiver.requests), len(manners)) - 1](receiver, handler)

    return act


def hang(receiver: Receiver, handler: Handler) -> None:
    """Say nothing until the test ends."""
    receiver.released.wait(LONG_S)
    handler.close_connection = True


def slow_headers(receiver: Receiver, handler: Handler) -> None:
    """Drip the headers, a byte at a time, so that no single read times out."""
    for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"z" * 1000:
        handler.wfile.write(bytes([byte]))
        handler.wfile.flush()
        if receiver.released.wait(0.02):
            break
    handler.close_connection = True


def slow_body(receiver: Receiver, handler: Handler) -> None:
    """Answer 200, then never end the body."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000000")
    handler.end_headers()
    handler.wfile.write(b"a")
    handler.wfile.flush()
    receiver.released.wait(LONG_S)
    handler.close_connection = True


def huge_body(receiver: Receiver, handler: Handler) -> None:
    """Answer 200 and send for ever, or until the other side has enough."""
    handler.send_response(200)
    handler.end_headers()
    sent = 0
    try:
        while sent < 200_000_000:
            handler.wfile.write(b"a" * 65536)
            sent += 65536
    except OSError:
        pass
    receiver.requests[-1].headers["sent-back"] = str(sent)
    receiver.released.set()
    handler.close_connection = True


def close_at_once(_: Receiver, handler: Handler) -> None:
    """Close the socket without a word."""
    handler.close_connection = True


def reset(_: Receiver, handler: Handler) -> None:
    """Reset the connection."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()
    handler.close_connection = True


def nonsense(_: Receiver, handler: Handler) -> None:
    """Answer something that is not HTTP."""
    handler.wfile.write("これは HTTP ではない\r\n\r\n".encode())
    handler.close_connection = True


@contextmanager
def receiving(manner: Manner, tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """Serve on a free port of 127.0.0.1 until the block ends."""
    receiver = Receiver(manner)

    class _Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            with receiver.lock:
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver.requests.append(Request(self.path, headers, body))
            receiver.manner(receiver, self)

        do_PUT = do_POST

        def handle_one_request(self) -> None:
            try:
                super().handle_one_request()
            except (OSError, ValueError):
                self.close_connection = True

        def finish(self) -> None:
            with suppress(OSError):
                super().finish()

        def log_message(self, *_: object) -> None:
            return

    class _Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128

        def handle_error(self, *_: object) -> None:
            return

    server = _Server(("127.0.0.1", 0), _Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    receiver.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.released.set()
        server.shutdown()
        server.server_close()


def certificate(name: str, folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Make an authority and a certificate for a name; return the server's and the client's context."""
    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "authority of the tests")])
    now = datetime.now(UTC)

    def build(subject: x509.Name, public: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(authority)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
        )

    root = build(authority, authority_key.public_key()).add_extension(
        x509.BasicConstraints(ca=True, path_length=None), critical=True
    )
    leaf = build(x509.Name([]), key.public_key()).add_extension(
        x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False
    )
    root_pem = root.sign(authority_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    path = folder / f"{name}.pem"
    path.write_bytes(
        leaf.sign(authority_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(path)
    client = ssl.create_default_context(cadata=root_pem.decode())
    client.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return server, client
