"""Where a visitor's page knocks, by WebSocket or HTTP: one way in for both."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

from django.db import transaction

from channels_webchat import limits, tokens
from channels_webchat.errors import Reason, Refused
from channels_webchat.introductions import tell_agents, tell_answers, tell_zone
from csplatform.common import clock
from csplatform.contacts.models import Handle
from csplatform.conversations.models import Message
from csplatform.flows.errors import TooEarly
from csplatform.flows.receive import receive
from csplatform.flows.transcript import Transcript, line_of, newer, older
from csplatform.gateway.contract import Event, InboundMessage, RawDelivery
from csplatform.gateway.errors import WebhookRejected
from csplatform.gateway.models import ChannelAccount
from csplatform.live.announce import Changed, announce

NOTHING = Transcript((), {})


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a delivery, committed: the visitor's message, if it was one."""

    transcript: Transcript
    handle_id: int | None


def take(account: ChannelAccount, token: str, body: bytes, *, is_met: bool = False) -> Taken:
    """Receive what a page sent; once this returned, it is stored.

    `is_met` says that the page knows the visitor's handle: then so do their other tabs, or will when they next ask.

    Raises WebhookRejected for a token that is not ours, Refused with the reason for everything else that
    cannot be taken.
    """
    headers = {"authorization": f"Bearer {token}"}
    raw = RawDelivery(body=body, headers=headers, query={}, method="POST", received_at=clock.now())
    channel = account.adapter()
    channel.verify(raw)
    events = channel.parse(raw)
    if not events:
        raise Refused(Reason.UNREADABLE)
    visitor = tokens.read(account.pk, token)
    taken = _receive(account, visitor, events[0], raw.received_at)
    for line in () if is_met else taken.transcript.lines:
        # The first message makes the handle whose group the visitor's other tabs do not listen to yet.
        announce([visitor_group(account.pk, visitor.id)], Changed(line.conversation, line.revision))
    return taken


def _receive(account: ChannelAccount, visitor: tokens.Visitor, event: Event, at: datetime) -> Taken:
    if not isinstance(event, InboundMessage):
        limits.count(limits.SIGNALS, account.pk, visitor.id)
        _apply_signal(account, event)
        return Taken(NOTHING, None)
    limits.count(limits.FILES if event.attachments else limits.MESSAGES, account.pk, visitor.id)
    # A page whose clock is fast must not send from the future.
    message = receive(account, replace(event, sent_at=min(event.sent_at, at)))
    assert message is not None
    _tell(account, visitor, message, event.metadata.get("answers", {}))
    return Taken(Transcript((line_of(message, has_files=bool(event.attachments)),), {}), message.handle_id)


def _tell(account: ChannelAccount, visitor: tokens.Visitor, message: Message, answers: Mapping[str, str]) -> None:
    """Tell what came beside a message, once: a page that hears of no success sends the same again."""
    if visitor.email or visitor.timezone or answers:
        with transaction.atomic():
            tell_agents(account, visitor)
            tell_zone(visitor, message)
            tell_answers(account, message, answers)


def _apply_signal(account: ChannelAccount, event: Event) -> None:
    try:
        receive(account, event)
    except TooEarly as error:
        raise Refused(Reason.UNREADABLE) from error


def visitor_group(account_id: int, visitor_id: str) -> str:
    """Name the group of one visitor's open tabs, before and after they have a handle."""
    # A group's name may hold few characters; an id that a site chose for somebody may hold any.
    return f"webchat.{account_id}.{sha256(visitor_id.encode()).hexdigest()[:32]}"


def handle_of_token(account: ChannelAccount, token: str) -> Handle | None:
    """Return the handle of the visitor, None before their first message. Raises WebhookRejected."""
    visitor = tokens.read(account.pk, token)
    return Handle.objects.filter(account=account, external_id=visitor.id).first()


def newer_lines(account: ChannelAccount, token: str, known: dict[int, int]) -> Taken:
    """Return what the visitor's screen lacks. Raises WebhookRejected."""
    handle = handle_of_token(account, token)
    return Taken(newer(handle, known), handle.pk) if handle else Taken(NOTHING, None)


def older_lines(account: ChannelAccount, token: str, before: int) -> Transcript:
    """Return the page of lines before the one with the id `before`. Raises WebhookRejected."""
    handle = handle_of_token(account, token)
    return older(handle, before) if handle else NOTHING


def reason_of(error: Refused | WebhookRejected) -> Reason:
    """Return what to tell the page."""
    return error.reason if isinstance(error, Refused) else Reason.SESSION
