"""Asking the DNS, with patience that ends."""

import ipaddress
from collections.abc import Sequence
from functools import lru_cache

import dns.exception
import dns.nameserver
import dns.rdatatype
import dns.resolver
from django.conf import settings

from csplatform.gateway.errors import SendUnavailable

# The part of DNS_SECONDS that one server gets before the next is asked.
_SHARE = 0.4
_PORT = 53


def texts(name: str) -> list[bytes]:
    """Return the TXT records of `name`, each in one piece; none where there are none, or no such name.

    Asks the servers in DNS_SERVERS (such as `127.0.0.1` or `127.0.0.1:5353`), the system's where that is empty.
    Raises SendUnavailable where nobody answers within DNS_SECONDS, or somebody that they do not know now.
    """
    try:
        answer = _resolver(tuple(settings.DNS_SERVERS)).resolve(
            name, dns.rdatatype.TXT, search=False, raise_on_no_answer=False, lifetime=settings.DNS_SECONDS
        )
    except dns.resolver.NXDOMAIN:
        return []
    except (dns.resolver.LifetimeTimeout, dns.resolver.NoNameservers, dns.resolver.NoResolverConfiguration) as error:
        raise SendUnavailable(f"the DNS does not answer for {name}") from error
    except (dns.exception.DNSException, UnicodeError):  # what cannot be asked for is not there
        return []
    return [b"".join(record.strings) for record in answer.rrset or ()]


@lru_cache(8)
def _resolver(servers: tuple[str, ...]) -> dns.resolver.Resolver:
    resolver = dns.resolver.Resolver(configure=not servers)
    resolver.cache = dns.resolver.LRUCache(1000)
    resolver.timeout = settings.DNS_SECONDS * _SHARE
    if servers:
        resolver.nameservers = _nameservers(servers)
    return resolver


def _nameservers(servers: Sequence[str]) -> list[dns.nameserver.Nameserver | str]:
    return [dns.nameserver.Do53Nameserver(*_address_and_port(server)) for server in servers]


def _address_and_port(server: str) -> tuple[str, int]:
    try:
        return str(ipaddress.ip_address(server.strip("[]"))), _PORT
    except ValueError:
        address, _colon, port = server.rpartition(":")
        return address.strip("[]"), int(port)
