"""A closer look at a mail, over the network: its signatures, and what its sender's domain says of unsigned mail."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from channels_email import content, dkim_check, dmarc, resolver, trust
from channels_email.authentication_results import Evidence
from channels_email.mime import parse
from channels_email.providers.webhooks import signed_bytes
from csplatform.gateway.contract import AccountConfig, RawDelivery


def examine(account: AccountConfig, raw: RawDelivery) -> Mapping[str, Any]:
    """Return the mail's `trust` anew where it is signed and no trusted server has checked that; else nothing.

    Asks the DNS for five records at most. Raises SendUnavailable where it does not answer: nothing is known then.
    """
    mail = signed_bytes(account, raw)
    if mail is None:
        return {}
    root = parse(mail)
    known = trust.evidence(root, account)
    if known.dkim:
        return {}
    domain = trust.from_domain(root.headers.addresses("from"))
    found = dkim_check.check(root.raw, lambda signer: trust.aligns(signer, domain), resolver.texts)
    known = replace(known, dkim=found.result, dkim_domains=found.domains, source=known.source or "dkim")
    if domain and not known.dmarc:
        known = _with_policy(known, domain, dmarc.policy_of(domain, resolver.texts))
    return {"trust": trust.assess(root, content.read(root).attachments, account, known)}


def _with_policy(known: Evidence, domain: str, policy: dmarc.Policy | None) -> Evidence:
    """Add DMARC's result; none where nobody looked at SPF, which might have passed."""
    if policy is None:
        return replace(known, dmarc="none")
    aligned = trust.is_aligned(domain, known, strict_dkim=policy.strict_dkim, strict_spf=policy.strict_spf)
    result = "pass" if aligned else "fail" if known.spf else ""
    return replace(known, aligned=aligned, dmarc=result)
