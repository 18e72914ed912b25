"""What the account said to a customer, as its platform reports it back: from here, or from the platform's own inbox."""

from csplatform.common import clock
from csplatform.contacts.models import Handle
from csplatform.contacts.services import handle_of
from csplatform.conversations.actors import SYSTEM
from csplatform.conversations.models import (
    Conversation,
    Dispatch,
    DispatchState,
    EventVerb,
    Message,
    MessageKind,
    MessageState,
    Status,
)
from csplatform.conversations.services import NewMessage, append, lock, record
from csplatform.flows.attachments import keep_inbound
from csplatform.flows.errors import TooEarly
from csplatform.flows.receipts import by_key, confirm
from csplatform.gateway.contract import Echo
from csplatform.gateway.ids import stable_id
from csplatform.gateway.models import ChannelAccount, InboundDelivery
from csplatform.sla import services as sla

# Set in the metadata of a reply that was given in the platform's own inbox; nobody here is its author.
ELSEWHERE = "elsewhere"


def apply_echo(account: ChannelAccount, event: Echo, delivery: InboundDelivery | None = None) -> Message:
    """Recognise a reply of ours, else write down what was answered elsewhere. Doing it again changes nothing.

    Raises TooEarly while something is on its way to that person whose id we have not been told yet.
    """
    handle = handle_of(account, event.recipient)
    known = (
        _sent_from_here(account, event) or account.message_set.filter(external_id=stable_id(event.external_id)).first()
    )
    if known is not None:
        return known
    if Dispatch.objects.filter(account=account, message__handle=handle, state=DispatchState.SENDING).exists():
        raise TooEarly(f"echo {event.external_id!r} of what may be a reply of ours")
    return _answered_elsewhere(account, handle, event, delivery)


def _sent_from_here(account: ChannelAccount, event: Echo) -> Message | None:
    dispatch = account.dispatch_set.filter(external_id=stable_id(event.external_id)).select_related("message").first()
    dispatch = dispatch or by_key(account, event.key)
    if dispatch is None:
        return None
    lock(dispatch.conversation_id)
    dispatch.refresh_from_db(fields=["state", "external_id"])
    if not dispatch.external_id:
        dispatch.external_id = stable_id(event.external_id)
        dispatch.save(update_fields=["external_id", "updated_at"])
    if dispatch.state == DispatchState.UNCERTAIN:
        confirm(dispatch)
    return dispatch.message


def _answered_elsewhere(
    account: ChannelAccount, handle: Handle, event: Echo, delivery: InboundDelivery | None
) -> Message:
    """Add the answer to the person's conversation; nobody here has to give one any more."""
    conversation = _conversation(account, handle)
    new = NewMessage(
        kind=MessageKind.REPLY,
        account=account,
        handle=handle,
        delivery=delivery,
        external_id=stable_id(event.external_id),
        text=event.text,
        language=conversation.language,
        state=MessageState.ACCEPTED,
        metadata={ELSEWHERE: True},
        sent_at=event.sent_at,
    )
    message = append(conversation, new)
    keep_inbound([(message, event.attachments)])
    sla.agent_replied(conversation, None, clock.now())
    return message


def _conversation(account: ChannelAccount, handle: Handle) -> Conversation:
    """Return the person's latest conversation, locked; one that waits for them where we spoke first."""
    latest = Conversation.objects.filter(handle=handle).order_by("-id").first()
    if latest is not None:
        return lock(latest.pk)
    conversation = Conversation.objects.create(
        contact=handle.contact,
        account=account,
        handle=handle,
        language=handle.contact.language or account.default_language,
        status=Status.PENDING,
        team_id=account.team_id,
    )
    record(conversation, EventVerb.OPENED, SYSTEM)
    return conversation
