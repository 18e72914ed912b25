"""What an administrator enters for a LINE Official Account, and whether it works."""

from urllib.parse import urlsplit

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from channels_social.line.client import API_BASE, DATA_BASE, UNKNOWN_PERSON, MessagingApi
from csplatform.gateway import steps
from csplatform.gateway.contract import AccountConfig, AccountField, FieldKind, Finding
from csplatform.gateway.errors import SendFailed
from csplatform.gateway.steps import Failed

FIELDS = (
    AccountField(
        "address",
        _("Channel ID"),
        required=True,
        help=_("A number, in the LINE Developers Console under Basic settings."),
    ),
    AccountField(
        "channel_secret",
        _("Channel secret"),
        FieldKind.SECRET,
        required=True,
        help=_("Under Basic settings. LINE signs its calls with it."),
        group=_("Messaging API channel"),
    ),
    AccountField(
        "access_token",
        _("Long-lived channel access token"),
        FieldKind.SECRET,
        help=_("Not needed: without one, short-lived tokens are asked for."),
        group=_("Messaging API channel"),
    ),
    AccountField("api_base", _("Address of the Messaging API"), help=API_BASE, group=_("Connection"), rare=True),
    AccountField("data_base", _("Address of files"), help=DATA_BASE, group=_("Connection"), rare=True),
    AccountField(
        "timeout",
        _("Patience in seconds"),
        FieldKind.NUMBER,
        help=_("How long LINE may keep silent. Empty: 30."),
        group=_("Connection"),
        rare=True,
    ),
)


def check(account: AccountConfig) -> list[Finding]:
    """Return whether LINE gives a token and calls us, and how many messages are left. Never raises."""
    trial = _Trial(account)
    return steps.run(
        [
            (gettext("The channel"), trial.channel),
            (gettext("LINE calls us"), trial.webhook),
            (gettext("Messages of this month"), trial.quota),
        ]
    )


class _Trial:
    def __init__(self, account: AccountConfig) -> None:
        self._account = account

    def channel(self) -> str:
        words = gettext("The channel secret is missing, so every call of LINE is turned away.")
        steps.want(self._account, "channel_secret", words)
        said = MessagingApi(self._account).ask("v2/bot/info")
        return gettext("This is “%(name)s”, %(id)s.") % {"name": said.text("displayName"), "id": said.text("basicId")}

    def webhook(self) -> str:
        try:
            said = MessagingApi(self._account).ask("v2/bot/channel/webhook/endpoint")
        except SendFailed as failure:
            if failure.reason != UNKNOWN_PERSON:
                raise
            words = gettext("LINE does not know where to call. Enter the webhook address under Messaging API.")
            raise Failed(words) from None
        url = said.text("endpoint")
        if url != self._account.webhook:
            words = gettext("LINE calls another address, on %(host)s. Enter ours under Messaging API.")
            raise Failed(words % {"host": urlsplit(url).hostname})
        if said.values.get("active") is not True:
            raise Failed(gettext("LINE knows our address and does not call it. Switch on “Use webhook”."))
        return gettext("LINE calls the webhook address of this account.")

    def quota(self) -> str:
        api = MessagingApi(self._account)
        quota, used = (
            api.ask("v2/bot/message/quota"),
            int(api.ask("v2/bot/message/quota/consumption").number("totalUsage")),
        )
        if quota.text("type") == "none":
            return gettext("%(used)d sent, without a limit.") % {"used": used}
        most = int(quota.number("value"))
        if used >= most:
            raise Failed(gettext("All %(most)d messages are used up, so no answer reaches anybody.") % {"most": most})
        return gettext("%(used)d of %(most)d sent.") % {"used": used, "most": most}
