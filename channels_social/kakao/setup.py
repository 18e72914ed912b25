"""What an administrator enters for a KakaoTalk channel. The partner offers nothing to ask that would change nothing."""

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from channels_social.kakao.client import API_BASE
from csplatform.gateway import steps
from csplatform.gateway.contract import AccountConfig, AccountField, FieldKind, Finding

FIELDS = (
    AccountField(
        "address", _("Sender key"), required=True, help=_("Of the KakaoTalk channel, 40 characters, from the partner.")
    ),
    AccountField(
        "client_id",
        _("Client id"),
        FieldKind.LOGIN,
        required=True,
        help=_("HT-Client-Id, from the partner."),
        group=_("Happytalk"),
    ),
    AccountField(
        "client_secret",
        _("Client secret"),
        FieldKind.SECRET,
        required=True,
        help=_("HT-Client-Secret, from the partner."),
        group=_("Happytalk"),
    ),
    AccountField(
        "webhook_key",
        _("Key of the webhook address"),
        FieldKind.SECRET,
        required=True,
        help=_(
            "Any long word of letters and digits. Register the webhook address with “?key=” and this word behind it."
        ),
        group=_("Happytalk"),
    ),
    AccountField("api_base", _("Address of the partner"), help=API_BASE, group=_("Connection"), rare=True),
    AccountField(
        "timeout",
        _("Patience in seconds"),
        FieldKind.NUMBER,
        help=_("How long the partner may keep silent. Empty: 30."),
        group=_("Connection"),
        rare=True,
    ),
)


def check(account: AccountConfig) -> list[Finding]:
    """Return whether everything is entered; only a message would prove more. Never raises."""

    def entered() -> str:
        for name, words in (
            ("client_id", gettext("The client id is missing.")),
            ("client_secret", gettext("The client secret is missing.")),
            ("webhook_key", gettext("The key is missing, so every call of the partner is turned away.")),
        ):
            steps.want(account, name, words)
        return gettext("Everything is entered. Whether the partner takes it, only a message can tell.")

    return steps.run([(gettext("What is entered"), entered)])
