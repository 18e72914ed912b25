"""What everybody can read is marked so, and the way to answer in private stands beside it."""

from dataclasses import replace

import pytest
from django.test import Client

from csplatform.flows.receive import receive
from csplatform.gateway.contract import HandleKind, Sender
from csplatform.gateway.models import ChannelAccount
from tests.desk.conftest import HTMX, text_of
from tests.factories import inbound, say

pytestmark = pytest.mark.django_db


def test_a_public_conversation_says_so(desk: Client, account: ChannelAccount) -> None:
    place = Sender("public:1:ming", HandleKind.PUBLIC, name="Ming", private="ming")
    message = receive(account, replace(inbound("How much?"), sender=place))
    assert message is not None
    page = text_of(desk.get(f"/inbox/c/{message.conversation_id}/", headers=HTMX))
    mark = '<span class="chip" id="head-public" title="Everybody can read what is said here"'
    assert f"{mark}>" in page
    assert ">In public · Loopback · Ming" in page
    assert ">In private · Loopback · Ming" in page
    private = say(account, "Hello", sender="ming").conversation
    assert private.pk != message.conversation_id
    assert f"{mark} hidden>" in text_of(desk.get(f"/inbox/c/{private.pk}/", headers=HTMX))
