"""The providers that an account may name in its setting `provider`, and what tells one from the other. Pure.

Option names are django-anymail's own: secrets stand among the account's credentials, all else among its settings.
"""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from channels_email.providers.calls import document, form_field, is_json, member
from csplatform.gateway.contract import AccountConfig, RawDelivery

# What every view takes: the “user:password” with which a provider calls us.
BASIC_AUTH = "webhook_secret"


def _never(_value: Any) -> bool:
    return False


def _nothing(_raw: RawDelivery, _event: Any) -> None:
    return None


def _no_headers(_mark: str) -> dict[str, str]:
    return {}


@dataclass(frozen=True, slots=True)
class Provider:
    """One provider. Dotted names are empty where django-anymail has no such thing, or it cannot be used here.

    backend: what sends; empty where mail leaves by the provider's SMTP server.
    options: what it needs or takes to send.
    tracking, inbound: the views that check and read calls about our mail, and calls that bring mail.
    tracking_key, inbound_key: the option with which these calls are signed, empty where they carry the basic
        authentication alone. view_options: what else the views take.
    is_inbound: tells the two kinds of call apart, before anything is checked.
    mail: returns the bytes of the mail in an inbound call and one of its events, None where the provider took it apart.
    is_hard: whether the provider's own event about our mail says that a later try is pointless.
    headers: what a mail with this mark needs, so that it keeps its Message-ID or is known again.
    marks_by_tag: the provider gives back tags, but no metadata. headers_taken: None for any.
    """

    label: str
    backend: str = ""
    options: tuple[str, ...] = ("api_key",)
    tracking: str = ""
    inbound: str = ""
    tracking_key: str = ""
    inbound_key: str = ""
    view_options: tuple[str, ...] = ()
    is_inbound: Callable[[RawDelivery], bool] = _never
    mail: Callable[[RawDelivery, Any], bytes | None] = _nothing
    is_hard: Callable[[Any], bool] = _never
    headers: Callable[[str], Mapping[str, str]] = _no_headers
    marks_by_tag: bool = False
    headers_taken: frozenset[str] | None = None


def _as_bytes(mail: Any, *, is_base64: bool = False) -> bytes | None:
    if not isinstance(mail, str):
        return None
    return base64.b64decode(mail) if is_base64 else mail.encode("utf-8", "replace")


def _has(name: str) -> Callable[[RawDelivery], bool]:
    def has(raw: RawDelivery) -> bool:
        return member(document(raw), name) is not None

    return has


def _says(value: Any, *names: str) -> Callable[[Any], bool]:
    values = value if isinstance(value, frozenset) else frozenset({value})

    def says(event: Any) -> bool:
        found = member(event, *names)
        return isinstance(found, str) and found in values

    return says


def _is_form(raw: RawDelivery) -> bool:
    return not is_json(raw)


# Amazon SES ------------------------------------------------------------------------------------------------------


def ses_event(raw: RawDelivery) -> Any:
    """Return the event of SES within the notification of SNS, None where there is none."""
    inner = member(document(raw), "Message")
    return document(RawDelivery(inner.encode(), {}, {}, "", raw.received_at)) if isinstance(inner, str) else None


def _ses_is_inbound(raw: RawDelivery) -> bool:
    return bool(member(ses_event(raw), "notificationType") == "Received")


def _ses_mail(_raw: RawDelivery, event: Any) -> bytes | None:
    encoded = member(event, "receipt", "action", "encoding") == "BASE64"
    return _as_bytes(member(event, "content"), is_base64=encoded)


# The others ------------------------------------------------------------------------------------------------------


def _mailgun_is_inbound(raw: RawDelivery) -> bool:
    return _is_form(raw) and form_field(raw, "event") in {None, b"inbound"}


def _postmark_is_inbound(raw: RawDelivery) -> bool:
    event = document(raw)
    return isinstance(event, dict) and event.get("RecordType", "Inbound") == "Inbound"


def _mailjet_is_inbound(raw: RawDelivery) -> bool:
    event = document(raw)
    return isinstance(event, dict) and "event" not in event


def _sparkpost_is_inbound(raw: RawDelivery) -> bool:
    events = document(raw)
    first = events[0] if isinstance(events, list) and events else None
    return member(first, "msys", "relay_message") is not None


