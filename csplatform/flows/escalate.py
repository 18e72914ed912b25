"""Doing what a policy says is to be done when a deadline comes near or was missed.

The sweep writes down that a step is due, once, together with an `Escalation` that waits; here it is done. What stays
in the database is done exactly once, in the transaction that settles it. A webhook is called until it answers: where a
worker dies between the call and the note of it, it is called again under the same delivery id.
"""

import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F

from csplatform.common import clock
from csplatform.common.calling import CallFailed, CallRefused, post
from csplatform.common.doorbell import answer, ring
from csplatform.common.errors import InvalidInput
from csplatform.conversations.actors import SYSTEM
from csplatform.conversations.models import Conversation, EventVerb
from csplatform.conversations.services import lock, record
from csplatform.flows import assign, details
from csplatform.notifications import services as notifications
from csplatform.sla.escalations import BELL
from csplatform.sla.models import Clock, Escalation, EscalationState, EscalationStep, StepAction

log = structlog.get_logger(__name__)

CALL = "csplatform.flows.tasks.call_webhook"
MOST_ATTEMPTS = 12
# Longer than a call may take: so long nobody else tries.
LEASE = timedelta(seconds=60)
FIRST_WAIT, LONGEST_WAIT = 5, 3600


def act_on_waiting(most: int = 20_000) -> int:
    """Do what waits to be done, oldest first; return how many were looked at.

    Any number may do so at once: what somebody is at is left to them, and looked at again in the end.
    """
    answer(BELL)
    due = Escalation.objects.filter(retry_at__lte=clock.now()).order_by("retry_at", "id").values_list("pk", flat=True)
    ids = list(due[:most])
    busy = [escalation_id for escalation_id in ids if not _act_or_log(escalation_id, patiently=False)]
    for escalation_id in due.filter(pk__in=busy):
        _act_or_log(escalation_id, patiently=True)
    return len(ids)


def _act_or_log(escalation_id: int, *, patiently: bool) -> bool:
    """Act, as `act` does; what goes wrong with one escalation must not keep the others waiting."""
    try:
        return act(escalation_id, patiently=patiently)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        log.exception("escalation_failed", escalation=escalation_id)
        Escalation.objects.filter(pk=escalation_id, state=EscalationState.WAITING).update(
            attempts=F("attempts") + 1, retry_at=clock.now() + timedelta(seconds=LONGEST_WAIT)
        )
        return True


@transaction.atomic
def act(escalation_id: int, *, patiently: bool = True) -> bool:
    """Do what an escalation asks for, unless it is settled or not needed any more.

    Returns False where somebody is changing the conversation just now; `patiently` waits for them instead.
    """
    conversation_id = _conversation_id(escalation_id)
    if not patiently and not _is_free(conversation_id):
        return False
    conversation = lock(conversation_id)
    waiting = Escalation.objects.filter(pk=escalation_id, retry_at__lte=clock.now())
    escalation = waiting.select_for_update(skip_locked=True, of=("self",)).select_related("line__clock").first()
    if escalation is None:
        return True
    step = _step_of(escalation)
    if step is None or not escalation.line.clock.is_active:
        _settle(escalation, EscalationState.SKIPPED)
    elif step.action == StepAction.WEBHOOK:
        escalation.retry_at = clock.now() + LEASE
        escalation.save()
        ring(CALL, escalation.pk)
    else:
        _do(conversation, step, escalation)
    return True


def _is_free(conversation_id: int) -> bool:
    """Lock a conversation unless somebody else has."""
    found = Conversation.objects.filter(pk=conversation_id).select_for_update(skip_locked=True)
    return found.values_list("pk", flat=True).first() is not None


def _conversation_id(escalation_id: int) -> int:
    return Escalation.objects.values_list("line__clock__conversation_id", flat=True).get(pk=escalation_id)


def _step_of(escalation: Escalation) -> EscalationStep | None:
    """The step as it is now; None where it was deleted."""
    return EscalationStep.objects.select_related("agent", "team").filter(pk=escalation.line.step or 0).first()


def _do(conversation: Conversation, step: EscalationStep, escalation: Escalation) -> None:
    _tell(conversation, step, escalation.line.clock)
    try:
        with transaction.atomic():
            _ACTIONS[StepAction(step.action)](conversation, step)
    except InvalidInput as error:
        _settle(escalation, EscalationState.FAILED, str(error))
    else:
        _settle(escalation, EscalationState.DONE)


