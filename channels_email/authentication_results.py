"""What a server that we trust wrote about a mail's sender (RFC 8601). Pure, and nothing in here raises.

Anybody can write an `Authentication-Results` field, so a name we trust is not enough: the field must stand where only
our own servers write. Every server puts its fields on top of those it was given. We read from the top down,

- past the `Received` of inner hops: written by a host without a public name that names no sender in the open network,
  or taken over from the very same machine;
- to the `Received` of the hop where the mail came in, written by a trusted name or by a host of the same domain, and
  past the fields right below it that filters add (Postfix's milters, Gmail and Exchange write there);
- and no further: not past another host's `Received`, nor past a field that senders write.

What stands higher wins for each method. RFC 8601 5 obliges a server to take away fields in its own name that a sender
put where its own come next. A server should be trusted only where all mail of the account comes through it: nothing in
a mail that came by another way is its own. `ARC-…` fields are somebody else's word and count for nothing.
"""

import ipaddress
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from channels_email.charsets import decode
from channels_email.mime import MAX_HEADER, Part
from csplatform.common.domains import domain_of, registrable

FIELD = "authentication-results"
# Exchange Online gives no name in this field (RFC 8601 2.2 asks for one); it is trusted under this one.
EXCHANGE_ONLINE = "protection.outlook.com"
_FOLD = re.compile(rb"(?:\r\n|\r|\n)(?=[ \t])")
_LINE = re.compile(rb"\r\n|\r|\n")
_RESULT = re.compile(r"(?<![\w.-])([\w.-]{1,64})\s*(?:/\s*\d+\s*)?=\s*(?:\"((?:[^\"\\]|\\.)*)\"|([^\s;\"]+))")
_PIECE = re.compile(r"(?:[^;\"]+|\"(?:[^\"\\]|\\.)*(?:\"|$))+")
_BY = re.compile(r"\bby\s+([\w.:-]+)", re.IGNORECASE)
_IP = re.compile(r"\[(?:IPv6:)?([0-9A-Fa-f.:]+)\]")
# What servers and their filters put on top of a mail, beside X-… and ARC-….
_OF_SERVERS = frozenset(
    {
        *("received-spf", "dkim-filter", "dmarc-filter", "return-path", "delivered-to", "envelope-to", "delivery-date"),
        *("received", FIELD),
    }
)
_METHODS = frozenset({"spf", "dkim", "dmarc"})
_LONGEST = 20_000
_LONGEST_HOP = 2_000
_MOST_FIELDS = 10


