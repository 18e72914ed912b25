"""Who else has a conversation open or writes in it; and that its customer sees an answer being written."""

import asyncio
import json
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer

from csplatform.conversations.actors import SYSTEM
from csplatform.conversations.models import Conversation
from csplatform.desk import looking
from csplatform.flows import assign, status
from csplatform.live.announce import handle_group
from csplatform.people.models import Team, User
from csplatform.people.services import access_changed
from tests.desk.test_consumer import listen, threads_end
from tests.factories import make_account, make_conversation, make_team, make_user
from tests.sockets import Socket

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("threads_end")]
__all__ = ["threads_end"]


@pytest.fixture
def team(transactional_db: None) -> Team:
    return make_team("Shop")


@pytest.fixture
def ana(team: Team) -> User:
    return make_user(name="Ana Torres", teams=[team])


@pytest.fixture
def omar(team: Team) -> User:
    return make_user(name="王小明", teams=[team])


@pytest.fixture
async def conversation(team: Team) -> Conversation:
    return await sync_to_async(make_conversation)(await sync_to_async(make_account)(team=team))


async def look(socket: Socket, conversation: Conversation | None, writing: str = "") -> None:
    number = conversation.pk if conversation else None
    await socket.send(json.dumps({"kind": "look", "conversation": number, "writing": writing}))


async def seen(socket: Socket) -> tuple[str, str, str]:
    """The next that is heard of another: their name, what they write, whether they come or go."""
    while True:
        news = json.loads(await socket.receive())
        if news["kind"] == "looking":
            how = "left" if news["left"] else "arrived" if news["arrived"] else "is there"
            return news["name"], news["writing"], how


async def test_two_see_each_other_come_write_and_go(conversation: Conversation, ana: User, omar: User) -> None:
    first, second = await listen(ana), await listen(omar)
    await look(first, conversation)
    assert await first.is_silent()
    await look(second, conversation)
    assert await seen(first) == ("王小明", "", "arrived")
    assert await seen(second) == ("Ana Torres", "", "is there")
    await look(second, conversation, "reply")
    assert await seen(first) == ("王小明", "reply", "is there")
    await look(second, conversation, "nonsense")
    assert await seen(first) == ("王小明", "", "is there")
    await look(second, None)
    assert await seen(first) == ("王小明", "", "left")
    await look(second, conversation, "note")
    assert await seen(first) == ("王小明", "note", "arrived")
    await second.disconnect()
    assert await seen(first) == ("王小明", "note", "left")
    await first.disconnect()


async def test_another_tab_of_ones_own_is_nobody_else(conversation: Conversation, ana: User) -> None:
    first, second = await listen(ana), await listen(ana)
    await look(first, conversation)
    await look(second, conversation)
    assert await first.is_silent()
    for socket in (first, second):
        await socket.disconnect()


async def test_who_has_not_spoken_for_long_does_not_answer_newcomers(
    conversation: Conversation, ana: User, omar: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = await listen(ana), await listen(omar)
    await look(first, conversation)
    assert await first.is_silent()
    monkeypatch.setattr(looking, "LOST_AFTER", 0)
    await look(second, conversation)
    assert await seen(first) == ("王小明", "", "arrived")
    assert await second.is_silent()
    for socket in (first, second):
        await socket.disconnect()


@pytest.mark.parametrize("frame", ["nothing", -1, 1 << 70, True, [1]])
async def test_what_is_no_conversation_is_none(conversation: Conversation, ana: User, frame: Any) -> None:
    socket = await listen(ana)
    await socket.send(json.dumps({"kind": "look", "conversation": frame}))
    assert await socket.is_silent()
    await socket.disconnect()


async def test_a_stranger_sees_and_shows_nothing(conversation: Conversation, ana: User) -> None:
    stranger = await sync_to_async(make_user)(teams=[await sync_to_async(make_team)("Security")])
    first, second = await listen(ana), await listen(stranger)
    await look(second, conversation)
    await look(first, conversation)
    await look(second, conversation, "reply")
    assert await first.is_silent()
    assert await second.is_silent()
    for socket in (first, second):
        await socket.disconnect()


@pytest.mark.parametrize("way", ["handed over", "team removed"])
async def test_access_taken_away_ends_the_look(conversation: Conversation, ana: User, omar: User, way: str) -> None:
    boss = await sync_to_async(make_user)(name="Boss", role="supervisor")
    first, second = await listen(boss), await listen(omar)
    await look(first, conversation)
    await look(second, conversation)
    assert (await seen(first))[0] == "王小明"

    def take_away() -> None:
        if way == "handed over":
            assign.hand_over(conversation.pk, to=make_team("Security"), by=SYSTEM)
        else:
            omar.teams.clear()
            access_changed([omar.pk])

    await sync_to_async(take_away)()
    while (await seen(first))[2] != "left":
        pass
    while not await second.is_silent():
        await second.receive()
    await look(first, conversation, "reply")
    assert await second.is_silent()
    for socket in (first, second):
        await socket.disconnect()


async def test_the_customer_sees_an_answer_being_written(conversation: Conversation, ana: User) -> None:
    layer: Any = get_channel_layer()
    visitor = await layer.new_channel()
    await layer.group_add(handle_group(conversation.handle_id), visitor)
    heard: list[Any] = []

    async def collect() -> None:
        while True:
            heard.extend((await layer.receive(visitor))["news"])

    async def shown() -> list[Any]:
        await asyncio.sleep(0.3)
        typing, heard[:] = [news for news in heard if news["kind"] == "typing"], []
        return typing

    collecting = asyncio.create_task(collect())
    socket = await listen(ana)
    for writing in ("", "note"):
        await look(socket, conversation, writing)
        assert await shown() == []
    await look(socket, conversation, "reply")
    typing = {"kind": "typing", "conversation": conversation.pk, "name": "Ana", "is_customer": False}
    assert await shown() == [typing]
    await look(socket, conversation, "reply")
    assert await shown() == []
    await look(socket, None)
    await sync_to_async(status.mark_spam)(conversation.pk, by=SYSTEM)
    await look(socket, conversation, "reply")
    assert await shown() == []
    await socket.disconnect()
    collecting.cancel()
