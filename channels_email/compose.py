"""An outgoing mail from a message of the desk. Pure, but for the date.

Nothing a person typed can become a header of its own: every value is put on one line first, and the addresses are
checked before they are used.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import cast

from channels_email.headers import one_line
from channels_email.html import to_text
from channels_email.names import is_own, named_address, tagged_subject
from channels_email.providers.known import provider_of
from channels_email.quotes import html_with_history, text_with_history
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
_CONTENT_ID = re.compile(r"[!#-;=?-~]{1,200}")
_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+")
_LONGEST_SUBJECT = 500
# References grow with every answer; the first and the latest are what mail programs look at.
_MAX_REFERENCES = 20


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail before it is written down: every value is fit for its place, addresses are in ASCII (IDNA).

    `bcc` belongs into the envelope alone. `headers` are those beside sender, recipients and subject. `inline` are the
    attachments that the HTML shows.
    """

    sender: Address
    reply_to: Address | None
    to: tuple[str, ...]
    cc: tuple[str, ...]
    bcc: tuple[str, ...]
    subject: str
    text: str
    html: str
    headers: tuple[tuple[str, str], ...]
    inline: tuple[OutboundAttachment, ...]
    attachments: tuple[OutboundAttachment, ...]

    @property
    def recipients(self) -> tuple[str, ...]:
        """Everybody it goes to."""
        return (*self.to, *self.cc, *self.bcc)


def write(account: AccountConfig, message: OutboundMessage) -> Letter:
    """Return the letter. The same message gives the same Message-ID every time. Raises SendFailed for bad addresses."""
    sender = _mailbox(str(account.settings.get("from_name") or account.name), account.address)
    named = named_address(account, message.thread_name)
    to, cc, bcc = _recipients(account, message)
    markup = without_nul(html_with_history(message.html, message)) if message.html else ""
    inline = tuple(file for file in message.attachments if _is_shown(file, markup))
    return Letter(
        sender=sender,
        reply_to=_mailbox(sender.display_name, named) if named else None,
        to=to,
        cc=cc,
        bcc=bcc,
        subject=tagged_subject(account, subject_of(message), message.thread_name),
        text=without_nul(text_with_history(message.text or to_text(message.html), message)),
        html=markup,
        headers=tuple(_headers(account, message)),
        inline=inline,
        attachments=tuple(file for file in message.attachments if file not in inline),
    )


def compose(letter: Letter) -> EmailMessage:
    """Return the mail as it is handed to an SMTP server."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = letter.sender
    mail["To"] = [_mailbox("", address) for address in letter.to]
    if letter.cc:
        mail["Cc"] = [_mailbox("", address) for address in letter.cc]
    if letter.reply_to is not None:
        mail["Reply-To"] = letter.reply_to
    mail["Subject"] = letter.subject
    mail["Date"] = format_datetime(clock.now())
    _fill(mail, letter)
    for name, value in letter.headers:  # after the content: setting that takes every Content-* field away
        mail[name] = value
    return mail


def message_id(account: AccountConfig, key: str) -> str:
    """Return the Message-ID, without brackets, of the mail that carries `key`: fixed before the first try."""
    domain = ascii_address(account.address).rpartition("@")[2]
    local = key if _PLAIN_KEY.fullmatch(key) else hashlib.sha256(key.encode()).hexdigest()[:40]
    return f"{local}@{domain}"


def mark_of(account: AccountConfig, key: str) -> str:
    """Return what is before the @ of a Message-ID, at most 64 characters; `message_id` makes the same id of it."""
    return message_id(account, key).rpartition("@")[0]


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


def _recipients(account: AccountConfig, message: OutboundMessage) -> tuple[tuple[str, ...], ...]:
    """Return To, Cc and Bcc: nobody twice, and the account itself only where it alone is written to."""
    seen: set[str] = set()

    def unseen(addresses: Sequence[str]) -> tuple[str, ...]:
        found = []
        for address in map(ascii_address, addresses):
            if address.lower() not in seen:
                seen.add(address.lower())
                found.append(address)
        return tuple(found)

    def others(addresses: Sequence[str]) -> list[str]:
        return [address for address in addresses if not is_own(address, account.address)]

    return (
        unseen([message.recipient, *others(message.also_to)]),
        unseen(others(message.cc)),
        unseen(others(message.bcc)),
    )


def _headers(account: AccountConfig, message: OutboundMessage) -> Iterator[tuple[str, str]]:
    yield "Message-ID", f"<{message_id(account, message.key)}>"
    yield from _thread(message)
    if message.automatic:
        yield "Auto-Submitted", "auto-replied"  # RFC 3834 5
        yield "X-Auto-Response-Suppress", "All"
    if (carrier := provider_of(account)) is not None:
        yield from carrier.headers(mark_of(account, message.key)).items()
    if message.language:
        yield "Content-Language", one_line(_CONTROL.sub(" ", message.language))


def _thread(message: OutboundMessage) -> Iterator[tuple[str, str]]:
    """Yield In-Reply-To and References (RFC 5322 3.6.4); ids that are no Message-ID are ours and stay at home."""
    answered = _written_id(message.reply_to)
    earlier = [token for token in map(_written_id, message.thread_refs) if token and token != answered]
    references = list(dict.fromkeys([*earlier, answered] if answered else earlier))
    if len(references) > _MAX_REFERENCES:
        references = [references[0], *references[1 - _MAX_REFERENCES :]]
    if answered:
        yield "In-Reply-To", f"<{answered}>"
    if references:
        yield "References", " ".join(f"<{token}>" for token in references)


def _written_id(external_id: str) -> str:
    token = _TWIN.sub("", external_id)
    return token if _MESSAGE_ID.fullmatch(token) else ""


def _is_shown(file: OutboundAttachment, markup: str) -> bool:
    return bool(_CONTENT_ID.fullmatch(file.content_id)) and f"cid:{file.content_id}" in markup


def _fill(mail: EmailMessage, letter: Letter) -> None:
    mail.set_content(letter.text, charset="utf-8", cte=_encoding(letter.text))
    if letter.html:
        mail.add_alternative(letter.html, subtype="html", charset="utf-8", cte=_encoding(letter.html))
        markup = cast(list[EmailMessage], mail.get_payload())[-1]
        for picture in letter.inline:
            kind, name = content_type(picture).split("/"), file_name(picture)
            cid = f"<{picture.content_id}>"
            markup.add_related(picture.open(), *kind, cid=cid, filename=name, disposition="inline")
    for file in letter.attachments:
        kind = content_type(file).split("/")
        mail.add_attachment(file.open(), *kind, filename=file_name(file))


def _encoding(text: str) -> str:
    """Return a transfer encoding that every relay leaves alone: lines stay short and ASCII."""
    return "quoted-printable" if sum(map(str.isascii, text)) * 2 >= len(text) else "base64"


def content_type(file: OutboundAttachment) -> str:
    """Return a type that a mail may give to `file`; a mail within would have to stay unencoded, so it goes as bytes."""
    declared = file.content_type.split(";")[0].strip().lower()
    if not _TYPE.fullmatch(declared) or declared.startswith(("message/", "multipart/")):
        return "application/octet-stream"
    return declared


def file_name(file: OutboundAttachment) -> str:
    """Return the name of `file` on one line."""
    return one_line(_CONTROL.sub(" ", without_nul(file.name))) or "attachment"
