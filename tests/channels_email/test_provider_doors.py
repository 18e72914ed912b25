"""A provider's calls through the door: what is kept of them, and what becomes of it."""

from collections.abc import Callable, Iterator

import pytest
from django.test import Client

from channels_email.providers.brevo import download
from csplatform.conversations.models import Message
from csplatform.gateway.contract import AccountConfig, RawDelivery
from csplatform.gateway.errors import SendFailed, SendUnavailable
from csplatform.gateway.models import ChannelAccount, InboundDelivery
from tests.channels_email import provider_calls as calls
from tests.channels_email.mails import mail
from tests.factories import make_account
from tests.platforms.base import Answer, Call, Refused, StandIn


@pytest.fixture
def postmark(db: None) -> ChannelAccount:
    config = calls.account("postmark")
    return make_account(
        channel="email", address=config.address, credentials=dict(config.credentials), settings=dict(config.settings)
    )


def post(client: Client, account: ChannelAccount, raw: RawDelivery, **headers: str) -> int:
    named = {name: value for name, value in raw.headers.items() if name != "content-type"} | headers
    answer = client.post(f"/hooks/{account.token}/", raw.body, content_type=raw.headers["content-type"], headers=named)
    return answer.status_code


def test_a_mail_becomes_a_message_and_the_password_is_forgotten(
    client: Client, postmark: ChannelAccount, django_capture_on_commit_callbacks: Callable[..., Iterator[object]]
) -> None:
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]
        assert post(client, postmark, calls.postmark_mail(mail())) == 200
    assert Message.objects.get(kind="customer").external_id == "first@customer.example"
    delivery = InboundDelivery.objects.get()
    assert calls.PASSWORD not in str(delivery.headers)
    assert "authorization" not in delivery.headers


def test_a_stranger_leaves_nothing(client: Client, postmark: ChannelAccount) -> None:
    assert post(client, postmark, calls.postmark_mail(mail()), authorization="Basic eDp5") == 403
    assert not InboundDelivery.objects.exists()


def test_a_mail_with_large_files_fits(client: Client, postmark: ChannelAccount) -> None:
    body = "x" * 70 + "\r\n"
    assert post(client, postmark, calls.postmark_mail(mail(body=body * 100_000))) == 200
    assert InboundDelivery.objects.count() == 1
    assert post(client, postmark, calls.postmark_mail(mail(body=body * 500_000))) == 413
    assert InboundDelivery.objects.count() == 1


def test_amazon_hears_in_a_header_how_to_log_in(client: Client, db: None) -> None:
    config = calls.account("amazon_ses")
    account = make_account(channel="email", address=config.address, settings=dict(config.settings))
    ChannelAccount.objects.filter(pk=account.pk).update(credentials=dict(config.credentials))
    raw = calls.ses_event("delivered")
    headers = {name: value for name, value in raw.headers.items() if name.startswith("x-amz")}
    answer = client.post(f"/hooks/{account.token}/", raw.body, content_type="text/plain", headers=headers)
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, 'Basic realm="mail"')
    assert not InboundDelivery.objects.exists()


@pytest.mark.parametrize("method", ["get", "head"])
def test_a_provider_that_looks_finds_somebody_only_where_it_is_awaited(
    client: Client, postmark: ChannelAccount, method: str
) -> None:
    assert getattr(client, method)(f"/hooks/{postmark.token}/").status_code == 200
    other = make_account(channel="email", address="sales@shop.example")
    assert getattr(client, method)(f"/hooks/{other.token}/").status_code == 405


# Files that stay at Brevo --------------------------------------------------------------------------------------


class BrevoStandIn(StandIn):
    """Keeps attachments: https://developers.brevo.com/reference/getinboundemailattachment"""

    description = __doc__

    def answer(self, call: Call) -> Answer:
        if call.headers.get("api-key") != "k":
            raise Refused(401, "Key not found")
        if call.path != "/v3/inbound/attachments/t%2F1":
            raise Refused(404, "no such file")
        return Answer(b"\x89PNG", headers={"Content-Type": "image/png; x=y"})

    def refusal(self, error: Refused) -> Answer:
        return Answer(b"{}", error.status)


def brevo(url: str, key: str = "k") -> AccountConfig:
    return AccountConfig(1, "Support", "support@shop.example", {"api_key": key}, {"api_url": f"{url}/v3"})


def test_files_are_fetched_from_brevo() -> None:
    with BrevoStandIn() as stand_in:
        file = download(brevo(stand_in.url), "t/1")
        assert (file.data, file.content_type) == (b"\x89PNG", "image/png")
        with pytest.raises(SendFailed, match="no longer has"):
            download(brevo(stand_in.url), "t/2")
        with pytest.raises(SendFailed, match="key"):
            download(brevo(stand_in.url, key="x"), "t/1")
    with pytest.raises(SendUnavailable):
        download(brevo(stand_in.url), "t/1")
