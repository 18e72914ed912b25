"""Handing a mail to the account's SMTP server (RFC 5321), and telling apart what can go wrong on the way."""

import re
import smtplib
from collections.abc import Mapping, Sequence

from channels_email import signing
from channels_email.compose import ascii_address, compose, message_id, write
from channels_email.transports import pace, smtp_session
from channels_email.transports.smtp_refusals import is_dead_address, refusal
from csplatform.gateway.contract import AccountConfig, OutboundMessage, SendResult
from csplatform.gateway.errors import SendFailed, SendUnavailable, SendUncertain

# After the last dot a server may deliver before it answers (RFC 5321 4.5.3.2.6 asks for ten minutes).
FINAL_TIMEOUT = 120
_LEADING_DOT = re.compile(rb"(?m)^\.")
_NOT_TAKEN = "the mail server does not take addresses with letters beyond ASCII before the @"


def send(account: AccountConfig, message: OutboundMessage) -> SendResult:
    """Send `message`; its id is its Message-ID.

    Where only some of several recipients are refused, the mail goes to the others, and `refused` says so. Raises
    SendFailed for a 5xx answer, SendUnavailable for a 4xx one, over the account's pace, or where no connection can be
    made, and SendUncertain where the connection breaks after the mail went out.
    """
    letter = write(account, message)
    sender = ascii_address(account.address)
    content = signing.sign(account, compose(letter).as_bytes())
    pace.keep(account)
    with smtp_session.lent(account) as session:
        session.begin(sender, _options(session.server, sender, letter.recipients))
        refused = _address(session.server, letter.recipients)
        _expect(session.server.docmd("DATA"), 354)
        _transmit(session.server, content)
    return SendResult(message_id(account, message.key), refused=refused)


def _options(server: smtplib.SMTP, sender: str, recipients: Sequence[str]) -> list[str]:
    """Return the parameters of MAIL FROM. Raises SendFailed where the server has no way to take the sender."""
    if all(map(str.isascii, (sender, *recipients))):
        return []
    if server.has_extn("smtputf8"):
        return ["SMTPUTF8"]
    if not sender.isascii():
        raise SendFailed(_NOT_TAKEN)
    return []


def _address(server: smtplib.SMTP, recipients: Sequence[str]) -> Mapping[str, str]:
    """Name the recipients. Returns those that are refused, with reasons; raises where none is left."""
    refusals = {address: failure for address in recipients if (failure := _refused(server, address)) is not None}
    if len(refusals) < len(recipients):
        return {address: failure.reason for address, failure in refusals.items()}
    raise min(refusals.values(), key=lambda failure: not isinstance(failure, SendUnavailable))


def _refused(server: smtplib.SMTP, recipient: str) -> SendFailed | None:
    """Name one recipient; return why the server does not take it, if so."""
    if not recipient.isascii() and server.command_encoding != "utf-8":
        return SendFailed(_NOT_TAKEN)
    code, said = server.rcpt(recipient)
    if code in {250, 251}:
        return None
    if code == 421:  # it closes the connection (RFC 5321 3.8)
        raise refusal(code, said)
    return refusal(code, said, dead_address=is_dead_address(code, said))


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
        raise refusal(*answer)
