"""What mail servers say, and what it means for somebody who sets up a mailbox.

Providers say the same thing each in their own way; the patterns are taken from what their servers answer.
"""

import re
from typing import Any, NamedTuple

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

_SIGNS = [
    ("IMAP", re.compile(r"\* (?:OK|BYE|PREAUTH)\b", re.IGNORECASE)),
    ("FTP", re.compile(r"220.*\bftp", re.IGNORECASE)),
    ("SMTP", re.compile(r"[245]\d\d(?:[ -]|$)")),
    ("POP3", re.compile(r"\+OK|-ERR")),
    ("SSH", re.compile(r"SSH-")),
    ("HTTP", re.compile(r"HTTP/|<(?:!doctype|html)", re.IGNORECASE)),
]


def readable(said: bytes | str) -> str:
    """Return a server's words on one line; some in China answer in GBK."""
    text = said if isinstance(said, str) else _decoded(said)
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())[:300]


def _decoded(said: bytes) -> str:
    try:
        return said.decode()
    except UnicodeDecodeError:
        return said.decode("gb18030", "replace")


def other_service(said: str, wanted: str) -> str:
    """Return what else answers on a port, by the first thing it says; empty where it speaks the `wanted` protocol."""
    speaks = next((name for name, sign in _SIGNS if sign.match(said)), "")
    if speaks == wanted:
        return ""
    if speaks:
        return gettext("This is no %(wanted)s server but one for %(found)s. Check the name and the port.") % {
            "wanted": wanted,
            "found": speaks,
        }
    return gettext("This is no %(wanted)s server. It says: “%(said)s”") % {"wanted": wanted, "said": said}


class _Rule(NamedTuple):
    """Where a server's name and its words fit both patterns, `advice` is what to do."""

    host: str
    said: str
    advice: Any


_GOOGLE = r"gmail|google"
_MICROSOFT = r"outlook|office365|hotmail|live\.com|microsoft"
_NETEASE = r"(?:^|\.)(?:163|126|188|yeah|netease)\b"
_RULES = (
    _Rule(
        _GOOGLE,
        r"web ?login ?required|via your web browser|webloginrequired",
        _("Google wants somebody to log in to this mailbox once in a browser, and to confirm that it was them."),
    ),
    _Rule(
        _GOOGLE,
        r"not enabled for imap|imap access is disabled|enable imap",
        _("IMAP is switched off for this mailbox. Switch it on in Gmail's settings, or have Workspace's admin do so."),
    ),
    _Rule(
        _GOOGLE,
        r"app(?:lication)?-specific password|invalidsecondfactor|invalid credentials|badcredentials|not accepted",
        _(
            "Google does not take the mailbox's own password here. Switch on two-step verification, create an app "
            "password at myaccount.google.com/apppasswords and enter it as password; or sign in by OAuth."
        ),
    ),
    _Rule(
        _MICROSOFT,
        r"smtpclientauthentication is disabled",
        _(
            "Sending by SMTP is switched off for this mailbox. An administrator of Microsoft 365 switches on "
            "“Authenticated SMTP” among the mailbox's email apps."
        ),
    ),
    _Rule(
        _MICROSOFT,
        r"authenticated but not connected",
        _(
            "The sign-in is right, but it does not open this mailbox: IMAP is switched off for it, or the user has no "
            "licence or no right to it."
        ),
    ),
    _Rule(
        _MICROSOFT,
        r"basic ?auth(?:entication is disabled|blocked)|(?:log ?in|authenticate) failed|authentication unsuccessful",
        _("Microsoft takes no passwords from mail programs any more. Sign in by OAuth, provider Microsoft 365."),
    ),
    _Rule(
        r"exmail\.qq",
        r"authoriz|login fail|password|authentication failed",
        _(
            "Tencent Exmail wants a client password. Create one in its settings under mail clients and enter it here "
            "as password."
        ),
    ),
    _Rule(
        r"qq\.com|foxmail",
        r"authoriz|login fail|password|authentication failed|授权码",
        _(
            "QQ Mail does not take the mailbox's own password here. Create an authorisation code (授权码) in QQ Mail, "
            "under Settings, Account, IMAP/SMTP service, and enter it as password."
        ),
    ),
    _Rule(
        _NETEASE,
        r"unsafe login",
        _(
            "NetEase takes this for an unsafe login. Allow mail programs in NetEase Mail, under Settings, "
            "POP3/SMTP/IMAP; if that does not help, ask kefu@188.com."
        ),
    ),
    _Rule(
        _NETEASE,
        r"no permission",
        _("SMTP is not switched on for this mailbox. Switch it on in NetEase Mail, under Settings, POP3/SMTP/IMAP."),
    ),
    _Rule(
        _NETEASE,
        r"authoriz|login|password|authentication failed|授权",
        _(
            "NetEase does not take the mailbox's own password here. Create an authorisation code (授权码) in NetEase "
            "Mail, under Settings, POP3/SMTP/IMAP, and enter it as password."
        ),
    ),
    _Rule(
        r"yandex",
        r"imap is disabled|application password|invalid credentials|authentication",
        _("Yandex wants an app password, and mail programs allowed in the mailbox's settings."),
    ),
    _Rule(
        r"yahoo|aol|mail\.me\.com|icloud|zoho|fastmail|mail\.ru",
        r"invalid|fail|app(?:lication)?[ -](?:specific )?password|credentials",
        _(
            "This provider takes an app password from mail programs, not the mailbox's own one. Create one in the "
            "account's security settings and enter it as password."
        ),
    ),
    _Rule(
        "",
        r"app(?:lication)?[ -](?:specific )?password",
        _("The server wants an app password. Create one in the account's security settings and enter it as password."),
    ),
    _Rule(
        "",
        r"too many|rate limit|try again later|frequency|temporarily|\[unavailable\]|^4\d\d",
        _("The server turns logins away for now, perhaps after too many attempts. Wait a while and try again."),
    ),
    _Rule(
        "",
        r"imap (?:access )?(?:is )?(?:disabled|not enabled|switched off)|enable imap",
        _("IMAP is switched off for this mailbox. Switch it on in the mailbox's settings."),
    ),
    _Rule(
        "",
        r"privacyrequired|must issue a starttls|encryption required|confidentiality required",
        _("The server takes no password on a connection that is not encrypted. Choose TLS or STARTTLS as security."),
    ),
)


def advice(host: str, said: str) -> str:
    """Return what to do about a server's words, empty where they are not known."""
    for rule in _RULES:
        if re.search(rule.host, host, re.IGNORECASE) and re.search(rule.said, said, re.IGNORECASE):
            return str(rule.advice)
    return ""


def with_said(words: str, said: str) -> str:
    """Return our words with the server's own on a line below."""
    return f"{words}\n" + gettext("The server says: “%(said)s”") % {"said": said} if said else words
