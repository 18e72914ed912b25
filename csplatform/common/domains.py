"""Domain names: who registered one, and how it reads."""

import re
from functools import cache, lru_cache

from publicsuffixlist import PublicSuffixList

LONGEST_ADDRESS = 320
_LONGEST_NAME = 253
_LABEL = re.compile(r"[^\s.@/\\:;,<>()\[\]\"]{1,63}")
# Mail providers where anybody gets an address: the domain says nothing about who somebody is.
_SHARED_NAMES = """
    126.com 139.com 163.com 189.cn aliyun.com aol.com att.net au.com bk.ru bol.com.br btinternet.com
    comcast.net daum.net docomo.ne.jp ezweb.ne.jp fastmail.com foxmail.com free.fr freenet.de gmail.com
    gmx.com gmx.de gmx.net googlemail.com hanmail.net hey.com hotmail.co.uk hotmail.com hotmail.es hotmail.fr
    hotmail.it i.softbank.jp icloud.com inbox.ru interia.pl kakao.com laposte.net libero.it list.ru live.com
    mac.com mail.com mail.ru me.com msn.com naver.com o2.pl onet.pl orange.fr outlook.com pm.me proton.me
    protonmail.com qq.com rambler.ru rediffmail.com seznam.cz sfr.fr sina.cn sina.com softbank.ne.jp sohu.com
    t-online.de terra.com.br tutanota.com ukr.net uol.com.br verizon.net virgilio.it wanadoo.fr web.de wp.pl
    yahoo.co.jp yahoo.co.uk yahoo.com yahoo.de yahoo.fr yandex.com yandex.ru yeah.net ymail.com zoho.com
"""
_SHARED = frozenset(_SHARED_NAMES.split())


def domain_of(address: str) -> str:
    """Return the domain of a mail address, empty where there is none: lower-case ASCII (`xn--…`), no dot at its end.

    What is longer than an address can be (RFC 5321 4.5.3.1) has none.
    """
    return _domain_of(address) if "@" in address and len(address) <= LONGEST_ADDRESS else ""


@lru_cache(4096)
def _domain_of(address: str) -> str:
    domain = address.rpartition("@")[2].strip().lower().rstrip(".")
    return domain if domain.isascii() else _encoded(domain)


def _encoded(domain: str) -> str:
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return domain


def registrable(domain: str) -> str:
    """Return the part of a domain that somebody registered (`shop.co.uk` of `a.shop.co.uk`), by the public suffix list.

    The list is the one that came with the library, so nothing is asked over the network. Empty for a public suffix,
    for an address of the Internet Protocol and for what is no domain.
    """
    return _registrable(domain) if len(domain) <= _LONGEST_NAME else ""


@lru_cache(4096)
def _registrable(domain: str) -> str:
    name = domain.strip().lower().rstrip(".")
    labels = name.split(".")
    if len(labels) < 2 or labels[-1].isdigit() or not all(map(_LABEL.fullmatch, labels)):
        return ""
    return str(_suffixes().privatesuffix(name) or "")


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


def is_shared(domain: str) -> bool:
    """Tell whether `domain` is a large mail provider's, under which anybody has an address."""
    return domain.lower() in _SHARED


@lru_cache(4096)
def readable(domain: str) -> str:
    """Return a domain as it is shown to people: labels of RFC 3490 (`xn--…`) in the script they are meant in."""
    if "xn--" not in domain.lower():
        return domain.lower()
    return ".".join(map(_decoded, domain.lower().split(".")))


def _decoded(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return label[4:].encode("ascii").decode("punycode")
    except UnicodeError:
        return label
