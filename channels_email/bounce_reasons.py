"""Why a mail was not delivered: reason groups, told by the server's words, the codes and the SMTP command. Pure.

The groups are those that bounce handlers have long agreed on. Words weigh more than codes, for servers give "5.1.1" and
"550" to anything; a few codes that mean one thing only (RFC 3463 and the IANA registry) come first.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from channels_email.bounce_phrases import COMMANDS, HIDDEN_USER, PHRASES


class Group(StrEnum):
    """The reason groups."""

    USER_UNKNOWN = "userunknown"
    HOST_UNKNOWN = "hostunknown"
    HAS_MOVED = "hasmoved"
    NOT_ACCEPT = "notaccept"
    MAILBOX_FULL = "mailboxfull"
    MESSAGE_TOO_BIG = "mesgtoobig"
    EXCEEDS_LIMIT = "exceedlimit"
    SUSPENDED = "suspend"
    FILTERED = "filtered"
    REJECTED = "rejected"
    SPAM = "spamdetected"
    VIRUS = "virusdetected"
    POLICY = "policyviolation"
    CONTENT = "contenterror"
    NOT_COMPLIANT = "notcompliantrfc"
    AUTHENTICATION = "authfailure"
    REPUTATION = "badreputation"
    BLOCKED = "blocked"
    NO_PTR = "requireptr"
    NO_RELAYING = "norelaying"
    SECURITY = "securityerror"
    NO_STARTTLS = "failedstarttls"
    TOO_FAST = "speeding"
    TOO_MANY_CONNECTIONS = "toomanyconn"
    EXPIRED = "expired"
    NETWORK = "networkerror"
    SYSTEM = "systemerror"
    SYSTEM_FULL = "systemfull"
    MAILER = "mailererror"
    SYNTAX = "syntaxerror"
    ON_HOLD = "onhold"
    UNDEFINED = "undefined"


class Command(StrEnum):
    """Where the SMTP conversation ended."""

    CONNECT = "connect"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    UNKNOWN = ""


@dataclass(frozen=True, slots=True)
class Codes:
    """An enhanced status (RFC 3463) and a reply code (RFC 5321), each empty where none was given."""

    status: str = ""
    reply: str = ""

    @property
    def best(self) -> str:
        """The code that says most."""
        vague = not self.status or self.status.endswith(".0.0")
        return self.reply or self.status if vague else self.status

    @property
    def temporary(self) -> bool:
        """Whether the server said that a later try may work."""
        return (self.status or self.reply).startswith("4")


_PLAIN = {
    "5.1.6": Group.HAS_MOVED,
    "5.1.7": Group.REJECTED,
    "5.1.8": Group.REJECTED,
    "5.1.10": Group.USER_UNKNOWN,
    "5.2.2": Group.MAILBOX_FULL,
    "4.2.2": Group.MAILBOX_FULL,
    "5.3.4": Group.MESSAGE_TOO_BIG,
    "5.7.13": Group.SUSPENDED,
    "5.7.25": Group.NO_PTR,
    "4.7.25": Group.NO_PTR,
    "5.7.509": Group.AUTHENTICATION,
    "5.7.515": Group.AUTHENTICATION,
    **{f"{kind}.7.{detail}": Group.AUTHENTICATION for kind in "45" for detail in (20, 21, 22, 23, 24, 26, 30, 31, 32)},
    **{f"5.7.{detail}": Group.BLOCKED for detail in (*range(501, 504), 511, *range(606, 650), 708)},
    "4.7.650": Group.REPUTATION,
}
_FALLBACK = {
    "1.0": Group.USER_UNKNOWN,
    "1.1": Group.USER_UNKNOWN,
    "1.2": Group.HOST_UNKNOWN,
    "1.3": Group.USER_UNKNOWN,
    "1.4": Group.USER_UNKNOWN,
    "2.1": Group.FILTERED,
    "2.3": Group.EXCEEDS_LIMIT,
    "3.1": Group.SYSTEM_FULL,
    "3.2": Group.NOT_ACCEPT,
    "4.1": Group.EXPIRED,
    "4.2": Group.EXPIRED,
    "4.4": Group.HOST_UNKNOWN,
    "4.7": Group.EXPIRED,
    "5.2": Group.SYNTAX,
    "5.4": Group.SYNTAX,
    "7.2": Group.SECURITY,
    "7.8": Group.SECURITY,
}
_BY_SUBJECT = {
    "3": Group.SYSTEM,
    "4": Group.NETWORK,
    "6": Group.CONTENT,
    "7": Group.SECURITY,
}
_BY_REPLY = {
    "452": Group.SYSTEM_FULL,
    "500": Group.SYNTAX,
    "501": Group.SYNTAX,
    "502": Group.SYNTAX,
    "503": Group.SYNTAX,
    "504": Group.SYNTAX,
    "521": Group.NOT_ACCEPT,
    "552": Group.MAILBOX_FULL,
    "556": Group.HOST_UNKNOWN,
}
# What PowerMTA adds to a delivery status.
_BY_CATEGORY = {
    "bad-domain": Group.HOST_UNKNOWN,
    "bad-mailbox": Group.USER_UNKNOWN,
    "content-related": Group.CONTENT,
    "inactive-mailbox": Group.SUSPENDED,
    "invalid-sender": Group.REJECTED,
    "message-expired": Group.EXPIRED,
    "no-answer-from-host": Group.NETWORK,
    "policy-related": Group.POLICY,
    "quota-issues": Group.MAILBOX_FULL,
    "relaying-issues": Group.NO_RELAYING,
    "routing-errors": Group.NETWORK,
    "spam-related": Group.SPAM,
    "virus-related": Group.VIRUS,
}
_REFUSED = re.compile(r"\b(?:rejected|refused|denied)\b")
_STATUS = re.compile(r"(?<![\d.])[245]\.\d\.\d{1,3}(?!\.?\d)")
_REPLY = re.compile(r"(?<![\d./#-])(?<!\d:)[45]\d\d(?=[- :,;)]|\.(?!\d)|$)")
_LINE_CODE = re.compile(r"(?<!\S)[245]\d\d(?:[- ]#?[245]\.\d\.\d{1,3}(?!\.?\d)|-)? ?(?=\S)")
_LONGEST = 4000
_SPACES = re.compile(r"\s+")
_DEAD = frozenset({Group.USER_UNKNOWN, Group.HOST_UNKNOWN, Group.HAS_MOVED})


def codes_in(words: str, given: str = "") -> Codes:
    """Return the codes in `words`; `given`, the status that the report states, counts where words have none better."""
    found = _STATUS.findall(words)
    exact = [status for status in found if not status.endswith(".0.0")]
    stated = _STATUS.search(given)
    status = (exact or found or [""])[-1]
    if stated and (not status or (status.endswith(".0.0") and not stated[0].endswith(".0.0"))):
        status = stated[0]
    reply = _REPLY.search(words)
    return Codes(status, reply[0] if reply else "")


def command_in(text: str) -> Command:
    """Return the SMTP command that `text`, a passage about one recipient, says was refused."""
    folded = _fold(text[:_LONGEST])
    for name, pattern in COMMANDS:
        if pattern.search(folded):
            return Command(name)
    return Command.UNKNOWN


def classify(words: str, codes: Codes, command: Command, recipient: str = "") -> Group:
    """Return the group of a server's `words` about `recipient`; UNDEFINED where neither words nor codes tell."""
    folded = _fold(words[:_LONGEST])
    if codes.status in _PLAIN and not (codes.status == "5.1.10" and "does not accept" in folded):
        return _PLAIN[codes.status]
    for name, pattern in PHRASES:
        if pattern.search(folded):
            return _settle(Group(name), folded, codes, command, recipient)
    return Group.UNDEFINED


