"""Mail comes in over real connections and is kept, or the sender is told to keep it."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.db import connection
from pytest_django import Settings

from channels_email.transports.mailroom import base_address
from csplatform.gateway.models import ChannelAccount, InboundDelivery
from tests.channels_email.mails import mail
from tests.channels_email.sending import RawClient, serving

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parents[2]
SUPPORT = ["support@shop.example"]


@pytest.fixture
def account() -> ChannelAccount:
    return ChannelAccount.objects.create(channel="email", name="Support", address="Support@Shop.example")


@pytest.fixture
def client(account: ChannelAccount) -> Iterator[RawClient]:
    with serving() as port, RawClient(port) as client:
        yield client


def kept() -> list[InboundDelivery]:
    return list(InboundDelivery.objects.order_by("id"))


def test_a_mail_is_kept_exactly_with_its_envelope(client: RawClient, account: ChannelAccount) -> None:
    content = mail(body="Hello\r\n.\r\n..dots\r\n")
    assert client.deliver(content, ["SUPPORT+17@shop.EXAMPLE"]) == "250 2.0.0 stored"
    (delivery,) = kept()
    assert bytes(delivery.body) == content
    assert (delivery.account_id, delivery.method) == (account.pk, "SMTP")
    assert delivery.headers == {"x-envelope-from": "ada@customer.example", "x-envelope-to": "SUPPORT+17@shop.EXAMPLE"}


@pytest.mark.parametrize(
    "body",
    [
        b"bare\nline\nfeeds\r\n",
        b"bare\rreturns\r\n",
        b"a NUL \x00 and 8 bits \xe5\x9b\xbe \xff\r\n",
        b"x" * 2_000_000 + b"\r\n",
        b"no end of line",
        b"",
        b"\n.\n",
        b".\r\n.leading\r\n",
    ],
)
def test_odd_bytes_are_taken_as_they_come(client: RawClient, body: bytes) -> None:
    content = mail(body=body)
    expected = content if content.endswith(b"\r\n") else content + b"\r\n"
    assert client.deliver(content, SUPPORT).startswith("250")
    assert [bytes(delivery.body) for delivery in kept()] == [expected]


@pytest.mark.parametrize("recipient", ["nobody@shop.example", "support@other.example", "support", '"a b"@shop.example'])
def test_strangers_are_turned_away_and_the_connection_stays(client: RawClient, recipient: str) -> None:
    assert client.deliver(mail(), [recipient]).startswith("55")
    assert client.deliver(mail(), SUPPORT).startswith("250")
    assert len(kept()) == 1


def test_an_inactive_account_has_no_mailbox(client: RawClient, account: ChannelAccount) -> None:
    ChannelAccount.objects.filter(pk=account.pk).update(is_active=False)
    assert client.deliver(mail(), SUPPORT).startswith("550")
    assert kept() == []


def test_each_account_among_the_recipients_gets_the_mail_once(client: RawClient, account: ChannelAccount) -> None:
    sales = ChannelAccount.objects.create(channel="email", name="Sales", address="sales@shop.example")
    ChannelAccount.objects.create(channel="webchat", name="Chat", address="chat@shop.example")
    recipients = ["support@shop.example", "sales@shop.example", "support+1@shop.example"]
    assert client.deliver(mail(), recipients).startswith("250")
    assert [delivery.account_id for delivery in kept()] == [account.pk, sales.pk]
    assert client.deliver(mail(), ["chat@shop.example"]).startswith("550")


def test_a_mail_over_the_limit_is_refused_and_the_next_taken(account: ChannelAccount, settings: Settings) -> None:
    settings.MAX_MAIL_BYTES = 10_000
    with serving() as port, RawClient(port) as client:
        assert client.command("MAIL FROM:<ada@customer.example> SIZE=10001").startswith("552")
        assert client.deliver(mail(body="x\r\n" * 5_000), SUPPORT).startswith("552")
        assert client.deliver(mail(), SUPPORT).startswith("250")
    assert len(kept()) == 1


def test_a_bounce_has_an_empty_sender(client: RawClient) -> None:
    assert client.deliver(mail(), SUPPORT, sender="").startswith("250")
    assert kept()[0].headers["x-envelope-from"] == ""


def test_odd_bytes_in_the_envelope_do_no_harm(client: RawClient) -> None:
    client.command(b"MAIL FROM:<ad\xe4@customer.example> SMTPUTF8")
    assert client.command(b"RCPT TO:<b\xff@shop.example>").startswith("55")
    assert client.command(b"\xff\xfe").startswith("500")
    assert client.command("RCPT TO:<support@shop.example>").startswith("250")
    client.command("DATA")
    assert client.send_content(mail()).startswith("250")
    assert kept()[0].headers["x-envelope-from"] == "ad\ufffd@customer.example"


def test_lmtp_answers_for_each_recipient(account: ChannelAccount) -> None:
    with serving(lmtp=True) as port, RawClient(port, hello="LHLO test.example") as client:
        client.command("MAIL FROM:<ada@customer.example>")
        client.command("RCPT TO:<support@shop.example>")
        client.command("RCPT TO:<support+2@shop.example>")
        client.command("DATA")
        answers = [client.send_content(mail()), client.answer(), client.command("NOOP")]
    assert [answer[:3] for answer in answers] == ["250", "250", "250"]
    assert [delivery.method for delivery in kept()] == ["LMTP"]


def test_while_the_database_is_away_the_sender_keeps_the_mail(client: RawClient) -> None:
    assert client.deliver(mail(), SUPPORT).startswith("250")
    right = connection.settings_dict["PORT"]
    parameters = connection.get_connection_params()
    try:
        connection.settings_dict["PORT"] = "9"
        end_other_connections(parameters)
        assert client.deliver(mail(), SUPPORT).startswith("451")
        connection.settings_dict["PORT"] = right
        for line in ("MAIL FROM:<ada@customer.example>", "RCPT TO:<support@shop.example>", "DATA"):
            client.command(line)
        connection.settings_dict["PORT"] = "9"
        end_other_connections(parameters)
        assert client.send_content(mail()).startswith("451")
    finally:
        connection.settings_dict["PORT"] = right
    assert client.deliver(mail(), SUPPORT).startswith("250")
    connection.close()  # it was ended too
    assert len(kept()) == 2


def end_other_connections(parameters: dict[str, object]) -> None:
    """End every connection to the test database, as a restart of the server does."""
    wanted = {name: parameters[name] for name in ("dbname", "user", "password", "host", "port") if name in parameters}
    with psycopg.connect(**wanted) as admin:  # type: ignore[arg-type]
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def test_the_command_says_where_it_listens_and_stops_when_told(account: ChannelAccount) -> None:
    url = connection.settings_dict
    database = f"postgresql://{url['USER']}:{url['PASSWORD']}@{url['HOST'] or 'localhost'}:{url['PORT']}/{url['NAME']}"
    environment = os.environ | {"DATABASE_URL": database, "DJANGO_SETTINGS_MODULE": "csplatform.settings.test"}
    command = [sys.executable, "manage.py", "serve_mail", "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            ready = re.search(r"ready: SMTP on 127\.0\.0\.1 port (\d+)", server.stdout.readline())
            assert ready is not None
            with RawClient(int(ready[1])) as client:
                for line in ("MAIL FROM:<ada@customer.example>", "RCPT TO:<support@shop.example>", "DATA"):
                    client.command(line)
                server.send_signal(signal.SIGTERM)  # in the middle of a mail: it is still taken
                assert client.send_content(mail()).startswith("250")
            assert server.wait(timeout=20) == 0
        finally:
            server.kill()
    assert len(kept()) == 1


@pytest.mark.parametrize(
    ("address", "base"),
    [
        ("Ada+x+y@Shop.Example", "ada@shop.example"),
        ("ada@shop.example", "ada@shop.example"),
        ("ada", "ada"),
        ("", ""),
    ],
)
def test_addresses_are_found_without_their_plus(address: str, base: str) -> None:
    assert base_address(address) == base
