"""The indexes that lists of conversations are read from: each order within each way to divide them.

A list takes its first rows from the end of an index and stops, however many there are behind them. That holds only
where everything that divides comes before what sorts; so every order has an index for each division.
"""

from collections.abc import Iterator
from itertools import product

from django.db import models
from django.db.models import F, Q
from django.db.models.expressions import Combinable

_DIVISIONS: dict[str, tuple[tuple[str, ...], Q]] = {
    "status": (("status",), Q()),
    "team": (("team", "status"), Q()),
    "assignee": (("assignee", "status"), Q(assignee__isnull=False)),
    "queue": (("team", "status"), Q(owner_kind="queue")),
}
_NEWEST = (F("last_message_at").desc(), F("id").desc())
_ORDERS: dict[str, tuple[tuple[str | Combinable, ...], Q]] = {
    "newest": (_NEWEST, Q()),
    "priority": (("priority", *_NEWEST), Q()),
    "deadline": (("next_deadline_at", "id"), Q(next_deadline_at__isnull=False)),
    "waiting": (("waiting_since", "id"), Q(waiting_since__isnull=False)),
}


def list_indexes() -> Iterator[models.Index]:
    """Make an index for each order within each division, and one for held mail."""
    for (order, (sorting, some)), (division, (dividing, few)) in product(_ORDERS.items(), _DIVISIONS.items()):
        columns = [F(column) if isinstance(column, str) else column for column in (*dividing, *sorting)]
        yield models.Index(*columns, name=f"conversation_{order}_{division}", condition=some & few or None)
    # Few are held at any time, and can be sorted for the other orders; but many were.
    yield models.Index(F("status"), *_NEWEST, name="conversation_newest_held", condition=Q(held_for__isnull=False))
