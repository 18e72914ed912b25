"""Instagram as a channel.

Address: the professional account's id. Credentials: `access_token` (of the Instagram user, or of the linked page),
`app_secret`, `verify_token` (any word, entered at Meta beside our address). Settings: `product` ("login" or "page"),
`page_id` (with "page"), `human_agent` (the app has that permission), `api_base`, `timeout`.
"""

from datetime import timedelta
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from channels_social import calling
from channels_social.instagram import media
from channels_social.instagram.products import Product, graph
from channels_social.instagram.renewal import keep_alive
from channels_social.instagram.setup import FIELDS, check
from channels_social.measures import utf8_bytes
from channels_social.meta import comments, files, messaging, sending, webhooks
from csplatform.gateway.contract import (
    Abilities,
    AccountConfig,
    Cursor,
    Download,
    Event,
    FetchResult,
    HttpAnswer,
    OutboundMessage,
    Profile,
    RawDelivery,
    ReceiptState,
    SendResult,
)
from csplatform.gateway.errors import SendFailed, SendUnavailable, Unreadable


def download(account: AccountConfig, ref: str) -> Download:
    """Fetch the file that a `FileReference` names."""
    return files.download(account, ref, Product.of(account).base)


def profile(account: AccountConfig, person: str) -> Profile:
    """Return a person's name, or user name; Meta tells it of whoever has written."""
    said = graph(account).ask(person, fields="name,username")
    try:
        return Profile(name=said.optional_text("name") or said.optional_text("username"))
    except Unreadable:
        raise SendUnavailable(calling.BROKEN_OFF) from None


def typing(account: AccountConfig, person: str) -> None:
    """Show the dots for up to 20 seconds."""
    sending.act(graph(account), Product.of(account).messages, person, "typing_on")


def mark_read(account: AccountConfig, person: str, _message: str) -> None:
    """Show a person that everything of theirs was read."""
    sending.act(graph(account), Product.of(account).messages, person, "mark_seen")


class InstagramChannel:
    """What people write to one professional account. Instagram tells when something was read, not that it arrived."""

    slug: ClassVar[str] = "instagram"
    label: ClassVar[Any] = _("Instagram")
    abilities: ClassVar[Abilities] = Abilities(
        max_text=1000,
        measure=utf8_bytes,
        attachments_per_message=1,
        max_attachment=25_000_000,
        receipts=frozenset({ReceiptState.ACCEPTED, ReceiptState.READ}),
        deletes=True,
        reply_window=timedelta(hours=24),
        late_window=timedelta(days=7),
        late_allowed=lambda account: account.settings.get("human_agent") is True,
        private_answer=timedelta(days=7),
        quick_replies=sending.MOST_REPLIES,
        polled=True,
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
        """Return what people did, and what was said for the account."""
        return messaging.events(raw, "instagram", self._account.address)

    def fetch(self, cursor: Cursor) -> FetchResult:
        """Bring no news, for Instagram calls us: only keep the token of Instagram Login alive."""
        return FetchResult((), keep_alive(self._account, cursor) if Product.of(self._account).is_login else cursor)

    def send(self, message: OutboundMessage) -> SendResult:
        """Send a text, or one file that Meta fetches from us."""
        if comments.is_public(message.recipient):
            return sending.answer_in_public(graph(self._account), "replies", message)
        if len(message.attachments) > 1:
            raise SendFailed(calling.ONE_FILE_ONLY)
        content: dict[str, Any] = {"text": message.text}
        if message.attachments:
            content = media.content_with(message.attachments[0])
        place = Product.of(self._account).messages
        return sending.send(graph(self._account), place, message, content, {}, own=self._account.address)
