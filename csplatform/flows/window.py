"""How long and how often a customer may still be answered freely: some platforms allow that only after they wrote."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from csplatform.common import clock
from csplatform.contacts.models import Handle
from csplatform.conversations.models import Conversation, Dispatch, DispatchState, Message, MessageKind, Route
from csplatform.flows.outgoing import account_of
from csplatform.gateway.contract import HandleKind
from csplatform.gateway.models import ChannelAccount
from csplatform.gateway.selectors import abilities_of

# In the metadata of a customer's message that opens the brief window only.
PRESSED = "pressed"


class Freedom(StrEnum):
    """OPEN: anything may be sent. LATE: what a person wrote, marked so. CLOSED: only what the platform approved."""

    OPEN = "open"
    LATE = "late"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Window:
    """What the platform allows in a conversation; None means without end.

    Free answers until `closes_at`, `left` of `quota` in all; after that, a person's own until `late_until`. Before the
    customer's first message nothing is free where the platform has a window at all.
    """

    closes_at: datetime | None = None
    late_until: datetime | None = None
    left: int | None = None
    quota: int | None = None

    def freedom(self, at: datetime) -> Freedom:
        """Return what may be sent at a moment."""
        if self.left == 0:
            return Freedom.CLOSED
        if self.closes_at is None or at <= self.closes_at:
            return Freedom.OPEN
        return Freedom.LATE if self.late_until is not None and at <= self.late_until else Freedom.CLOSED


def window_of(conversation: Conversation, way: Handle | None = None) -> Window:
    """Return the window of a conversation, in one query where its platform limits answers, else in none.

    By another `way` than the conversation's own handle, what that handle's platform allows. Raises UnknownChannel.
    """
    way = way or conversation.handle
    account_of(conversation, way).adapter()
    return windows_of(conversation, [way])[way.pk]


def windows_of(conversation: Conversation, ways: Sequence[Handle]) -> dict[int, Window]:
    """Return the windows of several ways to answer, by their ids, in one query at most.

    Through a channel that is no longer installed nothing is limited; nothing is sent either.
    """
    private = [way for way in ways if way.kind != HandleKind.PUBLIC]
    limited = [way for way in private if is_limited(account_of(conversation, way))]
    facts = {row.pk: row for row in _facts(conversation, limited)} if limited else {}
    return {way.pk: _window(conversation, way, facts[way.pk]) if way.pk in facts else Window() for way in ways}


def answers_public(conversation: Conversation, way: Handle) -> str:
    """Return the external id of the public message that an answer by `way` answers in private.

    Empty where the answer goes to a public place, or to somebody who opened the way by writing there. Raises
    UnknownChannel.
    """
    if HandleKind.PUBLIC not in {way.kind, conversation.handle.kind} or way.kind == HandleKind.PUBLIC:
        return ""
    account_of(conversation, way).adapter()
    facts = _facts(conversation, [way]).get()
    question = _public_question(conversation, way, _last_heard(conversation, way, facts))
    return question.external_id if question else ""


def freedom_of(conversation: Conversation, way: Handle | None = None) -> Freedom:
    """Return what may be sent in a conversation by `way` now. Raises UnknownChannel."""
    return window_of(conversation, way).freedom(clock.now())


def is_limited(account: ChannelAccount) -> bool:
    """Return whether the account's platform limits answers at all."""
    abilities = abilities_of(account)
    return abilities.reply_window is not None or abilities.reply_quota is not None


def _window(conversation: Conversation, way: Handle, facts: Any) -> Window:
    """Return the window that the last message opened, or the brief one of the last press where that allows more."""
    account = account_of(conversation, way)
    last = _last_heard(conversation, way, facts)
    if question := _public_question(conversation, way, last):
        lasts = abilities_of(account).private_answer or timedelta()
        sent = _sent_since_message(conversation, way, question)
        return Window(closes_at=question.created_at + lasts, left=0 if sent else 1, quota=1)
    usual = _usual(conversation, account, last, facts.sent)
    brief = abilities_of(account).brief_window
    if brief is None or facts.pressed_at is None:
        return usual
    left = max(0, brief.quota - facts.sent_since_press)
    pressed = Window(facts.pressed_at + brief.lasts, None, left, brief.quota)
    now = clock.now()
    return pressed if usual.freedom(now) is Freedom.CLOSED and pressed.freedom(now) is Freedom.OPEN else usual


