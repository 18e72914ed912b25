"""The visitor's socket: whom it lets in, what it refuses, and how much of anything it takes."""

from typing import Any
from uuid import uuid4

import pytest
from asgiref.sync import sync_to_async
from channels.routing import URLRouter

from channels_webchat import limits
from channels_webchat.urls import websocket_urlpatterns
from csplatform.contacts.models import Handle
from csplatform.conversations.models import Message
from csplatform.gateway.models import ChannelAccount
from tests.channels_webchat.conftest import Visit, a_message, token_of
from tests.factories import MONDAY, make_account
from tests.sockets import Socket

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("threads_end")]


@pytest.mark.parametrize("forgery", ["", "garbage", "tampered", "other account"])
async def test_a_forged_token_is_shown_the_door(visit: Visit, account: ChannelAccount, forgery: str) -> None:
    good = token_of(account, "ada")
    other = await sync_to_async(make_account)("webchat", address="other")
    token = {"tampered": good[:-1] + ("a" if good[-1] != "a" else "b"), "other account": token_of(other, "ada")}
    tab = await visit("ada", greet=False)
    await tab.tell({"type": "hello", "token": token.get(forgery, forgery), "known": {}})
    assert await tab.socket.closing_code() == 4401
    assert not await Handle.objects.aexists()


async def test_a_second_hello_brings_a_name_but_no_other_person(visit: Visit, account: ChannelAccount) -> None:
    tab = await visit("ada")
    tab.token = token_of(account, "ada", name="Ada")
    await tab.hello()
    await tab.say("Hello")
    assert (await Handle.objects.aget()).name == "Ada"
    await tab.tell({"type": "hello", "token": token_of(account, "bob"), "known": {}})
    await tab.tell({"type": "ping"})
    with pytest.raises(AssertionError, match="4400"):
        await tab.hear("welcome", "pong")


async def test_nothing_is_taken_before_hello(visit: Visit) -> None:
    tab = await visit("ada", greet=False)
    await tab.tell({"type": "send", **a_message()})
    assert await tab.socket.closing_code() == 4400
    assert not await Message.objects.aexists()


async def test_whoever_never_says_hello_is_sent_away(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("channels_webchat.consumers.HELLO_WITHIN", 0.05)
    tab = await visit("ada", greet=False)
    assert await tab.socket.closing_code() == 4408


@pytest.mark.parametrize("frame", ["[]", "{", "[" * 5000, '"x"', '{"type":"dance"}', '{"type":["send"]}'])
async def test_a_frame_that_makes_no_sense_closes_the_line(visit: Visit, frame: str) -> None:
    tab = await visit("ada")
    await tab.socket.send(frame)
    assert await tab.socket.closing_code() == 4400


async def test_a_frame_that_is_too_large_closes_the_line(visit: Visit) -> None:
    tab = await visit("ada")
    await tab.socket.send(" " * (64 * 1024 + 1))
    assert await tab.socket.closing_code() == 1009


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"text": " \n "}, "empty"),
        ({"text": "x" * 8001}, "too_long"),
        ({"text": 5}, "unreadable"),
        ({"key": "1"}, "unreadable"),
        ({"at": "yesterday"}, "unreadable"),
    ],
)
async def test_a_refusal_names_the_message_and_the_reason(visit: Visit, changes: dict[str, Any], reason: str) -> None:
    tab = await visit("ada")
    message = a_message() | changes
    await tab.tell({"type": "send", **message})
    assert await tab.hear("refused") == {"type": "refused", "key": message["key"], "reason": reason}
    assert not await Message.objects.aexists()
    assert (await tab.say("and still here"))["type"] == "ack"


async def test_a_flood_is_refused_and_kept_out(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    tab = await visit(f"flood-{uuid4().hex}")
    monkeypatch.setattr("channels_webchat.limits.clock.now", lambda: MONDAY)
    kinds = [(await tab.say(str(number)))["type"] for number in range(32)]
    assert kinds == ["ack"] * 30 + ["refused"] * 2
    assert await Message.objects.filter(kind="customer").acount() == 30


async def test_a_flood_of_frames_closes_the_line(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("channels_webchat.consumers.MOST_FRAMES", 5)
    tab = await visit("ada")
    for _frame in range(4):
        await tab.tell({"type": "ping"})
        await tab.hear("pong")
    await tab.tell({"type": "ping"})
    assert await tab.socket.closing_code() == 4429


async def test_one_visitor_has_so_many_tabs(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("channels_webchat.consumers.MOST_TABS", 2)
    first = await visit("ada")
    await visit("ada")
    third = await visit("ada", greet=False)
    await third.tell({"type": "hello", "token": third.token})
    assert await third.socket.closing_code() == 4429
    await third.socket.disconnect()
    await first.socket.disconnect()
    assert (await (await visit("ada")).say("room again"))["type"] == "ack"


async def test_one_address_opens_so_many_sockets_a_minute(
    account: ChannelAccount, threads_end: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("channels_webchat.limits.SOCKETS", limits.Limit("sockets", 1))
    monkeypatch.setattr("channels_webchat.limits.clock.now", lambda: MONDAY)
    address = (f"10.0.0.{uuid4().int % 250}", 1000)
    lines = [Socket(URLRouter(websocket_urlpatterns), "/ws/chat/shop/", client=address) for _line in range(2)]
    assert [await line.connect() for line in lines] == [True, False]
    for line in lines:
        await line.disconnect()


@pytest.mark.parametrize(
    ("origin", "is_let_in"),
    [("http://desk.example", True), ("https://shop.example", True), ("https://evil.example", False), (None, True)],
)
async def test_only_our_own_frame_and_allowed_sites_connect(
    account: ChannelAccount, origin: str | None, is_let_in: bool
) -> None:
    account.settings = {"allowed_origins": ["https://shop.example"]}
    await account.asave()
    headers = [(b"host", b"desk.example")] + ([(b"origin", origin.encode())] if origin else [])
    socket = Socket(URLRouter(websocket_urlpatterns), "/ws/chat/shop/", headers=headers)
    assert await socket.connect() is is_let_in
    await socket.disconnect()


@pytest.mark.parametrize("key", ["nobody", "resting"])
async def test_an_unknown_or_inactive_widget_is_refused(transactional_db: None, key: str) -> None:
    await sync_to_async(make_account)("webchat", address="resting", is_active=False)
    socket = Socket(URLRouter(websocket_urlpatterns), f"/ws/chat/{key}/")
    assert not await socket.connect()
