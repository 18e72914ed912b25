"""Where in the inbox an agent is: a view of it, an order, a search."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from csplatform.common.errors import NotFound
from csplatform.conversations.models import Conversation, OwnerKind, Status
from csplatform.conversations.selectors import visible_conversations
from csplatform.notifications.selectors import is_followed, is_mentioned
from csplatform.people.models import Team, User
from csplatform.search.query import LONGEST_QUERY
from csplatform.search.selectors import matching

NEWEST, DEADLINE = "newest", "deadline"
SORTS = (NEWEST, DEADLINE)
START = "open"


# Views of what concerns one person, whatever its status, until it is done.
_OWN = {"mentioned": is_mentioned, "followed": is_followed}


@dataclass(frozen=True, slots=True)
class View:
    """One part of the inbox. `slug` is its word in addresses; `team` is set for a team's view.

    One that is `rare` is shown while there is something in it.
    """

    slug: str
    label: str | Promise
    icon: str
    team: int | None = None
    rare: bool = False

    def condition(self, user: User) -> Q:
        """Return which conversations belong here, beside those that `user` may see at all."""
        if self.team is not None:
            return Q(status=Status.OPEN, team=self.team)
        if self.slug == "mine":
            return Q(status=Status.OPEN, assignee=user)
        if self.slug == "unassigned":
            return Q(status=Status.OPEN, owner_kind=OwnerKind.QUEUE)
        if self.slug in _OWN:
            return _OWN[self.slug](user) & ~Q(status__in=[Status.RESOLVED, Status.SPAM])
        if self.slug == "held":
            return Q(held_for__isnull=False) & ~Q(status__in=[Status.RESOLVED, Status.SPAM])
        if self.slug == Status.RESOLVED:
            return Q(status=self.slug, merged_into__isnull=True)
        return Q(status=self.slug)


WORK = (
    View("mine", _("Mine"), "person"),
    View("unassigned", _("Unassigned"), "tray"),
    View("open", _("All open"), "inbox"),
    View("mentioned", _("Mentioned"), "mention"),
    View("followed", _("Followed"), "eye"),
)
ASIDE = (
    View("pending", _("Pending"), "hourglass"),
    View("snoozed", _("Snoozed"), "moon"),
    View("held", _("Held mail"), "held", rare=True),
    View("resolved", _("Resolved"), "check"),
    View("spam", _("Spam"), "shield"),
)
# A list of its own, for those who see everything; what is in it are no conversations.
QUARANTINE = View("quarantine", _("Quarantine"), "quarantine", rare=True)
FIXED = {view.slug: view for view in (*WORK, *ASIDE)}


def team_view(team: Team) -> View:
    """Return the view of a team's open conversations."""
    return View(f"team-{team.pk}", team.name, "people", team.pk)


def teams_of(user: User) -> list[Team]:
    """Return the teams whose views `user` gets: all for those who see everything, else their own."""
    return list(Team.objects.all() if user.sees_everything else user.teams.all())


@dataclass(frozen=True, slots=True)
class Place:
    """A view with an order and a search; a search looks through everything the agent may see."""

    view: View
    sort: str = NEWEST
    query: str = ""

    @property
    def url(self) -> str:
        """The list's address."""
        return self.address(reverse("desk:view", args=[self.view.slug]))

    @property
    def params(self) -> str:
        """What an open conversation's address carries, so that its list stays where it was."""
        return urlencode({"view": self.view.slug, **self._rest()})

    def address(self, path: str, **more: Any) -> str:
        """Return `path` with this place's order and search."""
        query = urlencode(self._rest() | more)
        return f"{path}?{query}" if query else path

    def _rest(self) -> dict[str, Any]:
        rest: dict[str, Any] = {}
        if self.sort != NEWEST:
            rest["sort"] = self.sort
        if self.query:
            rest["q"] = self.query
        return rest

    def conversations(self, user: User) -> QuerySet[Conversation]:
        """Return what `user` sees here, in no order yet."""
        rows = visible_conversations(user)
        return matching(rows, self.query) if self.query else rows.filter(self.view.condition(user))


def place_from(slug: str, query: QueryDict, teams: list[Team]) -> Place:
    """Read a place from an address. Raises NotFound for a view that does not exist for this agent."""
    views = FIXED | {f"team-{team.pk}": team_view(team) for team in teams}
    if slug not in views:
        raise NotFound(f"no view is called {slug!r}")
    sort = query.get("sort", NEWEST)
    return Place(
        view=views[slug],
        sort=sort if sort in SORTS else NEWEST,
        query=query.get("q", "").replace("\x00", "").strip()[:LONGEST_QUERY],
    )
