"""The visitor's WebSocket: what is acknowledged is stored, nothing is lost or doubled, nobody reads another's."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer

from csplatform.contacts.models import Handle
from csplatform.conversations.actors import Actor
from csplatform.conversations.models import Conversation, Dispatch, Message
from csplatform.flows import reply as replies
from csplatform.flows.receive import receive
from csplatform.flows.status import resolve
from csplatform.gateway.contract import MessageDeleted, MessageEdited
from csplatform.gateway.models import ChannelAccount
from csplatform.live.announce import handle_group
from csplatform.people.models import User
from tests.channels_webchat.conftest import Visit, a_message
from tests.factories import MONDAY, make_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("threads_end")]


@pytest.fixture
def agent(transactional_db: None) -> User:
    return make_user(name="Ana García", email="ana.secret@desk.example")


async def answer(agent: User, text: str) -> Message:
    conversation = await Conversation.objects.alatest("id")
    return await sync_to_async(replies.reply)(conversation.pk, by=agent, text=text, key=uuid4())


async def note(agent: User, text: str) -> None:
    conversation = await Conversation.objects.alatest("id")
    await sync_to_async(replies.note)(conversation.pk, by=agent, text=text, key=uuid4())


async def test_an_acknowledged_message_is_stored(visit: Visit, account: ChannelAccount) -> None:
    tab = await visit("ada")
    key = str(uuid4())
    ack = await tab.say("我的订单还没到", key)
    message = await Message.objects.select_related("handle").aget(kind="customer")
    assert message.text == "我的订单还没到"
    assert message.external_id == f"ada:{key}"
    assert message.handle is not None
    assert (message.handle.kind, message.handle.external_id) == ("visitor", "ada")
    assert ack["key"] == key
    assert ack["line"] | {"at": "", "conversation": 0} == {
        "id": message.pk,
        "conversation": 0,
        "side": "customer",
        "key": key,
        "text": "我的订单还没到",
        "at": "",
        "name": "",
        "state": "",
        "receipts": [],
        "files": [],
        "edited": False,
        "deleted": False,
    }


async def test_the_same_key_three_times_is_one_message(visit: Visit) -> None:
    tab, key = await visit("ada"), str(uuid4())
    acks = [await tab.say("Hello", key) for _try in range(3)]
    assert {ack["type"] for ack in acks} == {"ack"}
    assert len({ack["line"]["id"] for ack in acks}) == 1
    assert await Message.objects.filter(kind="customer").acount() == 1


async def test_the_same_key_of_two_visitors_is_two_messages(visit: Visit) -> None:
    key = str(uuid4())
    for visitor in ("ada", "bob"):
        assert (await (await visit(visitor)).say("Hello", key))["type"] == "ack"
    assert await Message.objects.filter(kind="customer").acount() == 2


async def test_an_answer_reaches_every_tab_that_was_open_before_the_first_message(visit: Visit, agent: User) -> None:
    first, second = await visit("ada"), await visit("ada")
    await first.say("Anybody there?")
    await second.hear_text("Anybody there?")
    await answer(agent, "Yes!")
    for tab in (first, second):
        line = await tab.hear_text("Yes!")
        assert (line["side"], line["name"], line["key"]) == ("agent", "Ana", None)


async def test_notes_events_and_addresses_stay_inside(visit: Visit, agent: User) -> None:
    tab = await visit("ada")
    await tab.say("Hello")
    await note(agent, "a difficult customer")
    await answer(agent, "Good morning")
    conversation = await Conversation.objects.aget()
    await sync_to_async(resolve)(conversation.pk, by=Actor.agent(agent))
    await tab.hear_text("Good morning")
    await tab.silent()
    later = await visit("ada")
    for lines in (tab.lines, later.lines):
        assert {line["text"] for line in lines} == {"Hello", "Good morning"}
        assert {line["side"] for line in lines} == {"customer", "agent"}
        assert "ana.secret" not in str(lines)
        assert "García" not in str(lines)


async def test_an_agent_without_a_name_is_not_named_by_their_address(visit: Visit) -> None:
    tab = await visit("ada")
    await tab.say("Hello")
    nameless = await sync_to_async(make_user)(name="", email="secret@desk.example")
    await answer(nameless, "Hi")
    assert (await tab.hear_text("Hi"))["name"] == ""


async def test_a_reply_shows_when_it_was_sent_not_while_it_waits(visit: Visit, agent: User) -> None:
    tab = await visit("ada")
    await tab.say("Hello")
    await answer(agent, "Sent")
    await tab.hear_text("Sent")
    waiting = await Message.objects.aget(text="Sent")
    await Message.objects.filter(pk=waiting.pk).aupdate(state="queued")
    assert [line["text"] for line in (await (await visit("ada", greet=False)).hello())["lines"]] == ["Hello"]


async def test_after_a_break_exactly_what_is_missing_comes(visit: Visit, agent: User) -> None:
    tab = await visit("ada")
    await tab.say("one")
    await answer(agent, "two")
    await tab.hear_text("two")
    await tab.silent()
    while not await tab.silent():
        await tab.hear("lines")
    await tab.socket.disconnect()
    for text in ("three", "four"):
        await answer(agent, text)
    back = await visit("ada", known=tab.known)
    assert [line["text"] for line in back.lines] == ["three", "four"]
    again = await visit("ada", known=back.known)
    assert again.lines == []


async def test_a_message_repeated_over_a_break_is_not_doubled(visit: Visit, agent: User) -> None:
    tab, key = await visit("ada"), str(uuid4())
    await tab.tell({"type": "send", **a_message("only once", key)})
    await tab.hear("ack")
    await tab.socket.disconnect()  # as if the acknowledgement had been lost
    back = await visit("ada", known=tab.known)
    assert (await back.say("only once", key))["type"] == "ack"
    fresh = await visit("ada")
    assert [line["text"] for line in fresh.lines] == ["only once"]


async def test_a_screen_from_before_a_restored_backup_gets_everything(visit: Visit) -> None:
    tab = await visit("ada")
    await tab.say("Hello")
    conversation = await Conversation.objects.aget()
    ahead = await visit("ada", known={str(conversation.pk): conversation.revision + 50})
    assert [line["text"] for line in ahead.lines] == ["Hello"]


async def test_the_order_is_the_server_s(visit: Visit, agent: User) -> None:
    tab = await visit("ada")
    for number in range(3):
        await tab.say(f"question {number}")
        await answer(agent, f"answer {number}")
    fresh = await visit("ada")
    expected = [f"{kind} {number}" for number in range(3) for kind in ("question", "answer")]
    assert [line["text"] for line in fresh.lines] == expected
    assert [line["id"] for line in fresh.lines] == sorted(line["id"] for line in fresh.lines)


async def test_another_visitor_sees_and_hears_nothing(visit: Visit, agent: User) -> None:
    ada, bob = await visit("ada"), await visit("bob")
    await ada.say("my secret")
    await answer(agent, "kept")
    await ada.hear_text("kept")
    assert await bob.silent()
    conversation = await Conversation.objects.aget()
    nosy = await visit("bob", known={str(conversation.pk): 0})
    assert (bob.lines, nosy.lines, nosy.known) == ([], [], {str(conversation.pk): 0})


async def test_what_an_agent_changes_or_takes_back_is_shown(visit: Visit, agent: User, account: ChannelAccount) -> None:
    tab = await visit("ada")
    await tab.say("Hello")
    await answer(agent, "It costs 5")
    line = await tab.hear_text("It costs 5")
    name = (await Dispatch.objects.aget()).external_id
    await sync_to_async(receive)(account, MessageEdited(name, "It costs 50", MONDAY))
    assert (await tab.hear_text("It costs 50")) | {"receipts": []} == line | {
        "text": "It costs 50", "edited": True, "receipts": []
    }  # fmt: skip
    await sync_to_async(receive)(account, MessageDeleted(name, MONDAY))
    assert (await tab.hear_text(""))["deleted"]


async def test_a_visitor_sees_that_they_were_read(visit: Visit, account: ChannelAccount) -> None:
    tab = await visit("ada")
    ack = await tab.say("Hello")
    assert ack["line"]["state"] == ""
    name = (await Message.objects.aget(kind="customer")).external_id
    show = account.adapter().abilities.mark_read
    assert show is not None
    await sync_to_async(show)(account.config, "bob", name)
    assert (await tab.hear_text("Hello"))["state"] == ""
    for _time in range(2):
        await sync_to_async(show)(account.config, "ada", name)
    while tab.lines[-1]["state"] != "read":
        await tab.hear("lines")
    assert await tab.silent()


async def test_receipts_of_the_page_move_the_reply_on(visit: Visit, agent: User) -> None:
    tab = await visit("ada")
    await tab.say("Hello")
    await answer(agent, "Hi")
    line = await tab.hear_text("Hi")
    assert line["state"] == "accepted"
    for state in ("delivered", "read", "delivered"):
        await tab.tell({"type": "receipt", "receipt": line["receipts"][0], "state": state, "at": a_message()["at"]})
    await tab.say("so that the receipts are through")
    assert (await Message.objects.aget(text="Hi")).state == "read"


async def test_nobody_acknowledges_for_another(visit: Visit, agent: User) -> None:
    ada, bob = await visit("ada"), await visit("bob")
    await ada.say("Hello")
    await answer(agent, "Hi")
    receipt = (await ada.hear_text("Hi"))["receipts"][0]
    await bob.tell({"type": "receipt", "receipt": receipt, "state": "read", "at": a_message()["at"]})
    await bob.say("so that the receipt is through")
    assert (await Message.objects.aget(text="Hi")).state == "accepted"
    assert (await Dispatch.objects.aget()).external_id == f"ada:{UUID(receipt)}"


async def test_typing_goes_both_ways(visit: Visit) -> None:
    tab = await visit("ada")
    await tab.say("Hello")
    layer = get_channel_layer()
    assert layer is not None
    handle = await Handle.objects.aget()
    conversation = await Conversation.objects.aget()
    listener = await layer.new_channel()
    await layer.group_add("inbox.all", listener)
    await tab.tell({"type": "typing", "typing": True, "at": a_message()["at"]})
    heard = await layer.receive(listener)
    assert heard["news"][0] | {"name": ""} == {
        "conversation": conversation.pk, "name": "", "is_customer": True, "kind": "typing"
    }  # fmt: skip
    news = {"conversation": conversation.pk, "name": "Ana", "is_customer": False, "kind": "typing"}
    await layer.group_send(handle_group(handle.pk), {"type": "news", "news": [news]})
    assert await tab.hear("typing") == {"type": "typing", "name": "Ana"}
    await layer.group_discard("inbox.all", listener)


async def test_a_ping_is_answered_and_makes_up_for_lost_news(visit: Visit, agent: User, monkeypatch: Any) -> None:
    tab = await visit("ada")
    await tab.say("Hello")
    await tab.hear_text("Hello")
    monkeypatch.setattr("csplatform.conversations.services.announce_all", lambda announcements: None)
    await answer(agent, "nobody was told")
    assert await tab.silent()
    await tab.tell({"type": "ping"})
    assert await tab.hear("pong") == {"type": "pong"}
    assert (await tab.hear_text("nobody was told"))["side"] == "agent"
