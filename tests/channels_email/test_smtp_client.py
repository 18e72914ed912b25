"""Sending against a real SMTP peer: every way it can end. The plain cases stand in the contract suite."""

import os
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from channels_email.channel import EmailChannel
from channels_email.transports import smtp_session
from channels_email.transports.smtp_refusals import is_dead_address
from csplatform.common import clock
from csplatform.gateway.contract import AccountConfig, OutboundMessage, SendResult
from csplatform.gateway.errors import SendFailed, SendUnavailable, SendUncertain
from csplatform.gateway.models import ChannelAccount
from tests.factories import make_account
from tests.platforms.oauth import OAuthStandIn
from tests.platforms.smtp import PASSWORD, USER, SmtpStandIn

MESSAGE = OutboundMessage(key="key-of-ours-1", recipient="ada@customer.example", text="Hello\n.\n..dots\nend")


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


# Several recipients --------------------------------------------------------------------------------------------

EVERYBODY = replace(MESSAGE, also_to=("bob@x.example",), cc=("carol@x.example",), bcc=("dan@x.example",))
GONE = "550 5.1.1 no such user"


def send_to_all(peer: SmtpStandIn) -> SendResult:
    return EmailChannel(account(peer.port)).send(EVERYBODY)


def test_everybody_is_in_the_envelope_and_the_blind_ones_only_there(peer: SmtpStandIn) -> None:
    assert send_to_all(peer).refused == {}
    assert peer.recipients == [["ada@customer.example", "bob@x.example", "carol@x.example", "dan@x.example"]]
    assert b"dan@" not in peer.mails[0]


def test_who_is_refused_is_named_and_the_others_get_it(peer: SmtpStandIn) -> None:
    peer.refusals = {"bob@x.example": GONE, "dan@x.example": "452 4.2.2 full"}
    result = send_to_all(peer)
    assert result.refused == {
        "bob@x.example": "the address does not exist (550 5.1.1 no such user)",
        "dan@x.example": "the mail server is busy (452 4.2.2 full)",
    }
    assert peer.recipients == [["ada@customer.example", "carol@x.example"]]


def test_where_nobody_is_taken_nothing_is_sent(peer: SmtpStandIn) -> None:
    peer.refusals = dict.fromkeys(["ada@customer.example", "bob@x.example", "carol@x.example", "dan@x.example"], GONE)
    with pytest.raises(SendFailed) as failure:
        send_to_all(peer)
    assert type(failure.value) is SendFailed
    assert failure.value.dead_address
    peer.refusals["carol@x.example"] = "451 4.7.1 greylisted"
    with pytest.raises(SendUnavailable, match="greylisted"):
        send_to_all(peer)
    assert peer.mails == []


def test_an_address_the_server_cannot_take_is_refused_alone() -> None:
    with SmtpStandIn(smtputf8=False) as old:
        result = EmailChannel(account(old.port)).send(replace(MESSAGE, cc=("用户@x.example",)))
        assert list(result.refused) == ["用户@x.example"]
        assert old.recipients == [["ada@customer.example"]]


@pytest.mark.parametrize(
    ("answer", "dead"),
    [
        ("550 5.1.1 no such user", True),
        ("550 5.1.10 null MX", True),
        ("553 5.1.3 bad syntax", True),
        ("551 5.1.6 moved away", True),
        ("550 5.7.1 user unknown to our policy", False),
        ("550 5.2.1 mailbox disabled", False),
        ("550 mailbox unavailable", False),
        ("550 User unknown", True),
        ("550 No such user here", True),
        ("550 The recipient address does not exist", True),
        ("550 Recipient address rejected: access denied", False),
        ("552 5.1.1 too big", False),
        ("554 no such user", False),
        ("450 5.1.1 no such user", False),
    ],
)
def test_an_address_is_dead_only_where_the_server_says_so(answer: str, dead: bool) -> None:
    assert is_dead_address(int(answer[:3]), answer[4:].encode()) is dead


def test_a_refusal_of_the_mail_says_nothing_of_the_address(peer: SmtpStandIn) -> None:
    peer.answers["DATA"] = "550 5.1.1 no such user, said too late"
    with pytest.raises(SendFailed) as failure:
        send(account(peer.port))
    assert not failure.value.dead_address


# Connections ---------------------------------------------------------------------------------------------------


def test_the_next_mail_takes_the_same_connection(peer: SmtpStandIn) -> None:
    for number in range(3):
        send(account(peer.port), key=f"key-of-ours-{number}")
    assert len(peer.mails) == 3
    assert len(peer.logins) == 1


def test_a_refusal_leaves_the_connection_of_use(peer: SmtpStandIn) -> None:
    for command in ("MAIL", "RCPT", "DATA"):
        peer.answers[command] = "554 5.7.1 no"
        with pytest.raises(SendFailed):
            send(account(peer.port))
    send(account(peer.port))
    assert len(peer.logins) == 1


def test_a_connection_that_died_while_it_rested_is_replaced(peer: SmtpStandIn) -> None:
    send(account(peer.port))
    peer.drop_connections()
    send(account(peer.port), key="key-of-ours-2")
    assert len(peer.mails) == len(peer.logins) == 2


def test_a_server_that_is_tired_of_a_connection_is_asked_again(peer: SmtpStandIn) -> None:
    send(account(peer.port))
    peer.answers["MAIL"] = "421 4.4.2 idle for too long"
    send(account(peer.port), key="key-of-ours-2")
    assert len(peer.mails) == len(peer.logins) == 2


