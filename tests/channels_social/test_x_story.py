"""A customer on X, from signed calls to the inbox and back, through the doors that production uses."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from csplatform.contacts.models import Contact
from csplatform.conversations.models import Attachment, Conversation
from csplatform.flows.reply import reply
from csplatform.gateway.models import ChannelAccount, InboundDelivery
from tests.channels_social.test_story import bring, content, state
from tests.contract.samples import PNG
from tests.factories import make_account, make_user
from tests.platforms.base import Refused
from tests.platforms.x import (
    ACCOUNT,
    CLIENT_ID,
    CLIENT_SECRET,
    CONSUMER_SECRET,
    PERSON,
    REFRESH_TOKEN,
    XStandIn,
    event,
    message,
    signature,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def platform() -> Iterator[XStandIn]:
    with XStandIn() as stand_in:
        yield stand_in


@pytest.fixture
def shop(platform: XStandIn) -> ChannelAccount:
    """An account at the stand-in, whose access is renewed."""
    login = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "oauth_refresh_token": REFRESH_TOKEN}
    secrets = {"consumer_secret": CONSUMER_SECRET, **login}
    return make_account("x", address=ACCOUNT, credentials=secrets, settings={"api_base": platform.url})


def test_question_answer_echo_and_reading(client: Client, platform: XStandIn, shop: ChannelAccount, rung: Any) -> None:
    platform.pictures["208/77/a.png"] = PNG
    picture = {"id": "77", "type": "photo", "media_url_https": "https://ton.twitter.com/1.1/ton/data/dm/208/77/a.png"}
    question = message("où ? <ici>", number=platform.number(), attachment={"type": "media", "media": picture})
    with rung():
        assert [bring(client, shop.token, platform, question) for _time in range(2)] == [200, 200]
    conversation = Conversation.objects.get()
    assert (Contact.objects.get().name, conversation.handle.external_id) == ("Ada", PERSON)
    assert conversation.messages.get(kind="customer").text == "où ? <ici>"
    assert content(Attachment.objects.get()) == PNG

    platform.access_token = "ended early"  # so what was granted for the picture is no longer good
    with rung():
        upload = SimpleUploadedFile("図.png", PNG, "image/png")
        answer = reply(conversation.pk, by=make_user(), text="là & là", key=uuid4(), files=[upload])
    (taken,) = platform.taken
    assert (taken.recipient, taken.text, taken.files) == (PERSON, "là & là", (("図.png", PNG),))
    assert (state(answer), platform.renewed) == ("accepted", 2)

    read = {"created_timestamp": "1772600800000", "sender_id": PERSON, "last_read_event_id": platform.number()}
    with rung():
        bring(client, shop.token, platform, message("là & là", number=taken.external_id, sender=ACCOUNT, to=PERSON))
        bring(client, shop.token, platform, message("d'ici", number=platform.number(), sender=ACCOUNT, to=PERSON))
    said = conversation.messages.filter(kind="reply").order_by("seq")
    assert [(one.text, "elsewhere" in one.metadata) for one in said] == [("là & là", False), ("d'ici", True)]
    shop.dispatch_set.update(try_at="2026-01-01T00:00:00Z")  # before the moment that stands in the id
    with rung():
        bring(client, shop.token, platform, event("dm.read", {"direct_message_mark_read_events": [read]}))
    assert state(answer) == "read"
    assert set(InboundDelivery.objects.values_list("state", flat=True)) == {"done"}


def test_somebody_who_takes_no_messages(client: Client, platform: XStandIn, shop: ChannelAccount, rung: Any) -> None:
    with rung():
        bring(client, shop.token, platform, message("bye", number=platform.number()))
    platform.problem = Refused(403, "You cannot send messages to this user.")
    platform.refuse()
    with rung():
        answer = reply(Conversation.objects.get().pk, by=make_user(), text="Wait!", key=uuid4())
    assert state(answer) == "failed"
    assert answer.state_reason.startswith("X lets this account not write to the customer")


def test_x_may_test_the_address(client: Client, shop: ChannelAccount) -> None:
    answer = client.get(f"/hooks/{shop.token}/", {"crc_token": "Zm9v", "nonce": "n"})
    assert (answer.status_code, answer.json()) == (200, {"response_token": signature(b"Zm9v")})
    assert client.get(f"/hooks/{shop.token}/", {"crc_token": '{"data": {}}'}).status_code == 403
    assert not InboundDelivery.objects.exists()
