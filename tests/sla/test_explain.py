"""Why is this due then?"""

from typing import Any

import pytest

from csplatform.sla.models import Clock, ClockKind
from csplatform.sla.selectors import clocks_of, explain
from tests.sla.situations import Course, told

pytestmark = pytest.mark.django_db

MOVED = "The target was moved, counted from the start of the clock."


def steps(kind: ClockKind) -> list[tuple[str, str, str]]:
    return [(told(step.at), step.text, told(step.due_at)) for step in explain(Clock.objects.get(kind=kind))]


def test_policy_calendar_and_pauses_are_told() -> None:
    course = Course().run(
        "mon 10:00 customer", "mon 10:20 pending", "mon 14:00 reopen", "mon 14:01 priority urgent",
        "mon 18:00 resolve",
    )  # fmt: skip
    standard = "The policy “Standard” allows 60 minutes. The hours of the calendar “Office” count (UTC)."
    assert steps(ClockKind.FIRST_RESPONSE) == [
        ("mon 10:00", f"The clock started. {standard}", "mon 11:00"),
        ("mon 10:20", "The clock was paused: the conversation's status was “Pending”.", "no deadline"),
        ("mon 14:00", "The clock ran again, with the time that was left.", "mon 14:40"),
        (
            "mon 14:01",
            f"{MOVED} The policy “Urgent” allows 15 minutes. Every minute counts.",
            "mon 10:15",
        ),
        (
            "mon 14:01",
            "The deadline was missed. It was noticed late, by 3:59:00 hours, because nothing kept watch at its time.",
            "mon 10:15",
        ),
        ("mon 18:00", "Not counted any more: the conversation's status was “Resolved”.", "mon 10:15"),
    ]
    assert steps(ClockKind.RESOLUTION)[-1] == ("mon 18:00", "The conversation was resolved.", "mon 17:40")
    assert [clock.kind for clock in clocks_of(course.conversation)] == ["first_response", "resolution", "queue"]


def test_a_conversation_s_clocks_are_explained_in_as_many_statements_however_many(
    django_assert_num_queries: Any,
) -> None:
    course = Course().run("mon 10:00 customer", "mon 10:05 agent", "mon 10:10 customer", "mon 10:20 pending")
    conversation = course.conversation
    with django_assert_num_queries(3):
        stories = [explain(clock) for clock in clocks_of(conversation)]
    assert [len(story) for story in stories] == [2, 2, 2, 2]


def test_no_policy_and_no_target_are_told() -> None:
    Course().run("mon 10:00 customer elsewhere", "mon 10:05 team billing")
    assert steps(ClockKind.RESOLUTION) == [
        ("mon 10:00", "The clock started. No policy matches, so there is no deadline.", "no deadline"),
        (
            "mon 10:05",
            "The target was moved, counted from the start of the clock. The policy “Billing” sets no target for this.",
            "no deadline",
        ),
    ]
