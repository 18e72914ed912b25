"""The customer changed, took back, or reacted to a message, or is typing."""

from csplatform.conversations.actors import CUSTOMER
from csplatform.conversations.models import Conversation, EventVerb, Message, Status
from csplatform.conversations.services import change, lock, record
from csplatform.flows.errors import TooEarly
from csplatform.gateway.contract import MessageDeleted, MessageEdited, Reaction, Typing
from csplatform.gateway.ids import stable_id
from csplatform.gateway.models import ChannelAccount
from csplatform.live.announce import EVERYTHING, announce, team_group
from csplatform.live.announce import Typing as TypingNews


def apply_edit(account: ChannelAccount, event: MessageEdited) -> Message:
    """Show the new text and keep the old ones. Raises TooEarly."""
    message = _find(account, event.external_id)
    if message.deleted_at or (message.edited_at and message.edited_at >= event.edited_at):
        return message
    earlier = [*message.metadata.get("earlier_texts", []), message.text]
    return change(
        message,
        text=event.text,
        edited_at=event.edited_at,
        metadata=message.metadata | {"earlier_texts": earlier},
    )


def apply_deletion(account: ChannelAccount, event: MessageDeleted) -> Message:
    """Forget what the customer took back; that there was something stays visible. Raises TooEarly."""
    message = _find(account, event.external_id)
    if message.deleted_at:
        return message
    for attachment in message.attachments.all():
        attachment.file.delete(save=False)
        attachment.delete()
    return change(message, text="", full_text="", html="", subject="", metadata={}, deleted_at=event.deleted_at)


def apply_reaction(account: ChannelAccount, event: Reaction) -> Message | None:
    """Write the reaction into the history once, beside the message it is about. Raises TooEarly."""
    message = _find(account, event.external_id)
    conversation = lock(message.conversation_id)
    facts = {"emoji": event.emoji, "seq": message.seq, "at": event.at.isoformat()}
    if conversation.messages.filter(verb=EventVerb.REACTION, data__contains=facts).exists():
        return message
    record(conversation, EventVerb.REACTION, CUSTOMER, **facts)
    return message


def pass_on_typing(account: ChannelAccount, event: Typing) -> None:
    """Tell the agents who look at the person's conversation; nothing is stored."""
    theirs = Conversation.objects.filter(handle__account=account, handle__external_id=event.sender.external_id)
    shown = theirs.exclude(status=Status.SPAM).select_related("handle")
    current = shown.only("team_id", "handle__name", "handle__external_id").order_by("-id").first()
    if current is not None:
        news = TypingNews(conversation=current.pk, name=str(current.handle), is_customer=True)
        announce([EVERYTHING, team_group(current.team_id)], news)


def _find(account: ChannelAccount, external_id: str) -> Message:
    """Return the message a platform speaks of, be it the customer's or (a part of) a reply of ours."""
    external_id = stable_id(external_id)
    message = account.message_set.filter(external_id=external_id).first()
    if message is None:
        sent = account.dispatch_set.filter(external_id=external_id).select_related("message").first()
        message = sent.message if sent else None
    if message is None:
        raise TooEarly(f"no message {external_id!r} is known here yet")
    return message
