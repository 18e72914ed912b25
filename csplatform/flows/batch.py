"""Messages that are received together: read at once, sorted in memory in the order they came, and written at once."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import structlog

from csplatform.automation.selectors import Verdict
from csplatform.automation.services import count_hits
from csplatform.common import clock
from csplatform.contacts.models import Contact, Handle
from csplatform.contacts.services import handles_of, set_languages
from csplatform.conversations.actors import CUSTOMER, SYSTEM, Actor
from csplatform.conversations.models import Conversation, Dispatch, EventVerb, Message, MessageKind, Status
from csplatform.conversations.services import NewMessage, draft, history, save_conversations, save_drafts, tell_screens
from csplatform.flows import examine, profiles
from csplatform.flows.acknowledge import acknowledge
from csplatform.flows.attachments import keep_inbound
from csplatform.flows.language import language_of
from csplatform.flows.pausing import is_alive
from csplatform.flows.receipts import confirm
from csplatform.flows.recipients import join
from csplatform.flows.screening import verdict_on
from csplatform.flows.sorting import Sorting
from csplatform.flows.window import PRESSED
from csplatform.gateway.contract import InboundAttachment, InboundMessage
from csplatform.gateway.ids import stable_id
from csplatform.gateway.models import ChannelAccount, InboundDelivery
from csplatform.gateway.selectors import own_addresses
from csplatform.notifications import services as notifications
from csplatform.sla.journal import Journal
from csplatform.sla.models import Change

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message, and the delivery it came in, if any."""

    event: InboundMessage
    delivery: InboundDelivery | None = None


