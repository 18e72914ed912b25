"""A channel of the tests' own: JSON in, a list out, every ability adjustable."""

import json
from collections import deque
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar

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
from csplatform.gateway.errors import Unreadable, WebhookRejected

SECRET = "loopback-secret"


class LoopbackChannel:
    """Takes `{"id", "from", "text"}` signed with a header; `outcomes` says what the next sends do."""

    slug: ClassVar[str] = "loopback"
    label: ClassVar[str] = "Loopback"
    abilities: ClassVar[Abilities] = Abilities(
        receipts=frozenset(ReceiptState),
        edits=True,
        deletes=True,
        max_text=1000,
        secret_headers=frozenset({"x-loopback"}),
    )
    sent: ClassVar[list[OutboundMessage]] = []
    outcomes: ClassVar[deque[Exception | SendResult]] = deque()

    def __init__(self, account: AccountConfig) -> None:
        self.account = account

    @classmethod
    def reset(cls) -> None:
        """Forget what was sent and what was to happen."""
        cls.sent.clear()
        cls.outcomes.clear()

    def handshake(self, raw: RawDelivery) -> HttpAnswer | None:
        challenge = raw.query.get("challenge")
        return HttpAnswer(challenge.encode()) if challenge else None

    def verify(self, raw: RawDelivery) -> None:
        if raw.headers.get("x-loopback") != SECRET:
            raise WebhookRejected("the header x-loopback is wrong")

    def parse(self, raw: RawDelivery) -> list[Event]:
        try:
            entries = json.loads(raw.body)
        except ValueError as error:
            raise Unreadable("no JSON") from error
        return [self._message(entry) for entry in entries]

    def _message(self, entry: dict[str, Any]) -> InboundMessage:
        sender = Sender(external_id=entry["from"], kind=HandleKind.SOCIAL, name=entry.get("name", ""))
        sent_at = datetime.fromisoformat(entry.get("at", "2026-03-02T10:00:00+00:00"))
        return InboundMessage(external_id=entry["id"], sender=sender, text=entry["text"], sent_at=sent_at)

    def fetch(self, cursor: Cursor) -> FetchResult:
        return FetchResult(deliveries=(), cursor=cursor)

    def send(self, message: OutboundMessage) -> SendResult:
        outcome = self.outcomes.popleft() if self.outcomes else SendResult(external_id=f"out-{message.key}")
        if isinstance(outcome, Exception):
            raise outcome
        self.sent.append(message)
        return outcome


class ThreadedChannel(LoopbackChannel):
    """The same, with a conversation for each thread, as e-mail has."""

    slug: ClassVar[str] = "threaded"
    abilities: ClassVar[Abilities] = replace(LoopbackChannel.abilities, threaded=True)


class CopyingChannel(LoopbackChannel):
    """The same, where a message goes to several people, as mail does."""

    slug: ClassVar[str] = "copying"
    abilities: ClassVar[Abilities] = replace(
        ThreadedChannel.abilities,
        copies=True,
        source=True,
        attachments_per_message=None,
        name_ahead=lambda _account, key: f"out-{key}",
    )


class DedupingChannel(LoopbackChannel):
    """The same, on a platform that recognises a repeated send."""

    slug: ClassVar[str] = "deduping"
    abilities: ClassVar[Abilities] = replace(LoopbackChannel.abilities, deduplicates=True)
