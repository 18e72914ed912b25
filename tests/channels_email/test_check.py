"""The live test of a mailbox: real servers where they can say it, a scripted one for everything else."""

import base64
import os
import socket
import ssl
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from channels_email.check import check
from channels_email.checks.line import name_trouble
from channels_email.checks.words import advice, other_service, readable
from csplatform.gateway.contract import AccountConfig, Finding
from tests.platforms.dovecot import BINARY, Dovecot
from tests.platforms.dovecot import PASSWORD as IMAP_PASSWORD
from tests.platforms.oauth import OAuthStandIn
from tests.platforms.smtp import PASSWORD as SMTP_PASSWORD
from tests.platforms.smtp import USER, SmtpStandIn
from tests.platforms.talker import AUTHORITY, Talker, believing, certificate

needs_dovecot = pytest.mark.skipif(
    not BINARY or os.geteuid() != 0, reason="needs Dovecot (Debian: dovecot-imapd) and root, who may start it"
)
LOGIN = {r" CAPABILITY$": "* CAPABILITY IMAP4rev1\r\n{tag} OK done", r" LOGIN ": "{tag} OK in"}
EHLO = {r"^EHLO": "250-mail.example\r\n250-AUTH PLAIN LOGIN\r\n250 SIZE 1000000", "^AUTH": "235 in", "^RSET": "250 ok"}


def account(address: str = USER, **given: Any) -> AccountConfig:
    names = {"imap_user", "imap_password", "smtp_user", "smtp_password"}
    secrets = {"imap_user": USER, "imap_password": IMAP_PASSWORD, "smtp_user": USER, "smtp_password": SMTP_PASSWORD}
    secrets |= {name: given.pop(name) for name in names & given.keys()}
    return AccountConfig(1, "Support", address, secrets, given)


def incoming(port: int, security: str = "none", **given: Any) -> AccountConfig:
    return account(**{"imap_host": "127.0.0.1", "imap_port": port, "imap_security": security} | given)


def outgoing(port: int, security: str = "none", **given: Any) -> AccountConfig:
    return account(**{"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_security": security} | given)


