"""What narrows a list of conversations: read from an address, written into one, turned into a condition."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.lookups import In, IsNull
from django.http import QueryDict
from django.utils import timezone

from csplatform.common import clock
from csplatform.common.languages import normalise_tag
from csplatform.contacts.models import Contact, Tier
from csplatform.conversations.models import Conversation, OwnerKind, Priority, Status
from csplatform.people.models import User

Values = tuple[str, ...]
ME, NOBODY, NO_TEAM, YES, NO = "me", "nobody", "none", "yes", "no"
LIVE = (Status.OPEN.value, Status.PENDING.value, Status.SNOOZED.value)
# How far back the ready-made spans of time reach.
REACH = {
    "24h": timedelta(hours=24),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
    "90d": timedelta(days=90),
}
MOST_VALUES = 20
_NUMBER = re.compile(r"[1-9][0-9]{0,17}")
_SPAN = re.compile(r"(\d{4}-\d\d-\d\d)?\.\.(\d{4}-\d\d-\d\d)?")


@dataclass(frozen=True, slots=True)
class Filters:
    """One of the values of each that has any. `me` is whoever looks; a tag, team or account is named by its number.

    `created` and `active` (the last message) hold a span of time: how far back it reaches, or its first and last day in
    the zone of whoever looks, as in `2026-01-01..2026-01-31`, where one side may be missing.
    """

    status: Values = ()
    agent: Values = ()
    team: Values = ()
    account: Values = ()
    tag: Values = ()
    language: Values = ()
    tier: Values = ()
    priority: Values = ()
    created: Values = ()
    active: Values = ()
    held: Values = ()

    def __bool__(self) -> bool:
        return any(getattr(self, name) for name in NAMES)

    @classmethod
    def read(cls, query: QueryDict) -> "Filters":
        """Read filters from an address or a form; what makes no sense is left out."""
        given = {name: query.getlist(name) for name in NAMES}
        for name in SPANS:
            first, last = query.get(f"{name}-from", ""), query.get(f"{name}-to", "")
            if first or last:
                given[name] = [f"{first}..{last}"]
        return cls.kept(given)

    @classmethod
    def kept(cls, given: Mapping[str, Sequence[str]]) -> "Filters":
        """Return filters from plain values, such as a saved view's; what makes no sense is left out."""
        return cls(**{name: _sound(name, given.get(name, ())) for name in NAMES})

    def plain(self) -> dict[str, list[str]]:
        """Return the values of each filter that has any, for an address or to be stored."""
        return {name: list(getattr(self, name)) for name in NAMES if getattr(self, name)}

    def without(self, name: str, value: str) -> "Filters":
        """Return the filters with one value less."""
        return replace(self, **{name: tuple(kept for kept in getattr(self, name) if kept != value)})

    def within(self, outer: "Filters") -> "Filters":
        """Return one set of filters for `outer` narrowed by these."""
        return replace(outer, **{name: getattr(self, name) for name in NAMES if getattr(self, name)})

    def condition(self, user: User) -> Q:
        """Return which conversations pass, for whoever looks. Joins nothing, so that it tests a row where it stands."""
        every = Q()
        for name, one in _CONDITIONS.items():
            values = getattr(self, name)
            if values:
                every &= one(values, user)
        return every


NAMES = tuple(field.name for field in fields(Filters))
ANYTHING = Filters()
SPANS = ("created", "active")


def span(value: str) -> tuple[datetime | None, datetime | None]:
    """Return when a span of time begins and ends (exclusive), in the current time zone; None for an open side."""
    if value in REACH:
        return clock.now() - REACH[value], None
    first, last = (_day(text) if text else None for text in value.split(".."))
    return (_midnight(first) if first else None), (_midnight(last + timedelta(days=1)) if last else None)


def days(value: str) -> tuple[str, str]:
    """Return the first and the last day of a span that names days; empty for an open side."""
    first, _dots, last = value.partition("..")
    return first, last


