"""How Amazon SNS finds out that an address wants its notifications, which is how Amazon SES calls.

https://docs.aws.amazon.com/sns/latest/dg/SendMessageToHttp.prepare.html
"""

import re
from urllib.parse import parse_qs, urlsplit

import httpx

from channels_email.providers.calls import document, member
from channels_email.providers.known import BASIC_AUTH
from channels_email.providers.webhooks import verify
from csplatform.gateway.contract import AccountConfig, HttpAnswer, RawDelivery
from csplatform.gateway.errors import WebhookRejected

# Seconds; SNS waits 15 for us.
TIMEOUT = 8
_AMAZON = re.compile(r"sns\.[a-z0-9-]{1,40}\.amazonaws\.com(?:\.cn)?")
_TYPE = "x-amz-sns-message-type"


def handshake(account: AccountConfig, raw: RawDelivery) -> HttpAnswer | None:
    """Confirm a subscription that knows the account's password; None for any other call.

    Amazon sends the password only after it was asked for it. Raises WebhookRejected for a subscription that does not
    know it, or that wants something else than Amazon's own address called.
    """
    if raw.method != "POST" or _TYPE not in raw.headers:
        return None
    if account.credentials.get(BASIC_AUTH) and not raw.headers.get("authorization"):
        return HttpAnswer(b"who calls?", 401, headers={"WWW-Authenticate": 'Basic realm="mail"'})
    if raw.headers[_TYPE] != "SubscriptionConfirmation":
        return None
    verify(account, raw)
    url = subscription_url(raw)
    return HttpAnswer(b"confirmed") if _confirm(account, url) else HttpAnswer(b"try again later", 503)


def subscription_url(raw: RawDelivery) -> str:
    """Return the address that confirms the subscription. Raises WebhookRejected unless it is Amazon's."""
    url = member(document(raw), "SubscribeURL")
    try:
        parts = urlsplit(url if isinstance(url, str) else "")
        amazons = parts.scheme == "https" and parts.port in {None, 443} and _AMAZON.fullmatch(parts.netloc) is not None
    except ValueError:
        amazons = False
    if not amazons or parse_qs(parts.query).get("Action") != ["ConfirmSubscription"]:
        raise WebhookRejected("Amazon SES: the address to confirm the subscription is not Amazon's")
    return parts.geturl()


def _confirm(account: AccountConfig, url: str) -> bool:
    """Call `url`, at the host that the account's setting `api_url` names where it names one."""
    base = str(account.settings.get("api_url") or "")
    if base:
        parts = urlsplit(url)
        url = f"{base.rstrip('/')}{parts.path}?{parts.query}"
    try:
        return httpx.get(url, timeout=TIMEOUT, follow_redirects=False).status_code == 200
    except httpx.HTTPError:
        return False
