"""Identifiers of platforms, made fit to be indexed."""

import hashlib

LONGEST = 250


def stable_id(external_id: str) -> str:
    """Return `external_id`, or where it is longer than 250 characters a head of it with a digest. Idempotent."""
    if len(external_id) <= LONGEST:
        return external_id
    digest = hashlib.sha256(external_id.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{external_id[:180]}#{digest}"


def twin_id(external_id: str, fingerprint: str) -> str:
    """Return the id of a different message that wrongly carries `external_id`."""
    return f"{stable_id(external_id)[:180]}#{fingerprint}"
