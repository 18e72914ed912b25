"""The live wire: who hears what, and no longer than they may."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from channels.routing import URLRouter
from django.contrib.auth.models import AnonymousUser
from django.db import connections

from csplatform.desk.consumers import NOT_LOGGED_IN, groups_for
from csplatform.desk.urls import websocket_urlpatterns
from csplatform.live.announce import EVERYTHING, UNASSIGNED_TEAM, person_group, team_group
from csplatform.people.models import Role, Team, User
from tests.factories import make_account, make_conversation, make_team, make_user
from tests.sockets import Socket

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("threads_end")]
HERE = [(b"host", b"testserver"), (b"origin", b"http://testserver")]


@pytest.fixture
async def threads_end(transactional_db: None) -> AsyncIterator[None]:
    """The thread in which asynchronous code reads the database keeps a connection of its own: close it."""
    yield
    await sync_to_async(connections.close_all)()


def line_for(user: Any, headers: Any = HERE) -> Socket:
    return Socket(URLRouter(websocket_urlpatterns), "/ws/desk/", headers=headers, user=user)


async def listen(user: User) -> Socket:
    socket = line_for(user)
    assert await socket.connect()
    assert json.loads(await socket.receive())["kind"] == "hello"
    return socket


async def tell(group: str, number: int) -> None:
    layer = get_channel_layer()
    assert layer is not None
    await layer.group_send(group, {"type": "news", "news": [{"kind": "conversation", "conversation": number}]})


@pytest.fixture
def team(transactional_db: None) -> Team:
    return make_team("Shop")


@pytest.fixture
def agent(team: Team) -> User:
    return make_user(teams=[team])


async def test_an_agent_hears_their_teams_their_own_and_what_is_nobodys(agent: User, team: Team) -> None:
    socket = await listen(agent)
    groups = [team_group(team.pk), UNASSIGNED_TEAM, person_group(agent.pk)]
    for number, group in enumerate(groups):
        await tell(group, number)
        assert json.loads(await socket.receive())["conversation"] == number
    for foreign in (team_group(team.pk + 1), EVERYTHING, person_group(agent.pk + 1)):
        await tell(foreign, 9)
    assert await socket.is_silent()
    await socket.disconnect()


async def test_a_supervisor_hears_everything_once(team: Team) -> None:
    boss = await sync_to_async(make_user)(role=Role.SUPERVISOR, teams=[team])
    assert await groups_for(boss) == {EVERYTHING, person_group(boss.pk)}


async def test_a_real_change_arrives(agent: User, team: Team) -> None:
    socket = await listen(agent)
    conversation = await sync_to_async(make_conversation)(await sync_to_async(make_account)(team=team))
    heard: list[dict[str, Any]] = []
    while not heard or heard[-1]["revision"] < conversation.revision:
        heard.append(json.loads(await socket.receive()))
    assert {news["conversation"] for news in heard} == {conversation.pk}
    assert set(heard[-1]) == {"kind", "conversation", "revision"}
    await socket.disconnect()


async def test_a_new_team_is_heard_after_the_next_hello_and_a_former_one_is_not(agent: User, team: Team) -> None:
    socket = await listen(agent)
    other = await sync_to_async(make_team)("Returns")
    await sync_to_async(agent.teams.set)([other])
    await socket.send('{"kind":"hello"}')
    while await socket.is_silent():  # the hello is still being worked through
        await tell(team_group(other.pk), 1)
    await tell(team_group(team.pk), 2)
    await tell(team_group(other.pk), 3)
    heard: list[int] = []
    while 3 not in heard:
        heard.append(json.loads(await socket.receive())["conversation"])
    assert set(heard) == {1, 3}
    await socket.disconnect()


@pytest.mark.parametrize("user", [AnonymousUser(), None])
async def test_strangers_are_hung_up_on(user: Any, transactional_db: None) -> None:
    socket = line_for(user)
    await socket.connect()
    assert await socket.closing_code() == NOT_LOGGED_IN


async def test_somebody_who_left_is_hung_up_on(agent: User) -> None:
    socket = await listen(agent)
    await User.objects.filter(pk=agent.pk).aupdate(is_active=False)
    await socket.send('{"kind":"hello"}')
    assert await socket.closing_code() == NOT_LOGGED_IN


async def test_a_page_of_another_site_gets_no_line(agent: User) -> None:
    socket = line_for(agent, [(b"host", b"testserver"), (b"origin", b"https://evil.example")])
    assert not await socket.connect()
