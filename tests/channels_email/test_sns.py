"""Amazon's subscriptions: confirmed for whoever knows the password, and nowhere but at Amazon."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from channels_email.channel import EmailChannel
from channels_email.providers.sns import subscription_url
from csplatform.gateway.contract import HttpAnswer, RawDelivery
from csplatform.gateway.errors import WebhookRejected
from tests.channels_email import provider_calls as calls
from tests.platforms.base import Answer, Call, Refused, StandIn

URL = "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=arn:aws:sns:1&Token=abc"


class SnsStandIn(StandIn):
    """Takes confirmations."""

    description = __doc__

    def answer(self, call: Call) -> Answer:
        if call.method != "GET" or call.query.get("Token") != "abc":
            raise Refused(400, "no such token")
        return Answer(b"<ConfirmSubscriptionResponse/>")

    def refusal(self, error: Refused) -> Answer:
        return Answer(b"", error.status)


@pytest.fixture
def amazon() -> Iterator[SnsStandIn]:
    with SnsStandIn() as stand_in:
        yield stand_in


def subscription(url: str = URL) -> RawDelivery:
    return calls.sns("You have chosen to subscribe", "SubscriptionConfirmation", SubscribeURL=url, Token="abc")


def ask(raw: RawDelivery, amazon: StandIn) -> HttpAnswer | None:
    return EmailChannel(calls.account("amazon_ses", api_url=amazon.url)).handshake(raw)


def test_a_subscription_that_knows_the_password_is_confirmed(amazon: SnsStandIn) -> None:
    answer = ask(subscription(), amazon)
    assert answer is not None
    assert answer.status == 200
    assert [call.query["Action"] for call in amazon.calls] == ["ConfirmSubscription"]


def test_amazon_is_asked_for_the_password(amazon: SnsStandIn) -> None:
    for raw in (subscription(), calls.ses_event("delivered")):
        headers = {name: value for name, value in raw.headers.items() if name != "authorization"}
        answer = ask(replace(raw, headers=headers), amazon)
        assert answer is not None
        assert (answer.status, answer.headers["WWW-Authenticate"]) == (401, 'Basic realm="mail"')
    assert amazon.calls == []


def test_a_subscription_with_a_wrong_password_is_refused(amazon: SnsStandIn) -> None:
    raw = subscription()
    with pytest.raises(WebhookRejected):
        ask(replace(raw, headers={**raw.headers, "authorization": "Basic eDp5"}), amazon)
    without = replace(calls.account("amazon_ses", api_url=amazon.url), credentials={})
    with pytest.raises(WebhookRejected):
        EmailChannel(without).handshake(raw)
    assert amazon.calls == []


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription",
        "https://sns.eu-west-1.amazonaws.com.evil.example/?Action=ConfirmSubscription",
        "https://evil.example/sns.eu-west-1.amazonaws.com?Action=ConfirmSubscription",
        "https://evil.example#sns.eu-west-1.amazonaws.com?Action=ConfirmSubscription",
        "https://sns.eu-west-1.amazonaws.com@evil.example/?Action=ConfirmSubscription",
        "https://user@sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription",
        "https://sns.eu-west-1.amazonaws.com:8443/?Action=ConfirmSubscription",
        "https://sns.eu-west-1.amazonaws.com:x/?Action=ConfirmSubscription",
        "https://s3.amazonaws.com/bucket?Action=ConfirmSubscription",
        "https://sns.eu-west-1.amazonaws.com/?Action=Publish",
        "https://sns.eu-west-1.amazonaws.com/?Action=Publish&Action=ConfirmSubscription",
        "https://169.254.169.254/?Action=ConfirmSubscription",
        "file:///etc/passwd",
    ],
)
def test_no_other_address_is_ever_called(url: str, amazon: SnsStandIn) -> None:
    with pytest.raises(WebhookRejected, match="not Amazon's"):
        ask(subscription(url), amazon)
    assert amazon.calls == []


def test_chinas_amazon_is_amazon() -> None:
    url = "https://sns.cn-north-1.amazonaws.com.cn/?Action=ConfirmSubscription&Token=abc"
    assert subscription_url(subscription(url)) == url


def test_where_amazon_is_away_it_comes_again(amazon: SnsStandIn) -> None:
    amazon.stop()
    answer = ask(subscription(), amazon)
    assert answer is not None
    assert answer.status == 503


def test_a_notification_is_no_handshake(amazon: SnsStandIn) -> None:
    assert ask(calls.ses_event("delivered"), amazon) is None


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_providers_that_look_whether_somebody_is_here_find_us(method: str) -> None:
    raw = RawDelivery(b"", {}, {}, method, calls.clock.now())
    answer = EmailChannel(calls.account("mandrill")).handshake(raw)
    assert answer is not None
    assert answer.status == 200
