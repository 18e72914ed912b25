"""Saved views: who sees which, who may change them, and changing them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core import signing
from django.db import transaction
from django.db.models import Max, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from csplatform.common.errors import InvalidInput, NotAllowed
from csplatform.desk.filters import Filters
from csplatform.desk.models import Audience, SavedView
from csplatform.desk.orders import ORDERS
from csplatform.people.models import Team, User

# More than these are no help in finding anything.
MOST_SHOWN = 40
LONGEST_NAME = 60
ICONS: dict[str, str | Promise] = {
    "star": gettext_lazy("Star"),
    "flag": gettext_lazy("Flag"),
    "tag": gettext_lazy("Label"),
    "lightning": gettext_lazy("Lightning"),
    "people": gettext_lazy("People"),
    "person": gettext_lazy("Person"),
    "globe": gettext_lazy("Globe"),
    "clock": gettext_lazy("Clock"),
    "mail": gettext_lazy("Envelope"),
    "chat": gettext_lazy("Speech bubble"),
    "inbox": gettext_lazy("Tray"),
    "bot": gettext_lazy("Robot"),
}
_KEPT = ("id", "owner_id", "audience", "team_id", "name", "icon", "filters", "order", "position")
_SALT = "desk.saved"
# Seconds that a deletion can be taken back; a little more than its offer is shown.
_TAKEN_BACK_WITHIN = 120


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody wants to save; `team` is the number of the team that it is for."""

    name: str
    icon: str
    audience: str
    team: int | None
    filters: Filters
    order: str


def saved_views(user: User) -> QuerySet[SavedView]:
    """Return the saved views that `user` has: their own, their teams', and everyone's."""
    own = Q(audience=Audience.ME, owner=user)
    if user.sees_everything:
        return SavedView.objects.filter(own | ~Q(audience=Audience.ME))
    mine = user.teams.through.objects.filter(user_id=user.pk).values("team_id")
    return SavedView.objects.filter(own | Q(audience=Audience.EVERYONE) | Q(audience=Audience.TEAM, team__in=mine))


def the_saved_view(user: User, pk: int) -> SavedView:
    """Return a saved view that `user` may change. Raises InvalidInput where they see none such, NotAllowed."""
    found = saved_views(user).filter(pk=pk).first()
    if found is None:
        raise InvalidInput(_("There is no such view any more."))
    if not may_change(user, found):
        raise NotAllowed(_("Views for everyone are changed by supervisors."))
    return found


def may_change(user: User, view: SavedView) -> bool:
    """Tell whether `user`, who sees `view`, may change it: everyone's are the supervisors'."""
    return view.audience != Audience.EVERYONE or user.sees_everything


def audiences(user: User) -> list[tuple[str, str]]:
    """Return for whom `user` may save views."""
    offered = [(str(value), str(label)) for value, label in Audience.choices]
    return offered if user.sees_everything else [one for one in offered if one[0] != Audience.EVERYONE]


@transaction.atomic
def save(user: User, wanted: Wanted, view: SavedView | None = None) -> SavedView:
    """Save a view, a new one last. Raises InvalidInput, NotAllowed."""
    saved = view or SavedView(owner=user, position=_next_position())
    name = " ".join(wanted.name.split())
    if not 0 < len(name) <= LONGEST_NAME:
        raise InvalidInput(_("A view's name has 1 to 60 characters."), field="name")
    if wanted.audience not in dict(audiences(user)):
        raise NotAllowed(_("Views for everyone are changed by supervisors."))
    if wanted.audience == Audience.ME:
        saved.owner = user
    saved.name = name
    saved.icon = wanted.icon if wanted.icon in ICONS else next(iter(ICONS))
    saved.audience = wanted.audience
    saved.team = _team(user, wanted.team) if wanted.audience == Audience.TEAM else None
    saved.filters = wanted.filters.plain()
    saved.order = wanted.order if wanted.order in ORDERS else next(iter(ORDERS))
    saved.save()
    return saved


def delete(view: SavedView) -> str:
    """Delete a view; what is returned brings it back for two minutes, see `restore`."""
    token = signing.dumps({name: getattr(view, name) for name in _KEPT}, salt=_SALT, compress=True)
    view.delete()
    return token


@transaction.atomic
def restore(user: User, token: str) -> SavedView:
    """Bring back a view that was deleted a moment ago. Raises InvalidInput where it is too late, NotAllowed."""
    try:
        kept: dict[str, Any] = signing.loads(token, salt=_SALT, max_age=_TAKEN_BACK_WITHIN)
    except signing.BadSignature as error:
        raise InvalidInput(_("It is too late to undo that.")) from error
    view = SavedView(**kept)
    is_own = view.audience == Audience.ME and view.owner_id == user.pk
    is_shared = view.audience != Audience.ME and view.audience in dict(audiences(user))
    if not (is_own or is_shared):
        raise NotAllowed(_("This view is not yours."))
    if view.team_id is not None:
        _team(user, view.team_id)
    if not SavedView.objects.filter(pk=view.pk).exists():
        view.save(force_insert=True)
    return view


@transaction.atomic
def arrange(user: User, ids: Sequence[int]) -> None:
    """Put views into an order; those that `user` may not change keep their places."""
    own = [view for view in saved_views(user).select_for_update() if may_change(user, view)]
    wanted = sorted(own, key=lambda view: ids.index(view.pk) if view.pk in ids else len(ids))
    for view, position in zip(wanted, sorted(view.position for view in own), strict=True):
        view.position = position
    SavedView.objects.bulk_update(wanted, ["position"])


def _next_position() -> int:
    return 1 + (SavedView.objects.aggregate(last=Max("position"))["last"] or 0)


def _team(user: User, pk: int | None) -> Team:
    teams = Team.objects.all() if user.sees_everything else user.teams.all()
    found = teams.filter(pk=pk).first() if pk else None
    if found is None:
        raise InvalidInput(_("Please choose one of your teams."), field="team")
    return found
