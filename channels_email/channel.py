"""The e-mail channel: a mailbox as an account."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from channels_email import content, names, threading, trust
from channels_email.automatic import Origin, origin
from channels_email.check import check
from channels_email.compose import message_id
from channels_email.examine import examine
from channels_email.headers import Address, Headers
from channels_email.mime import Part, parse
from channels_email.providers import brevo, sns, webhooks
from channels_email.providers.known import provider_of
from channels_email.quoting import fold
from channels_email.reports import told_by
from channels_email.setup import FIELDS
from channels_email.transports import imap, provider, smtp_client
from csplatform.gateway.contract import (
    Abilities,
    AccountConfig,
    Cursor,
    Event,
    FetchResult,
    HandleKind,
    HttpAnswer,
    InboundMessage,
    OutboundMessage,
    RawDelivery,
    ReceiptState,
    Sender,
    SendResult,
)
from csplatform.gateway.errors import Unreadable

# The envelope of the SMTP transaction, kept beside the mail as headers of the delivery.
ENVELOPE_FROM = "x-envelope-from"
ENVELOPE_TO = "x-envelope-to"
# Set where only the beginning of an oversized mail was fetched.
TRUNCATED = "x-truncated"
# Set where the mail lay in the folder into which the server puts spam.
JUNK = "x-imap-junk"
# A sender that can never be written to (RFC 2606 2), for mail that names nobody at all.
NOBODY = "unknown@nobody.invalid"
_LONGEST_ADDRESS = 320
# A provider's call holds a whole mail, its files in base64; Django takes no larger one (DATA_UPLOAD_MAX_MEMORY_SIZE).
MAX_WEBHOOK = 30 * 1024 * 1024
# Clocks run apart; what claims to be from later than this was sent when it came.
_SKEW = timedelta(hours=1)


class EmailChannel:
    """Mail comes by SMTP, LMTP or IMAP and leaves by SMTP, or a provider carries it both ways over HTTP.

    The account's setting `provider` names it; where the account has an SMTP server too, mail leaves there.
    """

    slug: ClassVar[str] = "email"
    label: ClassVar[str | Promise] = _("E-mail")
    abilities: ClassVar[Abilities] = Abilities(
        html=True,
        subject=True,
        attachments_per_message=None,
        receipts=frozenset(ReceiptState),
        threaded=True,
        polled=True,
        max_webhook=MAX_WEBHOOK,
        download=brevo.download,
        name_ahead=message_id,
        copies=True,
        source=True,
        examine=examine,
        fields=FIELDS,
        check=check,
    )

    def __init__(self, account: AccountConfig) -> None:
        self._account = account

    def handshake(self, raw: RawDelivery) -> HttpAnswer | None:
        """Answer a provider that looks whether somebody is here, and Amazon that asks who its notifications are for."""
        if provider_of(self._account) is None:
            return None
        if raw.method in {"GET", "HEAD"}:
            return HttpAnswer(b"ok")
        return sns.handshake(self._account, raw)

    def verify(self, raw: RawDelivery) -> None:
        """Raise WebhookRejected unless the account's provider signed these bytes, or knows our password."""
        webhooks.verify(self._account, raw)

    def parse(self, raw: RawDelivery) -> list[Event]:
        """Return the mail in `raw.body`, or what a provider's call says.

        Raises Unreadable for bytes that hold neither a header field nor a text, and for calls that make no sense.
        """
        if not webhooks.is_call(raw):
            return [self._mail(raw)]
        told = webhooks.read(self._account, raw)
        return [self._carried(item) if isinstance(item, webhooks.Carried) else item for item in told]

    def _carried(self, carried: webhooks.Carried) -> InboundMessage:
        message = self._mail(carried.mail)
        files = (*message.attachments, *carried.files)
        return replace(message, spam=message.spam or carried.spam, attachments=files)

    def _mail(self, raw: RawDelivery) -> InboundMessage:
        root = parse(raw.body)
        if not root.headers and not _is_text(raw.body):
            raise Unreadable("there is no mail in these bytes: neither a header field nor a text")
        return _message(root, raw, self._account)

    def fetch(self, cursor: Cursor) -> FetchResult:
        """Return new mail of the account's IMAP folder; raises SendUnavailable where it cannot be reached."""
        return imap.fetch(self._account, cursor)

    def send(self, message: OutboundMessage) -> SendResult:
        """Hand the message to the account's SMTP server, or to its provider."""
        carrier = provider_of(self._account)
        if carrier is not None and carrier.backend and not self._account.settings.get("smtp_host"):
            return provider.send(self._account, carrier, message)
        return smtp_client.send(self._account, message)


