"""A Viber customer's story, from signed calls to the inbox and back, files fetched from our own door."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from csplatform.contacts.models import Handle
from csplatform.conversations.models import Attachment, Conversation
from csplatform.flows.reply import reply
from csplatform.gateway.models import InboundDelivery
from tests.channels_social.test_story import content, state
from tests.contract.samples import PNG
from tests.factories import make_account, make_user
from tests.platforms.viber import AUTH_TOKEN, PERSON, ViberStandIn


@pytest.fixture
def viber(web: str) -> Iterator[ViberStandIn]:
    with ViberStandIn() as stand_in:
        credentials, settings = {"auth_token": AUTH_TOKEN}, {"api_base": stand_in.url}
        account = make_account("viber", address="shop", credentials=credentials, settings=settings)
        stand_in.door = f"{web}/hooks/{account.token}/"
        yield stand_in


def test_a_viber_customer(viber: ViberStandIn) -> None:
    viber.media["/share/cup.png"] = PNG
    assert viber.deliver(viber.call("webhook")).status_code == 200
    question = viber.message(type="picture", media=f"{viber.url}/share/cup.png", text="де моя чашка?")
    assert [viber.deliver(question).status_code for _time in range(2)] == [200, 200]
    conversation = Conversation.objects.get()
    assert conversation.contact.name == "Ada Lovelace"
    assert content(Attachment.objects.get()) == PNG

    upload = SimpleUploadedFile("чашка.png", PNG, "image/png")
    answer = reply(conversation.pk, by=make_user(), text="вже їде 🚚", key=uuid4(), files=[upload])
    assert [(one.recipient, one.text, one.files) for one in viber.taken] == [
        (PERSON, "вже їде 🚚", ()),
        (PERSON, "", (("чашка.png", PNG),)),
    ]
    for kind, shown in [("delivered", "delivered"), ("seen", "read"), ("delivered", "read")]:
        for one in viber.taken:
            viber.deliver(viber.receipt(kind, one.external_id))
        assert state(answer) == shown

    viber.subscribers.clear()
    refused = reply(conversation.pk, by=make_user(), text="?", key=uuid4())
    assert (state(refused), refused.state_reason[:31]) == ("failed", "The customer has not subscribed")
    viber.deliver(viber.call("unsubscribed", user_id=PERSON))
    assert Handle.objects.get().paused_at is not None
    assert InboundDelivery.objects.exclude(state="done").count() == 0
