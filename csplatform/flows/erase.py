"""A customer has their history forgotten: what they said, what was answered, and who they were."""

from collections import Counter
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.db.models import Q, QuerySet

from csplatform.common import clock
from csplatform.common.text import one_line
from csplatform.contacts.models import Contact, ContactMerge, ContactNote, Handle
from csplatform.conversations.actors import Actor
from csplatform.conversations.models import (
    Attachment,
    Conversation,
    ConversationMerge,
    Dispatch,
    DispatchState,
    Draft,
    DraftFile,
    EventVerb,
    Message,
    MessageKind,
    MessageState,
)
from csplatform.conversations.services import lock, record, tell_screens
from csplatform.flows.status import resolve
from csplatform.gateway.models import ChannelAccount, InboundDelivery
from csplatform.privacy.models import Erasure, ErasureKind
from csplatform.privacy.services import digest_of, prove
from csplatform.search.services import forget

# What a message says or is known by. The row itself stays, empty: its number, its kind and its time are statistics,
# and a screen that shows it learns by it that there is nothing left to show.
_EMPTY: dict[str, Any] = {
    "text": "",
    "full_text": "",
    "html": "",
    "subject": "",
    "metadata": {},
    "external_id": "",
    "fingerprint": "",
    "thread_refs": [],
    "state_reason": "",
    "delivery": None,
    "examine_at": None,
    "mail_at": None,
}
_UNSENT = [MessageState.QUEUED, MessageState.UNCERTAIN]
_NEVER_SENT = [DispatchState.QUEUED, DispatchState.SENDING]


@transaction.atomic
def erase_history(account: ChannelAccount, external_id: str, *, by: Actor) -> Erasure | None:
    """Forget everything that passed between us and one customer on one channel account, and who they were there.

    Messages, answers, notes and lines of history are emptied, files and raw deliveries deleted; what has not been
    sent yet never is. Conversations and their clocks stay for the statistics, with nobody's name on them. A contact
    whom other channels know keeps those; what other people said in a thread that they shared stays theirs.
    Returns the proof, None where nobody is known by `external_id` (any more): doing it again changes nothing.
    """
    deliveries = _lock_deliveries(account, external_id)
    handles = Handle.objects.select_for_update(of=("self",)).select_related("contact")
    handle = handles.filter(account=account, external_id=external_id).first()
    if handle is None:
        return None
    counts: Counter[str] = Counter()
    files: list[str] = []
    for conversation_id in _conversations_of(handle):
        files += _empty(lock(conversation_id), handle, by, counts)
    # What is left is found again within seconds.
    forget([*_conversations_of(handle), *handle.contact.conversations.values_list("pk", flat=True)])
    counts["deliveries"] = InboundDelivery.objects.filter(pk__in=deliveries).delete()[0]
    _forget(handle)
    subject = digest_of(account.pk, external_id)
    user_id = by.user.pk if by.user else None
    return prove(ErasureKind.HISTORY, subject=subject, counts=+counts, files=files, user_id=user_id)


def _lock_deliveries(account: ChannelAccount, external_id: str) -> list[int]:
    """Deliveries are locked before handles, here as everywhere."""
    said = Message.objects.filter(account=account, handle__external_id=external_id, delivery__isnull=False)
    wanted = InboundDelivery.objects.filter(pk__in=said.values("delivery_id"))
    return list(wanted.select_for_update().order_by("pk").values_list("pk", flat=True))


def _conversations_of(handle: Handle) -> list[int]:
    taking_part = Q(handle=handle) | Q(pk__in=handle.messages.values("conversation_id"))
    return list(Conversation.objects.filter(taking_part).order_by("pk").values_list("pk", flat=True))


