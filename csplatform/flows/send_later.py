"""An answer is sent at once, after the seconds in which its author may undo it, or at the moment they chose.

What waits is a row; a worker that is rung for, or a sweep, sends it. Nothing of it leaves before, and no clock is met.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from csplatform.common import clock
from csplatform.common.doorbell import ring, ring_later
from csplatform.common.errors import Conflict, CsplatformError, InvalidInput, NotAllowed
from csplatform.contacts.models import Handle
from csplatform.conversations.actors import Actor
from csplatform.conversations.models import (
    AfterSending,
    Conversation,
    Draft,
    DraftFile,
    DraftMode,
    EventVerb,
    Message,
    MessageKind,
    SendingHabit,
)
from csplatform.conversations.selectors import visible_conversations
from csplatform.conversations.services import lock, record, touch
from csplatform.flows import drafts, overtaken, status, unsent
from csplatform.flows import reply as replies
from csplatform.flows.attachments import keep_for_draft
from csplatform.flows.outgoing import account_of
from csplatform.flows.overtaken import Seen
from csplatform.flows.recipients import Envelope, Recipients, envelope_for
from csplatform.flows.routes import usual_handle
from csplatform.gateway.models import ChannelAccount
from csplatform.gateway.selectors import abilities_of
from csplatform.people.models import User

log = structlog.get_logger(__name__)

SEND = "csplatform.flows.tasks.send_planned"
FURTHEST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it was submitted. `version` is that of the draft on the screen, 0 for none.

    `handle` is another of the customer's than the one they last used, as in `reply`.
    `at` is the moment to send it (timezone-aware), None for as soon as its author's habit allows; then
    `unless_customer_writes` says whether it stays a draft where the customer writes before. `seen` is what its author
    knew of the conversation, None where that shall not matter.
    """

    text: str
    key: UUID
    handle: Handle | None = None
    recipients: Recipients | None = None
    subject: str = ""
    quote: bool = False
    then: AfterSending = AfterSending.NOTHING
    then_until: datetime | None = None
    at: datetime | None = None
    unless_customer_writes: bool = False
    version: int = 0
    seen: Seen | None = None


@transaction.atomic
def submit(
    conversation_id: int, answer: Answer, *, by: User, files: "Sequence[UploadedFile[bytes]]" = ()
) -> Message | Draft:
    """Send an answer, or plan it: returns the message, or the draft that waits. The same key again changes nothing.

    Raises what `reply` raises, InvalidInput for a moment that has passed, Overtaken where others did something that
    its author has not seen, Conflict where the key was used for another text.
    """
    envelope = envelope_for(conversation_id, answer.recipients, answer.handle)
    conversation = lock(conversation_id)
    known = _known(conversation, answer)
    if known is not None:
        return known
    at = _moment(account_of(conversation, envelope.handle), answer, by)
    if answer.seen is not None:
        overtaken.check(conversation, answer.seen, by)
    draft = _taken_up(conversation, answer, by)
    drafted = list(draft.files.all()) if draft.pk else []
    if at is None:
        message = _reply(conversation, answer, by, files, drafted)
        if draft.pk:
            drafts.tell(conversation.pk, draft.mode, by, 0)
            draft.delete()
        _afterwards(conversation.pk, answer.then, answer.then_until, by)
        return message
    replies.check(conversation, envelope, answer.text, [*files, *drafted], at=at)
    return _plan(conversation, draft, answer, envelope, at, files)


@transaction.atomic
def note(
    conversation_id: int,
    *,
    by: User,
    text: str,
    key: UUID,
    version: int,
    files: "Sequence[UploadedFile[bytes]]" = (),
    mentions: Collection[int] = (),
) -> Message:
    """Leave a note with what was drafted for it, at once. Raises what `flows.reply.note` raises."""
    conversation = lock(conversation_id)
    known = _known(conversation, Answer(text, key))
    if isinstance(known, Message):
        return known
    draft = _taken_up(conversation, Answer(text, key, version=version), by, DraftMode.NOTE)
    drafted = list(draft.files.all()) if draft.pk else []
    said: dict[str, Any] = {"by": by, "text": text, "key": key}
    message = replies.note(conversation_id, files=files, drafted=drafted, mentions=mentions, **said)
    if draft.pk:
        drafts.tell(conversation_id, draft.mode, by, 0)
        draft.delete()
    return message


