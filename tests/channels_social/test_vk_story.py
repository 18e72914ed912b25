"""A VK customer's story, from VK's calls to the inbox and back."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from csplatform.contacts.models import Handle
from csplatform.conversations.models import Attachment, Conversation, MessageKind
from csplatform.flows.deliver import deliver
from csplatform.flows.reply import reply
from csplatform.gateway.models import ChannelAccount, InboundDelivery
from tests.channels_social.test_story import bring, content, state
from tests.contract.samples import PNG
from tests.factories import make_account, make_user
from tests.platforms.vk import ACCESS_TOKEN, COMMUNITY, CONFIRMATION, PERSON, SECRET, VkStandIn

pytestmark = pytest.mark.django_db


@pytest.fixture
def vk() -> Iterator[VkStandIn]:
    with VkStandIn() as stand_in:
        yield stand_in


@pytest.fixture
def community(vk: VkStandIn) -> ChannelAccount:
    """A VK account at the stand-in."""
    return make_account(
        "vk",
        address=COMMUNITY,
        credentials={"access_token": ACCESS_TOKEN, "secret": SECRET},
        settings={"api_base": vk.url, "confirmation": CONFIRMATION},
    )


def test_vk_confirms_our_address_and_hears_ok(client: Client, vk: VkStandIn, community: ChannelAccount) -> None:
    confirmed = client.post(f"/hooks/{community.token}/", vk.call("confirmation"), content_type="application/json")
    assert (confirmed.status_code, confirmed.content) == (200, CONFIRMATION.encode())
    heard = client.post(f"/hooks/{community.token}/", vk.message("Hi"), content_type="application/json")
    assert (heard.status_code, heard.content) == (200, b"ok")
    assert bring(client, community.token, vk, vk.message("Hi") | {"secret": "guessed"}) == 403
    assert InboundDelivery.objects.count() == 1


def test_a_vk_customer(client: Client, vk: VkStandIn, community: ChannelAccount, rung: Any) -> None:
    def told(document: dict[str, Any]) -> None:
        with rung():
            assert bring(client, community.token, vk, document) == 200

    vk.media["/cup.png"] = PNG
    size = {"type": "w", "url": f"{vk.url}/cup.png", "width": 1, "height": 1}
    question = vk.message("где моя чашка?", attachments=[{"type": "photo", "photo": {"sizes": [size]}}])
    for _time in range(2):  # and once more
        told(question)
    conversation = Conversation.objects.get()
    assert conversation.contact.name == "Ада Лавлейс"
    assert content(Attachment.objects.get()) == PNG

    upload = SimpleUploadedFile("чашка.png", PNG, "image/png")
    vk.hang_up()  # VK takes it, and the line breaks: it is said again under the same number
    with rung():
        answer = reply(conversation.pk, by=make_user(), text="уже едет 🚚", key=uuid4(), files=[upload])
    dispatch = answer.dispatches.get()
    assert (dispatch.state, len(vk.taken)) == ("queued", 1)
    dispatch.try_at = dispatch.created_at
    dispatch.save(update_fields=["try_at"])
    deliver(conversation.pk)
    assert [(one.recipient, one.text, one.files) for one in vk.taken] == [
        (PERSON, "уже едет 🚚", (("чашка.png", PNG),)),
    ]
    assert state(answer) == "accepted"

    # Our own answer comes back, and another one that somebody gave in VK's own inbox.
    ours = {"conversation_message_id": int(vk.taken[0].external_id.partition(":")[2])}
    told(vk.echo("уже едет 🚚", **ours, payload=f'{{"key": "{dispatch.key}"}}'))
    told(vk.echo("и подарок"))
    assert [one.text for one in conversation.messages.filter(kind=MessageKind.REPLY)] == ["уже едет 🚚", "и подарок"]
    told(vk.seen(vk.taken[0].external_id))
    assert state(answer) == "read"

    edited = question["object"]["message"] | {"text": "где моя синяя чашка?", "update_time": 1772600999}
    told(vk.call("message_edit", **edited))
    assert conversation.messages.get(kind=MessageKind.CUSTOMER).text == "где моя синяя чашка?"

    told(vk.call("message_deny", user_id=int(PERSON)))
    assert Handle.objects.get().paused_at is not None
    assert InboundDelivery.objects.exclude(state="done").count() == 0
