"""The list of conversations and the counts beside its views, in a number of queries that never grows.

The list fragment takes six queries however many rows and views there are: session, user, teams, counts, rows and
their tags.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from django.db.models import F, IntegerField, Q, QuerySet, Subquery
from django.http import QueryDict

from csplatform.conversations.models import Conversation
from csplatform.conversations.selectors import has_draft, visible_conversations
from csplatform.desk.places import ASIDE, DEADLINE, FIXED, QUARANTINE, WORK, Place, View, team_view
from csplatform.gateway.models import DeliveryState, InboundDelivery
from csplatform.notifications.selectors import unseen
from csplatform.people.models import Team, User

PAGE = 40
MOST_ROWS = 200
COUNTED = 100
_HEAVY = ("account__credentials", "account__settings", "account__cursor")


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last row of a page: its moment in the list's order (None where it has none) and its id."""

    moment: datetime | None
    id: int

    def __str__(self) -> str:
        return f"{self.moment.isoformat() if self.moment else ''}~{self.id}"

    @classmethod
    def read(cls, text: str) -> "Cursor | None":
        """Read what `str` wrote; None for anything else."""
        moment, _, number = text.partition("~")
        if not (number.isascii() and number.isdigit()) or len(number) > 18:
            return None
        try:
            parsed = datetime.fromisoformat(moment) if moment else None
        except ValueError:
            return None
        return None if parsed and parsed.tzinfo is None else cls(parsed, int(number))


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of the list; `after` leads to the next page and is empty on the last."""

    rows: list[Conversation]
    after: str


@dataclass(frozen=True, slots=True)
class Count:
    """A capped count."""

    count: int

    @property
    def label(self) -> str:
        """The count as it is shown: nothing for none, "99+" from a hundred on."""
        if not self.count:
            return ""
        return str(self.count) if self.count < COUNTED else f"{COUNTED - 1}+"


@dataclass(frozen=True, slots=True)
class Entry(Count):
    """A view as the navigation shows it."""

    view: View


@dataclass(frozen=True, slots=True)
class Navigation:
    """The views with their counts. `waiting` counts customers who wait for this agent, or for anybody.

    `news` counts what the agent was notified of and has not seen.
    """

    work: list[Entry]
    teams: list[Entry]
    aside: list[Entry]
    waiting: int
    news: Count


class _CappedCount(Subquery):
    template = "(SELECT COUNT(*) FROM (%(subquery)s) capped)"
    output_field = IntegerField()


def read_page(user: User, place: Place, query: QueryDict) -> Page:
    """Return a page: the rows after `?after=`, else the first `?rows=` (an open list asks for as many as it shows)."""
    cursor = Cursor.read(query.get("after", ""))
    wanted = query.get("rows", "")
    size = PAGE if cursor or not wanted.isdecimal() else min(max(int(wanted[:6]), PAGE), MOST_ROWS)
    rows = _ordered(place.conversations(user), place.sort, cursor)
    rows = rows.select_related("contact", "handle", "account", "assignee", "team").defer(*_HEAVY)
    rows = rows.annotate(has_draft=has_draft(user))
    found: list[Conversation] = list(rows.prefetch_related("tags")[: size + 1])
    more = len(found) > size
    found = found[:size]
    return Page(found, str(_cursor_of(found[-1], place.sort)) if more else "")


def navigation(user: User, teams: list[Team]) -> Navigation:
    """Count every view in one query; none is counted past a hundred."""
    team_views = [team_view(team) for team in teams]
    counted: dict[str, Any] = {}
    for view in (*FIXED.values(), *team_views):
        if view.slug not in {"resolved", "spam"}:
            counted[_column(view)] = _capped(user, view.condition(user))
    mine, unassigned = FIXED["mine"].condition(user), FIXED["unassigned"].condition(user)
    counted["waiting"] = _capped(user, (mine | unassigned) & Q(waiting_since__isnull=False))
    counted["news"] = _CappedCount(unseen(user).order_by().values("pk")[:COUNTED])
    if user.sees_everything:
        quarantined = InboundDelivery.objects.filter(state=DeliveryState.QUARANTINED)
        counted[_column(QUARANTINE)] = _CappedCount(quarantined.order_by().values("pk")[:COUNTED])
    counts = cast("dict[str, int]", User.objects.filter(pk=user.pk).values(**counted).get())

    aside = (*ASIDE, QUARANTINE) if user.sees_everything else ASIDE

    def entries(views: Any) -> list[Entry]:
        return [Entry(counts.get(_column(view), 0), view) for view in views]

    return Navigation(entries(WORK), entries(team_views), entries(aside), counts["waiting"], Count(counts["news"]))


def _column(view: View) -> str:
    return "count_" + view.slug.replace("-", "_")


def _capped(user: User, condition: Q) -> _CappedCount:
    return _CappedCount(visible_conversations(user).filter(condition).order_by().values("pk")[:COUNTED])


def _ordered(rows: QuerySet[Conversation], sort: str, cursor: Cursor | None) -> QuerySet[Conversation]:
    """Newest first, or the nearest deadline first and those without one last, oldest first."""
    if sort == DEADLINE:
        rows = rows.order_by(F("next_deadline_at").asc(nulls_last=True), "id")
    else:
        rows = rows.order_by(F("last_message_at").desc(nulls_first=True), "-id")
    if cursor is None:
        return rows
    return rows.filter(_past_deadline(cursor) if sort == DEADLINE else _older(cursor))


def _older(cursor: Cursor) -> Q:
    if cursor.moment is None:
        return Q(last_message_at__isnull=True, id__lt=cursor.id) | Q(last_message_at__isnull=False)
    return Q(last_message_at__lt=cursor.moment) | Q(last_message_at=cursor.moment, id__lt=cursor.id)


def _past_deadline(cursor: Cursor) -> Q:
    if cursor.moment is None:
        return Q(next_deadline_at__isnull=True, id__gt=cursor.id)
    later = Q(next_deadline_at__gt=cursor.moment) | Q(next_deadline_at=cursor.moment, id__gt=cursor.id)
    return later | Q(next_deadline_at__isnull=True)


def _cursor_of(row: Conversation, sort: str) -> Cursor:
    return Cursor(row.next_deadline_at if sort == DEADLINE else row.last_message_at, row.pk)
