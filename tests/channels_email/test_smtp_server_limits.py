"""STARTTLS, how many may come and for how long, and recipients that fail alone."""

import os
import re
import signal
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from channels_email.transports.smtp_server import Limits
from csplatform.gateway.models import ChannelAccount, InboundDelivery
from tests.channels_email.mails import mail
from tests.channels_email.sending import RawClient, serving
from tests.embedded.waiting import wait_until
from tests.platforms.certificates import NAME, Certificate, make_certificate

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parents[2]
SUPPORT = ["support@shop.example"]


@pytest.fixture(autouse=True)
def account() -> ChannelAccount:
    return ChannelAccount.objects.create(channel="email", name="Support", address="support@shop.example")


@pytest.fixture
def certificate(tmp_path: Path) -> Certificate:
    return make_certificate(tmp_path)


def test_a_mail_comes_encrypted(certificate: Certificate) -> None:
    with serving(tls=certificate.for_server()) as port, RawClient(port) as client:
        client.start_tls(certificate.for_client(), NAME)
        client.command("EHLO test.example")
        assert client.deliver(mail(), SUPPORT).startswith("250")
    assert InboundDelivery.objects.count() == 1


def test_what_was_said_before_tls_is_forgotten(certificate: Certificate) -> None:
    with serving(tls=certificate.for_server()) as port, RawClient(port) as client:
        client.command("MAIL FROM:<mallory@evil.example>")
        client.start_tls(certificate.for_client(), NAME)
        assert client.command("RCPT TO:<support@shop.example>").startswith("503")


def test_a_client_that_breaks_off_the_handshake_does_no_harm(certificate: Certificate, tmp_path: Path) -> None:
    stranger = make_certificate(tmp_path, "stranger")
    with serving(tls=certificate.for_server()) as port:
        with RawClient(port) as client, pytest.raises(ssl.SSLCertVerificationError):
            client.start_tls(stranger.for_client(), NAME)
        with RawClient(port) as client:
            assert client.deliver(mail(), SUPPORT).startswith("250")


def test_tls_can_be_demanded(certificate: Certificate) -> None:
    with serving(tls=certificate.for_server(), tls_required=True) as port, RawClient(port) as client:
        assert client.deliver(mail(), SUPPORT).startswith("530")
        client.start_tls(certificate.for_client(), NAME)
        client.command("EHLO test.example")
        assert client.deliver(mail(), SUPPORT).startswith("250")


def test_without_a_certificate_there_is_no_tls() -> None:
    with serving() as port, RawClient(port) as client:
        assert client.command("STARTTLS").startswith("454")


def test_who_finds_no_room_is_asked_to_come_again() -> None:
    with serving(limits=Limits(sessions=2)) as port:
        with RawClient(port) as first, RawClient(port) as second:
            with pytest.raises(ConnectionError, match="421"):
                RawClient(port)
            assert first.deliver(mail(), SUPPORT).startswith("250")
            second.command("QUIT")
        wait_until(lambda: _has_room(port))


def _has_room(port: int) -> bool:
    try:
        with RawClient(port) as client:
            return client.greeting.startswith("220")
    except ConnectionError:
        return False


def test_a_client_that_only_chatters_is_hung_up_on() -> None:
    with serving(limits=Limits(session_seconds=0.5)) as port, RawClient(port) as client:
        assert _is_answered(client)
        wait_until(lambda: not _is_answered(client))


def _is_answered(client: RawClient) -> bool:
    try:
        return client.command("NOOP").startswith("250")
    except ConnectionError:
        return False


def test_a_mail_that_never_ends_is_hung_up_on() -> None:
    with serving(limits=Limits(patience=0.3)) as port, RawClient(port) as client:
        for line in ("MAIL FROM:<ada@customer.example>", "RCPT TO:<support@shop.example>", "DATA"):
            client.command(line)
        assert client.hangs_up()
    assert not InboundDelivery.objects.exists()


@pytest.fixture
def broken_account() -> Iterator[ChannelAccount]:
    """An account for which PostgreSQL stores nothing."""
    sales = ChannelAccount.objects.create(channel="email", name="Sales", address="sales@shop.example")
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'no room for this account'; END $$"
        )
        cursor.execute(
            "CREATE TRIGGER refuse BEFORE INSERT ON gateway_inbounddelivery"
            f" FOR EACH ROW WHEN (NEW.account_id = {sales.pk}) EXECUTE FUNCTION refuse()"
        )
    yield sales
    with connection.cursor() as cursor:
        cursor.execute("DROP FUNCTION refuse CASCADE")