@dataclass(frozen=True, slots=True)
class Method:
    """One method's result: its word, and properties such as `header.d` (all lower-case)."""

    name: str
    result: str
    properties: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Results:
    """What one field says; `server` is the authserv-id of whoever wrote it."""

    server: str
    methods: tuple[Method, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of where a mail comes from. Results are words of RFC 8601, empty where nobody looked.

    `spf_domain` is the one SPF was asked for, `dkim_domains` those whose signature is right. `aligned` says whether
    these vouch for the sender by the sender's own policy, None where that was not asked. `source` is who says all this.
    """

    spf: str = ""
    spf_domain: str = ""
    dkim: str = ""
    dkim_domains: tuple[str, ...] = ()
    dmarc: str = ""
    dmarc_domain: str = ""
    aligned: bool | None = None
    source: str = ""


def read(root: Part, trusted: frozenset[str]) -> Evidence:
    """Return what servers called one of `trusted` (lower-case) wrote at the top of the mail."""
    if not trusted or FIELD not in root.headers:
        return Evidence()
    block = root.source[root.start : min(root.body_start, root.start + MAX_HEADER)]
    methods: dict[str, tuple[Method, ...]] = {}
    for value in _ours(block, trusted):
        said = parse(value)
        if said.server in trusted:
            for name in _METHODS:
                found = tuple(method for method in said.methods if method.name == name)
                if found:
                    methods.setdefault(name, found)
    return _evidence(methods)


def _evidence(methods: Mapping[str, tuple[Method, ...]]) -> Evidence:
    if not methods:
        return Evidence()
    spf, dmarc = (methods.get(name, (Method(name, ""),))[0] for name in ("spf", "dmarc"))
    signatures = methods.get("dkim", ())
    passed = [signature for signature in signatures if signature.result == "pass"]
    domains = filter(None, (_signer(signature.properties) for signature in passed))
    return Evidence(
        spf=spf.result,
        spf_domain=_checked(spf.properties),
        dkim=(passed or signatures)[0].result if signatures else "",
        dkim_domains=tuple(dict.fromkeys(domains)),
        dmarc=dmarc.result,
        dmarc_domain=dmarc.properties.get("header.from", ""),
        source="authentication-results",
    )


def _signer(properties: Mapping[str, str]) -> str:
    return properties.get("header.d", "") or domain_of(properties.get("header.i", ""))


def _checked(properties: Mapping[str, str]) -> str:
    sender = properties.get("smtp.mailfrom", "") or properties.get("smtp.helo", "")
    return domain_of(sender) or sender


def parse(value: str) -> Results:
    """Return what one field says: the server's name and its results, in order."""
    head, *pieces = _PIECE.findall(_without_comments(value[:_LONGEST])) or [""]
    if "=" in head:  # nobody's name, but the first result already
        head, pieces = EXCHANGE_ONLINE, [head, *pieces]
    server = head.split()[0].strip('"').lower() if head.split() else ""
    return Results(server, tuple(filter(None, map(_method, pieces))))


def _method(piece: str) -> Method | None:
    pairs = [(name.lower(), (quoted or plain).lower()) for name, quoted, plain in _RESULT.findall(piece)]
    if not pairs:
        return None
    (name, result), *properties = pairs
    return Method(name, result, dict(properties))


def _without_comments(text: str) -> str:
    """Return `text` with a space for each comment; comments nest, and a quoted bracket is none."""
    if "(" not in text:
        return text
    kept: list[str] = []
    depth, quoted, escaped = 0, False, False
    for sign in text:
        if escaped or (sign == "\\" and (quoted or depth)):
            escaped = not escaped
        elif sign == '"' and not depth:
            quoted = not quoted
        elif not quoted and sign in "()":
            depth = max(0, depth + (1 if sign == "(" else -1))
            kept.append(" ")
            continue
        if not depth:
            kept.append(sign)
    return "".join(kept)


def _ours(block: bytes, trusted: frozenset[str]) -> list[str]:
    """Return the values of this field that stand where only our own servers write."""
    found: list[str] = []
    came_in = False
    for name, value in _fields(block):
        if name == "received":
            if came_in:
                break
            hop = _hop(decode(value[:_LONGEST_HOP]), trusted)
            if hop is None:
                break
            came_in = not hop
        elif name == FIELD and len(found) < _MOST_FIELDS:
            found.append(decode(value))
        elif name not in _OF_SERVERS and not name.startswith(("x-", "arc-")):
            break
    return found


def _fields(block: bytes) -> Iterator[tuple[str, bytes]]:
    for line in _LINE.split(_FOLD.sub(b"", block)):
        name, colon, value = line.partition(b":")
        if colon:
            yield name.strip().decode("ascii", "replace").lower(), value.strip()


def _hop(received: str, trusted: frozenset[str]) -> bool | None:
    """Tell an inner hop (True) from the one where the mail came in (False); None for one that is not ours."""
    match = _BY.search(received)
    by = match[1].lower().rstrip(".") if match else ""
    whence = received[: match.start()] if match else received
    came_from = [address for text in _IP.findall(whence) if (address := _address(text))]
    if came_from and all(address.is_loopback for address in came_from):
        return True
    if not _is_public(by):
        return not any(address.is_global for address in came_from)
    owner = registrable(by)
    return False if any(by == name or owner == registrable(name) for name in trusted) else None


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _is_public(host: str) -> bool:
    """Tell a host's public name from an address, a bare name, or one for use within a network."""
    return bool(registrable(host)) and host.rpartition(".")[2] not in {"internal", "local", "localdomain", "lan"}
