"""Connections that are refused, broken or make no sense; encryption; and logging in with a token."""

import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from channels_email.channel import EmailChannel
from channels_email.transports.imap.fetching import Batch, fetch
from csplatform.gateway.contract import AccountConfig, FetchResult
from csplatform.gateway.errors import SendFailed, SendUnavailable
from csplatform.gateway.models import ChannelAccount
from tests.channels_email.mailboxes import START, Box, bodies, config, needs_dovecot, settings_for
from tests.channels_email.mails import mail
from tests.platforms.certificates import make_certificate
from tests.platforms.dovecot import USER, Dovecot
from tests.platforms.imap import HANG_UP, ScriptedImap
from tests.platforms.oauth import OAuthStandIn


def fetched(account: AccountConfig) -> FetchResult:
    return EmailChannel(account).fetch(START)


# Logging in ---------------------------------------------------------------------------------------------------


@needs_dovecot
def test_a_wrong_password_is_said_plainly_and_not_repeated(dovecot: Dovecot) -> None:
    with pytest.raises(SendUnavailable, match=r"user name or password.*AUTHENTICATIONFAILED") as failure:
        fetched(config(dovecot.port, password="a wrong long password"))
    assert "a wrong long password" not in failure.value.reason


@needs_dovecot
@pytest.mark.parametrize("password", ["pässword", "密码", 'with "quotes" \\'])
def test_a_password_may_have_any_letters(dovecot: Dovecot, password: str) -> None:
    with pytest.raises(SendUnavailable, match="user name or password"):
        fetched(config(dovecot.port, password=password))


def test_a_server_that_takes_no_password_unencrypted() -> None:
    greeting = b"* OK [CAPABILITY IMAP4rev1 LOGINDISABLED] ready\r\n"
    capabilities = {"CAPABILITY": b"* CAPABILITY IMAP4rev1 LOGINDISABLED\r\n"}
    with ScriptedImap(capabilities, greeting=greeting) as server:
        with pytest.raises(SendUnavailable, match="not encrypted"):
            fetched(config(server.port))
        assert not any("LOGIN" in command for command in server.commands)


@pytest.fixture
def provider() -> Iterator[OAuthStandIn]:
    with OAuthStandIn() as stand_in:
        yield stand_in


@pytest.fixture
def token_dovecot(provider: OAuthStandIn) -> Iterator[Dovecot]:
    """A Dovecot that asks the sign-in provider whether a token counts."""
    with Dovecot(introspection=provider.introspection) as server:
        with server.client() as client:
            client.append("INBOX", mail())
        yield server


@pytest.fixture
def signed_in(db: None, token_dovecot: Dovecot, provider: OAuthStandIn) -> ChannelAccount:
    return ChannelAccount.objects.create(
        channel="email",
        name="Support",
        address=USER,
        credentials=provider.credentials,
        settings=settings_for(token_dovecot.port, **provider.settings),
    )


@needs_dovecot
def test_an_account_logs_in_with_a_token(signed_in: ChannelAccount, provider: OAuthStandIn) -> None:
    for _time in range(2):
        assert bodies(fetched(signed_in.config)) == [mail()]
    assert len(provider.forms) == 1


@needs_dovecot
def test_a_token_that_was_revoked_is_replaced_at_once(signed_in: ChannelAccount, provider: OAuthStandIn) -> None:
    fetched(signed_in.config)
    provider.revoke()
    assert bodies(fetched(signed_in.config)) == [mail()]
    assert len(provider.forms) == 2


@needs_dovecot
def test_whose_sign_in_has_ended_is_told_to_sign_in_again(signed_in: ChannelAccount, provider: OAuthStandIn) -> None:
    provider.sign_out()
    with pytest.raises(SendFailed, match="sign in again"):
        fetched(signed_in.config)


@needs_dovecot
def test_a_token_for_another_mailbox(signed_in: ChannelAccount, provider: OAuthStandIn) -> None:
    provider.user = "sales@shop.example"
    with pytest.raises(SendUnavailable, match="does not accept this account's sign-in"):
        fetched(signed_in.config)


# Encryption ---------------------------------------------------------------------------------------------------


def encrypted(box: Box, security: str, host: str = "localhost") -> AccountConfig:
    port = box.server.tls_port if security == "ssl" else box.server.port
    return box.config(imap_host=host, imap_port=port, imap_security=security)


