"""django-anymail's views where it would ask the network while it reads, or trip over a mail that is not UTF-8."""

import json
from typing import Any

from anymail.exceptions import AnymailConfigurationError
from anymail.inbound import AnymailInboundMessage
from anymail.signals import AnymailInboundEvent, EventType
from anymail.webhooks.amazon_ses import AmazonSESInboundWebhookView, AmazonSESTrackingWebhookView
from anymail.webhooks.base import AnymailBaseWebhookView
from anymail.webhooks.brevo import BrevoInboundWebhookView
from anymail.webhooks.postal import PostalInboundWebhookView
from anymail.webhooks.sparkpost import SparkPostInboundWebhookView
from django.http import HttpRequest


class _WithoutBoto(AnymailBaseWebhookView):  # type: ignore[misc]  # anymail is untyped
    """SNS notifications need nothing of Amazon's library: subscriptions are confirmed by `sns`."""

    def __init__(self, **kwargs: Any) -> None:
        self.auto_confirm_enabled = False
        AnymailBaseWebhookView.__init__(self, **kwargs)


class AmazonSESTracking(_WithoutBoto, AmazonSESTrackingWebhookView):  # type: ignore[misc]
    """What became of mail that left through SES."""


class AmazonSESInbound(_WithoutBoto, AmazonSESInboundWebhookView):  # type: ignore[misc]
    """Mail that SES puts into its notifications; what it puts into S3 must be fetched, which no parser may."""

    def fetch_s3_chunks(self, bucket_name: str, object_key: str) -> Any:
        """Raise AnymailConfigurationError."""
        raise AnymailConfigurationError("this mail lies in S3; let the receipt rule publish it to SNS instead")


class BrevoInbound(BrevoInboundWebhookView):  # type: ignore[misc]
    """Mail at Brevo; its attachments are fetched later, one by one."""

    def esp_to_anymail_event(self, esp_event: dict[str, Any]) -> AnymailInboundEvent:
        """Return the mail without its attachments, and Brevo's event with them."""
        event = super().esp_to_anymail_event({**esp_event, "Attachments": []})
        event.esp_event = esp_event
        return event


class SparkPostInbound(SparkPostInboundWebhookView):  # type: ignore[misc]
    """Mail at SparkPost; its bytes, in whatever charset, are taken from the event itself."""

    def esp_to_anymail_event(self, event_class: str, event: Any, raw_event: Any) -> AnymailInboundEvent:
        """Return the envelope."""
        if event_class == "relay_message":
            event = {**event, "content": {"email_rfc822": "", "email_rfc822_is_base64": False}}
        return super().esp_to_anymail_event(event_class, event, raw_event)


class PostalInbound(PostalInboundWebhookView):  # type: ignore[misc]
    """Mail at Postal; its bytes, in whatever charset, are taken from the event itself."""

    def parse_events(self, request: HttpRequest) -> list[AnymailInboundEvent]:
        """Return the envelope."""
        esp_event = json.loads(request.body)
        message = AnymailInboundMessage()
        message.envelope_sender, message.envelope_recipient = esp_event["mail_from"], esp_event["rcpt_to"]
        return [AnymailInboundEvent(event_type=EventType.INBOUND, esp_event=esp_event, message=message)]
