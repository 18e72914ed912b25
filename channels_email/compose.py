"""An outgoing mail from a message of the desk. Pure, but for the date.

Nothing a person typed can become a header of its own: every value is put on one line first, and the addresses are
checked before they are used.
"""

import hashlib
import re
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from channels_email.headers import one_line
from csplatform.common import clock
from csplatform.common.text import without_nul
from csplatform.gateway.contract import AccountConfig, OutboundAttachment, OutboundMessage
from csplatform.gateway.errors import SendFailed

_ADDRESS = re.compile(r"[^\s<>()\[\],;:\"@\\\x00-\x1f\x7f]+@[^\s<>()\[\],;:\"@\\\x00-\x1f\x7f]+")
_PLAIN_KEY = re.compile(r"[A-Za-z0-9._-]{8,64}")
# What marks the id of a second, different mail under one Message-ID; the mail itself carries only what is before it.
_TWIN = re.compile(r"#[0-9a-f]{64}$")
_MESSAGE_ID = re.compile(r"[!-;=?-~]+@[!-;=?-~]+")
# “Re:” in the languages of mail programs, also counted (“Re[2]:”).
_REPLY_PREFIX = re.compile(
    r"(?i)(?:re|aw|sv|vs|antw|odp|ynt|rif|res|回复|回覆|答复|答覆|返信|회신)\s*(?:\[\d+\])?\s*[:：]"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+")
_LONGEST_SUBJECT = 500
# References grow with every answer; the first and the latest are what mail programs look at.
_MAX_REFERENCES = 20


def compose(account: AccountConfig, message: OutboundMessage) -> EmailMessage:
    """Return the mail. The same message gives the same Message-ID every time. Raises SendFailed for bad addresses."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = _mailbox(str(account.settings.get("from_name") or account.name), account.address)
    mail["To"] = _mailbox("", message.recipient)
    mail["Subject"] = subject_of(message)
    mail["Date"] = format_datetime(clock.now())
    mail["Message-ID"] = f"<{message_id(account, message.key)}>"
    _thread(mail, message)
    if message.automatic:
        mail["Auto-Submitted"] = "auto-replied"  # RFC 3834 5
        mail["X-Auto-Response-Suppress"] = "All"
    _fill(mail, message)
    if message.language:  # after the content: setting that takes every Content-* field away
        mail["Content-Language"] = one_line(_CONTROL.sub(" ", message.language))
    return mail


def message_id(account: AccountConfig, key: str) -> str:
    """Return the Message-ID, without brackets, of the mail that carries `key`: fixed before the first try."""
    domain = ascii_address(account.address).rpartition("@")[2]
    local = key if _PLAIN_KEY.fullmatch(key) else hashlib.sha256(key.encode()).hexdigest()[:40]
    return f"{local}@{domain}"


def subject_of(message: OutboundMessage) -> str:
    """Return the subject on one line, with one “Re:” where it answers something."""
    subject = one_line(_CONTROL.sub(" ", without_nul(message.subject)))[:_LONGEST_SUBJECT]
    if (message.reply_to or message.thread_refs) and not _REPLY_PREFIX.match(subject):
        return f"Re: {subject}".strip()
    return subject


def ascii_address(address: str) -> str:
    """Return `address` with its domain in ASCII (IDNA). Raises SendFailed where it is no address."""
    address = address.strip()
    if not _ADDRESS.fullmatch(address):
        raise SendFailed(f"“{one_line(address)[:100]}” is not a mail address")
    local, _at, domain = address.rpartition("@")
    try:
        return f"{local}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError as error:
        raise SendFailed(f"“{one_line(domain)[:100]}” is not a mail domain") from error


def _mailbox(name: str, address: str) -> Address:
    local, _at, domain = ascii_address(address).rpartition("@")
    return Address(one_line(_CONTROL.sub(" ", without_nul(name)))[:200], local, domain)


def _thread(mail: EmailMessage, message: OutboundMessage) -> None:
    """Write In-Reply-To and References (RFC 5322 3.6.4); ids that are no Message-ID are ours and stay at home."""
    answered = _written_id(message.reply_to)
    earlier = [token for token in map(_written_id, message.thread_refs) if token and token != answered]
    references = list(dict.fromkeys([*earlier, answered] if answered else earlier))
    if len(references) > _MAX_REFERENCES:
        references = [references[0], *references[1 - _MAX_REFERENCES :]]
    if answered:
        mail["In-Reply-To"] = f"<{answered}>"
    if references:
        mail["References"] = " ".join(f"<{token}>" for token in references)


def _written_id(external_id: str) -> str:
    token = _TWIN.sub("", external_id)
    return token if _MESSAGE_ID.fullmatch(token) else ""


def _fill(mail: EmailMessage, message: OutboundMessage) -> None:
    mail.set_content(without_nul(message.text), charset="utf-8", cte=_encoding(message.text))
    if message.html:
        mail.add_alternative(without_nul(message.html), subtype="html", charset="utf-8", cte=_encoding(message.html))
    for attachment in message.attachments:
        _attach(mail, attachment)


def _encoding(text: str) -> str:
    """Return a transfer encoding that every relay leaves alone: lines stay short and ASCII."""
    return "quoted-printable" if sum(map(str.isascii, text)) * 2 >= len(text) else "base64"


def _attach(mail: EmailMessage, attachment: OutboundAttachment) -> None:
    declared = attachment.content_type.split(";")[0].strip().lower()
    content_type = declared if _TYPE.fullmatch(declared) else "application/octet-stream"
    if content_type.startswith(("message/", "multipart/")):  # these may not be encoded, so they go as plain bytes
        content_type = "application/octet-stream"
    maintype, _slash, subtype = content_type.partition("/")
    name = one_line(_CONTROL.sub(" ", without_nul(attachment.name))) or "attachment"
    mail.add_attachment(attachment.open(), maintype=maintype, subtype=subtype, filename=name)


def envelope_address(header: str) -> str:
    """Return the bare address in a header that `compose` wrote."""
    return parseaddr(header)[1]
