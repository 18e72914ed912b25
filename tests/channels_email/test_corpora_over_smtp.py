"""Every collected mail, sent over a real SMTP connection, ends up once: in the inbox or in the quarantine."""

from collections import Counter

import pytest

from csplatform.conversations.models import Message, MessageKind
from csplatform.gateway.models import ChannelAccount, DeliveryState, InboundDelivery
from tests.channels_email.mails import corpus, needs_corpora
from tests.channels_email.sending import RawClient, serving

pytestmark = [pytest.mark.corpora, needs_corpora, pytest.mark.django_db(transaction=True)]


# The same mail as example01.eml, sent again: with trace fields, resent fields or a Sender added on its way.
TRACED_ONLY = {"example02.eml", "example08.eml", "example09.eml"}


@pytest.mark.timeout(600)
def test_every_mail_ends_up_once() -> None:
    account = ChannelAccount.objects.create(channel="email", name="Support", address="support@shop.example")
    paths = list(corpus("helpdesk", "mime"))
    assert len(paths) > 250
    with serving() as port, RawClient(port) as client:
        answers = Counter(client.deliver(path.read_bytes(), [account.address]) for path in paths)
    assert answers == {"250 2.0.0 stored": len(paths)}

    states = Counter(InboundDelivery.objects.values_list("state", flat=True))
    reasons = InboundDelivery.objects.filter(state=DeliveryState.QUARANTINED).values_list("error", flat=True)
    assert states == {DeliveryState.DONE: len(paths)}, list(reasons)

    mails = {b"\n".join(path.read_bytes().split()): path.name for path in paths if path.name not in TRACED_ONLY}
    messages = Message.objects.filter(account=account, kind=MessageKind.CUSTOMER)
    assert messages.count() == len(mails)
    assert set(messages.values_list("delivery__state", flat=True)) == {DeliveryState.DONE}
