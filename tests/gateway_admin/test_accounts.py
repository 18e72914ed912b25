"""Channel accounts in the admin: what is secret stays secret."""

import pytest
from django.test import Client
from django.urls import reverse

from csplatform.gateway.models import ChannelAccount
from csplatform.people.models import Role
from tests.factories import make_account, make_team, make_user
from tests.people.test_admin_pages import logged_in

pytestmark = pytest.mark.django_db
ADD = "/admin/gateway/channelaccount/add/?channel=loopback"


@pytest.fixture
def client() -> Client:
    return logged_in(make_user(role=Role.ADMINISTRATOR))


def filled(**changed: object) -> dict[str, object]:
    account = {
        "name": "Mailbox",
        "address": "box@desk.example",
        "default_language": "zh-Hans",
        "is_active": "on",
        "settings": '{"host": "mail.desk.example"}',
        "secrets-name": ["password", "", ""],
        "secrets-value": ["s3cr3t-w0rd", "", ""],
    }
    return account | changed


def change(account: ChannelAccount) -> str:
    return reverse("admin:gateway_channelaccount_change", args=[account.pk])


def test_a_new_account_keeps_its_credentials_encrypted(client: Client) -> None:
    team = make_team()
    assert client.post(ADD, filled(team=team.pk, acknowledge="on")).status_code == 302
    account = ChannelAccount.objects.get(address="box@desk.example")
    assert account.credentials == {"password": "s3cr3t-w0rd"}
    assert account.settings == {"host": "mail.desk.example"}
    assert (account.team, account.default_language, account.acknowledge) == (team, "zh-Hans", True)


def test_credentials_are_never_shown_again(client: Client) -> None:
    account = make_account(credentials={"bot_token": "s3cr3t-w0rd"})
    page = client.get(change(account)).content.decode()
    assert "bot_token" in page
    assert "s3cr3t-w0rd" not in page
    assert account.webhook_url() in page
    refused = client.post(change(account), filled(name="", **{"secrets-value": ["new-s3cr3t", "", ""]}))
    assert refused.status_code == 200
    assert "new-s3cr3t" not in refused.content.decode()


def test_what_is_left_blank_stays_and_what_is_given_replaces(client: Client) -> None:
    account = make_account(credentials={"id": "17", "old": "x", "password": "before"})
    names = {"secrets-name": ["id", "old", "password", "extra", ""], "secrets-value": ["", "", "after", "more", ""]}
    assert client.post(change(account), filled(**names, **{"secrets-forget": ["old"]})).status_code == 302
    account.refresh_from_db()
    assert account.credentials == {"id": "17", "password": "after", "extra": "more"}


def test_the_channel_of_an_account_never_changes(client: Client) -> None:
    account = make_account(channel="loopback")
    assert client.post(change(account), filled(channel="threaded")).status_code == 302
    account.refresh_from_db()
    assert account.channel == "loopback"


@pytest.mark.parametrize("wrong", [{"settings": "[1]"}, {"settings": "{"}, {"address": ""}])
def test_what_makes_no_sense_is_refused(client: Client, wrong: dict[str, str]) -> None:
    assert client.post(ADD, filled(**wrong)).status_code == 200
    assert not ChannelAccount.objects.exists()


def test_two_accounts_cannot_share_an_address(client: Client) -> None:
    make_account(address="box@desk.example")
    assert client.post(ADD, filled()).status_code == 200
    assert ChannelAccount.objects.count() == 1


def test_the_history_holds_no_secret(client: Client) -> None:
    from django.contrib.admin.models import LogEntry

    client.post(ADD, filled())
    assert "s3cr3t" not in " ".join(LogEntry.objects.values_list("change_message", flat=True))