def by_category(category: str) -> Group:
    """Return the group of a PowerMTA category; UNDEFINED where there is none."""
    return _BY_CATEGORY.get(category.lower(), Group.UNDEFINED)


def by_codes(codes: Codes, command: Command, words: str = "") -> Group:
    """Return the group that the codes tell, for `words` that say no more than that the mail was refused."""
    if codes.status in _PLAIN:
        return _PLAIN[codes.status]
    kind, _, detail = codes.status.partition(".")
    if kind and not detail.startswith("0."):
        group = _FALLBACK.get(detail) or _BY_SUBJECT.get(detail.partition(".")[0])
        if group is Group.USER_UNKNOWN and command is Command.MAIL:
            return Group.REJECTED
        if group is Group.HOST_UNKNOWN and codes.temporary:
            return Group.NETWORK
        if group is not None:
            return group
    if command is Command.CONNECT:
        return Group.BLOCKED
    if command is Command.MAIL or (codes.reply not in _BY_REPLY and _REFUSED.search(words.lower())):
        return Group.REJECTED
    return _BY_REPLY.get(codes.reply, Group.UNDEFINED)


def is_hard(group: Group, codes: Codes) -> bool:
    """Tell whether nobody can be reached at the address: it does not exist, moved away, or its host takes no mail."""
    return group in _DEAD or (group is Group.NOT_ACCEPT and not codes.temporary)


def _settle(group: Group, folded: str, codes: Codes, command: Command, recipient: str) -> Group:
    """Correct what words alone would say by the codes and the command."""
    if group is Group.USER_UNKNOWN:
        return _unknown_user(folded, codes, command, recipient)
    if group is Group.HOST_UNKNOWN:
        if command is Command.CONNECT:
            return Group.BLOCKED
        if command is Command.MAIL or codes.status in {"5.1.7", "5.1.8"}:
            return Group.REJECTED
        return Group.NETWORK if codes.temporary else group
    if group is Group.REJECTED and command is Command.CONNECT:
        return Group.BLOCKED
    if group is Group.REJECTED and codes.status == "5.4.1":  # Microsoft's word for a recipient it does not know
        return Group.USER_UNKNOWN
    return group


def _unknown_user(folded: str, codes: Codes, command: Command, recipient: str) -> Group:
    """Tell an unknown user from one whose filter pretends so: mobile carriers do this after they took the content."""
    if codes.status.startswith(("5.1.", "4.1.", "5.4.1")) or HIDDEN_USER.search(folded):
        return Group.USER_UNKNOWN
    if command is not Command.UNKNOWN:
        return Group.USER_UNKNOWN if command is Command.RCPT else Group.FILTERED
    if not codes.best:
        return Group.USER_UNKNOWN
    vague = not codes.status or codes.status.endswith((".0.0", ".5.0"))
    return Group.USER_UNKNOWN if vague and (not recipient or recipient.lower() in folded) else Group.FILTERED


def _fold(text: str) -> str:
    """Return `text` in lower case, on one line, without the codes that begin each line of a long reply."""
    return _SPACES.sub(" ", _LINE_CODE.sub("", text)).replace("’", "'").lower()
