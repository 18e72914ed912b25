"""The list of conversations and the counts beside its views, in a number of queries that never grows.

The list fragment takes eight queries however many rows and views there are: session, user, teams, saved views, counts,
the rows' ids, the rows, and their tags.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.http import QueryDict
from psycopg.sql import Composable

from csplatform.conversations.models import Conversation, Status
from csplatform.conversations.selectors import has_draft, visible_conversations
from csplatform.desk import reading
from csplatform.desk.branches import Branch, Division, divide
from csplatform.desk.filters import filed_under
from csplatform.desk.orders import NEWEST, WAITING, Cursor, Order
from csplatform.desk.places import ASIDE, FIXED, QUARANTINE, WORK, Place, View, saved_view, team_view, teams_of
from csplatform.desk.reading import COUNTED, Count
from csplatform.desk.saved import MOST_SHOWN, saved_views
from csplatform.desk.statement import Source, where
from csplatform.gateway.models import DeliveryState, InboundDelivery
from csplatform.notifications.selectors import unseen
from csplatform.people.models import User
from csplatform.search.selectors import matching

PAGE = 40
MOST_ROWS = 200
_NEWS = "news"
_HEAVY = ("account__credentials", "account__settings", "account__cursor")


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of the list, and where each stands in its order; `after` leads to the next page and is empty on the last.

    `looked_back_to` is set where filters let so little through that the page ended before it was full.
    """

    rows: list[Conversation]
    places: Mapping[int, str]
    after: str = ""
    looked_back_to: datetime | None = None


@dataclass(frozen=True, slots=True)
class Changed(Page):
    """Some conversations as a list shows them now. `left` are no longer in it, `gone` are none of the agent's."""

    left: tuple[int, ...] = ()
    gone: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """A view as the navigation shows it; `count` is capped."""

    view: View
    count: Count


@dataclass(frozen=True, slots=True)
class Navigation:
    """The views with their counts. `waiting` counts customers who wait for this agent, or for anybody.

    `news` counts what the agent was notified of and has not seen.
    """

    work: list[Entry]
    teams: list[Entry]
    saved: list[Entry]
    aside: list[Entry]
    waiting: int
    news: Count


@dataclass(frozen=True, slots=True)
class Shelf:
    """The views that an agent has, and the teams whose conversations they see."""

    user: User
    visible: Composable
    team_ids: tuple[int, ...]
    teams: tuple[View, ...]
    saved: tuple[View, ...]

    @property
    def views(self) -> Iterable[View]:
        """Every view, in the order of the navigation."""
        return (*WORK, *self.teams, *self.saved, *ASIDE)

    def source(self, place: Place, order: Order = NEWEST) -> Source:
        """Return what the list of a place is read from."""
        filters = place.narrowed_by()
        narrow, surely_few = _narrow(self.user, place)
        return Source(
            visible=self.visible,
            condition=place.condition(self.user),
            division=divide(self.user, self.team_ids, filters),
            order=order,
            narrow=narrow,
            surely_few=surely_few,
        )

    def by_team(self) -> dict[str, Source]:
        """Return what the views of teams are counted from: all of them at once."""
        keys = tuple((pk, Status.OPEN.value) for pk in self.team_ids)
        division = Division((Branch(("team_id", "status"), keys),), ())
        return {"team-": Source(self.visible, Q(), division)} if keys else {}


def shelf_of(user: User) -> Shelf:
    """Return the views of an agent, in two queries."""
    teams = teams_of(user)
    saved = tuple(saved_view(saved) for saved in saved_views(user)[:MOST_SHOWN])
    # A conversation that was merged away is a signpost: nobody works at it.
    visible = where(visible_conversations(user).filter(merged_into__isnull=True))
    return Shelf(user, visible, tuple(team.pk for team in teams), tuple(team_view(team) for team in teams), saved)


