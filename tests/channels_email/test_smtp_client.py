"""Sending against a real SMTP peer: every way it can end. The plain cases stand in the contract suite."""

import socket
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from channels_email.channel import EmailChannel
from csplatform.gateway.contract import AccountConfig, OutboundMessage
from csplatform.gateway.errors import SendFailed, SendUnavailable, SendUncertain
from tests.platforms.smtp import PASSWORD, USER, SmtpStandIn

MESSAGE = OutboundMessage(key="key-of-ours-1", recipient="ada@customer.example", text="Hello\n.\n..dots\nend")


@pytest.fixture
def peer() -> Iterator[SmtpStandIn]:
    with SmtpStandIn() as stand_in:
        yield stand_in


def account(port: int, password: str = PASSWORD, **settings: object) -> AccountConfig:
    given = {"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_security": "none"} | settings
    return AccountConfig(1, "Support", USER, {"smtp_user": USER, "smtp_password": password}, given)


def send(config: AccountConfig, **changes: str) -> str:
    return EmailChannel(config).send(replace(MESSAGE, **changes)).external_id  # type: ignore[arg-type]


def test_dots_arrive_as_they_were_written(peer: SmtpStandIn) -> None:
    assert send(account(peer.port)) == "key-of-ours-1@shop.example"
    assert peer.taken[0].text == MESSAGE.text
    assert peer.senders == [USER]


def test_a_wrong_password_is_final_and_not_repeated(peer: SmtpStandIn) -> None:
    with pytest.raises(SendFailed, match="user name or password") as failure:
        send(account(peer.port, password="a wrong long password"))
    assert not isinstance(failure.value, SendUnavailable)
    assert "a wrong long password" not in failure.value.reason


@pytest.mark.parametrize(("answer", "kind"), [("452 4.2.2 full", SendUnavailable), ("554 5.7.1 spam", SendFailed)])
@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
def test_the_answers_code_decides(peer: SmtpStandIn, command: str, answer: str, kind: type[SendFailed]) -> None:
    peer.answers[command] = answer
    with pytest.raises(kind) as failure:
        send(account(peer.port))
    assert type(failure.value) is kind
    assert answer[:3] == failure.value.code
    assert answer[4:] in failure.value.reason
    assert peer.taken == []


def test_a_break_before_the_mail_went_out_is_no_doubt(peer: SmtpStandIn) -> None:
    peer.hang_up("MAIL")
    with pytest.raises(SendUnavailable):
        send(account(peer.port))
    send(account(peer.port))
    assert len(peer.taken) == 1


def test_a_break_after_the_mail_went_out_is_a_doubt(peer: SmtpStandIn) -> None:
    peer.hang_up("DATA")
    with pytest.raises(SendUncertain):
        send(account(peer.port))
    assert [taken.external_id for taken in peer.taken] == ["key-of-ours-1@shop.example"]


def test_a_server_that_wants_no_mail_of_this_size_says_so() -> None:
    with SmtpStandIn(size_limit=1000) as peer, pytest.raises(SendFailed, match="too big"):
        send(account(peer.port), text="x" * 5000)


def test_letters_beyond_ascii_before_the_at_need_a_server_that_takes_them(peer: SmtpStandIn) -> None:
    send(account(peer.port), recipient="用户@customer.example")
    assert peer.taken[0].recipient == "用户@customer.example"
    with SmtpStandIn(smtputf8=False) as old, pytest.raises(SendFailed, match="beyond ASCII"):
        send(account(old.port), recipient="用户@customer.example")


def test_encryption_that_is_asked_for_is_never_left_out(peer: SmtpStandIn) -> None:
    with pytest.raises(SendFailed, match="does not offer"):
        send(account(peer.port, smtp_security="starttls"))
    assert peer.taken == []


def test_a_server_that_is_no_mail_server_is_unavailable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        answerer = threading.Thread(target=lambda: listener.accept()[0].close())
        answerer.start()
        with pytest.raises(SendUnavailable):
            send(account(listener.getsockname()[1]))
        answerer.join()


def test_an_account_without_a_server_says_so() -> None:
    with pytest.raises(SendFailed, match="no outgoing mail server"):
        EmailChannel(AccountConfig(1, "Support", USER, {}, {})).send(MESSAGE)
    with pytest.raises(SendFailed, match="connection security"):
        send(account(9, smtp_security="rot13"))
    with pytest.raises(SendFailed, match="is not a port"):
        send(account(9, smtp_port="smtp"))
    with pytest.raises(SendFailed, match="not a host name"):
        send(account(9, smtp_host="a..b"))
