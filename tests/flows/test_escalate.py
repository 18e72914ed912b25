"""What is done when a deadline comes near or was missed: each step once, whoever looks how often."""

import hashlib
import hmac
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http.server import HTTPServer
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import TestCase

from csplatform.common import clock
from csplatform.conversations.models import EventVerb, OwnerKind, Priority
from csplatform.conversations.services import lock
from csplatform.flows import escalate
from csplatform.sla.models import ClockEvent, ClockEventKind, Escalation, EscalationState, EscalationStep
from csplatform.sla.sweep import sweep
from tests.common.test_calling import receiver as receiver  # a fixture
from tests.factories import make_team
from tests.sla.situations import Course, moment

pytestmark = pytest.mark.django_db


class Watched(Course):
    """A course in which what a sweep rings for is done at once, as by a worker."""

    def do_sweep(self) -> None:
        for look in (sweep, escalate.act_on_waiting):
            with TestCase.captureOnCommitCallbacks(execute=True):
                look()


def step(course: Course, **fields: Any) -> EscalationStep:
    return EscalationStep.objects.create(policy=course.standard, kind="first_response", **fields)


def taken() -> list[tuple[int | None, str]]:
    lines = ClockEvent.objects.filter(kind=ClockEventKind.ESCALATED).order_by("id")
    return [(line.step, line.at.strftime("%H:%M")) for line in lines]


def told(course: Course) -> list[dict[str, Any]]:
    lines = course.conversation.messages.filter(verb=EventVerb.ESCALATED).order_by("seq")
    return [{name: value for name, value in line.data.items() if name != "actor"} for line in lines]


def test_steps_come_at_their_moments_and_once() -> None:
    course = Watched()
    half, at_once, later = step(course, share=0.5, agent=course.bob), step(course, share=1), step(course, minutes=20)
    EscalationStep.objects.filter(pk__in=[at_once.pk, later.pk]).update(agent=course.ann)
    course.run("mon 10:00 customer", "mon 10:29 sweep")
    assert taken() == []
    course.run("mon 10:30:01 sweep", "mon 10:30:02 sweep")
    assert taken() == [(half.pk, "10:30")]
    course.run(
        "mon 11:00:01 sweep", "mon 11:19:59 sweep", "mon 11:20:01 sweep", "mon 11:20:02 sweep", "mon 12:00 sweep"
    )
    assert taken() == [(half.pk, "10:30"), (at_once.pk, "11:00"), (later.pk, "11:20")]
    assert told(course) == [
        {"kind": "first_response", "action": "notify", "to": name} for name in ("Bob", "Ann", "Ann")
    ]
    assert set(Escalation.objects.values_list("state", flat=True)) == {EscalationState.DONE}


def test_the_conversation_is_handed_over_raised_tagged_and_assigned() -> None:
    course = Watched()
    team = make_team("Rescue")
    step(course, share=0.9, action="tag", tag="late")
    step(course, share=1, action="hand_over", team=team)
    step(course, minutes=1, action="priority", priority=Priority.HIGH)
    step(course, minutes=2, action="assign", agent=course.bob)
    course.run("mon 10:00 customer", "mon 10:55 sweep")
    assert [tag.name for tag in course.conversation.tags.all()] == ["late"]
    course.run("mon 11:00:01 sweep")
    assert (course.conversation.team, course.conversation.owner_kind) == (team, OwnerKind.QUEUE)
    course.run("mon 11:01:01 sweep")
    assert course.conversation.priority == Priority.HIGH
    course.run("mon 11:02:01 sweep")
    assert course.conversation.assignee == course.bob


def test_a_priority_is_only_ever_raised() -> None:
    course = Watched()
    step(course, share=0.5, action="priority", priority=Priority.NORMAL)
    course.run("mon 10:00 customer", "mon 10:01 priority high", "mon 10:31 sweep")
    assert course.conversation.priority == Priority.HIGH


def test_nothing_is_escalated_that_was_done_or_while_the_clock_stands_still() -> None:
    course = Watched()
    noted = step(course, share=0.5, agent=course.bob)
    course.run("mon 10:00 customer", "mon 10:20 pending", "mon 10:40 sweep")
    assert taken() == []
    course.run("mon 11:00 reopen", "mon 11:09 sweep", "mon 11:10:01 sweep")
    assert taken() == [(noted.pk, "11:10")]
    course.run("tue 10:00 agent", "tue 10:30 customer elsewhere", "tue 10:31 agent", "tue 12:00 sweep")
    assert len(taken()) == 1