def _sparkpost_mail(_raw: RawDelivery, event: Any) -> bytes | None:
    content = member(event, "msys", "relay_message", "content")
    encoded = bool(member(content, "email_rfc822_is_base64"))
    return _as_bytes(member(content, "email_rfc822"), is_base64=encoded)


def _sparkpost_is_hard(event: Any) -> bool:
    """Tell from the class of the bounce: 10 is a bad mailbox, 30 a domain without one."""
    inside = member(event, "msys")
    return isinstance(inside, dict) and any(str(member(one, "bounce_class")) in {"10", "30"} for one in inside.values())


def _sendgrid_is_hard(event: Any) -> bool:
    if member(event, "event") == "bounce":
        return bool(member(event, "type") != "blocked")
    return _says(frozenset({"Invalid", "Bounced Address"}), "reason")(event)


def _postal_mail(_raw: RawDelivery, event: Any) -> bytes | None:
    return _as_bytes(member(event, "message"), is_base64=member(event, "base64") is True)


def _metadata_header(mark: str) -> dict[str, str]:
    return {"X-Metadata": f'{{"{MARK}": "{mark}"}}'}


# Under this name what is before the @ of our Message-ID travels with a mail, and comes back with what is said of it.
# Postmark allows 20 characters for the name and 80 for the value.
MARK = "csplatform_id"
_VIEWS = "anymail.webhooks."
_BACKENDS = "anymail.backends."

