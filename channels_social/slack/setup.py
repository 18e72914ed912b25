"""What an administrator enters for an app, and whether it works: auth.test, and the scopes it tells."""

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from channels_social.slack.client import API_BASE, WebApi
from csplatform.gateway import steps
from csplatform.gateway.contract import AccountConfig, AccountField, FieldKind, Finding
from csplatform.gateway.steps import Failed
from csplatform.gateway.tokens import REFRESH_TOKEN

# Without these nothing comes or goes; without the others something is missing.
NEEDED = ("chat:write", "im:history")
WANTED = ("files:read", "files:write", "im:read", "reactions:read", "users:read")

FIELDS = (
    AccountField(
        "address",
        _("Workspace id"),
        required=True,
        help=_("Begins with T; the test below shows it, and so does the address of Slack in a browser."),
    ),
    AccountField(
        "bot_token",
        _("Bot token"),
        FieldKind.SECRET,
        help=_("Begins with xoxb-. Under OAuth & Permissions, once the app is installed."),
        group=_("Slack app"),
    ),
    AccountField(
        "signing_secret",
        _("Signing secret"),
        FieldKind.SECRET,
        required=True,
        help=_("Under Basic Information. Slack signs its calls with it."),
        group=_("Slack app"),
    ),
    AccountField("client_id", _("Client id"), FieldKind.LOGIN, group=_("Token rotation"), rare=True),
    AccountField("client_secret", _("Client secret"), FieldKind.SECRET, group=_("Token rotation"), rare=True),
    AccountField(
        REFRESH_TOKEN,
        _("Refresh token"),
        FieldKind.SECRET,
        help=_("Begins with xoxe-1-. Only where the app rotates its tokens; the bot token is then left empty."),
        group=_("Token rotation"),
        rare=True,
    ),
    AccountField("api_base", _("Address of the Web API"), help=API_BASE, group=_("Connection"), rare=True),
    AccountField(
        "timeout",
        _("Patience in seconds"),
        FieldKind.NUMBER,
        help=_("How long Slack may keep silent. Empty: 30."),
        group=_("Connection"),
        rare=True,
    ),
)


def check(account: AccountConfig) -> list[Finding]:
    """Return whether Slack takes the token, whose it is, and what it allows. Never raises."""
    trial = _Trial(account)
    return steps.run(
        [
            (gettext("The bot token"), trial.token),
            (gettext("The workspace"), trial.workspace),
            (gettext("What the app may do"), trial.scopes),
            (gettext("The signing secret"), trial.secret),
        ]
    )


class _Trial:
    def __init__(self, account: AccountConfig) -> None:
        self._account = account
        self._team = ""
        self._scopes: frozenset[str] | None = None

    def token(self) -> str:
        if not self._account.credentials.get(REFRESH_TOKEN):
            steps.want(self._account, "bot_token", gettext("The bot token is missing."))
        said, headers = WebApi(self._account).ask_whole("auth.test")
        self._team = said.identifier("team_id")
        if "x-oauth-scopes" in headers:
            self._scopes = frozenset(scope.strip() for scope in headers["x-oauth-scopes"].split(","))
        facts = {"name": said.optional_text("user"), "team": said.optional_text("team")}
        return gettext("This is the app @%(name)s in the workspace “%(team)s”.") % facts

    def workspace(self) -> str:
        if self._team != self._account.address:
            words = gettext("This token belongs to the workspace with the id %(id)s: enter that.")
            raise Failed(words % {"id": self._team})
        return ""

    def scopes(self) -> str:
        if self._scopes is None:
            return gettext("Slack does not say.")
        missing = [scope for scope in NEEDED if scope not in self._scopes]
        if missing:
            words = gettext("Give the app these scopes and install it again: %(missing)s.")
            raise Failed(words % {"missing": ", ".join(missing)})
        missing = [scope for scope in WANTED if scope not in self._scopes]
        if missing:
            return gettext("Everything but %(missing)s.") % {"missing": ", ".join(missing)}
        return gettext("Everything this desk can show.")

    def secret(self) -> str:
        words = gettext("The signing secret is missing, so every call of Slack is turned away.")
        steps.want(self._account, "signing_secret", words)
        return ""
