"""Calendars and policies as an administrator edits them."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from csplatform.people.models import Role
from csplatform.sla.models import Calendar, Clock, ClockKind, Policy
from tests.factories import make_team, make_user
from tests.sla.situations import Course

pytestmark = pytest.mark.django_db

WEEK = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
NO_DAYS = {"days-TOTAL_FORMS": "0", "days-INITIAL_FORMS": "0"}
NO_TARGETS = {
    "targets-TOTAL_FORMS": "0",
    "targets-INITIAL_FORMS": "0",
    "steps-TOTAL_FORMS": "0",
    "steps-INITIAL_FORMS": "0",
}


@pytest.fixture
def desk(client: Client) -> Client:
    client.force_login(make_user(role=Role.ADMINISTRATOR))
    return client


def errors(answer: Any) -> str:
    form = answer.context["adminform"].form
    return str(dict(form.errors))


def test_a_calendar_is_written_day_by_day(desk: Client) -> None:
    form = {"name": "Tokyo", "timezone": "Asia/Tokyo", "monday": "9:00-12:00, 13:00 - 18:00", "friday": "22:00-06:00"}
    day = {
        "days-TOTAL_FORMS": "1", "days-INITIAL_FORMS": "0", "days-0-day": "2026-05-05",
        "days-0-name": "Children's Day", "days-0-hours": "",
    }  # fmt: skip
    answer = desk.post(reverse("admin:sla_calendar_add"), form | day)
    assert answer.status_code == 302
    calendar = Calendar.objects.get(name="Tokyo")
    assert calendar.weekly == [["09:00-12:00", "13:00-18:00"], [], [], [], ["22:00-06:00"], [], []]
    assert [str(day) for day in calendar.days.all()] == ["2026-05-05 Children's Day"]
    page = desk.get(reverse("admin:sla_calendar_change", args=[calendar.pk])).content.decode()
    assert 'value="09:00-12:00, 13:00-18:00"' in page
    assert 'value="22:00-06:00"' in page
    assert "09:00-12:00, 13:00-18:00" in desk.get(reverse("admin:sla_calendar_changelist")).content.decode()


@pytest.mark.parametrize(
    ("week", "said"),
    [
        ({"monday": "nine to five"}, "is no opening such as"),
        ({"monday": "09:00-12:00, 11:00-13:00"}, "overlaps another opening"),
        ({"monday": "22:00-06:00", "tuesday": "05:00-07:00"}, "overlaps another opening"),
        ({}, "Somebody must work"),
        ({"monday": "09:00-12:00", "timezone": "Mars/Olympus"}, "Select a valid choice"),
    ],
)
def test_a_calendar_that_means_nothing_is_refused(desk: Client, week: dict[str, str], said: str) -> None:
    answer = desk.post(reverse("admin:sla_calendar_add"), {"name": "Odd", "timezone": "UTC"} | week | NO_DAYS)
    assert answer.status_code == 200
    assert said in errors(answer)
    assert not Calendar.objects.exists()


def test_a_policy_is_written_with_its_targets(desk: Client) -> None:
    team, calendar = make_team(), Calendar.objects.create(name="Office")
    form = {
        "name": "Gold", "is_active": "on", "calendar": calendar.pk, "teams": [team.pk], "priorities": ["30", "40"],
        "pause_when_pending": "on", "automatic_counts": "on", "warn_at": "0.8",
        "targets-TOTAL_FORMS": "1", "targets-INITIAL_FORMS": "0", "targets-0-kind": "first_response",
        "targets-0-minutes": "30", "targets-0-in_business_hours": "on",
        "tiers": ["vip"], "languages": "ES, pt_br", "retarget_on": ["tier", "tag"],
        "steps-TOTAL_FORMS": "2", "steps-INITIAL_FORMS": "0", "steps-0-share": "0.5", "steps-0-action": "notify",
        "steps-0-team": team.pk, "steps-1-minutes": "10", "steps-1-action": "webhook",
        "steps-1-url": "https://ops.example/hook",
    }  # fmt: skip
    answer = desk.post(reverse("admin:sla_policy_add"), form)
    assert answer.status_code == 302, errors(answer)
    policy = Policy.objects.get(name="Gold")
    assert (policy.priorities, list(policy.teams.all()), policy.pause_when_snoozed) == ([30, 40], [team], False)
    assert [(target.kind, target.minutes) for target in policy.targets.all()] == [("first_response", 30)]
    assert policy.automatic_counts
    assert (policy.tiers, policy.languages, policy.retarget_on) == (["vip"], ["es", "pt-BR"], ["tier", "tag"])
    notify, webhook = policy.steps.all()
    assert (notify.share, notify.team, webhook.minutes, webhook.url) == (0.5, team, 10, "https://ops.example/hook")
    page = desk.get(reverse("admin:sla_policy_changelist")).content.decode()
    assert "First response: 30" in page
    page = desk.get(reverse("admin:sla_policy_change", args=[policy.pk])).content.decode()
    assert webhook.secret["key"] in page


def test_a_policy_that_warns_after_the_deadline_is_refused(desk: Client) -> None:
    answer = desk.post(reverse("admin:sla_policy_add"), {"name": "Odd", "warn_at": "1.5"} | NO_TARGETS)
    assert "warn_at" in errors(answer)
    assert not Policy.objects.exists()


def test_clocks_are_shown_and_explained_but_not_changed(desk: Client) -> None:
    Course().run("mon 10:00 customer", "mon 11:01 sweep")
    clock = Clock.objects.get(kind=ClockKind.FIRST_RESPONSE)
    address = reverse("admin:sla_clock_change", args=[clock.pk])
    page = desk.get(address).content.decode()
    assert "The policy “Standard” allows 60 minutes." in page
    assert "The deadline was missed." in page
    assert desk.get(reverse("admin:sla_clock_changelist")).status_code == 200
    assert desk.post(address, {"state": "cancelled"}).status_code == 403
    assert desk.get(reverse("admin:sla_clock_add")).status_code == 403
    clock.refresh_from_db()
    assert clock.state == "running"


def test_the_list_of_clocks_costs_the_same_for_one_and_for_many(
    desk: Client, django_assert_max_num_queries: Any
) -> None:
    Course().run("mon 10:00 customer", "mon 10:10 agent", "mon 10:20 customer", "mon 10:30 resolve")
    with django_assert_max_num_queries(8):
        desk.get(reverse("admin:sla_clock_changelist"))
