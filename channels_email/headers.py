"""Header fields of a mail, read leniently: nothing in here raises, whatever the bytes are.

RFC 5322 (fields, addresses), RFC 2047 (encoded words), RFC 2231 (parameters in pieces and charsets), and raw
8-bit text as old mailers write it.
"""

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import getaddresses, parsedate_to_datetime
from functools import lru_cache
from urllib.parse import unquote_to_bytes

from channels_email.charsets import decode

_FIELD = re.compile(rb"([!-9;-~]{1,200})[ \t]*:[ \t]*(.*)", re.DOTALL)
_FOLD = re.compile(rb"\r\n|\r|\n")
_WORD = re.compile(rb"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]*(?:\?(?!=)[^?]*)*)\?=")
_HEX = re.compile(rb"=([0-9A-Fa-f]{2})")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]")
_ADDRESS = re.compile(r"[^\s<>()\[\],;:\"'@\\]+@[^\s<>()\[\],;:\"'@\\]+")
# In Shift JIS, GBK and Big5 the second byte of a letter may be a backslash; it follows a byte beyond ASCII then.
_ONE_MAILBOX = re.compile(
    rb'\s*(?:(?:([A-Za-z0-9 _-]*?)|"([A-Za-z0-9 ._-]*)")\s*<([A-Za-z0-9._+=-]+@[A-Za-z0-9.-]+)>'
    rb"|([A-Za-z0-9._+=-]+@[A-Za-z0-9.-]+))\s*"
)
_PARAMETER = re.compile(r";\s*([^\s=;\"]+)\s*=\s*(\"(?:[\udc80-\udcff]\\|[^\"\\]|\\.)*(?:\"|$)|[^;]*)", re.DOTALL)
_ESCAPED = re.compile(r"(?<![\udc80-\udcff])\\(.)")
_PERCENT = re.compile(r"%[89A-Fa-f][0-9A-Fa-f]")
_SPACES = re.compile(r"\s+")
_LONGEST_FIELD = 100_000
# Longer fields of addresses are rare enough to be read each time.
_LONGEST_REMEMBERED = 500


@dataclass(frozen=True, slots=True)
class Address:
    """A mailbox: `address` as written, `name` decoded."""

    address: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Parameters:
    """A value and its parameters, as `Content-Type` and `Content-Disposition` carry them; names are lower-case."""

    value: str
    parameters: dict[str, str]

    def get(self, name: str) -> str:
        """Return the parameter `name`, empty where there is none."""
        return self.parameters.get(name, "")


class Headers:
    """The fields of one header. Names are matched without regard to case; the first of a name counts."""

    __slots__ = ("_fields",)

    def __init__(self, fields: list[tuple[str, bytes]]) -> None:
        self._fields: dict[str, list[bytes]] = {}
        for name, value in fields:
            self._fields.setdefault(name, []).append(value)

    def __bool__(self) -> bool:
        return bool(self._fields)

    def __contains__(self, name: str) -> bool:
        return name in self._fields

    def raw(self, name: str) -> bytes:
        """Return the first field called `name` (lower-case), unfolded and undecoded; empty where there is none."""
        return self._fields.get(name, [b""])[0]

    def all_raw(self, name: str) -> list[bytes]:
        """Return every field called `name` (lower-case), in order."""
        return self._fields.get(name, [])

    def text(self, name: str) -> str:
        """Return the first field called `name`, decoded, on one line."""
        return one_line(decode_words(self.raw(name)))

    def addresses(self, name: str) -> list[Address]:
        """Return the mailboxes in all fields called `name`."""
        return [address for value in self.all_raw(name) for address in parse_addresses(value)]

    def parameters(self, name: str) -> Parameters:
        """Return the first field called `name` as a value with parameters."""
        return parse_parameters(self.raw(name))

    def date(self, name: str = "date") -> datetime | None:
        """Return the moment in the first field called `name`, None where it makes no sense."""
        return parse_date(self.raw(name))


def parse_headers(block: bytes) -> Headers:
    """Read a header block. A line that is no field is left out; what follows it is still read."""
    fields: list[tuple[str, list[bytes]]] = []
    for line in _FOLD.split(block):
        if line[:1] in (b" ", b"\t"):
            if fields:
                fields[-1][1].append(line)
        elif match := _FIELD.fullmatch(line):
            fields.append((match[1].decode("ascii").lower(), [match[2]]))
    return Headers([(name, b"".join(lines)[:_LONGEST_FIELD].strip()) for name, lines in fields])


def is_field(line: bytes) -> bool:
    """Tell whether a header could begin with `line`."""
    return _FIELD.fullmatch(line) is not None


def one_line(text: str) -> str:
    """Return `text` with its white space single."""
    return _SPACES.sub(" ", text).strip()


def decode_words(value: bytes) -> str:
    """Return a header value with its encoded words (RFC 2047) and raw 8-bit text decoded; twice, where sent so."""
    if b"=?" not in value:
        return decode(value)
    text = _decode_words(value)
    return _decode_words(text.encode("ascii")) if "=?" in text and text.isascii() else text


