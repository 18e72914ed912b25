"""Clocks over HTTP: what is owed, until when, and why; and what is due first."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import translation

from csplatform.common import clock
from csplatform.conversations.models import Conversation, Status
from csplatform.people.models import Role
from csplatform.sla.models import Clock, ClockKind
from tests.api.conftest import As
from tests.factories import make_account, make_conversation, make_team, make_user
from tests.sla.situations import Course, make_policy, moment

pytestmark = pytest.mark.django_db
LIST = "/api/v1/conversations/"


def path_of(conversation: Conversation) -> str:
    return f"{LIST}{conversation.pk}/clocks/"


def test_clocks_are_told_with_their_steps(call_as: As) -> None:
    course = Course().run("mon 10:00 customer", "mon 10:05 agent", "mon 10:20 pending")
    clocks = call_as(make_user(role=Role.SUPERVISOR)).get(path_of(course.conversation)).json()["results"]
    by_kind = {each["kind"]: each for each in clocks}
    first = by_kind["first_response"]
    assert {name: first[name] for name in ("state", "policy", "due_at", "met_at", "remaining")} == {
        "state": "met",
        "policy": "Standard",
        "due_at": "2026-03-02T11:00:00Z",
        "met_at": "2026-03-02T10:05:00Z",
        "remaining": None,
    }
    assert first["credited_to"]["name"] == "Ann"
    assert first["steps"] == [
        {
            "at": "2026-03-02T10:00:00Z",
            "text": "The clock started. The policy “Standard” allows 60 minutes. "
            "The hours of the calendar “Office” count (UTC).",
            "due_at": "2026-03-02T11:00:00Z",
        },
        {"at": "2026-03-02T10:05:00Z", "text": "Ann answered.", "due_at": "2026-03-02T11:00:00Z"},
    ]
    assert (by_kind["resolution"]["state"], by_kind["resolution"]["remaining"]) == ("paused", 1060 * 60)


def test_steps_speak_the_caller_s_language(call_as: As) -> None:
    course = Course().run("mon 10:00 customer")
    answer = call_as(make_user(role=Role.SUPERVISOR, language="zh-hans")).get(path_of(course.conversation))
    with translation.override("zh-hans"):
        started = translation.gettext("The clock started.")
    assert started != "The clock started."
    assert answer.json()["results"][0]["steps"][0]["text"].startswith(started)
    assert answer["Content-Language"] == "zh-hans"


def test_the_number_of_queries_stays(call_as: As, django_assert_max_num_queries: Any) -> None:
    course = Course().run("mon 10:00 customer")
    client, path = call_as(make_user(role=Role.SUPERVISOR)), path_of(course.conversation)
    client.get(path)
    with django_assert_max_num_queries(5) as few:  # token, conversation; clocks, lines, terms
        client.get(path)
    course.run("mon 10:05 agent", "mon 10:10 customer", "mon 10:20 resolve", "mon 11:00 customer")
    with django_assert_max_num_queries(len(few)):
        assert len(client.get(path).json()["results"]) == 6


def test_what_is_not_theirs_has_no_clocks_for_them(call_as: As) -> None:
    conversation = make_conversation(make_account(team=make_team()))
    assert call_as(make_user(teams=[make_team()])).get(path_of(conversation)).status_code == 404


def test_the_nearest_deadline_comes_first(call_as: As) -> None:
    make_policy("Hour", minutes={ClockKind.FIRST_RESPONSE: 60})
    account = make_account()
    opened = []
    for minutes in (10, 0, 5, 5):
        with clock.frozen(moment("mon", "10:00") + timedelta(minutes=minutes)):
            opened.append(make_conversation(account))
    without = make_conversation(account)
    Clock.objects.filter(conversation=without).update(due_at=None)
    Conversation.objects.filter(pk=without.pk).update(next_deadline_at=None)
    client, found = call_as(make_user(role=Role.SUPERVISOR)), []
    page = client.get(LIST, {"sort": "deadline", "page_size": 2}).json()
    found += [row["id"] for row in page["results"]]
    found += [row["id"] for row in client.get(page["next"]).json()["results"]]
    late, early, tied, other = opened
    assert found == [early.pk, tied.pk, other.pk, late.pk]
    due = client.get(LIST, {"due_before": "2026-03-02T11:05:00Z"}).json()["results"]
    assert [row["id"] for row in due] == [early.pk]
    assert client.get(LIST, {"sort": "size"}).status_code == 400
    Conversation.objects.filter(pk=early.pk).update(status=Status.PENDING)
    assert early.pk not in [row["id"] for row in client.get(LIST, {"sort": "deadline"}).json()["results"]]
    pending = client.get(LIST, {"sort": "deadline", "status": "pending"}).json()["results"]
    assert [row["id"] for row in pending] == [early.pk]
