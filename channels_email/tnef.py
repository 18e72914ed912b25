"""winmail.dat: what Outlook wraps a mail in for others of its kind (MS-OXTNEF, MS-OXCMSG). Never raises.

The properties are decoded by `tnefparse`, compressed RTF by `compressed_rtf`, RTF by `striprtf`. None of them was made
for hostile input: counts are believed and slices past the end are taken for empty. So the frame is walked here, with
limits, and the libraries are given bytes that stop them when they read too far or too often.
"""

import logging
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, SupportsIndex

from compressed_rtf import decompress
from striprtf.striprtf import rtf_to_text
from tnefparse import TNEF
from tnefparse import properties as names
from tnefparse.codepage import Codepage
from tnefparse.mapi import IMESSAGE_SIG, decode_mapi

from channels_email.charsets import decode

MAX_FILES = 200
_MAX_OBJECTS = 5_000
_MAX_READS = 20_000
_MAX_DEPTH = 3
# Bytes of compressed RTF; it grows up to ninefold, and takes a second for each two megabytes then.
_MAX_RTF = 512 * 1024
_SIGNATURE = struct.pack("<I", TNEF.TNEF_SIGNATURE)
_HEAD = struct.Struct("<BHHI")  # level, name, type, length
_HYPERLINK = re.compile(r"(?i)hyperlink")
_TYPES = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})

logging.getLogger("tnefparse").addHandler(logging.NullHandler())
logging.getLogger("tnefparse").propagate = False  # a line for each property it does not know


@dataclass(frozen=True, slots=True)
class File:
    """A file out of the wrapping."""

    name: str
    content: bytes
    content_type: str = ""
    content_id: str = ""


@dataclass(frozen=True, slots=True)
class Opened:
    """What was wrapped; the body is empty where the mail says it elsewhere."""

    text: str
    html: str
    files: tuple[File, ...]


@dataclass(slots=True)
class _Wrapped:
    """A file while it is being read."""

    title: bytes = b""
    data: bytes = b""
    properties: dict[int, Any] = field(default_factory=dict)


class _Guarded(bytes):
    """Bytes that raise where a reader goes past their end, or reads more often than any real mail needs."""

    def __new__(cls, data: bytes) -> "_Guarded":
        guarded = super().__new__(cls, data)
        guarded.reads = 0
        return guarded

    reads: int

    def __getitem__(self, key: SupportsIndex | slice) -> Any:
        self.reads += 1
        if self.reads > _MAX_READS or (isinstance(key, slice) and (key.stop or 0) > len(self) + 3):  # padded to 4
            raise IndexError("this is no sane list of properties")
        return super().__getitem__(key)


def is_tnef(content_type: str, name: str, data: bytes) -> bool:
    """Tell whether `data` is such a wrapping, by what it is called and how it begins."""
    return (content_type in _TYPES or name.lower() == "winmail.dat") and data.startswith(_SIGNATURE)


def unwrap(data: bytes) -> Opened | None:
    """Return what is in `data`, None where it cannot be read to its end."""
    return _unwrap(data, _MAX_DEPTH)


def _unwrap(data: bytes, depth: int) -> Opened | None:
    codepage = "cp1252"
    message: dict[int, Any] = {}
    body = b""
    wrapped: list[_Wrapped] = []
    try:
        for level, name, content in _objects(data):
            if name == TNEF.ATTOEMCODEPAGE:
                codepage = Codepage(struct.unpack_from("<I", content)[0]).best_guess() or codepage
            elif name == TNEF.ATTBODY:
                body = content
            elif name == TNEF.ATTMAPIPROPS:
                message.update(_properties(content, codepage))
            elif level == TNEF.LVL_ATTACHMENT:
                _add(wrapped, name, content, codepage)
    except (ValueError, struct.error, LookupError):
        return None
    text = _text(message.get(names.MAPI_BODY), codepage) or decode(body.rstrip(b"\x00"), codepage)
    markup = _text(message.get(names.MAPI_BODY_HTML), _internet_charset(message) or codepage)
    if not text.strip() and not markup.strip():
        text = _from_rtf(message.get(names.MAPI_RTF_COMPRESSED))
    files = tuple(file for number, part in enumerate(wrapped, 1) for file in _files(part, codepage, number, depth))
    return Opened(text, markup, files[:MAX_FILES])


