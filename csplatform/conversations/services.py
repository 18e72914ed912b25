"""Writing to conversations. Every change goes through here: it takes the next number and tells the screens."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db.models import Exists, OuterRef, Q, QuerySet

from csplatform.common import clock
from csplatform.common.bulk import insert
from csplatform.common.text import one_line, without_nul
from csplatform.contacts.models import Handle
from csplatform.conversations.actors import Actor
from csplatform.conversations.models import Conversation, EventVerb, Message, MessageKind, MessageState
from csplatform.gateway.models import ChannelAccount, InboundDelivery
from csplatform.live.announce import (
    EVERYTHING,
    Announcement,
    Changed,
    announce_all,
    handle_group,
    person_group,
    team_group,
)

# What `save` writes of a conversation that is there already.
_SAVED = [field.name for field in Conversation._meta.concrete_fields if field.name not in {"id", "created_at"}]


@dataclass(frozen=True, slots=True)
class NewMessage:
    """What `append` needs to know. Times are timezone-aware."""

    kind: MessageKind
    text: str = ""
    full_text: str = ""
    html: str = ""
    subject: str = ""
    author: Actor | None = None
    account: ChannelAccount | None = None
    handle: Handle | None = None
    delivery: InboundDelivery | None = None
    external_id: str = ""
    fingerprint: str = ""
    thread_refs: tuple[str, ...] = ()
    language: str = ""
    state: MessageState = MessageState.NONE
    verb: EventVerb = EventVerb.NONE
    data: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    is_machine: bool = False
    sent_at: datetime | None = None
    received_at: datetime | None = None
    key: UUID = field(default_factory=uuid4)


def lock(conversation_id: int) -> Conversation:
    """Return the conversation, locked until the transaction ends: whoever changes it holds this lock."""
    return _to_lock().get(pk=conversation_id)


def lock_all(account: ChannelAccount, ids: Collection[int]) -> dict[int, Conversation]:
    """Return those conversations of an account that there are, locked in the order of their ids.

    A conversation of another account counts where it is held through this one too.
    """
    if not ids:
        return {}
    held_here = Message.objects.filter(conversation=OuterRef("pk"), account=account)
    belong = _to_lock().filter(Q(account=account) | Exists(held_here), pk__in=ids)
    return {found.pk: found for found in belong.order_by("id")}


def _to_lock() -> QuerySet[Conversation]:
    conversations = Conversation.objects.select_for_update(of=("self",))
    return conversations.select_related("account", "contact", "handle", "assignee")


def lock_both(one_id: int, other_id: int) -> tuple[Conversation, Conversation]:
    """Return two conversations, locked in an order that everybody keeps."""
    locked = {pk: lock(pk) for pk in sorted((one_id, other_id))}
    return locked[one_id], locked[other_id]


def append(conversation: Conversation, new: NewMessage) -> Message:
    """Add a message to a locked conversation under the next number, and announce it after commit."""
    return _save(conversation, draft(conversation, new))


def draft(conversation: Conversation, new: NewMessage) -> Message:
    """Give a new message the next number in a locked conversation; `save_conversations` and `save_drafts` save both."""
    moment = new.received_at or clock.now()
    message = Message(
        created_at=moment,
        kind=new.kind,
        key=new.key,
        author=new.author.user if new.author else None,
        account=new.account,
        handle=new.handle,
        delivery=new.delivery,
        external_id=new.external_id,
        fingerprint=new.fingerprint,
        thread_refs=list(new.thread_refs),
        subject=without_nul(new.subject)[:500],
        text=without_nul(new.text),
        full_text=without_nul(new.full_text),
        html=without_nul(new.html),
        language=new.language,
        state=new.state,
        verb=new.verb,
        data=new.data | ({"actor": new.author.kind.value} if new.author else {}),
        metadata=new.metadata,
        is_machine=new.is_machine,
        sent_at=new.sent_at or moment,
    )
    return _number(conversation, message)


def adopt(conversation: Conversation, message: Message) -> Message:
    """Save a message from another conversation at the end of a locked one, and announce it after commit."""
    return _save(conversation, _number(conversation, message))


def _number(conversation: Conversation, message: Message) -> Message:
    conversation.last_seq += 1
    conversation.revision += 1
    message.conversation = conversation
    message.seq = conversation.last_seq
    message.revision = conversation.revision
    _show_in_list(conversation, message, message.created_at)
    return message


def _save(conversation: Conversation, message: Message) -> Message:
    message.save(force_insert=True)
    conversation.save()
    tell_screens(conversation, message.handle_id)
    return message


def save_conversations(conversations: Sequence[Conversation]) -> None:
    """Save conversations with drafts, new ones and locked ones, before their drafts."""
    new = [conversation for conversation in conversations if not conversation.pk]
    known = [conversation for conversation in conversations if conversation.pk]
    Conversation.objects.bulk_create(known, update_conflicts=True, unique_fields=["id"], update_fields=_SAVED)
    while new:  # what is held for another new one comes after it
        insert([one for one in new if one.held_for is None or one.held_for.pk])
        new = [one for one in new if not one.pk]


def save_drafts(drafts: Sequence[Message]) -> None:
    """Save the drafts of conversations that have been saved, and announce them after commit."""
    insert(drafts)
    concerned = {id(message.conversation): (message.conversation, set[int | None]()) for message in drafts}
    for message in drafts:
        concerned[id(message.conversation)][1].add(message.handle_id)
    announce_all([_news(conversation, handle_ids) for conversation, handle_ids in concerned.values()])


def _show_in_list(conversation: Conversation, message: Message, moment: datetime) -> None:
    """Keep what the list shows of the newest message that the customer can see."""
    if message.kind in {MessageKind.NOTE, MessageKind.EVENT}:
        return
    conversation.last_message_at = max(moment, conversation.last_message_at or moment)
    conversation.preview = one_line(message.text or message.full_text or message.subject, 160)
    if message.kind == MessageKind.CUSTOMER:
        conversation.last_customer_seq = message.seq
        conversation.last_customer_message_at = max(moment, conversation.last_customer_message_at or moment)
        if not message.is_machine:
            conversation.waiting_since = conversation.waiting_since or moment
    elif message.kind == MessageKind.REPLY:
        conversation.waiting_since = None


def remember_waiting(conversation: Conversation) -> None:
    """Reckon anew since when the customer waits for an answer, after messages went elsewhere. Saved by the caller."""
    said = conversation.messages.order_by("seq")
    answered = said.filter(kind=MessageKind.REPLY).values_list("seq", flat=True).last() or 0
    asked = said.filter(kind=MessageKind.CUSTOMER, is_machine=False, seq__gt=answered).first()
    conversation.waiting_since = asked.created_at if asked else None
    last = said.filter(kind=MessageKind.CUSTOMER).values_list("seq", flat=True).last()
    conversation.last_customer_seq = last or 0


def history(verb: EventVerb, actor: Actor, **data: Any) -> NewMessage:
    """Return a line of history: who did what, and the particulars."""
    return NewMessage(kind=MessageKind.EVENT, verb=verb, author=actor, data=data)


def record(conversation: Conversation, verb: EventVerb, actor: Actor, **data: Any) -> Message:
    """Write a line of history into a locked conversation and save the conversation's other changes with it."""
    return append(conversation, history(verb, actor, **data))


