"""Small signs to the customer that somebody is there: typing, and that what they wrote was read.

Nothing waits for them and nobody is told when they fail: they are late the moment they would be tried again.
"""

import structlog

from csplatform.common.doorbell import answer, ring_once
from csplatform.conversations.models import Conversation, MessageKind, Status
from csplatform.gateway.contract import HandleKind
from csplatform.gateway.errors import SendFailed, SendUncertain, UnknownChannel
from csplatform.live.announce import Typing, announce, handle_group
from csplatform.people.models import User

log = structlog.get_logger(__name__)

SHOW_TYPING = "csplatform.flows.tasks.show_typing"
SHOW_READ = "csplatform.flows.tasks.show_read"


def typing(conversation: Conversation, *, by: User) -> None:
    """Show the customer after commit that `by` is typing: on screens of ours, else where the platform can.

    A platform is told every 5 seconds at most. Nobody whose writing is taken for spam sees it.
    """
    if conversation.status == Status.SPAM:
        return
    name = by.name.strip().split(" ")[0]
    announce([handle_group(conversation.handle_id)], Typing(conversation.pk, name, is_customer=False))
    if conversation.handle.kind == HandleKind.PUBLIC:
        return
    abilities = conversation.account.adapter().abilities
    if abilities.typing is not None or abilities.answering is not None:
        ring_once(f"typing:{conversation.pk}", SHOW_TYPING, conversation.pk)


def read(conversation: Conversation) -> None:
    """Show the customer after commit that their newest message was read, where the platform can."""
    if conversation.handle.kind == HandleKind.PUBLIC:
        return
    if conversation.account.adapter().abilities.mark_read is not None:
        ring_once(_read_bell(conversation.pk), SHOW_READ, conversation.pk)


def send_typing(conversation_id: int) -> None:
    """Tell the platform."""
    conversation = _the(conversation_id)
    account, person = conversation.account, conversation.handle.external_id
    abilities = account.adapter().abilities
    try:
        if abilities.typing is not None:
            abilities.typing(account.config, person)
        elif abilities.answering is not None and (newest := _newest(conversation)):
            abilities.answering(account.config, person, newest)
    except (SendFailed, SendUncertain, UnknownChannel) as error:
        log.info("typing_not_shown", conversation=conversation_id, reason=str(error))


def send_read(conversation_id: int) -> None:
    """Tell the platform."""
    answer(_read_bell(conversation_id))
    conversation = _the(conversation_id)
    show = conversation.account.adapter().abilities.mark_read
    newest = _newest(conversation)
    try:
        if show is not None and newest:
            show(conversation.account.config, conversation.handle.external_id, newest)
    except (SendFailed, SendUncertain, UnknownChannel) as error:
        log.info("read_not_shown", conversation=conversation_id, reason=str(error))


def _newest(conversation: Conversation) -> str:
    """Return the platform's id of what the customer said last, empty where they have said nothing there."""
    said = conversation.messages.filter(kind=MessageKind.CUSTOMER, account=conversation.account)
    return said.order_by("-seq").values_list("external_id", flat=True).first() or ""


def _read_bell(conversation_id: int) -> str:
    return f"read:{conversation_id}"


def _the(conversation_id: int) -> Conversation:
    return Conversation.objects.select_related("account", "handle").get(pk=conversation_id)
