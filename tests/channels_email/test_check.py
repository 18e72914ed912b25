"""The live test of a mailbox: real servers where they can say it, a scripted one for everything else."""

import socket
from pathlib import Path

import pytest

from channels_email.check import check
from channels_email.checks.line import name_trouble
from csplatform.gateway.contract import AccountConfig
from tests.channels_email.checking import (
    EHLO,
    LOGIN,
    account,
    encrypted,
    failure,
    incoming,
    needs_dovecot,
    outgoing,
    successes,
)
from tests.platforms.dovecot import Dovecot
from tests.platforms.smtp import USER, SmtpStandIn
from tests.platforms.talker import Talker, believing, certificate

# Everything works ---------------------------------------------------------------------------------------------------


@needs_dovecot
def test_a_real_mailbox_works_and_says_how_many_mails_there_are(dovecot: Dovecot) -> None:
    client = dovecot.client()
    client.create_folder("Büro & Co")
    client.append("Büro & Co", b"Subject: one\r\n\r\n")
    words = successes("IMAP", incoming(dovecot.port, imap_folder="INBOX, Büro & Co"))
    assert list(words) == ["the server is found", "connection", "the server answers", "login", "folder"]
    assert words["login"] == f"Logged in as {USER}."
    assert words["folder"] == "INBOX: 0 mails\nBüro & Co: 1 mail"
    client.delete_folder("Büro & Co")
    client.logout()


def test_a_real_mail_server_works_and_nothing_is_sent(peer: SmtpStandIn) -> None:
    words = successes("SMTP", outgoing(peer.port))
    assert words["login"] == f"Logged in as {USER}."
    assert words["sender and recipient"] == f"Mail from and to {USER} would be taken; nothing was sent."
    assert words["size limit"].startswith(("Mails of up to", "The server names no limit"))
    assert peer.mails == []


@pytest.mark.parametrize("security", ["ssl", "starttls"])
def test_encryption_works_either_way(tmp_path: Path, security: str) -> None:
    shown = certificate(tmp_path, "127.0.0.1")
    answers = {
        "STARTTLS$": "{tag} OK go",
        "EXAMINE": "* 3 EXISTS\r\n{tag} OK done",
        "LOGOUT": "* BYE\r\n{tag} OK done",
        **LOGIN,
    }
    with encrypted("* OK hello", answers, security, shown) as server:
        words = successes("IMAP", incoming(server.port, security), believing(tmp_path))
    assert words["encryption"].startswith("Encrypted with TLSv1.3")
    assert words["folder"] == "INBOX: 3 mails"
    mail = {"^STARTTLS": "220 go", "^MAIL": "250 ok", "^RCPT": "250 ok", "^QUIT": "221 bye", **EHLO}
    with encrypted("220-hello\r\n220 there", mail, security, shown) as server:
        words = successes("SMTP", outgoing(server.port, security), believing(tmp_path))
        assert server.heard[-4:] == [f"mail FROM:<{USER}>", f"rcpt TO:<{USER}>", "rset", "quit"]
    assert words["size limit"] == "Mails of up to 976.6\xa0KB are taken."


def test_what_is_not_set_is_said() -> None:
    imap, smtp = check(account())
    assert (imap.ok, imap.words) == (
        None,
        "No IMAP server is set, so nothing is fetched: mail comes by SMTP or LMTP.",
    )
    assert (smtp.ok, smtp.words) == (False, "No SMTP server is set, so answers cannot be sent.")


def test_a_provider_carries_mail() -> None:
    def found(provider: str, **credentials: str) -> list[tuple[bool | None, str]]:
        config = AccountConfig(1, "Support", USER, credentials, {"provider": provider})
        return [(finding.ok, finding.words) for finding in check(config)]

    comes = (None, "Mail comes from Mailgun, once it calls the webhook address.")
    leaves = "Mail leaves by Mailgun, which cannot be tried without sending."
    assert found("mailgun", api_key="key") == [comes, (None, leaves)]
    assert found("mailgun") == [comes, (False, "The key for Mailgun is missing.")]
    assert found("amazon_ses")[1] == (False, "Amazon SES sends by SMTP: enter its SMTP server.")


# Getting there ------------------------------------------------------------------------------------------------------


