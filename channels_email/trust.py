"""Whether a mail's sender is who they claim to be, and what else should make a reader careful. Pure.

The verdict is DMARC's (RFC 7489): whether SPF or a DKIM signature vouches for the domain in From, told by a trusted
server or reckoned here from what it says of the two. SPF cannot be checked afterwards, since it needs the address of
whoever delivered the mail; where no trusted server says so, only DKIM counts (`examine`).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Any

from channels_email import authentication_results
from channels_email.attachment_risk import is_dangerous
from channels_email.authentication_results import Evidence
from channels_email.headers import Address, Headers
from channels_email.lookalike import Protected, imitates, mixes_scripts, protect, shows_other_address
from channels_email.mime import Part
from channels_email.spam_score import USUAL_THRESHOLD, score
from csplatform.common.domains import domain_of, is_shared, registrable
from csplatform.gateway.contract import AccountConfig, InboundAttachment

# Direction overrides, embeddings and isolates; a name in Arabic or Hebrew does without them.
_BIDI = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
_LISTS = ("list-id", "list-post", "list-unsubscribe", "x-mailing-list", "x-beenthere")
_LONGEST_NAME = 200
_SEPARATORS = re.compile(r"[\s,;]+")


class Flag(StrEnum):
    """What should make a reader careful."""

    LOOKALIKE = "lookalike"
    NAME_IS_ADDRESS = "name_is_address"
    REPLY_TO_ELSEWHERE = "reply_to_elsewhere"
    SEVERAL_FROM = "several_from"
    MIXED_SCRIPTS = "mixed_scripts"
    OWN_DOMAIN_UNAUTHENTICATED = "own_domain_unauthenticated"
    DANGEROUS_ATTACHMENT = "dangerous_attachment"
    BIDI_NAME = "bidi_name"


class Verdict(StrEnum):
    PASS = "pass"  # noqa: S105 - RFC 8601's word
    FAIL = "fail"
    UNKNOWN = "unknown"


def describe(
    root: Part, files: Sequence[InboundAttachment], account: AccountConfig, *, is_whole: bool
) -> dict[str, Any]:
    """Return what a message's metadata is to say of its sender.

    `trust` as `assess` has it; `spam_score` where a filter gave one; `examine` where a signature is still to be
    checked, which needs a mail that was fetched whole.
    """
    known = evidence(root, account)
    said: dict[str, Any] = {"trust": assess(root, files, account, known)}
    if not known.dkim and is_whole:
        said["examine"] = True
    worst = score(root.headers)
    return said if worst is None else said | {"spam_score": worst}


def is_spam(metadata: Mapping[str, Any], settings: Mapping[str, Any]) -> bool:
    """Tell whether the account's threshold (`spam_score` in its settings; 5 unless set, 0 for never) is reached."""
    limit = threshold(settings)
    return limit > 0 and metadata.get("spam_score", float("-inf")) >= limit


def evidence(root: Part, account: AccountConfig) -> Evidence:
    """Return what servers that the account trusts say of the mail; that nobody signed it, where nobody did."""
    found = authentication_results.read(root, frozenset(listed(account.settings, "trusted_authserv")))
    if found.dkim in {"", "temperror"}:
        return replace(found, dkim="" if "dkim-signature" in root.headers else "none")
    return found


def assess(root: Part, files: Sequence[InboundAttachment], account: AccountConfig, known: Evidence) -> dict[str, Any]:
    """Return what is kept as `metadata["trust"]`: plain values for the desk, and for rules."""
    senders = root.headers.addresses("from")
    verdict = judge(from_domain(senders), known)
    return {
        "spf": known.spf,
        "dkim": known.dkim,
        "dmarc": known.dmarc,
        "dkim_domains": list(known.dkim_domains),
        "source": known.source,
        "verdict": str(verdict),
        "flags": [str(flag) for flag in _flags(root.headers, senders, files, account, verdict)],
    }