def test_a_new_server_that_is_tired_is_left_alone(peer: SmtpStandIn) -> None:
    peer.answers["MAIL"] = "421 4.3.2 shutting down"
    with pytest.raises(SendUnavailable):
        send(account(peer.port))


def test_an_account_that_changed_gets_a_new_connection(peer: SmtpStandIn) -> None:
    send(account(peer.port))
    with pytest.raises(SendFailed):
        send(account(peer.port, password="another"))
    send(replace(account(peer.port), id=2))
    assert len(peer.logins) == 2


def test_a_connection_rests_for_a_while_only(peer: SmtpStandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp_session, "IDLE", -1)
    send(account(peer.port))
    send(account(peer.port))
    assert len(peer.logins) == 2


def test_a_connection_gets_old(peer: SmtpStandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp_session, "MOST_MAILS", 2)
    for _number in range(4):
        send(account(peer.port))
    assert len(peer.logins) == 2


def test_letters_beyond_ascii_are_asked_for_with_each_mail(peer: SmtpStandIn) -> None:
    for recipient in ("用户@customer.example", "ada@customer.example", "用户@customer.example"):
        send(account(peer.port), recipient=recipient)
    assert len(peer.logins) == 1
    assert [mail.recipient for mail in peer.taken][2] == "用户@customer.example"


def test_threads_never_share_a_connection(peer: SmtpStandIn) -> None:
    errors: list[BaseException] = []

    def work(name: int) -> None:
        try:
            for number in range(5):
                send(account(peer.port), key=f"key-of-{name}-{number}", text=f"mail {name} {number}")
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert errors == []
    said = {mail.external_id: mail.text for mail in peer.taken}
    assert said == {f"key-of-{a}-{b}@shop.example": f"mail {a} {b}" for a in range(4) for b in range(5)}
    assert len(peer.logins) <= 4


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_child_leaves_its_parents_connections_alone(peer: SmtpStandIn) -> None:
    send(account(peer.port))
    child = os.fork()
    if child == 0:
        os._exit(0 if smtp_session.resting() == 0 else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    send(account(peer.port), key="key-of-ours-2")
    assert (len(peer.mails), len(peer.logins)) == (2, 1)


# Pace ----------------------------------------------------------------------------------------------------------


def test_an_account_keeps_its_pace(peer: SmtpStandIn) -> None:
    config = replace(account(peer.port, smtp_per_minute=2), id=int.from_bytes(os.urandom(4), "big"))
    noon = datetime(2026, 3, 2, 12, 0, 20, tzinfo=UTC)
    with clock.frozen(noon):
        for number in range(2):
            send(config, key=f"key-of-ours-{number}")
        waits = []
        for number in range(2, 6):
            with pytest.raises(SendUnavailable, match="at most 2 mails a minute") as failure:
                send(config, key=f"key-of-ours-{number}")
            waits.append(failure.value.retry_after or 0)
        send(replace(config, id=config.id + 1), key="key-of-another")
    assert len(peer.mails) == 3
    minutes = [int((wait + 20) // 60) for wait in waits]
    assert minutes == [1, 1, 2, 2]
    with clock.frozen(noon.replace(minute=1)):
        send(config, key="key-of-ours-2")


def test_a_pace_that_is_no_number_is_said_plainly(peer: SmtpStandIn) -> None:
    with pytest.raises(SendFailed, match="not a number of mails"):
        send(account(peer.port, smtp_per_minute="many"))


# Tokens --------------------------------------------------------------------------------------------------------


@pytest.fixture
def provider(peer: SmtpStandIn) -> Iterator[OAuthStandIn]:
    with OAuthStandIn() as stand_in:
        peer.tokens = stand_in.valid
        yield stand_in


def signed_in(peer: SmtpStandIn, provider: OAuthStandIn) -> ChannelAccount:
    settings = {"smtp_host": "127.0.0.1", "smtp_port": peer.port, "smtp_security": "none", **provider.settings}
    return make_account(channel="email", address=USER, credentials=provider.credentials, settings=settings)


@pytest.mark.django_db
def test_an_account_logs_in_with_a_token(peer: SmtpStandIn, provider: OAuthStandIn) -> None:
    account = signed_in(peer, provider)
    send(account.config)
    account.refresh_from_db()
    send(account.config, key="key-of-ours-2")
    assert (len(peer.mails), peer.logins) == (2, ["XOAUTH2"])


@pytest.mark.django_db
def test_a_token_that_was_revoked_is_replaced_at_once(peer: SmtpStandIn, provider: OAuthStandIn) -> None:
    account = signed_in(peer, provider)
    send(account.config)
    smtp_session.close_all()
    provider.valid.clear()
    send(account.config, key="key-of-ours-2")
    assert len(peer.mails) == 2


@pytest.mark.django_db
def test_a_token_that_is_never_taken_is_said_once(peer: SmtpStandIn, provider: OAuthStandIn) -> None:
    peer.tokens = ()
    with pytest.raises(SendFailed) as failure:
        send(signed_in(peer, provider).config)
    assert failure.value.code == "535"
    assert len(provider.forms) == 2


@pytest.mark.django_db
def test_a_server_without_tokens_says_so(provider: OAuthStandIn) -> None:
    with SmtpStandIn(exclude=["XOAUTH2"]) as old, pytest.raises(SendFailed, match="does not offer"):
        send(signed_in(old, provider).config)