def say_recipients(client: RawClient, *recipients: str) -> None:
    client.command("MAIL FROM:<ada@customer.example>")
    for recipient in recipients:
        assert client.command(f"RCPT TO:<{recipient}>").startswith("250")
    client.command("DATA")


def test_by_lmtp_one_recipient_fails_and_the_others_do_not(
    account: ChannelAccount, broken_account: ChannelAccount
) -> None:
    with serving(lmtp=True) as port, RawClient(port, hello="LHLO test.example") as client:
        say_recipients(client, "sales@shop.example", "support@shop.example", "support+7@shop.example")
        answers = [client.send_content(mail()), client.answer(), client.answer()]
        assert client.command("NOOP").startswith("250")
    assert [answer[:3] for answer in answers] == ["451", "250", "250"]
    assert [delivery.account_id for delivery in InboundDelivery.objects.all()] == [account.pk]


def test_by_smtp_all_recipients_fail_with_one(broken_account: ChannelAccount) -> None:
    with serving() as port, RawClient(port) as client:
        assert client.deliver(mail(), ["sales@shop.example", *SUPPORT]).startswith("451")
    assert not InboundDelivery.objects.exists()


def test_by_lmtp_an_account_that_is_closed_meanwhile_fails_alone(account: ChannelAccount) -> None:
    sales = ChannelAccount.objects.create(channel="email", name="Sales", address="sales@shop.example")
    with serving(lmtp=True) as port, RawClient(port, hello="LHLO test.example") as client:
        say_recipients(client, "sales@shop.example", "support@shop.example")
        ChannelAccount.objects.filter(pk=sales.pk).update(is_active=False)
        answers = [client.send_content(mail()), client.answer()]
    assert [answer[:3] for answer in answers] == ["550", "250"]


def test_a_mail_of_40_megabytes_is_refused_before_and_after_data() -> None:
    with serving() as port, RawClient(port) as client:
        assert client.command(f"MAIL FROM:<ada@customer.example> SIZE={40 << 20}").startswith("552")
        assert client.deliver(mail(body=(b"x" * 1022 + b"\r\n") * (40 << 10)), SUPPORT).startswith("552")
        assert client.deliver(mail(), SUPPORT).startswith("250")
    assert InboundDelivery.objects.count() == 1


def test_a_renewed_certificate_is_used_without_a_restart(certificate: Certificate, tmp_path: Path) -> None:
    url = connection.settings_dict
    database = f"postgresql://{url['USER']}:{url['PASSWORD']}@{url['HOST'] or 'localhost'}:{url['PORT']}/{url['NAME']}"
    environment = os.environ | {
        "DATABASE_URL": database,
        "DJANGO_SETTINGS_MODULE": "csplatform.settings.test",
        "MAIL_TLS_CERT": str(certificate.certificate),
        "MAIL_TLS_KEY": str(certificate.key),
    }
    command = [sys.executable, "manage.py", "serve_mail", "--port", "0", "--require-tls"]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            ready = re.search(r"port (\d+)", server.stdout.readline())
            assert ready is not None
            port, old = int(ready[1]), certificate.for_client()
            assert _encrypts(port, old)
            renewed = make_certificate(tmp_path)  # in the same files
            server.send_signal(signal.SIGHUP)
            wait_until(lambda: _encrypts(port, renewed.for_client()))
            assert not _encrypts(port, old)
        finally:
            server.kill()


def _encrypts(port: int, context: ssl.SSLContext) -> bool:
    try:
        with RawClient(port) as client:
            client.start_tls(context, NAME)
            return client.command("EHLO test.example").startswith("250")
    except ssl.SSLCertVerificationError:
        return False


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["--require-tls"], "needs a certificate"), (["--tls-cert", "nowhere.pem"], "cannot use the certificate")],
)
def test_a_certificate_that_is_not_there_stops_the_start(arguments: list[str], words: str) -> None:
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "csplatform.settings.test"}
    command = [sys.executable, "manage.py", "serve_mail", "--port", "0", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert words in done.stderr
