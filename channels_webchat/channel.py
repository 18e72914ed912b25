"""Our own web chat, as the gateway sees a channel. The account's `address` is the widget's public key.

A delivery is one JSON object from the visitor's page, carried by WebSocket or HTTP, with the visitor's token as
`Authorization: Bearer …`:

    {"key": uuid, "text": str, "at": time, "files": [{"name": str, "data": base64}]}   a message; with the first one,
        "answers": {"topic": str, "question": str, "agreed": bool}                     what `form.py` asked
    {"receipt": id, "state": "delivered" | "read", "at": time}                         word of a reply
    {"typing": true, "at": time}

Times are ISO 8601 with an offset. Other members are left alone.
"""

import base64
import binascii
import json
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from channels_webchat import tokens
from channels_webchat.errors import Reason, Refused
from channels_webchat.files import allowed_by, content_type_of
from channels_webchat.form import answers_of, form_of
from channels_webchat.reading import mark_read
from channels_webchat.setup import FIELDS, check
from csplatform.gateway.contract import (
    Abilities,
    AccountConfig,
    Cursor,
    Event,
    FetchResult,
    FileBytes,
    HandleKind,
    HttpAnswer,
    InboundAttachment,
    InboundMessage,
    OutboundMessage,
    RawDelivery,
    Receipt,
    ReceiptState,
    Sender,
    SendResult,
    Typing,
)

LONGEST_TEXT = 8000
MOST_FILES = 5
_RECEIPTS = {"delivered": ReceiptState.DELIVERED, "read": ReceiptState.READ}


class WebChatChannel:
    """Translates between the widget's page and the desk."""

    slug: ClassVar[str] = "webchat"
    label: ClassVar[Any] = _("Web chat")
    abilities: ClassVar[Abilities] = Abilities(
        attachments_per_message=None,
        receipts=frozenset({ReceiptState.ACCEPTED, ReceiptState.DELIVERED, ReceiptState.READ}),
        deduplicates=True,
        called=False,
        mark_read=mark_read,
        fields=FIELDS,
        check=check,
    )

    def __init__(self, account: AccountConfig) -> None:
        self._account = account

    def handshake(self, raw: RawDelivery) -> HttpAnswer | None:
        """The widget tests nothing."""
        return None

    def verify(self, raw: RawDelivery) -> None:
        """Raise WebhookRejected unless the visitor's token is ours, for this account, and fresh enough."""
        tokens.read(self._account.id, _token(raw))

    def parse(self, raw: RawDelivery) -> list[Event]:
        """Translate one object of the page; raises Refused (an Unreadable) with the reason to show."""
        visitor = tokens.read(self._account.id, _token(raw), however_old=True)
        body = _object(raw.body)
        if "key" in body:
            return [_message(visitor, body, self._account.settings)]
        if "receipt" in body:
            return [_receipt(visitor, body)]
        if body.get("typing") is True:
            return [Typing(sender=_sender(visitor), at=_time(body))]
        return []

    def fetch(self, cursor: Cursor) -> FetchResult:
        """Nothing is ever polled."""
        return FetchResult(deliveries=(), cursor=cursor)

    def send(self, message: OutboundMessage) -> SendResult:
        """Nothing is remote: what is accepted shows on the visitor's screens, which answer with receipts."""
        return SendResult(external_id=scoped(message.recipient, message.key))


def scoped(visitor_id: str, key: str) -> str:
    """Return a key as an external id of one visitor: nobody can repeat or acknowledge what is another's."""
    return f"{visitor_id}:{key}"


def key_of(external_id: str) -> str:
    """Return the page's own key of an external id made by `scoped`."""
    return external_id.rpartition(":")[2]


def _token(raw: RawDelivery) -> str:
    return tokens.bearer(raw.headers.get("authorization", ""))


def _object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Refused(Reason.UNREADABLE) from error
    if not isinstance(value, dict):
        raise Refused(Reason.UNREADABLE)
    return value


def _sender(visitor: tokens.Visitor) -> Sender:
    return Sender(external_id=visitor.id, kind=HandleKind.VISITOR, name=visitor.name, language=visitor.language)


def _message(visitor: tokens.Visitor, body: dict[str, Any], settings: Mapping[str, Any]) -> InboundMessage:
    text = body.get("text", "")
    if not isinstance(text, str):
        raise Refused(Reason.UNREADABLE)
    if len(text) > LONGEST_TEXT:
        raise Refused(Reason.TOO_LONG)
    files = _files(body.get("files", []), allowed_by(settings).types)
    if not text.strip() and not files:
        raise Refused(Reason.EMPTY)
    return InboundMessage(
        external_id=scoped(visitor.id, _uuid(body["key"])),
        sender=_sender(visitor),
        text=text,
        sent_at=_time(body),
        attachments=files,
        metadata=_said_of_themselves(visitor) | _answers(settings, body.get("answers")),
    )


def _said_of_themselves(visitor: tokens.Visitor) -> dict[str, Any]:
    """What an anonymous visitor typed proves nothing: agents see it, and nobody is merged by it."""
    if not visitor.email:
        return {}
    return {"verified_email" if visitor.is_signed_in else "unverified_email": visitor.email}


def _answers(settings: Mapping[str, Any], said: object) -> dict[str, dict[str, str]]:
    answers = answers_of(form_of(settings), said)
    return {"answers": answers} if answers else {}


def _receipt(visitor: tokens.Visitor, body: dict[str, Any]) -> Receipt:
    state = body.get("state")
    if not isinstance(state, str) or state not in _RECEIPTS:
        raise Refused(Reason.UNREADABLE)
    return Receipt(external_id=scoped(visitor.id, _uuid(body["receipt"])), state=_RECEIPTS[state], at=_time(body))


def _files(value: object, allowed: Collection[str]) -> tuple[InboundAttachment, ...]:
    if not isinstance(value, list) or len(value) > MOST_FILES:
        raise Refused(Reason.UNREADABLE)
    return tuple(_file(item, allowed) for item in value)


def _file(item: object, allowed: Collection[str]) -> InboundAttachment:
    name, encoded = (item.get("name"), item.get("data")) if isinstance(item, dict) else (None, None)
    if not isinstance(name, str) or not isinstance(encoded, str):
        raise Refused(Reason.UNREADABLE)
    try:
        data = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refused(Reason.UNREADABLE) from error
    return InboundAttachment(name=name, content_type=content_type_of(data, allowed), content=FileBytes(data))


def _uuid(value: object) -> str:
    if not isinstance(value, str):
        raise Refused(Reason.UNREADABLE)
    try:
        return str(UUID(value))
    except ValueError as error:
        raise Refused(Reason.UNREADABLE) from error


def _time(body: dict[str, Any]) -> datetime:
    value = body.get("at")
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        at = None
    if at is None or at.utcoffset() is None:
        raise Refused(Reason.UNREADABLE)
    return at
