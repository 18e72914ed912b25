"""The live test of a mailbox: logging in, by password and by token; folder, sender and recipient."""

import base64

import pytest

from channels_email.check import check
from channels_email.checks.words import advice, other_service, readable
from csplatform.gateway.contract import AccountConfig
from tests.channels_email.checking import (
    EHLO,
    LOGIN,
    failure,
    incoming,
    needs_dovecot,
    outgoing,
    successes,
)
from tests.platforms.dovecot import Dovecot
from tests.platforms.oauth import OAuthStandIn
from tests.platforms.smtp import USER, SmtpStandIn
from tests.platforms.talker import Talker


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
def test_a_folder_that_is_not_there_and_those_that_are() -> None:
    with Dovecot() as server:
        client = server.client()
        client.create_folder("收件")
        client.logout()
        step, words = failure("IMAP", incoming(server.port, imap_folder="Suport"))
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
