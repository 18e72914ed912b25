"""Calls of an account's provider to its webhook address: checked, and read, without network or database.

One address takes both kinds of call: those that bring mail, and those that say what became of ours.
"""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from email.errors import MessageError
from typing import Any

from anymail.exceptions import AnymailError
from anymail.signals import AnymailInboundEvent
from django.core.exceptions import BadRequest, ImproperlyConfigured, SuspiciousOperation
from django.http.multipartparser import MultiPartParserError
from django.utils.module_loading import import_string

from channels_email.providers.calls import member, request_of
from channels_email.providers.known import BASIC_AUTH, Provider, provider_of
from channels_email.providers.rebuilding import rebuild
from channels_email.providers.tracking import receipt
from csplatform.gateway.contract import AccountConfig, FileReference, InboundAttachment, RawDelivery, Receipt
from csplatform.gateway.errors import Unreadable, WebhookRejected

# What django-anymail raises over calls that it did not expect.
_ODD = (
    *(AnymailError, ImproperlyConfigured, SuspiciousOperation, BadRequest, MultiPartParserError),
    *(LookupError, ValueError, TypeError, AttributeError, AssertionError, RecursionError, OverflowError, OSError),
    *(MessageError, UnboundLocalError),  # the standard library's, over a body that is no text
)


@dataclass(frozen=True, slots=True)
class Carried:
    """A mail that a provider carried here, as a door of ours would have kept it. `files` are yet to be fetched.

    `is_exact`: these are the sender's own bytes, whose signatures can be checked.
    """

    mail: RawDelivery
    is_exact: bool
    spam: bool = False
    files: tuple[InboundAttachment, ...] = ()


def is_call(raw: RawDelivery) -> bool:
    """Tell whether `raw` came through the webhook door, and not as a mail."""
    return raw.method == "POST"


def verify(account: AccountConfig, raw: RawDelivery) -> None:
    """Raise WebhookRejected unless the account's provider signed the call, or knows the password that we gave it."""
    provider = provider_of(account)
    if provider is None:
        raise WebhookRejected("this mailbox has no provider that calls")
    try:
        view = _view(provider, account, raw, checking=True)
        view.run_validators(request_of(raw))
    except _ODD as error:
        raise WebhookRejected(f"{provider.label}: {_plainly(error)}") from None


def read(account: AccountConfig, raw: RawDelivery) -> list[Receipt | Carried]:
    """Return what a call says. Raises Unreadable where it makes no sense."""
    provider = provider_of(account)
    if provider is None:
        raise Unreadable("this mailbox has no provider that calls")
    try:
        events = _view(provider, account, raw, checking=False).parse_events(request_of(raw))
        return list(_told(provider, account, raw, events))
    except _ODD as error:
        raise Unreadable(f"this call of {provider.label} makes no sense: {_plainly(error)}") from None


def signed_bytes(account: AccountConfig, raw: RawDelivery) -> bytes | None:
    """Return the mail in a delivery as its sender wrote it; None where it came in pieces, or not alone."""
    if not is_call(raw):
        return raw.body
    try:
        told = read(account, raw)
    except Unreadable:
        return None
    return told[0].mail.body if len(told) == 1 and isinstance(told[0], Carried) and told[0].is_exact else None


def _plainly(error: Exception) -> str:
    """Return what may be said aloud: other errors repeat the call, and with it what it was signed with."""
    return str(error) if isinstance(error, ImproperlyConfigured) else type(error).__name__


def _view(provider: Provider, account: AccountConfig, raw: RawDelivery, *, checking: bool) -> Any:
    """Return the view that knows this kind of call. It is never built without any secret: it would let all pass."""
    inbound = provider.is_inbound(raw)
    dotted, key = (provider.inbound, provider.inbound_key) if inbound else (provider.tracking, provider.tracking_key)
    if not dotted:
        raise ImproperlyConfigured("mail that must be fetched from this provider" if inbound else "no such call")
    given = {**account.settings, **account.credentials}
    options = {name: given[name] for name in provider.view_options if given.get(name)}
    if key and given.get(key):  # a signature says more than a password
        options[key] = given[key]
    elif given.get(BASIC_AUTH):
        options[BASIC_AUTH] = given[BASIC_AUTH]
    elif checking:
        raise ImproperlyConfigured("no secret is set")
    else:
        options[BASIC_AUTH] = secrets.token_urlsafe()
    return import_string(dotted)(**options)


def _told(
    provider: Provider, account: AccountConfig, raw: RawDelivery, events: list[Any]
) -> Iterator[Receipt | Carried]:
    for event in events:
        if isinstance(event, AnymailInboundEvent):
            yield _carried(provider, raw, event)
        elif (told := receipt(provider, account, event, raw.received_at)) is not None:
            yield told


def _carried(provider: Provider, raw: RawDelivery, event: Any) -> Carried:
    message = event.message
    mail = provider.mail(raw, event.esp_event)
    envelope = {"x-envelope-from": message.envelope_sender, "x-envelope-to": message.envelope_recipient}
    headers = {name: str(value).strip("<> ") for name, value in envelope.items() if value is not None}
    body = rebuild(message) if mail is None else mail
    delivery = RawDelivery(body=body, headers=headers, query={}, method="PROVIDER", received_at=raw.received_at)
    return Carried(
        delivery,
        is_exact=mail is not None,
        spam=message.spam_detected is True,
        files=tuple(_left_behind(event.esp_event)),
    )


def _left_behind(esp_event: Any) -> Iterator[InboundAttachment]:
    """Yield the files that the provider keeps until they are fetched; only Brevo does."""
    for file in member(esp_event, "Attachments") or () if member(esp_event, "Uuid") is not None else ():
        token = member(file, "DownloadToken")
        if isinstance(token, str) and token:
            yield InboundAttachment(
                name=str(member(file, "Name") or ""),
                content_type=str(member(file, "ContentType") or "application/octet-stream"),
                content=FileReference(token),
                content_id=str(member(file, "ContentID") or "").strip("<>"),
            )
