"""A visitor's own data: read, taken away, forgotten."""

from typing import Any
from uuid import uuid4

import pytest
from asgiref.sync import sync_to_async
from django.http import HttpResponse
from django.test import Client

from csplatform.conversations.models import Conversation, Message
from csplatform.flows import reply as replies
from csplatform.gateway.models import ChannelAccount
from csplatform.privacy.models import Erasure
from tests.channels_webchat.conftest import Visit, token_of
from tests.channels_webchat.test_http import a_message, post, upload
from tests.contract.samples import PNG
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)


def history(account: ChannelAccount, token: str, method: str = "get", **query: Any) -> HttpResponse:
    ask = getattr(Client(), method)
    answer: HttpResponse = ask(
        f"/chat/{account.address}/history/", query or None, headers={"authorization": f"Bearer {token}"}
    )
    return answer


@pytest.fixture
def ada(account: ChannelAccount) -> str:
    """A visitor who asked, sent a picture, and was answered; there is a note about her."""
    token = token_of(account, "ada", name="Ada", email="ada@example.com", language="en")
    post(account, token, a_message("Where is my lamp?"))
    upload(account, token, "lamp.png", PNG)
    conversation = Conversation.objects.get()
    agent = make_user(name="Ana García")
    replies.note(conversation.pk, by=agent, text="difficult", key=uuid4())
    replies.reply(conversation.pk, by=agent, text="On its way", key=uuid4())
    return token


def test_all_of_it_as_data(account: ChannelAccount, ada: str) -> None:
    data = history(account, ada).json()
    assert data["visitor"] == {"name": "Ada", "email": "ada@example.com", "language": "en"}
    assert [(line["side"], line["text"]) for line in data["messages"]] == [
        ("customer", "Where is my lamp?"),
        ("customer", ""),
        ("agent", "On its way"),
    ]
    (file,) = data["messages"][1]["files"]
    assert b"".join(Client().get(file["url"]).streaming_content) == PNG  # type: ignore[attr-defined]


def test_all_of_it_to_be_read(account: ChannelAccount, ada: str) -> None:
    Message.objects.update(created_at="2026-03-02T23:30:00Z")
    answer = history(account, ada, **{"as": "text", "tz": "Asia/Tokyo", "lang": "en"})
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    text = answer.content.decode()
    assert text.startswith("Shop\n\nYou · Mar 3, 2026, 8:30:00")
    assert "Where is my lamp?" in text
    assert "[lamp.png]" in text
    assert "Ana · " in text
    assert "difficult" not in text
    assert "García" not in text


@pytest.mark.parametrize("zone", ["", "Nowhere/Land", "../../etc/passwd", "x" * 500])
def test_a_zone_that_is_none_is_utc(account: ChannelAccount, ada: str, zone: str) -> None:
    Message.objects.update(created_at="2026-03-02T23:30:00Z")
    assert "Mar 2, 2026" in history(account, ada, **{"as": "text", "tz": zone}).content.decode()


def test_somebody_new_has_none(account: ChannelAccount) -> None:
    token = token_of(account, "new")
    assert history(account, token).json()["messages"] == []
    assert history(account, token, **{"as": "text"}).content == b"There are no messages.\n"
    assert history(account, token, "delete").json() == {"type": "erased"}
    assert not Erasure.objects.exists()


def test_nobody_reads_or_deletes_another_s(account: ChannelAccount, ada: str) -> None:
    bob = token_of(account, "bob")
    assert history(account, bob).json()["messages"] == []
    assert history(account, bob, "delete").json() == {"type": "erased"}
    for method in ("get", "delete"):
        assert history(account, "forged", method).status_code == 403
    assert len(history(account, ada).json()["messages"]) == 3


def test_it_is_forgotten_with_a_proof(account: ChannelAccount, ada: str) -> None:
    answer = history(account, ada, "delete").json()
    proof = Erasure.objects.get()
    assert answer == {"type": "erased", "at": proof.at.isoformat(), "proof": proof.pk}
    assert history(account, ada).json()["messages"] == []
    assert not Message.objects.exclude(text="").exists()
    assert history(account, ada, "delete").json() == {"type": "erased"}


async def test_an_open_tab_hears_of_it(visit: Visit, account: ChannelAccount) -> None:
    tab = await visit("ada")
    await tab.say("Hello")
    await tab.hear("lines")
    answer = await sync_to_async(history)(account, tab.token, "delete")
    assert answer.status_code == 200
    await tab.hear("erased")
    assert (await tab.say("once more"))["type"] == "ack"
    assert [line["text"] for line in (await visit("ada")).lines] == ["once more"]


async def test_a_tab_that_was_away_learns_of_it(visit: Visit, account: ChannelAccount) -> None:
    tab = await visit("ada")
    await tab.say("Hello")
    await tab.hear("lines")
    await tab.socket.disconnect()
    await sync_to_async(history)(account, tab.token, "delete")
    back = await visit("ada", known=tab.known, greet=False)
    await back.tell({"type": "hello", "token": back.token, "known": tab.known})
    await back.hear("erased")
    assert (await back.hear("welcome"))["lines"] == []
