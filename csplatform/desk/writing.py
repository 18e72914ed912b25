"""What an agent writes with where a message can go to several people: addresses, subject, signature."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from csplatform.common.errors import CsplatformError, InvalidInput
from csplatform.contacts.models import Handle
from csplatform.conversations.models import Conversation, Message
from csplatform.desk.history import contact_name
from csplatform.flows.outgoing import account_of
from csplatform.flows.recipients import Recipients, answered_by_default
from csplatform.gateway.selectors import abilities_of
from csplatform.knowledge.selectors import signature
from csplatform.people.models import User

# What separates addresses, outside of quotation marks: people paste them from everywhere.
_PIECE = re.compile(r'(?:"[^"]*"|[^,;\r\n"])+|"')
_IN_BRACKETS = re.compile(r"<([^<>]*)>\s*$")
ADDRESS_FIELDS = ("to", "cc", "bcc")


@dataclass(frozen=True, slots=True)
class Known:
    """An address of the conversation, and whose it is; the name may be empty."""

    address: str
    name: str


@dataclass(frozen=True, slots=True)
class Writing:
    """What the fields above a mail hold; addresses are separated by commas, `errors` stand at their fields."""

    to: str
    cc: str
    bcc: str
    subject: str
    known: tuple[Known, ...]
    signature: str
    quote: bool = False
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def to_names(self) -> str:
        """Whom it goes to, by name."""
        return self._named(self.to)

    @property
    def cc_names(self) -> str:
        """Who gets a copy, by name."""
        return self._named(self.cc)

    @property
    def bcc_names(self) -> str:
        """Who gets a hidden copy, by name."""
        return self._named(self.bcc)

    def _named(self, addresses: str) -> str:
        names = {known.address.lower(): known.name for known in self.known}
        return ", ".join(names.get(address.lower()) or address for address in addresses_in(addresses))


def addresses_in(text: str) -> tuple[str, ...]:
    """Return the addresses in what somebody typed, names and brackets left out; what is none stays as it is."""
    pieces = (piece.strip() for piece in _PIECE.findall(text.replace("\x00", "")))
    found = ((_IN_BRACKETS.search(piece), piece) for piece in pieces if piece)
    return tuple(match[1].strip() if match else piece for match, piece in found)


def recipients_in(data: Mapping[str, str]) -> Recipients | None:
    """Return whom a submitted form names; None where it has no such fields."""
    if "to" not in data:
        return None
    return Recipients(*(addresses_in(data.get(name, "")) for name in ADDRESS_FIELDS))


def new_subject(data: Mapping[str, str]) -> str:
    """Return the subject that was typed, empty where it is still the one that the page showed."""
    typed = data.get("subject", "").replace("\x00", "").strip()
    return "" if typed == data.get("subject_shown", "").strip() else typed


def answered(conversation: Conversation, way: Handle) -> Recipients | None:
    """Return whom an answer by `way` goes to unless its author says otherwise; None where it can go to one only."""
    copies = abilities_of(account_of(conversation, way)).copies
    return answered_by_default(conversation, way) if copies else None


def writing(user: User, conversation: Conversation, recipients: Recipients | None) -> Writing | None:
    """Return what the composer begins with; None where a message goes to one person only."""
    if recipients is None:
        return None
    return Writing(
        to=", ".join(recipients.to),
        cc=", ".join(recipients.cc),
        bcc=", ".join(recipients.bcc),
        subject=conversation.subject,
        known=known_addresses(conversation, recipients),
        signature=signature(conversation, user),
    )


def as_typed(shown: Writing, data: Mapping[str, str], error: CsplatformError) -> Writing:
    """Return the fields as they were submitted, with what is wrong at the one that is to blame."""
    return replace(
        shown,
        to=data.get("to", ""),
        cc=data.get("cc", ""),
        bcc=data.get("bcc", ""),
        subject=data.get("subject", ""),
        quote=data.get("quote") == "1",
        errors={error.field: str(error)} if isinstance(error, InvalidInput) and error.field in ADDRESS_FIELDS else {},
    )


def as_drafted(shown: Writing | None, letter: Mapping[str, str]) -> Writing | None:
    """Return the fields as their author left them in a draft."""
    if shown is None:
        return None
    return replace(
        shown,
        to=letter.get("to", shown.to),
        cc=letter.get("cc", shown.cc),
        bcc=letter.get("bcc", shown.bcc),
        subject=letter.get("subject", shown.subject),
        quote=letter.get("quote") == "1",
    )


def answering(message: Message) -> Recipients:
    """Return whom an answer to the writer of one message goes to."""
    wanted = message.metadata.get("reply_to") or [message.handle.external_id if message.handle else ""]
    return Recipients(to=tuple(wanted[:1]))


def known_addresses(conversation: Conversation, recipients: Recipients) -> tuple[Known, ...]:
    """Return everybody in the conversation, in one query however many they are."""
    handle = conversation.handle
    addresses = [handle.external_id, *recipients.everybody, *conversation.participants]
    unique = {address.lower(): address for address in addresses}
    handles = Handle.objects.filter(account=conversation.account_id, external_id__in=list(unique))
    names = dict(handles.values_list("external_id", "name")) | {handle.external_id.lower(): contact_name(conversation)}
    return tuple(Known(address, names.get(key, "")) for key, address in unique.items())
