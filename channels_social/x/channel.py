"""X as a channel: direct messages with one account, as far as they are not encrypted end to end.

Address: the account's user id, a number. Credentials: `consumer_secret`; `client_id`, `client_secret` and
`oauth_refresh_token`, or for a trial an `access_token`; `bearer_token` for the live test alone. Settings: `api_base`,
`film_base` for the host of films, `timeout`.
"""

import json
import re
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from channels_social import calling
from channels_social.signatures import hmac_sha256_base64, same
from channels_social.x import media, payloads
from channels_social.x.client import Api, download, profile
from channels_social.x.setup import FIELDS, check
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
from csplatform.gateway.errors import SendFailed, WebhookRejected

SIGNATURE_HEADER = "x-twitter-webhooks-signature"
# Our answer to a challenge would also sign a call whose body is that challenge: so none may be a JSON object.
_CHALLENGE = re.compile(r"[A-Za-z0-9 _=+/.:~-]{1,500}")


class XChannel:
    """One account. X tells what was read, but neither what was delivered nor what was taken back."""

    slug: ClassVar[str] = "x"
    label: ClassVar[Any] = _("X")
    abilities: ClassVar[Abilities] = Abilities(
        max_text=10_000,
        max_caption=9_000,  # leaves room for the address of a file that X does not carry
        attachments_per_message=1,
        max_attachment=media.MAX_VIDEO,
        receipts=frozenset({ReceiptState.ACCEPTED, ReceiptState.READ}),
        download=download,
        profile=profile,
        fields=FIELDS,
        check=check,
    )

    def __init__(self, account: AccountConfig) -> None:
        self._account = account

    def handshake(self, raw: RawDelivery) -> HttpAnswer | None:
        """Answer the challenge by which X tests the address, at first and every now and then.

        Source: docs.x.com/x-api/webhooks/introduction, "Challenge-Response Checks".
        """
        challenge = raw.query.get("crc_token")
        if raw.method != "GET" or challenge is None:
            return None
        if not _CHALLENGE.fullmatch(challenge):
            raise WebhookRejected("this is no challenge of X")
        answer = {"response_token": self._signature(challenge.encode())}
        return HttpAnswer(json.dumps(answer).encode(), content_type="application/json")

    def verify(self, raw: RawDelivery) -> None:
        """Check the signature that the consumer secret makes over the body."""
        if raw.method != "POST":
            raise WebhookRejected("X brings news with POST")
        if not same(raw.headers.get(SIGNATURE_HEADER, ""), self._signature(raw.body)):
            raise WebhookRejected("the signature is missing or wrong")

    def parse(self, raw: RawDelivery) -> list[Event]:
        """Return what the event says."""
        return payloads.events(raw, self._account.address)

    def fetch(self, cursor: Cursor) -> FetchResult:
        """X calls us."""
        return FetchResult((), cursor)

    def send(self, message: OutboundMessage) -> SendResult:
        """Send a text, a picture or film with or without one, or the address of another file."""
        if len(message.attachments) > 1:
            raise SendFailed(calling.ONE_FILE_ONLY)
        api, text, body = Api(self._account), message.text, dict[str, Any]()
        for file in message.attachments:
            if category := media.category_of(file):
                body["attachments"] = [{"media_id": media.upload(api, file, category)}]
            else:
                text = "\n".join(part for part in (text, media.address_of(file)) if part)
        if text:
            body["text"] = text
        return SendResult(api.send(message.recipient, body))

    def _signature(self, body: bytes) -> str:
        secret = self._account.credentials.get("consumer_secret", "")
        if not secret:
            raise WebhookRejected("the account has no consumer secret")
        return f"sha256={hmac_sha256_base64(secret, body)}"