def _is_text(body: bytes) -> bool:
    """Tell somebody's words, sent without any header, from rubbish."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return any(map(str.isalnum, text)) and all(sign.isprintable() or sign.isspace() for sign in text)


def _message(root: Part, raw: RawDelivery, account: AccountConfig) -> InboundMessage:
    headers = root.headers
    sender = sender_of(headers, raw.headers)
    origin_ = origin(root, sender=sender.external_id, envelope_from=raw.headers.get(ENVELOPE_FROM))
    said = content.read(root)
    folded = fold(said.marked)
    subject = headers.text("subject")
    doubts = trust.describe(root, said.attachments, account, is_whole=TRUNCATED not in raw.headers)
    sent_at = _sent_at(headers, raw.received_at)
    told = told_by(root, origin_, sender=sender.external_id, at=sent_at)
    return InboundMessage(
        external_id=threading.external_id(root),
        sender=sender,
        text=folded.text,
        full_text=said.text if folded.is_shorter else "",
        html=said.html,
        subject=subject,
        sent_at=sent_at,
        attachments=said.attachments,
        thread_refs=tuple(dict.fromkeys((*told.thread_refs, *threading.thread_refs(headers)))),
        thread_root=threading.thread_root(headers),
        fingerprint=threading.fingerprint(root),
        automatic=origin_.automatic or sender.external_id == account.address.lower(),
        bulk=origin_.bulk,
        spam=JUNK in raw.headers or trust.is_spam(doubts, account.settings),
        thread_names=names.thread_names(headers, subject, raw.headers.get(ENVELOPE_TO, ""), account.address),
        addressees=names.addressees(headers, account.address),
        receipts=told.receipts,
        metadata=_metadata(headers, raw.headers, origin_) | _notes(said) | doubts | told.metadata,
    )


def _notes(said: content.Content) -> dict[str, object]:
    """Return what the desk says of how the mail was made: `signature` and `encrypted` name the way, unchecked."""
    found = {"signature": said.signed, "encrypted": said.encrypted, "shortened": not said.is_whole}
    return {name: value for name, value in found.items() if value}


def sender_of(headers: Headers, envelope: Mapping[str, str]) -> Sender:
    """Return who wrote: From, else whatever comes nearest to it. A mail without any sender is kept all the same."""
    for name in ("from", "reply-to", "sender", "return-path"):
        for address in headers.addresses(name):
            return _sender(address)
    if envelope.get(ENVELOPE_FROM):
        return _sender(Address(envelope[ENVELOPE_FROM], headers.text("from")))
    return Sender(NOBODY, HandleKind.EMAIL, headers.text("from")[:200])


def _sender(address: Address) -> Sender:
    return Sender(address.address.lower()[:_LONGEST_ADDRESS], HandleKind.EMAIL, address.name[:200])


def _sent_at(headers: Headers, received_at: datetime) -> datetime:
    written = headers.date()
    return written if written is not None and written <= received_at + _SKEW else received_at


def _metadata(headers: Headers, envelope: Mapping[str, str], origin_: Origin) -> dict[str, object]:
    """Return what the desk may want to show beside the message; only what is there."""
    found: dict[str, object] = {
        "to": [address.address for address in headers.addresses("to")],
        "cc": [address.address for address in headers.addresses("cc")],
        "reply_to": [address.address for address in headers.addresses("reply-to")],
        "envelope_to": envelope.get(ENVELOPE_TO, ""),
        "kind": str(origin_.kind),
        "list": trust.is_from_list(headers),
        "truncated": TRUNCATED in envelope,
    }
    return {name: value for name, value in found.items() if value}
