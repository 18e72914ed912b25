"""The list: what each view holds, paging without gaps, counts, search, and the number of queries."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from csplatform.common import clock
from csplatform.conversations.actors import Actor
from csplatform.conversations.models import Conversation, Tag
from csplatform.desk.listing import PAGE
from csplatform.desk.orders import DEADLINE, Cursor
from csplatform.flows import assign, details, status
from csplatform.gateway.models import ChannelAccount
from csplatform.people.models import Role, Team, User
from csplatform.search.services import catch_up
from tests.desk.conftest import HTMX, LogIn, partial_for, rows_in, text_of
from tests.factories import MONDAY, make_account, make_conversation, make_team, make_user, say

pytestmark = pytest.mark.django_db

# Session, user, teams, saved views, counts, the rows' ids, rows, tags: docs/performance.md names this number. A search
# finds in two, and one more says where.
QUERIES, SEARCHING = 8, 3


def make_rows(account: ChannelAccount, agent: User, number: int) -> None:
    """Fill the list with rows that show everything a row can show."""
    tags = [Tag.objects.get_or_create(name=name)[0] for name in ("refund", "vip", "france")]
    first = make_conversation(account)
    rows = [first, *Conversation.objects.bulk_create(_copy(first) for _ in range(number - 1))]
    Conversation.objects.filter(pk__in=[row.pk for row in rows]).update(
        owner_kind="agent", assignee=agent, priority=40, next_deadline_at=MONDAY, waiting_since=MONDAY
    )
    for tag in tags:
        tag.conversations.add(*rows)


@pytest.mark.parametrize("path", ["/inbox/open/", "/inbox/mine/", "/inbox/open/?sort=deadline", "/inbox/?q=person"])
def test_the_list_takes_eight_queries_for_three_rows_and_for_sixty(
    desk: Client, account: ChannelAccount, ana: User, path: str
) -> None:
    counted = []
    for number in (3, 57):
        make_rows(account, ana, number)
        catch_up()
        with CaptureQueriesContext(
            connection,
        ) as queries:
            response = desk.get(path, {"rows": "60"} if "?" not in path else None, headers=HTMX)
        counted.append(len(queries))
        assert len(rows_in(response)) == min(Conversation.objects.count(), PAGE if "?" in path else 60)
    assert counted == [QUERIES + SEARCHING * ("q=" in path)] * 2


@pytest.fixture
def one_of_each(account: ChannelAccount, ana: User) -> dict[str, int]:
    """One conversation in each state, and one of nobody's team."""
    by = Actor.agent(ana)
    made = {name: make_conversation(account).pk for name in ("queue", "mine", "pending", "snoozed", "resolved", "spam")}
    made["loose"] = make_conversation(make_account()).pk
    assign.assign(made["mine"], to=ana, by=by)
    status.set_pending(made["pending"], by=by)
    status.snooze(made["snoozed"], until=clock.now() + timedelta(days=1), by=by)
    status.resolve(made["resolved"], by=by)
    status.mark_spam(made["spam"], by=by)
    return made


@pytest.mark.parametrize(
    ("view", "names"),
    [
        ("mine", ["mine"]),
        ("unassigned", ["loose", "queue"]),
        ("open", ["loose", "mine", "queue"]),
        ("team-{team}", ["mine", "queue"]),
        ("pending", ["pending"]),
        ("snoozed", ["snoozed"]),
        ("resolved", ["resolved"]),
        ("spam", ["spam"]),
    ],
)
def test_what_each_view_holds(
    desk: Client, one_of_each: dict[str, int], team: Team, view: str, names: list[str]
) -> None:
    response = desk.get(f"/inbox/{view.format(team=team.pk)}/")
    assert rows_in(response) == [one_of_each[name] for name in names]


def test_counts_stand_beside_the_views(desk: Client, one_of_each: dict[str, int], team: Team) -> None:
    views = partial_for(desk.get("/inbox/", headers=HTMX), "#views")
    shown = {slug: _count(views, slug) for slug in ("mine", "unassigned", "open", f"team-{team.pk}", "pending", "spam")}
    assert shown == {
        "mine": "1",
        "unassigned": "2",
        "open": "3",
        f"team-{team.pk}": "2",
        "pending": "1",
        "spam": "",
    }


def _count(views: str, slug: str) -> str:
    entry = views.split(f'id="view-{slug}"')[1].split("</li>")[0]
    return entry.split('class="count">')[1].split("<")[0] if "count" in entry else ""


