"""A story in text messages, from signed calls to the inbox and back, files fetched from our own door."""

from collections.abc import Iterator
from urllib.parse import parse_qs
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from csplatform.contacts.models import Handle
from csplatform.conversations.models import Attachment, Conversation, Message
from csplatform.flows.reply import reply
from csplatform.gateway.models import InboundDelivery
from tests.channels_social.test_story import content, state
from tests.contract.samples import PNG
from tests.factories import make_account, make_user
from tests.platforms.twilio import ACCOUNT_SID, AUTH_TOKEN, CUSTOMER, NUMBER, TwilioStandIn


@pytest.fixture
def twilio(web: str) -> Iterator[TwilioStandIn]:
    with TwilioStandIn() as stand_in:
        credentials = {"account_sid": ACCOUNT_SID, "auth_token": AUTH_TOKEN}
        settings = {"api_base": stand_in.url, "mms": True}
        account = make_account("twilio", address=NUMBER, credentials=credentials, settings=settings)
        stand_in.door = f"{web}/hooks/{account.token}/?from=twilio&n=1#rc=3"
        yield stand_in


def test_a_customer_who_texts(twilio: TwilioStandIn) -> None:
    twilio.media["ME1"] = ("image/png", PNG)
    question = twilio.message("坏了，能换吗？", files=("ME1",))
    answers = [twilio.deliver(question) for _time in range(2)]
    # Anything else, and Twilio would text it to the customer.
    assert [(one.status_code, one.text, one.headers["content-type"]) for one in answers] == [
        (200, "<Response/>", "text/xml; charset=utf-8")
    ] * 2
    conversation = Conversation.objects.get()
    assert conversation.handle.external_id == CUSTOMER
    assert content(Attachment.objects.get()) == PNG

    upload = SimpleUploadedFile("新的.png", PNG, "image/png")
    answer = reply(conversation.pk, by=make_user(), text="可以，像这样", key=uuid4(), files=[upload])
    (taken,) = twilio.taken
    assert (taken.recipient, taken.text, taken.files) == (CUSTOMER, "可以，像这样", (("新的.png", PNG),))
    (sent,) = [call for call in twilio.calls if call.path.endswith("/Messages.json")]
    (twilio.door,) = parse_qs(sent.body.decode())["StatusCallback"]
    for status, shown in [("sent", "accepted"), ("delivered", "delivered"), ("queued", "delivered")]:
        assert twilio.deliver(twilio.receipt(taken.external_id, status)).status_code == 200
        assert state(answer) == shown

    twilio.deliver(twilio.message("STOP", OptOutType="STOP"))
    assert Handle.objects.get().paused_at is not None
    twilio.deliver(twilio.message("START", OptOutType="START"))
    assert Handle.objects.get().paused_at is None

    twilio.opted_out.add(CUSTOMER)  # elsewhere, so that only Twilio's refusal tells
    refused = reply(conversation.pk, by=make_user(), text="?", key=uuid4())
    assert (state(refused), Handle.objects.get().paused_at is not None) == ("failed", True)
    assert InboundDelivery.objects.exclude(state="done").count() == 0
    assert Message.objects.filter(kind="customer").count() == 3
