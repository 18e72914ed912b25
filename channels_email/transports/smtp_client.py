"""Handing a mail to the account's SMTP server (RFC 5321), and telling apart what can go wrong on the way."""

import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from channels_email.compose import ascii_address, compose, message_id
from csplatform.gateway.contract import AccountConfig, OutboundMessage, SendResult
from csplatform.gateway.errors import SendFailed, SendUnavailable, SendUncertain

# Seconds for one answer of the server. RFC 5321 4.5.3.2 allows minutes; a worker has other mail to send.
TIMEOUT = 30
# After the last dot a server may deliver before it answers (RFC 5321 4.5.3.2.6 asks for ten minutes).
FINAL_TIMEOUT = 120
_PORTS = {"none": 25, "starttls": 587, "ssl": 465}
_LEADING_DOT = re.compile(rb"(?m)^\.")
_CODES = {
    530: "the mail server wants a login",
    534: "the mail server does not take this way of logging in",
    535: "the mail server does not accept this account's user name or password",
    550: "the mailbox does not exist or does not take this mail",
    551: "the mailbox has moved",
    552: "the mail is too big, or the mailbox is full",
    553: "the mail server does not take this address",
    554: "the mail server refuses this mail",
}


def send(account: AccountConfig, message: OutboundMessage) -> SendResult:
    """Send `message`; its id is its Message-ID.

    Raises SendFailed for a 5xx answer, SendUnavailable for a 4xx one or where no connection can be made, and
    SendUncertain where the connection breaks after the mail went out.
    """
    mail = compose(account, message)
    recipient = ascii_address(message.recipient)
    sender = ascii_address(account.address)
    with _connection(account) as server:
        options = _options(server, sender, recipient)
        _expect(server.mail(sender, options), 250)
        _expect(server.rcpt(recipient), 250, 251)
        _expect(server.docmd("DATA"), 354)
        _transmit(server, mail.as_bytes())
    return SendResult(message_id(account, message.key))


@contextmanager
def _connection(account: AccountConfig) -> Iterator[smtplib.SMTP]:
    """Yield a session that is greeted, encrypted and logged in as the account says."""
    try:
        server = _connect(account)
        try:
            _log_in(server, account)
            yield server
        finally:
            server.close()
    except smtplib.SMTPServerDisconnected as error:
        raise SendUnavailable("the mail server broke the connection") from error
    except smtplib.SMTPResponseException as error:
        raise _refusal(error.smtp_code, error.smtp_error) from None
    except smtplib.SMTPNotSupportedError as error:
        raise SendFailed("the mail server does not offer what this account is set to use") from error
    except ssl.SSLCertVerificationError as error:
        raise SendUnavailable(f"the mail server's certificate is not valid: {error.verify_message}") from error
    except UnicodeError as error:
        raise SendFailed("the name of the mail server is not a host name") from error
    except (OSError, smtplib.SMTPException) as error:
        raise SendUnavailable(f"the mail server cannot be reached: {error}") from error


def _connect(account: AccountConfig) -> smtplib.SMTP:
    host = str(account.settings.get("smtp_host") or "")
    if not host:
        raise SendFailed("this account has no outgoing mail server")
    security = str(account.settings.get("smtp_security") or "starttls")
    if security not in _PORTS:
        raise SendFailed(f"“{security}” is not a kind of connection security")
    port = _port(account.settings.get("smtp_port") or _PORTS[security])
    name = ascii_address(account.address).rpartition("@")[2]
    context = ssl.create_default_context()
    if security == "ssl":
        return smtplib.SMTP_SSL(host, port, local_hostname=name, timeout=TIMEOUT, context=context)
    server = smtplib.SMTP(host, port, local_hostname=name, timeout=TIMEOUT)
    if security == "starttls":
        try:
            _expect(server.ehlo(), 250)
            server.starttls(context=context)
        except BaseException:
            server.close()
            raise
    return server


def _port(value: object) -> int:
    try:
        return int(str(value))
    except ValueError as error:
        raise SendFailed(f"“{value}” is not a port") from error


def _log_in(server: smtplib.SMTP, account: AccountConfig) -> None:
    server.ehlo_or_helo_if_needed()
    user, password = account.credentials.get("smtp_user"), account.credentials.get("smtp_password")
    if user and password:
        server.login(user, password)


def _options(server: smtplib.SMTP, sender: str, recipient: str) -> list[str]:
    """Return the parameters of MAIL FROM. Raises SendFailed for an address the server has no way to take."""
    if sender.isascii() and recipient.isascii():
        return []
    if not server.has_extn("smtputf8"):
        raise SendFailed("the mail server does not take addresses with letters beyond ASCII before the @")
    server.command_encoding = "utf-8"
    return ["SMTPUTF8"]


def _transmit(server: smtplib.SMTP, content: bytes) -> None:
    """Send the mail and its last dot, and hear what becomes of it. From here on a break leaves it open."""
    assert server.sock is not None
    try:
        server.send(_LEADING_DOT.sub(b"..", content) + (b".\r\n" if content.endswith(b"\r\n") else b"\r\n.\r\n"))
        server.sock.settimeout(FINAL_TIMEOUT)
        answer = server.getreply()
    except (OSError, smtplib.SMTPServerDisconnected) as error:
        raise SendUncertain("the connection broke after the mail was sent; it may have arrived") from error
    _expect(answer, 250)


def _expect(answer: tuple[int, bytes], *codes: int) -> None:
    if answer[0] not in codes:
        raise _refusal(*answer)


def _refusal(code: int, said: bytes | str) -> SendFailed:
    """Return the failure that the server's answer stands for, in plain words with its own beside them."""
    words = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    words = " ".join(words.split())[:300]
    if 500 <= code < 600:
        return SendFailed(f"{_CODES.get(code, 'the mail server refuses this mail')} ({code} {words})", code=str(code))
    return SendUnavailable(f"the mail server is busy ({code} {words})", code=str(code))
