"""What an administrator enters for a bot, and whether it works: getMe and getWebhookInfo."""

import re
from datetime import datetime
from urllib.parse import urlsplit

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from channels_social import calling
from channels_social.reading import Node
from channels_social.telegram.client import API_BASE, BotApi
from csplatform.gateway import steps
from csplatform.gateway.contract import AccountConfig, AccountField, FieldKind, Finding
from csplatform.gateway.steps import Failed

# What our webhook understands; Telegram leaves reactions out unless it is asked for them.
UPDATES = ("message", "edited_message", "callback_query", "message_reaction", "my_chat_member")
# What Telegram takes for a `secret_token`.
SECRET_FORM = re.compile(r"[A-Za-z0-9_-]{1,256}")

FIELDS = (
    AccountField("address", _("Name of the bot"), required=True, help=_("Such as @shop_bot.")),
    AccountField(
        "bot_token",
        _("Token"),
        FieldKind.SECRET,
        required=True,
        help=_("From @BotFather."),
        group=_("Bot"),
    ),
    AccountField(
        "webhook_secret",
        _("Webhook secret"),
        FieldKind.SECRET,
        required=True,
        help=_("Any word of letters, digits, - and _; the same as “secret_token” of setWebhook."),
        group=_("Bot"),
    ),
    AccountField("api_base", _("Address of the Bot API"), help=API_BASE, group=_("Own Bot API server"), rare=True),
    AccountField(
        "timeout",
        _("Patience in seconds"),
        FieldKind.NUMBER,
        help=_("How long Telegram may keep silent. Empty: 30."),
        group=_("Own Bot API server"),
        rare=True,
    ),
)


def check(account: AccountConfig) -> list[Finding]:
    """Return whether Telegram takes the token, and whether it calls us. Never raises."""
    trial = _Trial(account)
    return steps.run(
        [
            (gettext("The token"), trial.token),
            (gettext("The webhook secret"), trial.secret),
            (gettext("Telegram calls us"), trial.webhook),
            (gettext("What Telegram tells us"), trial.updates),
        ]
    )


def enter_webhook(account: AccountConfig) -> None:
    """Tell Telegram where to call, by which secret, and of what. Raises SendFailed, SendUnavailable."""
    secret = calling.credential(account, "webhook_secret")
    BotApi(account).tell("setWebhook", url=account.webhook, secret_token=secret, allowed_updates=list(UPDATES))


class _Trial:
    def __init__(self, account: AccountConfig) -> None:
        self._account = account
        self._webhook = Node({}, "answer")

    def token(self) -> str:
        steps.want(self._account, "bot_token", gettext("The token is missing."))
        bot = BotApi(self._account).ask("getMe")
        return gettext("This is the bot @%(name)s.") % {"name": bot.text("username")}

    def secret(self) -> str:
        words = gettext("The webhook secret is missing, so every call of Telegram is turned away.")
        steps.want(self._account, "webhook_secret", words)
        if not SECRET_FORM.fullmatch(self._account.credentials["webhook_secret"]):
            raise Failed(gettext("Telegram takes only letters, digits, - and _ in a webhook secret, 256 at most."))
        return ""

    def webhook(self) -> str:
        self._webhook = said = BotApi(self._account).ask("getWebhookInfo")
        url, waiting = said.text("url"), int(said.number("pending_update_count"))
        if not url:
            raise Failed(gettext("Telegram does not know where to call. Tell it the webhook address by setWebhook."))
        if url != self._account.webhook:
            words = gettext("Telegram calls another address, on %(host)s. Tell it ours by setWebhook.")
            raise Failed(words % {"host": urlsplit(url).hostname})
        trouble = said.optional_text("last_error_message")
        if trouble and waiting:
            words = gettext("Telegram cannot reach us, and %(count)d updates wait. On %(when)s it said: “%(trouble)s”")
            when = _shown(said.moment("last_error_date"))
            raise Failed(words % {"count": waiting, "when": when, "trouble": trouble})
        return gettext("Telegram calls the webhook address of this account; %(count)d updates wait.") % {
            "count": waiting
        }

    def updates(self) -> str:
        told = self._webhook.values.get("allowed_updates")
        missing = sorted(set(UPDATES) - set(told)) if isinstance(told, list) and told else ["message_reaction"]
        if "message" in missing:
            raise Failed(gettext("Telegram was told to keep messages back. Call setWebhook with “allowed_updates”."))
        if missing:
            return gettext("Everything but %(missing)s.") % {"missing": ", ".join(missing)}
        return gettext("Everything this desk can show.")


def _shown(moment: datetime) -> str:
    return date_format(localtime(moment), "SHORT_DATETIME_FORMAT")
