"""A LINE customer's story, from LINE's signed calls to the inbox and back, files fetched from our own door."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from channels_social.line.client import mark_read
from csplatform.contacts.models import Handle
from csplatform.conversations.models import Attachment, Conversation
from csplatform.flows.deliver import deliver
from csplatform.flows.reply import reply
from csplatform.gateway.models import ChannelAccount, InboundDelivery
from tests.channels_social.test_story import content, state
from tests.contract.samples import PNG
from tests.factories import make_account, make_user
from tests.platforms.line import ACCESS_TOKEN, CHANNEL_ID, CHANNEL_SECRET, PERSON, LineStandIn


@pytest.fixture
def line(web: str) -> Iterator[LineStandIn]:
    with LineStandIn() as stand_in:
        account = make_account(
            "line",
            address=CHANNEL_ID,
            credentials={"channel_secret": CHANNEL_SECRET},  # so tokens are asked for, and kept
            settings={"api_base": stand_in.url},
        )
        stand_in.door = f"{web}/hooks/{account.token}/"
        yield stand_in


def test_a_line_customer(line: LineStandIn) -> None:
    picture = line.message(type="image", contentProvider={"type": "line"})
    line.media[picture["message"]["id"]] = ("image/png", PNG)
    line.read_tokens = {"read-1"}
    question = line.message(type="text", text="我的包裹在哪裡？", markAsReadToken="read-1")
    assert line.deliver(line.call()).status_code == 200  # the console's test
    for _time in range(2):  # and once more
        assert line.deliver(line.call(question, picture)).status_code == 200
    conversation = Conversation.objects.get()
    assert conversation.contact.name == "阿达"
    assert content(Attachment.objects.get()) == PNG

    upload = SimpleUploadedFile("圖.png", PNG, "image/png")
    line.hang_up()  # LINE takes the text, and the line breaks: it is said again under the same key
    answer = reply(conversation.pk, by=make_user(), text="在路上 🚚", key=uuid4(), files=[upload])
    first = answer.dispatches.order_by("id").first()
    assert first is not None
    assert (first.state, len(line.taken)) == ("queued", 1)
    first.try_at = first.created_at
    first.save(update_fields=["try_at"])
    deliver(conversation.pk)
    assert [(one.recipient, one.text, one.files) for one in line.taken] == [
        (PERSON, "在路上 🚚", ()),
        (PERSON, "", (("圖.png", PNG),)),
    ]
    assert state(answer) == "accepted"
    assert ACCESS_TOKEN in ChannelAccount.objects.get().credentials.values()
    assert sum(call.path == "/oauth2/v3/token" for call in line.calls) == 1

    line.deliver(line.call(line.event("follow", follow={"isUnblocked": False})))
    mark_read(conversation.account.config, PERSON, question["message"]["id"])
    mark_read(conversation.account.config, PERSON, picture["message"]["id"])  # for which LINE gave no token
    mark_read(conversation.account.config, PERSON, "unheard-of")
    assert line.signs == ["read-1"]

    line.deliver(line.call(line.event("unsend", unsend={"messageId": question["message"]["id"]})))
    taken_back = conversation.messages.get(external_id=question["message"]["id"])
    assert taken_back.deleted_at is not None

    line.deliver(line.call(line.event("unfollow")))
    assert InboundDelivery.objects.exclude(state="done").count() == 0
    assert Handle.objects.get().paused_at is not None
