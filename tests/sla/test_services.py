"""What the services cost, and what the database refuses even from them."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from csplatform.conversations.models import Conversation, Priority, Status
from csplatform.conversations.selectors import visible_conversations
from csplatform.sla import services
from csplatform.sla.defaults import ensure_default_policy
from csplatform.sla.models import Change, Clock, ClockEvent, ClockEventKind, ClockKind, ClockState, Policy, Terms
from tests.factories import make_account, make_user, say
from tests.sla.situations import Course, moment

pytestmark = pytest.mark.django_db


def queries(call: Callable[[], None]) -> int:
    with CaptureQueriesContext(connection) as captured:
        call()
    return len(captured)


def test_each_call_costs_a_few_queries() -> None:
    course = Course().run("mon 10:00 customer")
    conversation, ann = course.conversation, course.ann
    Clock.objects.all().delete()

    def to(status: Status, time: str) -> Callable[[], None]:
        old, conversation.status = conversation.status, status
        return lambda: services.status_changed(conversation, old, moment("mon", time))

    costs = [
        queries(lambda: services.conversation_opened(conversation, moment("mon", "10:00"))),
        queries(lambda: services.customer_wrote(conversation, moment("mon", "10:10"))),
        queries(lambda: services.agent_replied(conversation, ann, moment("mon", "10:20"))),
        queries(lambda: services.customer_wrote(conversation, moment("mon", "10:30"))),
        queries(to(Status.PENDING, "10:40")),
        queries(to(Status.OPEN, "10:50")),
        queries(to(Status.RESOLVED, "11:00")),
        queries(to(Status.OPEN, "11:10")),
    ]
    conversation.priority = Priority.URGENT
    costs.append(queries(lambda: services.retarget(conversation, moment("mon", "11:20"), Change.PRIORITY)))
    assert costs == [10, 1, 4, 11, 5, 5, 4, 12, 15]


def test_the_deadline_is_on_the_instance_and_in_the_database() -> None:
    conversation = Course().run("mon 10:00 customer").conversation
    conversation.subject = "not saved by the clocks"
    services.agent_replied(conversation, make_user(), moment("mon", "10:20"))
    stored = Conversation.objects.get(pk=conversation.pk)
    assert conversation.next_deadline_at == stored.next_deadline_at == moment("wed", "10:00")
    assert stored.subject == ""


def test_a_moment_before_the_newest_line_counts_as_that_line() -> None:
    course = Course().run("mon 10:00 customer", "mon 10:30 pending")
    conversation = course.conversation
    conversation.status = Status.OPEN
    services.status_changed(conversation, Status.PENDING, moment("mon", "10:20"))
    resumed = ClockEvent.objects.filter(kind=ClockEventKind.RESUMED)
    assert {line.at for line in resumed} == {moment("mon", "10:30")}
    assert course.clocks()[0] == "first response 1 running, due mon 11:00"


def test_clocks_share_terms_until_the_policy_is_edited() -> None:
    course = Course().run("mon 10:00 customer", "mon 10:10 agent", "mon 10:20 customer")
    assert Terms.objects.count() == 1
    course.run("mon 10:30 agent", "mon 10:31 edit", "mon 10:40 customer")
    assert Terms.objects.count() == 2
    assert {clock.terms.name for clock in Clock.objects.select_related("terms") if clock.terms} == {"Standard"}


def test_a_missed_deadline_keeps_the_terms_it_was_missed_under() -> None:
    Course().run("mon 10:00 customer", "mon 11:05 sweep", "mon 11:10 priority urgent")
    names = {clock.kind: clock.terms.name for clock in Clock.objects.select_related("terms") if clock.terms}
    assert names == {"first_response": "Standard", "resolution": "Urgent", "queue": "Urgent"}
    assert ClockEvent.objects.filter(kind=ClockEventKind.RETARGETED, due_at__isnull=False).count() == 1


def test_what_was_promised_outlives_its_policy() -> None:
    course = Course().run("mon 10:00 customer")
    course.standard.delete()
    course.run("mon 10:10 pending", "mon 10:20 reopen")
    assert course.clocks()[0] == "first response 1 running, due mon 11:10"


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"state": ClockState.PAUSED}, "clock_state_says_when"),
        ({"state": ClockState.MET}, "clock_state_says_when"),
        ({"cancelled_at": moment("mon", "12:00")}, "clock_state_says_when"),
        ({"terms": None}, "deadlines_come_from_terms"),
        ({"breached_at": moment("mon", "10:30")}, "breaches_follow_deadlines"),
        ({"remaining": timedelta(minutes=5)}, "only_paused_clocks_have_time_left"),
        ({"changed_at": moment("mon", "09:00")}, "clocks_run_forwards"),
        ({"state": ClockState.CANCELLED, "cancelled_at": moment("mon", "12:00")}, "only_active_clocks_wake"),
    ],
)
def test_the_database_refuses_what_cannot_be(change: dict[str, Any], constraint: str) -> None:
    Course().run("mon 10:00 customer")
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Clock.objects.filter(kind=ClockKind.FIRST_RESPONSE).update(**change)


def test_the_database_refuses_a_second_clock_and_a_second_breach() -> None:
    Course().run("mon 10:00 customer", "mon 11:01 sweep")
    clock = Clock.objects.get(kind=ClockKind.FIRST_RESPONSE)
    with pytest.raises(IntegrityError, match="happens_to_a_clock_once"), transaction.atomic():
        ClockEvent.objects.create(clock=clock, kind=ClockEventKind.BREACHED, at=clock.changed_at)
    twin = Clock(conversation=clock.conversation, kind=clock.kind, cycle=2)
    twin.started_at = twin.changed_at = clock.changed_at
    with pytest.raises(IntegrityError, match="one_active_clock_of_a_kind"), transaction.atomic():
        twin.save()


def test_the_first_policy_that_matches_is_taken() -> None:
    course = Course()
    Policy.objects.filter(name="Urgent").update(position=9)
    course.run("mon 10:00 customer", "mon 10:01 priority urgent")
    assert course.clocks()[0] == "first response 1 running, due mon 11:00"
    Policy.objects.filter(name="Standard").update(is_active=False)
    course.run("mon 10:02 priority high", "mon 10:03 priority urgent")
    assert course.clocks()[0] == "first response 1 running, due mon 10:15"


def test_the_default_policy_is_made_once_and_left_alone() -> None:
    policy = ensure_default_policy("Asia/Tokyo")
    policy.targets.filter(kind=ClockKind.FIRST_RESPONSE).update(minutes=7)
    assert ensure_default_policy() == policy
    assert dict(policy.targets.values_list("kind", "minutes")) == {
        "first_response": 7, "next_response": 120, "resolution": 1620,
    }  # fmt: skip
    assert policy.calendar is not None
    assert policy.calendar.timezone == "Asia/Tokyo"
    say(make_account())
    assert Clock.objects.filter(terms__policy=policy, due_at__isnull=False).count() == 2


def test_the_list_sorts_by_the_nearest_deadline_from_an_index() -> None:
    Course().run("mon 10:00 customer")
    agent = make_user(role="administrator")
    running = visible_conversations(agent).filter(status=Status.OPEN, next_deadline_at__isnull=False)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
    plan = running.order_by("next_deadline_at", "id").explain()
    assert re.search(r"Index Scan using conversation_\w*deadline", plan)
    assert "Sort" not in plan
