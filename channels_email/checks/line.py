"""A connection to a mail server, made step by step, and what it means when one of the steps goes wrong.

The methods that are steps return words to show and raise `Failed` with words that say what to do.
"""

import re
import socket
import ssl
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address

from cryptography import x509
from django.utils.translation import gettext as _

from channels_email.checks import certificates
from channels_email.checks.deadline import Deadline
from channels_email.checks.words import other_service, readable
from csplatform.common.errand import Errand
from csplatform.gateway.steps import Failed

# Seconds for one thing.
LOOK_UP, CONNECT, ANSWER, PROBE = 5.0, 4.0, 5.0, 2.0
MOST_ADDRESSES = 3
LONGEST_LINE = 8192
_HOST = re.compile(r"[^\s/:@?#\[\]]+")
_OUTDATED = ("PROTOCOL", "CIPHER", "DH_KEY_TOO_SMALL", "HANDSHAKE_FAILURE", "LEGACY")


@dataclass(frozen=True, slots=True)
class Protocol:
    """What is to be spoken, and the usual port for each kind of security."""

    name: str
    ports: Mapping[str, int]


class Line:
    """The connection. `socket` is set from `connect` on, and encrypted from `encrypt` on."""

    def __init__(self, protocol: Protocol, host: str, port: object, security: str, deadline: Deadline) -> None:
        self.protocol, self.host, self.security = protocol, host.strip(), security
        self.socket: socket.socket | None = None
        self._port = port
        self._deadline = deadline
        self._addresses: list[tuple[socket.AddressFamily, tuple[str, int]]] = []

    def close(self) -> None:
        """Hang up; may be called at any time."""
        if self.socket is not None:
            self.socket.close()

    # Steps --------------------------------------------------------------------------------------------------------

    def resolve(self) -> str:
        """Find the server's addresses."""
        if self.security not in self.protocol.ports:
            raise Failed(_("“%(given)s” is no kind of security.") % {"given": self.security})
        self._addresses = _addresses(self.host, self.port, self._deadline)
        shown = ", ".join(dict.fromkeys(address[0] for _family, address in self._addresses))
        return "" if shown == self.host else f"{self.host}: {shown}"

    def connect(self) -> str:
        """Reach the port, on whichever address answers."""
        error: OSError = ConnectionError()
        for family, address in self._addresses[:MOST_ADDRESSES]:
            try:
                self.socket = self._open(family, address)
                return _("Port %(port)d answers.") % {"port": self.port}
            except OSError as failure:
                error = failure
        raise Failed(self._unreachable(error))

    def encrypt(self, tls: ssl.SSLContext, prepare: "Callable[[Line], object] | None" = None) -> str:
        """Begin TLS and check the certificate; `prepare` brings a new connection to where TLS begins."""
        self._patience(ANSWER)
        try:
            self.socket = secure = tls.wrap_socket(self._open_socket, server_hostname=self.host)
        except ssl.SSLCertVerificationError as error:
            raise Failed(certificates.trouble(error, self._certificate(prepare), self.host)) from None
        except (OSError, ValueError) as error:
            raise Failed(self._no_tls(error, at_once=prepare is None)) from None
        return _("Encrypted with %(version)s; the certificate is valid.") % {"version": secure.version()}

    def greeting(self) -> str:
        """Return the first line that the server says by itself."""
        try:
            said = self.hear()
        except OSError:
            said = b""
        if not said and not self._is_encrypted and self._speaks_tls():
            raise Failed(
                _("This port wants TLS from the start. Choose that as security, or port %(port)d.")
                % {"port": self.protocol.ports[self.security]}
            )
        if not said:
            raise Failed(
                _("The connection stands, but the server says nothing: no %(protocol)s server, or it shuts us out.")
                % {"protocol": self.protocol.name}
            )
        return readable(said)

    # Talking ------------------------------------------------------------------------------------------------------

    def say(self, words: bytes) -> None:
        """Send one line. Raises OSError."""
        self._patience(ANSWER)
        self._open_socket.sendall(words + b"\r\n")

    def hear(self) -> bytes:
        """Return one line without its end, empty where the server hung up. Raises OSError.

        Read byte by byte, so that nothing is taken from what belongs to whoever uses the socket next.
        """
        self._patience(ANSWER)
        line = bytearray()
        while not line.endswith(b"\n") and len(line) < LONGEST_LINE:
            byte = self._open_socket.recv(1)
            if not byte:
                break
            line += byte
        return bytes(line).rstrip(b"\r\n")

    @property
    def port(self) -> int:
        """The port that was entered, else the usual one. Raises Failed."""
        given = self._port or self.protocol.ports[self.security]
        with suppress(TypeError, ValueError):
            number = int(str(given))
            if 0 < number < 65536:
                return number
        raise Failed(_("“%(given)s” is not a port: that is a number from 1 to 65535.") % {"given": given})

    # What may have gone wrong -------------------------------------------------------------------------------------

    @property
    def is_exposed(self) -> bool:
        """Whether what is said can be read on the way to another machine."""
        loopback = all(ip_address(address[0].partition("%")[0]).is_loopback for _family, address in self._addresses)
        return not self._is_encrypted and not loopback

    @property
    def _is_encrypted(self) -> bool:
        return isinstance(self.socket, ssl.SSLSocket)

    @property
    def _open_socket(self) -> socket.socket:
        assert self.socket is not None
        return self.socket

    def _patience(self, most: float) -> None:
        self._open_socket.settimeout(self._deadline.left(most))

    def _open(self, family: socket.AddressFamily, address: tuple[str, int]) -> socket.socket:
        opened = socket.socket(family, socket.SOCK_STREAM)
        try:
            opened.settimeout(self._deadline.left(CONNECT))
            opened.connect(address)
        except BaseException:
            opened.close()
            raise
        return opened

    def _unreachable(self, error: OSError) -> str:
        facts = {"host": self.host, "port": self.port, "usual": self.protocol.ports[self.security]}
        if isinstance(error, ConnectionRefusedError):
            return (
                _(
                    "Nothing answers on port %(port)d of %(host)s. Is the port right? Usual for this kind of security "
                    "is %(usual)d."
                )
                % facts
            )
        if isinstance(error, TimeoutError):
            if self.port == 25:
                return _("Port 25 of %(host)s keeps silent. Many networks block it; try 587 with STARTTLS.") % facts
            return (
                _(
                    "Port %(port)d of %(host)s keeps silent. A firewall between here and there swallows the "
                    "connection, or the port is wrong; usual is %(usual)d."
                )
                % facts
            )
        return _("There is no way from here to %(host)s: %(error)s.") % {
            "host": self.host,
            "error": error.strerror or type(error).__name__,
        }

    def _no_tls(self, error: Exception, *, at_once: bool) -> str:
        """Return why TLS did not come about; asks the port whether it speaks without."""
        said = self._says_in_the_clear() if at_once else ""
        if said:
            return other_service(said, self.protocol.name) or _(
                "This port does not begin with TLS. Choose STARTTLS as security, or port %(port)d."
            ) % {"port": self.protocol.ports["ssl"]}
        reason = getattr(error, "reason", None) or type(error).__name__
        if any(word in str(reason) for word in _OUTDATED):
            return _("The server only offers encryption that is out of date and not safe (%(reason)s).") % {
                "reason": reason
            }
        return _("No encrypted connection comes about (%(reason)s). Does this port speak TLS at all?") % {
            "reason": reason
        }

    def _again(self) -> "Line":
        """Return a second connection to the same address. Raises Failed and OSError."""
        line = Line(self.protocol, self.host, self._port, self.security, self._deadline)
        line._addresses = self._addresses
        line.connect()
        line._patience(PROBE)
        return line

    def _says_in_the_clear(self) -> str:
        with suppress(Failed, OSError):
            line = self._again()
            try:
                return readable(line._open_socket.recv(200))
            finally:
                line.close()
        return ""

    def _speaks_tls(self) -> bool:
        return self._certificate(None) is not None

    def _certificate(self, prepare: "Callable[[Line], object] | None") -> x509.Certificate | None:
        """Return the certificate that the server shows to anybody, None where there is none to be had."""
        blind = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        blind.check_hostname, blind.verify_mode = False, ssl.CERT_NONE
        with suppress(Failed, OSError, ValueError):
            line = self._again()
            try:
                if prepare is not None:
                    prepare(line)
                line.socket = secure = blind.wrap_socket(line._open_socket, server_hostname=self.host)
                return x509.load_der_x509_certificate(secure.getpeercert(binary_form=True) or b"")
            finally:
                line.close()
        return None


