"""The stand-ins: as strict as they claim, and usable as processes of their own."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from csplatform.gateway.models import InboundDelivery
from tests.factories import make_account
from tests.platforms.telegram import SECRET, TOKEN, TelegramStandIn
from tests.platforms.whatsapp import ACCESS_TOKEN, APP_SECRET, NUMBER, WhatsAppStandIn
from tests.web import served

Start = Callable[..., str]
BEARER = {"authorization": f"Bearer {ACCESS_TOKEN}"}


@pytest.fixture
def start() -> Iterator[Start]:
    """Start a stand-in as a process; returns its address."""
    running: list[subprocess.Popen[str]] = []

    def begin(name: str, *arguments: str) -> str:
        command = [sys.executable, "-m", f"tests.platforms.{name}", *arguments]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        running.append(process)
        assert process.stdout is not None
        return process.stdout.readline().removeprefix("listening on ").strip()

    yield begin
    for process in running:
        process.terminate()
        process.wait(10)
        assert process.stdout is not None
        process.stdout.close()


@pytest.fixture
def web(transactional_db: None) -> Iterator[str]:
    """Serve the project over HTTP; yields the address."""
    with served() as address:
        yield address


@pytest.mark.parametrize(
    ("platform", "credentials"),
    [
        ("whatsapp", {"app_secret": APP_SECRET}),
        ("telegram", {"webhook_secret": SECRET}),
    ],
)
def test_process_calls_a_real_door(start: Start, web: str, platform: str, credentials: dict[str, str]) -> None:
    account = make_account(platform, address=NUMBER, credentials=credentials)
    url = start(platform, "--door", f"{web}/hooks/{account.token}/")
    assert httpx.post(f"{url}/_say", json={"text": "你好"}).json() == {"status": 200}
    delivery = InboundDelivery.objects.get(account=account)
    (message,) = delivery.messages.filter(kind="customer")
    assert (delivery.state, message.text) == ("done", "你好")


def test_process_tells_what_it_took_and_fails_on_order(start: Start) -> None:
    url = start("whatsapp", "--port", "0")
    message = {"messaging_product": "whatsapp", "to": "972987654321", "type": "text", "text": {"body": "Hello"}}
    target = f"{url}/v26.0/{NUMBER}/messages"
    httpx.post(f"{url}/_next", json={"what": "refuse"})
    assert httpx.post(target, json=message, headers=BEARER).json()["error"]["code"] == 131047
    sent = httpx.post(target, json=message, headers=BEARER).json()["messages"][0]["id"]
    calls = httpx.get(f"{url}/_calls").json()
    assert [json.loads(call["body"]) for call in calls] == [message, message]
    taken = {"external_id": sent, "recipient": "+972987654321", "text": "Hello", "files": []}
    assert httpx.get(f"{url}/_taken").json() == [taken]
    assert httpx.get(f"{url}/_secrets").status_code == 404


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"to": "+972987654321"}, "to: a phone number"),
        ({"to": 972987654321}, "to: a phone number"),
        ({"to": None, "recipient": "ada"}, "to: a phone number"),
        ({"messaging_product": "sms"}, "messaging_product"),
        ({"text": {"body": ""}}, "text.body of 1 to 4096 characters"),
        ({"text": {"body": "x" * 4097}}, "text.body of 1 to 4096 characters"),
        ({"text": "Hello"}, "text"),
        ({"type": "image", "image": {"id": "1"}, "text": None}, "only known fields, not ['image', 'text']"),
        ({"context": {}}, "context.message_id"),
        ({"extra": 1}, "only known fields, not ['extra', 'text']"),
    ],
)
def test_whatsapp_is_strict(changes: dict[str, Any], complaint: str) -> None:
    message = {"messaging_product": "whatsapp", "to": "972987654321", "type": "text", "text": {"body": "Hello"}}
    with WhatsAppStandIn() as cloud:
        target = f"{cloud.api_base}/{NUMBER}/messages"
        answer = httpx.post(target, json=message | changes, headers=BEARER)
        assert (answer.status_code, answer.json()["error"]["error_data"]["details"]) == (
            400,
            f"Invalid parameter: {complaint}",
        )
        assert httpx.post(target, json=message).status_code == 401
        assert httpx.post(target, content=json.dumps(message), headers=BEARER).status_code == 400
        assert cloud.taken == []


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"chat_id": "5551"}, 400),
        ({"chat_id": "5551", "text": "  "}, 400),
        ({"chat_id": "5551", "text": "x" * 4097}, 400),
        ({"chat_id": "ada", "text": "x"}, 400),
        ({"chat_id": "5551", "text": "x", "reply_parameters": "{}"}, 400),
        ({"chat_id": "5551", "text": "x", "tekst": "y"}, 400),
        ({"chat_id": "5551", "text": "x"}, 200),
    ],
)
def test_telegram_is_strict(fields: dict[str, Any], status: int) -> None:
    with TelegramStandIn() as bot:
        assert httpx.post(f"{bot.url}/bot{TOKEN}/sendMessage", json=fields).status_code == status
        assert len(bot.taken) == (1 if status == 200 else 0)
        assert httpx.post(f"{bot.url}/bot{TOKEN}x/sendMessage", json=fields).status_code == 401
        assert httpx.post(f"{bot.url}/bot{TOKEN}/sendSomething", json=fields).status_code == 404
