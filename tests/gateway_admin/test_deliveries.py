"""Quarantined deliveries: read, downloaded, replayed, discarded."""

import json
from typing import Any

import pytest
from django.test import Client

from csplatform.conversations.models import Message
from csplatform.gateway.models import DeliveryState, InboundDelivery
from csplatform.people.models import Role
from tests.factories import make_account, make_user
from tests.people.test_admin_pages import logged_in

pytestmark = pytest.mark.django_db
LIST = "/admin/gateway/inbounddelivery/"
MESSAGE = json.dumps([{"id": "m1", "from": "ada", "text": "At last"}]).encode()


@pytest.fixture
def client() -> Client:
    return logged_in(make_user(role=Role.ADMINISTRATOR))


def quarantined(body: bytes = b"{", **fields: Any) -> InboundDelivery:
    return InboundDelivery.objects.create(
        account=make_account(), body=body, state=DeliveryState.QUARANTINED, error="no JSON", **fields
    )


def act(client: Client, action: str, *deliveries: InboundDelivery) -> Any:
    return client.post(LIST, {"action": action, "_selected_action": [delivery.pk for delivery in deliveries]})


def state(delivery: InboundDelivery) -> str:
    delivery.refresh_from_db()
    return delivery.state


def test_the_list_is_narrowed_to_the_quarantine(client: Client) -> None:
    bad = quarantined()
    InboundDelivery.objects.create(account=bad.account, body=b"{}", state=DeliveryState.DONE)
    page = client.get(LIST, {"state__exact": "quarantined"})
    assert [row.pk for row in page.context["cl"].result_list] == [bad.pk]


def test_the_body_is_shown_cut_and_escaped_and_secrets_are_not(client: Client) -> None:
    headers = {"x-telegram-bot-api-secret-token": "s3cr3t", "content-type": "text/plain"}
    delivery = quarantined(b"<script>alert(1)</script>\x00" + b"a" * 9000 + b"THE-END", headers=headers)
    page = client.get(f"{LIST}{delivery.pk}/change/").content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;�aaa" in page
    assert "THE-END" not in page
    assert "content-type: text/plain" in page
    assert "s3cr3t" not in page


def test_the_exact_bytes_are_downloaded(client: Client) -> None:
    body = bytes(range(256)) * 100
    delivery = quarantined(body)
    answer = client.get(f"{LIST}{delivery.pk}/raw/")
    assert answer.content == body
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="delivery-{delivery.pk}.bin"'
    assert client.get(f"{LIST}999999/raw/").status_code == 404


def test_replay_unpacks_again(client: Client, rung: Any) -> None:
    delivery = quarantined(MESSAGE)
    with rung():
        assert act(client, "replay", delivery).status_code == 302
    assert state(delivery) == DeliveryState.DONE
    assert Message.objects.get(kind="customer").text == "At last"


def test_discard_gives_up_on_what_is_quarantined_only(client: Client) -> None:
    bad = quarantined()
    done = InboundDelivery.objects.create(account=bad.account, body=b"{}", state=DeliveryState.DONE)
    assert act(client, "discard", bad, done).status_code == 302
    assert (state(bad), state(done)) == (DeliveryState.DISCARDED, DeliveryState.DONE)
    assert bytes(bad.body) == b"{"


@pytest.mark.parametrize("role", [Role.AGENT, Role.SUPERVISOR])
def test_nobody_else_comes_near(role: Role) -> None:
    delivery = quarantined()
    other = logged_in(make_user(role=role))
    for answer in (
        other.get(LIST),
        other.get(f"{LIST}{delivery.pk}/change/"),
        other.get(f"{LIST}{delivery.pk}/raw/"),
        act(other, "replay", delivery),
        act(other, "discard", delivery),
    ):
        assert answer.status_code in {302, 403, 404}
        assert b"no JSON" not in answer.content
    assert state(delivery) == DeliveryState.QUARANTINED
