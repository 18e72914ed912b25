"""What a customer wrote first is read first, however many workers there are."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from random import Random

import pytest
from django.db import connection

from csplatform.common import clock
from csplatform.conversations.models import Conversation
from csplatform.doors.unpack import LOCK_SPACE, unpack
from csplatform.gateway.models import ChannelAccount, InboundDelivery
from tests.factories import make_account

PEOPLE, MESSAGES = 3, 12


def delivered(account: ChannelAccount, number: int) -> InboundDelivery:
    entry = {"id": f"m{number}", "from": f"person-{number % PEOPLE}", "text": str(number)}
    return InboundDelivery.objects.create(account=account, body=json.dumps([entry]).encode(), received_at=clock.now())


def in_threads(ids: list[int], workers: int) -> None:
    start = threading.Barrier(workers)

    def work(share: list[int]) -> None:
        start.wait(20)
        try:
            for delivery_id in share:
                unpack(delivery_id)
        finally:
            connection.close()

    with ThreadPoolExecutor(workers) as pool:
        for done in [pool.submit(work, ids[first::workers]) for first in range(workers)]:
            done.result(60)


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_keep_the_order_of_arrival() -> None:
    account = make_account()
    ids = [delivered(account, number).pk for number in range(PEOPLE * MESSAGES)]
    Random(7).shuffle(ids)
    in_threads(ids, workers=4)
    assert not InboundDelivery.objects.exclude(state="done").exists()
    for person, conversation in enumerate(Conversation.objects.order_by("handle__external_id")):
        said = list(conversation.messages.filter(kind="customer").values_list("text", flat=True))
        assert said == [str(number) for number in range(person, PEOPLE * MESSAGES, PEOPLE)]


@pytest.mark.django_db
def test_later_delivery_takes_the_earlier_ones_along() -> None:
    account = make_account()
    first, second = delivered(account, 0), delivered(account, PEOPLE)
    unpack(second.pk)
    first.refresh_from_db()
    assert first.state == "done"
    assert [m.text for m in Conversation.objects.get().messages.filter(kind="customer")] == ["0", str(PEOPLE)]


@pytest.mark.django_db
def test_delivery_that_was_begun_before_holds_up_nobody() -> None:
    account = make_account()
    stuck, fresh = delivered(account, 0), delivered(account, 1)
    InboundDelivery.objects.filter(pk=stuck.pk).update(attempts=3)
    unpack(fresh.pk)
    assert dict(InboundDelivery.objects.values_list("pk", "state")) == {stuck.pk: "waiting", fresh.pk: "done"}
    unpack(stuck.pk)
    assert InboundDelivery.objects.get(pk=stuck.pk).state == "done"


@pytest.mark.django_db(transaction=True)
def test_worker_that_finds_another_at_it_leaves() -> None:
    delivery = delivered(make_account(), 0)
    with ThreadPoolExecutor(1) as pool, connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, %s)", [LOCK_SPACE, delivery.account_id])
        pool.submit(in_threads, [delivery.pk], 1).result(30)
        assert InboundDelivery.objects.get().state == "waiting"
        cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCK_SPACE, delivery.account_id])
    unpack(delivery.pk)
    assert InboundDelivery.objects.get().state == "done"
