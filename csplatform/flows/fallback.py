"""An answer that nobody read in the chat goes by mail to the address its visitor left: once."""

from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from csplatform.common import clock
from csplatform.common.languages import best_match
from csplatform.contacts.models import GivenAddress, Handle
from csplatform.contacts.services import handle_of
from csplatform.conversations.actors import SYSTEM
from csplatform.conversations.models import Attachment, Conversation, Message, MessageKind, MessageState
from csplatform.conversations.services import NewMessage, lock
from csplatform.flows.fallback_settings import is_working, mail_account_of, patience_of
from csplatform.flows.outgoing import queue
from csplatform.flows.recipients import add_participants
from csplatform.flows.routes import remember_route
from csplatform.gateway.contract import HandleKind, Sender
from csplatform.gateway.models import ChannelAccount

log = structlog.get_logger(__name__)

# What the visitor's page has, or may fetch, but has not shown to anybody.
UNREAD = [MessageState.ACCEPTED, MessageState.DELIVERED]
_ON_ITS_WAY = [MessageState.QUEUED, *UNREAD]


@dataclass(frozen=True, slots=True)
class Addressee:
    """Where a visitor gets what they did not read."""

    account: ChannelAccount
    sender: Sender


def plan(conversation: Conversation, answer: Message) -> None:
    """Let an answer in a locked conversation go by mail in time, where its reader left an address and does not read it.

    Whoever wrote outside of the opening hours has gone: they get it at once.
    """
    if answer.handle is None or answer.handle.account_id != conversation.account_id:
        return
    if _addressee(conversation, answer.handle) is None:
        return
    asked_at = conversation.last_customer_message_at
    gone = asked_at is not None and not is_working(conversation.account, asked_at)
    patience = patience_of(conversation.account)
    answer.mail_at = answer.created_at if gone else answer.created_at + patience
    answer.save(update_fields=["mail_at", "updated_at"])


def plan_for(handle: Handle) -> None:
    """Plan for the answers that `handle` had before it left an address. Needs a transaction."""
    waiting = Message.objects.filter(handle=handle, kind=MessageKind.REPLY, state__in=_ON_ITS_WAY)
    ids = waiting.filter(mail_at__isnull=True).order_by("-id").values_list("conversation_id", flat=True)
    newest = ids.first()
    if newest is None:
        return
    conversation = lock(newest)
    asked_at = conversation.last_customer_message_at
    for answer in waiting.filter(conversation=conversation).select_related("handle"):
        if asked_at is None or answer.created_at >= asked_at:  # what was said before, they came back from
            plan(conversation, answer)


def mail_due(limit: int = 100) -> int:
    """Mail what is due and unread, each answer once. Returns how many conversations were looked at."""
    due = Message.objects.filter(mail_at__lte=clock.now()).order_by("mail_at")
    ids = list(dict.fromkeys(due.values_list("conversation_id", flat=True)[:limit]))
    for conversation_id in ids:
        mail_unread(conversation_id)
    return len(ids)


@transaction.atomic
def mail_unread(conversation_id: int) -> Message | None:
    """Send the answers in a conversation that were planned for and are unread in one mail; returns that, if any.

    Nobody is left waiting for a message that comes twice: what was read meanwhile is not sent.
    """
    conversation = Conversation.objects.select_related("account", "handle").get(pk=conversation_id)
    address = _addressee(conversation, conversation.handle)
    # A handle is locked before its conversation, here as everywhere.
    handle = handle_of(address.account, address.sender) if address else None
    conversation = lock(conversation_id)
    planned = conversation.messages.filter(mail_at__isnull=False).exclude(state=MessageState.QUEUED).order_by("seq")
    unread = [answer for answer in planned if answer.state in UNREAD and answer.deleted_at is None]
    Message.objects.filter(pk__in=[answer.pk for answer in planned]).update(mail_at=None)
    if handle is None or address is None or handle.paused_at is not None or not unread:
        return None
    handle.account = address.account
    log.info("answers_mailed", conversation=conversation_id, answers=[answer.pk for answer in unread])
    return _mail(conversation, handle, unread)


def _mail(conversation: Conversation, handle: Handle, answers: Sequence[Message]) -> Message:
    add_participants(conversation, [handle.external_id])
    remember_route(conversation, handle)
    language = best_match(conversation.language, dict(settings.LANGUAGES), settings.LANGUAGE_CODE)
    with translation.override(language):
        opening = _("You had left our chat when this answer came. To go on, simply answer this mail.")
        subject = subject_of(conversation, handle)
    text = "\n\n".join([opening, *(answer.text for answer in answers if answer.text)])
    new = NewMessage(
        kind=MessageKind.AUTOMATIC,
        author=SYSTEM,
        handle=handle,
        text=text,
        subject=subject,
        language=conversation.language,
        data={"answers": [answer.pk for answer in answers]},
    )
    return queue(conversation, new, copies_of=Attachment.objects.filter(message__in=answers).exclude(file=""))


def subject_of(conversation: Conversation, handle: Handle) -> str:
    """Return what a mail in a conversation of another channel is about: as the last one; in the active language."""
    mails = conversation.messages.filter(account=handle.account_id).exclude(subject="").order_by("seq")
    last = mails.values_list("subject", flat=True).last()
    ours = str(conversation.account.settings.get("title") or conversation.account.name)
    return last or conversation.subject or _("Your conversation with %(name)s") % {"name": ours}


def _addressee(conversation: Conversation, handle: Handle) -> Addressee | None:
    """Return where `handle`'s person gets mail: at an address known to be theirs, else at the newest they left."""
    account = mail_account_of(conversation.account)
    if account is None or handle.account_id == account.pk:
        return None
    own = Handle.objects.filter(contact=handle.contact_id, account=account, kind=HandleKind.EMAIL, paused_at=None)
    known = own.order_by("-id").first()
    if known is not None:
        return Addressee(account, Sender(known.external_id, HandleKind.EMAIL))
    left = GivenAddress.objects.filter(handle=handle).order_by("-is_verified", "-updated_at").first()
    return Addressee(account, Sender(left.email, HandleKind.EMAIL, left.name)) if left else None
