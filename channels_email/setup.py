"""What an administrator enters for a mailbox. The names are those that the rest of this package reads."""

from functools import partial
from typing import Any

from django.utils.translation import gettext_lazy as _

from channels_email.providers.fields import FIELDS as PROVIDER_FIELDS
from csplatform.gateway.contract import AccountField, FieldKind

_incoming = partial(AccountField, group=_("Incoming mail (IMAP)"))
_outgoing = partial(AccountField, group=_("Outgoing mail (SMTP)"))
_oauth = partial(AccountField, group=_("Sign-in by OAuth"), rare=True)
_option = partial(AccountField, group=_("Options"), rare=True)
_dkim = partial(AccountField, group=_("DKIM signature"), rare=True)

SECURITY: tuple[tuple[str, Any], ...] = (
    ("ssl", _("TLS from the start")),
    ("starttls", _("STARTTLS")),
    ("none", _("None: everything is readable on the way")),
)

_IN = (
    _incoming(
        "imap_host",
        _("Server"),
        help=_("Such as imap.example.org. Empty: nothing is fetched; mail comes by SMTP, LMTP or a provider."),
    ),
    _incoming("imap_security", _("Security"), FieldKind.CHOICE, required=True, choices=SECURITY, default="ssl"),
    _incoming("imap_port", _("Port"), FieldKind.NUMBER, help=_("Empty: 993 for TLS, else 143.")),
    _incoming("imap_user", _("User name"), FieldKind.LOGIN, help=_("Mostly the mail address itself.")),
    _incoming(
        "imap_password",
        _("Password"),
        FieldKind.SECRET,
        help=_("Gmail, iCloud and Yahoo want an app password here, QQ Mail and NetEase an authorisation code."),
    ),
    _incoming("imap_folder", _("Folder"), default="INBOX", help=_("Several with commas between them.")),
    _incoming("imap_junk_folder", _("Spam folder"), help=_("Read too; what lies there is marked as spam.")),
    _incoming(
        "imap_after",
        _("Fetched mail"),
        FieldKind.CHOICE,
        required=True,
        help=_("What happens to it on the mail server once it is stored here."),
        choices=(("keep", _("Stays where it is")), ("move", _("Is moved")), ("delete", _("Is deleted"))),
        default="keep",
    ),
    _incoming(
        "imap_after_folder", _("Folder for fetched mail"), help=_("Where it is moved to; made if it is not there.")
    ),
    _incoming(
        "imap_skip_existing",
        _("Skip mail that is already there"),
        FieldKind.SWITCH,
        help=_("Counts when the mailbox is read for the first time."),
        default=False,
    ),
)

_OUT = (
    _outgoing("smtp_host", _("Server"), help=_("Such as smtp.example.org.")),
    _outgoing("smtp_security", _("Security"), FieldKind.CHOICE, required=True, choices=SECURITY, default="starttls"),
    _outgoing(
        "smtp_port",
        _("Port"),
        FieldKind.NUMBER,
        help=_("Empty: 465 for TLS, 587 for STARTTLS, else 25."),
    ),
    _outgoing(
        "smtp_user",
        _("User name"),
        FieldKind.LOGIN,
        help=_("Empty where the server wants no login."),
    ),
    _outgoing(
        "smtp_password",
        _("Password"),
        FieldKind.SECRET,
        help=_("Mostly the same as for incoming mail."),
    ),
    _outgoing(
        "from_name",
        _("Sender's name"),
        help=_("What customers see before the address. Empty: the name of this account."),
    ),
    _outgoing(
        "smtp_per_minute",
        _("Mails a minute, at most"),
        FieldKind.NUMBER,
        help=_("Empty: as fast as the server takes them."),
    ),
)

_SIGN_IN = (
    _oauth(
        "oauth_provider",
        _("Provider"),
        FieldKind.CHOICE,
        help=_("Instead of passwords, for incoming and outgoing mail."),
        choices=(("google", "Google"), ("microsoft", "Microsoft 365"), ("custom", _("Another one"))),
    ),
    _oauth("oauth_client_id", _("Client id"), FieldKind.LOGIN),
    _oauth("oauth_client_secret", _("Client secret"), FieldKind.SECRET),
    _oauth("oauth_refresh_token", _("Refresh token"), FieldKind.SECRET),
    _oauth("oauth_tenant", _("Tenant"), help=_("Microsoft 365 only: the directory's id. Empty: any.")),
    _oauth("oauth_token_url", _("Token address"), help=_("For another provider only.")),
    _oauth("oauth_authorize_url", _("Sign-in address"), help=_("For another provider only.")),
    _oauth("oauth_scope", _("Scope"), help=_("For another provider only.")),
)

_CHOICES = (
    _option(
        "plus_addressing",
        _("Answers come back to a plus address"),
        FieldKind.SWITCH,
        help=_("Such as support+c42@example.org. Turn it off where the mail server does not know plus addresses."),
        default=True,
    ),
    _option(
        "subject_tag",
        _("Number in the subject"),
        FieldKind.SWITCH,
        help=_("A tag at the end of the subject, for customers whose mail programs lose everything else."),
        default=False,
    ),
    _option(
        "trusted_authserv",
        _("Trusted checkers of senders"),
        FieldKind.LIST,
        help=_(
            "Names of servers, one a line, whose Authentication-Results are believed: your own mail server, such as "
            "mx.example.org."
        ),
    ),
    _option(
        "protected_domains",
        _("Domains that others may imitate"),
        FieldKind.LIST,
        help=_("One a line, beside your own. Senders whose domain only looks like one of them are marked."),
    ),
    _option(
        "spam_score",
        _("Spam from this score"),
        FieldKind.NUMBER,
        help=_("The score is the one that your mail server's filter gave. 0: never."),
        default=5,
    ),
)

_SIGNING = (
    _dkim(
        "dkim_selector",
        _("Selector"),
        help=_("Leave all of this empty where your mail server signs by itself, as most do."),
    ),
    _dkim("dkim_domain", _("Domain"), help=_("Empty: that of the address.")),
    _dkim(
        "dkim_private_key",
        _("Private key"),
        FieldKind.LONG_SECRET,
        help=_("An RSA key in PEM form."),
    ),
)

FIELDS: tuple[AccountField, ...] = (
    AccountField("address", _("Mail address"), required=True, help=_("Such as support@example.org.")),
    *(*_IN, *_OUT, *_SIGN_IN, *PROVIDER_FIELDS, *_CHOICES, *_SIGNING),
)