def _objects(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Yield level, name and content of each object. Raises ValueError where the frame is broken."""
    if not data.startswith(_SIGNATURE):
        raise ValueError("no TNEF")
    at, count = 6, 0
    while at + _HEAD.size <= len(data):
        level, name, _type, length = _HEAD.unpack_from(data, at)
        at += _HEAD.size
        count += 1
        if at + length > len(data) or count > _MAX_OBJECTS or level not in {TNEF.LVL_MESSAGE, TNEF.LVL_ATTACHMENT}:
            raise ValueError("the frame is broken")
        yield level, name, data[at : at + length]
        at += length + 2  # a checksum follows; some programs get it wrong


def _add(wrapped: list[_Wrapped], name: int, content: bytes, codepage: str) -> None:
    """Add what an object says of a file; its rendering data come first."""
    if name == TNEF.ATTATTACHRENDDATA or not wrapped:
        if len(wrapped) >= MAX_FILES:
            raise ValueError("more files than any mail has")
        wrapped.append(_Wrapped())
    if name == TNEF.ATTATTACHTITLE:
        wrapped[-1].title = content
    elif name == TNEF.ATTATTACHDATA:
        wrapped[-1].data = content
    elif name == TNEF.ATTATTACHMENT:
        wrapped[-1].properties.update(_properties(content, codepage))


def _properties(content: bytes, codepage: str) -> dict[int, Any]:
    """Return the raw values by property; those read before anything went wrong."""
    if len(content) < 4 or struct.unpack_from("<I", content)[0] > _MAX_READS:
        raise ValueError("no sane number of properties")
    return {found.name: found.raw_data for found in decode_mapi(_Guarded(content), codepage)}


def _text(value: Any, codepage: str) -> str:
    if not isinstance(value, list):
        return ""
    text = "".join(part if isinstance(part, str) else decode(part, codepage) for part in value)
    return text.replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n")


def _internet_charset(message: dict[int, Any]) -> str:
    value = message.get(names.MAPI_INTERNET_CODEPAGE)
    return (
        Codepage(struct.unpack("<I", value)[0]).best_guess() or ""
        if isinstance(value, bytes) and len(value) == 4
        else ""
    )


def _from_rtf(value: Any) -> str:
    if not isinstance(value, list) or not value or len(value[0]) > _MAX_RTF:
        return ""
    try:
        rtf = decompress(value[0])
        # Its pattern for links runs away on a long line; without the word it finds none.
        return str(rtf_to_text(_HYPERLINK.sub("\nHYPERLINK", rtf.decode("latin-1")), errors="replace"))
    except Exception:  # both raise whatever comes to hand; the mail is shown without this body
        return ""


def _files(part: _Wrapped, codepage: str, number: int, depth: int) -> Iterator[File]:
    properties = part.properties
    name = (
        _text(properties.get(names.MAPI_ATTACH_LONG_FILENAME), codepage)
        or _text(properties.get(names.MAPI_ATTACH_FILENAME), codepage)
        or decode(part.title.rstrip(b"\x00"), codepage)
    )
    embedded = properties.get(names.MAPI_ATTACH_DATA_OBJ)
    data = part.data
    if isinstance(embedded, list) and embedded and isinstance(embedded[0], bytes):
        data = data or embedded[0]
    if data.startswith(IMESSAGE_SIG):
        yield from _message(data[len(IMESSAGE_SIG) :], properties, name, codepage, number, depth)
        return
    kind = _text(properties.get(names.MAPI_ATTACH_MIME_TAG), codepage).strip().lower()
    content_id = _text(properties.get(names.MAPI_ATTACH_CONTENT_ID), codepage).strip("<> ")
    yield File(name or f"attachment-{number}", data, kind, content_id)


def _message(
    data: bytes, properties: dict[int, Any], name: str, codepage: str, number: int, depth: int
) -> Iterator[File]:
    """Yield a mail that hangs on the mail: what it says, and its files; as it is where it cannot be read."""
    title = _text(properties.get(names.MAPI_DISPLAY_NAME), codepage) or name or f"message-{number}"
    opened = _unwrap(data, depth - 1) if depth else None
    if opened is None:
        yield File(f"{title}.dat", data, "application/ms-tnef")
        return
    if opened.html:
        yield File(f"{title}.html", opened.html.encode(), "text/html")
    else:
        yield File(f"{title}.txt", opened.text.encode(), "text/plain")
    yield from opened.files
