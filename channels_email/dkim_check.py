"""Whether a mail's DKIM signatures are right (RFC 6376)."""

import binascii
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import dkim
from dkim.util import InvalidTagValueList, parse_tag_value

# Signatures of one mail that are looked at, those of the sender's own organisation first.
MOST_SIGNATURES = 3
_LONGEST = 10_000
_RANK = ("pass", "fail", "policy", "neutral", "permerror")

# What dkimpy says of a signature that was right until it expired; mail is looked at later than it came, at times.
_PAST = "x= value is past"
# dkimpy reports what is wrong with others' keys as errors of ours.
_QUIET = logging.getLogger("channels_email.dkim_check.quiet")
_QUIET.addHandler(logging.NullHandler())
_QUIET.propagate = False

Texts = Callable[[str], list[bytes]]


@dataclass(frozen=True, slots=True)
class Signatures:
    """What came of it: the best result as a word of RFC 8601, and the domains whose signature is right."""

    result: str
    domains: tuple[str, ...]


def check(mail: bytes, is_preferred: Callable[[str], bool], texts: Texts) -> Signatures:
    """Return whether the signatures of `mail` are right; `texts` looks TXT records up, once for a signature.

    Raises what `texts` raises.
    """
    try:
        verifier = dkim.DKIM(mail, logger=_QUIET)
    except (dkim.DKIMException, IndexError):  # a header that no signature can be checked with, or that begins folded
        return Signatures("permerror", ())
    found = sorted(_signatures(verifier), key=lambda signature: not is_preferred(signature[1]))
    results = [(_verify(verifier, index, texts), domain) for index, domain in found[:MOST_SIGNATURES]]
    right = dict.fromkeys(domain for result, domain in results if result == "pass")
    best = min((result for result, _domain in results), key=_RANK.index, default="permerror")
    return Signatures(best, tuple(right))


def _signatures(verifier: dkim.DKIM) -> Iterator[tuple[int, str]]:
    """Yield the number and the domain of each signature that can be read at all."""
    fields = [value for name, value in verifier.headers if name.lower() == b"dkim-signature"]
    for index, value in enumerate(fields):
        try:
            tags = parse_tag_value(value) if len(value) <= _LONGEST else {}
            yield index, tags[b"d"].decode("ascii").lower().rstrip(".")
        except (InvalidTagValueList, KeyError, UnicodeDecodeError):
            continue


def _verify(verifier: dkim.DKIM, index: int, texts: Texts) -> str:
    def key(name: bytes, timeout: float = 0) -> bytes | None:
        records = texts(name.decode("ascii"))
        return records[0] if records else None

    try:
        prepared = verifier.verify_headerprep(index)
        if not prepared or not _is_strong(prepared[0], prepared[1]):
            return "policy"
        return "pass" if verifier.verify_sig(*prepared[:2], prepared[2][index], key) else "fail"
    except dkim.ValidationError as error:
        return "neutral" if str(error).startswith(_PAST) else "fail"
    except dkim.DKIMException:
        return "permerror"
    except (binascii.Error, ValueError, KeyError, TypeError, IndexError, OverflowError):  # dkimpy trusts what it reads
        return "permerror"


def _is_strong(tags: dict[bytes, bytes], signed: list[bytes]) -> bool:
    """Tell whether a signature says what it should: for From and all of the body, and not by SHA-1 (RFC 8301)."""
    return b"from" in signed and b"l" not in tags and tags[b"a"] != b"rsa-sha1"
