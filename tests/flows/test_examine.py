"""A closer look after the message is on the screen, through the mail's own door and a name server of our own."""

from collections.abc import Iterator
from typing import Any

import pytest
from pytest_django import Settings

from csplatform.conversations.models import Message
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
    assert examine.examine(message.pk) is None
    assert len(names.asked) == asked


def test_a_mail_that_needs_no_look_gets_none(account: ChannelAccount, names: DnsStandIn, rung: Any) -> None:
    message = received(account, mail(), rung)
    assert message.metadata["trust"]["verdict"] == "unknown"
    assert names.asked == []


def test_a_silent_network_is_tried_again_and_then_left_alone(account: ChannelAccount, names: DnsStandIn) -> None:
    names.broken = {"s1._domainkey.customer.example"}
    kept = InboundDelivery.objects.create(account=account, body=signed(), state="done")
    (event,) = account.adapter().parse(kept.raw)
    message = say(account)
    Message.objects.filter(pk=message.pk).update(delivery=kept, metadata=event.metadata)  # type: ignore[union-attr]
    waits = [examine.examine(message.pk, tries=tries) for tries in range(examine.MOST_TRIES)]
    assert waits == [15.0, 30.0, 60.0, 120.0, *[240.0] * 7, None]
    message.refresh_from_db()
    assert message.metadata["trust"]["dkim"] == ""
    names.broken = set()
    assert examine.examine(message.pk) is None
    message.refresh_from_db()
    assert message.metadata["trust"]["dkim"] == "pass"


def test_the_task_gives_up_quietly(account: ChannelAccount, names: DnsStandIn, rung: Any) -> None:
    names.broken = {"s1._domainkey.customer.example"}
    message = received(account, signed(), rung)
    assert message.metadata["trust"]["verdict"] == "unknown"
    assert message.metadata[examine.WANTED] is True
    assert len(names.asked) >= examine.MOST_TRIES


def test_what_cannot_be_examined_is_left_alone(account: ChannelAccount) -> None:
    assert examine.examine(0) is None
    wanted = say(account, metadata={examine.WANTED: True})  # no delivery is kept of it
    assert examine.examine(wanted.pk) is None
    loopback = make_account()
    other = say(loopback, metadata={examine.WANTED: True})
    kept = InboundDelivery.objects.create(account=loopback, body=b"{}", state="done")
    Message.objects.filter(pk=other.pk).update(delivery=kept)
    assert examine.examine(other.pk) is None
