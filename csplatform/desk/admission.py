"""Who is at the other end of a socket, asked anew each time: sessions end, people leave, teams change."""

from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module
from types import SimpleNamespace
from typing import Any

from channels.db import database_sync_to_async
from django.conf import settings
from django.contrib.auth import get_user

from csplatform.live.announce import EVERYTHING, UNASSIGNED_TEAM, person_group, team_group
from csplatform.people import presence
from csplatform.people.models import User


@dataclass(frozen=True, slots=True)
class Admission:
    """A person whose session holds at this moment, and the groups whose news they may hear."""

    user: User
    groups: frozenset[str]


@database_sync_to_async
def admit(session_key: str | None, idle: timedelta | None = None) -> Admission | None:
    """Return who has this session; None where it has ended or they no longer work here.

    With `idle`, for how long nothing was moved on their screen, they count as present.
    """
    store: Any = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    user = get_user(SimpleNamespace(session=store))  # type: ignore[arg-type]  # all that it asks of a request
    if not isinstance(user, User) or not user.is_active:
        return None
    if idle is not None:
        presence.heard(user.pk, idle)
    return Admission(user, groups_of(user))


def groups_of(user: User) -> frozenset[str]:
    """Return the groups whose news somebody who works here may hear."""
    own = person_group(user.pk)
    if user.sees_everything:
        return frozenset({EVERYTHING, own})
    teams = user.teams.values_list("pk", flat=True)
    return frozenset({UNASSIGNED_TEAM, own, *(team_group(pk) for pk in teams)})
