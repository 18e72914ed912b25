"""What the door says to a platform, and calls that only say that there are news to be fetched."""

import json
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from csplatform.conversations.models import Message
from csplatform.gateway.contract import Cursor, FetchResult, RawDelivery
from csplatform.gateway.models import ChannelAccount, InboundDelivery
from tests.contract.samples import RECEIVED_AT
from tests.factories import make_account
from tests.loopback import SECRET, LoopbackChannel

pytestmark = pytest.mark.django_db


@pytest.fixture
def account() -> ChannelAccount:
    return make_account()


def fetched(_channel: LoopbackChannel, cursor: Cursor) -> FetchResult:
    """Bring one message, the first time."""
    body = json.dumps([{"id": "m1", "from": "ada", "text": "Hello"}]).encode()
    news = () if cursor.value else (RawDelivery(body, {}, {}, "POST", RECEIVED_AT),)
    return FetchResult(news, Cursor({"at": 1}))


def call(client: Client, account: ChannelAccount, secret: str = SECRET) -> Any:
    return client.post(
        f"/hooks/{account.token}/", b"[]", content_type="application/json", headers={"x-loopback": secret}
    )


def test_platform_hears_what_it_wants_to_hear(
    client: Client, account: ChannelAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert call(client, account).content == b"ok"
    monkeypatch.setattr(LoopbackChannel, "abilities", replace(LoopbackChannel.abilities, thanks="success"))
    assert call(client, account).content == b"success"


@pytest.mark.parametrize(("rings", "secret", "brought"), [(True, SECRET, 1), (True, "wrong", 0), (False, SECRET, 0)])
def test_a_call_that_rings_has_the_news_fetched(
    client: Client,
    account: ChannelAccount,
    rung: Any,
    monkeypatch: pytest.MonkeyPatch,
    rings: bool,
    secret: str,
    brought: int,
) -> None:
    monkeypatch.setattr(LoopbackChannel, "abilities", replace(LoopbackChannel.abilities, polled=True, rings=rings))
    monkeypatch.setattr(LoopbackChannel, "fetch", fetched)
    with rung():
        call(client, account, secret)
    assert Message.objects.filter(kind="customer").count() == brought


def test_a_delivery_that_others_took_along_keeps_nobody_from_ringing(
    client: Client, account: ChannelAccount, rung: Any
) -> None:
    for number in (3, 1):
        with rung():
            for _each in range(number):
                call(client, account)
    assert list(InboundDelivery.objects.values_list("state", flat=True)) == ["done"] * 4
