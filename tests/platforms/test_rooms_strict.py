"""The stand-ins of Slack, of an own system, and of Discord with its Gateway: as strict as they claim."""

import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.embedded.waiting import wait_until
from tests.platforms import discord, own_system, slack
from tests.platforms.discord import DiscordStandIn
from tests.platforms.own_system import OwnSystem
from tests.platforms.slack import SlackStandIn

OURS = {"event_type": "x", "event_payload": {}}
BUTTON = {"type": "button", "action_id": "a", "text": {"type": "plain_text", "text": "Yes"}, "value": "yes"}
IDENTITY: dict[str, Any] = {
    "token": discord.TOKEN,
    "intents": 1 << 12,
    "properties": {"os": "linux", "browser": "x", "device": "x"},
    "shard": [0, 1],
}


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({}, None),
        ({"channel": "D0NOBODY"}, "channel_not_found"),
        ({"text": " "}, "no_text"),
        ({"text": "x" * 40_001}, "msg_too_long"),
        ({"text": "1 < 2"}, "invalid_arguments"),
        ({"text": "Fish & chips"}, "invalid_arguments"),
        ({"tekst": "x"}, "invalid_arg_name"),
        ({"metadata": {"key": 1}}, "invalid_metadata_format"),
        ({"thread_ts": "now"}, "invalid_thread_ts"),
        ({"blocks": [{"type": "actions", "elements": [BUTTON, BUTTON]}]}, "invalid_blocks"),
        ({"blocks": [{"type": "section", "text": {"type": "plain_text", "text": "x" * 3001}}]}, "invalid_blocks"),
        ({"blocks": [{"type": "actions", "elements": [BUTTON]}]}, None),
    ],
)
def test_slack_is_strict_and_says_so_with_200(changes: dict[str, Any], error: str | None) -> None:
    message = {"channel": slack.CHANNEL, "text": "Hello", "mrkdwn": False, "metadata": OURS} | changes
    with SlackStandIn() as platform:
        url = f"{platform.url}/api/chat.postMessage"
        answer = httpx.post(url, json=message, headers={"authorization": f"Bearer {slack.TOKEN}"})
        assert (answer.status_code, answer.json().get("error")) == (200, error)
        assert len(platform.taken) == (error is None)
        assert httpx.post(url, json=message).json()["error"] == "not_authed"


@pytest.mark.parametrize("case", ["right", "forged", "stale", "misspelt", "nameless"])
def test_own_system_is_strict(case: str) -> None:
    data = dict.fromkeys(("text", "reply_to", "conversation", "language"), "") | {"quick_replies": []}
    data |= {"id": "k", "to": "ada", "text": "Hello", "attachments": [], "automatic": False}
    data |= {"tekst": ""} if case == "misspelt" else {}
    stamp = str(int(time.time()) - (301 if case == "stale" else 0))
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    body = json.dumps({"type": "message.created", "timestamp": now, "data": data}).encode()
    call_id = "" if case == "nameless" else "k"
    secret = own_system.INBOUND if case == "forged" else own_system.OUTBOUND
    headers = {"webhook-id": call_id, "webhook-timestamp": stamp, "content-type": "application/json"}
    headers["webhook-signature"] = own_system.signature(secret, call_id, stamp, body)
    with OwnSystem() as platform:
        answers = [httpx.post(platform.address, content=body, headers=headers).status_code for _time in range(2)]
        wanted = {"right": 200, "misspelt": 400}.get(case, 401)
        assert answers == [wanted] * 2
        assert len(platform.taken) == (wanted == 200)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, None),
        ({"content": ""}, 50006),
        ({"content": "x" * 2001}, 50035),
        ({"nonce": "x" * 26}, 50035),
        ({"nonce": 7}, 50035),
        ({"allowed_mentions": {"parse": ["everyone"]}}, 50035),
        ({"kontent": "x"}, 50035),
        ({"message_reference": {"message_id": "x"}}, 50035),
        ({"components": [{"type": 1, "components": [{"type": 2, "label": "", "custom_id": "a"}]}]}, 50035),
    ],
)
def test_discord_is_strict(changes: dict[str, Any], code: int | None) -> None:
    message = {"content": "Hello", "nonce": "1", "enforce_nonce": True, "allowed_mentions": {"parse": []}} | changes
    login = {"authorization": f"Bot {discord.TOKEN}", "user-agent": "DiscordBot (https://desk.example, 1)"}
    with DiscordStandIn() as platform:
        url = f"{platform.api_base}/channels/{discord.CHANNEL}/messages"
        answers = [httpx.post(url, json=message, headers=login).json() for _time in range(2)]
        assert [answer.get("code") for answer in answers] == [code] * 2
        assert len(platform.taken) == (code is None)  # the second had the same nonce
        assert httpx.post(url, json=message, headers=login | {"authorization": "x"}).status_code == 401
        assert httpx.post(url, json=message, headers=login | {"user-agent": "python"}).status_code == 403
        assert httpx.post(f"{platform.api_base}/channels/7/messages", json=message, headers=login).status_code == 404


