"""Calling an address that somebody typed in: over https, and never into our own network."""

import ipaddress
import socket
from collections.abc import Mapping
from urllib.parse import SplitResult, urlsplit

import httpx
from django.conf import settings

# Seconds for the whole call, and for the connection alone.
_PATIENCE = httpx.Timeout(10, connect=5)
_TRY_AGAIN = frozenset({408, 425, 429})


class CallRefused(Exception):
    """The call was not made, or was refused in a way that another try will not change. The argument says why."""


class CallFailed(Exception):
    """The call may succeed another time. The argument says why it did not."""


def post(url: str, body: bytes, headers: Mapping[str, str]) -> None:
    """Send `body` to `url`; nothing is read from the answer but its status, and no redirect is followed.

    The name is resolved once, every address it has must be a public one, and the connection goes to such an address:
    nobody can exchange it in between. With WEBHOOK_PRIVATE_TARGETS, private addresses and plain http are allowed.
    Raises CallRefused or CallFailed.
    """
    parts = urlsplit(url)
    address = _address_of(parts)
    host = f"[{address}]" if ":" in address else address
    target = parts._replace(netloc=f"{host}:{_port(parts)}").geturl()
    named = {"Host": parts.netloc, **headers}
    try:
        with (
            httpx.Client(timeout=_PATIENCE, trust_env=False) as client,
            client.stream(
                "POST", target, content=body, headers=named, extensions={"sni_hostname": parts.hostname}
            ) as answer,
        ):
            status = answer.status_code
    except httpx.HTTPError as error:
        raise CallFailed(str(error) or type(error).__name__) from error
    if status in _TRY_AGAIN or status >= 500:
        raise CallFailed(f"HTTP {status}")
    if not 200 <= status < 300:
        raise CallRefused(f"HTTP {status}")


def _address_of(parts: SplitResult) -> str:
    """An address to connect to. Raises CallRefused where the url or one of its addresses is not allowed."""
    private = settings.WEBHOOK_PRIVATE_TARGETS
    if parts.scheme != "https" and not (private and parts.scheme == "http"):
        raise CallRefused("only https addresses are called")
    if not parts.hostname or parts.username is not None:
        raise CallRefused("this is no address that can be called")
    try:
        found = socket.getaddrinfo(parts.hostname, _port(parts), type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise CallFailed(f"no address found for {parts.hostname}") from error
    addresses = [str(entry[4][0]) for entry in found]
    if not private and not all(_is_public(address) for address in addresses):
        raise CallRefused("the address lies in a private network")
    return addresses[0]


def _is_public(text: str) -> bool:
    address = ipaddress.ip_address(text.partition("%")[0])
    inner = (address.ipv4_mapped or address.sixtofour) if isinstance(address, ipaddress.IPv6Address) else None
    return all(each.is_global and not each.is_multicast for each in (address, inner or address))


def _port(parts: SplitResult) -> int:
    try:
        return parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise CallRefused("this is no address that can be called") from error
