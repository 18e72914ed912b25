"""Whom the Slack channel believes: signatures, their age, the secret that replaced another, the challenge."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from channels_social.slack.channel import SlackChannel
from csplatform.gateway.contract import (
    HttpAnswer,
    RawDelivery,
)
from csplatform.gateway.errors import WebhookRejected
from tests.channels_social.test_slack import account, said
from tests.contract.test_slack import SIGNED_AT, delivery, signed
from tests.platforms.slack import (
    envelope,
    signed_headers,
)

VECTORS = Path(__file__).parents[3] / "shared" / "corpora" / "social" / "signature_vectors.jsonl"
AT = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


def test_signature_is_the_one_that_slack_computes() -> None:
    if not VECTORS.is_file():
        pytest.skip("../shared/corpora is absent")
    vectors = [json.loads(line) for line in VECTORS.read_text().splitlines()]
    (vector,) = [vector for vector in vectors if vector["provider"] == "slack"]
    headers = {"x-slack-signature": vector["signature"], "x-slack-request-timestamp": vector["timestamp"]}
    at = datetime.fromtimestamp(int(vector["timestamp"]), UTC)
    raw = RawDelivery(vector["body"].encode(), headers, {}, "POST", at + timedelta(seconds=4))
    channel = SlackChannel(replace(account(), credentials={"signing_secret": vector["secret"]}))
    channel.verify(raw)
    with pytest.raises(WebhookRejected, match="signature"):
        SlackChannel(account()).verify(raw)
    with pytest.raises(WebhookRejected, match="signature"):
        channel.verify(replace(raw, headers=headers | {"x-slack-request-timestamp": str(int(vector["timestamp"]) + 1)}))


@pytest.mark.parametrize(("late", "believed"), [(-301, False), (-300, True), (300, True), (301, False)])
def test_calls_are_believed_for_five_minutes(late: int, believed: bool) -> None:
    raw = delivery(envelope(**said()), at=SIGNED_AT + late)
    if believed:
        SlackChannel(account()).verify(raw)
        return
    with pytest.raises(WebhookRejected, match="five minutes"):
        SlackChannel(account()).verify(raw)


@pytest.mark.parametrize("stamp", ["", "soon", "1" * 400, "-1", "١٧٧٢٦٠٠٧٦٧"])
def test_calls_without_a_time_are_refused(stamp: str) -> None:
    raw = delivery(envelope(**said()))
    with pytest.raises(WebhookRejected, match="five minutes"):
        SlackChannel(account()).verify(replace(raw, headers=raw.headers | {"x-slack-request-timestamp": stamp}))


def test_new_secret_ends_the_old_one() -> None:
    rotated = SlackChannel(replace(account(), credentials={"signing_secret": "0123456789abcdef"}))
    raw = delivery(envelope(**said()))
    with pytest.raises(WebhookRejected):
        rotated.verify(raw)
    headers = signed_headers(raw.body, secret="0123456789abcdef", at=SIGNED_AT)
    rotated.verify(replace(raw, headers={name.lower(): value for name, value in headers.items()}))


def test_challenge_is_given_back_where_it_is_signed() -> None:
    raw = delivery({"type": "url_verification", "challenge": "3eZbrw1a", "token": "x"})
    assert SlackChannel(account()).handshake(raw) == HttpAnswer(b"3eZbrw1a")
    with pytest.raises(WebhookRejected):
        SlackChannel(account()).handshake(replace(raw, headers={}))


@pytest.mark.parametrize("body", [b'"url_verification"', b'{"url_verification', b'{"type": "url_verification"}'])
def test_what_is_no_challenge_is_no_handshake(body: bytes) -> None:
    assert SlackChannel(account()).handshake(signed(body, "application/json")) is None
