"""What a mail says beside its text, in the reader's words: who got it, what wrote it, and whether to trust it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from csplatform.conversations.models import Conversation, Message, MessageKind
from csplatform.desk.history import in_our_words
from csplatform.desk.trust import Trust, trust_of

# So many addresses are shown; the others after a click.
MOST_SHOWN = 3
_KINDS: dict[str, str | Promise] = {
    "auto-reply": gettext_lazy("Automatic reply"),
    "bounce": gettext_lazy("Mail came back"),
    "delay": gettext_lazy("Not delivered yet"),
    "delivered": gettext_lazy("Was delivered"),
    "read-receipt": gettext_lazy("Read receipt"),
    "complaint": gettext_lazy("Spam complaint"),
    "report": pgettext_lazy("mail", "Report"),
    "list": gettext_lazy("Mailing list"),
}
# Mails about another mail: what they report is said, and their own text is folded away.
_REPORTS = frozenset({"bounce", "delay", "delivered", "read-receipt", "complaint", "report"})
_WAYS: dict[str, str] = {"smime": "S/MIME", "pgp": "PGP"}


@dataclass(frozen=True, slots=True)
class Addressed:
    """One line of addresses, such as Cc."""

    label: str
    addresses: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.label} {', '.join(self.addresses)}"


@dataclass(frozen=True, slots=True)
class Failure:
    """Somebody whom another mail did not reach; `words` are the server's own."""

    address: str
    reason: str
    words: str
    is_dead: bool


@dataclass(frozen=True, slots=True)
class Letter:
    """Empty fields for everything that is no mail, or says nothing worth a line."""

    addressed: tuple[Addressed, ...] = ()
    more: int = 0
    everybody: tuple[Addressed, ...] = ()
    kind: str = ""
    kind_label: str = ""
    failures: tuple[Failure, ...] = ()
    truncated: bool = False
    shortened: bool = False
    protection: str = ""
    trust: Trust | None = None

    @property
    def is_report(self) -> bool:
        """Whether it is about another mail, and its text is for those who want to know more."""
        return self.kind in _REPORTS


def letter_of(message: Message, conversation: Conversation) -> Letter:
    """Return what `message` says beside its text. `message.handle` should be loaded."""
    facts = message.metadata
    if not facts:
        return Letter()
    everybody = _addressed(message, conversation)
    shown = _first(everybody, MOST_SHOWN)
    received = message.kind == MessageKind.CUSTOMER
    kind = str(facts.get("kind", "")) if received else ""
    return Letter(
        addressed=shown,
        more=sum(len(line.addresses) for line in everybody) - sum(len(line.addresses) for line in shown),
        everybody=everybody,
        kind=kind,
        kind_label=str(_KINDS.get(kind or ("list" if facts.get("list") and received else ""), "")),
        failures=tuple(_failures(facts.get("failures"))) if received else (),
        truncated=bool(facts.get("truncated")) and received,
        shortened=bool(facts.get("shortened")) and received,
        protection=_protection(facts) if received else "",
        trust=trust_of(message) if received else None,
    )


def _addressed(message: Message, conversation: Conversation) -> tuple[Addressed, ...]:
    """Return who got the message, where that is worth a line: not where it went from one to the other as usual."""
    labels: dict[str, Callable[[], str]] = {
        "to": lambda: pgettext("mail", "To"),
        "cc": lambda: pgettext("mail", "Cc"),
        "bcc": lambda: pgettext("mail", "Bcc"),
    }
    named = {name: _texts(message.metadata.get(name)) for name in labels}
    usual = {conversation.account.address if message.kind == MessageKind.CUSTOMER else conversation.handle.external_id}
    if message.kind != MessageKind.FORWARD and not _others(named, usual):
        return ()
    return tuple(Addressed(label(), named[name]) for name, label in labels.items() if named[name])


def _others(named: Mapping[str, Sequence[str]], usual: set[str]) -> set[str]:
    everybody = {address.lower() for addresses in named.values() for address in addresses}
    return everybody - {address.lower() for address in usual}


def _first(lines: tuple[Addressed, ...], most: int) -> tuple[Addressed, ...]:
    shown = []
    for line in lines:
        kept = line.addresses[:most]
        most -= len(kept)
        if kept:
            shown.append(Addressed(line.label, kept))
    return tuple(shown)


def _failures(given: Any) -> list[Failure]:
    rows = [row for row in given if isinstance(row, dict)] if isinstance(given, list) else []
    return [
        Failure(
            address=str(row.get("recipient", "")),
            reason=in_our_words(str(row.get("reason", ""))),
            words=str(row.get("words", "")),
            is_dead=bool(row.get("permanent")),
        )
        for row in rows
    ]


def _protection(facts: Mapping[str, Any]) -> str:
    """Return a sentence on the encryption or signature that a received mail came with; nobody has checked it."""
    if encrypted := facts.get("encrypted"):
        words = {"name": _WAYS.get(str(encrypted), encrypted)}
        return _("Encrypted with %(name)s: only its recipient's own program can read it.") % words
    if signature := facts.get("signature"):
        words = {"name": _WAYS.get(str(signature), signature)}
        return _("Carries a signature (%(name)s), which was not checked.") % words
    return ""


def _texts(given: Any) -> tuple[str, ...]:
    return tuple(str(text) for text in given) if isinstance(given, list) else ()
