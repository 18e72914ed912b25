"""The sweep: what it writes, what it costs, and that many at once write it once."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from csplatform.common import clock
from csplatform.conversations.actors import Actor
from csplatform.conversations.models import Conversation, EventVerb, Message
from csplatform.conversations.services import lock
from csplatform.flows import reply, status
from csplatform.sla import services
from csplatform.sla.models import Clock, ClockEvent, ClockEventKind, ClockState
from csplatform.sla.sweep import sweep
from csplatform.sla.tasks import sweep_clocks
from tests.factories import make_account, make_user, say
from tests.sla.situations import Course, make_policy, moment

MINUTE = timedelta(minutes=1)


def history(conversation: Conversation, *verbs: EventVerb) -> list[Message]:
    return list(conversation.messages.filter(verb__in=verbs or (EventVerb.SLA_WARNED, EventVerb.SLA_BREACHED)))


@pytest.mark.django_db
def test_warning_and_breach_stand_in_the_history() -> None:
    course = Course().run("mon 10:00 customer", "mon 10:45:02 sweep", "mon 11:00:03 sweep", "mon 11:02 sweep")
    warning, breach = history(course.conversation)
    due_at = "2026-03-02T11:00:00+00:00"
    facts = {"kind": "first_response", "due_at": due_at, "policy": "Standard", "actor": "system"}
    assert (warning.verb, warning.data) == (EventVerb.SLA_WARNED, facts)
    assert (breach.verb, breach.data) == (EventVerb.SLA_BREACHED, facts)
    assert breach.created_at == moment("mon", "11:00:03")
    assert course.conversation.revision == breach.revision


@pytest.mark.django_db
def test_the_ledger_says_how_late_a_sweep_was() -> None:
    Course().run("mon 10:00 customer", "tue 10:00 sweep")
    lines = ClockEvent.objects.filter(clock__kind="first_response").order_by("id")
    assert [(line.kind, line.at, line.recorded_at) for line in lines] == [
        ("started", moment("mon", "10:00"), moment("mon", "10:00")),
        ("warned", moment("mon", "10:45"), moment("tue", "10:00")),
        ("breached", moment("mon", "11:00"), moment("tue", "10:00")),
    ]


@pytest.mark.django_db
def test_a_warning_that_the_breach_overtook_is_told_to_nobody() -> None:
    course = Course().run("mon 10:00 customer", "mon 12:00 sweep")
    assert [line.verb for line in history(course.conversation)] == [EventVerb.SLA_BREACHED]


@pytest.mark.django_db
def test_a_breach_that_nobody_swept_is_told_when_the_answer_comes() -> None:
    course = Course().run("mon 10:00 customer", "mon 12:00 agent", "mon 12:00:01 sweep")
    assert [line.verb for line in history(course.conversation)] == [EventVerb.SLA_BREACHED]


@pytest.mark.django_db
def test_the_task_sweeps() -> None:
    course = Course().run("mon 10:00 customer")
    with clock.frozen(moment("mon", "11:01")):
        sweep_clocks.delay()
    assert len(history(course.conversation)) == 1


@pytest.mark.django_db
def test_an_idle_sweep_looks_into_one_index() -> None:
    course = Course().run("mon 10:00 customer", "mon 12:00 sweep")
    with clock.frozen(moment("mon", "12:01")), CaptureQueriesContext(connection) as queries:
        assert sweep() == 0
    assert len(queries) == 1
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN " + queries[0]["sql"])
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "clock_to_wake" in plan
    assert len(history(course.conversation)) == 1


@pytest.mark.django_db
def test_a_sweep_costs_no_more_for_ten_conversations_than_for_one() -> None:
    Course().run("mon 10:00 customer")
    counts = []
    for more in (9, 18):
        with clock.frozen(moment("mon", "10:00")):
            account = Clock.objects.earliest("id").conversation.account
            for number in range(more + 1):
                say(account, sender=f"p{more}-{number}")
        with clock.frozen(moment("mon", "11:01")), CaptureQueriesContext(connection) as queries:
            sweep()
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.django_db
def test_one_broken_conversation_does_not_silence_the_others(overdue: list[Conversation]) -> None:
    broken = overdue[30]
    newest = broken.messages.latest("seq")
    newest.pk, newest.key, newest.external_id, newest.seq = None, uuid4(), "", newest.seq + 1
    newest.save()  # stands where the next line of history wants to be
    assert sweep() == 2 * (len(overdue) - 1)
    assert history(broken) == []
    assert sweep() == 0


# --- Several at once, against real locks.


def in_threads(*jobs: Callable[[], object]) -> list[object]:
    """Run the jobs at once, each with a connection of its own; return what they returned, raise what one raised."""
    barrier = threading.Barrier(len(jobs))

    def run(job: Callable[[], object]) -> object:
        try:
            barrier.wait(10)
            return job()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return [done.result(60) for done in [pool.submit(run, job) for job in jobs]]


@pytest.fixture
def overdue() -> list[Conversation]:
    """Sixty conversations whose first response was due an hour ago."""
    account = make_account()
    make_policy("Minute", minutes={"first_response": 1, "next_response": 1, "resolution": 10_000})
    with clock.frozen(clock.now() - timedelta(hours=1)):
        return [say(account, sender=f"person-{number}").conversation for number in range(60)]


@pytest.mark.django_db(transaction=True)
def test_sweeps_at_once_write_everything_once(overdue: list[Conversation]) -> None:
    counts = in_threads(sweep, sweep, sweep, sweep)
    assert sum(map(int, counts)) + sweep() == 2 * len(overdue)
    for kind in (ClockEventKind.WARNED, ClockEventKind.BREACHED):
        clocks = ClockEvent.objects.filter(kind=kind).values_list("clock__conversation_id", flat=True)
        assert sorted(clocks) == [conversation.pk for conversation in overdue]
    told = Message.objects.filter(verb=EventVerb.SLA_BREACHED).values_list("conversation_id", flat=True)
    assert sorted(told) == [conversation.pk for conversation in overdue]
    assert sweep() == 0


@pytest.mark.django_db(transaction=True)
def test_a_sweep_does_not_wait_for_somebody_who_is_answering(overdue: list[Conversation]) -> None:
    """The answer was given in time, and is committed after the sweep came by."""
    chosen, agent = overdue[0], make_user()
    with transaction.atomic():
        conversation = lock(chosen.pk)
        in_time = Clock.objects.get(conversation=chosen, kind="first_response").started_at + MINUTE / 2
        assert in_threads(sweep) == [2 * (len(overdue) - 1)]
        services.agent_replied(conversation, agent, in_time)
    assert sweep() == 0
    answered = Clock.objects.get(conversation=chosen, kind="first_response")
    assert (answered.state, answered.met_at, answered.breached_at) == (ClockState.MET, in_time, None)
    assert history(chosen) == []


@pytest.mark.django_db(transaction=True)
def test_customers_and_agents_race_the_sweep(overdue: list[Conversation]) -> None:
    """Answers, new messages, pauses and sweeps all at once: no deadlock, no breach twice, nothing lost."""
    agent = make_user()

    def answer(conversations: list[Conversation]) -> None:
        for conversation in conversations:
            reply.reply(conversation.pk, by=agent, text="Hello", key=uuid4())
            say(conversation.account, sender=conversation.handle.external_id)

    def pause(conversations: list[Conversation]) -> None:
        for conversation in conversations:
            status.set_pending(conversation.pk, by=Actor.agent(agent))
            status.reopen(conversation.pk, by=Actor.agent(agent))

    def keep_sweeping() -> None:
        for _ in range(15):
            sweep()

    some = overdue[:20]
    in_threads(lambda: answer(some), lambda: pause(some[::-1]), keep_sweeping, keep_sweeping)
    sweep()
    first = Clock.objects.filter(kind="first_response", conversation__in=some)
    assert [late.state for late in first] == [ClockState.MET] * 20
    assert [late.breached_at for late in first] == [late.started_at + MINUTE for late in first]
    assert Clock.objects.filter(kind="next_response", conversation__in=some, state=ClockState.RUNNING).count() == 20
    assert Message.objects.filter(verb=EventVerb.SLA_BREACHED, data__kind="first_response").count() == len(overdue)
    for conversation in Conversation.objects.filter(pk__in=[each.pk for each in some]):
        running = Clock.objects.filter(conversation=conversation, state=ClockState.RUNNING)
        assert conversation.next_deadline_at == min(late.due_at for late in running if late.due_at)