def undo_seconds(user: User, account: ChannelAccount) -> int:
    """Return for how long `user` can undo what they send through `account`; mail and chats differ."""
    habit = habit_of(user)
    return habit.mail_seconds if abilities_of(account).threaded else habit.chat_seconds


def habit_of(user: User) -> SendingHabit:
    """Return for how long `user` can undo what they send; not saved where they never chose."""
    return SendingHabit.objects.filter(user=user).first() or SendingHabit(user=user)


def send(draft_id: int) -> None:
    """Send what is due, once, however many are called for it; what cannot be sent goes back to being a draft."""
    try:
        _send(draft_id)
    except CsplatformError as error:
        unsent.hold_back(draft_id, str(error))


def send_now(draft_id: int, *, by: User) -> None:
    """Send what waits without waiting longer, at its author's wish. Raises NotFound, NotAllowed."""
    with transaction.atomic():
        draft = unsent.locked(draft_id)
        if draft.author_id != by.pk:
            raise NotAllowed(_("Only its author can send this."))
        draft.send_at = clock.now()
        draft.save(update_fields=["send_at", "updated_at"])
    send(draft_id)


def ring_due(limit: int = 200) -> int:
    """Ring for everything that is due, and hold back what the customer's message has overtaken. Returns how many."""
    waiting = Draft.objects.filter(send_at__isnull=False)
    customer_wrote = Exists(_written_since(OuterRef("conversation"), OuterRef("planned_seq")))
    held_back = waiting.filter(customer_wrote, unless_customer_writes=True)
    for pk in list(held_back.values_list("pk", flat=True)[:limit]):
        unsent.hold_back(pk, unsent.CUSTOMER_WROTE)
    due = list(waiting.filter(send_at__lte=clock.now()).order_by("send_at").values_list("pk", flat=True)[:limit])
    for pk in due:
        ring(SEND, pk)
    return len(due)


def customer_wrote_since(draft: Draft) -> bool:
    """Return whether the customer has written after a draft was planned; machines do not count."""
    return _written_since(draft.conversation_id, draft.planned_seq).exists()


def _written_since(conversation_id: int | OuterRef, seq: int | OuterRef) -> QuerySet[Message]:
    said = Message.objects.filter(conversation=conversation_id, seq__gt=seq)
    return said.filter(kind=MessageKind.CUSTOMER, is_machine=False)


@transaction.atomic
def _send(draft_id: int) -> None:
    found = Draft.objects.filter(pk=draft_id, send_at__lte=clock.now()).select_related("handle").first()
    if found is None:
        return
    recipients = _recipients(found)
    envelope_for(found.conversation_id, recipients, found.handle)  # locks a handle, which comes before the conversation
    conversation = lock(found.conversation_id)
    mine = Draft.objects.select_for_update(of=("self",)).select_related("author")
    draft = mine.filter(pk=draft_id, version=found.version, send_at__lte=clock.now()).first()
    if draft is None:
        return
    reason = _why_not(draft)
    if reason:
        unsent.hold_back(draft_id, reason)
        return
    answer = Answer(
        text=draft.text,
        key=draft.key,
        handle=found.handle,
        recipients=recipients,
        subject=draft.letter.get("subject", ""),
        quote=draft.letter.get("quote") == "1",
    )
    _reply(conversation, answer, draft.author, (), list(draft.files.all()))
    draft.delete()
    _afterwards(conversation.pk, AfterSending(draft.then), draft.then_until, draft.author)


def _why_not(draft: Draft) -> str:
    """Return why a draft that is due must not be sent; empty where it may."""
    author = draft.author
    if not author.is_active:
        return unsent.AUTHOR_LEFT
    if not visible_conversations(author).filter(pk=draft.conversation_id).exists():
        return unsent.NO_ACCESS
    if draft.unless_customer_writes and customer_wrote_since(draft):
        return unsent.CUSTOMER_WROTE
    return ""


def _reply(
    conversation: Conversation,
    answer: Answer,
    by: User,
    files: "Sequence[UploadedFile[bytes]]",
    drafted: Sequence[DraftFile],
) -> Message:
    return replies.reply(
        conversation.pk,
        by=by,
        text=answer.text,
        key=answer.key,
        files=files,
        drafted=drafted,
        handle=answer.handle,
        recipients=answer.recipients,
        subject=answer.subject,
        quote=answer.quote,
    )


