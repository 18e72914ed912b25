"""What an administrator enters for a number at Twilio, and whether it works."""

from urllib.parse import urlsplit

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from channels_social.reading import Node
from channels_social.twilio.client import API_BASE, TwilioApi
from csplatform.gateway import steps
from csplatform.gateway.contract import AccountConfig, AccountField, FieldKind, Finding
from csplatform.gateway.steps import Failed

FIELDS = (
    AccountField(
        "address",
        _("Number, or messaging service"),
        required=True,
        help=_("As +14155550100, or the id of a messaging service, which begins with MG."),
    ),
    AccountField(
        "account_sid",
        _("Account SID"),
        FieldKind.LOGIN,
        required=True,
        help=_("Begins with AC; on the start page of the Twilio Console."),
        group=_("Twilio account"),
    ),
    AccountField(
        "auth_token",
        _("Auth token"),
        FieldKind.SECRET,
        required=True,
        help=_("Beside it. Twilio signs its calls with it."),
        group=_("Twilio account"),
    ),
    AccountField(
        "mms",
        _("This number can send pictures (MMS)"),
        FieldKind.SWITCH,
        help=_("Numbers of the United States, Canada and Australia can. Otherwise files go as links."),
        group=_("Twilio account"),
    ),
    AccountField(
        "api_key", _("API key SID"), FieldKind.LOGIN, help=_("Begins with SK."), group=_("API key"), rare=True
    ),
    AccountField(
        "api_secret",
        _("API key secret"),
        FieldKind.SECRET,
        help=_("Used for our calls, instead of the auth token."),
        group=_("API key"),
        rare=True,
    ),
    AccountField("api_base", _("Address of the REST API"), help=API_BASE, group=_("Connection"), rare=True),
    AccountField(
        "timeout",
        _("Patience in seconds"),
        FieldKind.NUMBER,
        help=_("How long Twilio may keep silent. Empty: 30."),
        group=_("Connection"),
        rare=True,
    ),
)


def check(account: AccountConfig) -> list[Finding]:
    """Return whether Twilio lets us in, knows the number, and calls us. Never raises."""
    trial = _Trial(account)
    steps_of_all = [(gettext("The account"), trial.account), (gettext("The auth token"), trial.token)]
    if account.address.startswith("MG"):
        return steps.run([*steps_of_all, (gettext("Twilio calls us"), _service)])
    return steps.run(
        [*steps_of_all, (gettext("The number"), trial.number), (gettext("Twilio calls us"), trial.webhook)]
    )


def _service() -> str:
    """A messaging service is asked about on another host, where an account's token may not reach."""
    return gettext("Please look yourself: the service must send a webhook to our address, under Integration.")


class _Trial:
    def __init__(self, account: AccountConfig) -> None:
        self._account = account
        self._number = Node({}, "answer")

    def account(self) -> str:
        steps.want(self._account, "account_sid", gettext("The account SID is missing."))
        secret = "api_secret" if self._account.credentials.get("api_key") else "auth_token"
        steps.want(self._account, secret, gettext("The auth token, or the secret of the API key, is missing."))
        said = TwilioApi(self._account).ask()
        if said.text("status") != "active":
            raise Failed(gettext("Twilio has suspended or closed this account."))
        return gettext("This is “%(name)s”.") % {"name": said.text("friendly_name")}

    def token(self) -> str:
        words = gettext("The auth token is missing, so every call of Twilio is turned away.")
        steps.want(self._account, "auth_token", words)
        return ""

    def number(self) -> str:
        found = TwilioApi(self._account).ask("/IncomingPhoneNumbers", PhoneNumber=self._account.address)
        numbers = found.children("incoming_phone_numbers")
        if not numbers:
            raise Failed(gettext("The account has no number %(number)s.") % {"number": self._account.address})
        self._number = numbers[0]
        can = self._number.child("capabilities")
        if can.values.get("sms") is not True:
            raise Failed(gettext("This number cannot send text messages."))
        if self._account.settings.get("mms") is True and can.values.get("mms") is not True:
            raise Failed(gettext("This number cannot send pictures: switch MMS off here, and files go as links."))
        return ""

    def webhook(self) -> str:
        url = self._number.optional_text("sms_url")
        if not url:
            raise Failed(gettext("Twilio does not know where to call. Enter the webhook address for the number."))
        if url.partition("#")[0] != self._account.webhook:
            words = gettext("Twilio calls another address, on %(host)s. Enter ours for the number.")
            raise Failed(words % {"host": urlsplit(url).hostname})
        if self._number.optional_text("sms_method") != "POST":
            raise Failed(gettext("Twilio calls our address with GET. Choose HTTP POST beside it."))
        return gettext("Twilio calls the webhook address of this account.")
