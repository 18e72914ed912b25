"""Signatures of Standard Webhooks (github.com/standard-webhooks/standard-webhooks, spec): HMAC-SHA256, symmetric.

A secret is "whsec_" and the key in Base64. A call may carry several signatures, so that a secret can be replaced: who
signs uses the old one and the new one for a while.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence

from channels_social.signatures import is_recent, same
from csplatform.gateway.contract import RawDelivery
from csplatform.gateway.errors import WebhookRejected

ID_HEADER, TIME_HEADER, SIGNATURE_HEADER = "webhook-id", "webhook-timestamp", "webhook-signature"
PREFIX = "whsec_"
# Bytes that a key must have at least.
SHORTEST_KEY = 24
# So many signatures are looked at.
MOST_SIGNATURES = 8


def key_of(secret: str) -> bytes:
    """Return the key in a secret, empty where there is none that is long enough."""
    try:
        key = base64.b64decode(secret.strip().removeprefix(PREFIX), validate=True)
    except (ValueError, binascii.Error):
        return b""
    return key if len(key) >= SHORTEST_KEY else b""


def signature(key: bytes, message_id: str, timestamp: str, body: bytes) -> str:
    """Return one signature of a call; `timestamp` is in Unix seconds."""
    signed = f"{message_id}.{timestamp}.".encode("utf-8", "surrogatepass") + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def signed_headers(keys: Sequence[bytes], message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Return the headers of a call signed with each of `keys`; `timestamp` is in Unix seconds."""
    made = [signature(key, message_id, str(timestamp), body) for key in keys]
    return {ID_HEADER: message_id, TIME_HEADER: str(timestamp), SIGNATURE_HEADER: " ".join(made)}


def verify(raw: RawDelivery, secrets: Sequence[str]) -> None:
    """Raise WebhookRejected unless a call of the last five minutes is signed with one of `secrets`."""
    keys = [key for key in map(key_of, secrets) if key]
    message_id, timestamp = raw.headers.get(ID_HEADER, ""), raw.headers.get(TIME_HEADER, "")
    if not keys:
        raise WebhookRejected("the account has no usable secret for incoming calls")
    if not message_id:
        raise WebhookRejected("the call has no webhook-id")
    if not is_recent(timestamp, raw.received_at):
        raise WebhookRejected("the call is older than five minutes, or does not say how old it is")
    wanted = [signature(key, message_id, timestamp, raw.body) for key in keys]
    given = raw.headers.get(SIGNATURE_HEADER, "").split(" ")[:MOST_SIGNATURES]
    if not any(same(one, right) for one in given for right in wanted):
        raise WebhookRejected("the signature is missing or wrong")
