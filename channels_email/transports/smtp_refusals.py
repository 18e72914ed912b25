"""What an SMTP server's no means. Pure."""

import re

from csplatform.gateway.errors import SendFailed, SendUnavailable

_CODES = {
    530: "the mail server wants a login",
    534: "the mail server does not take this way of logging in",
    535: "the mail server does not accept this account's user name or password",
    550: "the mailbox does not exist or does not take this mail",
    551: "the mailbox has moved",
    552: "the mail is too big, or the mailbox is full",
    553: "the mail server does not take this address",
    554: "the mail server refuses this mail",
}
_DEAD = "the address does not exist"
_ENHANCED = re.compile(r"\s*([245]\.\d{1,3}\.\d{1,3})\b")
# Bad destination mailbox, system or syntax, moved, and a domain that takes no mail (RFC 3463 3.2, RFC 7505 4).
_NO_ADDRESS = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"})
_WHO = "(?:e-?mail )?(?:users?|mailbox|recipient|address|account|addressee|person)"
_CLEAR = re.compile(
    rf"(?i)\b(?:no such {_WHO}|unknown {_WHO}|invalid (?:mailbox|recipient)|no mailbox (?:here )?by that name"
    rf"|{_WHO}(?: \S+){{0,2}}? (?:is |was )?(?:unknown|not found|does ?n[o']t exist|does not exist|doesn.t exist))"
)


def refusal(code: int, said: bytes | str, *, dead_address: bool = False) -> SendFailed:
    """Return the failure that an answer stands for, in plain words with the server's own beside them."""
    words = _words(said)[:300]
    if 500 <= code < 600:
        plain = _DEAD if dead_address else _CODES.get(code, "the mail server refuses this mail")
        return SendFailed(f"{plain} ({code} {words})", code=str(code), dead_address=dead_address)
    return SendUnavailable(f"the mail server is busy ({code} {words})", code=str(code))


def is_dead_address(code: int, said: bytes | str) -> bool:
    """Tell whether the answer to RCPT says that there is no such address, and not merely that it takes no mail."""
    if code not in {550, 551, 553}:
        return False
    words = _words(said)
    enhanced = _ENHANCED.match(words)
    return enhanced[1] in _NO_ADDRESS if enhanced else bool(_CLEAR.search(words))


def _words(said: bytes | str) -> str:
    return " ".join((said.decode("utf-8", "replace") if isinstance(said, bytes) else said).split())
