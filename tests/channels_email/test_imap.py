"""Fetching from a real IMAP server."""

import os
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from imapclient import IMAPClient
from pytest_django import Settings

from channels_email.channel import EmailChannel
from channels_email.transports import imap
from csplatform.gateway.contract import AccountConfig, Cursor, FetchResult
from csplatform.gateway.errors import SendUnavailable
from tests.channels_email.mails import mail
from tests.platforms.dovecot import BINARY, PASSWORD, USER, Dovecot

START = Cursor()
needs_dovecot = pytest.mark.skipif(
    not BINARY or os.geteuid() != 0, reason="needs Dovecot (Debian: dovecot-imapd) and root, who may start it"
)


def account(port: int, password: str = PASSWORD, **settings: Any) -> AccountConfig:
    given = {"imap_host": "127.0.0.1", "imap_port": port, "imap_ssl": False} | settings
    return AccountConfig(1, "Support", USER, {"imap_user": USER, "imap_password": password}, given)


def fetch(config: AccountConfig, cursor: Cursor = START) -> FetchResult:
    return EmailChannel(config).fetch(cursor)


def bodies(result: FetchResult) -> list[bytes]:
    return [delivery.body for delivery in result.deliveries]


@pytest.fixture(scope="module")
def server() -> Iterator[Dovecot]:
    with Dovecot() as dovecot:
        yield dovecot


@pytest.fixture
def mailbox(server: Dovecot) -> Iterator[IMAPClient]:
    """Yield a session with an empty inbox whose UIDVALIDITY no other test has seen."""
    client = server.client()
    if client.folder_exists("box"):
        client.delete_folder("box")
    client.create_folder("box")
    yield client
    client.logout()


def put(mailbox: IMAPClient, *contents: bytes) -> None:
    for content in contents:
        mailbox.append("box", content)


@pytest.fixture
def config(server: Dovecot) -> AccountConfig:
    return account(server.port, imap_folder="box")


@needs_dovecot
def test_new_mail_comes_once_in_order_and_stays_unseen(mailbox: IMAPClient, config: AccountConfig) -> None:
    first, second, third = (mail(body=f"{name} \xe5\r\n".encode("latin-1")) for name in ("one", "two", "three"))
    put(mailbox, first, second)
    result = fetch(config)
    assert bodies(result) == [first, second]
    assert result.more is False
    assert result.deliveries[0].method == "IMAP"
    assert result.deliveries[0].headers["x-imap-folder"] == "box"
    put(mailbox, third)
    later = fetch(config, result.cursor)
    assert bodies(later) == [third]
    assert bodies(fetch(config, later.cursor)) == []
    assert fetch(config, later.cursor).cursor == later.cursor
    mailbox.select_folder("box", readonly=True)
    assert mailbox.search("UNSEEN") == [1, 2, 3]


@needs_dovecot
def test_mail_that_somebody_has_read_is_fetched_all_the_same(mailbox: IMAPClient, config: AccountConfig) -> None:
    put(mailbox, mail())
    mailbox.select_folder("box")
    mailbox.add_flags([1], [rb"\Seen"])
    assert bodies(fetch(config)) == [mail()]


@needs_dovecot
def test_deleted_mail_leaves_no_hole(mailbox: IMAPClient, config: AccountConfig) -> None:
    put(mailbox, mail(body="a\r\n"), mail(body="b\r\n"), mail(body="c\r\n"))
    cursor = fetch(config).cursor
    mailbox.select_folder("box")
    mailbox.delete_messages([2, 3])
    mailbox.expunge()
    assert bodies(fetch(config, cursor)) == []
    put(mailbox, mail(body="d\r\n"))
    assert bodies(fetch(config, cursor)) == [mail(body="d\r\n")]


