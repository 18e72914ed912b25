"""Why is this due then? What the desk says of a conversation's clocks."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from csplatform.common import clock
from csplatform.desk.deadlines import deadlines, lasting
from csplatform.people.models import User
from csplatform.sla.models import Clock
from tests.desk.conftest import HTMX, LogIn, text_of
from tests.sla.situations import Course, moment

pytestmark = pytest.mark.django_db


def panel(desk: Client, course: Course, **headers: str) -> str:
    return text_of(desk.get(f"/inbox/c/{course.conversation.pk}/deadlines/", headers=headers))


@pytest.fixture
def course() -> Course:
    return Course().run("mon 10:00 customer", "mon 10:05 agent", "mon 10:20 customer")


@pytest.fixture
def ann(course: Course, log_in: LogIn) -> Client:
    course.ann.role = "supervisor"
    course.ann.save()
    return log_in(course.ann)


def test_every_clock_opens_to_its_story(course: Course, ann: Client) -> None:
    with clock.frozen(moment("mon", "10:30")):
        page = panel(ann, course, **HTMX)
    kinds = re.findall(r'owed-kind">([^<]+)<', page)
    assert kinds == ["Next response", "Resolution", "First response", "Time in queue"]
    assert page.count(" open>") == 1
    assert page.count("data-deadline=") == 2
    assert re.findall(r'class="chip (in-time|late|paused)', page) == ["in-time", "in-time"]
    for told in (
        "The policy “Standard” allows 120 minutes. The hours of the calendar “Office” count (UTC).",
        "Ann answered.",
        "Ann got the conversation.",
    ):
        assert told in page
    assert "<html" not in page


def test_a_page_without_scripts_has_it_all(course: Course, ann: Client) -> None:
    page = panel(ann, course)
    assert "<html" in page
    assert "Ann answered." in page
    assert "data-close-dialog" not in page


def test_it_is_told_in_the_reader_s_language(course: Course, ann: Client) -> None:
    course.ann.language = "ja"
    course.ann.save()
    with translation.override("ja"):
        title = str(Clock._meta.get_field("kind").flatchoices[0][1])
    assert title != "First response"
    assert title in panel(ann, course, **HTMX)


def test_the_deadline_leads_there(course: Course, ann: Client) -> None:
    path = f"/inbox/c/{course.conversation.pk}/"
    page = text_of(ann.get(path, headers=HTMX))
    assert f'class="deadline-link" href="{path}deadlines/" hx-get="{path}deadlines/" hx-target="#dialog-body"' in page
    course.run("mon 10:40 pending")
    assert "deadline-link" not in text_of(ann.get(path, headers=HTMX))
    assert f'href="{path}deadlines/"' in text_of(ann.get(f"{path}menu/more/", headers=HTMX))


def test_what_became_of_a_clock_is_said_in_a_word(course: Course) -> None:
    def said() -> dict[str, tuple[str, str]]:
        return {owed.clock.kind: (owed.outcome, owed.tone) for owed in deadlines(course.conversation)}

    course.run("mon 10:40 pending")
    assert said()["next_response"] == ("Paused, 1 hr 40 min left", "paused")
    assert said()["resolution"] == ("Paused, 17 hr 20 min left", "paused")
    course.run("mon 11:00 reopen", "mon 17:00 agent", "mon 17:10 customer", "mon 17:20 resolve")
    assert said()["resolution"] == ("Met in time", "in-time")
    assert said()["queue"] == ("Done", "in-time")
    newest = deadlines(course.conversation)
    assert [(owed.clock.kind, owed.outcome) for owed in newest[:3]] == [
        ("next_response", "Not counted any more"),
        ("resolution", "Met in time"),
        ("next_response", "Met late"),
    ]


def test_a_deadline_is_shown_where_it_moved(course: Course) -> None:
    course.run("mon 10:40 pending", "mon 11:00 reopen", "mon 11:30 sweep")
    [late] = [owed for owed in deadlines(course.conversation) if owed.clock.kind == "next_response"]
    assert [reason.moved for reason in late.reasons] == [True, True, True]
    assert [reason.step.due_at for reason in late.reasons] == [moment("mon", "12:20"), None, moment("mon", "12:40")]


def test_the_number_of_queries_stays(course: Course, ann: Client, django_assert_num_queries: Any) -> None:
    path = f"/inbox/c/{course.conversation.pk}/deadlines/"
    ann.get(path)
    with django_assert_num_queries(6):  # session, person, conversation; clocks, lines, terms
        ann.get(path, headers=HTMX)
    course.run("mon 10:40 resolve", "mon 11:00 customer", "mon 11:10 agent", "mon 12:00 customer")
    with django_assert_num_queries(6):
        ann.get(path, headers=HTMX)


def test_how_long_something_lasts_is_said_short(ana: User) -> None:
    assert [lasting(timedelta(minutes=minutes)) for minutes in (0, 59, 6000)] == ["0 min", "59 min", "100 hr 0 min"]
    with translation.override("zh-hans"):
        assert lasting(timedelta(minutes=61)) == "1小时 1分钟"
