"""What an administrator enters for another system, and whether it can be called."""

from urllib.parse import urlsplit

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from channels_social import standard_webhooks
from channels_social.api.client import OtherSystem
from csplatform.gateway import steps
from csplatform.gateway.contract import AccountConfig, AccountField, FieldKind, Finding
from csplatform.gateway.steps import Failed

FIELDS = (
    AccountField("address", _("Name of the system"), required=True, help=_("Any word; unique among accounts.")),
    AccountField(
        "inbound_secret",
        _("Secret for incoming calls"),
        FieldKind.SECRET,
        required=True,
        help=_("whsec_ and at least 24 random bytes in Base64. The other system signs with it."),
        group=_("Incoming"),
    ),
    AccountField(
        "file_hosts",
        _("Hosts of files"),
        FieldKind.LIST,
        help=_("Names of hosts, one a line, from which files are fetched beside the host that we call."),
        group=_("Incoming"),
    ),
    AccountField(
        "url",
        _("Address to call"),
        required=True,
        help=_("Answers are sent there by POST, such as https://shop.example.org/desk-messages."),
        group=_("Outgoing"),
    ),
    AccountField(
        "outbound_secret",
        _("Secret for outgoing calls"),
        FieldKind.SECRET,
        required=True,
        help=_("Another one of the same form. We sign with it."),
        group=_("Outgoing"),
    ),
    AccountField(
        "inbound_secret_new",
        _("New secret for incoming calls"),
        FieldKind.SECRET,
        help=_("While a secret is being replaced, both are good. Make it the only one in the end."),
        group=_("Replacing secrets"),
        rare=True,
    ),
    AccountField(
        "outbound_secret_new",
        _("New secret for outgoing calls"),
        FieldKind.SECRET,
        help=_("While a secret is being replaced, calls are signed with both."),
        group=_("Replacing secrets"),
        rare=True,
    ),
    AccountField(
        "timeout",
        _("Patience in seconds"),
        FieldKind.NUMBER,
        help=_("How long the other system may keep silent. Empty: 30."),
        group=_("Connection"),
        rare=True,
    ),
)


def check(account: AccountConfig) -> list[Finding]:
    """Return whether the secrets are good and the other system answers a ping, and only one that is signed."""
    trial = _Trial(account)
    return steps.run(
        [
            (gettext("The secret for incoming calls"), lambda: trial.secret("inbound_secret")),
            (gettext("The secret for outgoing calls"), lambda: trial.secret("outbound_secret")),
            (gettext("The address to call"), trial.address),
            (gettext("The other system answers"), trial.ping),
            (gettext("It checks signatures"), trial.forgery),
        ]
    )


class _Trial:
    def __init__(self, account: AccountConfig) -> None:
        self._account = account

    def secret(self, name: str) -> str:
        steps.want(self._account, name, gettext("The secret is missing."))
        if not standard_webhooks.key_of(self._account.credentials[name]):
            raise Failed(gettext("This is no secret of the form whsec_ and at least 24 bytes in Base64."))
        return ""

    def address(self) -> str:
        url = str(self._account.settings.get("url") or "")
        if not url:
            raise Failed(gettext("The address is missing."))
        if urlsplit(url).scheme == "http":
            return gettext("Calls to it are not encrypted: only signed.")
        return ""

    def ping(self) -> str:
        OtherSystem(self._account).tell("ping", {})
        return ""

    def forgery(self) -> str:
        if OtherSystem(self._account).tells_nonsense():
            raise Failed(gettext("It took a call that was signed with a wrong secret: anybody could call it."))
        return ""
