"""Facebook Messenger as a channel.

Address: the page's id. Credentials: `access_token` (of the page), `app_secret`, `verify_token` (any word, entered at
Meta beside our address). Settings: `human_agent` (the app has that permission), `api_base`, `timeout`.
"""

import json
from datetime import timedelta
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from channels_social import calling
from channels_social.measures import utf16_units
from channels_social.messenger.setup import API_BASE, FIELDS, check
from channels_social.meta import comments, files, messaging, sending, webhooks
from channels_social.meta.errors import MESSAGING
from channels_social.meta.graph import Graph
from csplatform.gateway.contract import (
    Abilities,
    AccountConfig,
    Cursor,
    Download,
    Event,
    FetchResult,
    HttpAnswer,
    OutboundAttachment,
    OutboundMessage,
    Profile,
    RawDelivery,
    ReceiptState,
    SendResult,
)
from csplatform.gateway.errors import SendFailed, SendUnavailable, Unreadable

# Larger pictures go as files.
MAX_PICTURE = 8_000_000


def download(account: AccountConfig, ref: str) -> Download:
    """Fetch the file that a `FileReference` names."""
    return files.download(account, ref, API_BASE)


def profile(account: AccountConfig, person: str) -> Profile:
    """Return a person's name; language and time zone would take permissions that few apps have."""
    said = _graph(account).ask(person, fields="first_name,last_name")
    try:
        names = (said.optional_text("first_name"), said.optional_text("last_name"))
    except Unreadable:
        raise SendUnavailable(calling.BROKEN_OFF) from None
    return Profile(name=" ".join(name for name in names if name))


def typing(account: AccountConfig, person: str) -> None:
    """Show the dots for up to 20 seconds."""
    sending.act(_graph(account), _messages(account), person, "typing_on")


def mark_read(account: AccountConfig, person: str, _message: str) -> None:
    """Show a person that everything of theirs was read."""
    sending.act(_graph(account), _messages(account), person, "mark_seen")


class MessengerChannel:
    """What people write to one Facebook page."""

    slug: ClassVar[str] = "messenger"
    label: ClassVar[Any] = _("Facebook Messenger")
    abilities: ClassVar[Abilities] = Abilities(
        max_text=2000,
        measure=utf16_units,
        attachments_per_message=1,
        max_attachment=25_000_000,
        receipts=frozenset({ReceiptState.ACCEPTED, ReceiptState.DELIVERED, ReceiptState.READ}),
        edits=True,
        reply_window=timedelta(hours=24),
        late_window=timedelta(days=7),
        late_allowed=lambda account: account.settings.get("human_agent") is True,
        private_answer=timedelta(days=7),
        quick_replies=sending.MOST_REPLIES,
        download=download,
        profile=profile,
        typing=typing,
        mark_read=mark_read,
        fields=FIELDS,
        check=check,
    )

    def __init__(self, account: AccountConfig) -> None:
        self._account = account

    def handshake(self, raw: RawDelivery) -> HttpAnswer | None:
        """Echo Meta's challenge where it knows our word."""
        return webhooks.handshake(self._account, raw)

    def verify(self, raw: RawDelivery) -> None:
        """Check the signature that the app secret makes over the body."""
        webhooks.verify(self._account, raw)

    def parse(self, raw: RawDelivery) -> list[Event]:
        """Return what people did, and what the page said elsewhere."""
        return messaging.events(raw, "page", self._account.address)

    def fetch(self, cursor: Cursor) -> FetchResult:
        """Messenger calls us."""
        return FetchResult((), cursor)

    def send(self, message: OutboundMessage) -> SendResult:
        """Send a text, or one file. Our key travels along, so an echo tells what a broken line left open."""
        if comments.is_public(message.recipient):
            return sending.answer_in_public(_graph(self._account), "comments", message)
        if len(message.attachments) > 1:
            raise SendFailed(calling.ONE_FILE_ONLY)
        graph = _graph(self._account)
        content: dict[str, Any] = {"text": message.text}
        if message.attachments:
            content = {"attachment": self._uploaded(graph, message.attachments[0])}
        content["metadata"] = message.key
        kind = {"messaging_type": "RESPONSE"}
        return sending.send(graph, _messages(self._account), message, content, kind, own=self._account.address)

    def _uploaded(self, graph: Graph, attachment: OutboundAttachment) -> dict[str, Any]:
        kind = sending.kind_of(attachment.content_type)
        if kind == "image" and attachment.size > MAX_PICTURE:
            kind = "file"
        description = {"attachment": {"type": kind, "payload": {"is_reusable": True}}}
        answer = graph.tell(
            f"{self._account.address}/message_attachments",
            data={"message": json.dumps(description)},
            files={"filedata": (attachment.name, attachment.open(), attachment.content_type)},
        )
        try:
            return {"type": kind, "payload": {"attachment_id": answer.identifier("attachment_id")}}
        except Unreadable:
            raise SendUnavailable(calling.BROKEN_OFF) from None


def _graph(account: AccountConfig) -> Graph:
    return Graph(account, API_BASE, MESSAGING)


def _messages(account: AccountConfig) -> str:
    return f"{account.address}/messages"
