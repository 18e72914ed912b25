"""The name of a conversation in a mail: in the address to answer to, or in the subject.

An address names it as `support+c<name>.<mac>@shop.example`. The MAC (80 bits, HMAC-SHA256 with SECRET_KEY) is bound to
the account's address, so nobody can talk their way into another conversation by counting. Everything is lower-case,
since mail systems fold the case of addresses. A tag in the subject, `[#<name>]`, is not signed: it counts last.
"""

import base64
import re
from collections.abc import Iterator

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

from channels_email.headers import Headers
from csplatform.gateway.contract import AccountConfig

_NAME = re.compile(r"[0-9a-z][0-9a-z-]{0,35}")
_TOKEN = re.compile(r"c([0-9a-z][0-9a-z-]{0,35})\.([a-z2-7]{16})")
_TAG = re.compile(r"\[#([0-9A-Za-z][0-9A-Za-z-]{0,35})\]")
_MAC_BYTES = 10
_LONGEST_LOCAL = 64  # octets (RFC 5321 4.5.3.1.1)
_SALT = "channels_email.names"
# Where an address of ours may stand in a mail, the surest first.
_FIELDS = ("delivered-to", "x-original-to", "x-envelope-to", "to", "cc")
MOST_ADDRESSEES = 50
_LONGEST_ADDRESS = 320


def named_address(account: AccountConfig, name: str) -> str:
    """Return the account's address with `name` in it, empty where that cannot be or is turned off.

    The account's setting `plus_addressing` turns it off. An address that has a + of its own names its mailbox by it.
    """
    local, _at, domain = account.address.strip().rpartition("@")
    if not account.settings.get("plus_addressing", True) or "+" in local or not _NAME.fullmatch(name):
        return ""
    named = f"{local}+c{name}.{_mac(account.address, name, settings.SECRET_KEY)}"
    return f"{named}@{domain}" if len(named.encode()) <= _LONGEST_LOCAL else ""


def tagged_subject(account: AccountConfig, subject: str, name: str) -> str:
    """Return `subject` with `name` at its end, once, where the account's setting `subject_tag` is on."""
    if not account.settings.get("subject_tag", False) or not _NAME.fullmatch(name):
        return subject
    return subject if name in _tags(subject) else f"{subject} [#{name}]".strip()


def thread_names(headers: Headers, subject: str, envelope_to: str, own_address: str) -> tuple[str, ...]:
    """Return the conversations that a mail to `own_address` names, the surest first; a wrong MAC names nothing."""
    written = (address.address for field in _FIELDS for address in headers.addresses(field))
    named = [name for address in (envelope_to, *written) if (name := _named(address, own_address))]
    return tuple(dict.fromkeys([*named, *_tags(subject)]))


def addressees(headers: Headers, own_address: str) -> tuple[str, ...]:
    """Return the addresses in To and Cc but the account's own, lower-case, at most 50."""
    written = (address.address.lower() for field in ("to", "cc") for address in headers.addresses(field))
    others = (address for address in written if not is_own(address, own_address) and len(address) <= _LONGEST_ADDRESS)
    return tuple(dict.fromkeys(others))[:MOST_ADDRESSEES]


def is_own(address: str, own_address: str) -> bool:
    """Tell whether mail to `address` arrives at the account: it may have a + and more before the @."""
    local, _at, domain = address.strip().lower().rpartition("@")
    own_local, _own_at, own_domain = own_address.strip().lower().rpartition("@")
    same_place = domain == own_domain or _in_ascii(domain) == _in_ascii(own_domain)
    return same_place and (local == own_local or local.startswith(f"{own_local}+"))


def _in_ascii(domain: str) -> str:
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return domain


def _named(address: str, own_address: str) -> str:
    """Return the name in `address`, empty where it holds none that we gave out for `own_address`."""
    if not is_own(address, own_address):
        return ""
    token = _TOKEN.fullmatch(address.strip().lower().rpartition("@")[0].rpartition("+")[2])
    if token is None:
        return ""
    known = (_mac(own_address, token[1], secret) for secret in _secrets())
    return token[1] if any(constant_time_compare(token[2], mac) for mac in known) else ""


def _tags(subject: str) -> list[str]:
    return [name.lower() for name in _TAG.findall(subject)]


def _secrets() -> Iterator[str | bytes]:
    yield settings.SECRET_KEY
    yield from settings.SECRET_KEY_FALLBACKS


def _mac(address: str, name: str, secret: str | bytes) -> str:
    value = f"{address.strip().lower()}\n{name}"
    digest = salted_hmac(_SALT, value, secret=secret, algorithm="sha256").digest()
    return base64.b32encode(digest[:_MAC_BYTES]).decode("ascii").lower()
