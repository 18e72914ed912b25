"""Waiting for news over plain HTTP: one request, answered when there is something, holding nothing meanwhile."""

import asyncio
import json
from typing import Any
from uuid import uuid4

import pytest
from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator
from channels.layers import get_channel_layer
from channels.routing import URLRouter
from django.db import connection

from channels_webchat.urls import http_urlpatterns
from csplatform.contacts.models import Handle
from csplatform.conversations.models import Conversation
from csplatform.flows import reply as replies
from csplatform.gateway.models import ChannelAccount
from csplatform.live.announce import handle_group
from tests.channels_webchat.conftest import token_of
from tests.channels_webchat.test_http import a_message, post
from tests.channels_webchat.test_own_data import history
from tests.factories import make_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("threads_end")]


class Waiting:
    """One request for news."""

    def __init__(self, account: ChannelAccount, token: str, known: object = None, method: str = "GET") -> None:
        scope = {
            "type": "http",
            "method": method,
            "path": f"/chat/{account.address}/news/",
            "query_string": b"known=" + json.dumps(known or {}).encode(),
            "headers": [(b"authorization", f"Bearer {token}".encode())],
        }
        self.line = ApplicationCommunicator(URLRouter(http_urlpatterns), scope)

    async def ask(self) -> "Waiting":
        await self.line.send_input({"type": "http.request", "body": b""})
        return self

    async def waits(self) -> bool:
        return bool(await self.line.receive_nothing(timeout=0.5))

    async def answer(self) -> tuple[int, dict[str, Any]]:
        start = await self.line.receive_output(5)
        body = await self.line.receive_output(5)
        await self.leave()
        return start["status"], json.loads(body["body"])

    async def leave(self) -> None:
        await self.line.send_input({"type": "http.disconnect"})
        await self.line.wait(5)


@pytest.fixture
async def ada(account: ChannelAccount, threads_end: None) -> str:
    """The token of a visitor who said hello."""
    token = token_of(account, "ada")
    await sync_to_async(post)(account, token, a_message("Hello"))
    return token


async def known_of(account: ChannelAccount, token: str) -> tuple[dict[str, int], list[str]]:
    status, frame = await (await Waiting(account, token).ask()).answer()
    assert status == 200
    return frame["known"], [line["text"] for line in frame["lines"]]


async def answer(text: str) -> None:
    conversation = await Conversation.objects.alatest("id")
    agent = await sync_to_async(make_user)(name="Ana")
    await sync_to_async(replies.reply)(conversation.pk, by=agent, text=text, key=uuid4())


async def test_what_is_missing_comes_at_once(account: ChannelAccount, ada: str) -> None:
    assert (await known_of(account, ada))[1] == ["Hello"]


async def test_it_waits_and_answers_as_soon_as_there_is_news(account: ChannelAccount, ada: str) -> None:
    known, _lines = await known_of(account, ada)
    waiting = await Waiting(account, ada, known).ask()
    assert await waiting.waits()
    await answer("Hi!")
    _status, frame = await waiting.answer()
    assert [line["text"] for line in frame["lines"]] == ["Hi!"]


async def test_the_first_message_of_another_tab_is_news(account: ChannelAccount, threads_end: None) -> None:
    token = token_of(account, "new")
    waiting = await Waiting(account, token).ask()
    assert await waiting.waits()
    await sync_to_async(post)(account, token, a_message("from the other tab"))
    _status, frame = await waiting.answer()
    assert [line["text"] for line in frame["lines"]] == ["from the other tab"]


async def test_typing_is_news_and_one_s_own_is_not(account: ChannelAccount, ada: str) -> None:
    known, _lines = await known_of(account, ada)
    waiting = await Waiting(account, ada, known).ask()
    assert await waiting.waits()
    handle, conversation = await Handle.objects.aget(), await Conversation.objects.aget()
    typing = {"conversation": conversation.pk, "name": "Ana", "is_customer": True, "kind": "typing"}
    layer = get_channel_layer()
    assert layer is not None
    await layer.group_send(handle_group(handle.pk), {"type": "news", "news": [typing]})
    assert await waiting.waits()
    await layer.group_send(handle_group(handle.pk), {"type": "news", "news": [typing | {"is_customer": False}]})
    assert await waiting.answer() == (200, {"type": "typing", "name": "Ana"})


async def test_patience_ends_with_nothing(account: ChannelAccount, ada: str, monkeypatch: pytest.MonkeyPatch) -> None:
    known, _lines = await known_of(account, ada)
    monkeypatch.setattr("channels_webchat.long_poll.PATIENCE", 0.6)
    waiting = await Waiting(account, ada, known).ask()
    assert await waiting.waits()
    status, frame = await waiting.answer()
    assert (status, frame["lines"], frame["known"]) == (200, [], known)


async def test_whoever_waits_holds_no_connection(account: ChannelAccount, ada: str) -> None:
    known, _lines = await known_of(account, ada)
    before = await sync_to_async(_connections)()
    waiting = [await Waiting(account, ada, known).ask() for _number in range(8)]
    for one in waiting:
        assert await one.waits()
    assert await sync_to_async(_connections)() <= before
    await asyncio.gather(*(one.leave() for one in waiting))


async def test_another_s_news_is_none(account: ChannelAccount, ada: str) -> None:
    waiting = await Waiting(account, token_of(account, "bob"), {}).ask()
    assert await waiting.waits()
    await answer("for Ada")
    assert await waiting.waits()
    await waiting.leave()


async def test_an_erased_history_is_news(account: ChannelAccount, ada: str) -> None:
    known, _lines = await known_of(account, ada)
    waiting = await Waiting(account, ada, known).ask()
    assert await waiting.waits()
    await sync_to_async(history)(account, ada, "delete")
    assert await waiting.answer() == (200, {"type": "erased"})


async def test_refusals(account: ChannelAccount, ada: str) -> None:
    forged = await Waiting(account, "forged").ask()
    assert await forged.answer() == (403, {"type": "refused", "key": None, "reason": "session"})
    assert (await (await Waiting(account, ada, method="POST").ask()).answer())[0] == 404
    account.is_active = False
    await account.asave()
    assert (await (await Waiting(account, ada).ask()).answer())[0] == 404


def _connections() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
        return int(cursor.fetchone()[0])
