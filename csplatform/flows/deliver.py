"""Handing queued replies to their platforms: in order within a conversation, once, and with the truth written down."""

import secrets
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from csplatform.common import clock
from csplatform.common.doorbell import ring
from csplatform.common.errors import Conflict
from csplatform.conversations.models import (
    Attachment,
    Conversation,
    Dispatch,
    DispatchState,
    Message,
    MessageKind,
    MessageState,
)
from csplatform.conversations.services import lock
from csplatform.flows import handouts
from csplatform.flows.outgoing import DELIVER
from csplatform.flows.pausing import pause_address
from csplatform.flows.receipts import not_delivered, show_state
from csplatform.flows.window import Freedom, answers_public, window_of
from csplatform.gateway.contract import (
    HandleKind,
    OutboundAttachment,
    OutboundMessage,
    QuotedMessage,
    SendResult,
    TemplateUse,
)
from csplatform.gateway.errors import SendFailed, SendPaced, SendUnavailable, SendUncertain
from csplatform.gateway.ids import stable_id
from csplatform.people.models import User

log = structlog.get_logger(__name__)

MOST_ATTEMPTS = 10
LONGEST_WAIT = 15 * 60
# So many earlier messages are quoted below an answer.
MOST_QUOTED = 10
# Seconds between tries to write down what a platform did, while the database restarts.
WRITING_PAUSES = (0.5, 1, 2, 4, 8)
UNFINISHED = [DispatchState.QUEUED, DispatchState.SENDING]
# States of what the customer has, or may have.
GONE_OUT = [DispatchState.ACCEPTED, DispatchState.DELIVERED, DispatchState.READ, DispatchState.UNCERTAIN]
WINDOW_CLOSED = gettext_noop("The platform no longer takes free answers to this customer.")
STOPPED_MIDWAY = gettext_noop("The sender stopped midway; the message may have been sent.")


def deliver(conversation_id: int) -> None:
    """Send everything that waits in a conversation, oldest first, until nothing is due.

    Any number of workers may call this at once: the head of the queue is claimed under the conversation's lock,
    and sent outside of any transaction.
    """
    while (dispatch := _claim(conversation_id)) is not None:
        _send(dispatch)


def _claim(conversation_id: int) -> Dispatch | None:
    """Return the next dispatch, marked as being sent; None where there is none, or it is not due, or another's."""
    now = clock.now()
    with transaction.atomic():
        lock(conversation_id)
        heads = Dispatch.objects.filter(conversation_id=conversation_id, state__in=UNFINISHED)
        head = heads.select_related("message", "account").order_by("id").first()
        if head is None or head.try_at > now:
            return None
        if head.state == DispatchState.SENDING:
            if head.lease_until and head.lease_until > now:
                return None
            if not head.account.adapter().abilities.deduplicates:
                _settle(head, DispatchState.UNCERTAIN, STOPPED_MIDWAY)
                return _claim(conversation_id)
        head.state = DispatchState.SENDING
        head.lease_until = now + timedelta(seconds=settings.DISPATCH_LEASE_SECONDS)
        head.attempts += 1
        head.external_id = _name_ahead(head)
        head.save(update_fields=["state", "lease_until", "attempts", "external_id", "updated_at"])
        return head


def _name_ahead(dispatch: Dispatch) -> str:
    """Return the id under which the platform will know the call, where that is fixed before the first try."""
    name_ahead = dispatch.account.adapter().abilities.name_ahead
    return stable_id(name_ahead(dispatch.account.config, str(dispatch.key))) if name_ahead else ""


def _send(dispatch: Dispatch) -> None:
    adapter = dispatch.account.adapter()
    outbound = _outbound(dispatch)
    if outbound is None:
        return _finish(dispatch, DispatchState.FAILED, WINDOW_CLOSED)
    try:
        result = adapter.send(outbound)
    except SendPaced as error:
        dispatch.attempts -= 1
        _again_or_fail(dispatch, error.reason, error.retry_after)
    except SendUnavailable as error:
        _again_or_fail(dispatch, error.reason, error.retry_after)
    except SendFailed as error:
        _finish(dispatch, DispatchState.FAILED, error.reason)
        _pause_if_dead(dispatch, error)
    except SendUncertain as error:
        if adapter.abilities.deduplicates:
            _again_or_fail(dispatch, str(error), None)
        else:
            _finish(dispatch, DispatchState.UNCERTAIN, str(error))
    else:
        _accepted(dispatch, result)


