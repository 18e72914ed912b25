"""Tencent's calls of our address: whether they are Tencent's, and what is sealed inside."""

from datetime import timedelta

from channels_social.reading import Node
from channels_social.tencent.crypto import Keys
from channels_social.tencent.xmlbody import read_xml
from csplatform.gateway.contract import AccountConfig, RawDelivery
from csplatform.gateway.errors import Unreadable, WebhookRejected

# A call is repeated within seconds; one much older than this, by its own word, is somebody's who overheard it.
LONGEST_WAY = timedelta(hours=1)


def keys_of(account: AccountConfig, owner: str) -> Keys:
    """Return the keys that the account has."""
    found = (str(account.credentials.get(name) or "") for name in ("aes_key", "former_aes_key"))
    return Keys(str(account.credentials.get("token") or ""), owner, tuple(key for key in found if key))


def verify(raw: RawDelivery, keys: Keys) -> None:
    """Raise WebhookRejected unless this is news that Tencent has sealed and signed, and lately."""
    if raw.method != "POST":
        raise WebhookRejected("news come with POST")
    if not keys.complete:
        raise WebhookRejected("the account has no token, or no EncodingAESKey")
    try:
        sealed = read_xml(raw.body).text("Encrypt")
    except Unreadable as error:
        raise WebhookRejected(f"the call is not sealed (safe mode is off): {error}") from None
    check_signature(raw, keys, sealed)


def check_signature(raw: RawDelivery, keys: Keys, sealed: str) -> None:
    """Raise WebhookRejected unless the query holds the signature of `sealed`, made lately."""
    timestamp, nonce = raw.query.get("timestamp", ""), raw.query.get("nonce", "")
    if not keys.signed(raw.query.get("msg_signature", ""), timestamp, nonce, sealed):
        raise WebhookRejected("the signature is missing or wrong")
    check_age(raw, timestamp)


def check_age(raw: RawDelivery, timestamp: str) -> None:
    """Raise WebhookRejected where a call is too old, or of the future."""
    at = int(timestamp) if timestamp.isascii() and timestamp.isdigit() and len(timestamp) < 12 else 0
    if abs(raw.received_at.timestamp() - at) > LONGEST_WAY.total_seconds():
        raise WebhookRejected("the call is too old, or the clock here is wrong")


def opened(raw: RawDelivery, keys: Keys) -> Node:
    """Return what a stored call says. Raises Unreadable."""
    return read_xml(keys.open(read_xml(raw.body).text("Encrypt")))
