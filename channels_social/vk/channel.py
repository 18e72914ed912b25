"""VK as a channel.

Address: the community's number. Credentials: `access_token` of the community, `secret` (the secret key of the Callback
API). Settings: `confirmation`, the word that VK wants to hear once; `api_base`.
"""

from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from channels_social import calling
from channels_social.measures import utf16_units
from channels_social.reading import Node, read
from channels_social.signatures import same
from channels_social.vk import payloads
from channels_social.vk.client import VkApi, download, mark_read, profile, typing
from channels_social.vk.contents import MOST_BUTTONS, parameters_of
from channels_social.vk.setup import FIELDS, check
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
from csplatform.gateway.errors import SendFailed, Unreadable, WebhookRejected


class VkChannel:
    """One VK community, in chats with one person. VK tells that a message was read, and not that it was delivered."""

    slug: ClassVar[str] = "vk"
    label: ClassVar[Any] = _("VK")
    abilities: ClassVar[Abilities] = Abilities(
        max_text=4096,
        measure=utf16_units,
        attachments_per_message=1,
        max_caption=3500,  # a file that goes as a link needs room for it
        max_attachment=200_000_000,
        receipts=frozenset({ReceiptState.ACCEPTED, ReceiptState.READ}),
        edits=True,
        quick_replies=MOST_BUTTONS,
        deduplicates=True,
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
        """Say the community's word to VK, which asks for it by a call of the kind "confirmation"."""
        try:
            call = read(raw.body)
        except Unreadable:
            return None
        if call.values.get("type") != "confirmation":
            return None
        word = str(self._account.settings.get("confirmation") or "")
        if not word:
            raise WebhookRejected("the account has no confirmation string")
        self._check_community(call)
        # A secret key may be set later; where there is one already, it must be ours.
        if call.has("secret"):
            self._check_secret(call)
        return HttpAnswer(word.encode())

    def verify(self, raw: RawDelivery) -> None:
        """Compare the secret key within the body, which is not signed: the key must not leave the account."""
        if raw.method != "POST":
            raise WebhookRejected("VK calls with POST")
        try:
            call = read(raw.body)
        except Unreadable:
            raise WebhookRejected("the call is not JSON") from None
        self._check_secret(call)
        self._check_community(call)

    def parse(self, raw: RawDelivery) -> list[Event]:
        """Return what the call says."""
        return payloads.events(raw)

    def fetch(self, cursor: Cursor) -> FetchResult:
        """VK calls us."""
        return FetchResult((), cursor)

    def send(self, message: OutboundMessage) -> SendResult:
        """Send a text, or one file with its caption, under a number by which VK recognises a repetition."""
        if len(message.attachments) > 1:
            raise SendFailed(calling.ONE_FILE_ONLY)
        api = VkApi(self._account)
        return SendResult(api.send(message.recipient, parameters_of(api, message)))

    def _check_secret(self, call: Node) -> None:
        given = call.values.get("secret")
        if not same(given if isinstance(given, str) else "", self._account.credentials.get("secret", "")):
            raise WebhookRejected("the secret key is missing or wrong")

    def _check_community(self, call: Node) -> None:
        if str(call.values.get("group_id")) != self._account.address:
            raise WebhookRejected("the call is about another community")