def from_domain(senders: Sequence[Address]) -> str:
    """Return the domain that is to be proved; empty where several claim to have written (RFC 7489 6.6.1)."""
    domains = {domain_of(sender.address) for sender in senders}
    return domains.pop() if len(domains) == 1 else ""


def judge(domain: str, known: Evidence) -> Verdict:
    """Return whether the sender's domain (that of From) is proved, disproved, or neither."""
    if not domain:
        return Verdict.UNKNOWN
    told = known.dmarc_domain in {"", domain}
    if told and known.dmarc in {"pass", "fail"}:
        return Verdict(known.dmarc)
    aligned = is_aligned(domain, known) if known.aligned is None else known.aligned
    return Verdict.PASS if aligned else Verdict.UNKNOWN


def is_aligned(domain: str, known: Evidence, *, strict_dkim: bool = False, strict_spf: bool = False) -> bool:
    """Tell whether SPF or a signature vouches for `domain` (RFC 7489 3.1), relaxed unless strictness is asked for."""
    by_spf = known.spf == "pass" and aligns(known.spf_domain, domain, strict=strict_spf)
    return by_spf or any(aligns(signer, domain, strict=strict_dkim) for signer in known.dkim_domains)


def aligns(one: str, other: str, *, strict: bool = False) -> bool:
    """Tell whether two domains are one, or (unless `strict`) belong to the same organisation."""
    if one == other:
        return bool(one)
    return not strict and registrable(one) == registrable(other) != ""


def listed(settings: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """Return the words of a setting that holds a list, or text with commas or white space between them; lower-case."""
    value = settings.get(name) or ()
    words = _SEPARATORS.split(value) if isinstance(value, str) else [str(word).strip() for word in value]
    return tuple(word.lower() for word in words if word)


def threshold(settings: Mapping[str, Any]) -> float:
    """Return the score from which the account takes a mail for spam; 0 means never."""
    try:
        return float(settings.get("spam_score", USUAL_THRESHOLD))
    except (TypeError, ValueError):
        return USUAL_THRESHOLD


def is_from_list(headers: Headers) -> bool:
    """Tell whether a mailing list sent it on."""
    return any(name in headers for name in _LISTS)


def _flags(
    headers: Headers,
    senders: Sequence[Address],
    files: Sequence[InboundAttachment],
    account: AccountConfig,
    verdict: Verdict,
) -> list[Flag]:
    sender = Address(senders[0].address, senders[0].name[:_LONGEST_NAME]) if senders else Address("")
    domain = domain_of(sender.address)
    names = protect(account.address, account.name, listed(account.settings, "protected_domains"))
    raised = {
        Flag.LOOKALIKE: bool(domain) and imitates(domain, sender.name, names),
        Flag.NAME_IS_ADDRESS: shows_other_address(sender.name, domain),
        Flag.REPLY_TO_ELSEWHERE: "reply-to" in headers and _answers_elsewhere(headers, domain),
        Flag.SEVERAL_FROM: len(senders) > 1 or len(headers.all_raw("from")) > 1,
        Flag.MIXED_SCRIPTS: mixes_scripts(domain),
        Flag.OWN_DOMAIN_UNAUTHENTICATED: verdict != Verdict.PASS and _claims_to_be_us(sender.address, account, names),
        Flag.DANGEROUS_ATTACHMENT: is_dangerous(files),
        Flag.BIDI_NAME: not sender.name.isascii() and bool(_BIDI.search(sender.name)),
    }
    return [flag for flag, is_raised in raised.items() if is_raised]


def _answers_elsewhere(headers: Headers, domain: str) -> bool:
    """Tell whether an answer would go to another organisation than the one that wrote; lists do so rightly."""
    if is_from_list(headers):
        return False
    return any(not aligns(domain_of(each.address), domain) for each in headers.addresses("reply-to"))


def _claims_to_be_us(address: str, account: AccountConfig, names: Protected) -> bool:
    own = domain_of(account.address)
    if is_shared(own):
        return address.lower() == account.address.lower()
    return bool(own) and aligns(domain_of(address), own)
