"""Who a message goes to, on channels where it can go to several: To, Cc and Bcc."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from csplatform.common.errors import InvalidInput
from csplatform.contacts.models import Handle
from csplatform.contacts.services import handle_of
from csplatform.conversations.models import Conversation, Message, MessageKind
from csplatform.flows.outgoing import account_of
from csplatform.flows.routes import check_route, usual_handle
from csplatform.gateway.contract import HandleKind, InboundMessage, Sender

# More than this is a newsletter.
MOST_RECIPIENTS = 50


@dataclass(frozen=True, slots=True)
class Recipients:
    """Addresses as written, each once; the first of `to` is whom the message is for."""

    to: tuple[str, ...]
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()

    @property
    def everybody(self) -> tuple[str, ...]:
        """All addresses, the first of `to` first."""
        return (*self.to, *self.cc, *self.bcc)


def checked(recipients: Recipients) -> Recipients:
    """Return `recipients` tidied: no blanks, no repeats, To before Cc before Bcc.

    Raises InvalidInput for what is no address (naming its field), for nobody in To, and for more than 50.
    """
    seen: set[str] = set()
    to, cc, bcc = (_tidy(getattr(recipients, field), seen, field) for field in ("to", "cc", "bcc"))
    if not to:
        raise InvalidInput(_("Somebody has to be in “To”."), field="to")
    if len(seen) > MOST_RECIPIENTS:
        raise InvalidInput(_("A message goes to at most %(most)d people.") % {"most": MOST_RECIPIENTS}, field="to")
    return Recipients(to, cc, bcc)


def _tidy(addresses: Iterable[str], seen: set[str], field: str) -> tuple[str, ...]:
    kept = []
    for address in (given.strip() for given in addresses):
        if not address or address.lower() in seen:
            continue
        try:
            validate_email(address)
        except ValidationError:
            raise InvalidInput(_("“%(address)s” is not a mail address.") % {"address": address}, field=field) from None
        seen.add(address.lower())
        kept.append(address)
    return tuple(kept)


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who gets a message: `handle` is whom it is for; `recipients` is None where it can only go to one."""

    handle: Handle
    recipients: Recipients | None

    @property
    def metadata(self) -> dict[str, Any]:
        """The addresses as the message keeps them."""
        if self.recipients is None:
            return {}
        named = {"to": self.recipients.to, "cc": self.recipients.cc, "bcc": self.recipients.bcc}
        return {name: list(addresses) for name, addresses in named.items() if addresses}

    @property
    def visible(self) -> tuple[str, ...]:
        """Everybody who sees the others, and takes part from now on."""
        return (*self.recipients.to, *self.recipients.cc) if self.recipients else ()

    def check(self) -> None:
        """Raise InvalidInput where the address is known to be dead."""
        if self.handle.paused_at is not None:
            words = {"address": self.handle.external_id, "reason": self.handle.paused_reason}
            raise InvalidInput(_("Nothing is sent to %(address)s at present: %(reason)s") % words, field="to")


def envelope_for(conversation_id: int, recipients: Recipients | None, through: Handle | None = None) -> Envelope:
    """Return who gets a message in the conversation: `recipients`, or by default everybody in it.

    It goes through the account of `through`, by default where the customer last wrote. To be called before the
    conversation is locked, as it may make and lock a handle. Raises InvalidInput for addresses that are none, for
    several on a channel that reaches only one, and for a handle that has no part in the conversation.
    """
    rows = Conversation.objects.select_related("account", "handle", "contact")
    conversation = rows.get(pk=conversation_id)
    if through is not None:
        check_route(conversation, through)
    way = through or usual_handle(conversation)
    account = account_of(conversation, way)
    if not account.adapter().abilities.copies:
        if recipients is not None:
            raise InvalidInput(_("On this channel an answer goes to one person."), field="to")
        return Envelope(way, None)
    wanted = checked(recipients) if recipients else answered_by_default(conversation, way)
    first = wanted.to[0].lower()
    if first == way.external_id.lower():
        return Envelope(way, wanted)
    return Envelope(handle_of(account, Sender(first, HandleKind.EMAIL)), wanted)


def join(conversation: Conversation, handle: Handle, event: InboundMessage, ours: frozenset[str]) -> None:
    """Whoever a person writes to in a conversation takes part in it. Saved with the conversation.

    Our own addresses do not count, and a machine brings nobody along.
    """
    if event.automatic or not event.addressees:
        return
    others = {address.lower() for address in event.addressees} - ours
    add_participants(conversation, others - {handle.external_id.lower()})


def add_participants(conversation: Conversation, addresses: Iterable[str]) -> None:
    """Let the people at `addresses` take part, at most 50 in all. Saved with the conversation."""
    everybody = {*conversation.participants, *(address.lower() for address in addresses)}
    conversation.participants = sorted(everybody)[:MOST_RECIPIENTS]


def answered_by_default(conversation: Conversation, way: Handle | None = None) -> Recipients:
    """Return whom an answer to the conversation goes to unless its author says otherwise: everybody in it.

    To is where the contact's last message asks to be answered, Cc whoever that message and our last reply went to,
    as far as they take part: our own addresses do not, nor does who cannot be reached. By another `way` than the
    conversation's own, it is whoever that reaches.
    """
    way = way or conversation.handle
    said = conversation.messages.filter(account=way.account_id).select_related("handle")
    theirs = {"handle__contact": conversation.contact} if way.pk == conversation.handle_id else {"handle": way}
    last = said.filter(kind=MessageKind.CUSTOMER, is_machine=False, **theirs).last()
    reply = said.filter(kind=MessageKind.REPLY).last()
    wanted = (last.metadata.get("reply_to") if last else None) or [way.external_id]
    asked = {address.lower() for address in [*wanted, way.external_id]}
    partners = set(conversation.participants) - asked
    copies = [address for message in (last, reply) if message is not None for address in _copied(message)]
    others = {address.lower(): address for address in copies if address.lower() in partners}
    return Recipients(to=tuple(wanted[:1]), cc=tuple(others.values()))


def _copied(message: Message) -> list[str]:
    return [*message.metadata.get("to", ()), *message.metadata.get("cc", ())]
