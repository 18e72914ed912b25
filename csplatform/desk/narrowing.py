"""What the filters of a list are called: the chips above it, and everything that could be chosen."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from babel.dates import format_date
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from csplatform.contacts.models import Tier
from csplatform.conversations.models import Priority, Status, Tag
from csplatform.desk.choices import languages
from csplatform.desk.filters import ME, NAMES, NO, NO_TEAM, NOBODY, SPANS, YES, Filters, days
from csplatform.desk.history import language_name, reader_locale
from csplatform.gateway.models import ChannelAccount
from csplatform.people.models import Team, User

# No list of boxes is longer; what is chosen already is among them in any case.
MOST_OFFERED = 500
LABELS: dict[str, str | Promise] = {
    "status": gettext_lazy("Status"),
    "agent": gettext_lazy("Agent"),
    "team": gettext_lazy("Team"),
    "account": gettext_lazy("Channel"),
    "tag": gettext_lazy("Tag"),
    "language": gettext_lazy("Language"),
    "tier": gettext_lazy("Tier"),
    "priority": gettext_lazy("Priority"),
    "created": gettext_lazy("Begun"),
    "active": gettext_lazy("Last message"),
    "held": gettext_lazy("Held mail"),
}
_FEW = {
    "status": Status.choices,
    "tier": Tier.choices,
    "priority": [(str(value), label) for value, label in reversed(Priority.choices)],
    "held": [(YES, gettext_lazy("Only held mail")), (NO, gettext_lazy("No held mail"))],
}
_REACH = {
    "24h": gettext_lazy("the last 24 hours"),
    "7d": gettext_lazy("the last 7 days"),
    "30d": gettext_lazy("the last 30 days"),
    "90d": gettext_lazy("the last 90 days"),
}


@dataclass(frozen=True, slots=True)
class Option:
    """One value of a filter, as it is offered or shown."""

    value: str
    label: str | Promise
    is_chosen: bool = False


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that applies, in words, and the filters without it."""

    label: str | Promise
    value: str
    rest: Filters


@dataclass(frozen=True, slots=True)
class Choice:
    """Everything that one filter offers. `first` and `last` are the days of a span that was chosen by days."""

    name: str
    label: str | Promise
    options: list[Option]
    chosen: int
    is_single: bool = False
    is_span: bool = False
    first: str = ""
    last: str = ""


def chips(filters: Filters) -> list[Chip]:
    """Return the filters that apply, in words; a query for each kind of thing that has a name in the database."""
    shown = []
    for name in NAMES:
        values = getattr(filters, name)
        named = _called(name, values)
        shown += [Chip(LABELS[name], str(named[value]), filters.without(name, value)) for value in values]
    return shown


def choices(user: User, filters: Filters, *, but: Iterable[str] = ()) -> list[Choice]:
    """Return what each filter offers `user`, what is chosen already first; none of those named in `but`."""
    return [_choice(name, user, getattr(filters, name)) for name in NAMES if name not in set(but)]


def _choice(name: str, user: User, chosen: tuple[str, ...]) -> Choice:
    offered = {value: label for value, label in _called(name, chosen).items() if not _is_days(name, value)}
    offered |= {value: label for value, label in _offered(name, user) if value not in offered}
    options = [Option(value, label, value in chosen) for value, label in offered.items()]
    first, last = days(chosen[0]) if chosen and _is_days(name, chosen[0]) else ("", "")
    is_span = name in SPANS
    return Choice(name, LABELS[name], options, len(chosen), is_span or name == "held", is_span, first, last)


def _is_days(name: str, value: str) -> bool:
    return name in SPANS and value not in _REACH


def _offered(name: str, user: User) -> Iterable[tuple[str, str | Promise]]:
    if name in _FEW:
        return _FEW[name]
    if name in SPANS:
        return _REACH.items()
    if name == "language":
        return languages("")
    if name == "agent":
        return [(ME, _("Me")), (NOBODY, _("Nobody")), *_names(User.objects.filter(is_active=True).exclude(pk=user.pk))]
    if name == "team":
        return [(NO_TEAM, _("No team")), *_names(Team.objects.all())]
    return _names(Tag.objects.all() if name == "tag" else _accounts())


def _called(name: str, values: tuple[str, ...]) -> Mapping[str, str | Promise]:
    """Return what `values` of a filter are called; one that is gone is called by its number."""
    if not values:
        return {}
    words: dict[str, str | Promise] = {value: f"#{value}" for value in values}
    words |= {ME: _("Me"), NOBODY: _("Nobody"), NO_TEAM: _("No team")}
    words |= dict(_FEW.get(name, [])) | _REACH
    if name in SPANS:
        words |= {value: _days_called(value) for value in values if value not in _REACH}
    elif name == "language":
        words |= {value: language_name(value) for value in values}
    elif name in _NAMED:
        numbers = [int(value) for value in values if value.isdecimal()]
        words |= dict(_names(_NAMED[name]().filter(pk__in=numbers))) if numbers else {}
    return {value: words[value] for value in values}


def _accounts() -> QuerySet[ChannelAccount]:
    return ChannelAccount.objects.only("name").order_by("name")


_NAMED: dict[str, Any] = {
    "agent": User.objects.all,
    "team": Team.objects.all,
    "tag": Tag.objects.all,
    "account": _accounts,
}


def _names(rows: QuerySet[Any]) -> list[tuple[str, str]]:
    return [(str(pk), name) for pk, name in rows.values_list("pk", "name")[:MOST_OFFERED]]


def _days_called(value: str) -> str:
    first, last = (_day_called(text) for text in days(value))
    if first and last:
        return first if first == last else _("%(first)s to %(last)s") % {"first": first, "last": last}
    return _("since %(day)s") % {"day": first} if first else _("until %(day)s") % {"day": last}


def _day_called(text: str) -> str:
    return str(format_date(date.fromisoformat(text), "medium", locale=reader_locale())) if text else ""