def test_an_answer_that_was_quicker_makes_it_needless() -> None:
    course = Watched()
    step(course, share=0.5, agent=course.bob)
    course.run("mon 10:00 customer")
    with clock.frozen(moment("mon", "10:31")):
        sweep()
    course.run("mon 10:31 agent")
    escalate.act_on_waiting()
    assert [each.state for each in Escalation.objects.all()] == [EscalationState.SKIPPED]
    assert told(course) == []


def test_a_step_for_somebody_who_left_fails_and_keeps_nobody_waiting() -> None:
    course = Watched()
    step(course, share=0.5, action="assign", agent=course.bob)
    step(course, share=0.6, action="tag", tag="late")
    course.bob.is_active = False
    course.bob.save()
    course.run("mon 10:00 customer", "mon 10:40 sweep")
    failed, done = Escalation.objects.order_by("id")
    assert (failed.state, done.state) == (EscalationState.FAILED, EscalationState.DONE)
    assert "Bob" in failed.reason
    assert course.conversation.assignee is None


def test_a_deleted_step_does_nothing() -> None:
    course = Watched()
    step(course, share=0.5, action="tag", tag="late")
    course.run("mon 10:00 customer")
    EscalationStep.objects.all().delete()
    course.run("mon 10:40 sweep")
    assert [each.state for each in Escalation.objects.all()] == [EscalationState.SKIPPED]


def test_what_an_outage_made_late_is_marked() -> None:
    course = Watched()
    step(course, share=0.5, agent=course.bob)
    course.run("mon 10:00 customer", "mon 10:30:02 sweep", "mon 12:00 sweep")
    lines = ClockEvent.objects.filter(clock__kind="first_response").exclude(kind="started").order_by("id")
    assert [(line.kind, line.late_by) for line in lines] == [
        ("escalated", None), ("warned", timedelta(minutes=75)), ("breached", timedelta(hours=1)),
    ]  # fmt: skip
    breach = course.conversation.messages.get(verb=EventVerb.SLA_BREACHED)
    assert breach.data["late_by"] == 3600


def test_a_webhook_is_called_with_a_signature_until_it_answers(receiver: HTTPServer, settings: Any) -> None:
    settings.WEBHOOK_PRIVATE_TARGETS = True
    course = Watched()
    hook = step(course, share=1, action="webhook", url=f"http://127.0.0.1:{receiver.server_port}/503")
    course.run("mon 10:00 customer", "mon 11:00:01 sweep", "mon 11:00:02 sweep")
    waiting = Escalation.objects.get()
    assert (waiting.state, waiting.attempts, waiting.reason) == (EscalationState.WAITING, 1, "HTTP 503")
    assert waiting.retry_at == moment("mon", "11:00:06")
    EscalationStep.objects.update(url=hook.url.replace("503", "200"))
    course.run("mon 11:00:07 sweep", "mon 11:10 sweep")
    waiting.refresh_from_db()
    assert (waiting.state, waiting.attempts) == (EscalationState.DONE, 2)
    [(_, first), (headers, body)] = receiver.got  # type: ignore[attr-defined]
    assert first == body
    assert (body["event"], body["conversation"], body["clock"]) == (
        "sla.escalated", course.conversation.pk, "first_response",
    )  # fmt: skip
    assert headers["X-Csplatform-Delivery"] == str(waiting.pk)
    moment_part, signature = headers["X-Csplatform-Signature"].split(",")
    signed = f"{moment_part.removeprefix('t=')}.".encode() + json.dumps(body, ensure_ascii=False).encode()
    digest = hmac.new(hook.secret["key"].encode(), signed, hashlib.sha256).hexdigest()
    assert signature == f"v1={digest}"
    assert told(course) == [{"kind": "first_response", "action": "webhook"}]


def test_a_webhook_into_our_own_network_is_refused_and_told() -> None:
    course = Watched()
    step(course, share=1, action="webhook", url="https://127.0.0.1:1/hook")
    course.run("mon 10:00 customer", "mon 11:00:01 sweep")
    refused = Escalation.objects.get()
    assert (refused.state, refused.reason) == (EscalationState.FAILED, "the address lies in a private network")
    assert told(course)[0]["failed"] == refused.reason


@pytest.mark.django_db(transaction=True)
def test_what_somebody_is_at_keeps_nobody_waiting() -> None:
    course = Course()
    step(course, share=0.5, action="tag", tag="late")
    course.run("mon 10:00 customer", "mon 10:30:01 sweep")
    waiting = Escalation.objects.get()

    def look() -> bool:
        try:
            return escalate.act(waiting.pk, patiently=False)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as colleague:
        with transaction.atomic():
            lock(course.conversation.pk)
            assert not colleague.submit(look).result(timeout=30)
        assert colleague.submit(look).result(timeout=30)
    waiting.refresh_from_db()
    assert waiting.state == EscalationState.DONE