def test_a_name_that_does_not_exist() -> None:
    unknown = socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    assert name_trouble("imap.exmaple.org", unknown) == (
        "There is no server called imap.exmaple.org. Is the name spelt right?"
    )
    silent = socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
    assert "cannot be looked up just now" in name_trouble("imap.example.org", silent)
    step, words = failure("IMAP", account(imap_host="no-such-host.invalid"))
    assert step == "the server is found"
    assert "no-such-host.invalid" in words


@pytest.mark.parametrize("host", ["https://imap.example.org", "imap.example.org:993", "me@example.org", "two words"])
def test_a_server_is_entered_bare(host: str) -> None:
    step, words = failure("IMAP", account(imap_host=host))
    assert step == "the server is found"
    assert words == (
        f"“{host}” is not the name of a server. Enter it bare, such as mail.example.org, without port or https://."
    )


def test_settings_that_make_no_sense() -> None:
    assert failure("SMTP", account(smtp_host="a..b")) == (
        "the server is found",
        "“a..b” is not the name of a server.",
    )
    assert failure("SMTP", outgoing(70000))[1] == "“70000” is not a port: that is a number from 1 to 65535."
    assert failure("SMTP", outgoing(25, "rot13"))[1] == "“rot13” is no kind of security."


def test_nothing_answers_on_the_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert failure("IMAP", incoming(port, "ssl")) == (
        "connection",
        f"Nothing answers on port {port} of 127.0.0.1. Is the port right? Usual for this kind of security is 993.",
    )


def test_a_firewall_that_swallows_the_connection() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        port = full.getsockname()[1]
        waiting = [socket.socket() for _number in range(3)]
        for each in waiting:  # nobody accepts them, so that there is no place left for one more
            each.setblocking(False)
            each.connect_ex(("127.0.0.1", port))
        step, words = failure("SMTP", outgoing(port, "ssl"))
        for each in waiting:
            each.close()
    assert step == "connection"
    assert words.startswith(f"Port {port} of 127.0.0.1 keeps silent. A firewall")
    assert words.endswith("usual is 465.")


# Who is there -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("greeting", "wanted", "words"),
    [
        ("* OK Dovecot ready.", "SMTP", "This is no SMTP server but one for IMAP. Check the name and the port."),
        ("220 mail.example ESMTP", "IMAP", "This is no IMAP server but one for SMTP. Check the name and the port."),
        ("+OK POP3 ready", "IMAP", "This is no IMAP server but one for POP3. Check the name and the port."),
        ("SSH-2.0-OpenSSH_9.6", "SMTP", "This is no SMTP server but one for SSH. Check the name and the port."),
        ("HTTP/1.1 400 Bad Request", "IMAP", "This is no IMAP server but one for HTTP. Check the name and the port."),
        ("220 ftp.example FTP server", "SMTP", "This is no SMTP server but one for FTP. Check the name and the port."),
        ("\x1b[2JWelcome, \x07stranger", "IMAP", "This is no IMAP server. It says: “[2JWelcome, stranger”"),
    ],
)
def test_somebody_else_answers(greeting: str, wanted: str, words: str) -> None:
    with Talker(greeting) as server:
        config = incoming(server.port) if wanted == "IMAP" else outgoing(server.port)
        assert failure(wanted, config) == ("the server answers", words)


def test_the_server_turns_us_away() -> None:
    with Talker("* BYE too many connections from your address") as server:
        assert failure("IMAP", incoming(server.port))[1] == (
            "The server turns us away.\nThe server says: “* BYE too many connections from your address”"
        )
    with Talker("554-mail.example\r\n554 your address is on a block list") as server:
        assert failure("SMTP", outgoing(server.port))[1].startswith("The server turns us away.\n")


@pytest.mark.parametrize("hangs_up", [True, False])
def test_a_server_that_says_nothing(hangs_up: bool) -> None:
    with Talker(hangs_up=hangs_up) as server:
        step, words = failure("IMAP", incoming(server.port))
    assert step == "the server answers"
    assert words == ("The connection stands, but the server says nothing: no IMAP server, or it shuts us out.")


def test_a_server_that_hangs_up_in_between() -> None:
    with Talker("* OK hello", {" CAPABILITY": "* BYE out of memory"}) as server:
        step, words = failure("IMAP", incoming(server.port))
    assert step == "login"
    assert words.startswith("The server breaks off.")


# Encryption ---------------------------------------------------------------------------------------------------------
