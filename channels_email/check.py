"""Trying a mailbox's settings out, live: incoming and outgoing mail side by side. Nothing changes, nothing is sent."""

import ssl
from collections.abc import Callable
from time import monotonic

from django.utils.translation import gettext as _

from channels_email.checks.deadline import Deadline
from channels_email.checks.imap import ImapTrial
from channels_email.checks.smtp import SmtpTrial
from channels_email.providers.known import Provider, provider_of
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
        provider = provider_of(account)
        words = _("No IMAP server is set, so nothing is fetched: mail comes by SMTP or LMTP.")
        if provider is not None and provider.inbound:
            words = _("Mail comes from %(provider)s, once it calls the webhook address.") % {"provider": provider.label}
        return [Finding(_("Incoming mail"), None, words)]
    return _tried(lambda: ImapTrial(account, tls, Deadline(LIMIT)))


def _outgoing(account: AccountConfig, tls: ssl.SSLContext) -> list[Finding]:
    if account.settings.get("smtp_host"):
        return _tried(lambda: SmtpTrial(account, tls, Deadline(LIMIT)))
    return [_carried(account, provider_of(account))]


def _carried(account: AccountConfig, provider: Provider | None) -> Finding:
    """Return what can be said of a provider without sending anything."""
    step = _("Outgoing mail")
    if provider is None:
        return Finding(step, False, _("No SMTP server is set, so answers cannot be sent."))
    facts = {"provider": provider.label}
    if not provider.backend:
        return Finding(step, False, _("%(provider)s sends by SMTP: enter its SMTP server.") % facts)
    if not any(account.credentials.get(name) for name in provider.options):
        return Finding(step, False, _("The key for %(provider)s is missing.") % facts)
    return Finding(step, None, _("Mail leaves by %(provider)s, which cannot be tried without sending.") % facts)


def _tried(begin: Callable[[], ImapTrial | SmtpTrial]) -> list[Finding]:
    trial = begin()
    try:
        return run(trial.steps())
    finally:
        trial.close()
