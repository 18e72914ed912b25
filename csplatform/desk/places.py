"""Where in the inbox an agent is: a view of it, an order, filters, a search."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Q
from django.http import QueryDict
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from csplatform.common.errors import NotFound
from csplatform.conversations.models import Status
from csplatform.desk.filters import ANYTHING, LIVE, ME, NOBODY, YES, Filters
from csplatform.desk.models import SavedView
from csplatform.desk.orders import NEWEST, ORDERS, Order
from csplatform.notifications.selectors import is_followed, is_mentioned
from csplatform.people.models import Team, User
from csplatform.search.query import LONGEST_QUERY

START = "open"


@dataclass(frozen=True, slots=True)
class View:
    """One part of the inbox: what passes `filters`, newest first unless `order` says otherwise.

    `slug` is its word in addresses. One that is `rare` is shown while there is something in it; one that is not
    `counted` has no count beside it. `only` narrows a view for its reader in a way that filters cannot say (a condition
    that joins nothing). `saved` is the saved view that this is.
    """

    slug: str
    label: str | Promise
    icon: str
    filters: Filters = ANYTHING
    order: Order = NEWEST
    rare: bool = False
    counted: bool = True
    only: Callable[[User], Q] | None = None
    saved: SavedView | None = None


_OPEN, _LIVE = Filters(status=(Status.OPEN,)), Filters(status=LIVE)
WORK = (
    View("mine", _("Mine"), "person", replace(_OPEN, agent=(ME,))),
    View("unassigned", _("Unassigned"), "tray", replace(_OPEN, agent=(NOBODY,))),
    View("open", _("All open"), "inbox", _OPEN),
    # What concerns one person, whatever its status, until it is done.
    View("mentioned", _("Mentioned"), "mention", _LIVE, only=is_mentioned),
    View("followed", _("Followed"), "eye", _LIVE, only=is_followed),
)
ASIDE = (
    View("pending", _("Pending"), "hourglass", Filters(status=(Status.PENDING,))),
    View("snoozed", _("Snoozed"), "moon", Filters(status=(Status.SNOOZED,))),
    View("held", _("Held mail"), "held", Filters(status=LIVE, held=(YES,)), rare=True),
    View("resolved", _("Resolved"), "check", Filters(status=(Status.RESOLVED,)), counted=False),
    View("spam", _("Spam"), "shield", Filters(status=(Status.SPAM,)), counted=False),
    View("all", _("Everything"), "stack", counted=False),
)
# A list of its own, for those who see everything; what is in it are no conversations.
QUARANTINE = View("quarantine", _("Quarantine"), "quarantine", rare=True)
FIXED = {view.slug: view for view in (*WORK, *ASIDE)}


def team_view(team: Team) -> View:
    """Return the view of a team's open conversations."""
    return View(f"team-{team.pk}", team.name, "people", replace(_OPEN, team=(str(team.pk),)))


def saved_view(saved: SavedView) -> View:
    """Return what somebody saved, as a view."""
    order = ORDERS.get(saved.order, NEWEST)
    return View(f"saved-{saved.pk}", saved.name, saved.icon, Filters.kept(saved.filters), order, saved=saved)


def teams_of(user: User) -> list[Team]:
    """Return the teams whose views `user` gets: all for those who see everything, else their own."""
    return list(Team.objects.all() if user.sees_everything else user.teams.all())


@dataclass(frozen=True, slots=True)
class Place:
    """A view with an order, filters and a search; a search looks through everything the agent may see."""

    view: View
    order: Order = NEWEST
    filters: Filters = ANYTHING
    query: str = ""

    @property
    def url(self) -> str:
        """The list's address."""
        return self.address(reverse("desk:view", args=[self.view.slug]))

    @property
    def params(self) -> str:
        """What an open conversation's address carries, so that its list stays where it was."""
        return urlencode({"view": self.view.slug, **self._rest()}, doseq=True)

    def address(self, path: str, **more: Any) -> str:
        """Return `path` with this place's order, filters and search."""
        query = urlencode(self._rest() | more, doseq=True)
        return f"{path}?{query}" if query else path

    def _rest(self) -> dict[str, Any]:
        rest: dict[str, Any] = dict(self.filters.plain())
        if self.order != self.view.order:
            rest["sort"] = self.order.slug
        if self.query:
            rest["q"] = self.query
        return rest

    def narrowed_by(self) -> tuple[Filters, ...]:
        """Return the filters that apply here, one after the other."""
        return (self.filters,) if self.query else (self.view.filters, self.filters)

    def condition(self, user: User) -> Q:
        """Return what belongs here, beside that `user` may see it at all."""
        every = self.view.only(user) if self.view.only and not self.query else Q()
        for one in self.narrowed_by():
            every &= one.condition(user)
        return every


def place_from(slug: str, query: QueryDict, views: Iterable[View]) -> Place:
    """Read a place from an address. Raises NotFound for one that is none of the `views` of this agent."""
    view = next((view for view in views if view.slug == slug), None)
    if view is None:
        raise NotFound(f"no view is called {slug!r}")
    return Place(
        view=view,
        order=ORDERS.get(query.get("sort", ""), view.order),
        filters=Filters.read(query),
        query=query.get("q", "").replace("\x00", "").strip()[:LONGEST_QUERY],
    )