def _decode_words(value: bytes) -> str:
    pieces: list[tuple[bytes, str]] = []  # bytes and charset: a character may be cut between two words
    end, after_word = 0, False
    for match in _WORD.finditer(value):
        between = value[end : match.start()]
        if between and not (after_word and not between.strip()):
            pieces.append((between, ""))
        charset = match[1].decode("ascii", "replace").split("*")[0].lower()
        data = _decode_b(match[3]) if match[2] in b"bB" else _decode_q(match[3])
        if pieces and pieces[-1][1] == charset:
            pieces[-1] = (pieces[-1][0] + data, charset)
        else:
            pieces.append((data, charset))
        end, after_word = match.end(), True
    pieces.append((value[end:], ""))
    return "".join(decode(data, charset) for data, charset in pieces)


def _decode_b(data: bytes) -> bytes:
    clean = _NOT_BASE64.sub(b"", data)
    clean = clean[:-1] if len(clean) % 4 == 1 else clean
    return binascii.a2b_base64(clean + b"=" * (-len(clean) % 4))


def _decode_q(data: bytes) -> bytes:
    return _HEX.sub(lambda match: bytes.fromhex(match[1].decode("ascii")), data.replace(b"_", b" "))


def parse_addresses(value: bytes) -> list[Address]:
    """Return the mailboxes in `value`, split before their names are decoded: an encoded name may hold a comma."""
    if b"@" not in value:
        return []
    return [*(_remembered(value) if len(value) <= _LONGEST_REMEMBERED else _mailboxes(value))]


def _mailboxes(value: bytes) -> tuple[Address, ...]:
    if plain := _ONE_MAILBOX.fullmatch(value):  # as most are; getaddresses goes through every sign of it
        name, quoted, in_brackets, bare = (group.decode("ascii") if group else "" for group in plain.groups())
        return (Address(in_brackets or bare, one_line(quoted or name)),)
    text = value.decode("utf-8", "surrogateescape")
    found = [_address(name, address) for name, address in getaddresses([text]) if _ADDRESS.fullmatch(address)]
    if found:
        return tuple(found)
    decoded = decode_words(value)
    match = _ADDRESS.search(decoded)
    return (Address(match[0], one_line(decoded[: match.start()].strip(" <\"'(,"))),) if match else ()


# A mail's sender is asked for more than once, and the same people write again.
_remembered = lru_cache(512)(_mailboxes)


def _address(name: str, address: str) -> Address:
    return Address(
        decode(address.encode("utf-8", "surrogateescape")),
        one_line(decode_words(name.encode("utf-8", "surrogateescape"))).strip("\"' "),
    )


def parse_parameters(value: bytes) -> Parameters:
    """Return the value (lower-case) and the parameters in `value`; pieces of RFC 2231 are put together."""
    if not value:
        return Parameters("", {})
    text = value.decode("utf-8", "surrogateescape")
    head, semicolon, rest = text.partition(";")
    pieces: dict[str, dict[int, tuple[str, bool]]] = {}
    for match in _PARAMETER.finditer(semicolon + rest):
        name, number, extended = _parameter_name(match[1])
        pieces.setdefault(name, {}).setdefault(number, (_unquote(match[2]), extended))
    joined = {name: _join(numbered) for name, numbered in pieces.items()}
    return Parameters(one_line(head).lower(), joined)


def _parameter_name(name: str) -> tuple[str, int, bool]:
    """Split `filename*0*`: the name, the piece's number (-1 for the plain form), whether it is percent-encoded."""
    base, *marks = name.lower().split("*")
    number = next((int(mark) for mark in marks if mark.isascii() and mark.isdigit() and len(mark) < 4), None)
    extended = len(marks) > (number is not None) and bool(marks) and marks[-1] == ""
    if number is None:
        number = 0 if extended else -1
    return base, number, extended


def _unquote(value: str) -> str:
    value = value.strip()
    if value.startswith('"'):
        value = value[1:].removesuffix('"')
        return _ESCAPED.sub(r"\1", value)
    return value.split("\n")[0].strip()


def _join(numbered: dict[int, tuple[str, bool]]) -> str:
    """Return a parameter's value; where a sender gives it twice, the extended form counts (RFC 6266 4.3)."""
    if set(numbered) == {-1}:
        return _without_percents(decode_words(numbered[-1][0].encode("utf-8", "surrogateescape")))
    ordered = [numbered[number] for number in sorted(numbered) if number >= 0]
    charset = ""
    first, extended = ordered[0]
    if extended and first.count("'") >= 2:
        charset, _language, first = first.split("'", 2)
        ordered[0] = (first, True)
    data = b"".join(_piece(piece, is_extended) for piece, is_extended in ordered)
    return decode(data, charset) if charset else decode_words(data)


def _without_percents(text: str) -> str:
    """Return `text` with its percent-encoded letters, which some web mailers write without saying so."""
    if not (text.isascii() and _PERCENT.search(text)):
        return text
    try:
        return unquote_to_bytes(text).decode("utf-8")
    except UnicodeDecodeError:
        return text


def _piece(piece: str, extended: bool) -> bytes:
    data = piece.encode("utf-8", "surrogateescape")
    return unquote_to_bytes(data) if extended else data


def parse_date(value: bytes) -> datetime | None:
    """Return the moment that `value` names, in UTC; a date without a zone is taken as UTC."""
    try:
        moment = parsedate_to_datetime(one_line(decode(value)))
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def message_ids(value: bytes) -> Iterator[str]:
    """Yield the message ids in `value` without their brackets; words with an @ count where there are no brackets."""
    text = decode(value)
    bracketed = re.findall(r"<([^<>]+)>", text)
    for found in bracketed or [word for word in re.split(r"[\s,;<>]+", text) if "@" in word]:
        if token := re.sub(r"\s+", "", found):
            yield token