def read_page(shelf: Shelf, place: Place, query: QueryDict) -> Page:
    """Return a page: the rows after `?after=`, else the first `?rows=` (an open list asks for as many as it shows)."""
    cursor = Cursor.read(query.get("after", ""), place.order)
    wanted = query.get("rows", "")
    size = PAGE if cursor or not wanted.isdecimal() else min(max(int(wanted[:6]), PAGE), MOST_ROWS)
    found = reading.read(shelf.source(place, place.order), size, cursor)
    return Page(_rows(shelf, found), _places(place, found), str(found.after or ""), found.looked_back_to)


def read_rows(shelf: Shelf, place: Place, numbers: Collection[int]) -> Changed:
    """Return those conversations as a place that is no search shows them, wherever in it they stand."""
    narrow = Conversation.objects.filter(pk__in=numbers).values("pk")
    source = replace(shelf.source(place, place.order), narrow=narrow, surely_few=True)
    found = reading.read(source, len(numbers), None)
    missing = set(numbers) - set(found.ids)
    seen: set[int] = set()
    if missing:
        seen = set(visible_conversations(shelf.user).filter(pk__in=missing).values_list("pk", flat=True))
    left, gone = tuple(sorted(seen)), tuple(sorted(missing - seen))
    return Changed(_rows(shelf, found), _places(place, found), left=left, gone=gone)


def _places(place: Place, found: reading.Found) -> dict[int, str]:
    return {row.id: place.order.place_of(row) for row in found.rows}


def _rows(shelf: Shelf, found: reading.Found) -> list[Conversation]:
    rows = visible_conversations(shelf.user).filter(pk__in=found.ids)
    rows = rows.select_related("contact", "handle", "account", "assignee", "team").defer(*_HEAVY).order_by()
    rows = rows.annotate(has_draft=has_draft(shelf.user))
    by_id = {row.pk: row for row in rows.prefetch_related("tags")}
    return [by_id[pk] for pk in found.ids if pk in by_id]


def navigation(shelf: Shelf) -> Navigation:
    """Count every view in one query; none is counted past a hundred."""
    sources = {view.slug: shelf.source(Place(view)) for view in (*WORK, *shelf.saved, *ASIDE) if view.counted}
    for slug in ("mine", "unassigned"):
        sources[f"waiting {slug}"] = shelf.source(Place(FIXED[slug]), WAITING)
    others: dict[str, QuerySet[Any]] = {_NEWS: unseen(shelf.user).values("pk")}
    if shelf.user.sees_everything:
        quarantined = InboundDelivery.objects.filter(state=DeliveryState.QUARANTINED)
        others[QUARANTINE.slug] = quarantined.values("pk")
    counts = reading.count(sources, shelf.by_team(), others)

    def entries(views: Iterable[View]) -> list[Entry]:
        return [Entry(view, counts.get(view.slug, Count())) for view in views]

    aside = (*ASIDE, QUARANTINE) if shelf.user.sees_everything else ASIDE
    waiting = min(counts["waiting mine"].number + counts["waiting unassigned"].number, COUNTED)
    return Navigation(
        work=entries(WORK),
        teams=entries(shelf.teams),
        saved=entries(shelf.saved),
        aside=entries(aside),
        waiting=waiting,
        news=counts[_NEWS],
    )


def _narrow(user: User, place: Place) -> tuple[QuerySet[Any] | None, bool]:
    """Return a set outside of which nothing is in a place, where it has one, and whether it is few for sure."""
    if place.query:
        return matching(visible_conversations(user).filter(place.condition(user)), place.query).values("pk"), True
    if place.view.only:
        return Conversation.objects.filter(place.view.only(user)).values("pk"), False
    for one in place.narrowed_by():
        if one.tag:
            return filed_under(one.tag).values("conversation_id"), False
        if one.account:
            return Conversation.objects.filter(account__in=map(int, one.account)).values("pk"), False
    return None, False
