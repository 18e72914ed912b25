"""How long one may have to wait: a true place, and a time only where one can be told."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from asgiref.sync import sync_to_async
from django.core.cache import cache

from channels_webchat.outlook import Outlook
from channels_webchat.waiting import Waiting, waiting_of
from csplatform.common import clock
from csplatform.conversations.actors import SYSTEM
from csplatform.conversations.models import Conversation
from csplatform.flows import reply as replies
from csplatform.flows.assign import assign
from csplatform.flows.status import resolve
from csplatform.gateway.models import ChannelAccount
from csplatform.people.models import User
from csplatform.sla.models import Calendar
from tests.channels_webchat.conftest import Visit, token_of
from tests.channels_webchat.test_http import get
from tests.factories import MONDAY, make_account, make_conversation, make_team, make_user


@pytest.fixture(autouse=True)
def fresh_reading() -> None:
    cache.clear()


@pytest.fixture
def agent(db: None) -> User:
    return make_user(name="Ana")


def opened(account: ChannelAccount, minutes: int) -> Conversation:
    """Open a conversation so many minutes after MONDAY."""
    with clock.frozen(MONDAY + timedelta(minutes=minutes)):
        return make_conversation(account)


def seen(account: ChannelAccount, conversation: Conversation, minutes: int) -> Waiting | None:
    cache.clear()
    with clock.frozen(MONDAY + timedelta(minutes=minutes)):
        return waiting_of(account, conversation.handle_id)


def served(account: ChannelAccount, agent: User, *, after: int, taking: int) -> None:
    conversation = opened(account, after)
    with clock.frozen(MONDAY + timedelta(minutes=after + taking)):
        replies.reply(conversation.pk, by=agent, text="Hi", key=uuid4())


def test_a_place_counts_those_who_wait_longer(account: ChannelAccount, agent: User) -> None:
    first, second, third = (opened(account, minute) for minute in (0, 1, 2))
    opened(make_account("webchat"), 0)
    elsewhere = opened(account, 0)
    Conversation.objects.filter(pk=elsewhere.pk).update(team=make_team())
    assert [seen(account, one, 3) for one in (first, second, third)] == [Waiting(place, None) for place in (1, 2, 3)]
    assign(first.pk, to=agent, by=SYSTEM)
    assert seen(account, first, 3) is None
    resolve(second.pk, by=SYSTEM)
    assert seen(account, third, 3) == Waiting(1, None)
    replies.reply(third.pk, by=agent, text="Hi", key=uuid4())
    assert seen(account, third, 3) is None
    assert waiting_of(account, None) is None


def test_the_time_is_what_is_left_of_the_median(account: ChannelAccount, agent: User) -> None:
    for after, taking in ((0, 4), (1, 12), (2, 90)):
        served(account, agent, after=after, taking=taking)
    mine = opened(account, 100)
    assert seen(account, mine, 100) == Waiting(1, 12)
    assert seen(account, mine, 105) == Waiting(1, 7)
    assert seen(account, mine, 113) == Waiting(1, None)  # it has lasted longer than told: nobody knows any more
    assert seen(account, opened(account, 400), 400) == Waiting(2, None)  # what was hours ago tells nothing


def test_of_few_answers_nothing_is_told(account: ChannelAccount, agent: User) -> None:
    for after in (0, 1):
        served(account, agent, after=after, taking=4)
    assert seen(account, opened(account, 10), 10) == Waiting(1, None)


@pytest.mark.parametrize(("settings", "hour"), [({"queue": False}, 10), ({"calendar": "Office"}, 20)])
def test_nothing_is_told_while_nobody_is_there(account: ChannelAccount, settings: dict[str, Any], hour: int) -> None:
    Calendar.objects.create(name="Office", timezone="UTC")
    account.settings = settings
    account.save()
    assert seen(account, opened(account, (hour - 10) * 60), (hour - 10) * 60) is None


def test_all_visitors_share_one_reading(account: ChannelAccount, django_assert_num_queries: Any) -> None:
    one, other = opened(account, 0), opened(account, 1)
    assert waiting_of(account, one.handle_id)
    with django_assert_num_queries(1):
        assert waiting_of(account, other.handle_id) == Waiting(2, None)


@pytest.mark.django_db(transaction=True)
async def test_a_tab_is_told_until_somebody_takes_over(
    visit: Visit, account: ChannelAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("channels_webchat.outlook.REFRESH", 0.05)
    monkeypatch.setattr("channels_webchat.waiting.QUEUE_SECONDS", 0)
    tab = await visit("ada")
    await tab.say("Anybody?")
    assert (await tab.hear("waiting"))["waiting"] == {"place": 1, "minutes": None}
    later = await visit("ada")
    assert (await later.hear("waiting"))["waiting"] == {"place": 1, "minutes": None}
    await tab.socket.is_silent()  # what does not change is not told again
    conversation = await Conversation.objects.aget()
    agent = await sync_to_async(make_user)(name="Ana")
    await sync_to_async(assign)(conversation.pk, to=agent, by=SYSTEM)
    for one in (tab, later):
        assert (await one.hear("waiting"))["waiting"] is None


def test_over_http_it_comes_along(account: ChannelAccount) -> None:
    conversation = opened(account, 0)
    token = token_of(account, conversation.handle.external_id)
    assert get(account, token).json()["waiting"] == {"place": 1, "minutes": None}
    resolve(conversation.pk, by=SYSTEM)
    assert "waiting" not in get(account, token).json()


@pytest.mark.parametrize(("place", "seconds"), [(1, 10), (10, 10), (11, 30), (99, 30), (100, 60)])
async def test_the_further_back_the_less_often_one_looks(place: int, seconds: float) -> None:
    pauses: list[float] = []

    async def sleep(pause: float) -> None:
        pauses.append(pause)

    queue = [Waiting(place, None), None]

    async def look() -> Waiting | None:
        return queue.pop(0)

    told: list[Waiting | None] = []

    async def tell(waiting: Waiting | None) -> None:
        told.append(waiting)

    outlook = Outlook(look, tell, sleep)
    outlook.begin()
    while len(told) < 2:
        await asyncio.sleep(0)
    assert pauses == [seconds]
    assert told == [Waiting(place, None), None]
