"""The live wire: who hears what, and no longer than they may."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.auth import AuthMiddlewareStack
from channels.layers import get_channel_layer
from channels.routing import URLRouter
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connections
from django.test import Client

from csplatform.desk.admission import groups_of
from csplatform.desk.consumers import NOT_LOGGED_IN
from csplatform.desk.urls import websocket_urlpatterns
from csplatform.live.announce import EVERYTHING, UNASSIGNED_TEAM, person_group, team_group
from csplatform.people.models import Presence, Role, Team, User
from csplatform.people.services import access_changed
from tests.desk.conftest import BACKEND
from tests.factories import make_account, make_conversation, make_team, make_user
from tests.sockets import Socket

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("threads_end")]
HERE = [(b"host", b"testserver"), (b"origin", b"http://testserver")]


@pytest.fixture
async def threads_end(transactional_db: None) -> AsyncIterator[None]:
    """The thread in which asynchronous code reads the database keeps a connection of its own: close it."""
    yield
    await sync_to_async(connections.close_all)()


def line_for(session: str, headers: Any = HERE) -> Socket:
    cookie = (b"cookie", f"{settings.SESSION_COOKIE_NAME}={session}".encode())
    application = AuthMiddlewareStack(URLRouter(websocket_urlpatterns))
    return Socket(application, "/ws/desk/", headers=[*headers, cookie])


def log_in(user: User) -> str:
    """Return a new session of the user."""
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


async def listen(user: User, session: str = "") -> Socket:
    socket = line_for(session or await sync_to_async(log_in)(user))
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
    assert await sync_to_async(groups_of)(boss) == {EVERYTHING, person_group(boss.pk)}


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
    heard: list[Any] = []
    while 1 not in heard:  # the hello is still being worked through
        await tell(team_group(other.pk), 1)
        if not await socket.is_silent():
            heard.append(json.loads(await socket.receive()).get("conversation"))
    await tell(team_group(team.pk), 2)
    await tell(team_group(other.pk), 3)
    while 3 not in heard:
        heard.append(json.loads(await socket.receive()).get("conversation"))
    assert 2 not in heard
    await socket.disconnect()


@pytest.mark.parametrize("session", ["", "nobody"])
async def test_strangers_are_hung_up_on(session: str, transactional_db: None) -> None:
    socket = line_for(session)
    await socket.connect()
    assert await socket.closing_code() == NOT_LOGGED_IN


async def test_somebody_who_left_is_hung_up_on(agent: User) -> None:
    socket = await listen(agent)
    await User.objects.filter(pk=agent.pk).aupdate(is_active=False)
    await socket.send('{"kind":"hello"}')
    assert await socket.closing_code() == NOT_LOGGED_IN


async def test_a_page_of_another_site_gets_no_line(agent: User) -> None:
    socket = line_for(
        await sync_to_async(log_in)(agent), [(b"host", b"testserver"), (b"origin", b"https://evil.example")]
    )
    assert not await socket.connect()


async def test_access_is_looked_at_anew_as_soon_as_it_changes(agent: User, team: Team) -> None:
    socket = await listen(agent)

    def leave_the_team() -> None:
        agent.teams.clear()
        access_changed([agent.pk])

    await sync_to_async(leave_the_team)()
    assert json.loads(await socket.receive()) == {"kind": "access"}
    await tell(team_group(team.pk), 1)
    assert await socket.is_silent()
    await socket.disconnect()


@pytest.mark.parametrize("end", ["left", "logged out", "new password"])
async def test_a_line_ends_with_its_session(agent: User, end: str) -> None:
    mine, others = await sync_to_async(log_in)(agent), await sync_to_async(log_in)(agent)
    socket, other = await listen(agent, mine), await listen(agent, others)

    def end_it() -> None:
        if end == "left":
            User.objects.filter(pk=agent.pk).update(is_active=False)
        elif end == "new password":
            agent.set_password("another good one")
            agent.save()
        else:
            Session.objects.filter(session_key=mine).delete()
        access_changed([agent.pk])

    await sync_to_async(end_it)()
    assert await socket.closing_code() == NOT_LOGGED_IN
    if end == "logged out":
        assert json.loads(await other.receive()) == {"kind": "access"}
        await other.disconnect()
    else:
        assert await other.closing_code() == NOT_LOGGED_IN


async def test_a_hello_is_a_sign_of_presence(agent: User) -> None:
    socket = await listen(agent)
    assert not await Presence.objects.aexists()
    await socket.send('{"kind":"hello","idle":3}')
    heard = [json.loads(await socket.receive())["kind"] for _frame in range(2)]
    assert sorted(heard) == ["heard", "presence"]
    assert (await Presence.objects.aget()).state == "online"
    await socket.send('{"kind":"hello","idle":601}')
    await socket.send('{"kind":"hello","idle":"long"}')
    await socket.send("[]")
    assert [json.loads(await socket.receive()) for _hello in range(3)] == [{"kind": "heard"}] * 3
    assert await socket.is_silent()
    await socket.disconnect()
