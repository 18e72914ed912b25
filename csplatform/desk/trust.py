"""How far a received mail's sender can be trusted, in plain words. The channel judges; this only tells."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from csplatform.conversations.models import Message

_FLAGS: dict[str, str | Promise] = {
    "lookalike": gettext_lazy("The sender's address looks like one of ours, or like one we protect, but is another."),
    "name_is_address": gettext_lazy("The sender's name shows another address than the one that wrote."),
    "reply_to_elsewhere": gettext_lazy("An answer would go to another organisation than the one that wrote."),
    "several_from": gettext_lazy("The mail names several senders."),
    "mixed_scripts": gettext_lazy("The sender's address mixes letters of several scripts that look alike."),
    "own_domain_unauthenticated": gettext_lazy("It claims to come from our own domain, and nothing proves that."),
    "dangerous_attachment": gettext_lazy("A file in it can run a program: do not open it unless you expected it."),
    "bidi_name": gettext_lazy("Hidden characters change the order in which the sender's name is read."),
}


@dataclass(frozen=True, slots=True)
class Trust:
    """`level` is good, none, careful or bad; `reasons` are sentences, `facts` what the checks said in their words."""

    level: str
    label: str
    icon: str
    reasons: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]


def trust_of(message: Message) -> Trust | None:
    """Return what to tell of the sender; None where nobody looked."""
    given = message.metadata.get("trust")
    if not isinstance(given, dict):
        return None
    domain = (message.handle.external_id if message.handle else "").rpartition("@")[2]
    verdict = given.get("verdict")
    warnings = tuple(_warnings(given))
    level, label, icon = _badge(verdict, careful=bool(warnings))
    return Trust(level, label, icon, (_sentence(verdict, domain), *warnings), tuple(_facts(given)))


def _badge(verdict: Any, *, careful: bool) -> tuple[str, str, str]:
    if verdict == "fail":
        return "bad", _("Forged?"), "alert"
    if careful:
        return "careful", _("Careful"), "alert"
    if verdict == "pass":
        return "good", _("Verified"), "verified"
    return "none", _("Not verifiable"), "question"


def _sentence(verdict: Any, domain: str) -> str:
    if verdict == "pass":
        return _("It is proved that this mail comes from %(domain)s.") % {"domain": domain}
    if verdict == "fail":
        return _("%(domain)s says that this mail is not its own. Somebody may have forged the sender.") % {
            "domain": domain
        }
    return _("Nothing proves that this mail comes from %(domain)s, and nothing disproves it.") % {"domain": domain}


def _warnings(given: Mapping[str, Any]) -> list[str]:
    flags = given.get("flags")
    return [str(_FLAGS.get(flag, flag)) for flag in flags] if isinstance(flags, list) else []


def _facts(given: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the checks and their results as mail servers call them; these words are the same in every language."""
    found = [(name, str(given.get(key, ""))) for name, key in (("SPF", "spf"), ("DKIM", "dkim"), ("DMARC", "dmarc"))]
    domains = given.get("dkim_domains")
    if isinstance(domains, list) and domains:
        found[1] = ("DKIM", f"{found[1][1]} ({', '.join(str(domain) for domain in domains)})".strip())
    source = str(given.get("source", ""))
    return [(name, result) for name, result in found if result] + ([(_("Checked by"), source)] if source else [])
