"""The report as a page and as CSV."""

import csv
import io
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from csplatform.common import clock
from csplatform.conversations.actors import Actor
from csplatform.flows import status
from csplatform.flows.reply import reply
from csplatform.people.models import Role, User
from tests.factories import make_account, make_team, make_user, say
from tests.people.test_admin_pages import logged_in

pytestmark = pytest.mark.django_db
PAGE = "/admin/performance/"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def boss() -> User:
    return make_user(role=Role.SUPERVISOR)


def get(user: User, path: str = PAGE, **query: Any) -> Any:
    with clock.frozen(NOON):
        return logged_in(user).get(path, query)


def test_agents_are_refused_and_strangers_sent_to_the_login(client: Any) -> None:
    assert get(make_user()).status_code == 403
    assert get(make_user(), f"{PAGE}agents.csv").status_code == 403
    answer = client.get(PAGE)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.ADMINISTRATOR])
def test_the_admin_opens_with_the_report(role: Role) -> None:
    assert get(make_user(role=role), "/admin/").headers["Location"] == PAGE
    assert get(make_user(role=role)).status_code == 200


def test_an_empty_report_says_so(boss: User) -> None:
    page = get(boss).content.decode()
    assert "Nothing happened in this period" in page
    assert "No work in this period." in page


@pytest.mark.parametrize(
    ("query", "first", "last"),
    [
        ({}, "2026-02-01", "2026-03-02"),
        ({"period": "1"}, "2026-03-02", "2026-03-02"),
        ({"period": "7"}, "2026-02-24", "2026-03-02"),
        ({"period": "90"}, "2025-12-03", "2026-03-02"),
        ({"period": "custom", "first": "2026-01-05", "last": "2026-01-20"}, "2026-01-05", "2026-01-20"),
    ],
)
def test_periods(boss: User, query: dict[str, str], first: str, last: str) -> None:
    period = get(boss, **query).context["scope"].period
    assert (str(period.first), str(period.last)) == (first, last)


@pytest.mark.parametrize(
    "query",
    [
        {"period": "custom"},
        {"period": "custom", "first": "2026-02-02", "last": "2026-02-01"},
        {"period": "custom", "first": "2024-01-01", "last": "2026-01-01"},
        {"period": "custom", "first": "yesterday", "last": "2026-01-01"},
        {"period": "13"},
        {"team": "999999"},
        {"agent": "x' OR 1=1"},
    ],
)
def test_what_makes_no_sense_is_said_and_the_usual_shown(boss: User, query: dict[str, str]) -> None:
    answer = get(boss, **query)
    assert answer.status_code == 200
    assert 'role="alert"' in answer.content.decode()
    assert answer.context["scope"].period.days == 30


def test_days_are_those_of_the_viewer() -> None:
    viewer = make_user(role=Role.SUPERVISOR, timezone="Pacific/Auckland")
    assert str(get(viewer, period="1").context["scope"].period.first) == "2026-03-03"


def test_every_language_opens_and_draws_with_points() -> None:
    with clock.frozen(NOON):
        say(make_account(name="Mail"))
    for language in ("en", "zh-hans", "es", "ja", "ar"):
        page = get(make_user(role=Role.SUPERVISOR, language=language)).content.decode()
        assert 'x="29.15"' in page, language


def test_csv_has_the_figures(boss: User) -> None:
    team, agent = make_team("Shop"), make_user(name="=Ana")
    with clock.frozen(NOON.replace(hour=9)):
        conversation = say(make_account(team=team)).conversation
    with clock.frozen(NOON.replace(hour=10)):
        reply(conversation.pk, by=agent, text="Hi", key=uuid4())
        status.resolve(conversation.pk, by=Actor.agent(agent))
    answer = get(boss, f"{PAGE}agents.csv", period="7", team=str(team.pk))
    assert answer.headers["Content-Disposition"] == 'attachment; filename="agents-20260224-20260302.csv"'
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    # A name that a spreadsheet would run is made harmless.
    assert rows[1:] == [["'=Ana", "1", "1", "60.0", "60.0", "1", "60.0", "60.0", ""]]
    for table in ("conversations", "messages", "teams", "hours"):
        assert get(boss, f"{PAGE}{table}.csv").status_code == 200
    assert get(boss, f"{PAGE}salaries.csv").status_code == 404
