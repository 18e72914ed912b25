"""A closer look after the message is on the screen, through the mail's own door and a name server of our own."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from pytest_django import Settings

from csplatform.common import clock
from csplatform.conversations.models import Message
from csplatform.doors.unpack import unpack
from csplatform.flows import examine
from csplatform.gateway.models import ChannelAccount, InboundDelivery
from csplatform.gateway.services import accept
from tests.channels_email.mails import delivery, mail
from tests.channels_email.test_examine import RECORD, signed
from tests.factories import make_account, say
from tests.platforms.dns import DnsStandIn

pytestmark = pytest.mark.django_db


@pytest.fixture
def account() -> ChannelAccount:
    return make_account("email", address="support@shop.example")


@pytest.fixture
def names(settings: Settings) -> Iterator[DnsStandIn]:
    with DnsStandIn() as server:
        settings.DNS_SERVERS = [server.address]
        server.records["s1._domainkey.customer.example"] = [RECORD]
        yield server


def received(account: ChannelAccount, data: bytes, rung: Any) -> Message:
    with rung():
        accept(account, delivery(data))
    return Message.objects.get(kind="customer")


def test_a_signed_mail_is_examined_once_it_is_there(account: ChannelAccount, names: DnsStandIn, rung: Any) -> None:
    message = received(account, signed(), rung)
    assert message.metadata["trust"]["verdict"] == "pass"
    assert examine.WANTED not in message.metadata
    assert message.metadata["to"] == ["support@shop.example"]
    assert message.revision == message.conversation.revision
    asked = len(names.asked)
    examine.examine(message.pk)
    assert len(names.asked) == asked


def test_a_mail_that_needs_no_look_gets_none(account: ChannelAccount, names: DnsStandIn, rung: Any) -> None:
    message = received(account, mail(), rung)
    assert message.metadata["trust"]["verdict"] == "unknown"
    assert names.asked == []


def test_a_silent_network_is_asked_again_for_half_an_hour(
    account: ChannelAccount, names: DnsStandIn, rung: Any
) -> None:
    names.broken = {"s1._domainkey.customer.example"}
    message = received(account, signed(), rung)
    at, waits = message.created_at, []
    while message.examine_at is not None:
        waits.append(message.examine_at - at)
        with clock.frozen(message.examine_at), rung():
            at = message.examine_at
            assert examine.ring_waiting() == 1
        message.refresh_from_db()
    assert waits[0] >= timedelta(seconds=15)
    assert timedelta(minutes=30) <= sum(waits, timedelta()) <= timedelta(minutes=35)
    assert message.metadata["trust"]["verdict"] == "unknown"


def test_a_lost_ring_is_made_up_for(account: ChannelAccount, names: DnsStandIn, rung: Any) -> None:
    accept(account, delivery(signed()))
    unpack(InboundDelivery.objects.get().pk)
    message = Message.objects.get(kind="customer")
    with rung():
        assert examine.ring_waiting() == 0
    with clock.frozen(clock.now() + timedelta(minutes=3)), rung():
        assert examine.ring_waiting() == 1
    message.refresh_from_db()
    assert (message.metadata["trust"]["verdict"], message.examine_at) == ("pass", None)


def test_what_cannot_be_examined_is_left_alone(rung: Any) -> None:
    examine.examine(0)
    with rung():
        message = say(make_account(), metadata={examine.WANTED: True})  # no delivery is kept of it
    assert message.examine_at is None