def test_discord_counts_what_a_channel_takes() -> None:
    login = {"authorization": f"Bot {discord.TOKEN}", "user-agent": "DiscordBot (https://desk.example, 1)"}
    with DiscordStandIn() as platform:
        url = f"{platform.api_base}/channels/{discord.CHANNEL}/messages"
        message = {"content": "Hello", "enforce_nonce": True, "allowed_mentions": {"parse": []}}
        answers = [httpx.post(url, json=message | {"nonce": str(n)}, headers=login) for n in range(6)]
    assert [answer.headers.get("x-ratelimit-remaining") for answer in answers] == ["4", "3", "2", "1", "0", None]
    assert (answers[5].status_code, 0 < answers[5].json()["retry_after"] <= 5) == (429, True)


@pytest.fixture
def gateway() -> Iterator[discord.GatewayStandIn]:
    with DiscordStandIn() as platform:
        yield platform.gateway


def closed_with(gateway: discord.GatewayStandIn, *said: object, path: str = "/?v=10&encoding=json") -> int | None:
    """Say something to the Gateway; returns the code by which it closes, None where it answers."""
    with connect(f"{gateway.url}{path}", ping_interval=None) as socket:
        try:
            socket.recv(timeout=10)  # hello
            for one in said:
                socket.send(one if isinstance(one, str) else json.dumps(one))
                socket.recv(timeout=10)
        except ConnectionClosed:
            return socket.close_code
    return None


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ([{"op": 2, "d": IDENTITY}], None),
        ([{"op": 1, "d": None}], None),
        ([{"op": 2, "d": IDENTITY}, {"op": 1, "d": 1}], None),
        (["nonsense"], 4002),
        ([{"op": 2}], 4002),
        ([{"op": 1, "d": 7}], 4002),
        ([{"op": 3, "d": {}}], 4003),
        ([{"op": 2, "d": IDENTITY}, {"op": 99, "d": {}}], 4001),
        ([{"op": 2, "d": IDENTITY}, {"op": 2, "d": IDENTITY}], 4005),
        ([{"op": 2, "d": IDENTITY | {"token": "x"}}], 4004),
        ([{"op": 2, "d": IDENTITY | {"properties": {}}}], 4002),
        ([{"op": 2, "d": IDENTITY | {"intents": 1 << 40}}], 4013),
        ([{"op": 2, "d": IDENTITY | {"intents": 1 << 15}}], 4014),
        ([{"op": 2, "d": IDENTITY | {"shard": [1, 1]}}], 4010),
        ([{"op": 6, "d": {"token": "x", "session_id": "s", "seq": 1}}], 4004),
        ([{"op": 1, "d": None}] * 121, 4008),
    ],
)
def test_gateway_closes_on_whoever_breaks_its_rules(
    gateway: discord.GatewayStandIn, said: list[object], code: int | None
) -> None:
    assert closed_with(gateway, *said) == code


def test_gateway_wants_its_version(gateway: discord.GatewayStandIn) -> None:
    assert closed_with(gateway, path="/") == 4012


def test_gateway_wants_heartbeats(gateway: discord.GatewayStandIn) -> None:
    gateway.beat = 0.1
    with connect(f"{gateway.url}/?v=10&encoding=json", ping_interval=None) as socket:
        socket.recv(timeout=10)
        with pytest.raises(ConnectionClosed):
            socket.recv(timeout=10)
        assert socket.close_code == 4009


@pytest.mark.parametrize(("code", "seq", "answer"), [(1000, 1, 9), (4000, 1, 0), (4000, 2, 4007)])
def test_gateway_resumes_unless_it_was_closed_for_good(
    gateway: discord.GatewayStandIn, code: int, seq: int, answer: int
) -> None:
    with connect(f"{gateway.url}/?v=10&encoding=json", ping_interval=None) as socket:
        socket.recv(timeout=10)
        socket.send(json.dumps({"op": 2, "d": IDENTITY}))
        ready = json.loads(socket.recv(timeout=10))
        socket.close(code)
    wait_until(lambda: gateway.ended == [code])
    resumed = {"token": discord.TOKEN, "session_id": ready["d"]["session_id"], "seq": seq}
    with connect(f"{ready['d']['resume_gateway_url']}/?v=10&encoding=json", ping_interval=None) as socket:
        socket.recv(timeout=10)
        socket.send(json.dumps({"op": 6, "d": resumed}))
        if answer > 4000:
            with pytest.raises(ConnectionClosed):
                socket.recv(timeout=10)
            assert socket.close_code == answer
            return
        said = json.loads(socket.recv(timeout=10))
        assert (said["op"], said.get("t")) == (answer, "RESUMED" if answer == 0 else None)