def test_a_count_stops_at_a_hundred(desk: Client, account: ChannelAccount) -> None:
    first = make_conversation(account)
    copies = [_copy(first) for _ in range(150)]
    Conversation.objects.bulk_create(copies)
    with CaptureQueriesContext(connection) as queries:
        views = partial_for(desk.get("/inbox/", headers=HTMX), "#views")
    assert _count(views, "open") == "99+"
    (counting,) = (query["sql"] for query in queries if "tally" in query["sql"])
    stretches = counting.split("FROM conversations_conversation WHERE")[1:]
    assert stretches
    assert all("LIMIT" in stretch for stretch in stretches)


def _copy(row: Conversation) -> Conversation:
    return Conversation(
        contact=row.contact, account=row.account, handle=row.handle, team=row.team, last_message_at=row.last_message_at
    )


@pytest.mark.parametrize("sort", ["newest", "deadline"])
def test_paging_shows_every_row_once_and_in_order(desk: Client, account: ChannelAccount, sort: str) -> None:
    first = make_conversation(account)
    rows = Conversation.objects.bulk_create(_copy(first) for _ in range(2 * PAGE + 5))
    for place, row in enumerate(rows):
        row.last_message_at = None if place % 11 == 0 else MONDAY + timedelta(minutes=place // 3)
        row.next_deadline_at = None if place % 2 else MONDAY + timedelta(hours=place // 7)
    Conversation.objects.bulk_update(rows, ["last_message_at", "next_deadline_at"])
    whole = rows_in(desk.get("/inbox/", {"sort": sort, "rows": "200"}, headers=HTMX))
    assert sorted(whole) == sorted(Conversation.objects.values_list("pk", flat=True))

    seen: list[int] = []
    response: Any = desk.get("/inbox/", {"sort": sort}, headers=HTMX)
    while True:
        seen += rows_in(response)
        if "row-more" not in text_of(response):
            break
        after = text_of(response).split('id="row-more"')[1].split('hx-get="')[1].split('"')[0].replace("&amp;", "&")
        response = desk.get(after, headers=HTMX)
        assert 'id="list-head"' not in text_of(response)
    assert seen == whole


def test_the_nearest_deadline_comes_first_and_none_last(desk: Client, account: ChannelAccount) -> None:
    late, none, soon = (make_conversation(account).pk for _ in range(3))
    Conversation.objects.filter(pk=late).update(next_deadline_at=MONDAY + timedelta(days=9))
    Conversation.objects.filter(pk=none).update(next_deadline_at=None)
    Conversation.objects.filter(pk=soon).update(next_deadline_at=MONDAY)
    assert rows_in(desk.get("/inbox/?sort=deadline")) == [soon, late, none]


@pytest.mark.parametrize(
    "text",
    ["", "x", "~~", "0~~x", "0~2026-01-01T00:00:00~5", "0~yesterday~5", "1~~" + "9" * 30, "0~~²", "2~~5", "²~~5"],
)
def test_a_cursor_that_is_none_is_ignored(text: str) -> None:
    assert Cursor.read(text, DEADLINE) is None


def test_a_bad_cursor_shows_the_first_page(desk: Client, account: ChannelAccount) -> None:
    row = make_conversation(account)
    assert rows_in(desk.get("/inbox/?after=nonsense&rows=many", headers=HTMX)) == [row.pk]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("小明", ["ming"]),
        ("MING@EXAMPLE", ["ming"]),
        ("退款", ["ming"]),
        ("broken kettle", ["kettle"]),
        ("kettle", ["kettle"]),
        ("#{kettle}", ["kettle"]),
        ("#0", []),
        ("#abc", []),
        ("nobody says this", []),
        ("%", []),
        ("\x00", ["kettle", "ming"]),
    ],
)
def test_search(desk: Client, account: ChannelAccount, query: str, found: list[str]) -> None:
    made = {
        "ming": say(account, "我想退款", sender="ming@example.cn", name="王小明").conversation_id,
        "kettle": say(account, "Hello", sender="kim", subject="My broken kettle").conversation_id,
    }
    status.resolve(made["kettle"], by=Actor.agent(User.objects.get()))
    catch_up()
    wanted = [made[name] for name in found if query != "\x00" or name == "ming"]
    assert rows_in(desk.get("/inbox/", {"q": query.format(**made)})) == wanted


def test_a_row_says_what_matters(desk: Client, account: ChannelAccount, ana: User) -> None:
    row = say(account, "我的订单还没有到", sender="u1", name="王小明").conversation
    details.set_priority(row.pk, 40, Actor.agent(ana))
    details.add_tag(row.pk, "物流", Actor.agent(ana))
    assign.assign(row.pk, to=ana, by=Actor.agent(ana))
    Conversation.objects.filter(pk=row.pk).update(next_deadline_at=clock.now() - timedelta(minutes=5))
    shown = text_of(desk.get("/inbox/")).split(f'id="row-{row.pk}"')[1].split("</li>")[0]
    for part in (
        "王小明",
        "小明",
        "我的订单还没有到",
        "Urgent",
        "物流",
        "Assigned to Ana Torres",
        "Overdue:",
        "Waits",
    ):
        assert part in shown