def _last_heard(conversation: Conversation, way: Handle, facts: Any) -> datetime | None:
    """Return when the customer last wrote that way; a conversation that was always on one channel knows by itself."""
    is_own = way.pk == conversation.handle_id and not facts.is_shared
    if is_own and abilities_of(account_of(conversation, way)).brief_window is None:
        return conversation.last_customer_message_at
    heard: datetime | None = facts.heard_at
    return heard


def _public_question(conversation: Conversation, way: Handle, last: datetime | None) -> Message | None:
    """Return what was last said in public to the account of `way`, where only that allows a private answer."""
    abilities = abilities_of(account_of(conversation, way))
    if abilities.private_answer is None or conversation.handle.kind != HandleKind.PUBLIC:
        return None
    if last is not None and (abilities.reply_window is None or clock.now() <= last + abilities.reply_window):
        return None
    said = conversation.messages.filter(kind=MessageKind.CUSTOMER, account=way.account_id)
    return said.filter(handle__kind=HandleKind.PUBLIC).order_by("-seq").first()


def _sent_since_message(conversation: Conversation, way: Handle, question: Message) -> bool:
    calls = Dispatch.objects.filter(conversation=conversation, message__handle=way, message__seq__gt=question.seq)
    return calls.exclude(state=DispatchState.FAILED).exists()


def _usual(conversation: Conversation, account: ChannelAccount, last: datetime | None, sent: int) -> Window:
    abilities = abilities_of(account)
    closes_at = late_until = left = None
    if abilities.reply_window is not None:
        closes_at = last + abilities.reply_window if last else conversation.created_at
        late_until = last + abilities.late_window if last and abilities.late_window and _may_be_late(account) else None
    if abilities.reply_quota is not None:
        left = max(0, abilities.reply_quota - sent)
    return Window(closes_at, late_until, left, abilities.reply_quota)


def _may_be_late(account: ChannelAccount) -> bool:
    allowed = abilities_of(account).late_allowed
    return allowed is None or allowed(account.config)


def _facts(conversation: Conversation, ways: Sequence[Handle]) -> QuerySet[Handle, Any]:
    """Return `ways` with when their people last wrote and pressed, and how much was sent to them since."""
    said = Message.objects.filter(handle=OuterRef("pk"), kind=MessageKind.CUSTOMER).order_by("-id")
    heard, pressed = said.exclude(metadata__has_key=PRESSED), said.filter(metadata__has_key=PRESSED)
    rows = Handle.objects.filter(pk__in=[way.pk for way in ways]).annotate(
        heard_at=Subquery(heard.values("created_at")[:1]),
        heard_id=Subquery(heard.values("pk")[:1]),
        pressed_at=Subquery(pressed.values("created_at")[:1]),
        pressed_id=Subquery(pressed.values("pk")[:1]),
        is_shared=Exists(Route.objects.filter(conversation=conversation)),
    )
    return rows.annotate(sent=_sent_since("heard_id"), sent_since_press=_sent_since("pressed_id"))


def _sent_since(message_id: str) -> Coalesce:
    """Count the calls since a message that the platform took, or will be asked to take; templates do not count."""
    calls = Dispatch.objects.filter(account=OuterRef("account"), message__handle=OuterRef("pk"))
    calls = calls.filter(message_id__gt=Coalesce(OuterRef(message_id), Value(0)))
    calls = calls.exclude(state=DispatchState.FAILED).exclude(message__metadata__has_key="template")
    counted = calls.order_by().values("account").annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(counted), Value(0))
