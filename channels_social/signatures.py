"""Comparing what a caller shows with what it should."""

import base64
import hashlib
import hmac
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def same(given: str, wanted: str) -> bool:
    """Tell whether two secrets are equal, in a time that says nothing about where they differ; empty equals nothing."""
    return bool(wanted) and hmac.compare_digest(_bytes(given), _bytes(wanted))


def hmac_sha256(secret: str, body: bytes) -> str:
    """Return the signature of `body` in hexadecimal."""
    return hmac.new(_bytes(secret), body, hashlib.sha256).hexdigest()


def hmac_sha256_base64(secret: str, body: bytes) -> str:
    """Return the signature of `body` in Base64."""
    return base64.b64encode(hmac.new(_bytes(secret), body, hashlib.sha256).digest()).decode()


def ed25519_signed(public_key: str, signature: str, message: bytes) -> bool:
    """Tell whether `message` was signed by the owner of a key (RFC 8032); key and signature are in hexadecimal."""
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
        key.verify(bytes.fromhex(signature), message)
    except (ValueError, InvalidSignature):
        return False
    return True


def is_recent(seconds: str, at: datetime, *, tolerance: int = 300) -> bool:
    """Tell whether a time given in Unix seconds lies within `tolerance` seconds of `at`, before it or after."""
    return seconds.isascii() and seconds.isdigit() and abs(at.timestamp() - int(seconds[:20])) <= tolerance


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
