"""Saved views: who sees which, who may change them, and changing them."""

from django.db.models import Q, QuerySet

from csplatform.desk.models import Audience, SavedView
from csplatform.people.models import User

# More than these are no help in finding anything.
MOST_SHOWN = 40


def saved_views(user: User) -> QuerySet[SavedView]:
    """Return the saved views that `user` has: their own, their teams', and everyone's."""
    own = Q(audience=Audience.ME, owner=user)
    if user.sees_everything:
        return SavedView.objects.filter(own | ~Q(audience=Audience.ME))
    mine = user.teams.through.objects.filter(user_id=user.pk).values("team_id")
    shared = Q(audience=Audience.EVERYONE) | Q(audience=Audience.TEAM, team__in=mine)
    return SavedView.objects.filter(own | shared)
