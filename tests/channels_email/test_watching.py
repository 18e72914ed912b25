"""New mail is heard of at once, and nothing keeps a watcher from its watch for long."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from django.conf import settings
from django.db import connection
from redis import Redis

from channels_email import watching
from channels_email.watching import Bell, Pace, Watch
from csplatform.gateway.models import ChannelAccount, InboundDelivery
from tests.channels_email.mailboxes import Box, needs_dovecot, settings_for
from tests.channels_email.mails import mail
from tests.embedded.waiting import wait_until
from tests.platforms.dovecot import USER, Dovecot
from tests.platforms.imap import ScriptedImap
from tests.platforms.oauth import OAuthStandIn
from tests.platforms.proxy import Proxy

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parents[2]
QUICK = Pace(look=0.1, idle=600, ask=0.1, tick=0.1, first_pause=0.05, longest_pause=0.4, ring_gap=0.05)
# So soon a mail must be here (seconds).
AT_ONCE = 2


def make(box: Box, port: int = 0, **settings: Any) -> ChannelAccount:
    config = box.config(**settings)
    own = {"imap_port": port} if port else {}
    return ChannelAccount.objects.create(
        channel="email", name="Support", address=USER, credentials=config.credentials, settings=config.settings | own
    )


class Running:
    """A watch in a thread, as `manage.py watch_mail` runs it; what it rings for is done at once."""

    def __init__(self, pace: Pace = QUICK) -> None:
        self.watch = Watch(pace)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        try:
            self.watch.run(self._stopping)
        finally:
            connection.close()

    def __enter__(self) -> "Running":
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stopping.set()
        self._thread.join(20)
        assert not self._thread.is_alive()


@pytest.fixture
def running() -> Iterator[Running]:
    with Running() as running:
        yield running


def stored() -> int:
    return InboundDelivery.objects.count()


@needs_dovecot
def test_mail_is_here_at_once(running: Running, box: Box) -> None:
    make(box)
    box.put(mail())
    wait_until(lambda: stored() == 1)  # what was there when the watch began
    for number in range(3):
        box.put(mail(f"Message-ID: <{number}@customer.example>"))
        wait_until(lambda count=number + 2: stored() == count, seconds=AT_ONCE)  # type: ignore[misc]
    assert stored() == 4


@needs_dovecot
def test_mail_is_here_at_once_where_the_server_is_asked(running: Running) -> None:
    told = b"* 1 EXISTS\r\n"
    with ScriptedImap({"NOOP": [b"", b"", told, b""], "UID SEARCH": b"* SEARCH\r\n"}) as server:
        account = ChannelAccount.objects.create(
            channel="email", name="Old", address="old@shop.example", settings=settings_for(server.port)
        )
        wait_until(lambda: _searches(server) == 2)  # when the watch began, and when the server told
        assert running.watch.watched == {account.pk}
        assert "IDLE" not in server.commands


def _searches(server: ScriptedImap) -> int:
    return sum(command.startswith("UID SEARCH UID 1:*") for command in server.commands)


@needs_dovecot
def test_accounts_that_come_change_and_go_are_noticed(running: Running, box: Box) -> None:
    account = make(box)
    wait_until(lambda: running.watch.watched == {account.pk})
    other = Box.at(box.server)
    account.settings["imap_folder"] = other.name
    account.save()
    other.put(mail())
    wait_until(lambda: stored() == 1)
    other.put(mail("Message-ID: <2@customer.example>"))
    wait_until(lambda: stored() == 2, seconds=AT_ONCE)
    other.client.shutdown()
    ChannelAccount.objects.update(is_active=False)
    wait_until(lambda: not running.watch.watched)
    ChannelAccount.objects.update(is_active=True)
    wait_until(lambda: running.watch.watched == {account.pk})
    assert stored() == 2


@needs_dovecot
def test_a_line_that_breaks_is_opened_again_and_what_came_meanwhile_is_fetched(running: Running, box: Box) -> None:
    with Proxy(box.server.port) as proxy:
        make(box, proxy.port)
        box.put(mail())
        wait_until(lambda: stored() == 1)
        proxy.refuses = True
        proxy.break_all()
        box.put(mail("Message-ID: <2@customer.example>"))
        wait_until(lambda: proxy.accepted > 6)
        assert stored() == 1
        proxy.refuses = False
        wait_until(lambda: stored() == 2, seconds=AT_ONCE)


@needs_dovecot
def test_a_server_that_restarts_is_watched_again(running: Running, box: Box) -> None:
    with Dovecot() as server:
        account = make(box, server.port, imap_folder="INBOX")
        with server.client() as client:
            client.append("INBOX", mail())
        wait_until(lambda: stored() == 1)
        server.restart()
        with server.client() as client:
            client.append("INBOX", mail("Message-ID: <2@customer.example>"))
        wait_until(lambda: stored() == 2, seconds=AT_ONCE)
        assert running.watch.watched == {account.pk}
        ChannelAccount.objects.update(is_active=False)
        wait_until(lambda: not running.watch.watched)


@needs_dovecot
def test_one_idle_follows_the_other(box: Box) -> None:
    with Running(Pace(look=0.1, idle=0.2, tick=0.1, ring_gap=0.05)), Proxy(box.server.port) as proxy:
        make(box, proxy.port)
        wait_until(lambda: stored() == 0 and proxy.accepted >= 2)
        accepted = proxy.accepted
        time.sleep(1)  # five times IDLE and DONE, on one connection
        assert proxy.accepted == accepted
        box.put(mail())
        wait_until(lambda: stored() == 1, seconds=AT_ONCE)


@needs_dovecot
def test_an_outage_of_the_database_is_waited_for(running: Running, box: Box) -> None:
    account = make(box)
    box.put(mail())
    wait_until(lambda: stored() == 1)
    right = connection.settings_dict["PORT"]
    try:
        connection.settings_dict["PORT"] = "9"
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        box.put(mail("Message-ID: <2@customer.example>"))
        time.sleep(1)
        assert stored() == 1
    finally:
        connection.settings_dict["PORT"] = right
    wait_until(lambda: stored() == 2)
    assert running.watch.watched == {account.pk}


@needs_dovecot
def test_an_account_with_a_token_is_watched(running: Running, box: Box) -> None:
    with OAuthStandIn() as provider, Dovecot(introspection=provider.introspection) as server:
        account = ChannelAccount.objects.create(
            channel="email",
            name="Support",
            address=USER,
            credentials=provider.credentials,
            settings=settings_for(server.port, **provider.settings),
        )
        with server.client() as client:
            client.append("INBOX", mail())
        wait_until(lambda: stored() == 1)
        assert len(provider.forms) == 1
        ChannelAccount.objects.filter(pk=account.pk).update(is_active=False)
        wait_until(lambda: not running.watch.watched)


def test_a_wrong_password_is_tried_ever_more_seldom(running: Running) -> None:
    with ScriptedImap({"LOGIN": b"NO wrong"}) as server:
        ChannelAccount.objects.create(
            channel="email", name="Old", address="old@shop.example", settings=settings_for(server.port)
        )
        wait_until(lambda: _logins(server) >= 3)
        time.sleep(1)
        assert _logins(server) < 9
        ChannelAccount.objects.update(is_active=False)
        wait_until(lambda: not running.watch.watched)


def _logins(server: ScriptedImap) -> int:
    return sum(command.startswith("LOGIN") for command in server.commands)


def test_a_burst_rings_at_once_and_once_more() -> None:
    bell = Bell(1)
    bell.note(7, 10.0)
    assert bell.due(10.0) == [7]
    bell.rung(7, 10.0)
    for moment in (10.1, 10.2, 10.3):
        bell.note(7, moment)
        assert bell.due(moment) == []
    assert bell.due(11.0) == [7]
    bell.rung(7, 11.0)
    assert bell.due(99.0) == []
    bell.note(7, 20.0)
    assert bell.due(20.0) == [7]


@needs_dovecot
def test_the_command_rings_and_stops_when_told(box: Box) -> None:
    account = make(box)
    url = connection.settings_dict
    database = f"postgresql://{url['USER']}:{url['PASSWORD']}@{url['HOST'] or 'localhost'}:{url['PORT']}/{url['NAME']}"
    own = {"DATABASE_URL": database, "DJANGO_SETTINGS_MODULE": "tests.stack_settings", "STACK_PREFIX": "watch-"}
    command = [sys.executable, "manage.py", "watch_mail"]
    with (
        Redis.from_url(settings.REDIS_URL) as valkey,
        subprocess.Popen(command, cwd=ROOT, env=os.environ | own, stdout=subprocess.PIPE, text=True) as watch,
    ):
        try:
            assert watch.stdout is not None
            assert watch.stdout.readline() == "ready: watching mailboxes\n"
            wait_until(lambda: valkey.llen("watch-default") == 1)
            box.put(mail())
            wait_until(lambda: valkey.llen("watch-default") == 2)
            task = json.loads(cast(bytes, valkey.lindex("watch-default", 0)))
            assert (task["headers"]["task"], task["headers"]["argsrepr"]) == (watching.POLL, f"({account.pk},)")
            watch.send_signal(signal.SIGTERM)
            assert watch.wait(timeout=20) == 0
        finally:
            watch.kill()
            valkey.delete("watch-default")