@needs_dovecot
@pytest.mark.parametrize("security", ["ssl", "starttls"])
def test_mail_comes_encrypted(box: Box, security: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(box.server.certificate.certificate))
    box.put(mail())
    assert bodies(fetched(encrypted(box, security))) == [mail()]


@needs_dovecot
@pytest.mark.parametrize("security", ["ssl", "starttls"])
def test_a_certificate_that_nobody_vouches_for(box: Box, security: str, tmp_path: Path) -> None:
    with pytest.raises(SendUnavailable, match="certificate is not valid"):
        fetched(encrypted(box, security))


@needs_dovecot
def test_a_certificate_for_another_name(box: Box, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(make_certificate(tmp_path, "other").certificate))
    with pytest.raises(SendUnavailable, match="certificate is not valid"):
        fetched(encrypted(box, "ssl", "127.0.0.1"))


@needs_dovecot
def test_encryption_where_there_is_none(box: Box) -> None:
    with pytest.raises(SendUnavailable, match="no encrypted connection"):
        fetched(replace(encrypted(box, "ssl"), settings=settings_for(box.server.port, imap_security="ssl")))


def test_a_server_without_starttls() -> None:
    with ScriptedImap({}) as server, pytest.raises(SendUnavailable, match="STARTTLS"):
        fetched(config(server.port, imap_security="starttls"))
    assert not any("LOGIN" in command for command in server.commands)


# Servers that are not there, or not right ---------------------------------------------------------------------


def test_a_server_that_asks_who_reads_is_told() -> None:
    script = {"CAPABILITY": b"* CAPABILITY IMAP4rev1 ID\r\n", "ID": b"* ID NIL\r\n"}
    with ScriptedImap(script, greeting=b"* OK [CAPABILITY IMAP4rev1 ID] ready\r\n") as server:
        fetched(config(server.port))
    said = [command.split(" ")[0] for command in server.commands]
    assert 'ID ("name" "csplatform")' in server.commands
    assert said.index("LOGIN") < said.index("ID") < said.index("EXAMINE")


def test_a_server_that_does_not_ask_is_told_nothing() -> None:
    with ScriptedImap({"EXAMINE": b"NO Unsafe Login"}) as server, pytest.raises(SendUnavailable, match="Unsafe Login"):
        fetched(config(server.port))
    assert not any(command.startswith("ID") for command in server.commands)


def test_nobody_there() -> None:
    with pytest.raises(SendUnavailable, match="cannot be reached"):
        fetched(config(9))


@pytest.mark.parametrize(
    "settings", [{"imap_port": "imap"}, {"imap_port": 99999}, {"imap_host": "a..b"}, {"imap_security": "yes"}]
)
def test_settings_that_make_no_sense(settings: dict[str, Any]) -> None:
    with pytest.raises(SendUnavailable, match="make no sense"):
        fetched(config(9, **settings))


def test_a_server_that_hangs_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        answerer = threading.Thread(target=lambda: listener.accept()[0].close())
        answerer.start()
        with pytest.raises(SendUnavailable):
            fetched(config(listener.getsockname()[1]))
        answerer.join()


SIZES = b"* 1 FETCH (UID 1 RFC822.SIZE 5)\r\n* 2 FETCH (UID 2 RFC822.SIZE 5)\r\n"
BOTH = b"* 1 FETCH (UID 1 BODY[] {5}\r\nA:b\r\n)\r\n* 2 FETCH (UID 2 BODY[] {5}\r\nC:d\r\n)\r\n"


@pytest.mark.parametrize(
    "script",
    [
        {"EXAMINE": b"* 2 EXISTS\r\n"},
        {"EXAMINE": b"* OK [UIDVALIDITY x] ok\r\n"},
        {"EXAMINE": b"* OK [UIDVALIDITY 7] ok\r\n", "STATUS": b"* STATUS INBOX (RECENT 1)\r\n"},
        {"UID SEARCH": b"* SEARCH one two\r\n"},
        {"UID SEARCH": b"NO not now"},
        {"UID SEARCH": b"BAD what"},
        {"UID SEARCH": HANG_UP},
        {"UID SEARCH": b"\xff\xfe\x00 rubbish\r\n"},
        {"UID FETCH": b"* 1 FETCH (UID 1 RFC822.SIZE big)\r\n"},
        {"UID FETCH": b"* 1 FETCH (UID 1 RFC822.SIZE\r\n"},
        {"UID FETCH": b"* 1 FETCH 17\r\n"},
        {"UID FETCH": [SIZES, b"* 1 FETCH (UID 1 BODY[] {500}\r\nA: b" + HANG_UP]},
        {"UID FETCH": [SIZES, b"NO [UNAVAILABLE] disk"]},
    ],
)
def test_answers_that_make_no_sense_lose_nothing(script: dict[str, Any]) -> None:
    with ScriptedImap(script) as server, pytest.raises(SendUnavailable) as failure:
        fetched(config(server.port))
    assert failure.value.reason


