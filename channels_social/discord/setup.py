"""What an administrator enters for a bot, and whether it works: who the token's bot is, and how the Gateway is."""

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from channels_social.discord.client import API_BASE, RestApi
from csplatform.gateway import steps
from csplatform.gateway.contract import AccountConfig, AccountField, FieldKind, Finding
from csplatform.gateway.steps import Failed

FIELDS = (
    AccountField(
        "address",
        _("User id of the bot"),
        required=True,
        help=_("A long number; for most bots the same as the application id. The test below shows it."),
    ),
    AccountField(
        "bot_token",
        _("Bot token"),
        FieldKind.SECRET,
        required=True,
        help=_("Under Bot, “Reset Token”. It is shown once."),
        group=_("Bot"),
    ),
    AccountField(
        "public_key",
        _("Public key"),
        FieldKind.LOGIN,
        help=_("Under General Information. Only where the address below is its “Interactions Endpoint URL”."),
        group=_("Buttons by webhook"),
        rare=True,
    ),
    AccountField("api_base", _("Address of the REST API"), help=API_BASE, group=_("Connection"), rare=True),
    AccountField(
        "timeout",
        _("Patience in seconds"),
        FieldKind.NUMBER,
        help=_("How long Discord may keep silent. Empty: 30."),
        group=_("Connection"),
        rare=True,
    ),
)


def check(account: AccountConfig) -> list[Finding]:
    """Return whether Discord takes the token, whose it is, and whether a session may begin. Never raises."""
    trial = _Trial(account)
    return steps.run(
        [
            (gettext("The bot token"), trial.token),
            (gettext("The bot"), trial.bot),
            (gettext("The Gateway"), trial.gateway),
        ]
    )


class _Trial:
    def __init__(self, account: AccountConfig) -> None:
        self._account = account
        self._bot = ""

    def token(self) -> str:
        steps.want(self._account, "bot_token", gettext("The bot token is missing."))
        said = RestApi(self._account).me()
        self._bot = said.identifier("id")
        return gettext("This is the bot %(name)s.") % {"name": said.text("username")}

    def bot(self) -> str:
        if self._bot != self._account.address:
            raise Failed(gettext("The user id of this token's bot is %(id)s: enter that.") % {"id": self._bot})
        return ""

    def gateway(self) -> str:
        place = RestApi(self._account).gateway()
        if not place.sessions_left:
            raise Failed(gettext("Discord lets this bot begin no more sessions today: something begins them in a row."))
        words = gettext("%(count)d sessions may begin until tomorrow.")
        return words % {"count": place.sessions_left}
