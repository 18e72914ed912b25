"""An agent answers, forwards, or leaves a note for colleagues."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from csplatform.common import clock
from csplatform.common.errors import Conflict, InvalidInput
from csplatform.common.languages import best_match
from csplatform.common.text import one_line
from csplatform.contacts.models import Handle
from csplatform.conversations.actors import Actor
from csplatform.conversations.models import Conversation, DraftFile, EventVerb, Message, MessageKind, OwnerKind
from csplatform.conversations.services import NewMessage, append, lock, record
from csplatform.flows import fallback
from csplatform.flows.attachments import check_uploads, keep_drafted, keep_uploads
from csplatform.flows.mentions import mentioned_in
from csplatform.flows.merged import refuse_merged
from csplatform.flows.outgoing import account_of, queue
from csplatform.flows.recipients import Envelope, Recipients, add_participants, envelope_for
from csplatform.flows.routes import remember_route
from csplatform.flows.window import Freedom, Window, answers_public, window_of
from csplatform.gateway.contract import HandleKind
from csplatform.gateway.cutting import Part, cut
from csplatform.gateway.models import ChannelAccount
from csplatform.knowledge.selectors import signature
from csplatform.notifications import services as notifications
from csplatform.people.models import User
from csplatform.sla import services as sla

FORWARDABLE = [MessageKind.CUSTOMER, MessageKind.REPLY, MessageKind.AUTOMATIC, MessageKind.FORWARD]


@transaction.atomic
def reply(
    conversation_id: int,
    *,
    by: User,
    text: str,
    key: UUID,
    files: "Sequence[UploadedFile[bytes]]" = (),
    drafted: Sequence[DraftFile] = (),
    html: str = "",
    recipients: Recipients | None = None,
    subject: str = "",
    quote: bool = False,
    handle: Handle | None = None,
) -> Message:
    """Queue an agent's answer; whoever answers what nobody owns becomes its owner.

    `key` comes from the sender's screen: the same key again returns the message that is there already.
    Where a message can go to several, `recipients` says to whom (None: everybody in the conversation), `subject`
    replaces the conversation's, and `quote` shows the history below the answer. `handle` is another of the customer's
    handles (`flows.routes.ways_of`), on whichever account; None for where the customer last wrote.
    `drafted` files were uploaded before. Raises InvalidInput for an empty answer, a file the platform refuses, a closed
    window, an address that is none or takes nothing, somebody else's handle; Conflict where the key is another's.
    """
    envelope = envelope_for(conversation_id, recipients, handle)
    conversation = lock(conversation_id)
    if (known := already_said(conversation, key)) is not None:
        return known
    refuse_merged(conversation)
    account = account_of(conversation, envelope.handle)
    check(conversation, envelope, text, [*files, *drafted])
    at = clock.now()
    take(conversation, by)
    conversation.subject = one_line(subject, 500) if subject.strip() else conversation.subject
    add_participants(conversation, envelope.visible)
    new = NewMessage(
        kind=MessageKind.REPLY,
        key=key,
        author=Actor.agent(by),
        handle=envelope.handle,
        text=text.strip(),
        html=html,
        subject=conversation.subject or _first_subject(conversation, envelope.handle, account),
        language=conversation.language,
        metadata=envelope.metadata | ({"quote": True} if quote else {}) | _signed(conversation, account, by),
    )
    message = queue(conversation, new, files, drafted=drafted)
    remember_route(conversation, envelope.handle)
    fallback.plan(conversation, message)
    sla.agent_replied(conversation, by, at)
    return message


def _first_subject(conversation: Conversation, handle: Handle, account: ChannelAccount) -> str:
    """Return a subject for a mail in a conversation that has none, as it began on another channel."""
    if not account.adapter().abilities.subject or account.pk == conversation.account_id:
        return ""
    with translation.override(best_match(conversation.language, dict(settings.LANGUAGES), settings.LANGUAGE_CODE)):
        return fallback.subject_of(conversation, handle)


def _signed(conversation: Conversation, account: ChannelAccount, by: User) -> dict[str, str]:
    text = signature(conversation, by) if account.adapter().abilities.copies else ""
    return {"signature": text} if text else {}


@transaction.atomic
def forward(
    conversation_id: int, message_id: int, *, by: User, text: str, key: UUID, recipients: Recipients
) -> Message:
    """Send a message of the conversation on to somebody else, its files with it; whoever gets it takes part.

    It is no answer to the customer: nobody's waiting ends. Raises InvalidInput where the channel does not forward,
    for a bad address, and for a message that is not in the conversation; Conflict as `reply` does.
    """
    envelope = envelope_for(conversation_id, recipients)
    conversation = lock(conversation_id)
    known = already_said(conversation, key)
    if known is not None:
        return known
    refuse_merged(conversation)
    account = account_of(conversation, envelope.handle)
    original = conversation.messages.filter(pk=message_id, kind__in=FORWARDABLE).first()
    if original is None or not account.adapter().abilities.copies:
        raise InvalidInput(_("This message cannot be forwarded."))
    envelope.check()
    add_participants(conversation, envelope.visible)
    new = NewMessage(
        kind=MessageKind.FORWARD,
        key=key,
        author=Actor.agent(by),
        handle=envelope.handle,
        text=text.strip(),
        subject=forwarded_subject(original.subject or conversation.subject),
        language=conversation.language,
        metadata=envelope.metadata | {"forwards": original.pk} | _signed(conversation, account, by),
    )
    return queue(conversation, new, copies_of=original.attachments.exclude(file=""))


def forwarded_subject(subject: str) -> str:
    """Return `subject` marked as forwarded, once."""
    return subject if subject.lower().startswith(("fwd:", "fw:")) else f"Fwd: {subject}".strip()


@transaction.atomic
def note(
    conversation_id: int,
    *,
    by: User,
    text: str,
    key: UUID,
    files: "Sequence[UploadedFile[bytes]]" = (),
    drafted: Sequence[DraftFile] = (),
    mentions: Collection[int] = (),
) -> Message:
    """Leave a note that no customer ever sees. Same `key`, same note; raises InvalidInput where it is empty.

    Whom it names by `@` and may see it is in `metadata["mentions"]` (ids of users); `mentions` are those who were
    chosen while writing, which tells people of the same name apart.
    """
    conversation = lock(conversation_id)
    known = already_said(conversation, key)
    if known is not None:
        return known
    refuse_merged(conversation)
    if not text.strip() and not files and not drafted:
        raise InvalidInput(_("An empty note says nothing."), field="text")
    check_uploads([*files, *drafted], None)
    named = mentioned_in(conversation, text, by=by, chosen=mentions)
    new = NewMessage(
        kind=MessageKind.NOTE,
        key=key,
        author=Actor.agent(by),
        text=text.strip(),
        metadata={"mentions": named} if named else {},
    )
    message = append(conversation, new)
    keep_drafted(message, drafted)
    keep_uploads(message, files)
    notifications.noted(message)
    if named:
        notifications.mentioned(message, named)
    return message


def already_said(conversation: Conversation, key: UUID) -> Message | None:
    """Return the message that has this key already. Raises Conflict where it stands in another conversation."""
    message = Message.objects.filter(key=key).first()
    if message is not None and message.conversation_id != conversation.pk:
        raise Conflict(_("This message was already used in another conversation."))
    return message


def check(
    conversation: Conversation,
    envelope: Envelope,
    text: str,
    files: "Sequence[UploadedFile[bytes] | DraftFile]",
    *,
    at: datetime | None = None,
) -> None:
    """Raise InvalidInput where an answer could not be sent as it is, now or at the moment `at`: see `reply`."""
    abilities = account_of(conversation, envelope.handle).adapter().abilities
    if not text.strip() and not files:
        raise InvalidInput(_("An empty answer cannot be sent."), field="text")
    if files and abilities.attachments_per_message == 0:
        raise InvalidInput(_("This channel takes no files."), field="files")
    parts = cut(text, [0] * len(files), abilities)
    _check_place(conversation, envelope.handle, parts)
    _check_window(window_of(conversation, envelope.handle), len(parts), at)
    check_uploads(files, abilities.max_attachment)
    envelope.check()


def _check_place(conversation: Conversation, handle: Handle, parts: Sequence[Part]) -> None:
    """Raise InvalidInput for what a public place does not take, or a first private answer to what was said there."""
    if handle.kind == HandleKind.PUBLIC and any(part.attachments for part in parts):
        raise InvalidInput(_("Files cannot be sent where everybody reads. Answer in private."), field="files")
    is_one_text = len(parts) == 1 and not parts[0].attachments
    if not is_one_text and answers_public(conversation, handle):
        words = _("Until the customer has answered, only one text can be sent in private, without files.")
        raise InvalidInput(words, field="text")


def _check_window(window: Window, calls: int, at: datetime | None) -> None:
    """Raise InvalidInput where the platform would not take so many `calls`, now or at the moment `at`."""
    if window.freedom(clock.now()) is Freedom.CLOSED:
        raise InvalidInput(_("The platform no longer takes free answers to this customer."), field="text")
    if at is not None and window.freedom(at) is Freedom.CLOSED:
        raise InvalidInput(_("By then the platform takes no free answers to this customer any more."), field="at")
    if window.left is not None and calls > window.left:
        words = {"left": window.left, "calls": calls}
        text = ngettext(
            "The platform takes only %(left)d more message, and this answer is %(calls)d.",
            "The platform takes only %(left)d more messages, and this answer is %(calls)d.",
            window.left,
        )
        raise InvalidInput(text % words, field="text")


def take(conversation: Conversation, by: User) -> None:
    """Make whoever answers what nobody owns its owner. Needs the conversation's lock."""
    if conversation.owner_kind == OwnerKind.AGENT:
        return
    conversation.owner_kind = OwnerKind.AGENT
    conversation.assignee = by
    record(conversation, EventVerb.ASSIGNED, Actor.agent(by), to=by.name, to_id=by.pk)
