"""Mails that arrive together are stored together, and answer for themselves."""

import asyncio

import pytest
from django.db import DataError, connection

from channels_email.transports.mailroom import MOST_MAILS, Mail, Mailroom
from csplatform.gateway.models import ChannelAccount, InboundDelivery
from tests.factories import make_account

pytestmark = pytest.mark.django_db(transaction=True)


def keep_all(mails: list[Mail]) -> list[int | BaseException]:
    """Bring all mails at once; return what each sender hears."""

    async def bring() -> list[int | BaseException]:
        room = Mailroom()
        try:
            return await asyncio.gather(*map(room.keep, mails), return_exceptions=True)
        finally:
            await asyncio.to_thread(room.close)

    return asyncio.run(bring())


def transactions() -> int:
    """How many transactions stored what is there."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(DISTINCT xmin::text) FROM gateway_inbounddelivery")
        return int(cursor.fetchone()[0])


def mail_for(*accounts: ChannelAccount, number: int = 0, method: str = "SMTP") -> Mail:
    return Mail("ada@customer.example", {one.pk: one.address for one in accounts}, b"mail %d" % number, method)


@pytest.fixture
def quiet(settings) -> None:
    """Ring for nobody, so that nothing is unpacked here."""
    settings.CELERY_TASK_ALWAYS_EAGER = False
    settings.CELERY_BROKER_URL = "memory://"


def test_mails_at_once_share_a_transaction(quiet: None) -> None:
    account = make_account("email")
    assert keep_all([mail_for(account, number=number) for number in range(MOST_MAILS)]) == [1] * MOST_MAILS
    assert InboundDelivery.objects.count() == MOST_MAILS
    stored = InboundDelivery.objects.order_by("id")
    assert [bytes(one.body) for one in stored] == [b"mail %d" % number for number in range(MOST_MAILS)]
    assert transactions() == 1


def test_one_that_cannot_be_stored_harms_nobody(quiet: None) -> None:
    account = make_account("email")
    heard = keep_all([mail_for(account), mail_for(account, method="a method with a long name"), mail_for(account)])
    assert [type(answer) if isinstance(answer, BaseException) else answer for answer in heard] == [1, DataError, 1]
    assert InboundDelivery.objects.count() == 2


def test_an_account_that_went_inactive_gets_nothing_any_more(quiet: None) -> None:
    gone, there = make_account("email", is_active=False), make_account("email")
    assert keep_all([mail_for(gone), mail_for(gone, there)]) == [0, 1]
    assert InboundDelivery.objects.get().account == there
