"""Comparing what a caller shows with what it should."""

import base64
import hashlib
import hmac


def same(given: str, wanted: str) -> bool:
    """Tell whether two secrets are equal, in a time that says nothing about where they differ; empty equals nothing."""
    return bool(wanted) and hmac.compare_digest(_bytes(given), _bytes(wanted))


def hmac_sha256(secret: str, body: bytes) -> str:
    """Return the signature of `body` in hexadecimal."""
    return hmac.new(_bytes(secret), body, hashlib.sha256).hexdigest()


def hmac_sha256_base64(secret: str, body: bytes) -> str:
    """Return the signature of `body` in Base64."""
    return base64.b64encode(hmac.new(_bytes(secret), body, hashlib.sha256).digest()).decode()


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
