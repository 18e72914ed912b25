"""Text messages as a channel, by Twilio.

Address: the number (E.164), or the id of a messaging service (MG…). Credentials: `account_sid`; `auth_token`, which
signs Twilio's calls; `api_key` and `api_secret`, where the token is not to be used for calling. Settings: `mms`,
whether the number can send pictures; `api_base`.
"""

from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from channels_social import calling
from channels_social.measures import utf16_units
from channels_social.signatures import same
from channels_social.twilio import payloads, signature
from channels_social.twilio.client import TwilioApi, download
from channels_social.twilio.contents import body_and_media
from channels_social.twilio.setup import FIELDS, check
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


class TwilioChannel:
    """One number, or one messaging service. People are known by their numbers."""

    slug: ClassVar[str] = "twilio"
    label: ClassVar[Any] = _("SMS (Twilio)")
    abilities: ClassVar[Abilities] = Abilities(
        max_text=1600,
        max_caption=1000,
        measure=utf16_units,
        attachments_per_message=1,
        receipts=frozenset(ReceiptState),
        # Plain words would be sent to the customer as an answer.
        thanks="<Response/>",
        thanks_type="text/xml; charset=utf-8",
        download=download,
        fields=FIELDS,
        check=check,
    )

    def __init__(self, account: AccountConfig) -> None:
        self._account = account

    def handshake(self, raw: RawDelivery) -> HttpAnswer | None:
        """Twilio does not test an address."""
        return None

    def verify(self, raw: RawDelivery) -> None:
        """Check the signature that the account's token makes over our address and the form."""
        token = self._account.credentials.get("auth_token", "")
        if raw.method != "POST":
            raise WebhookRejected("Twilio must be told to call with POST")
        if not token:
            raise WebhookRejected("the account has no token")
        given = raw.headers.get(signature.HEADER, "")
        wanted = signature.of_call(token, self._account.webhook, raw)
        if not any(same(given, one) for one in wanted):
            raise WebhookRejected("the signature is missing or wrong")

    def parse(self, raw: RawDelivery) -> list[Event]:
        """Return the message, or how far one of ours got."""
        return payloads.events(raw)

    def fetch(self, cursor: Cursor) -> FetchResult:
        """Twilio calls us."""
        return FetchResult((), cursor)

    def send(self, message: OutboundMessage) -> SendResult:
        """Send a text, and with it a picture or a link to a file. Twilio queues it: receipts tell how far it gets."""
        if len(message.attachments) > 1:
            raise SendFailed(calling.ONE_FILE_ONLY)
        sender = "MessagingServiceSid" if self._account.address.startswith("MG") else "From"
        form = {"To": message.recipient, sender: self._account.address}
        if self._account.webhook:
            form["StatusCallback"] = self._account.webhook
        can_show = self._account.settings.get("mms") is True
        return SendResult(TwilioApi(self._account).send(form | body_and_media(message, can_show=can_show)))
