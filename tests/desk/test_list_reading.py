"""Lists as they are read from indexes hold exactly what `visible_conversations` and the filters say, in order."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import Q
from django.http import QueryDict

from csplatform.common import clock
from csplatform.conversations.models import Conversation, Priority, Status, Tag
from csplatform.conversations.selectors import visible_conversations
from csplatform.desk import reading
from csplatform.desk.filters import ANYTHING, Filters
from csplatform.desk.listing import Shelf, shelf_of
from csplatform.desk.orders import NEWEST, ORDERS, WAITING, Order
from csplatform.desk.places import FIXED, Place, View
from csplatform.desk.statement import Statement
from csplatform.gateway.models import ChannelAccount
from csplatform.people.models import Role, Team, User
from tests.factories import make_account, make_conversation, make_team, make_user

pytestmark = pytest.mark.django_db

ROWS = 160
FILTERS = (
    *("", "status=resolved&status=open", "agent=me", "agent=nobody", "agent=me&agent=nobody", "agent={other}"),
    *("team={team}", "team={foreign}", "team=none", "team={team}&agent=me", "team={foreign}&agent={other}"),
    *("account={account}", "tag={tag}", "tag={tag}&tag={rare}", "tag={rare}", "language=ja", "tier=vip"),
    *("priority=40", "priority=10&priority=20", "active=24h", "created=7d", "held=yes", "held=no"),
    *("tag={tag}&priority=30&tier=vip", "created=7d&agent=nobody&language=en", "active=2020-01-01..2020-02-01"),
)


@pytest.fixture
def company(team: Team, ana: User, account: ChannelAccount) -> dict[str, Any]:
    """Conversations of every kind, in no order."""
    dice = random.Random(7)
    foreign, other = make_team("Security"), make_user(name="Bo", teams=[team])
    accounts, tags = [account, make_account()], [Tag.objects.create(name=name) for name in ("tag", "rare")]
    first = make_conversation(account)
    vip = make_conversation(account)
    vip.contact.tier = "vip"
    vip.contact.save()
    rows = Conversation.objects.bulk_create(
        _any(dice, first, vip, accounts, [team, foreign, None], [ana, other, None, None]) for _ in range(ROWS)
    )
    tags[0].conversations.add(*dice.sample(rows, 40))
    tags[1].conversations.add(*dice.sample(rows, 2))
    Conversation.objects.filter(pk__in=[row.pk for row in dice.sample(rows, 12)]).update(held_for=first)
    merged = next(row for row in rows if row.status == Status.RESOLVED)
    Conversation.objects.filter(pk=merged.pk).update(merged_into=first)
    words = {"team": team, "foreign": foreign, "other": other, "account": accounts[1], "tag": tags[0], "rare": tags[1]}
    return {name: row.pk for name, row in words.items()}


def _any(dice: random.Random, *among: Any) -> Conversation:
    first, vip, accounts, teams, people = among
    moment = clock.now().replace(microsecond=0)
    like, status, assignee = dice.choice([first, vip]), dice.choice(Status.values), dice.choice(people)

    def some(share: float) -> Any:
        return moment - timedelta(hours=dice.randrange(400)) if dice.random() < share else None

    return Conversation(
        contact=like.contact,
        handle=like.handle,
        account=dice.choice(accounts),
        status=status,
        assignee=assignee,
        owner_kind="agent" if assignee else dice.choice(["queue", "bot"]),
        team=dice.choice(teams),
        language=dice.choice(["en", "en-GB", "ja", ""]),
        priority=dice.choice(Priority.values),
        last_message_at=moment - timedelta(hours=dice.randrange(60)),
        created_at=moment - timedelta(hours=dice.randrange(60, 400)),
        waiting_since=some(0.5),
        next_deadline_at=some(0.5),
        snoozed_until=moment if status == Status.SNOOZED else None,
        resolved_at=moment if status == Status.RESOLVED else None,
    )


def expected(user: User, place: Place) -> list[int]:
    """Return what is in a place, by the one predicate and plain sorting."""
    rows = visible_conversations(user).filter(place.condition(user), merged_into=None)
    if place.view.only:
        rows = rows.filter(place.view.only(user))

    def newest(row: Conversation) -> tuple[Any, ...]:
        assert row.last_message_at is not None
        return -row.last_message_at.timestamp(), -row.pk

    def first_by(name: str) -> Any:
        def key(row: Conversation) -> tuple[Any, ...]:
            moment = getattr(row, name)
            return (0, moment.timestamp(), row.pk) if moment else (1, *newest(row))

        return key

    keys = {
        "newest": newest,
        "oldest": lambda row: tuple(-part for part in newest(row)),
        "deadline": first_by("next_deadline_at"),
        "waiting": first_by("waiting_since"),
        "priority": lambda row: (-row.priority, *newest(row)),
    }
    return [row.pk for row in sorted(rows, key=keys[place.order.slug])]


def pages(shelf: Shelf, place: Place, size: int, tested: int = reading.TESTED) -> list[int]:
    """Return what all pages of a place show, one after the other."""
    seen: list[int] = []
    found = reading.Found([])
    for _turn in range(1000):
        found = reading.read(shelf.source(place, place.order), size, found.after, tested=tested)
        assert len(found.ids) <= size
        seen += found.ids
        if found.after is None:
            return seen
    raise AssertionError("the pages have no end")


def every_view(shelf: Shelf) -> Iterator[View]:
    yield from shelf.views
    yield View("few", "Few", "star", only=lambda user: Q(pk__in=Tag.objects.values("conversations")))


@pytest.mark.parametrize("role", [Role.AGENT, Role.SUPERVISOR])
def test_every_view_order_and_filter_shows_each_row_once_and_in_order(
    company: dict[str, Any], ana: User, role: Role
) -> None:
    ana.role = role
    ana.save()
    shelf = shelf_of(ana)
    for number, view in enumerate(every_view(shelf), start=role == Role.AGENT):
        for text in FILTERS[number % 3 :: 3]:
            filters = Filters.read(QueryDict(text.format(**company)))
            order = ORDERS[random.Random(view.slug + text).choice(sorted(ORDERS))]
            place = Place(view, order, filters)
            assert pages(shelf, place, 25) == expected(ana, place), (view.slug, order.slug, text)


@pytest.mark.parametrize("order", ORDERS.values(), ids=lambda order: order.slug)
@pytest.mark.parametrize("slug", ["mine", "unassigned", "open", "all"])
def test_every_order_of_a_view(company: dict[str, Any], ana: User, slug: str, order: Order) -> None:
    place = Place(FIXED[slug], order)
    assert pages(shelf_of(ana), place, 7) == expected(ana, place)


def test_counts_are_what_the_lists_hold(company: dict[str, Any], ana: User) -> None:
    shelf = shelf_of(ana)
    for text in FILTERS[::2]:
        filters = Filters.read(QueryDict(text.format(**company)))
        places = {view.slug: Place(view, NEWEST, filters) for view in every_view(shelf)}
        counts = reading.count({slug: shelf.source(place) for slug, place in places.items()}, {}, {})
        for slug, place in places.items():
            if slug in {"resolved", "all"}:  # not counted: what was merged away would be
                continue
            number = len(expected(ana, place))
            assert counts[slug] == reading.Count(min(number, 100), number >= 100), (slug, text)


def test_who_waits_is_counted_in_the_first_segment(company: dict[str, Any], ana: User) -> None:
    shelf = shelf_of(ana)
    counted = reading.count({"mine": shelf.source(Place(FIXED["mine"]), WAITING)}, {}, {})["mine"].number
    assert (
        counted == visible_conversations(ana).filter(assignee=ana, status="open", waiting_since__isnull=False).count()
    )


def test_a_page_ends_where_enough_was_looked_at_and_the_next_goes_on(company: dict[str, Any], ana: User) -> None:
    shelf, place = shelf_of(ana), Place(FIXED["all"], NEWEST, Filters(language=("ja",)))
    first = reading.read(shelf.source(place), 25, None, tested=1)
    assert first.looked_back_to is not None
    assert len(first.ids) < 25
    assert pages(shelf, place, 25, tested=1) == expected(ana, place)
    counted = reading.count({"all": shelf.source(place)}, {}, {}, tested=1)["all"]
    assert counted.more
    assert counted.number <= len(expected(ana, place))


@pytest.mark.parametrize("order", ORDERS.values(), ids=lambda order: order.slug)
@pytest.mark.parametrize("slug", ["mine", "unassigned", "open", "held", "all"])
def test_nothing_is_gathered_and_sorted_to_find_the_first_rows(
    company: dict[str, Any], ana: User, slug: str, order: Order
) -> None:
    """With plans that scan or sort priced out, what is left must come from an index in order."""
    place = Place(FIXED[slug], order, replace(ANYTHING, language=("ja",)) if slug == "all" else ANYTHING)
    statement = Statement(shelf_of(ana).source(place, order), 41, 800).page()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off")
        cursor.execute(f"EXPLAIN (FORMAT JSON) {statement.as_string(cursor.connection)}")
        ((plan,),) = cursor.fetchall()
    sorted_rows = [sorting for sorting in _nodes(plan[0]["Plan"]) if "Sort" in sorting["Node Type"]]
    from_table = [sorting for sorting in sorted_rows if _is_of_the_table(sorting["Plans"][0])]
    assert (slug == "held" and order is not NEWEST) or not from_table


def _is_of_the_table(node: dict[str, Any]) -> bool:
    return node.get("Relation Name") == "conversations_conversation"


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for inner in node.get("Plans", []):
        yield from _nodes(inner)