def people(values: Values, user: User) -> set[int]:
    """Return the agents that values of `agent` name."""
    return {user.pk if value == ME else int(value) for value in values if value != NOBODY}


def teams(values: Values) -> set[int]:
    """Return the teams that values of `team` name."""
    return {int(value) for value in values if value != NO_TEAM}


def _agents(values: Values, user: User) -> Q:
    wanted = Q(assignee__in=people(values, user))
    return wanted | Q(owner_kind=OwnerKind.QUEUE) if NOBODY in values else wanted


def _teams(values: Values, user: User) -> Q:
    wanted = Q(team__in=teams(values))
    return wanted | Q(team__isnull=True) if NO_TEAM in values else wanted


def filed_under(tags: Values) -> QuerySet[Any]:
    """Return rows that say which conversations are filed under one of `tags`."""
    return Conversation.tags.through._default_manager.filter(tag_id__in=tags)


def _tags(values: Values, user: User) -> Q:
    filed = filed_under(values).filter(conversation_id=OuterRef("pk"))
    return Q(IsNull(Subquery(filed.values("pk")[:1]), False))


def _languages(values: Values, user: User) -> Q:
    wanted = Q()
    for value in values:
        wanted |= Q(language=value) | Q(language__startswith=f"{value}-")
    return wanted


def _tiers(values: Values, user: User) -> Q:
    contact = Contact.objects.filter(pk=OuterRef("contact_id"))
    return Q(In(Subquery(contact.values("tier")[:1]), list(values)))


def _within(column: str, value: str) -> Q:
    begins, ends = span(value)
    wanted = Q(**{f"{column}__gte": begins}) if begins else Q()
    return wanted & Q(**{f"{column}__lt": ends}) if ends else wanted


_CONDITIONS: dict[str, Callable[[Values, User], Q]] = {
    "status": lambda values, user: Q(status__in=values),
    "agent": _agents,
    "team": _teams,
    "account": lambda values, user: Q(account__in=values),
    "tag": _tags,
    "language": _languages,
    "tier": _tiers,
    "priority": lambda values, user: Q(priority__in=[int(value) for value in values]),
    "created": lambda values, user: _within("created_at", values[0]),
    "active": lambda values, user: _within("last_message_at", values[0]),
    "held": lambda values, user: Q(held_for__isnull=values[0] != YES),
}
_WORDS: dict[str, frozenset[str]] = {
    "status": frozenset(Status.values),
    "agent": frozenset({ME, NOBODY}),
    "team": frozenset({NO_TEAM}),
    "tier": frozenset(Tier.values),
    "priority": frozenset(str(value) for value in Priority.values),
    "held": frozenset({YES, NO}),
}
_NUMBERED = frozenset({"agent", "team", "account", "tag"})
_SINGLE = frozenset({*SPANS, "held"})


def _sound(name: str, given: Sequence[str]) -> Values:
    """Return what makes sense of `given`, each value once."""
    if name == "language":
        tags = (normalise_tag(value) for value in given)
        return tuple(dict.fromkeys(tag for tag in tags if tag))[:MOST_VALUES]
    if name in SPANS:
        return tuple(value for value in given if value in REACH or _is_span(value))[:1]
    words = _WORDS.get(name, frozenset())
    sound = (value for value in given if value in words or (name in _NUMBERED and _NUMBER.fullmatch(value)))
    return tuple(dict.fromkeys(sound))[: 1 if name in _SINGLE else MOST_VALUES]


def _is_span(value: str) -> bool:
    found = _SPAN.fullmatch(value)
    if not found or value == "..":
        return False
    first, last = (_day(text) if text else None for text in found.groups())
    named = [text for text in found.groups() if text]
    return len(named) == sum(day is not None for day in (first, last)) and not (first and last and first > last)


def _day(text: str) -> date | None:
    """Read a day of the years in which customers write; its next one is one too."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 1970 <= day.year <= 2999 else None


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