def _tell(conversation: Conversation, step: EscalationStep, late: Clock) -> None:
    to = [str(each) for each in (step.agent, step.team) if each]
    record(conversation, EventVerb.ESCALATED, SYSTEM, kind=late.kind, action=step.action, to=", ".join(to))


def _notify(conversation: Conversation, step: EscalationStep) -> None:
    people = {step.agent_id} if step.agent_id else set()
    if step.team:
        people |= set(step.team.members.filter(is_active=True).values_list("pk", flat=True))
    notifications.escalated(conversation.messages.latest("seq"), people)  # the line that `_tell` has just written


def _assign(conversation: Conversation, step: EscalationStep) -> None:
    if step.agent:
        assign.assign(conversation.pk, to=step.agent, by=SYSTEM)


def _hand_over(conversation: Conversation, step: EscalationStep) -> None:
    if step.team:
        assign.hand_over(conversation.pk, to=step.team, by=SYSTEM)


def _raise_priority(conversation: Conversation, step: EscalationStep) -> None:
    if step.priority is not None and step.priority > conversation.priority:
        details.set_priority(conversation.pk, step.priority, SYSTEM)


def _tag(conversation: Conversation, step: EscalationStep) -> None:
    details.add_tag(conversation.pk, step.tag, SYSTEM)


_ACTIONS: dict[StepAction, Callable[[Conversation, EscalationStep], None]] = {
    StepAction.NOTIFY: _notify,
    StepAction.ASSIGN: _assign,
    StepAction.HAND_OVER: _hand_over,
    StepAction.PRIORITY: _raise_priority,
    StepAction.TAG: _tag,
}


def _settle(escalation: Escalation, state: EscalationState, reason: str = "") -> None:
    escalation.state, escalation.reason = state, reason
    escalation.retry_at, escalation.settled_at = None, clock.now()
    escalation.save()


def call_webhook(escalation_id: int) -> None:
    """Call the webhook of an escalation, outside of any transaction, and write down what came of it."""
    escalation = Escalation.objects.select_related("line__clock__terms").get(pk=escalation_id)
    step = _step_of(escalation)
    if escalation.state != EscalationState.WAITING or step is None:
        return
    body = json.dumps(_body(escalation, step), ensure_ascii=False).encode()
    headers = {"Content-Type": "application/json", "X-Csplatform-Delivery": str(escalation.pk)}
    try:
        post(step.url, body, headers | signed(body, step.secret["key"], clock.now()))
    except CallRefused as error:
        _called(escalation_id, EscalationState.FAILED, str(error))
    except CallFailed as error:
        _called(escalation_id, EscalationState.WAITING, str(error))
    else:
        _called(escalation_id, EscalationState.DONE, "")


def signed(body: bytes, key: str, at: datetime) -> dict[str, str]:
    """The header by which the receiver knows us: HMAC-SHA256 over the moment (Unix seconds), a dot and the body."""
    moment = str(int(at.timestamp()))
    digest = hmac.new(key.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return {"X-Csplatform-Signature": f"t={moment},v1={digest}"}


def _body(escalation: Escalation, step: EscalationStep) -> dict[str, Any]:
    line = escalation.line
    late = line.clock
    return {
        "event": "sla.escalated",
        "conversation": late.conversation_id,
        "clock": late.kind,
        "policy": late.terms.name if late.terms else "",
        "step": step.pk,
        "at": line.at.isoformat(),
        "due_at": late.due_at.isoformat() if late.due_at else None,
        "missed_at": late.breached_at.isoformat() if late.breached_at else None,
        "late_by": line.late_by.total_seconds() if line.late_by else None,
    }


@transaction.atomic
def _called(escalation_id: int, state: EscalationState, reason: str) -> None:
    """Write down what became of a call, or when to make it again."""
    conversation = lock(_conversation_id(escalation_id))
    escalation = Escalation.objects.select_for_update(of=("self",)).select_related("line__clock").get(pk=escalation_id)
    if escalation.state != EscalationState.WAITING:
        return
    escalation.attempts += 1
    if state == EscalationState.WAITING and escalation.attempts < MOST_ATTEMPTS:
        wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** (escalation.attempts - 1))
        escalation.retry_at, escalation.reason = clock.now() + timedelta(seconds=wait), reason
        escalation.save()
        return
    done = state == EscalationState.DONE
    _settle(escalation, EscalationState.DONE if done else EscalationState.FAILED, reason)
    facts = {"kind": escalation.line.clock.kind, "action": StepAction.WEBHOOK.value}
    record(conversation, EventVerb.ESCALATED, SYSTEM, **facts, **({} if done else {"failed": reason}))
