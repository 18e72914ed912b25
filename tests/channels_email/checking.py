"""Mailboxes to test live: their settings, the servers, and what a test of them finds."""

import os
import ssl
from collections.abc import Sequence
from typing import Any

import pytest

from channels_email.check import check
from csplatform.gateway.contract import AccountConfig, Finding
from tests.platforms.dovecot import BINARY
from tests.platforms.dovecot import PASSWORD as IMAP_PASSWORD
from tests.platforms.smtp import PASSWORD as SMTP_PASSWORD
from tests.platforms.smtp import USER
from tests.platforms.talker import Talker

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


def encrypted(greeting: str, answers: dict[str, str], security: str, shown: ssl.SSLContext) -> Talker:
    at_once = security == "ssl"
    return Talker(greeting, answers, tls=shown if at_once else None, starttls=None if at_once else shown)
