"""Setting up an account of each channel by the fields that it describes, and trying it out from the page."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from csplatform.gateway import registry
from csplatform.gateway.contract import Abilities, AccountConfig, AccountField, FieldKind, Finding
from csplatform.gateway.models import ChannelAccount, DeliveryState, InboundDelivery
from csplatform.people.models import Role
from tests.factories import make_account, make_user
from tests.gateway_admin.setup_pages import (
    ADD,
    ENTERED,
    KEY,
    NEEDED,
    add,
    change,
    filled,
    page_of_test,
    shown_again,
)
from tests.loopback import LoopbackChannel
from tests.people.test_admin_pages import logged_in
from tests.platforms.telegram import SECRET, TOKEN, TelegramStandIn

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    return logged_in(make_user(role=Role.ADMINISTRATOR))


# Choosing ---------------------------------------------------------------------------------------------------------


def test_the_channel_is_chosen_first(client: Client) -> None:
    page = client.get(ADD).content.decode()
    for channel in registry.all_channels():
        assert f'href="?channel={channel.slug}"' in page
        assert str(channel.label) in page
    assert client.get(f"{ADD}?channel=pigeon").content.decode().count("?channel=") == len(registry.all_channels())
    assert client.post(f"{ADD}?channel=pigeon", filled({})).status_code == 200
    assert not ChannelAccount.objects.exists()


def test_no_channel_describes_a_value_twice() -> None:
    for channel in registry.all_channels():
        names = [field.name for field in channel.abilities.fields]
        assert sorted(set(names)) == sorted(names)


# Round trips ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("channel", ENTERED)
def test_what_is_entered_is_kept_by_its_kind(client: Client, channel: str) -> None:
    _entries, credentials, settings = ENTERED[channel]
    account = add(client, channel)
    assert account.credentials == credentials
    assert account.settings == settings


@pytest.mark.parametrize("channel", ENTERED)
def test_saving_untouched_changes_nothing_and_shows_no_secret(client: Client, channel: str) -> None:
    account = add(client, channel)
    page = client.get(change(account)).content.decode()
    assert "s3cr3t" not in page
    assert "c2VjcmV0" not in page
    assert client.post(change(account), filled({}, **shown_again(page))).status_code == 302
    kept = ChannelAccount.objects.get(pk=account.pk)
    assert kept.credentials == account.credentials
    assert kept.settings == account.settings


def test_what_no_field_names_is_preserved_and_stays_editable(client: Client) -> None:
    account = make_account(
        "telegram",
        credentials={"bot_token": "t", "webhook_secret": "w", "old_key": "kept"},
        settings={"timeout": 5, "colour_of_the_moon": "blue"},
    )
    page = client.get(change(account)).content.decode()
    assert "colour_of_the_moon" in page
    assert "old_key" in page
    given = filled({"timeout": "9"}, settings='{"colour_of_the_moon": "red"}')
    assert client.post(change(account), given).status_code == 302
    account.refresh_from_db()
    assert account.settings == {"timeout": 9, "colour_of_the_moon": "red"}
    assert account.credentials == {"bot_token": "t", "webhook_secret": "w", "old_key": "kept"}


@pytest.mark.parametrize(
    "further",
    [{"settings": '{"timeout": 1}'}, {"secrets-name": ["bot_token"], "secrets-value": ["s3cr3t-sneaked"]}],
)
def test_what_has_a_field_is_not_entered_beside_it(client: Client, further: dict[str, Any]) -> None:
    answer = client.post(f"{ADD}?channel=telegram", filled(ENTERED["telegram"][0], **further))
    assert answer.status_code == 200
    assert "has a field of its own" in answer.content.decode()
    assert "s3cr3t" not in answer.content.decode()
    assert not ChannelAccount.objects.exists()


# Secrets ------------------------------------------------------------------------------------------------------------


def test_an_empty_secret_stays_a_new_one_replaces_and_a_tick_forgets(client: Client) -> None:
    account = add(client, "email")
    entries = {**NEEDED, "imap_password": "", "smtp_password": "newer"}
    given = filled(entries, **{"entry_oauth_client_secret-forget": "1", "entry_smtp_password-forget": "1"})
    assert client.post(change(account), given).status_code == 302
    account.refresh_from_db()
    kept = {"imap_password": "s3cr3t-imap", "server_token": "s3cr3t-postmark", "dkim_private_key": KEY}
    assert account.credentials == {**kept, "smtp_password": "newer"}


def test_a_required_secret_can_be_kept_but_not_left_out_or_forgotten(client: Client) -> None:
    assert client.post(f"{ADD}?channel=telegram", filled({"webhook_secret": "w"})).status_code == 200
    account = add(client, "telegram")
    assert client.post(change(account), filled({})).status_code == 302
    assert client.post(change(account), filled({}, **{"entry_bot_token-forget": "1"})).status_code == 200
    account.refresh_from_db()
    assert account.credentials["bot_token"] == "17:s3cr3t"


def test_secrets_are_neither_in_a_refused_page_nor_in_logs_nor_in_history(
    client: Client, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    refused = client.post(f"{ADD}?channel=email", filled(ENTERED["email"][0], name=""))
    assert refused.status_code == 200
    assert "s3cr3t" not in refused.content.decode()
    assert "c2VjcmV0" not in refused.content.decode()
    account = add(client, "email")
    client.post(change(account), filled({**NEEDED, "imap_password": "s3cr3t-2"}))
    noted = caplog.text + "".join(capfd.readouterr())
    assert "s3cr3t" not in noted + " ".join(LogEntry.objects.values_list("change_message", flat=True))


def test_tokens_that_are_kept_by_themselves_are_not_offered(client: Client) -> None:
    account = make_account("email", credentials={"oauth_access_token": "s3cr3t", "oauth_expires_at": "2026"})
    assert "oauth_access_token" not in client.get(change(account)).content.decode()


@pytest.mark.parametrize("wrong", [{"imap_port": "many"}, {"imap_security": "rot13"}, {"spam_score": "bad"}])
def test_what_makes_no_sense_is_refused(client: Client, wrong: dict[str, str]) -> None:
    given = filled({**ENTERED["email"][0], **wrong})
    assert client.post(f"{ADD}?channel=email", given).status_code == 200
    assert not ChannelAccount.objects.exists()


def test_an_address_is_free_or_refused_in_words(client: Client) -> None:
    account, other = make_account("loopback", address="a"), make_account("loopback", address="b")
    answer = client.post(change(account), filled({}, address=other.address))
    assert answer.status_code == 200
    assert "Another account of this channel has this address." in answer.content.decode()


# State ----------------------------------------------------------------------------------------------------------------


def test_the_page_says_how_the_account_is_doing(client: Client) -> None:
    account = make_account(
        "email",
        last_error="Telegram refused.",
        cursor={"folders": {"INBOX": {"uidvalidity": 17, "uid": 233}}, "since": "2026-03-01"},
    )
    bodies = [InboundDelivery(account=account, body=b"x", state=DeliveryState.QUARANTINED) for _number in range(101)]
    InboundDelivery.objects.bulk_create(bodies)
    InboundDelivery.objects.create(account=account, body=b"x")
    InboundDelivery.objects.create(account=make_account(), body=b"x")
    page = client.get(change(account)).content.decode()
    assert "Telegram refused." in page
    assert "INBOX: uid 233, uidvalidity 17" in page
    assert "since 2026-03-01" in page
    for state, count in (("quarantined", "99+"), ("waiting", "1")):
        link = re.search(rf'href="([^"]*state__exact={state})">([^<]*)<', page)
        assert link is not None
        assert link[2] == count
        listed = client.get(link[1].replace("&amp;", "&")).context["cl"]
        assert {row.account_id for row in listed.result_list} == {account.pk}
    assert account.webhook_url() in page


def test_only_a_channel_that_is_called_shows_a_webhook_address(client: Client) -> None:
    account = make_account("webchat", address="shop")
    assert account.token not in client.get(change(account)).content.decode()


# Live test -----------------------------------------------------------------------------------------------------------


class TalkativeChannel(LoopbackChannel):
    """Its test says everything it knows, also what it should not."""

    slug = "talkative"
    label = "Talkative"

    @staticmethod
    def check(account: AccountConfig) -> list[Finding]:
        said = json.dumps([dict(account.credentials), account.webhook])
        return [Finding("Door", True, said), Finding("Key", False, "<b>No</b> fit."), Finding("Light", None)]

    abilities = Abilities(
        fields=(AccountField("user", "User", FieldKind.LOGIN), AccountField("password", "Password", FieldKind.SECRET)),
        check=check,
    )


@pytest.fixture
def talkative() -> Iterator[ChannelAccount]:
    registry.register(TalkativeChannel)
    yield make_account("talkative", credentials={"user": "ada", "password": "s3cr3t-word", "more": "s3cr3t-2"})
    registry.unregister("talkative")


def test_the_test_is_offered_and_shows_each_step(client: Client, talkative: ChannelAccount) -> None:
    assert f'action="{page_of_test(talkative)}"' in client.get(change(talkative)).content.decode()
    offered = client.get(page_of_test(talkative)).content.decode()
    assert "Test connection" in offered
    assert 'class="findings"' not in offered
    page = client.post(page_of_test(talkative)).content.decode()
    steps = re.findall(r"<h2>(\w+) <span[^>]*>([\w ]+)</span>", page)
    assert steps == [("Door", "works"), ("Key", "failed"), ("Light", "not tried")]
    assert "&lt;b&gt;No&lt;/b&gt; fit." in page
    assert "ada" in page
    assert talkative.webhook_url() in page
    assert "s3cr3t" not in page
    assert "••••" in page


def test_the_steps_come_in_as_a_part_of_the_page(client: Client, talkative: ChannelAccount) -> None:
    part = client.post(page_of_test(talkative), headers={"HX-Request": "true"}).content.decode()
    assert part.strip().startswith("<ol")
    assert "<html" not in part


def test_save_and_test_saves_and_goes_there(client: Client, talkative: ChannelAccount) -> None:
    button = {"gateway_channelaccount_save_and_test": "Save and test"}
    answer = client.post(change(talkative), filled({"user": "bob"}, **button))
    assert answer.headers["Location"] == page_of_test(talkative)
    talkative.refresh_from_db()
    assert talkative.credentials["user"] == "bob"
    talkative.delete()
    answer = client.post(f"{ADD}?channel=talkative", filled({}, **button))
    assert answer.headers["Location"] == page_of_test(ChannelAccount.objects.get(channel="talkative"))


def test_a_channel_that_cannot_test_does_not_offer_it(client: Client) -> None:
    account = make_account("loopback")
    page = client.get(change(account)).content.decode()
    assert "Test connection" not in page
    assert "Save and test" not in page
    assert client.get(page_of_test(account)).status_code == 404
    assert client.post(page_of_test(account)).status_code == 404
    assert client.get("/admin/gateway/channelaccount/999999/test/").status_code == 404


@pytest.mark.parametrize("role", [Role.AGENT, Role.SUPERVISOR])
def test_nobody_else_comes_near(talkative: ChannelAccount, role: Role) -> None:
    other = logged_in(make_user(role=role))
    for answer in (
        other.get(ADD),
        other.get(f"{ADD}?channel=email"),
        other.get(change(talkative)),
        other.get(page_of_test(talkative)),
        other.post(page_of_test(talkative)),
        other.post(page_of_test(talkative), headers={"HX-Request": "true"}),
        other.post(change(talkative), filled({"user": "eve"})),
    ):
        assert answer.status_code in {302, 403}
        assert b"Door" not in answer.content
    talkative.refresh_from_db()
    assert talkative.credentials["user"] == "ada"


def test_a_real_channel_from_the_page(client: Client) -> None:
    with TelegramStandIn() as platform:
        account = make_account(
            "telegram",
            credentials={"bot_token": TOKEN, "webhook_secret": SECRET},
            settings={"api_base": platform.url},
        )
        platform.door = account.webhook_url()
        page = client.post(page_of_test(account)).content.decode()
    assert "This is the bot @shop_bot." in page
    assert page.count("is-ok") == 4
    assert TOKEN not in page
