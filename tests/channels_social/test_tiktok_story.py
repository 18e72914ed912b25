"""A customer on TikTok, from signed calls to the inbox and back, through the doors that production uses."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from csplatform.common import clock
from csplatform.contacts.models import Contact
from csplatform.conversations.models import Attachment, Conversation, EventVerb
from csplatform.flows.reply import reply
from csplatform.flows.window import window_of
from csplatform.gateway.models import ChannelAccount, InboundDelivery
from tests.channels_social.test_story import bring, content, state
from tests.contract.samples import PNG
from tests.factories import make_account, make_user
from tests.platforms import tiktok
from tests.platforms.tiktok import APP_ID, APP_SECRET, BUSINESS, CONVERSATION, REFRESH_TOKEN, TikTokStandIn, event

pytestmark = pytest.mark.django_db


@pytest.fixture
def platform() -> Iterator[TikTokStandIn]:
    with TikTokStandIn() as stand_in:
        yield stand_in


@pytest.fixture
def shop(platform: TikTokStandIn) -> ChannelAccount:
    """An account at the stand-in, whose access is renewed."""
    secrets = {"app_id": APP_ID, "app_secret": APP_SECRET, "oauth_refresh_token": REFRESH_TOKEN}
    return make_account("tiktok", address=BUSINESS, credentials=secrets, settings={"api_base": platform.api_base})


def test_question_answer_echo_reading_and_reaction(
    client: Client, platform: TikTokStandIn, shop: ChannelAccount, rung: Any
) -> None:
    platform.files["/v07"] = PNG
    picture = platform.said(type="image", image={"media_id": "v07"})
    with rung():
        assert [bring(client, shop.token, platform, picture) for _time in range(2)] == [200, 200]
        bring(client, shop.token, platform, platform.said(type="text", text={"body": "いくら？"}))
    conversation = Conversation.objects.get()
    assert (Contact.objects.get().name, conversation.handle.external_id) == ("ada", CONVERSATION)
    assert [one.text for one in conversation.messages.filter(kind="customer").order_by("seq")] == ["", "いくら？"]
    assert content(Attachment.objects.get()) == PNG
    assert window_of(conversation).left == 10

    platform.access_token = "ended early"  # so what was granted for the picture is no longer good
    with rung():
        upload = SimpleUploadedFile("図.png", PNG, "image/png")
        answer = reply(conversation.pk, by=make_user(), text="千円です", key=uuid4(), files=[upload])
    assert [(one.recipient, one.text, one.files) for one in platform.taken] == [
        (CONVERSATION, "千円です", ()),
        (CONVERSATION, "", (("図.png", PNG),)),
    ]
    assert (state(answer), platform.renewed, window_of(conversation).left) == ("accepted", 2, 8)

    now = int((clock.now() + timedelta(minutes=1)).timestamp() * 1000)
    first = platform.taken[0].external_id
    put = {"operation": "ADD", "type": "EMOJI", "emoji": "❤️", "original_msg_id": first}
    for kind, said in [
        ("im_send_msg", tiktok.content(first, ours=True, at=now, type="text", text={"body": "千円です"})),
        ("im_send_msg", tiktok.content("from-the-app", ours=True, at=now, type="text", text={"body": "税込"})),
        ("im_mark_read_msg", tiktok.content("r-1", at=now, read={"last_read_timestamp": now})),
        ("im_receive_msg", tiktok.content("r-2", at=now, type="reaction", reaction=[put])),
    ]:
        with rung():
            assert bring(client, shop.token, platform, event(kind, said)) == 200
    replies = conversation.messages.filter(kind="reply").order_by("seq")
    assert [(one.text, "elsewhere" in one.metadata) for one in replies] == [("千円です", False), ("税込", True)]
    assert state(answer) == "read"
    assert conversation.messages.get(verb=EventVerb.REACTION).data["emoji"] == "❤️"
    assert set(InboundDelivery.objects.values_list("state", flat=True)) == {"done"}


def test_window_closes_after_two_days(client: Client, platform: TikTokStandIn, shop: ChannelAccount, rung: Any) -> None:
    with rung():
        bring(client, shop.token, platform, platform.said(type="text", text={"body": "?"}))
    conversation = Conversation.objects.get()
    closes_at = window_of(conversation).closes_at
    assert closes_at is not None
    assert timedelta(hours=47) < closes_at - clock.now() <= timedelta(hours=48)
    platform.left[CONVERSATION] = 0  # as TikTok has it once they are over
    with rung():
        answer = reply(conversation.pk, by=make_user(), text="Late", key=uuid4())
    assert state(answer) == "failed"
    assert answer.state_reason.startswith("TikTok lets nobody write to this customer now")