def of(protocol: str, findings: Sequence[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.step.startswith(protocol)]


def failure(protocol: str, config: AccountConfig, tls: ssl.SSLContext | None = None) -> tuple[str, str]:
    """Return the step that failed and its words; nothing after it may have been tried."""
    findings = of(protocol, check(config, tls=tls))
    (bad,) = [finding for finding in findings if finding.ok is False]
    later = findings[findings.index(bad) + 1 :]
    assert [finding.ok for finding in later] == [None] * len(later)
    return bad.step.removeprefix(f"{protocol}: "), bad.words


def successes(protocol: str, config: AccountConfig, tls: ssl.SSLContext | None = None) -> dict[str, str]:
    findings = of(protocol, check(config, tls=tls))
    assert all(finding.ok for finding in findings), findings
    return {finding.step.removeprefix(f"{protocol}: "): finding.words for finding in findings}


@pytest.fixture(scope="module")
def dovecot() -> Iterator[Dovecot]:
    with Dovecot() as server:
        yield server


@pytest.fixture
def peer() -> Iterator[SmtpStandIn]:
    with SmtpStandIn() as stand_in:
        yield stand_in


def encrypted(greeting: str, answers: dict[str, str], security: str, shown: ssl.SSLContext) -> Talker:
    at_once = security == "ssl"
    return Talker(greeting, answers, tls=shown if at_once else None, starttls=None if at_once else shown)


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


# Logging in ---------------------------------------------------------------------------------------------------------


@needs_dovecot
def test_a_wrong_password_is_told_apart_and_never_repeated(dovecot: Dovecot) -> None:
    step, words = failure("IMAP", incoming(dovecot.port, imap_password="a wrong long password"))
    assert step == "login"
    assert words.startswith("The server does not accept this user name or this password.\nThe server says: “")
    assert "a wrong long password" not in words


def test_a_wrong_password_for_sending(peer: SmtpStandIn) -> None:
    step, words = failure("SMTP", outgoing(peer.port, smtp_password="a wrong long password"))
    assert step == "login"
    assert words.startswith("The server does not accept this user name or this password.\nThe server says: “535 ")
    assert "a wrong long password" not in words


def test_something_is_missing(peer: SmtpStandIn) -> None:
    assert failure("SMTP", outgoing(peer.port, smtp_password="")) == ("login", "The password is missing.")
    assert failure("SMTP", outgoing(peer.port, smtp_user="")) == ("login", "The user name is missing.")
    assert failure("SMTP", outgoing(peer.port, smtp_user="", smtp_password="")) == (
        "sender and recipient",
        "The server wants a login before it takes mail.\nThe server says: “530 5.7.0 authentication required”",
    )


def test_no_login_is_offered() -> None:
    with Talker("* OK hello", {" CAPABILITY": "* CAPABILITY IMAP4rev1 LOGINDISABLED\r\n{tag} OK done"}) as server:
        assert failure("IMAP", incoming(server.port)) == (
            "login",
            "The server takes no password here. Choose TLS or STARTTLS as security.",
        )
        assert not any("LOGIN" in line for line in server.heard)
    with Talker("220 hello", {"^EHLO": "250 mail.example"}) as server:
        assert failure("SMTP", outgoing(server.port))[1] == (
            "The server offers no login without encryption. Choose STARTTLS or TLS as security."
        )
    with Talker("220 hello", {"^EHLO": "250-mail.example\r\n250 AUTH XOAUTH2 NTLM"}) as server:
        assert failure("SMTP", outgoing(server.port))[1] == (
            "The server takes no password, only these ways of logging in: XOAUTH2 NTLM."
        )


def test_a_password_in_chinese_is_told_in_unicode() -> None:
    answers = {" AUTHENTICATE PLAIN$": "+ ", "^[A-Za-z0-9+/=]+$": "ITAG OK in", **LOGIN}
    with Talker("* OK hello", answers) as server:
        check(incoming(server.port, imap_password="密码很长"))
        assert "AHN1cHBvcnRAc2hvcC5leGFtcGxlAOWvhueggeW+iOmVvw==" in server.heard


# What the providers say, word for word, and what to do about it.
SAID = [
    ("imap.gmail.com", "[ALERT] Application-specific password required: https://support.google.com", "app password"),
    ("imap.gmail.com", "[AUTHENTICATIONFAILED] Invalid credentials (Failure)", "app password"),
    ("smtp.gmail.com", "535 5.7.8 Username and Password not accepted. For more information, go to", "app password"),
    ("imap.gmail.com", "[WEBALERT https://accounts.google.com] Web login required.", "once in a browser"),
    ("imap.gmail.com", "[ALERT] Your account is not enabled for IMAP use.", "IMAP is switched off"),
    ("smtp.gmail.com", "454 4.7.0 Too many login attempts, please try again later.", "Wait a while"),
    ("outlook.office365.com", "LOGIN failed.", "OAuth, provider Microsoft 365"),
    ("smtp.office365.com", "535 5.7.139 Authentication unsuccessful, basic authentication is disabled.", "OAuth"),
    ("smtp.office365.com", "535 5.7.139 SmtpClientAuthentication is disabled for the Tenant.", "“Authenticated SMTP”"),
    ("outlook.office365.com", "User is authenticated but not connected.", "does not open this mailbox"),
    ("imap.qq.com", "Login fail. Please using authorized code to login.", "authorisation code (授权码) in QQ Mail"),
    ("smtp.qq.com", "535 Login Fail. Please enter your authorization code to login.", "authorisation code (授权码)"),
    ("imap.exmail.qq.com", "LOGIN Login error password error", "Tencent Exmail"),
    ("imap.163.com", "LOGIN Login error or password error", "authorisation code (授权码) in NetEase"),
    ("smtp.126.com", "535 Error: authentication failed", "authorisation code (授权码) in NetEase"),
    ("imap.163.com", "EXAMINE Unsafe Login. Please contact kefu@188.com for help", "unsafe login"),
    ("smtp.163.com", "550 User has no permission", "SMTP is not switched on"),
    ("imap.mail.yahoo.com", "[AUTHENTICATIONFAILED] LOGIN Invalid credentials", "app password"),
    ("imap.mail.me.com", "[AUTHENTICATIONFAILED] Authentication Failed", "app password"),
    ("imap.yandex.com", "[AUTHENTICATIONFAILED] LOGIN invalid credentials or IMAP is disabled", "Yandex"),
    ("mail.example.org", "[PRIVACYREQUIRED] Plaintext authentication disallowed", "not encrypted"),
]


@pytest.mark.parametrize(("host", "said", "words"), SAID)
def test_what_a_provider_says_is_turned_into_what_to_do(host: str, said: str, words: str) -> None:
    assert words in advice(host, said)


def test_a_server_that_nobody_knows_gets_no_advice() -> None:
    assert advice("mail.example.org", "[AUTHENTICATIONFAILED] Authentication failed.") == ""
    assert other_service("* OK hello", "IMAP") == ""


def test_words_in_gbk_can_be_read() -> None:
    assert readable("535 请使用授权码登录。".encode("gbk")) == "535 请使用授权码登录。"


# Folder, sender, recipient ------------------------------------------------------------------------------------------


@needs_dovecot
def test_a_folder_that_is_not_there_and_those_that_are(dovecot: Dovecot) -> None:
    client = dovecot.client()
    client.create_folder("收件")
    step, words = failure("IMAP", incoming(dovecot.port, imap_folder="Suport"))
    client.delete_folder("收件")
    client.logout()
    assert step == "folder"
    first, said = words.split("\n")
    assert first.startswith("There is no folder “Suport” that can be opened. There are: ")
    assert sorted(first.rpartition(": ")[2].removesuffix(".").split(", ")) == ["INBOX", "收件"]
    assert said.startswith("The server says: “")


NOT_AS = f"The server does not let us send as {USER}."
NOT_FOR = f"The server takes no mail for {USER} from us."
FOR_NOW = "That is meant for now only; try again in a few minutes."


@pytest.mark.parametrize(
    ("command", "answer", "words"),
    [
        ("MAIL", "553 5.7.1 not yours", NOT_AS),
        ("RCPT", "550 5.1.1 no such user", NOT_FOR),
        ("RCPT", "451 4.7.1 greylisted", f"{NOT_FOR} {FOR_NOW}"),
        ("MAIL", "553 authentication is required", "The server wants a login before it takes mail."),
    ],
)
def test_the_server_does_not_take_our_own_mail(peer: SmtpStandIn, command: str, answer: str, words: str) -> None:
    peer.answers[command] = answer
    step, said = failure("SMTP", outgoing(peer.port))
    assert step == "sender and recipient"
    assert said == f"{words}\nThe server says: “{answer}”"
    assert peer.mails == []


def test_an_address_that_is_none(peer: SmtpStandIn) -> None:
    assert failure("SMTP", outgoing(peer.port, address="support"))[1] == "“support” is not a mail address."


def test_an_address_beyond_ascii() -> None:
    with SmtpStandIn(smtputf8=False) as old:
        assert failure("SMTP", outgoing(old.port, address="客服@shop.example"))[1] == (
            "The server takes no addresses with letters beyond ASCII before the @."
        )


# Signing in by token ------------------------------------------------------------------------------------------------


def signing_in(provider: OAuthStandIn, protocol: str, port: int) -> AccountConfig:
    """Return an account that nobody has stored yet, so that its tokens are not kept."""
    settings = {f"{protocol}_host": "127.0.0.1", f"{protocol}_port": port, f"{protocol}_security": "none"}
    return AccountConfig(0, "Support", USER, provider.credentials, {**settings, **provider.settings})


def xoauth2(token: str) -> str:
    return base64.b64encode(f"user={USER}\x01auth=Bearer {token}\x01\x01".encode()).decode()


def test_a_token_is_fetched_and_told() -> None:
    mail = {f"^AUTH XOAUTH2 {xoauth2('access-1')}$": "235 in", "^MAIL|^RCPT": "250 ok", **EHLO}
    with OAuthStandIn() as provider, Talker("220 hello", mail) as server:
        words = successes("SMTP", signing_in(provider, "smtp", server.port))
    assert words["login"] == f"Logged in as {USER}."


def test_a_sign_in_that_has_ended() -> None:
    with OAuthStandIn() as provider, Talker("* OK hello", LOGIN) as server:
        config = signing_in(provider, "imap", server.port)
        provider.sign_out()
        step, words = failure("IMAP", config)
    assert step == "login"
    assert words.startswith(
        "The sign-in provider gives no access: the sign-in of this account has ended: sign in again"
    )
    assert "refresh-0" not in words


def test_a_token_that_the_mail_server_does_not_take() -> None:
    refusal = {"^AUTH": "334 eyJzdGF0dXMiOiI0MDAifQ==", "^$": "535 5.7.3 Authentication unsuccessful"}
    with OAuthStandIn() as provider, Talker("220 hello", refusal | {"^EHLO": EHLO["^EHLO"]}) as server:
        step, words = failure("SMTP", signing_in(provider, "smtp", server.port))
    assert (step, words.split("\n")[0]) == ("login", "The server does not accept this user name or this password.")
