"""What an administrator enters for a provider. The names are those that the provider's row in `known` asks for."""

from functools import partial

from django.utils.translation import gettext_lazy as _

from channels_email.providers.known import BASIC_AUTH, PROVIDERS
from csplatform.gateway.contract import AccountField, FieldKind

_field = partial(AccountField, group=_("Mail provider"), rare=True)
_secret = partial(_field, kind=FieldKind.SECRET)

FIELDS: tuple[AccountField, ...] = (
    _field(
        "provider",
        _("Provider"),
        FieldKind.CHOICE,
        help=_("Carries mail over HTTP, both ways. Where an SMTP server is set too, answers leave there."),
        choices=tuple((name, provider.label) for name, provider in PROVIDERS.items()),
    ),
    _secret("api_key", _("API key"), help=_("Not for Postmark, MailerSend, Mailtrap and Scaleway.")),
    _secret("server_token", _("Server token"), help="Postmark"),
    _secret("api_token", _("API token"), help="MailerSend, Mailtrap"),
    _secret("secret_key", _("Secret key"), help="Mailjet, Scaleway"),
    _secret(
        BASIC_AUTH,
        _("Password of the webhook"),
        help=_(
            "A user name and a password of your own, as name:password. Enter the webhook's address at the provider "
            "with them in front of the host: https://name:password@…"
        ),
    ),
    _secret("webhook_signing_key", _("Key of the webhook's signature"), help="Mailgun"),
    _secret("tracking_webhook_verification_key", _("Public key of the webhook's signature"), help="SendGrid"),
    _secret("webhook_key", _("Key of the webhook"), help="Mandrill, Postal"),
    _secret("signing_secret", _("Signing secret of the webhook"), help="MailerSend"),
    _secret("inbound_secret", _("Secret of the inbound route"), help="MailerSend"),
    _secret("tracking_secret", _("Signing secret of the webhook"), help="Mailtrap"),
    _field("sender_domain", _("Sending domain"), help=_("Mailgun; empty: that of the address.")),
    _field("message_stream", _("Message stream"), help="Postmark"),
    _field("project_id", _("Project"), help="Scaleway"),
    _field("region", _("Region"), help="Scaleway"),
    _field("webhook_url", _("Address of the webhook, as entered there"), help="Mandrill"),
    _field("api_url", _("Address of the API"), help=_("Empty: the provider's own. Postal and Unisender Go need it.")),
)
