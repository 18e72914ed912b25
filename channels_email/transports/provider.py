"""Handing a mail to the account's provider over HTTP, and telling apart what can go wrong on the way."""

from collections.abc import Mapping
from email.mime.base import MIMEBase
from typing import Any

import requests
from anymail.exceptions import AnymailAPIError, AnymailError, AnymailRecipientsRefused
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMultiAlternatives
from django.utils.module_loading import import_string
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError

from channels_email.compose import Letter, content_type, file_name, mark_of, message_id, write
from channels_email.headers import one_line
from channels_email.providers.known import MARK, Provider
from channels_email.transports import pace
from csplatform.gateway.contract import AccountConfig, OutboundAttachment, OutboundMessage, SendResult
from csplatform.gateway.errors import SendFailed, SendUnavailable, SendUncertain

# Seconds for connecting and for each answer.
TIMEOUT = 30
# A gateway that waited in vain says nothing about what the provider behind it did.
_OUTCOME_UNKNOWN = frozenset({502, 504})
_NO_ADDRESS = (
    requests.exceptions.InvalidURL,
    requests.exceptions.MissingSchema,
    requests.exceptions.InvalidSchema,
)
_REFUSED = frozenset({"invalid", "rejected", "failed"})


def send(account: AccountConfig, provider: Provider, message: OutboundMessage) -> SendResult:
    """Send `message`; its id is the Message-ID that we give it, also where the provider writes another.

    Raises SendFailed where the provider refuses, SendUnavailable where it is busy, ill or away, and SendUncertain
    where it stays open whether it took the mail.
    """
    letter = write(account, message)
    mail = _mail(letter, provider, mark_of(account, message.key))
    pace.keep(account)
    try:
        backend = import_string(provider.backend)(**_options(account, provider))
        backend.send_messages([mail])
        _check_answer(mail)
    except ImproperlyConfigured:
        raise SendFailed(f"this account's settings for {provider.label} are not complete") from None
    except AnymailRecipientsRefused as error:
        raise SendFailed(f"{provider.label} takes no mail for these recipients", code=_code(error)) from None
    except (AnymailAPIError, requests.RequestException) as error:
        raise _failure(provider, error) from None
    except (AnymailError, ValueError) as error:
        raise SendFailed(f"{provider.label} cannot send this mail: {_first_line(error)}") from None
    return SendResult(message_id(account, message.key), refused=_refused(mail))


def _check_answer(mail: Any) -> None:
    """Raise AnymailAPIError for a no that anymail took for a doubtful yes: Postmark's, in words it does not know."""
    response = getattr(mail.anymail_status, "esp_response", None)
    if response is not None and response.status_code >= 400:
        raise AnymailAPIError("refused", response=response)


def _options(account: AccountConfig, provider: Provider) -> dict[str, Any]:
    given = {**account.settings, **account.credentials}
    found = {name: given[name] for name in (*provider.options, "api_url") if given.get(name)}
    return {"timeout": TIMEOUT, **found}


def _mail(letter: Letter, provider: Provider, mark: str) -> Any:
    """Return the letter as Django writes it, with our mark, by which the provider's events will name it."""
    headers = dict(letter.headers)
    if provider.headers_taken is not None:
        headers = {name: value for name, value in headers.items() if name in provider.headers_taken}
    mail: Any = EmailMultiAlternatives(
        subject=letter.subject,
        body=letter.text,
        from_email=str(letter.sender),
        to=letter.to,
        cc=letter.cc,
        bcc=letter.bcc,
        reply_to=[str(letter.reply_to)] if letter.reply_to is not None else None,
        headers=headers,
    )
    if letter.html:
        mail.attach_alternative(letter.html, "text/html")
    for picture in letter.inline:
        mail.attach(_inline(picture))
    for file in letter.attachments:
        mail.attach(file_name(file), file.open(), content_type(file))
    if provider.marks_by_tag:
        mail.tags = [f"{MARK}:{mark}"]
    else:
        mail.metadata = {MARK: mark}
    return mail


def _inline(picture: OutboundAttachment) -> MIMEBase:
    part = MIMEBase(*content_type(picture).split("/"))
    part.set_payload(picture.open())
    part["Content-ID"] = f"<{picture.content_id}>"
    part.add_header("Content-Disposition", "inline", filename=file_name(picture))
    return part


def _refused(mail: Any) -> Mapping[str, str]:
    """Return the recipients that the provider refused at once; of most it hears later, and says so by an event."""
    told = mail.anymail_status.recipients.items()
    return {address: f"the provider says: {status.status}" for address, status in told if status.status in _REFUSED}


def _failure(provider: Provider, error: Any) -> SendFailed | SendUncertain:
    """Return what an error of the API, or of the line to it, stands for. It may repeat the key, so it is not kept."""
    response = getattr(error, "response", None)
    if response is None:
        return _broken_line(provider, error)
    status = int(response.status_code)
    if status in _OUTCOME_UNKNOWN or status < 400:
        return SendUncertain(f"{provider.label} broke off without an answer: it may have taken the mail")
    if status == 429 or status >= 500:
        wait = response.headers.get("retry-after", "")
        seconds = float(wait) if wait.isascii() and wait.isdigit() else None
        return SendUnavailable(f"{provider.label} is busy ({status})", code=str(status), retry_after=seconds)
    if status in {401, 403}:
        return SendFailed(f"{provider.label} does not accept this account's key ({status})", code=str(status))
    return SendFailed(
        f"{provider.label} refuses this mail ({status} {one_line(response.text)[:300]})", code=str(status)
    )


def _broken_line(provider: Provider, error: Any) -> SendFailed | SendUncertain:
    """Tell a provider that was never reached from one that fell silent with the mail in its hands."""
    cause = error.__cause__ if isinstance(error.__cause__, requests.RequestException) else error
    reason = cause.args[0] if cause.args else None
    if isinstance(reason, MaxRetryError):
        reason = reason.reason
    if isinstance(reason, (NewConnectionError, ConnectTimeoutError)) or isinstance(cause, requests.ConnectTimeout):
        return SendUnavailable(f"{provider.label} cannot be reached")
    if isinstance(cause, _NO_ADDRESS):
        return SendFailed(f"the address set for {provider.label} is not a valid one")
    return SendUncertain(f"{provider.label} broke off without an answer: it may have taken the mail")


def _code(error: Any) -> str:
    return str(getattr(error, "status_code", None) or "")


def _first_line(error: Exception) -> str:
    return one_line(str(error.args[0]) if error.args else type(error).__name__)[:300]
