"""What an S/MIME part holds (RFC 5652, RFC 8551): a signed mail in the clear, or something encrypted. Never raises.

Outlook and OpenSSL write BER with indefinite lengths, which `cryptography` does not read, and it returns no content
either; general ASN.1 libraries build an object for each element, which a hostile mail of some megabytes turns into
minutes. All that is wanted here lies on one path through the outermost elements, so only that path is walked.
No signature is checked here.
"""

from collections.abc import Iterator
from enum import StrEnum

_MAX_DEPTH = 16
_SEQUENCE, _SET, _OID, _OCTETS, _CONTEXT_0 = 0x30, 0x31, 0x06, 0x04, 0xA0
_CONSTRUCTED = 0x20


class Kind(StrEnum):
    """The content types that mails carry."""

    SIGNED = "signed"
    ENCRYPTED = "encrypted"


_KINDS = {
    bytes.fromhex("2a864886f70d010702"): Kind.SIGNED,
    bytes.fromhex("2a864886f70d010703"): Kind.ENCRYPTED,
    bytes.fromhex("2a864886f70d0109100117"): Kind.ENCRYPTED,  # authEnvelopedData
}


class _BadEncodingError(ValueError):
    """These bytes are no BER, or not the structure looked for."""


def kind(data: bytes) -> Kind | None:
    """Return what `data` is, None where it is neither."""
    try:
        oid, _content = _content_info(data)
    except _BadEncodingError:
        return None
    return _KINDS.get(oid)


def signed_content(data: bytes) -> bytes | None:
    """Return what was signed, None where it is not inside: the signature stands apart, or there is none."""
    try:
        oid, content = _content_info(data)
        if _KINDS.get(oid) is not Kind.SIGNED:
            return None
        # SignedData: version, digest algorithms, what was signed, …
        signed = _only(data, content, _SEQUENCE)
        fields = _elements(data, *signed)
        next(fields), next(fields)
        tag, start, end = next(fields)
        inside = _elements(data, start, end)
        next(inside)
        wrapped = next(inside, None)
        if tag != _SEQUENCE or wrapped is None or wrapped[0] != _CONTEXT_0:
            return None
        return b"".join(_octets(data, *wrapped[1:], depth=0)) or None
    except (_BadEncodingError, StopIteration):
        return None


def _content_info(data: bytes) -> tuple[bytes, tuple[int, int]]:
    """Return the content type and where the content lies."""
    fields = _elements(data, *_only(data, (0, len(data)), _SEQUENCE))
    oid, content = next(fields, None), next(fields, None)
    if oid is None or content is None or oid[0] != _OID or content[0] != _CONTEXT_0:
        raise _BadEncodingError("no ContentInfo")
    return data[oid[1] : oid[2]], content[1:]


def _only(data: bytes, span: tuple[int, int], tag: int) -> tuple[int, int]:
    """Return where the content of the first element lies, which must be of kind `tag`."""
    found = next(_elements(data, *span), None)
    if found is None or found[0] != tag:
        raise _BadEncodingError("another element was expected")
    return found[1:]


def _octets(data: bytes, start: int, end: int, depth: int) -> Iterator[bytes]:
    """Yield the pieces of the octet strings between `start` and `end`."""
    if depth > _MAX_DEPTH:
        raise _BadEncodingError("too deep")
    for tag, inside, after in _elements(data, start, end):
        if tag == _OCTETS:
            yield data[inside:after]
        elif tag in {_OCTETS | _CONSTRUCTED, _SEQUENCE}:  # PKCS #7 allowed any type; some wrap once more
            yield from _octets(data, inside, after, depth + 1)


def _elements(data: bytes, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Yield the tag of each element between `start` and `end`, and where its content begins and ends."""
    at = start
    while at < end:
        tag, inside, length = _head(data, at, end)
        if tag == 0 and length == 0:  # the end of an element of indefinite length
            return
        if length is None:
            after, at = _end_of_indefinite(data, inside, end)
        else:
            after = at = inside + length
        if after > end:
            raise _BadEncodingError("an element is longer than its place")
        yield tag, inside, after


def _head(data: bytes, at: int, end: int) -> tuple[int, int, int | None]:
    """Return the tag at `at`, where the content begins, and its length, None where that is indefinite."""
    if at + 2 > end or data[at] & 0x1F == 0x1F:
        raise _BadEncodingError("no element, or one with a long tag")
    length = data[at + 1]
    if length < 0x80:
        return data[at], at + 2, length
    if length == 0x80:
        return data[at], at + 2, None
    size = length & 0x7F
    if size > 4 or at + 2 + size > end:
        raise _BadEncodingError("no sane length")
    return data[at], at + 2 + size, int.from_bytes(data[at + 2 : at + 2 + size], "big")


def _end_of_indefinite(data: bytes, at: int, end: int) -> tuple[int, int]:
    """Return where the content of an element of indefinite length ends, and where what follows begins."""
    open_elements = 1
    while open_elements:
        tag, inside, length = _head(data, at, end)
        if tag == 0 and length == 0:
            open_elements -= 1
            at = inside
        elif length is None:
            open_elements += 1
            at = inside
        else:
            at = inside + length
    return at - 2, at