def change(message: Message, **fields: Any) -> Message:
    """Change fields of a message so that open screens notice. Takes the conversation's lock."""
    conversation = lock(message.conversation_id)
    conversation.revision += 1
    conversation.save(update_fields=["revision", "updated_at"])
    for name, value in fields.items():
        setattr(message, name, value)
    message.revision = conversation.revision
    message.save(update_fields=[*fields, "revision", "updated_at"])
    tell_screens(conversation, message.handle_id)
    return message


def touch(conversation: Conversation, *fields: str) -> None:
    """Save `fields` of a locked conversation that screens show but that are no message."""
    conversation.revision += 1
    conversation.save(update_fields=[*fields, "revision", "updated_at"])
    tell_screens(conversation)


def tell_screens(conversation: Conversation, *handle_ids: int | None) -> None:
    """Announce the conversation's present revision to agents who may see it and to its customer."""
    announce_all([_news(conversation, handle_ids)])


def tell_former(conversation: Conversation) -> None:
    """Announce the change that is about to take a conversation away to those who have it now."""
    groups = [team_group(conversation.team_id)]
    if conversation.assignee_id:
        groups.append(person_group(conversation.assignee_id))
    announce_all([Announcement(groups, Changed(conversation=conversation.pk, revision=conversation.revision + 1))])


def _news(conversation: Conversation, handle_ids: Iterable[int | None]) -> Announcement:
    groups = [EVERYTHING, team_group(conversation.team_id), handle_group(conversation.handle_id)]
    if conversation.assignee_id:
        groups.append(person_group(conversation.assignee_id))
    groups += [handle_group(pk) for pk in handle_ids if pk]
    return Announcement(groups, Changed(conversation=conversation.pk, revision=conversation.revision))
