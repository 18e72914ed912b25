"""Discord, from its Gateway to the inbox and back: as `manage.py watch_discord` does it, one process for each bot."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from channels_social.discord.watching import LOCK_SPACE, Watch
from csplatform.contacts.models import Contact
from csplatform.conversations.models import Attachment, Conversation, Message
from csplatform.flows.deliver import deliver
from csplatform.flows.reply import reply
from csplatform.gateway.models import ChannelAccount, InboundDelivery
from tests.channels_social.test_discord_gateway import QUICK
from tests.channels_social.test_story import content, state
from tests.contract.samples import PNG
from tests.embedded.waiting import wait_until
from tests.factories import make_account, make_user
from tests.platforms.discord import BOT, CHANNEL, TOKEN, DiscordStandIn

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parents[2]
Start = Callable[[], threading.Event]


@pytest.fixture
def discord() -> Iterator[DiscordStandIn]:
    with DiscordStandIn() as stand_in:
        yield stand_in


@pytest.fixture
def bot(discord: DiscordStandIn) -> ChannelAccount:
    """A Discord account at the stand-in."""
    return make_account(
        "discord", address=BOT, credentials={"bot_token": TOKEN}, settings={"api_base": discord.api_base}
    )


@pytest.fixture
def start() -> Iterator[Start]:
    """Start a watch in a thread; returns what stops it."""
    with ExitStack() as running:

        def begin() -> threading.Event:
            stopping = threading.Event()
            thread = threading.Thread(target=_watch, args=(stopping,))
            thread.start()
            running.callback(thread.join, 20)
            running.callback(stopping.set)
            return stopping

        yield begin


def _watch(stopping: threading.Event) -> None:
    try:
        Watch(QUICK).run(stopping)
    finally:
        connection.close()


def texts() -> list[str]:
    return list(Message.objects.filter(kind="customer").order_by("seq").values_list("text", flat=True))


def test_a_discord_customer(discord: DiscordStandIn, bot: ChannelAccount, start: Start) -> None:
    stopping = start()
    wait_until(lambda: discord.gateway.connected)
    discord.content["/attachments/a.png"] = ("image/png", PNG)
    file = {"id": "77", "filename": "図.png", "content_type": "image/png", "url": f"{discord.url}/attachments/a.png"}
    asked = discord.say("注文 1234", attachments=[file])
    wait_until(lambda: Attachment.objects.exclude(file="").exists())
    conversation = Conversation.objects.get()
    assert (conversation.handle.external_id, Contact.objects.get().name) == (CHANNEL, "Ada")
    assert content(Attachment.objects.get()) == PNG

    discord.hang_up()  # Discord takes the answer and tells of it, and the line breaks: it is sent again, and taken once
    upload = SimpleUploadedFile("答え.png", PNG, "image/png")
    answer = reply(conversation.pk, by=make_user(), text="こちら", key=uuid4(), files=[upload])
    dispatches = answer.dispatches
    dispatches.filter(state="queued").update(try_at=conversation.created_at)
    deliver(conversation.pk)
    (taken,) = discord.taken
    assert (taken.recipient, taken.text, taken.files) == (CHANNEL, "こちら", (("答え.png", PNG),))
    wait_until(lambda: state(answer) in {"accepted", "delivered"})
    assert dispatches.get().external_id == taken.external_id

    stopping.set()
    wait_until(lambda: not discord.gateway.connected)
    discord.gateway.dispatch(
        "MESSAGE_UPDATE", asked | {"content": "注文 1235", "edited_timestamp": "2026-03-04T05:07:00Z"}
    )
    start()
    wait_until(lambda: texts() == ["注文 1235"])
    discord.gateway.dispatch("MESSAGE_DELETE", {"id": asked["id"], "channel_id": CHANNEL})
    wait_until(lambda: texts() == [""])
    wait_until(lambda: set(InboundDelivery.objects.values_list("state", flat=True)) == {"done"})
    assert not Attachment.objects.filter(message__kind="customer").exists()
    assert Message.objects.filter(kind="reply").count() == 1  # what Discord told of it was recognised
    assert [greeting.get("session_id") for greeting in discord.gateway.greetings] == [None, "session-1"]


def test_one_process_listens_and_another_takes_over(discord: DiscordStandIn, bot: ChannelAccount, start: Start) -> None:
    first = start()
    wait_until(lambda: discord.gateway.connected)
    start()
    for number in range(3):
        discord.say(str(number))
        wait_until(lambda seen=number + 1: len(texts()) == seen)  # type: ignore[misc]
    assert len(discord.gateway.greetings) == 1
    first.set()
    wait_until(lambda: len(discord.gateway.greetings) == 2)
    discord.say("and on")
    wait_until(lambda: texts() == ["0", "1", "2", "and on"])
    assert discord.gateway.greetings[1]["session_id"] == "session-1"


def test_what_could_not_be_stored_is_told_again(discord: DiscordStandIn, bot: ChannelAccount, start: Start) -> None:
    """The connection that holds the lock breaks; how far was heard is known from what was stored, not from memory."""
    start()
    wait_until(lambda: discord.gateway.connected)
    wait_until(ChannelAccount.objects.filter(cursor__seq=1).exists)
    with connection.cursor() as cursor:
        holders = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND classid = %s"
        cursor.execute(holders, [LOCK_SPACE])
        assert cursor.fetchall() == [(True,)]
    discord.say("Hello")
    wait_until(lambda: texts() == ["Hello"])
    resumed = {"token": TOKEN, "session_id": "session-1", "seq": 1}
    assert discord.gateway.greetings[1] == resumed


def test_accounts_come_change_and_go_and_a_refusal_is_said(
    discord: DiscordStandIn, bot: ChannelAccount, start: Start
) -> None:
    bot.credentials = {"bot_token": "wrong"}
    bot.save()
    start()
    refused = ChannelAccount.objects.filter(last_error="Discord does not accept the bot token of this account.")
    wait_until(refused.exists)
    bot.credentials = {"bot_token": TOKEN}
    bot.save()
    wait_until(lambda: discord.gateway.connected)
    wait_until(ChannelAccount.objects.filter(last_error="", cursor__session="session-1").exists)
    ChannelAccount.objects.update(is_active=False)
    wait_until(lambda: not discord.gateway.connected)
    assert discord.gateway.ended == [4000]


def test_the_command_listens_and_stops_when_told(discord: DiscordStandIn, bot: ChannelAccount) -> None:
    url = connection.settings_dict
    database = f"postgresql://{url['USER']}:{url['PASSWORD']}@{url['HOST'] or 'localhost'}:{url['PORT']}/{url['NAME']}"
    own = {"DATABASE_URL": database, "DJANGO_SETTINGS_MODULE": "tests.stack_settings", "STACK_PREFIX": f"dc-{uuid4()}-"}
    command = [sys.executable, "manage.py", "watch_discord"]
    with subprocess.Popen(command, cwd=ROOT, env=os.environ | own, stdout=subprocess.PIPE, text=True) as watch:
        try:
            assert watch.stdout is not None
            assert watch.stdout.readline() == "ready: listening to Discord\n"
            wait_until(lambda: discord.gateway.connected)
            discord.say("Hello")
            wait_until(lambda: InboundDelivery.objects.filter(account=bot, method="GATEWAY").count() == 1)
            watch.send_signal(signal.SIGTERM)
            assert watch.wait(timeout=20) == 0
        finally:
            watch.kill()
    wait_until(lambda: discord.gateway.ended == [4000])
    bot.refresh_from_db()
    assert (bot.cursor["session"], bot.cursor["seq"]) == ("session-1", 2)
