"""Online, away, offline: said by people, and by what their screens say for them."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from csplatform.common import clock
from csplatform.common.errors import InvalidInput
from csplatform.people import presence
from csplatform.people.models import AbsenceReason, Presence, PresenceChange, User
from tests.factories import MONDAY, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana() -> User:
    return make_user(name="Ana")


def at(seconds: float) -> datetime:
    return MONDAY + timedelta(seconds=seconds)


def hear(user: User, seconds: float, idle: float = 0) -> None:
    """A hello of one of the user's screens."""
    with clock.frozen(at(seconds)):
        presence.heard(user.pk, timedelta(seconds=idle))


def sweep(seconds: float) -> int:
    with clock.frozen(at(seconds)):
        return presence.end_gone()


def state(user: User) -> str:
    return Presence.objects.get(user=user).state


def history(user: User) -> list[tuple[str, str, float]]:
    rows = PresenceChange.objects.filter(user=user).values_list("state", "cause", "at")
    return [(state, cause, (moment - MONDAY).total_seconds()) for state, cause, moment in rows]


def online(seconds: float) -> set[User]:
    with clock.frozen(at(seconds)):
        return set(presence.online_agents())


def test_a_screen_makes_online_and_its_silence_offline(ana: User) -> None:
    for second in range(0, 121, 30):
        hear(ana, second)
    assert sweep(200) == 0
    assert online(200) == {ana}
    assert sweep(215) == 1
    assert sweep(230) == 0
    assert state(ana) == "offline"
    hear(ana, 500)
    assert history(ana) == [("online", "back", 0), ("offline", "gone", 210), ("online", "back", 500)]


def test_nobody_without_a_screen_is_online_even_where_no_sweep_runs(ana: User) -> None:
    hear(ana, 0)
    assert online(91) == set()
    hear(ana, 3600)
    assert history(ana) == [("online", "back", 0), ("offline", "gone", 90), ("online", "back", 3600)]


def test_resting_hands_make_away_and_a_move_brings_back(ana: User) -> None:
    for second in range(0, 600, 30):
        hear(ana, second, idle=second)
    hear(ana, 599, idle=599)
    assert state(ana) == "online"
    hear(ana, 600, idle=600)
    assert state(ana) == "away"
    assert online(600) == set()
    hear(ana, 605)
    assert history(ana) == [("online", "back", 0), ("away", "idle", 600), ("online", "back", 605)]


def test_one_screen_may_rest_while_another_is_used(ana: User) -> None:
    hear(ana, 0)
    for second in range(30, 901, 30):
        hear(ana, second)
        hear(ana, second + 1, idle=second)
    assert history(ana) == [("online", "back", 0)]


@pytest.mark.parametrize(("minutes", "then"), [(0, "online"), (30, "away"), (60, "online")])
def test_how_long_is_everybodys_own_choice(ana: User, minutes: int, then: str) -> None:
    presence.set_idle_minutes(ana, minutes)
    hear(ana, 0)
    hear(ana, 1800, idle=1800)
    assert state(ana) == then
    for wrong in (-1, 241):
        with pytest.raises(InvalidInput):
            presence.set_idle_minutes(ana, wrong)


def test_what_was_chosen_holds_until_something_else_is(ana: User) -> None:
    pause, old = AbsenceReason.objects.create(name="Break"), AbsenceReason.objects.create(name="Old", is_active=False)
    hear(ana, 0)
    with clock.frozen(at(10)):
        presence.choose(ana, "away", pause)
    hear(ana, 30)
    assert Presence.objects.get(user=ana).reason == pause
    assert online(30) == set()
    with clock.frozen(at(40)):
        presence.choose(ana, "offline")
        for wrong, reason in (("asleep", None), ("online", pause), ("away", old)):
            with pytest.raises(InvalidInput):
                presence.choose(ana, wrong, reason)
    hear(ana, 60)
    assert (state(ana), sweep(500)) == ("offline", 0)
    with clock.frozen(at(600)):
        presence.choose(ana, "online")
    rows = list(PresenceChange.objects.filter(user=ana).values_list("state", "reason__name", "cause"))
    assert rows == [
        ("online", None, "back"),
        ("away", "Break", "chosen"),
        ("offline", None, "chosen"),
        ("online", None, "chosen"),
    ]


def test_another_reason_is_a_change_too(ana: User) -> None:
    for name in ("Break", "Training", "Training"):
        presence.choose(ana, "away", AbsenceReason.objects.get_or_create(name=name)[0])
    reasons = PresenceChange.objects.filter(user=ana).values_list("reason__name", flat=True)
    assert list(reasons) == ["Break", "Training"]


def test_hellos_write_twice_a_minute_at_most(ana: User) -> None:
    hear(ana, 0)
    writes = []
    for second in range(1, 61):  # a page each second
        with CaptureQueriesContext(connection) as queries:
            hear(ana, second)
        writes.append(sum(not query["sql"].startswith("SELECT") for query in queries))
    assert sum(writes) == 2


def test_the_sweep_writes_in_a_fixed_number_of_statements() -> None:
    counted = []
    for number in (2, 5):
        for user in [make_user() for _ in range(number)]:
            hear(user, 0)
        with CaptureQueriesContext(connection) as queries:
            assert sweep(100) == number
        counted.append(len(queries))
    assert counted[0] == counted[1]


def test_who_left_gets_no_work(ana: User) -> None:
    hear(ana, 0)
    User.objects.filter(pk=ana.pk).update(is_active=False)
    assert online(1) == set()