def test_nobody_waits_in_what_is_resolved(desk: Client, account: ChannelAccount, ana: User) -> None:
    row = make_conversation(account)
    assert "waiting" in text_of(desk.get("/inbox/")).split(f'id="row-{row.pk}"')[0].split("<li")[-1]
    status.resolve(row.pk, by=Actor.agent(ana))
    assert "waiting" not in text_of(desk.get("/inbox/resolved/")).split(f'id="row-{row.pk}"')[0].split("<li")[-1]


def test_names_cannot_smuggle_markup(desk: Client, account: ChannelAccount) -> None:
    say(account, "<script>alert(1)</script>", sender="x", name="<b>Bob</b>")
    page = text_of(desk.get("/inbox/"))
    assert "<script>alert" not in page
    assert "<b>Bob" not in page


def test_views_that_do_not_exist_for_the_agent(desk: Client) -> None:
    foreign = make_team("Security")
    for view in ("nonsense", f"team-{foreign.pk}", "team-"):
        assert desk.get(f"/inbox/{view}/").status_code == 404


def test_a_supervisor_gets_every_team(log_in: LogIn, db: None) -> None:
    teams = [make_team(name) for name in ("Security", "Shop")]
    page = text_of(log_in(make_user(role=Role.SUPERVISOR)).get("/inbox/"))
    assert all(f'id="view-team-{team.pk}"' in page for team in teams)


def test_a_page_without_htmx_is_whole_and_a_fragment_is_not(desk: Client) -> None:
    assert "<html" in text_of(desk.get("/inbox/"))
    fragment = text_of(desk.get("/inbox/", headers=HTMX))
    assert "<html" not in fragment
    assert 'id="rows"' in fragment
    restored = desk.get("/inbox/", headers=HTMX | {"HX-History-Restore-Request": "true"})
    assert "<html" in text_of(restored)


def test_some_rows_are_asked_for_and_those_that_left_or_are_gone_are_named(
    desk: Client, account: ChannelAccount, ana: User
) -> None:
    make_rows(account, ana, 3)
    here, left, gone = Conversation.objects.order_by("pk")
    status.resolve(left.pk, by=Actor.agent(ana))
    Conversation.objects.filter(pk=gone.pk).update(team=make_team(), assignee=None, owner_kind="queue")
    response = desk.get(f"/inbox/open/?ids={here.pk}.{left.pk}.{gone.pk}.x.999999&counts=1", headers=HTMX)
    assert rows_in(response) == [here.pk]
    assert f'data-left="{left.pk}" data-gone="{gone.pk} 999999"' in text_of(response)
    assert _count(partial_for(response, "#views"), "open") == "1"


@pytest.mark.parametrize("order", ["newest", "oldest", "deadline", "waiting", "priority"])
def test_rows_say_where_they_stand(desk: Client, account: ChannelAccount, ana: User, order: str) -> None:
    make_rows(account, ana, 6)
    for number, row in enumerate(Conversation.objects.order_by("pk")):
        facts = {"priority": 10 + 10 * (number % 3), "waiting_since": None if number % 2 else MONDAY}
        Conversation.objects.filter(pk=row.pk).update(next_deadline_at=MONDAY if number > 3 else None, **facts)
    Conversation.objects.filter(pk=row.pk).update(last_message_at=None)
    page = desk.get(f"/inbox/open/?sort={order}")
    places = [tuple(map(int, at.split())) for at in re.findall(r'data-at="([^"]+)"', text_of(page))]
    assert len(places) == 6
    assert places == sorted(places)
    one = rows_in(page)[3]
    some = text_of(desk.get(f"/inbox/open/?sort={order}&ids={one}", headers=HTMX))
    assert [tuple(map(int, at.split())) for at in re.findall(r'data-at="([^"]+)"', some)] == places[3:4]


def test_one_row_costs_no_more_queries_and_its_counts_only_where_asked_for(
    desk: Client, account: ChannelAccount, ana: User
) -> None:
    make_rows(account, ana, 3)
    row = Conversation.objects.first()
    assert row is not None
    for more, number in (("&counts=1", QUERIES), ("", QUERIES - 1)):
        with CaptureQueriesContext(connection) as queries:
            assert rows_in(desk.get(f"/inbox/open/?ids={row.pk}{more}", headers=HTMX)) == [row.pk]
        assert len(queries) == number
