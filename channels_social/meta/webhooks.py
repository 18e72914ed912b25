"""How Meta tests an account's address and proves itself; alike for all its products.

Source: developers.facebook.com/docs/graph-api/webhooks/getting-started.
"""

from channels_social.signatures import hmac_sha256, same
from csplatform.gateway.contract import AccountConfig, HttpAnswer, RawDelivery
from csplatform.gateway.errors import WebhookRejected

SIGNATURE_HEADER = "x-hub-signature-256"


def handshake(account: AccountConfig, raw: RawDelivery) -> HttpAnswer | None:
    """Echo Meta's challenge where it knows the account's verify token; None where this is no such test."""
    if raw.method != "GET" or raw.query.get("hub.mode") != "subscribe":
        return None
    if not same(raw.query.get("hub.verify_token", ""), account.credentials.get("verify_token", "")):
        raise WebhookRejected("the verify token is missing or wrong")
    return HttpAnswer(raw.query.get("hub.challenge", "").encode())


def verify(account: AccountConfig, raw: RawDelivery) -> None:
    """Check the signature that the app secret makes over the body. Raises WebhookRejected."""
    secret = account.credentials.get("app_secret", "")
    if raw.method != "POST":
        raise WebhookRejected("Meta brings news with POST")
    if not secret:
        raise WebhookRejected("the account has no app secret")
    if not same(raw.headers.get(SIGNATURE_HEADER, ""), f"sha256={hmac_sha256(secret, raw.body)}"):
        raise WebhookRejected("the signature is missing or wrong")
