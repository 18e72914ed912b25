"""A customer reads along on a screen of their own: what they said, what was answered, and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.db.models import Q, QuerySet

from csplatform.contacts.models import Handle
from csplatform.conversations.models import Attachment, Conversation, Message, MessageKind, MessageState

# Lines in one page of history; what is newer than a screen knows comes whole.
PAGE = 50

# A reply shows when it was sent: one that waits, or failed, has not been said yet.
_SAID = [MessageState.ACCEPTED, MessageState.DELIVERED, MessageState.READ]
VISIBLE = Q(kind=MessageKind.CUSTOMER) | Q(kind__in=[MessageKind.REPLY, MessageKind.AUTOMATIC], state__in=_SAID)


class Side(StrEnum):
    """Who says a line: the customer, a person who works here, or nobody."""

    CUSTOMER = "customer"
    AGENT = "agent"
    AUTOMATIC = "automatic"


@dataclass(frozen=True, slots=True)
class File:
    """A file of a line; `size` in bytes."""

    key: UUID
    name: str
    content_type: str
    size: int
    is_image: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One message as its customer may see it. Lines are ordered by `id`, over all conversations.

    `visitor` is the external id of the handle whose screen this is. `external_id` is set on the customer's own
    lines, `receipts` (external ids to acknowledge) on the others.
    `state` of the customer's own lines is `read` once an agent has read them and everything before them.
    `name` is the given name of the agent, `full_name` all of it. `text` is empty where the message was taken back.
    """

    id: int
    conversation: int
    revision: int
    visitor: str
    side: Side
    text: str
    at: datetime
    name: str = ""
    full_name: str = ""
    external_id: str = ""
    state: str = ""
    receipts: tuple[str, ...] = ()
    files: tuple[File, ...] = ()
    is_edited: bool = False
    is_deleted: bool = False


@dataclass(frozen=True, slots=True)
class Transcript:
    """Lines in order; `known` is what the screen may ask from next time; `more` tells of lines older than these."""

    lines: tuple[Line, ...]
    known: Mapping[int, int]
    more: bool = False


def newer(handle: Handle, known: Mapping[int, int]) -> Transcript:
    """Return what `handle`'s screen lacks that knows these conversations up to these revisions.

    A screen that knows nothing gets the latest page. The revisions are read before the lines, so that nothing can
    fall between two calls; a line may come twice.
    """
    said = _said_to(handle)
    reached = dict(
        Conversation.objects.filter(pk__in=handle.messages.values("conversation_id")).values_list("pk", "revision")
    )
    if not known:
        return _page(said, reached)
    lacking = Q(pk__in=[])
    for conversation, revision in reached.items():
        since = known.get(conversation, 0)
        # A screen that is ahead of us saw a database that has since been restored from a backup.
        lacking |= Q(conversation_id=conversation, revision__gt=since if since <= revision else 0)
    return Transcript(tuple(_line(message) for message in said.filter(lacking).order_by("id")), reached)


def older(handle: Handle, before: int) -> Transcript:
    """Return the page of lines before the line with the id `before`."""
    return _page(_said_to(handle).filter(pk__lt=before), {})


def whole(handle: Handle) -> tuple[Line, ...]:
    """Return every line that `handle` may see, in order."""
    return tuple(_line(message) for message in _said_to(handle).order_by("id"))


def line_of(message: Message, *, has_files: bool = True) -> Line:
    """Return the customer's view of one message, which must be one that customers see; whether it may have files."""
    return _line(message, has_files=has_files)


def own_attachment(handle: Handle, key: UUID) -> Attachment | None:
    """Return a file of a line that `handle` may see, or None where it is not theirs."""
    messages = Message.objects.filter(VISIBLE, handle=handle, deleted_at__isnull=True)
    return Attachment.objects.filter(message__in=messages, key=key).exclude(file="").first()


def _said_to(handle: Handle) -> QuerySet[Message]:
    """The handle of each message decides, not that of its conversation: a contact's other channels stay apart."""
    said = Message.objects.filter(VISIBLE, handle=handle)
    return said.select_related("author", "handle").prefetch_related("attachments", "dispatches")


def _page(messages: QuerySet[Message], known: Mapping[int, int]) -> Transcript:
    latest = list(messages.order_by("-id")[: PAGE + 1])
    lines = tuple(_line(message) for message in reversed(latest[:PAGE]))
    return Transcript(lines, known, more=len(latest) > PAGE)


def _line(message: Message, *, has_files: bool = True) -> Line:
    is_own = message.kind == MessageKind.CUSTOMER
    is_deleted = message.deleted_at is not None
    kept = message.attachments.all() if has_files and not is_deleted else ()
    return Line(
        id=message.pk,
        conversation=message.conversation_id,
        revision=message.revision,
        visitor=message.handle.external_id if message.handle else "",
        side=_side(message),
        text="" if is_deleted else message.text,
        at=message.created_at,
        name=_full_name(message).split(" ")[0],
        full_name=_full_name(message),
        external_id=message.external_id if is_own else "",
        state="read" if is_own and "read_at" in message.metadata else message.state,
        receipts=() if is_own else tuple(sent.external_id for sent in message.dispatches.all() if sent.external_id),
        files=tuple(_file(file) for file in kept if file.file),
        is_edited=message.edited_at is not None,
        is_deleted=is_deleted,
    )


def _side(message: Message) -> Side:
    if message.kind == MessageKind.CUSTOMER:
        return Side.CUSTOMER
    return Side.AGENT if message.kind == MessageKind.REPLY else Side.AUTOMATIC


def _full_name(message: Message) -> str:
    """Never the address that an agent logs in with, which is what `str(user)` falls back on."""
    if message.kind != MessageKind.REPLY or message.author is None:
        return ""
    return message.author.name.strip()


def _file(attachment: Attachment) -> File:
    return File(
        key=attachment.key,
        name=attachment.name,
        content_type=attachment.content_type,
        size=attachment.size,
        is_image=attachment.is_image,
    )
