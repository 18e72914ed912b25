"""How long a visitor may have to wait, as honestly as it can be said."""

from bisect import bisect_left
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from django.core.cache import cache

from channels_webchat.opening import opening_of
from channels_webchat.widget import widget_of
from csplatform.common import clock
from csplatform.conversations.models import Conversation, OwnerKind, Status
from csplatform.gateway.models import ChannelAccount
from csplatform.sla.models import Clock, ClockKind, ClockState

# Seconds for which all visitors of an account share one reading of the queue, and one of how fast answers came.
QUEUE_SECONDS = 10
PACE_SECONDS = 60
MOST_IN_QUEUE = 100
PACE_OF = timedelta(hours=4)
_MOST_RESPONSES, _FEWEST_RESPONSES = 50, 3


@dataclass(frozen=True, slots=True)
class Waiting:
    """`place` counts from one, to MOST_IN_QUEUE; `minutes` (rounded up) are None where nobody can tell."""

    place: int
    minutes: int | None

    def frame(self) -> dict[str, int | None]:
        """Return it for the page."""
        return {"place": self.place, "minutes": self.minutes}


def waiting_of(account: ChannelAccount, handle_id: int | None) -> Waiting | None:
    """Return what a visitor can be told who waits for a first hand; None for one who has it, or while nobody is there.

    Chats of the same team that have waited longer come first. The time is what is left of the median of the first
    responses of the last hours; nothing is said once that has passed, or where there were too few.
    """
    mine = _mine(account, handle_id) if handle_id and widget_of(account).shows_queue else None
    if mine is None or mine.waiting_since is None:
        return None
    is_open, seconds = _outlook(account)
    if not is_open:
        return None
    since = mine.waiting_since
    queue = _queue(account).get(mine.team_id, [])
    left = None if seconds is None else seconds - (clock.now() - since).total_seconds()
    minutes = -(-int(left) // 60) if left is not None and left > 0 else None
    return Waiting(place=min(bisect_left(queue, since) + 1, MOST_IN_QUEUE), minutes=minutes)


def _mine(account: ChannelAccount, handle_id: int) -> Conversation | None:
    own = Conversation.objects.filter(handle_id=handle_id, **_unserved(account)).order_by("-id")
    return own.only("team_id", "waiting_since").first()


def _unserved(account: ChannelAccount) -> dict[str, Any]:
    return {
        "account": account,
        "status": Status.OPEN,
        "owner_kind": OwnerKind.QUEUE,
        "waiting_since__isnull": False,
    }


def _queue(account: ChannelAccount) -> dict[int | None, list[datetime]]:
    """Return since when chats wait, by team, the longest waiting first."""

    def read() -> dict[int | None, list[datetime]]:
        waiting = Conversation.objects.filter(**_unserved(account)).order_by("waiting_since")
        queue: dict[int | None, list[datetime]] = {}
        for team_id, since in waiting.values_list("team_id", "waiting_since")[: 4 * MOST_IN_QUEUE]:
            queue.setdefault(team_id, []).append(since or clock.now())
        return queue

    return cache.get_or_set(f"webchat.queue.{account.pk}", read, QUEUE_SECONDS) or {}


def _outlook(account: ChannelAccount) -> tuple[bool, float | None]:
    """Return whether somebody is there, and how many seconds a first response has taken lately."""

    def read() -> tuple[bool, float | None]:
        opening = opening_of(account, clock.now())
        return opening is None or opening.is_open, _pace(account)

    return cache.get_or_set(f"webchat.outlook.{account.pk}", read, PACE_SECONDS) or (True, None)


def _pace(account: ChannelAccount) -> float | None:
    met = Clock.objects.filter(
        kind=ClockKind.FIRST_RESPONSE,
        started_at__gte=clock.now() - PACE_OF,
        state=ClockState.MET,
        conversation__account=account,
    )
    taken = [
        (met_at - started_at).total_seconds()
        for started_at, met_at in met.order_by("-started_at").values_list("started_at", "met_at")[:_MOST_RESPONSES]
        if met_at
    ]
    return median(taken) if len(taken) >= _FEWEST_RESPONSES else None
