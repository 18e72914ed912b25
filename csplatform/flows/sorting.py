"""Which conversation a message belongs to."""

from datetime import datetime, timedelta

from csplatform.contacts.models import Handle
from csplatform.conversations.models import Conversation, Dispatch, Message, Status
from csplatform.gateway.contract import InboundMessage
from csplatform.gateway.ids import stable_id
from csplatform.gateway.models import ChannelAccount

# A resolved conversation is reopened by its customer for this long; later, a new one begins.
REOPEN_WITHIN = timedelta(days=14)


def conversation_for(account: ChannelAccount, handle: Handle, event: InboundMessage, at: datetime) -> int | None:
    """Return the id of the conversation that `event` continues, or None where it begins a new one."""
    if account.adapter().abilities.threaded:
        return _by_reference(account, handle, event)
    return _current(handle, at)


def _by_reference(account: ChannelAccount, handle: Handle, event: InboundMessage) -> int | None:
    """The nearest message it refers to decides, and only in the sender's own conversations.

    A stranger who quotes a Message-ID gets a conversation of their own.
    """
    refs = [stable_id(ref) for ref in event.thread_refs]
    if not refs:
        return None
    belongs = {"account": account, "external_id__in": refs, "conversation__contact_id": handle.contact_id}
    found = dict(Dispatch.objects.filter(**belongs).values_list("external_id", "conversation_id"))
    found |= dict(Message.objects.filter(**belongs).values_list("external_id", "conversation_id"))
    return next((found[ref] for ref in refs if ref in found), None)


def _current(handle: Handle, at: datetime) -> int | None:
    """The person's latest conversation on this account, unless it has been resolved for too long."""
    latest = Conversation.objects.filter(handle=handle).order_by("-id").first()
    if latest is None:
        return None
    if latest.status == Status.RESOLVED and latest.resolved_at and latest.resolved_at < at - REOPEN_WITHIN:
        return None
    return latest.pk