def _plan(
    conversation: Conversation,
    draft: Draft,
    answer: Answer,
    envelope: Envelope,
    at: datetime,
    files: "Sequence[UploadedFile[bytes]]",
) -> Draft:
    was_written = draft.pk is not None
    draft.text = answer.text.strip()
    draft.handle = answer.handle or usual_handle(conversation)  # the customer may write elsewhere before it is sent
    draft.letter = _letter(envelope.recipients, answer)
    draft.held_reason = ""
    draft.send_at, draft.planned_at, draft.is_later = at, clock.now(), answer.at is not None
    draft.planned_seq = conversation.last_seq
    draft.then, draft.then_until = answer.then, answer.then_until
    draft.unless_customer_writes = answer.unless_customer_writes
    drafts.keep(draft)
    for upload in files:
        keep_for_draft(DraftFile(draft=draft), upload)
    if was_written:
        drafts.tell(conversation.pk, draft.mode, draft.author, 0)
    if draft.is_later:
        record(conversation, EventVerb.PLANNED, Actor.agent(draft.author), at=at.isoformat())
        draft.planned_seq = conversation.last_seq
        draft.save(update_fields=["planned_seq"])
    else:
        touch(conversation)
        ring_later((at - clock.now()).total_seconds(), SEND, draft.pk)
    return draft


def _letter(recipients: Recipients | None, answer: Answer) -> dict[str, str]:
    if answer.handle is not None:
        return {"through": f"h{answer.handle.pk}"}
    if recipients is None:
        return {}
    named = {"to": recipients.to, "cc": recipients.cc, "bcc": recipients.bcc}
    letter = {name: ", ".join(addresses) for name, addresses in named.items()}
    if answer.subject:
        letter["subject"] = answer.subject
    return letter | ({"quote": "1"} if answer.quote else {})


def _recipients(draft: Draft) -> Recipients | None:
    if "to" not in draft.letter:
        return None
    return Recipients(*(tuple(filter(None, draft.letter.get(name, "").split(", "))) for name in ("to", "cc", "bcc")))


def _known(conversation: Conversation, answer: Answer) -> Message | Draft | None:
    """Return what was made of a submission that came before. Raises Conflict where it said something else."""
    found: Message | Draft | None = replies.already_said(conversation, answer.key)
    found = found or Draft.objects.filter(key=answer.key, send_at__isnull=False).first()
    if found is not None and found.text != answer.text.strip():
        raise Conflict(_("This was sent already, from another screen and with another text."))
    return found


def _moment(account: ChannelAccount, answer: Answer, by: User) -> datetime | None:
    """Return when an answer is to be sent, None for at once."""
    now = clock.now()
    at = answer.at
    if at is None:
        seconds = undo_seconds(by, account)
        at = now + timedelta(seconds=seconds) if seconds else None
    elif not now < at <= now + FURTHEST:
        raise InvalidInput(_("Please choose a moment that is still to come, within a year."), field="at")
    if answer.then == AfterSending.SNOOZE and (answer.then_until is None or answer.then_until <= (at or now)):
        raise InvalidInput(_("That moment has passed."), field="until")
    return at


def _taken_up(conversation: Conversation, answer: Answer, by: User, mode: DraftMode = DraftMode.REPLY) -> Draft:
    """Return the draft that is being sent, locked, or a new one; a newer text of another screen stays a draft."""
    draft = drafts.current(conversation, mode, by)
    new = Draft(conversation=conversation, author=by, mode=mode, key=answer.key, version=0)
    if draft is None or draft.key != answer.key:
        return new
    if draft.version != answer.version and draft.text.strip() not in ("", answer.text.strip()):
        drafts.set_aside(draft)
        return new
    return draft


def _afterwards(conversation_id: int, then: AfterSending, until: datetime | None, by: User) -> None:
    """Do with the conversation what its author wanted; a snooze whose end has passed meanwhile is none."""
    actor = Actor.agent(by)
    if then == AfterSending.RESOLVE:
        status.resolve(conversation_id, by=actor)
    elif then == AfterSending.PENDING:
        status.set_pending(conversation_id, by=actor)
    elif then == AfterSending.SNOOZE and until is not None and until > clock.now():
        status.snooze(conversation_id, until=until, by=actor)
