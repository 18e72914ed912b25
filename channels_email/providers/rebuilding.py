"""A mail put together again from the pieces that a provider took it apart into. Pure, and alike every time.

The same pieces give the same bytes, so that a repeated call is recognised as one. Text stays UTF-8 in header fields,
as our parser reads it.
"""

import base64
from collections.abc import Iterable
from typing import Any

from channels_email.headers import one_line

_OURS = frozenset({"content-type", "content-transfer-encoding", "content-disposition", "mime-version"})


def rebuild(message: Any) -> bytes:
    """Return the mail in `message` (anymail's)."""
    fields = [(name, str(value)) for name, value in message.items() if name.lower() not in _OURS]
    files = [part for part in message.walk() if part.is_attachment() or part.is_inline()]
    bodies = [("plain", message.text), ("html", message.html)]
    texts = [
        _part([("Content-Type", f"text/{kind}; charset=utf-8")], said.encode("utf-8", "replace"))
        for kind, said in bodies
        if said
    ]
    letter = _multipart("alternative", texts)
    shown = _multipart("related", [letter, *(_file(part) for part in files if part.is_inline())])
    whole = _multipart("mixed", [shown, *(_file(part) for part in files if not part.is_inline())])
    return _header([*fields, ("MIME-Version", "1.0")]) + whole


def _multipart(kind: str, parts: Iterable[bytes]) -> bytes:
    """Return a part of parts. No content can hold the boundary: it is all in base64."""
    boundary = f"=_{kind}_="
    inside = b"".join(f"--{boundary}\r\n".encode() + part + b"\r\n" for part in parts)
    head = _header([("Content-Type", f'multipart/{kind}; boundary="{boundary}"')])
    return head + b"\r\n" + inside + f"--{boundary}--\r\n".encode()


def _file(part: Any) -> bytes:
    name = one_line(str(part.get_filename() or "")).replace("\\", "\\\\").replace('"', '\\"')
    kind = "inline" if part.is_inline() else "attachment"
    fields = [("Content-Type", part.get_content_type())]
    fields.append(("Content-Disposition", f'{kind}; filename="{name}"' if name else kind))
    if part["Content-ID"]:
        fields.append(("Content-ID", str(part["Content-ID"])))
    return _part(fields, _content(part))


def _content(part: Any) -> bytes:
    """Return a file's bytes; those that a provider gave as they are may carry the wrong transfer encoding."""
    payload = part.get_payload()
    return payload if isinstance(payload, bytes) else part.get_content_bytes() or b""


def _part(fields: list[tuple[str, str]], content: bytes) -> bytes:
    head = _header([*fields, ("Content-Transfer-Encoding", "base64")])
    return head + b"\r\n" + base64.encodebytes(content).replace(b"\n", b"\r\n")


def _header(fields: Iterable[tuple[str, str]]) -> bytes:
    return b"".join(f"{name}: {one_line(value)}\r\n".encode("utf-8", "replace") for name, value in fields)