class Batch:
    """Messages of one account on their way in. Needs a transaction; nothing is written before `save`.

    The number of statements does not depend on the number of messages, as long as these are ordinary ones. Rows are
    locked in the order handles, conversations, clocks.
    """

    def __init__(self, account: ChannelAccount, arrivals: Sequence[Arrival]) -> None:
        events = [arrival.event for arrival in arrivals]
        self._account = account
        self._handles = handles_of(account, (event.sender for event in events))
        self._sorting = Sorting(account, self._handles, events)
        self._journal = Journal(self._sorting.conversations)
        self._drafts: list[Message] = []
        self._touched: dict[int, Conversation] = {}
        self._files: list[tuple[Message, Sequence[InboundAttachment]]] = []
        self._to_acknowledge: list[Conversation] = []
        self._languages: dict[str, list[Contact]] = defaultdict(list)
        self._proven: list[Dispatch] = []
        self._held: list[tuple[Message, Conversation]] = []
        self._verdicts: list[Verdict] = []

    @cached_property
    def _own_addresses(self) -> frozenset[str]:
        return own_addresses()

    def receive(self, arrival: Arrival) -> Message:
        """Find the message its place; return it, or for a repeat the one that was there already."""
        event, delivery = arrival.event, arrival.delivery
        handle = self._handles[event.sender.external_id]
        external_id, known = self._sorting.recognise(event)
        if known is not None:
            log.info("message_repeated", message=known.pk, external_id=external_id)
            return known
        at = delivery.received_at if delivery else clock.now()
        conversation, is_new = self._place(handle, event, at)
        if event.addressees:
            join(conversation, handle, event, self._own_addresses)
        if not is_new:
            self._wake(conversation, event, at)
        new = _as_message(event, self._account, handle, delivery, external_id, conversation, at)
        message = self._draft(conversation, new)
        examine.plan(message, at)
        self._sorting.remember(message, handle, event)
        self._files.append((message, event.attachments))
        self._proven += self._sorting.proven(event, conversation)
        if not event.automatic:
            is_alive(handle)
            self._owe(conversation, event, at, is_new=is_new)
        return message

    def save(self) -> None:
        """Write everything down; to be called once."""
        self._journal.reckon()
        save_conversations(list(self._touched.values()))
        for line, target in self._held:
            line.data["to_id"] = target.pk
            tell_screens(target)  # whoever has the thread open sees that somebody waits beside it
        save_drafts(self._drafts)
        notifications.customer_wrote([message for message in self._drafts if _is_news(message)], clock.now())
        self._journal.save()
        set_languages(self._languages)
        keep_inbound(self._files)
        for dispatch in self._proven:
            confirm(dispatch)
        count_hits(self._verdicts)
        for message in self._drafts:
            examine.ring_for(message)
        for handle in self._handles.values():
            profiles.ring_for(handle)
        for conversation in self._to_acknowledge:
            acknowledge(conversation)
        log.info("messages_received", messages=[message.pk for message in self._drafts if message.handle_id])

    def _draft(self, conversation: Conversation, new: NewMessage) -> Message:
        message = draft(conversation, new)
        self._touched[id(conversation)] = conversation
        self._drafts.append(message)
        return message

    def _record(self, conversation: Conversation, verb: EventVerb, actor: Actor, **data: Any) -> Message:
        return self._draft(conversation, history(verb, actor, **data))

    def _place(self, handle: Handle, event: InboundMessage, at: datetime) -> tuple[Conversation, bool]:
        place = self._sorting.place(handle, event, at)
        conversation = place.conversation
        if conversation is None:
            return self._open(handle, event, place.held_for), True
        if (conversation.contact_id, conversation.account_id) == (handle.contact_id, handle.account_id):
            conversation.handle = handle
        language = language_of(event, self._account, conversation)
        if language != conversation.language:
            conversation.language = language
            self._journal.retarget(conversation, at, Change.LANGUAGE)
        return conversation, False

    def _open(self, handle: Handle, event: InboundMessage, held_for: Conversation | None) -> Conversation:
        contact = handle.contact
        verdict = verdict_on(self._account, contact, event)
        self._verdicts.append(verdict)
        opened = Conversation(  # nobody else can see it before we commit: it needs no lock
            contact=contact,
            account=self._account,
            handle=handle,
            subject=event.subject.replace("\x00", "")[:500],
            language=language_of(event, self._account, None, contact.language),
            status=Status.SPAM if verdict.spam else Status.OPEN,
            team_id=self._account.team_id,
            held_for=held_for,
        )
        if not contact.language:
            contact.language = opened.language
            self._languages[opened.language].append(contact)
        self._record(opened, EventVerb.OPENED, CUSTOMER)
        if verdict.spam:
            self._record(opened, EventVerb.SPAM, SYSTEM, **verdict.reason)
        if held_for is not None:
            line = self._record(opened, EventVerb.HELD, SYSTEM)
            self._held.append((line, held_for))  # which may have no id yet
            held_for.revision += 1
            self._touched[id(held_for)] = held_for
        return opened

    def _wake(self, conversation: Conversation, event: InboundMessage, at: datetime) -> None:
        """A person's message opens what was waiting, asleep or resolved; a machine's does not, and spam stays spam."""
        if event.automatic or conversation.status in {Status.OPEN, Status.SPAM}:
            return
        old = conversation.status
        conversation.status = Status.OPEN
        conversation.snoozed_until = conversation.resolved_at = None
        self._record(conversation, EventVerb.REOPENED, CUSTOMER)
        self._journal.status_changed(conversation, old, at)

    def _owe(self, conversation: Conversation, event: InboundMessage, at: datetime, *, is_new: bool) -> None:
        """A person waits for an answer from now on."""
        if conversation.is_closed:
            return
        if not is_new:
            self._journal.customer_wrote(conversation, at)
            return
        self._journal.opened(conversation, at)
        if not event.bulk:
            self._to_acknowledge.append(conversation)


def _is_news(message: Message) -> bool:
    """A person wrote, and nobody takes it for spam."""
    is_said = message.kind == MessageKind.CUSTOMER and not message.is_machine
    return is_said and message.conversation.status != Status.SPAM


def _metadata(event: InboundMessage) -> dict[str, Any]:
    root = {"thread_root": event.thread_root} if event.thread_root else {}
    return {**event.metadata, **root, **({PRESSED: True} if event.pressed else {})}


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
        metadata=_metadata(event),
        is_machine=event.automatic,
        sent_at=event.sent_at,
        received_at=at,
    )