def _outbound(dispatch: Dispatch) -> OutboundMessage | None:
    """Return what is to be sent; None where the platform would refuse it, because the customer wrote too long ago."""
    message = dispatch.message
    conversation = Conversation.objects.select_related("handle", "account").get(pk=dispatch.conversation_id)
    template = message.metadata.get("template")
    recipient = message.handle or conversation.handle
    is_public = recipient.kind == HandleKind.PUBLIC
    window = replace(window_of(conversation, recipient), left=None)  # this one has been counted already
    freedom = window.freedom(clock.now())
    if not template and (freedom is Freedom.CLOSED or (freedom is Freedom.LATE and message.is_machine)):
        return None
    answers = message.kind != MessageKind.FORWARD and dispatch.account.adapter().abilities.threaded
    return OutboundMessage(
        key=str(dispatch.key),
        recipient=recipient.external_id,
        text=dispatch.text,
        html=message.html if dispatch.ordinal == 1 else "",
        subject=message.subject,
        attachments=tuple(_attachment(pk) for pk in dispatch.attachment_ids),
        reply_to=_answered_id(message, dispatch.account_id) if answers or is_public else "",
        answers_public=answers_public(conversation, recipient),
        thread_refs=() if message.kind == MessageKind.FORWARD else tuple(_earlier_ids(message, dispatch.account_id)),
        language=message.language,
        automatic=message.is_machine,
        also_to=tuple(message.metadata.get("to", ())[1:]),
        cc=tuple(message.metadata.get("cc", ())),
        bcc=tuple(message.metadata.get("bcc", ())),
        thread_name=str(dispatch.conversation_id),
        quoted=tuple(_quoted(message)),
        signature=message.metadata.get("signature", ""),
        quick_replies=tuple(message.metadata.get("quick_replies", ())),
        late=freedom is Freedom.LATE and not template,
        template=TemplateUse(template["name"], template["language"], tuple(template["values"])) if template else None,
    )


def _quoted(message: Message) -> list[QuotedMessage]:
    """Return what is shown below `message`: what it forwards, or the history where its author wants that."""
    said = Message.objects.filter(conversation_id=message.conversation_id).select_related("author", "handle")
    if message.kind == MessageKind.FORWARD:
        shown = said.filter(pk=message.metadata.get("forwards"))
    elif message.metadata.get("quote"):
        exchanged = said.filter(kind__in=[MessageKind.CUSTOMER, MessageKind.REPLY], seq__lt=message.seq)
        shown = exchanged.order_by("-seq")[:MOST_QUOTED]
    else:
        return []
    return [
        QuotedMessage(author=_name_of(row), sent_at=row.sent_at, text=row.text or row.full_text, html=row.html)
        for row in shown
    ]


def _name_of(message: Message) -> str:
    if message.author:
        return message.author.name
    return (message.handle.name or message.handle.external_id) if message.handle else ""


def _earlier_ids(message: Message, account_id: int) -> list[str]:
    """External ids of what was said before `message` through the account, oldest first, at most the last 50."""
    said = Message.objects.filter(conversation_id=message.conversation_id, account=account_id, seq__lt=message.seq)
    came = said.exclude(external_id="").values_list("seq", "external_id")
    went = Dispatch.objects.filter(message__in=said, state__in=GONE_OUT).exclude(external_id="")
    both = [*came, *went.values_list("message__seq", "external_id")]
    return [external_id for _seq, external_id in sorted(both)][-50:]


def _answered_id(message: Message, account_id: int) -> str:
    asked = Message.objects.filter(conversation_id=message.conversation_id, account=account_id, kind="customer")
    asked = asked.filter(seq__lt=message.seq)
    if message.handle and message.handle.kind == HandleKind.PUBLIC:
        asked = asked.filter(handle=message.handle)
    return asked.order_by("-seq").values_list("external_id", flat=True).first() or ""


def _attachment(pk: int) -> OutboundAttachment:
    attachment = Attachment.objects.get(pk=pk)

    def read() -> bytes:
        with attachment.file.open("rb") as content:
            return bytes(content.read())

    return OutboundAttachment(
        name=attachment.name,
        content_type=attachment.content_type,
        size=attachment.size,
        open=read,
        content_id=attachment.content_id,
        link=lambda lifetime: handouts.address(attachment, lifetime),
    )


