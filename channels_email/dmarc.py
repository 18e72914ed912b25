"""What a domain says of mail that bears its name (RFC 7489)."""

from collections.abc import Callable
from dataclasses import dataclass

from csplatform.common.domains import registrable


@dataclass(frozen=True, slots=True)
class Policy:
    """What a domain asks for (`none`, `quarantine`, `reject`), and whether domains must be the very same."""

    asks: str
    strict_dkim: bool = False
    strict_spf: bool = False


def policy_of(domain: str, texts: Callable[[str], list[bytes]]) -> Policy | None:
    """Return the policy for mail from `domain`: its own, else that of its organisation; None where there is none.

    Looks up two TXT records at most, by `texts`, and raises what that raises.
    """
    organisation = registrable(domain)
    for name in dict.fromkeys(filter(None, (domain, organisation))):
        records = [record for record in texts(f"_dmarc.{name}") if record.replace(b" ", b"").startswith(b"v=DMARC1")]
        if len(records) == 1:
            return parse(records[0], is_below=name != domain)
    return None


def parse(record: bytes, *, is_below: bool = False) -> Policy:
    """Return what a record says, for the domain that has it or one below it."""
    pairs = (tag.partition("=") for tag in record.decode("ascii", "replace").lower().split(";"))
    tags = {name.strip(): value.strip() for name, _equals, value in pairs}
    asks = (tags.get("sp") if is_below else "") or tags.get("p") or "none"
    return Policy(asks, strict_dkim=tags.get("adkim") == "s", strict_spf=tags.get("aspf") == "s")
