"""A server that says what it is told to, for everything a real one is too well-behaved to say."""

import re
import socket
import ssl
import threading
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from csplatform.common import clock

AUTHORITY = "A small authority"


class Talker:
    """Greets, then answers each line by the first pattern that fits it; `{tag}` in an answer is the line's first word.

    With `tls` the connection is encrypted from the start, with `starttls` after the answer to that command. Without a
    greeting it waits for the other side, as web servers do. `heard` are all lines of all connections.
    """

    def __init__(
        self,
        greeting: str = "",
        answers: Mapping[str, str] | None = None,
        *,
        tls: ssl.SSLContext | None = None,
        starttls: ssl.SSLContext | None = None,
        hangs_up: bool = False,
    ) -> None:
        self.heard: list[str] = []
        self._greeting, self._answers = greeting, answers or {}
        self._tls, self._starttls, self._hangs_up = tls, starttls, hangs_up
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._connections: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(timeout=10)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _peer = self._listener.accept()
                thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
                self._connections.append(connection)
                self._threads.append(thread)
                thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError, ValueError):
            secure = self._tls.wrap_socket(connection, server_side=True) if self._tls else connection
            with secure:
                self._talk(secure)
        connection.close()

    def _talk(self, connection: socket.socket) -> None:
        if self._greeting:
            connection.sendall(self._greeting.encode() + b"\r\n")
        if self._hangs_up:
            return
        if self._converse(connection, until="STARTTLS" if self._starttls else "") and self._starttls:
            with self._starttls.wrap_socket(connection, server_side=True) as secure:
                self._converse(secure, until="")

    def _converse(self, connection: socket.socket, *, until: str) -> bool:
        """Answer every line; returns True once the command `until` has been answered."""
        with connection.makefile("rb", buffering=0) as lines:
            for line in lines:
                said = line.decode("utf-8", "replace").rstrip("\r\n")
                self.heard.append(said)
                connection.sendall(self._answer(said) + b"\r\n")
                if until and said.upper().endswith(until):
                    return True
        return False

    def _answer(self, said: str) -> bytes:
        for pattern, answer in self._answers.items():
            if re.search(pattern, said, re.IGNORECASE):
                return answer.replace("{tag}", said.partition(" ")[0]).encode()
        return b"500 what?"


def certificate(directory: Path, *names: str, days: int = 1, signed_by_itself: bool = False) -> ssl.SSLContext:
    """Return what a server shows a certificate for `names` with: of the authority in `directory`, for so many days.

    Whoever is to believe it loads `authority.pem`.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
    signer, signing_key = (name, key) if signed_by_itself else _authority(directory)
    until = clock.now() + timedelta(days=days)
    builder = x509.CertificateBuilder(signer, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(until - timedelta(days=30)).not_valid_after(until)
    builder = builder.add_extension(x509.SubjectAlternativeName([_general(each) for each in names]), critical=False)
    file = directory / f"{names[0]}.{days}.pem"
    file.write_bytes(_pem(key) + builder.sign(signing_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


def believing(directory: Path) -> ssl.SSLContext:
    """Return what trusts the authority in `directory` and nobody else."""
    _authority(directory)
    return ssl.create_default_context(cafile=str(directory / "authority.pem"))


def _authority(directory: Path) -> tuple[x509.Name, ec.EllipticCurvePrivateKey]:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, AUTHORITY)])
    kept = directory / "authority.key"
    if kept.exists():
        key = serialization.load_pem_private_key(kept.read_bytes(), None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        return name, key
    key = ec.generate_private_key(ec.SECP256R1())
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(clock.now() - timedelta(days=60)).not_valid_after(
        clock.now() + timedelta(days=60)
    )
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    kept.write_bytes(_pem(key))
    signed = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    (directory / "authority.pem").write_bytes(signed)
    return name, key


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _general(name: str) -> x509.GeneralName:
    return x509.IPAddress(ip_address(name)) if name[0].isdigit() else x509.DNSName(name)
