"""Trying a mailbox's settings out, live: incoming and outgoing mail side by side. Nothing changes, nothing is sent."""

import ssl
from collections.abc import Callable
from time import monotonic

from django.utils.translation import gettext as _

from channels_email.checks.deadline import Deadline
from channels_email.checks.imap import ImapTrial
from channels_email.checks.smtp import SmtpTrial
from channels_email.providers.known import provider_of
from csplatform.common.errand import Errand
from csplatform.gateway.contract import AccountConfig, Finding
from csplatform.gateway.steps import run

# Seconds for each of the two.
LIMIT = 16.0
# Above that, for what cannot be broken off.
SLACK = 2.0


def check(account: AccountConfig, *, tls: ssl.SSLContext | None = None) -> list[Finding]:
    """Return what works and what does not, step by step; `tls` says which certificates to trust. Never raises."""
    context = tls or ssl.create_default_context()
    end = monotonic() + LIMIT + SLACK
    errands = [Errand(part) for part in (lambda: _incoming(account, context), lambda: _outgoing(account, context))]
    return [finding for errand in errands for finding in _result(errand, end - monotonic())]


def _result(errand: Errand[list[Finding]], seconds: float) -> list[Finding]:
    try:
        return errand.result(seconds)
    except TimeoutError:
        return [Finding(_("Mail server"), False, _("The server is so slow that the test was broken off."))]


def _incoming(account: AccountConfig, tls: ssl.SSLContext) -> list[Finding]:
    if not account.settings.get("imap_host"):
        words = _("No IMAP server is set, so nothing is fetched: mail comes by SMTP, LMTP or a provider.")
        return [Finding(_("Incoming mail"), None, words)]
    return _tried(lambda: ImapTrial(account, tls, Deadline(LIMIT)))


def _outgoing(account: AccountConfig, tls: ssl.SSLContext) -> list[Finding]:
    carrier = provider_of(account)
    if not account.settings.get("smtp_host") and carrier is not None and carrier.backend:
        words = _("Answers leave through %(provider)s; its key is tried with the first of them.")
        return [Finding(_("Outgoing mail"), None, words % {"provider": carrier.label})]
    if not account.settings.get("smtp_host"):
        words = _("No SMTP server is set, so answers cannot be sent.")
        return [Finding(_("Outgoing mail"), False, words)]
    return _tried(lambda: SmtpTrial(account, tls, Deadline(LIMIT)))


def _tried(begin: Callable[[], ImapTrial | SmtpTrial]) -> list[Finding]:
    trial = begin()
    try:
        return run(trial.steps())
    finally:
        trial.close()
