"""A channel for whatever an organisation builds itself: an app, a shop, a ticket system, another platform's bridge.

Credentials: `inbound_secret`, `outbound_secret`, each of the form whsec_…; while one is being replaced,
`inbound_secret_new`, `outbound_secret_new`. Settings: `url`, where we call; `file_hosts`, from where files are
fetched; `timeout`.
"""

from datetime import timedelta
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from channels_social import standard_webhooks
from channels_social.api import payloads
from channels_social.api.client import OtherSystem, download
from channels_social.api.setup import FIELDS, check
from csplatform.gateway.contract import (
    Abilities,
    AccountConfig,
    Cursor,
    Event,
    FetchResult,
    HttpAnswer,
    OutboundMessage,
    RawDelivery,
    ReceiptState,
    SendResult,
)
from csplatform.gateway.errors import WebhookRejected

# So long files can be fetched from the addresses that a message names.
LIFETIME = timedelta(days=1)


def typing(account: AccountConfig, person: str) -> None:
    """Say that somebody writes an answer."""
    OtherSystem(account).tell("agent.typing", {"to": person})


def mark_read(account: AccountConfig, person: str, external_id: str) -> None:
    """Say that a message was read."""
    OtherSystem(account).tell("message.read", {"id": external_id, "to": person})


def name_ahead(_account: AccountConfig, key: str) -> str:
    """A message is called by our key: the other system gives out no ids of its own."""
    return key


class ApiChannel:
    """Another system, by Standard Webhooks both ways."""

    slug: ClassVar[str] = "api"
    label: ClassVar[Any] = _("Own system (API)")
    abilities: ClassVar[Abilities] = Abilities(
        attachments_per_message=None,
        receipts=frozenset(ReceiptState),
        edits=True,
        deletes=True,
        quick_replies=20,
        deduplicates=True,
        max_webhook=25_000_000,
        download=download,
        name_ahead=name_ahead,
        typing=typing,
        mark_read=mark_read,
        fields=FIELDS,
        check=check,
    )

    def __init__(self, account: AccountConfig) -> None:
        self._account = account

    def handshake(self, raw: RawDelivery) -> HttpAnswer | None:
        """There is nothing to test: a first message shows whether it works."""
        return None

    def verify(self, raw: RawDelivery) -> None:
        """Check the signature; while a secret is being replaced, either one is good."""
        if raw.method != "POST":
            raise WebhookRejected("news come with POST")
        secrets = self._account.credentials
        names = ("inbound_secret", "inbound_secret_new")
        standard_webhooks.verify(raw, [secrets[name] for name in names if secrets.get(name)])

    def parse(self, raw: RawDelivery) -> list[Event]:
        """Return the one event of a call."""
        return payloads.events(raw)

    def fetch(self, cursor: Cursor) -> FetchResult:
        """The other system calls us."""
        return FetchResult((), cursor)

    def send(self, message: OutboundMessage) -> SendResult:
        """Call with a message; its id, ours, is the call's id, too."""
        files = [
            {
                "name": file.name,
                "content_type": file.content_type,
                "size": file.size,
                "url": file.link(LIFETIME),
            }
            for file in message.attachments
        ]
        data = {
            "id": message.key,
            "to": message.recipient,
            "text": message.text,
            "attachments": files,
            "quick_replies": list(message.quick_replies),
            "reply_to": message.reply_to,
            "conversation": message.thread_name,
            "language": message.language,
            "automatic": message.automatic,
        }
        OtherSystem(self._account).tell("message.created", data, call_id=message.key, takes_message=True)
        return SendResult(message.key)
