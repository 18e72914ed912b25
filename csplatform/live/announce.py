"""Telling open screens that something changed. Only ids travel; each screen asks for what it may see."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import structlog
from channels.layers import get_channel_layer
from django.db import transaction
from redis.exceptions import RedisError

from csplatform.live.layer import NewsLayer

log = structlog.get_logger(__name__)

EVERYTHING = "inbox.all"
UNASSIGNED_TEAM = "inbox.team.none"


def team_group(team_id: int | None) -> str:
    """Name the group that agents of a team listen to; conversations of no team concern every agent."""
    return UNASSIGNED_TEAM if team_id is None else f"inbox.team.{team_id}"


def person_group(user_id: int) -> str:
    """Name the group of one agent's screens."""
    return f"inbox.person.{user_id}"


def handle_group(handle_id: int) -> str:
    """Name the group of one customer's screens on one channel account."""
    return f"handle.{handle_id}"


def lookers_group(conversation_id: int) -> str:
    """Name the group of the agents' screens that show a conversation."""
    return f"inbox.lookers.{conversation_id}"


@dataclass(frozen=True, slots=True)
class Changed:
    """A conversation reached `revision`; whoever shows an older one should ask again."""

    conversation: int
    revision: int
    kind: str = "conversation"


@dataclass(frozen=True, slots=True)
class Typing:
    """Somebody is typing in a conversation at this moment; nothing of it is stored."""

    conversation: int
    name: str
    is_customer: bool
    kind: str = "typing"


@dataclass(frozen=True, slots=True)
class Notified:
    """There is something to see for a person, in `conversation`; or they have seen something (0)."""

    conversation: int = 0
    kind: str = "notified"


@dataclass(frozen=True, slots=True)
class DraftChanged:
    """An agent's own draft reached `version`, 0 where there is none any more; their other screens follow.

    `files` is how many files it has, where that is what changed.
    """

    conversation: int
    mode: str
    version: int
    files: int | None = None
    kind: str = "draft"


@dataclass(frozen=True, slots=True)
class Standing:
    """How a person stands here has changed: `access` (teams, role, session), or their `presence`."""

    kind: str


@dataclass(frozen=True, slots=True)
class Looking:
    """A person has a conversation before them; `writing` is "reply", "note", or empty. Nothing of it is stored.

    `hue` and `initials` draw their circle. `arrived` asks those who are there to say so too, `left` takes it all back.
    """

    conversation: int
    user: int
    name: str
    initials: str
    hue: int
    writing: str = ""
    arrived: bool = False
    left: bool = False
    kind: str = "looking"


News = Changed | Typing | Notified | DraftChanged | Standing | Looking


@dataclass(frozen=True, slots=True)
class Announcement:
    """News, and the groups that it concerns."""

    groups: Collection[str]
    news: News


def announce(groups: Collection[str], news: News) -> None:
    """Send `news` to every group after commit. A lost announcement is made up for when the screen asks next."""
    announce_all([Announcement(groups, news)])


def announce_all(announcements: Iterable[Announcement]) -> None:
    """Send several announcements after commit: to each group all of its news at once, in order."""
    news_of: dict[str, list[dict[str, Any]]] = {}
    for one in announcements:
        news = {name: getattr(one.news, name) for name in one.news.__slots__}
        for group in sorted(set(one.groups)):
            news_of.setdefault(group, []).append(news)
    transaction.on_commit(lambda: _send(news_of))


def _send(news_of: Mapping[str, Sequence[dict[str, Any]]]) -> None:
    layer = cast("NewsLayer", get_channel_layer())
    try:
        layer.publish({group: {"type": "news", "news": news} for group, news in news_of.items()})
    except (RedisError, OSError) as error:
        log.warning("announcement_lost", groups=list(news_of), reason=str(error))