def _empty(conversation: Conversation, handle: Handle, by: Actor, counts: Counter[str]) -> list[str]:
    """Empty what concerns `handle` in a locked conversation; returns the names of its files in the storage."""
    # Both of the first may say what the customer said; the last are mails that repeat what they were answered.
    inside = Q(kind__in=[MessageKind.NOTE, MessageKind.EVENT]) | Q(data__has_key="answers")
    messages = conversation.messages.filter(Q(handle=handle) | inside)
    files = _drop_files(messages, counts) + _drop_drafts(conversation, counts)
    _empty_dispatches(messages, counts)
    conversation.revision += 1
    events, said = messages.filter(kind=MessageKind.EVENT), messages.exclude(kind=MessageKind.EVENT)
    for event in events:  # who did what kind of thing stays, without the particulars
        events.filter(pk=event.pk).update(
            data={"actor": event.data.get("actor", "")}, metadata={}, revision=conversation.revision
        )
    said.filter(state__in=_UNSENT).update(state=MessageState.FAILED)
    counts["messages"] += said.update(
        **_EMPTY, data={}, deleted_at=clock.now(), edited_at=None, revision=conversation.revision
    )
    ConversationMerge.objects.filter(Q(kept=conversation) | Q(merged=conversation)).delete()
    conversation.fields = {}
    counts["conversations"] += 1
    _retell(conversation, handle)
    record(conversation, EventVerb.ERASED, by)
    tell_screens(conversation, handle.pk)
    if not _others_in(conversation, handle).exists() and not conversation.is_closed:
        resolve(conversation.pk, by=by)
    return files


def _drop_files(messages: QuerySet[Message], counts: Counter[str]) -> list[str]:
    attachments = Attachment.objects.filter(message__in=messages)
    files = list(attachments.exclude(file="").values_list("file", flat=True))
    counts["files"] += attachments.delete()[0]
    return files


def _drop_drafts(conversation: Conversation, counts: Counter[str]) -> list[str]:
    """What was being written, or waited to be sent, may say what the customer said, and has nobody to go to."""
    files = DraftFile.objects.filter(draft__conversation=conversation)
    names = list(files.values_list("file", flat=True))
    counts["files"] += files.delete()[0]
    counts["drafts"] += Draft.objects.filter(conversation=conversation).delete()[0]
    return names


def _empty_dispatches(messages: QuerySet[Message], counts: Counter[str]) -> None:
    """The rows stay, so that a worker that is just sending one finds it, and nothing in it."""
    dispatches = Dispatch.objects.filter(message__in=messages)
    dispatches.filter(state__in=_NEVER_SENT).update(state=DispatchState.FAILED, lease_until=None)
    counts["dispatches"] += dispatches.update(text="", attachment_ids=[], external_id="", reason="")


def _others_in(conversation: Conversation, handle: Handle) -> QuerySet[Message]:
    return conversation.messages.filter(handle__isnull=False).exclude(handle=handle)


def _retell(conversation: Conversation, handle: Handle) -> None:
    """Let a conversation say of itself only what is left in it, and belong to whoever is left. The caller saves it."""
    theirs = {handle.external_id.lower(), *handle.given_addresses.values_list("email", flat=True)}
    conversation.participants = [name for name in conversation.participants if name not in theirs]
    last = _others_in(conversation, handle).select_related("handle").order_by("seq").last()
    conversation.preview = one_line(last.text, 160) if last else ""
    if last is None:
        conversation.subject = ""
        conversation.waiting_since = None
    elif conversation.handle_id == handle.pk:
        assert last.handle is not None
        conversation.handle = last.handle


def _forget(handle: Handle) -> None:
    """Leave a nameless person behind, to whom the emptied conversations belong."""
    contact = handle.contact
    if contact.handles.exclude(pk=handle.pk).exists():
        nobody = Contact.objects.create(language=contact.language)
        Conversation.objects.filter(handle=handle).update(contact=nobody)
        handle.contact = nobody
    else:
        nobodies = Contact.objects.filter(Q(pk=contact.pk) | Q(merged_into=contact))
        ContactNote.objects.filter(contact__in=nobodies).delete()
        ContactMerge.objects.filter(Q(kept__in=nobodies) | Q(merged__in=nobodies)).delete()
        nobodies.update(name="", fields={}, timezone="", organisation=None, updated_at=clock.now())
    handle.given_addresses.all().delete()
    handle.external_id = f"erased:{uuid4().hex}"
    handle.name = ""
    handle.paused_reason = ""
    handle.save()
