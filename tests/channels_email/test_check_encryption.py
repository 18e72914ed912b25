"""The live test of a mailbox: encryption, and what is wrong with it."""

import ssl
from pathlib import Path
from typing import Any

import pytest

from tests.channels_email.checking import EHLO, encrypted, failure, incoming, outgoing
from tests.platforms.talker import AUTHORITY, Talker, believing, certificate


def test_tls_on_a_port_that_begins_without() -> None:
    with Talker("* OK Dovecot ready.") as server:
        step, words = failure("IMAP", incoming(server.port, "ssl"))
    assert step == "encryption"
    assert words == "This port does not begin with TLS. Choose STARTTLS as security, or port 993."
    with Talker("220 mail.example ESMTP") as server:
        assert failure("SMTP", outgoing(server.port, "ssl"))[1] == (
            "This port does not begin with TLS. Choose STARTTLS as security, or port 465."
        )


@pytest.mark.parametrize("security", ["none", "starttls"])
def test_no_tls_on_a_port_that_begins_with_it(tmp_path: Path, security: str) -> None:
    with Talker("220 mail.example", tls=certificate(tmp_path, "127.0.0.1")) as server:
        step, words = failure("SMTP", outgoing(server.port, security))
    assert step == "the server answers"
    assert words.startswith("This port wants TLS from the start. Choose that as security, or port ")


def test_tls_with_somebody_who_is_no_mail_server() -> None:
    with Talker("SSH-2.0-OpenSSH_9.6") as server:
        step, words = failure("IMAP", incoming(server.port, "ssl"))
    assert (step, words) == ("encryption", "This is no IMAP server but one for SSH. Check the name and the port.")
    with Talker(hangs_up=True) as server:
        assert failure("IMAP", incoming(server.port, "ssl"))[1].startswith("No encrypted connection comes about (")


def test_no_starttls_where_it_is_asked_for() -> None:
    with Talker("* OK hello", {"STARTTLS": "{tag} BAD unknown command"}) as server:
        assert failure("IMAP", incoming(server.port, "starttls")) == (
            "encryption",
            (
                "The server does not offer STARTTLS on this port. Choose TLS from the start, mostly on port 993.\n"
                "The server says: “tls BAD unknown command”"
            ),
        )
    with Talker("220 hello", {"STARTTLS": "502 no", **EHLO}) as server:
        assert failure("SMTP", outgoing(server.port, "starttls")) == (
            "encryption",
            (
                "The server does not offer STARTTLS on this port. Choose TLS from the start, mostly on port 465.\n"
                "The server says: “502 no”"
            ),
        )


def test_encryption_that_is_out_of_date(tmp_path: Path) -> None:
    old = certificate(tmp_path, "127.0.0.1")
    modern = believing(tmp_path)
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    modern.minimum_version = ssl.TLSVersion.TLSv1_3
    with Talker("* OK hello", tls=old) as server:
        step, words = failure("IMAP", incoming(server.port, "ssl"), modern)
    assert step == "encryption"
    assert words.startswith("The server only offers encryption that is out of date and not safe (")


@pytest.mark.parametrize("security", ["ssl", "starttls"])
@pytest.mark.parametrize(
    ("names", "options", "words"),
    [
        (
            ["mail.other.example", "imap.other.example"],
            {},
            (
                "The server's certificate is made out for mail.other.example, imap.other.example, not for 127.0.0.1. "
                "Enter the server under that name, or have its certificate changed."
            ),
        ),
        (["127.0.0.1"], {"days": -3}, "The server's certificate has expired ("),
        (["127.0.0.1"], {"days": 40}, "The server's certificate is not valid yet."),
        (["127.0.0.1"], {"signed_by_itself": True}, "The server's certificate is signed by itself,"),
    ],
)
def test_a_certificate_that_is_not_accepted(
    tmp_path: Path, security: str, names: list[str], options: dict[str, Any], words: str
) -> None:
    shown = certificate(tmp_path, *names, **options)
    with encrypted("220 hello", {"STARTTLS": "220 go", **EHLO}, security, shown) as server:
        step, said = failure("SMTP", outgoing(server.port, security), believing(tmp_path))
    assert step == "encryption"
    assert said.startswith(words)


def test_an_authority_that_nobody_knows(tmp_path: Path) -> None:
    with Talker("* OK hello", {"STARTTLS": "{tag} OK go"}, starttls=certificate(tmp_path, "127.0.0.1")) as server:
        step, words = failure("IMAP", incoming(server.port, "starttls"))
    assert step == "encryption"
    assert words.startswith(f"The server's certificate is signed by “{AUTHORITY}”, which this machine does not know.")