def _addresses(host: str, port: int, deadline: Deadline) -> list[tuple[socket.AddressFamily, tuple[str, int]]]:
    if not _is_name(host):
        raise Failed(
            _(
                "“%(host)s” is not the name of a server. Enter it bare, such as mail.example.org, without port or https://."
            )
            % {"host": host}
        )
    look_up = Errand(lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    try:
        found = look_up.result(deadline.left(LOOK_UP))
    except TimeoutError:
        raise Failed(
            _("The name server of this machine does not answer, so %(host)s is not found.") % {"host": host}
        ) from None
    except socket.gaierror as error:
        raise Failed(name_trouble(host, error)) from None
    except UnicodeError:
        raise Failed(_("“%(host)s” is not the name of a server.") % {"host": host}) from None
    return [(family, (str(address[0]), port)) for family, _type, _protocol, _name, address in found]


def _is_name(host: str) -> bool:
    try:
        return ip_address(host).version in {4, 6}
    except ValueError:
        return _HOST.fullmatch(host) is not None


def name_trouble(host: str, error: socket.gaierror) -> str:
    """Return what it means that a name was not found."""
    if error.errno == socket.EAI_AGAIN:
        return _("%(host)s cannot be looked up just now: the name server gives no answer. Try again in a minute.") % {
            "host": host
        }
    return _("There is no server called %(host)s. Is the name spelt right?") % {"host": host}
