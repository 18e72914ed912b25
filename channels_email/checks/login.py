"""How an account proves who it is, and how each protocol is told: by password, or by a token of a sign-in provider."""

import imaplib
import smtplib

from django.utils.translation import gettext as _

from channels_email import oauth
from csplatform.gateway.contract import AccountConfig
from csplatform.gateway.errors import SendFailed
from csplatform.gateway.steps import Failed


class Login:
    """How an account logs in by `protocol`: imap or smtp."""

    def __init__(self, account: AccountConfig, protocol: str) -> None:
        self._account = account
        self._by_token = bool(account.settings.get("oauth_provider"))
        self._password = account.credentials.get(f"{protocol}_password", "")
        given = account.credentials.get(f"{protocol}_user", "")
        self.user = oauth.user(account, protocol) if self._by_token else given

    @property
    def is_set(self) -> bool:
        """Whether there is anything to log in with."""
        return bool(self.user or self._password)

    def words(self, *, is_exposed: bool) -> str:
        """Return what to say of a login that worked; `is_exposed` where anybody on the way could read it."""
        words = _("Logged in as %(user)s.") % {"user": self.user}
        exposed = _("The password was readable on the way: nothing is encrypted.")
        return f"{words} {exposed}" if is_exposed else words

    def imap(self, session: imaplib.IMAP4) -> None:
        """Log in. Raises IMAP4.error, and Failed where something is missing."""
        if self._by_token:
            answers = iter([self._proof()])  # whoever refuses gives the reason first, and wants an empty answer to it
            session.authenticate("XOAUTH2", lambda _challenge: next(answers, "").encode())
            return
        self._want_both()
        if self.user.isascii() and self._password.isascii():
            session.login(self.user, self._password)
        else:  # LOGIN knows only ASCII (RFC 3501 9), PLAIN knows Unicode (RFC 4616)
            session.authenticate("PLAIN", lambda _challenge: f"\0{self.user}\0{self._password}".encode())

    def smtp(self, server: smtplib.SMTP) -> None:
        """Log in. Raises SMTPNotSupportedError, SMTPAuthenticationError, and Failed where something is missing."""
        if self._by_token:
            answers = iter([self._proof()])
            server.auth("XOAUTH2", lambda _challenge=None: next(answers, ""))
            return
        self._want_both()
        try:
            server.login(self.user, self._password)
        except smtplib.SMTPAuthenticationError:
            raise
        except smtplib.SMTPException as error:
            if type(error) is smtplib.SMTPException:  # none of the ways that the server offers is known
                raise smtplib.SMTPNotSupportedError from None
            raise

    def _proof(self) -> str:
        try:
            token = oauth.access_token(self._account)
        except SendFailed as failure:
            words = _("The sign-in provider gives no access: %(reason)s.") % {"reason": _(failure.reason)}
            raise Failed(words) from None
        return oauth.xoauth2(self.user, token or "")

    def _want_both(self) -> None:
        if not self.user:
            raise Failed(_("The user name is missing."))
        if not self._password:
            raise Failed(_("The password is missing."))
