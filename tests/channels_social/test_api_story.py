"""A story through another system's signed calls: there, back, changed, taken back; files from our own door."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from csplatform.common import clock
from csplatform.conversations.models import Attachment, Conversation, Message
from csplatform.flows.deliver import deliver
from csplatform.flows.reply import reply
from csplatform.gateway.models import InboundDelivery
from tests.channels_social.test_story import content, state
from tests.contract.samples import PNG, a_picture
from tests.factories import make_account, make_user
from tests.platforms.fetching import FileHost
from tests.platforms.own_system import INBOUND, OUTBOUND, OwnSystem, call


@pytest.fixture
def shop(web: str) -> Iterator[OwnSystem]:
    with OwnSystem() as stand_in:
        secrets = {"inbound_secret": INBOUND, "outbound_secret": OUTBOUND}
        account = make_account("api", address="shop", credentials=secrets, settings={"url": stand_in.address})
        stand_in.door = f"{web}/hooks/{account.token}/"
        yield stand_in


def test_another_system(shop: OwnSystem) -> None:
    with FileHost() as host:
        files = [{"name": "图.png", "content_type": "image/png", "url": host.hosting(a_picture()).link(timedelta(1))}]
        question = call(
            "message.created", id="m-1", from_={"id": "ada", "name": "Ada"}, text="Où est-il ?", attachments=files
        )
        for _time in range(3):
            assert shop.deliver(question).status_code == 200
    conversation = Conversation.objects.get()
    assert (conversation.contact.name, content(Attachment.objects.get())) == ("Ada", PNG)
    assert Message.objects.filter(kind="customer").count() == 1

    shop.hang_up()  # it takes the answer, and the line breaks: it is told again under the same id, and takes it once
    upload = SimpleUploadedFile("réponse.png", PNG, "image/png")
    answer = reply(conversation.pk, by=make_user(), text="Le voici", key=uuid4(), files=[upload])
    dispatch = answer.dispatches.get()
    assert (dispatch.state, dispatch.external_id) == ("queued", str(dispatch.key))
    type(dispatch).objects.filter(pk=dispatch.pk).update(try_at=clock.now())
    deliver(conversation.pk)
    (taken,) = shop.taken
    assert (taken.recipient, taken.text, taken.files) == ("ada", "Le voici", (("réponse.png", PNG),))
    assert state(answer) == "accepted"

    for kind, data in [
        ("message.answered", {"id": taken.external_id, "to": {"id": "ada"}, "text": "Le voici"}),
        ("message.read", {"id": taken.external_id}),
        ("message.delivered", {"id": taken.external_id}),
        ("message.edited", {"id": "m-1", "text": "Où est-elle ?"}),
    ]:
        assert shop.deliver(call(kind, **data)).status_code == 200
    assert state(answer) == "read"
    asked = Message.objects.get(kind="customer")
    assert asked.text == "Où est-elle ?"
    assert Message.objects.filter(kind="reply").count() == 1

    shop.deliver(call("message.deleted", id="m-1"))
    asked.refresh_from_db()
    assert (asked.text, Attachment.objects.filter(message=asked).exists()) == ("", False)
    assert set(InboundDelivery.objects.values_list("state", flat=True)) == {"done"}

    shop.inbound = OUTBOUND
    assert shop.deliver(call("message.deleted", id="m-1")).status_code == 403
