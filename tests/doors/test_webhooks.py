"""The webhook door: what is refused leaves no trace, what is accepted is never lost."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from csplatform.common import clock
from csplatform.conversations.models import Conversation, Message
from csplatform.doors import unpack
from csplatform.gateway.models import ChannelAccount, InboundDelivery
from csplatform.gateway.services import discard, replay
from tests.factories import make_account
from tests.loopback import SECRET

pytestmark = pytest.mark.django_db


@pytest.fixture
def account() -> ChannelAccount:
    return make_account()


def post(client: Client, token: str, body: Any, secret: str = SECRET) -> Any:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"x-loopback": secret}
    return client.post(f"/hooks/{token}/", data, content_type="application/json", headers=headers)


def entry(number: int, sender: str = "ada", text: str = "Hello") -> dict[str, str]:
    return {"id": f"m{number}", "from": sender, "text": text}


def test_signed_delivery_is_stored_then_understood(client: Client, account: ChannelAccount, rung) -> None:
    with rung():
        response = post(client, account.token, [entry(1), entry(2)])
        assert (response.status_code, response.content) == (200, b"ok")
        assert InboundDelivery.objects.get().state == "waiting"
    delivery = InboundDelivery.objects.get()
    assert delivery.headers["content-type"] == "application/json"
    assert "x-loopback" not in delivery.headers
    assert (delivery.state, delivery.events, delivery.attempts) == ("done", 2, 1)
    assert list(Message.objects.exclude(external_id="").values_list("external_id", flat=True)) == ["m1", "m2"]
    assert set(delivery.messages.values_list("external_id", flat=True)) == {"m1", "m2"}


@pytest.mark.parametrize(
    ("token", "secret", "body", "status"),
    [
        ("", "wrong", b"[]", 403),
        ("", "", b"[]", 403),
        ("no-such-token", SECRET, b"[]", 404),
        ("", SECRET, b"x" * 2000, 413),
    ],
)
def test_what_is_refused_changes_nothing(
    client: Client,
    account: ChannelAccount,
    settings: Settings,
    token: str,
    secret: str,
    body: bytes,
    status: int,
) -> None:
    settings.MAX_WEBHOOK_BYTES = 1000
    assert post(client, token or account.token, body, secret).status_code == status
    assert not InboundDelivery.objects.exists()


def test_inactive_account_has_no_door(client: Client, account: ChannelAccount) -> None:
    ChannelAccount.objects.update(is_active=False)
    assert post(client, account.token, []).status_code == 404


def test_handshake_is_answered_by_the_channel(client: Client, account: ChannelAccount) -> None:
    response = client.get(f"/hooks/{account.token}/", {"challenge": "1158201444"})
    assert (response.status_code, response.content) == (200, b"1158201444")
    assert client.get(f"/hooks/{account.token}/").status_code == 405


def test_repeated_delivery_is_one_message(client: Client, account: ChannelAccount, rung) -> None:
    with rung():
        for _repeat in range(10):
            assert post(client, account.token, [entry(1)]).status_code == 200
    assert Message.objects.filter(external_id="m1").count() == 1
    assert Conversation.objects.count() == 1


def test_what_makes_no_sense_is_quarantined_and_replayable(client: Client, account: ChannelAccount, rung) -> None:
    with rung():
        assert post(client, account.token, b"{not json").status_code == 200
    delivery = InboundDelivery.objects.get()
    assert (delivery.state, delivery.error, bytes(delivery.body)) == ("quarantined", "no JSON", b"{not json")
    InboundDelivery.objects.update(body=json.dumps([entry(1)]).encode())
    with rung():
        assert replay([delivery]) == 1
    delivery.refresh_from_db()
    assert (delivery.state, delivery.error, Message.objects.filter(external_id="m1").count()) == ("done", "", 1)


def test_bad_event_is_quarantined_and_its_neighbours_are_received(
    client: Client, account: ChannelAccount, rung
) -> None:
    bad = entry(2, sender="x" * 400)
    with rung():
        post(client, account.token, [entry(1), bad, entry(3)])
    delivery = InboundDelivery.objects.get()
    assert delivery.state == "quarantined"
    assert "InboundMessage" in delivery.error
    assert set(Message.objects.exclude(external_id="").values_list("external_id", flat=True)) == {"m1", "m3"}
    assert discard([delivery]) == 1


def test_a_bad_delivery_falls_out_of_its_batch_alone(client: Client, account: ChannelAccount, rung) -> None:
    for number, sender in enumerate(["ada", "bob", "x" * 400, "ada", "cy"]):
        post(client, account.token, [entry(number, sender=sender)])
    with rung():
        replay(InboundDelivery.objects.order_by("id")[4:])
    states = InboundDelivery.objects.order_by("id").values_list("state", "attempts")
    assert list(states) == [("done", 1), ("done", 1), ("quarantined", 1), ("done", 1), ("done", 1)]
    received = Message.objects.filter(kind="customer").order_by("id").values_list("external_id", flat=True)
    assert list(received) == ["m0", "m1", "m3", "m4"]


def test_what_a_dead_worker_has_begun_keeps_its_turn(client: Client, account: ChannelAccount, rung) -> None:
    for number in range(3):
        post(client, account.token, [entry(number)])
    first, second, third = InboundDelivery.objects.order_by("id")
    unpack._begin([first.pk, second.pk])
    with rung():
        replay([third])
    texts = Message.objects.filter(kind="customer").order_by("seq").values_list("external_id", flat=True)
    assert list(texts) == ["m0", "m1", "m2"]
    assert {*InboundDelivery.objects.values_list("attempts", flat=True)} == {1, 2}


def test_surprised_channel_loses_nothing(client: Client, account: ChannelAccount, rung) -> None:
    with rung():
        post(client, account.token, [{"id": "m1"}])
    delivery = InboundDelivery.objects.get()
    assert (delivery.state, delivery.error) == ("quarantined", "KeyError: 'from'")


def test_lost_ring_is_made_up_for(client: Client, account: ChannelAccount, rung) -> None:
    post(client, account.token, [entry(1)])
    assert unpack.ring_waiting() == 0
    with clock.frozen(clock.now() + unpack.PATIENCE + timedelta(seconds=1)), rung():
        assert unpack.ring_waiting() == 1
    assert InboundDelivery.objects.get().state == "done"
    assert Message.objects.filter(external_id="m1").exists()


def test_what_kills_its_worker_again_and_again_is_set_aside(client: Client, account: ChannelAccount, rung) -> None:
    post(client, account.token, [entry(1)])
    delivery = InboundDelivery.objects.get()
    for _death in range(unpack.MOST_ATTEMPTS):
        assert unpack._begin([delivery.pk])
    unpack.unpack(delivery.pk)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == ("quarantined", unpack.MOST_ATTEMPTS)
    assert not Message.objects.exists()
    with rung():
        replay([delivery])
    assert Message.objects.filter(external_id="m1").exists()


def test_waiting_long_for_busy_workers_is_no_attempt(client: Client, account: ChannelAccount, rung) -> None:
    post(client, account.token, [entry(1)])
    with clock.frozen(clock.now() + timedelta(minutes=5)):
        for _sweep in range(3 * unpack.MOST_ATTEMPTS):
            assert unpack.ring_waiting() == 1
    assert InboundDelivery.objects.get().attempts == 0
    with clock.frozen(clock.now() + timedelta(minutes=5)), rung():
        assert unpack.ring_waiting() == 1
    assert Message.objects.filter(external_id="m1").exists()