@needs_dovecot
def test_a_folder_of_another_generation_is_read_from_the_start(mailbox: IMAPClient, config: AccountConfig) -> None:
    put(mailbox, mail(body="a\r\n"), mail(body="b\r\n"))
    before = fetch(config).cursor
    mailbox.rename_folder("box", "old")
    mailbox.create_folder("box")
    put(mailbox, mail(body="b\r\n"))
    after = fetch(config, before)
    mailbox.delete_folder("old")
    assert bodies(after) == [mail(body="b\r\n")]
    assert after.cursor.value["uidvalidity"] != before.value["uidvalidity"]


@needs_dovecot
def test_a_full_mailbox_comes_in_batches(mailbox: IMAPClient, config: AccountConfig) -> None:
    sent = [mail(body=f"{number}\r\n") for number in range(7)]
    put(mailbox, *sent)
    cursor, found, mores = START, [], []
    for _round in range(3):
        result = imap.fetch(config, cursor, batch=3)
        cursor = result.cursor
        found += bodies(result)
        mores.append(result.more)
    assert found == sent
    assert mores == [True, True, False]


@needs_dovecot
def test_a_batch_has_a_size_too_and_a_big_mail_still_comes(mailbox: IMAPClient, config: AccountConfig) -> None:
    big, small = mail(body="x" * 5000 + "\r\n"), mail(body="y\r\n")
    put(mailbox, big, small)
    result = imap.fetch(config, START, batch_bytes=1000)
    assert (bodies(result), result.more) == ([big], True)
    assert bodies(imap.fetch(config, result.cursor, batch_bytes=1000)) == [small]


@needs_dovecot
def test_of_a_mail_over_the_limit_the_beginning_comes(
    mailbox: IMAPClient, config: AccountConfig, settings: Settings
) -> None:
    settings.MAX_MAIL_BYTES = 2000
    big = mail(body="x" * 5000 + "\r\n")
    put(mailbox, big, mail())
    result = fetch(config)
    assert bodies(result) == [big[:2000], mail()]
    assert [delivery.headers.get("x-truncated") for delivery in result.deliveries] == [str(len(big)), None]


@needs_dovecot
def test_old_mail_can_be_left_where_it_is(mailbox: IMAPClient, config: AccountConfig) -> None:
    put(mailbox, mail(body="old\r\n"))
    skipping = replace(config, settings={**config.settings, "imap_skip_existing": True})
    cursor = fetch(skipping).cursor
    put(mailbox, mail(body="new\r\n"))
    assert bodies(fetch(skipping, cursor)) == [mail(body="new\r\n")]


@needs_dovecot
def test_a_wrong_password_is_said_plainly_and_not_repeated(server: Dovecot) -> None:
    with pytest.raises(SendUnavailable, match="user name or password") as failure:
        fetch(account(server.port, password="a wrong long password"))
    assert "a wrong long password" not in failure.value.reason


@needs_dovecot
def test_a_missing_folder_is_said_plainly(server: Dovecot) -> None:
    with pytest.raises(SendUnavailable, match="refuses"):
        fetch(account(server.port, imap_folder="nowhere"))


def test_nobody_there() -> None:
    with pytest.raises(SendUnavailable, match="cannot be reached"):
        fetch(account(9))


@pytest.mark.parametrize("settings", [{"imap_port": "imap"}, {"imap_host": "a..b"}])
def test_settings_that_make_no_sense(settings: dict[str, str]) -> None:
    with pytest.raises(SendUnavailable, match="make no sense"):
        fetch(account(9, **settings))


def test_a_server_that_hangs_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        answerer = threading.Thread(target=lambda: listener.accept()[0].close())
        answerer.start()
        with pytest.raises(SendUnavailable):
            fetch(account(listener.getsockname()[1]))
        answerer.join()


def test_an_account_without_imap_is_not_polled() -> None:
    cursor = Cursor({"uid": 3})
    assert fetch(AccountConfig(1, "Support", USER, {}, {}), cursor) == FetchResult((), cursor)