def _accepted(dispatch: Dispatch, result: SendResult) -> None:
    dispatch.external_id = stable_id(result.external_id)
    _finish(dispatch, DispatchState(result.state.value), "")
    _tell_refused(dispatch, result.refused)
    log.info("dispatch_accepted", dispatch=dispatch.pk, external_id=dispatch.external_id)


@transaction.atomic
def _tell_refused(dispatch: Dispatch, refused: Mapping[str, str]) -> None:
    for address, reason in refused.items():
        not_delivered(lock(dispatch.conversation_id), dispatch.message, address, reason)


@transaction.atomic
def _pause_if_dead(dispatch: Dispatch, error: SendFailed) -> None:
    if error.dead_address and dispatch.message.handle_id:
        pause_address(dispatch.conversation_id, dispatch.message.handle_id, error.reason)


def _again_or_fail(dispatch: Dispatch, reason: str, retry_after: float | None) -> None:
    if dispatch.attempts >= MOST_ATTEMPTS:
        _finish(dispatch, DispatchState.FAILED, reason)
        return
    # A random share of the wait keeps a thousand replies from knocking again in the same second.
    backoff = min(5 * 2 ** (dispatch.attempts - 1), LONGEST_WAIT) * (1 + secrets.randbelow(250) / 1000)
    wait = max(retry_after or 0, backoff if retry_after is None else 0)
    dispatch.try_at = clock.now() + timedelta(seconds=wait)
    _finish(dispatch, DispatchState.QUEUED, reason)
    log.info("dispatch_later", dispatch=dispatch.pk, seconds=wait, reason=reason)


def _finish(dispatch: Dispatch, state: DispatchState, reason: str) -> None:
    """Write down what the platform did, however often it takes: what is known must not end as uncertain.

    Raises OperationalError or InterfaceError where the database stays away; the lease then ends by itself.
    """
    for pause in WRITING_PAUSES:
        try:
            return _write(dispatch, state, reason)
        except (OperationalError, InterfaceError) as error:
            log.warning("dispatch_unwritten", dispatch=dispatch.pk, state=state, reason=str(error))
            connection.close()
            time.sleep(pause)
    return _write(dispatch, state, reason)


@transaction.atomic
def _write(dispatch: Dispatch, state: DispatchState, reason: str) -> None:
    lock(dispatch.conversation_id)
    _settle(dispatch, state, reason)


def _settle(dispatch: Dispatch, state: DispatchState, reason: str) -> None:
    """Write down what became of a dispatch; where it failed, the later parts of its message are not sent either."""
    dispatch.state = state
    dispatch.reason = reason
    dispatch.lease_until = None
    dispatch.save(update_fields=["state", "reason", "lease_until", "external_id", "try_at", "attempts", "updated_at"])
    if state in {DispatchState.FAILED, DispatchState.UNCERTAIN}:
        rest = dispatch.message.dispatches.filter(ordinal__gt=dispatch.ordinal, state=DispatchState.QUEUED)
        rest.update(state=DispatchState.FAILED, reason=reason)
        log.warning("dispatch_stopped", dispatch=dispatch.pk, state=state, reason=reason)
    show_state(dispatch.message)


@transaction.atomic
def retry(message_id: int, *, by: User) -> None:
    """Queue again what failed or is uncertain, at an agent's wish. Raises Conflict where there is nothing to retry."""
    message = Message.objects.get(pk=message_id)
    lock(message.conversation_id)
    message.refresh_from_db()
    if message.deleted_at or message.state not in {MessageState.FAILED, MessageState.UNCERTAIN}:
        raise Conflict(_("Only a message that failed can be sent again."))
    unsent = message.dispatches.filter(state__in=[DispatchState.FAILED, DispatchState.UNCERTAIN])
    unsent.update(state=DispatchState.QUEUED, attempts=0, try_at=clock.now(), reason="", external_id="")
    show_state(message)
    log.info("dispatch_retried", message=message.pk, by=by.pk)
    ring(DELIVER, message.conversation_id)


def ring_waiting(limit: int = 500) -> int:
    """Ring for every conversation with something due, or with a lease that ended. Returns how many."""
    now = clock.now()
    due = Dispatch.objects.filter(
        Q(state=DispatchState.QUEUED, try_at__lte=now) | Q(state=DispatchState.SENDING, lease_until__lte=now)
    )
    ids = set(due.order_by("try_at").values_list("conversation_id", flat=True)[:limit])
    for conversation_id in ids:
        ring(DELIVER, conversation_id)
    return len(ids)
