"""`manage.py replay`: what was kept is unpacked again, and nothing comes twice."""

import json
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from csplatform.conversations.models import Conversation, Message
from csplatform.gateway.models import ChannelAccount, DeliveryState, InboundDelivery
from tests.factories import MONDAY, make_account

pytestmark = pytest.mark.django_db


def delivered(account: ChannelAccount, number: int, state: str = "waiting", body: bytes = b"") -> InboundDelivery:
    """Keep a call of the platform that came so many hours after Monday, ten."""
    entry = {"id": f"m{number}", "from": "ada", "text": str(number)}
    return InboundDelivery.objects.create(
        account=account,
        body=body or json.dumps([entry]).encode(),
        state=state,
        error="no JSON" if state == "quarantined" else "",
        received_at=MONDAY + timedelta(hours=number),
    )


def replay(**options: Any) -> str:
    said = StringIO()
    call_command("replay", stdout=said, **options)
    return said.getvalue()


def texts() -> list[str]:
    return list(Message.objects.filter(kind="customer").order_by("seq").values_list("text", flat=True))


def states() -> list[str]:
    return list(InboundDelivery.objects.order_by("id").values_list("state", flat=True))


@pytest.fixture
def account() -> ChannelAccount:
    return make_account(name="Shop bot", address="shop")


def test_quarantine_is_unpacked_again(account: ChannelAccount, rung: Any) -> None:
    delivered(account, 1, "quarantined")
    delivered(make_account(), 2, "quarantined")
    delivered(account, 3, "quarantined", body=b"{still no JSON")
    with rung():
        said = replay()
    assert "Shop bot (loopback): 2 in quarantine, 0 understood, received 2026-03-02 11:00:00 to 2026-03-02 13" in said
    assert "3 unpacked again" in said
    assert states() == ["done", "done", "quarantined"]
    assert sorted(texts()) == ["1", "2"]


def test_dry_run_changes_nothing(account: ChannelAccount, rung: Any) -> None:
    delivered(account, 1, "quarantined")
    with rung():
        said = replay(dry_run=True)
    assert "1 in quarantine" in said
    assert "Nothing was changed" in said
    assert states() == ["quarantined"]
    assert not Message.objects.exists()


def test_everything_of_a_span_comes_once(account: ChannelAccount, rung: Any) -> None:
    for number in range(5):
        delivered(account, number, "done" if number != 2 else "quarantined")
    others = delivered(make_account(), 2, "done")
    with rung():
        replay(account="shop", since="2026-03-02T11:00", until="2026-03-02T21:00+08:00", all=True)
    assert texts() == ["1", "2"]
    before = list(Message.objects.values()), list(Conversation.objects.values())
    with rung():
        said = replay(account=str(account.pk), since="2026-03-02T11:00:00+00:00", until="2026-03-02T13:00", all=True)
    assert "0 in quarantine, 2 understood" in said
    assert (list(Message.objects.values()), list(Conversation.objects.values())) == before
    assert set(states()) == {"done"}
    others.refresh_from_db()
    assert others.attempts == 0


def test_span_without_all_is_about_the_quarantine_only(account: ChannelAccount, rung: Any) -> None:
    delivered(account, 1, "done")
    delivered(account, 2, "quarantined")
    delivered(account, 3, "discarded")
    with rung():
        said = replay(account="shop", since="2026-03-02")
    assert "1 in quarantine, 0 understood" in said
    assert texts() == ["2"]


def test_what_was_discarded_or_waits_is_left_alone(account: ChannelAccount) -> None:
    delivered(account, 1, DeliveryState.DISCARDED)
    delivered(account, 2)
    assert "There is nothing to unpack again." in replay(account="shop", since="2026-01-01", all=True)
    assert states() == ["discarded", "waiting"]


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"all": True}, "--all needs --account and --from"),
        ({"all": True, "account": "shop"}, "--all needs --account and --from"),
        ({"account": "nowhere"}, "there is no account nowhere"),
        ({"account": "shop", "since": "yesterday"}, "yesterday is no moment"),
        ({"account": "77", "since": "2026-03-02"}, "77 may be any of these: "),
    ],
)
def test_what_cannot_be_meant_is_refused(account: ChannelAccount, options: dict[str, Any], complaint: str) -> None:
    make_account("loopback", address="77")
    make_account("threaded", address="77")
    delivered(account, 1, "quarantined")
    with pytest.raises(CommandError, match=complaint):
        replay(**options)
    assert states() == ["quarantined"]