def test_answers_that_nobody_asked_for_do_no_harm() -> None:
    chatter = b"* 3 EXISTS\r\n* OK [ALERT] disk is nearly full\r\n* 9 FETCH (FLAGS (\\Seen))\r\n"
    with ScriptedImap({"UID FETCH": [chatter + SIZES, chatter + BOTH]}) as server:
        assert bodies(fetched(config(server.port))) == [b"A:b\r\n", b"C:d\r\n"]


def test_what_was_read_before_the_line_broke_is_kept() -> None:
    first = b"* 1 FETCH (UID 1 BODY[] {5}\r\nA:b\r\n)\r\n"
    with ScriptedImap({"UID FETCH": [SIZES, first, HANG_UP]}) as server:
        result = fetch(config(server.port), START, batch=Batch(group=1))
    assert bodies(result) == [b"A:b\r\n"]
    assert result.cursor.value["folders"]["INBOX"]["uid"] == 1


def test_a_mail_that_the_server_does_not_hand_out_is_set_aside_and_not_forgotten() -> None:
    script: dict[str, Any] = {
        "UID FETCH": [SIZES, b"* 1 FETCH (UID 1 BODY[] {5}\r\nA:b\r\n)\r\n* 2 FETCH (UID 2 BODY[] NIL)\r\n", b""],
        "UID FETCH 2 (BODY.PEEK[HEADER])": b"* 2 FETCH (UID 2 BODY[HEADER] {9}\r\nSubject:\n)\r\n",
        "UID SEARCH UID 3:*": b"* SEARCH 2\r\n",
    }
    with ScriptedImap(script) as server:
        result = fetched(config(server.port))
    assert bodies(result) == [b"A:b\r\n", b"Subject:\n"]
    assert result.deliveries[1].headers["x-truncated"] == "5"


def test_a_mail_that_is_deleted_while_it_is_fetched_is_no_mail() -> None:
    script: dict[str, Any] = {
        "UID FETCH": [SIZES, b"* 1 FETCH (UID 1 BODY[] {5}\r\nA:b\r\n)\r\n", b""],
        "UID SEARCH UID 2:2": b"* SEARCH\r\n",
        "UID SEARCH UID 3:*": b"* SEARCH 1\r\n",
    }
    with ScriptedImap(script) as server:
        result = fetched(config(server.port))
    assert bodies(result) == [b"A:b\r\n"]
    assert result.cursor.value["folders"]["INBOX"]["uid"] == 2


def test_a_mail_that_is_bigger_than_the_server_says(settings: Settings) -> None:
    settings.MAX_MAIL_BYTES = 1000
    body = b"Subject: big\r\n\r\n" + b"x" * 2000
    answer = b"* 1 FETCH (UID 1 BODY[] {%d}\r\n%b)\r\n" % (len(body), body)
    script: dict[str, Any] = {
        "UID SEARCH": b"* SEARCH 1\r\n",
        "UID FETCH": [b"* 1 FETCH (UID 1 RFC822.SIZE 5)\r\n", answer],
    }
    with ScriptedImap(script) as server:
        (delivery,) = fetched(config(server.port)).deliveries
    assert delivery.body == body[:1000]
    assert delivery.headers["x-truncated"] == str(len(body))


def test_a_mailbox_of_many_thousand_mails_is_searched() -> None:
    uids = b" ".join(str(uid).encode() for uid in range(1_000_000, 1_200_000))
    script: dict[str, Any] = {"UID SEARCH": b"* SEARCH " + uids + b"\r\n", "UID FETCH": [SIZES, b"NO that is enough"]}
    with ScriptedImap(script) as server, pytest.raises(SendUnavailable, match="that is enough"):
        fetched(config(server.port))
