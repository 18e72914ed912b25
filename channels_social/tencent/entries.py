"""Fields that accounts of WeChat and WeCom have in common, and what can be said of them without asking anybody."""

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from channels_social.tencent.crypto import is_key
from csplatform.gateway import steps
from csplatform.gateway.contract import AccountConfig, AccountField, FieldKind
from csplatform.gateway.steps import Failed


def sealing() -> tuple[AccountField, ...]:
    """Return the fields by which calls are signed and sealed."""
    group = _("Receiving")
    return (
        AccountField(
            "token",
            _("Token"),
            FieldKind.SECRET,
            required=True,
            help=_("Any word of letters and digits; enter the same over there, beside the webhook address."),
            group=group,
        ),
        AccountField(
            "aes_key",
            _("EncodingAESKey"),
            FieldKind.SECRET,
            required=True,
            help=_("The 43 letters and digits that are made over there, beside the token."),
            group=group,
        ),
        AccountField(
            "former_aes_key",
            _("EncodingAESKey before that"),
            FieldKind.SECRET,
            help=_("After the key was changed: what is still sealed with the old one can be read, too."),
            group=group,
        ),
    )


def connection(base: str) -> tuple[AccountField, ...]:
    """Return the fields that say where the platform is, for whoever reaches it another way."""
    group = _("Connection")
    return (
        AccountField("api_base", _("Address of the API"), help=base, group=group, rare=True),
        AccountField(
            "timeout",
            _("Patience in seconds"),
            FieldKind.NUMBER,
            help=_("How long the platform may keep silent. Empty: 30."),
            group=group,
            rare=True,
        ),
    )


def check_sealing(account: AccountConfig) -> str:
    """Return that the token and the key can be right. Raises Failed."""
    steps.want(account, "token", gettext("The token is missing, so every call is turned away."))
    steps.want(account, "aes_key", gettext("The EncodingAESKey is missing, so every call is turned away."))
    for name in ("aes_key", "former_aes_key"):
        key = account.credentials.get(name)
        if key and not is_key(key):
            raise Failed(gettext("An EncodingAESKey has 43 letters and digits; this one does not."))
    return ""
