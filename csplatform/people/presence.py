"""Who is at their desk. People say so themselves; screens that fall silent and hands that rest say it for them.

A page that is open says hello every 30 seconds. Nothing depends on a process that ends in order: whoever was not heard
for GONE_AFTER has no screen any more, and a sweep writes it down as of the moment at which it became so.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from csplatform.common import clock
from csplatform.common.errors import InvalidInput
from csplatform.live.announce import Announcement, Standing, announce_all, person_group
from csplatform.people.models import AbsenceReason, Presence, PresenceCause, PresenceChange, PresenceState, User

# A hello that comes every 30 seconds may have just been missed: then the last screen has been gone for 60.
GONE_AFTER = timedelta(seconds=90)
# Several pages may be open, each with its own hello: what one of them wrote so lately is enough.
_LATELY = timedelta(seconds=25)
LONGEST_IDLE = 240  # minutes


def online_agents() -> QuerySet[User]:
    """Return those to whom work can be given at this moment."""
    here = User.objects.filter(is_active=True, presence__state=PresenceState.ONLINE)
    return here.filter(presence__seen_at__gt=clock.now() - GONE_AFTER)


def heard(user_id: int, idle: timedelta = timedelta()) -> None:
    """A screen of a person is there, on which nothing has moved for `idle`."""
    at = clock.now()
    known = Presence.objects.filter(user_id=user_id).first()
    if known is None:
        Presence.objects.get_or_create(user_id=user_id)
        _hear(user_id, at, idle)
        return
    before, seen_at = known.state, known.seen_at
    if _has_gone(known, at) or _note(known, at, idle) != before:
        _hear(user_id, at, idle)
    elif seen_at is None or at - seen_at > _LATELY:
        Presence.objects.filter(pk=known.pk).update(seen_at=at, active_at=known.active_at)


@transaction.atomic
def _hear(user_id: int, at: datetime, idle: timedelta) -> None:
    """What holds changes: write it down, and before it that the last screen had gone, where nobody noticed."""
    presence = _locked(user_id)
    if _has_gone(presence, at):
        assert presence.seen_at is not None
        _become(presence, PresenceState.OFFLINE, PresenceCause.GONE, presence.seen_at + GONE_AFTER)
    state = _note(presence, at, idle)
    _become(presence, state, PresenceCause.IDLE if state == PresenceState.AWAY else PresenceCause.BACK, at)
    presence.save()


@transaction.atomic
def choose(user: User, state: str, reason: AbsenceReason | None = None) -> None:
    """Let `user` be what they say, until they say otherwise or have no screen. Raises InvalidInput.

    To be online needs no reason.
    """
    if state not in PresenceState.values:
        raise InvalidInput(_("There is no such state."), field="state")
    if reason is not None and (state == PresenceState.ONLINE or not reason.is_active):
        raise InvalidInput(_("Please choose one from the list."), field="reason")
    Presence.objects.get_or_create(user=user)
    presence = _locked(user.pk)
    differs = presence.reason_id != (reason.pk if reason else None)
    presence.chosen, presence.reason = PresenceState(state), reason
    at = clock.now()
    _become(presence, _note(presence, at, timedelta()), PresenceCause.CHOSEN, at, again=differs)
    presence.save()


def set_idle_minutes(user: User, minutes: int) -> None:
    """Let `user` be away after so many minutes without a move; 0 for never. Raises InvalidInput."""
    if not 0 <= minutes <= LONGEST_IDLE:
        raise InvalidInput(_("Please choose one from the list."), field="idle")
    Presence.objects.update_or_create(user=user, defaults={"idle_minutes": minutes})


@transaction.atomic
def end_gone() -> int:
    """Write down whose last screen has gone; return how many."""
    gone = Presence.objects.exclude(state=PresenceState.OFFLINE).filter(seen_at__lt=clock.now() - GONE_AFTER)
    rows = list(gone.select_for_update(skip_locked=True))
    PresenceChange.objects.bulk_create(
        PresenceChange(
            user_id=row.user_id, state=PresenceState.OFFLINE, cause=PresenceCause.GONE, at=row.seen_at + GONE_AFTER
        )
        for row in rows
        if row.seen_at
    )
    ended = Presence.objects.filter(pk__in=[row.pk for row in rows])
    ended.update(state=PresenceState.OFFLINE, since=F("seen_at") + GONE_AFTER)
    announce_all(_news(row) for row in rows)
    return len(rows)


def _locked(user_id: int) -> Presence:
    return Presence.objects.select_for_update(of=("self",)).select_related("reason").get(user_id=user_id)


def _has_gone(presence: Presence, at: datetime) -> bool:
    """Whether the last screen has gone and nobody has written it down."""
    silent = presence.seen_at is not None and at - presence.seen_at > GONE_AFTER
    return silent and presence.state != PresenceState.OFFLINE


def _note(presence: Presence, at: datetime, idle: timedelta) -> PresenceState:
    """Set when a screen was heard and used, and return what holds then. One screen may rest while another is used."""
    presence.seen_at = at
    presence.active_at = max(presence.active_at or at - idle, at - idle)
    if presence.chosen != PresenceState.ONLINE:
        return PresenceState(presence.chosen)
    rest = timedelta(minutes=presence.idle_minutes)
    return PresenceState.AWAY if rest and at - presence.active_at >= rest else PresenceState.ONLINE


def _become(
    presence: Presence, state: PresenceState, cause: PresenceCause, at: datetime, *, again: bool = False
) -> None:
    """Write a change into the history and tell the person's own screens. The caller saves the row."""
    if presence.state == state and not again:
        return
    presence.state, presence.since = state, at
    reason = presence.reason if state == presence.chosen else None
    PresenceChange.objects.create(user_id=presence.user_id, state=state, reason=reason, cause=cause, at=at)
    announce_all([_news(presence)])


def _news(presence: Presence) -> Announcement:
    return Announcement([person_group(presence.user_id)], Standing("presence"))
