"""How long and how often a customer may still be answered freely: some platforms allow that only after they wrote."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from csplatform.common import clock
from csplatform.contacts.models import Handle
from csplatform.conversations.models import Conversation, Dispatch, DispatchState, Message, MessageKind
from csplatform.flows.outgoing import account_of
from csplatform.gateway.contract import Abilities, HandleKind
from csplatform.gateway.models import ChannelAccount


class Freedom(StrEnum):
    """OPEN: anything may be sent. LATE: what a person wrote, marked so. CLOSED: only what the platform approved."""

    OPEN = "open"
    LATE = "late"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Window:
    """What the platform allows in a conversation; None means without end.

    Free answers until `closes_at`, `left` of them; after that, a person's own until `late_until`. Before the customer's
    first message nothing is free where the platform has a window at all.
    """

    closes_at: datetime | None = None
    late_until: datetime | None = None
    left: int | None = None

    def freedom(self, at: datetime) -> Freedom:
        """Return what may be sent at a moment."""
        if self.left == 0:
            return Freedom.CLOSED
        if self.closes_at is None or at <= self.closes_at:
            return Freedom.OPEN
        return Freedom.LATE if self.late_until is not None and at <= self.late_until else Freedom.CLOSED


def window_of(conversation: Conversation, way: Handle | None = None) -> Window:
    """Return the window of a conversation, in one query where the platform counts answers, else in none.

    By another `way` than the conversation's own handle, what that handle's platform allows. Raises UnknownChannel.
    """
    way = way or conversation.handle
    account = account_of(conversation, way)
    abilities = account.adapter().abilities
    if way.kind == HandleKind.PUBLIC:
        return Window()
    if abilities.reply_window is None and abilities.reply_quota is None:
        return Window()
    last = _last_heard(conversation, way)
    if question := _public_question(conversation, way, abilities, last):
        sent = _sent_since_message(conversation, way, question)
        return Window(closes_at=question.created_at + (abilities.private_answer or timedelta()), left=0 if sent else 1)
    closes_at = late_until = None
    if abilities.reply_window is not None:
        closes_at = last + abilities.reply_window if last else conversation.created_at
        late_until = last + abilities.late_window if last and abilities.late_window and _may_be_late(account) else None
    left = (
        None
        if abilities.reply_quota is None
        else max(0, abilities.reply_quota - _sent_since(conversation, account, last))
    )
    return Window(closes_at, late_until, left)


def answers_public(conversation: Conversation, way: Handle) -> str:
    """Return the external id of the public message that an answer by `way` answers in private.

    Empty where the answer goes to a public place, or to somebody who opened the way by writing there. Raises
    UnknownChannel.
    """
    if HandleKind.PUBLIC not in {way.kind, conversation.handle.kind} or way.kind == HandleKind.PUBLIC:
        return ""
    abilities = account_of(conversation, way).adapter().abilities
    question = _public_question(conversation, way, abilities, _last_heard(conversation, way))
    return question.external_id if question else ""


def _public_question(
    conversation: Conversation, way: Handle, abilities: Abilities, last: datetime | None
) -> Message | None:
    """Return what was last said in public to the account of `way`, where only that allows a private answer."""
    if abilities.private_answer is None or conversation.handle.kind != HandleKind.PUBLIC:
        return None
    if last is not None and (abilities.reply_window is None or clock.now() <= last + abilities.reply_window):
        return None
    said = conversation.messages.filter(kind=MessageKind.CUSTOMER, account=way.account_id)
    return said.filter(handle__kind=HandleKind.PUBLIC).order_by("-seq").first()


def _sent_since_message(conversation: Conversation, way: Handle, question: Message) -> bool:
    calls = Dispatch.objects.filter(conversation=conversation, message__handle=way, message__seq__gt=question.seq)
    return calls.exclude(state=DispatchState.FAILED).exists()


def _may_be_late(account: ChannelAccount) -> bool:
    allowed = account.adapter().abilities.late_allowed
    return allowed is None or allowed(account.config)


def freedom_of(conversation: Conversation, way: Handle | None = None) -> Freedom:
    """Return what may be sent in a conversation by `way` now. Raises UnknownChannel."""
    return window_of(conversation, way).freedom(clock.now())


def _last_heard(conversation: Conversation, way: Handle) -> datetime | None:
    """Return when the customer last wrote that way; a conversation that was always on one channel knows by itself."""
    own = way.account_id == conversation.account_id
    if own and way.pk == conversation.handle_id and not conversation.routes.exists():
        return conversation.last_customer_message_at
    heard = way.messages.filter(kind=MessageKind.CUSTOMER).order_by("-id")
    return heard.values_list("created_at", flat=True).first()


def _sent_since(conversation: Conversation, account: ChannelAccount, last: datetime | None) -> int:
    """Count the calls since the customer's last message that the platform took, or will be asked to take."""
    said = conversation.messages.filter(kind=MessageKind.CUSTOMER, account=account)
    asked = said.order_by("-seq").values("seq")[:1]
    calls = Dispatch.objects.filter(conversation=conversation, account=account).exclude(state=DispatchState.FAILED)
    return calls.filter(message__seq__gt=asked).count() if last else calls.count()