PROVIDERS: Mapping[str, Provider] = {
    "mailgun": Provider(
        "Mailgun",
        backend=f"{_BACKENDS}mailgun.EmailBackend",
        options=("api_key", "sender_domain"),
        tracking=f"{_VIEWS}mailgun.MailgunTrackingWebhookView",
        inbound=f"{_VIEWS}mailgun.MailgunInboundWebhookView",
        tracking_key="webhook_signing_key",
        inbound_key="webhook_signing_key",
        is_inbound=_mailgun_is_inbound,
        mail=lambda raw, _event: form_field(raw, "body-mime"),
        is_hard=_says("permanent", "event-data", "severity"),
    ),
    "sendgrid": Provider(
        "SendGrid",
        backend=f"{_BACKENDS}sendgrid.EmailBackend",
        tracking=f"{_VIEWS}sendgrid.SendGridTrackingWebhookView",
        inbound=f"{_VIEWS}sendgrid.SendGridInboundWebhookView",
        tracking_key="tracking_webhook_verification_key",
        is_inbound=_is_form,
        mail=lambda raw, _event: form_field(raw, "email"),
        is_hard=_sendgrid_is_hard,
    ),
    "postmark": Provider(
        "Postmark",
        backend=f"{_BACKENDS}postmark.EmailBackend",
        options=("server_token", "message_stream"),
        tracking=f"{_VIEWS}postmark.PostmarkTrackingWebhookView",
        inbound=f"{_VIEWS}postmark.PostmarkInboundWebhookView",
        is_inbound=_postmark_is_inbound,
        mail=lambda _raw, event: _as_bytes(member(event, "RawEmail")),
        is_hard=_says(frozenset({"HardBounce", "BadEmailAddress"}), "Type"),
        headers=lambda _mark: {"X-PM-KeepID": "true"},
    ),
    "amazon_ses": Provider(
        "Amazon SES",
        options=(),
        tracking="channels_email.providers.views.AmazonSESTracking",
        inbound="channels_email.providers.views.AmazonSESInbound",
        is_inbound=_ses_is_inbound,
        mail=_ses_mail,
        is_hard=_says("Permanent", "bounce", "bounceType"),
        headers=_metadata_header,
    ),
    "brevo": Provider(
        "Brevo",
        backend=f"{_BACKENDS}brevo.EmailBackend",
        tracking=f"{_VIEWS}brevo.BrevoTrackingWebhookView",
        inbound="channels_email.providers.views.BrevoInbound",
        view_options=("api_key",),
        is_inbound=_has("items"),
        is_hard=_says(frozenset({"hard_bounce", "invalid_email"}), "event"),
    ),
    "mailjet": Provider(
        "Mailjet",
        backend=f"{_BACKENDS}mailjet.EmailBackend",
        options=("api_key", "secret_key"),
        tracking=f"{_VIEWS}mailjet.MailjetTrackingWebhookView",
        inbound=f"{_VIEWS}mailjet.MailjetInboundWebhookView",
        is_inbound=_mailjet_is_inbound,
        is_hard=lambda event: member(event, "hard_bounce") is True,
    ),
    "mailersend": Provider(
        "MailerSend",
        backend=f"{_BACKENDS}mailersend.EmailBackend",
        options=("api_token",),
        tracking=f"{_VIEWS}mailersend.MailerSendTrackingWebhookView",
        inbound=f"{_VIEWS}mailersend.MailerSendInboundWebhookView",
        tracking_key="signing_secret",
        inbound_key="inbound_secret",
        is_inbound=lambda raw: bool(member(document(raw), "type") == "inbound.message"),
        mail=lambda _raw, event: _as_bytes(member(event, "data", "raw")),
        is_hard=_says("hard_bounced", "data", "type"),
        marks_by_tag=True,
        headers_taken=frozenset({"In-Reply-To"}),  # others are for its enterprise accounts
    ),
    "sparkpost": Provider(
        "SparkPost",
        backend=f"{_BACKENDS}sparkpost.EmailBackend",
        tracking=f"{_VIEWS}sparkpost.SparkPostTrackingWebhookView",
        inbound="channels_email.providers.views.SparkPostInbound",
        is_inbound=_sparkpost_is_inbound,
        mail=_sparkpost_mail,
        is_hard=_sparkpost_is_hard,
    ),
    "mandrill": Provider(
        "Mandrill",
        backend=f"{_BACKENDS}mandrill.EmailBackend",
        tracking=f"{_VIEWS}mandrill.MandrillCombinedWebhookView",
        inbound=f"{_VIEWS}mandrill.MandrillCombinedWebhookView",
        tracking_key="webhook_key",
        inbound_key="webhook_key",
        view_options=("webhook_url",),
        is_inbound=lambda raw: b"raw_msg" in raw.body,  # one view reads both
        mail=lambda _raw, event: _as_bytes(member(event, "msg", "raw_msg")),
        is_hard=_says("hard_bounce", "event"),
    ),
    "resend": Provider(
        "Resend",
        backend=f"{_BACKENDS}resend.EmailBackend",
        tracking=f"{_VIEWS}resend.ResendTrackingWebhookView",
        is_inbound=lambda raw: bool(member(document(raw), "type") == "email.received"),
        is_hard=_says("Permanent", "data", "bounce", "type"),
    ),
    "mailtrap": Provider(
        "Mailtrap",
        backend=f"{_BACKENDS}mailtrap.EmailBackend",
        options=("api_token",),
        tracking=f"{_VIEWS}mailtrap.MailtrapTrackingWebhookView",
        tracking_key="tracking_secret",
        is_hard=_says("bounce", "event"),
    ),
    "unisender_go": Provider(
        "Unisender Go",
        backend=f"{_BACKENDS}unisender_go.EmailBackend",
        tracking=f"{_VIEWS}unisender_go.UnisenderGoTrackingWebhookView",
        tracking_key="api_key",
        is_hard=_says("hard_bounced", "status"),
    ),
    "postal": Provider(
        "Postal",
        backend=f"{_BACKENDS}postal.EmailBackend",
        tracking=f"{_VIEWS}postal.PostalTrackingWebhookView",
        inbound="channels_email.providers.views.PostalInbound",
        tracking_key="webhook_key",
        inbound_key="webhook_key",
        is_inbound=_has("rcpt_to"),
        mail=_postal_mail,
        is_hard=_says("HardFail", "payload", "status"),
        marks_by_tag=True,
    ),
    "scaleway": Provider(
        "Scaleway",
        backend=f"{_BACKENDS}scaleway.EmailBackend",
        options=("secret_key", "project_id", "region"),
    ),
}


def provider_of(account: AccountConfig) -> Provider | None:
    """Return the account's provider, None where it has none that we know."""
    return PROVIDERS.get(str(account.settings.get("provider") or ""))
