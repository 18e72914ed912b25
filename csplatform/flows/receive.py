"""Something arrived from a customer's side: a message, a change of one, or word of how far a reply got."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import structlog
from django.db import transaction

from csplatform.common import clock
from csplatform.contacts.models import Handle
from csplatform.contacts.services import handle_of
from csplatform.conversations.actors import CUSTOMER, SYSTEM
from csplatform.conversations.models import Conversation, EventVerb, Message, MessageKind, Status
from csplatform.conversations.services import NewMessage, append, lock, record
from csplatform.flows.acknowledge import acknowledge
from csplatform.flows.attachments import keep_inbound
from csplatform.flows.language import language_of
from csplatform.flows.pausing import is_alive
from csplatform.flows.receipts import apply_receipt, apply_reports, reported
from csplatform.flows.recipients import join
from csplatform.flows.revisions import apply_deletion, apply_edit, apply_reaction, pass_on_typing
from csplatform.flows.sorting import Place, place_for
from csplatform.gateway.contract import (
    Event,
    InboundMessage,
    MessageDeleted,
    MessageEdited,
    Reaction,
    Receipt,
    Typing,
)
from csplatform.gateway.ids import stable_id, twin_id
from csplatform.gateway.models import ChannelAccount, InboundDelivery
from csplatform.sla import services as sla

log = structlog.get_logger(__name__)


@transaction.atomic
def receive(account: ChannelAccount, event: Event, delivery: InboundDelivery | None = None) -> Message | None:
    """Apply one event of a channel, in one transaction. Doing it again changes nothing.

    Returns the message concerned: for a repeat, the one that was there already; None where there is none.
    Raises TooEarly for an event whose message has not come yet; try again later.
    """
    if isinstance(event, InboundMessage):
        return _receive_message(account, event, delivery)
    apply: dict[type, Callable[[ChannelAccount, Any], Message | None]] = {
        Receipt: apply_receipt,
        MessageEdited: apply_edit,
        MessageDeleted: apply_deletion,
        Reaction: apply_reaction,
        Typing: pass_on_typing,
    }
    return apply[type(event)](account, event)


def _receive_message(account: ChannelAccount, event: InboundMessage, delivery: InboundDelivery | None) -> Message:
    handle = handle_of(account, event.sender)
    external_id, known = _recognise(account, event)
    if known is not None:
        log.info("message_repeated", message=known.pk, external_id=external_id)
        return known
    at = delivery.received_at if delivery else clock.now()
    conversation, is_new = _place(account, handle, event, at)
    join(conversation, handle, event)
    if not is_new:
        _wake(conversation, event, at)
    message = append(conversation, _as_message(event, account, handle, delivery, external_id, conversation, at))
    keep_inbound(message, event.attachments)
    apply_reports(account, event.receipts)
    if not event.automatic:
        is_alive(handle)
    if not event.automatic and not conversation.is_closed:
        _start_clocks(conversation, is_new, at)
        if is_new and not event.bulk:
            acknowledge(conversation)
    log.info("message_received", message=message.pk, conversation=conversation.pk, new=is_new)
    return message


def _recognise(account: ChannelAccount, event: InboundMessage) -> tuple[str, Message | None]:
    """Return the id to store and the message that has it already, if any.

    The id of a reply of ours (an echo) is a repeat too. Two different mails under one Message-ID are not.
    """
    external_id = stable_id(event.external_id)
    known = account.message_set.filter(external_id=external_id).first()
    if known is None:
        echo = account.dispatch_set.filter(external_id=external_id).select_related("message").first()
        return external_id, echo.message if echo else None
    if known.fingerprint == event.fingerprint:
        return external_id, known
    twin = twin_id(external_id, event.fingerprint)
    return twin, account.message_set.filter(external_id=twin).first()


def _place(account: ChannelAccount, handle: Handle, event: InboundMessage, at: datetime) -> tuple[Conversation, bool]:
    about = reported(account, event.receipts)
    place = Place(about) if about else place_for(account, handle, event, at)
    if place.conversation_id is None:
        return _open(account, handle, event, place.held_for), True
    conversation = lock(place.conversation_id)
    if conversation.contact_id == handle.contact_id:
        conversation.handle = handle
    conversation.language = language_of(event, account, conversation)
    return conversation, False


def _open(account: ChannelAccount, handle: Handle, event: InboundMessage, held_for: int | None) -> Conversation:
    contact = handle.contact
    opened = Conversation.objects.create(  # nobody else can see it before we commit: it needs no lock
        contact=contact,
        account=account,
        handle=handle,
        subject=event.subject.replace("\x00", "")[:500],
        language=language_of(event, account, None, contact.language),
        status=Status.SPAM if contact.is_blocked or event.spam else Status.OPEN,
        team_id=account.team_id,
        held_for_id=held_for,
    )
    if not contact.language:
        contact.language = opened.language
        contact.save(update_fields=["language", "updated_at"])
    record(opened, EventVerb.OPENED, CUSTOMER)
    if held_for:
        record(opened, EventVerb.HELD, SYSTEM, to_id=held_for)
    return opened


def _wake(conversation: Conversation, event: InboundMessage, at: datetime) -> None:
    """A person's message opens what was waiting, asleep or resolved; a machine's does not, and spam stays spam."""
    if event.automatic or conversation.status in {Status.OPEN, Status.SPAM}:
        return
    old = conversation.status
    conversation.status = Status.OPEN
    conversation.snoozed_until = conversation.resolved_at = None
    record(conversation, EventVerb.REOPENED, CUSTOMER)
    sla.status_changed(conversation, old, at)


def _start_clocks(conversation: Conversation, is_new: bool, at: datetime) -> None:
    if is_new:
        sla.conversation_opened(conversation, at)
    else:
        sla.customer_wrote(conversation, at)


def _as_message(
    event: InboundMessage,
    account: ChannelAccount,
    handle: Handle,
    delivery: InboundDelivery | None,
    external_id: str,
    conversation: Conversation,
    at: datetime,
) -> NewMessage:
    return NewMessage(
        kind=MessageKind.CUSTOMER,
        account=account,
        handle=handle,
        delivery=delivery,
        external_id=external_id,
        fingerprint=event.fingerprint,
        thread_refs=tuple(stable_id(ref) for ref in event.thread_refs),
        subject=event.subject,
        text=event.text,
        full_text=event.full_text,
        html=event.html,
        language=conversation.language,
        metadata=dict(event.metadata) | ({"thread_root": event.thread_root} if event.thread_root else {}),
        is_machine=event.automatic,
        sent_at=event.sent_at,
        received_at=at,
    )
