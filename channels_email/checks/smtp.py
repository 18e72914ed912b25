"""Trying to send: SMTP (RFC 5321) up to the recipient, which is ourselves, and then taking it back. Nothing is sent."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from channels_email.checks.deadline import Deadline
from channels_email.checks.line import Line, Protocol
from channels_email.checks.login import Login
from channels_email.checks.words import advice, other_service, readable, with_said
from channels_email.compose import ascii_address
from csplatform.gateway.contract import AccountConfig
from csplatform.gateway.errors import SendFailed
from csplatform.gateway.steps import Failed, Step

SMTP = Protocol("SMTP", {"ssl": 465, "starttls": 587, "none": 25})
MOST_LINES = 100


class SmtpTrial:
    """One attempt; `steps` in order, then `close`."""

    def __init__(self, account: AccountConfig, tls: ssl.SSLContext, deadline: Deadline) -> None:
        settings = account.settings
        security = str(settings.get("smtp_security") or "starttls")
        self._line = Line(SMTP, str(settings["smtp_host"]), settings.get("smtp_port"), security, deadline)
        self._account, self._login = account, Login(account, "smtp")
        self._tls, self._deadline = tls, deadline
        self._server = smtplib.SMTP(local_hostname=_own_name(account))

    def steps(self) -> list[Step]:
        """Return the steps; encryption comes before or after the greeting, or not at all."""
        greeting: Step = (_("SMTP: the server answers"), self._greet)
        encryption: Step = (_("SMTP: encryption"), self._encrypt)
        orders = {"ssl": [encryption, greeting], "starttls": [greeting, encryption]}
        return [
            (_("SMTP: the server is found"), self._line.resolve),
            (_("SMTP: connection"), self._line.connect),
            *orders.get(self._line.security, [greeting]),
            (_("SMTP: login"), self._log_in),
            (_("SMTP: sender and recipient"), self._address),
            (_("SMTP: size limit"), self._size),
        ]

    def close(self) -> None:
        """Take leave and hang up."""
        with suppress(smtplib.SMTPException, OSError):
            self._server.quit()
        self._line.close()

    def _greet(self) -> str:
        greeting = self._line.greeting()
        wrong = other_service(greeting, "SMTP")
        if wrong:
            raise Failed(wrong)
        self._rest_of(greeting)
        if not greeting.startswith("220"):
            raise Failed(with_said(_("The server turns us away."), greeting))
        return ""

    def _rest_of(self, line: str) -> None:
        """Hear out an answer of several lines."""
        for _number in range(MOST_LINES):
            if line[3:4] != "-":
                return
            with self._talking():
                line = readable(self._line.hear())

    def _encrypt(self) -> str:
        if self._line.security == "ssl":
            return self._line.encrypt(self._tls)
        self._ask_for_tls(self._line)
        return self._line.encrypt(self._tls, self._up_to_tls)

    def _ask_for_tls(self, line: Line) -> None:
        """Bring a greeted connection to where TLS begins. Raises Failed."""
        try:
            _command(line, f"EHLO {self._server.local_hostname}")
            answer = _command(line, "STARTTLS")
        except OSError:
            answer = ""
        if not answer.startswith("220"):
            words = _("The server does not offer STARTTLS on this port. Choose TLS from the start, mostly on port 465.")
            raise Failed(with_said(words, answer))

    def _up_to_tls(self, line: Line) -> None:
        while line.hear()[3:4] == b"-":
            pass
        self._ask_for_tls(line)

    def _log_in(self) -> str:
        server = self._server
        server.sock = self._line.socket
        with self._talking():
            code, said = server.ehlo()
            if code != 250:
                raise Failed(with_said(_("The server does not want to talk to us."), readable(said)))
            if not self._login.is_set:
                return _("No user name is set, so nobody logs in.")
            try:
                self._login.smtp(server)
            except smtplib.SMTPNotSupportedError:
                raise Failed(self._no_login_offered()) from None
            except smtplib.SMTPAuthenticationError as error:
                raise Failed(self._refusal(f"{error.smtp_code} {readable(error.smtp_error)}")) from None
        return self._login.words(is_exposed=self._line.is_exposed)

    def _no_login_offered(self) -> str:
        offered = self._server.esmtp_features.get("auth", "").strip()
        if offered:
            return _("The server takes no password, only these ways of logging in: %(offered)s.") % {"offered": offered}
        if self._line.security == "none":
            return _("The server offers no login without encryption. Choose STARTTLS or TLS as security.")
        return _(
            "The server offers no login on this port. Leave user name and password empty if it needs none, or use the "
            "port for mail programs, 587 or 465."
        )

    def _refusal(self, said: str) -> str:
        known = advice(self._line.host, said)
        return with_said(known or _("The server does not accept this user name or this password."), said)

    def _address(self) -> str:
        """Name ourselves as sender and recipient, then take it back."""
        try:
            address = ascii_address(self._account.address)
        except SendFailed:
            raise Failed(_("“%(address)s” is not a mail address.") % {"address": self._account.address}) from None
        options = ["SMTPUTF8"] if not address.isascii() else []
        if options:
            if not self._server.has_extn("smtputf8"):
                raise Failed(_("The server takes no addresses with letters beyond ASCII before the @."))
            self._server.command_encoding = "utf-8"
        with self._talking():
            self._expect(*self._server.mail(address, options), _("The server does not let us send as %s.") % address)
            self._expect(*self._server.rcpt(address), _("The server takes no mail for %s from us.") % address)
            self._server.rset()
        return _("Mail from and to %s would be taken; nothing was sent.") % address

    def _expect(self, code: int, said: bytes, words: str) -> None:
        if code in {250, 251}:
            return
        if code == 530 or b"authentication" in said.lower():
            words = _("The server wants a login before it takes mail.")
        elif 400 <= code < 500:
            for_now = _("That is meant for now only; try again in a few minutes.")
            words = f"{words} {for_now}"
        raise Failed(with_said(words, f"{code} {readable(said)}"))

    def _size(self) -> str:
        named = self._server.esmtp_features.get("size", "").strip()
        if not named.isdecimal() or not int(named):
            return _("The server names no limit.")
        return _("Mails of up to %(size)s are taken.") % {"size": filesizeformat(int(named))}

    @contextmanager
    def _talking(self) -> Iterator[None]:
        if self._line.socket is not None:
            self._line.socket.settimeout(self._deadline.left(6))
        try:
            yield
        except smtplib.SMTPServerDisconnected:
            raise Failed(_("The server broke the connection off.")) from None
        except smtplib.SMTPException as error:
            raise Failed(with_said(_("The server's answer makes no sense."), readable(str(error)))) from None
        except TimeoutError:
            raise Failed(_("The server does not answer in time.")) from None
        except (OSError, ValueError) as error:
            raise Failed(_("The connection broke: %(error)s.") % {"error": type(error).__name__}) from None


def _command(line: Line, words: str) -> str:
    """Say something and return the last line of the answer. Raises OSError."""
    line.say(words.encode())
    for _number in range(MOST_LINES):
        answer = readable(line.hear())
        if answer[3:4] != "-":
            break
    return answer


def _own_name(account: AccountConfig) -> str:
    """Return what to introduce ourselves as; an address that makes no sense is told of in its own step."""
    try:
        return ascii_address(account.address).rpartition("@")[2]
    except SendFailed:
        return "localhost"
