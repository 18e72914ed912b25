"""The tree of parts in a mail (RFC 2045, 2046), from bytes to bytes. Nothing in here raises.

The standard library's parser keeps no exact bytes of a part (needed for attached mails and signatures), follows
nesting until the stack ends, and takes a base64 mail in a mail for text. This one works with offsets into one
buffer, cuts outer boundaries first, and stops at MAX_DEPTH and MAX_PARTS: what lies beyond stays whole, as one part.
"""

import binascii
import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from channels_email.charsets import decode
from channels_email.headers import Headers, Parameters, is_field, parse_headers

MAX_DEPTH = 20
MAX_PARTS = 500
MAX_HEADER = 1024 * 1024

_LINE = re.compile(rb"([^\r\n]*)(\r\n|\n|\r|\Z)")
_CONTENT_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]+/[a-z0-9!#$&^_.+-]+")
_AFTER_BOUNDARY = re.compile(rb"(--)?[ \t]*(?:\r\n|\n|\r|\Z)")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]")
_UU_BEGIN = re.compile(rb"^begin[ \t]+[0-7]{3,4}[ \t]+[^\r\n]*(?:\r\n|\n|\r)", re.MULTILINE)
_GUESSED_BOUNDARY = re.compile(rb"^--([!-~]{1,200}(?: [!-~]{1,200}){0,9})[ \t]*\r?$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Part:
    """One part: its header, where its bytes lie in the mail, and the parts inside it."""

    headers: Headers
    content_type: str
    type_parameters: Parameters
    disposition: Parameters
    source: bytes = field(repr=False)
    start: int
    body_start: int
    end: int
    children: tuple["Part", ...] = ()

    @property
    def raw(self) -> bytes:
        """The part as it came, with its header."""
        return self.source[self.start : self.end]

    @property
    def content(self) -> bytes:
        """The body with its transfer encoding undone."""
        body = self.source[self.body_start : self.end]
        return _undo_transfer(body, self.headers.raw("content-transfer-encoding"))

    @property
    def text(self) -> str:
        """The content as text, lines ended by `\\n`."""
        text = decode(self.content, self.type_parameters.get("charset"))
        return text.replace("\r\n", "\n").replace("\r", "\n")

    @property
    def is_multipart(self) -> bool:
        """Whether the part holds parts."""
        return bool(self.children)

    def walk(self) -> Iterator["Part"]:
        """Yield this part and all below it, in order."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(slots=True)
class _Budget:
    parts: int = MAX_PARTS


def parse(data: bytes) -> Part:
    """Return the tree of the mail in `data`."""
    start = 0
    while start < len(data) and data[start] in b"\r\n":
        start += 1
    if data[start : start + 6].lstrip(b">").startswith(b"From "):  # the separator of an mbox file
        start = _line_end(data, start, len(data))
    return _parse(data, start, len(data), "text/plain", MAX_DEPTH, _Budget())


def parse_message(part: Part) -> Part:
    """Return the tree of the mail inside a message/rfc822 part; it may be transfer-encoded, against the rules."""
    return parse(part.content)


def _parse(data: bytes, start: int, end: int, default_type: str, depth: int, budget: _Budget) -> Part:
    body_start, headers = _read_header(data, start, end)
    type_parameters = headers.parameters("content-type")
    content_type = type_parameters.value
    if not _CONTENT_TYPE.fullmatch(content_type):
        content_type = default_type
    children: tuple[Part, ...] = ()
    if content_type.startswith("multipart/"):
        inside = "message/rfc822" if content_type == "multipart/digest" else "text/plain"
        boundary = type_parameters.get("boundary").encode("utf-8", "replace")
        spans = _cut(data, body_start, end, boundary, budget) if depth and budget.parts > 0 else []
        children = tuple(_parse(data, *span, inside, depth - 1, budget) for span in spans)
        if not children:
            content_type = "text/plain" if depth and budget.parts > 0 else "application/octet-stream"
    disposition = headers.parameters("content-disposition")
    return Part(headers, content_type, type_parameters, disposition, data, start, body_start, end, children)


def _read_header(data: bytes, start: int, end: int) -> tuple[int, Headers]:
    """Return where the body begins, and the header. A header that stops in mid-air is followed by its body."""
    at, limit = start, min(end, start + MAX_HEADER)
    while at < limit:
        match = _LINE.match(data, at, end)
        assert match is not None
        line = match[1]
        if not line:
            return match.end(), parse_headers(data[start:at])
        continues = bool(line.strip()) and (line[0] in b" \t" or is_field(line))
        if not continues and not _goes_on(data, match.end(), end):
            return (at if line.strip() else match.end()), parse_headers(data[start:at])
        at = match.end()
    return at, parse_headers(data[start:at])


def _goes_on(data: bytes, at: int, end: int) -> bool:
    """Tell whether the header continues at `at`, after a line that is no part of one."""
    match = _LINE.match(data, at, end)
    line = match[1] if match else b""
    return is_field(line) or (line[:1] in (b" ", b"\t") and bool(line.strip()))


def _cut(data: bytes, start: int, end: int, boundary: bytes, budget: _Budget) -> list[tuple[int, int]]:
    """Return where the parts of a multipart body lie; none where no boundary can be found."""
    spans = list(_spans(data, start, end, boundary, budget)) if boundary else []
    if not spans and (guess := _GUESSED_BOUNDARY.search(data, start, min(end, start + MAX_HEADER))):
        spans = list(_spans(data, start, end, guess[1], budget))
    return spans


def _spans(data: bytes, start: int, end: int, boundary: bytes, budget: _Budget) -> Iterator[tuple[int, int]]:
    opened: int | None = None
    for at, after, closes in _delimiters(data, start, end, b"--" + boundary):
        if opened is not None:
            budget.parts -= 1
            yield opened, max(opened, _without_newline(data, opened, at))
        if closes:
            return
        opened = after
        if budget.parts <= 1:  # the rest stays together
            break
    if opened is not None and opened < end:
        budget.parts -= 1
        yield opened, end


def _delimiters(data: bytes, start: int, end: int, delimiter: bytes) -> Iterator[tuple[int, int, bool]]:
    """Yield where each delimiter line begins, where the line after it does, and whether it is the closing one."""
    at = data.find(delimiter, start, end)
    while at >= 0:
        rest = _AFTER_BOUNDARY.match(data, at + len(delimiter), end)
        if rest is not None and (at == start or data[at - 1] in b"\r\n"):
            yield at, rest.end(), rest[1] is not None
            at = data.find(delimiter, max(rest.end(), at + 1), end)
        else:
            at = data.find(delimiter, at + 1, end)


def _without_newline(data: bytes, start: int, at: int) -> int:
    """Return `at` before the line end that belongs to the delimiter (RFC 2046 5.1.1)."""
    if data[at - 2 : at] == b"\r\n" and at - 2 >= start:
        return at - 2
    return at - 1 if at > start and data[at - 1] in b"\r\n" else at


def _line_end(data: bytes, start: int, end: int) -> int:
    match = _LINE.match(data, start, end)
    return match.end() if match else end


def _undo_transfer(body: bytes, encoding: bytes) -> bytes:
    if not encoding:
        return body
    name = encoding.split(b";")[0].strip().strip(b"\"'").lower()
    if name == b"base64":
        return _undo_base64(body)
    if name.replace(b" ", b"").startswith(b"quoted-printable"):
        return quopri.decodestring(body)
    if name in {b"x-uuencode", b"uuencode", b"x-uue", b"uue"}:
        return _undo_uu(body)
    return body


def _undo_base64(body: bytes) -> bytes:
    """Decode what can be decoded; a body that has nothing of base64 in it is returned as it is."""
    try:
        decoded = binascii.a2b_base64(body)
    except binascii.Error:
        clean = _NOT_BASE64.sub(b"", body)
        clean = clean[:-1] if len(clean) % 4 == 1 else clean
        decoded = binascii.a2b_base64(clean + b"=" * (-len(clean) % 4))
    return decoded or body.strip()


def _undo_uu(body: bytes) -> bytes:
    begin = _UU_BEGIN.search(body)
    if begin is None:
        return body
    decoded = []
    for line in body[begin.end() :].splitlines():
        if line.strip() == b"end":
            break
        try:
            decoded.append(binascii.a2b_uu(line))
        except binascii.Error:  # trailing rubbish: the first character says how many bytes there are
            length = ((line[0] - 32) & 63) * 4 // 3 + 1 if line else 0
            try:
                decoded.append(binascii.a2b_uu(line[: length + 4 - (length - 1) % 4]))
            except binascii.Error:
                continue
    return b"".join(decoded)
