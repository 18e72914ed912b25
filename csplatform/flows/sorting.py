"""Which conversation a message belongs to."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from csplatform.contacts.models import Handle
from csplatform.conversations.models import Conversation, Dispatch, Message, Status
from csplatform.gateway.contract import InboundMessage
from csplatform.gateway.ids import stable_id
from csplatform.gateway.models import ChannelAccount

# A resolved conversation is reopened by its customer for this long; later, a new one begins.
REOPEN_WITHIN = timedelta(days=14)
# The largest id there can be; a larger number in a thread's name names nothing.
_LARGEST_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Place:
    """The conversation a message continues, None where it begins a new one.

    A new one that is `held_for` another quotes it, though its sender takes no part there.
    """

    conversation_id: int | None = None
    held_for: int | None = None


def place_for(account: ChannelAccount, handle: Handle, event: InboundMessage, at: datetime) -> Place:
    """Return where `event`, which came at `at` from `handle`, belongs."""
    if account.adapter().abilities.threaded:
        return _by_reference(account, handle, event)
    return Place(_current(handle, at))


def _by_reference(account: ChannelAccount, handle: Handle, event: InboundMessage) -> Place:
    """The nearest message it refers to decides, then the thread's name; and only for somebody who takes part there.

    A stranger who quotes a thread gets a conversation of their own, which is held beside it.
    """
    quoted = _quoted_conversations(account, event)
    joinable = next((found.pk for found in quoted if takes_part(handle, found)), None)
    if joinable is None:
        joinable = _of_same_root(account, handle, event)
    if joinable is not None or not quoted:
        return Place(joinable)
    return _beside(handle, quoted[0])


def _quoted_conversations(account: ChannelAccount, event: InboundMessage) -> list[Conversation]:
    """Return the account's conversations that `event` points to, the surest first."""
    refs = [stable_id(ref) for ref in event.thread_refs]
    names = [int(name) for name in event.thread_names if name.isascii() and name.isdigit()]
    found: dict[str, int] = {}
    if refs:
        belongs = {"account": account, "external_id__in": refs}
        found |= dict(Dispatch.objects.filter(**belongs).values_list("external_id", "conversation_id"))
        found |= dict(Message.objects.filter(**belongs).values_list("external_id", "conversation_id"))
    ids = dict.fromkeys([*(found[ref] for ref in refs if ref in found), *(pk for pk in names if pk <= _LARGEST_ID)])
    if not ids:
        return []
    rows = Conversation.objects.filter(account=account).only("contact_id", "participants").in_bulk(list(ids))
    return [rows[pk] for pk in ids if pk in rows]


def takes_part(handle: Handle, conversation: Conversation) -> bool:
    """Return whether `handle`'s person is in the conversation: its contact, or somebody written to in it."""
    return conversation.contact_id == handle.contact_id or handle.external_id.lower() in conversation.participants


def _of_same_root(account: ChannelAccount, handle: Handle, event: InboundMessage) -> int | None:
    """Some programs cut the references, and keep a name for the thread instead."""
    if not event.thread_root:
        return None
    own = Message.objects.filter(conversation__contact_id=handle.contact_id, account=account)
    same = own.filter(metadata__thread_root=event.thread_root).order_by("-id")
    return same.values_list("conversation_id", flat=True).first()


def _beside(handle: Handle, target: Conversation) -> Place:
    """A stranger's second mail goes where their first is held."""
    held = target.held.filter(contact_id=handle.contact_id).order_by("-id").values_list("pk", flat=True).first()
    return Place(held, held_for=None if held else target.pk)


def _current(handle: Handle, at: datetime) -> int | None:
    """The person's latest conversation on this account, unless it has been resolved for too long."""
    latest = Conversation.objects.filter(handle=handle).order_by("-id").first()
    if latest is None:
        return None
    if latest.status == Status.RESOLVED and latest.resolved_at and latest.resolved_at < at - REOPEN_WITHIN:
        return None
    return latest.pk
