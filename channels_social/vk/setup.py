"""What an administrator enters for a VK community, and whether it works."""

from urllib.parse import urlsplit

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from channels_social.reading import Node
from channels_social.signatures import same
from channels_social.vk.client import API_BASE, VkApi
from csplatform.gateway import steps
from csplatform.gateway.contract import AccountConfig, AccountField, FieldKind, Finding
from csplatform.gateway.steps import Failed

# What the community's settings must tell us, the most important first.
EVENTS = (
    "message_new",
    "message_reply",
    "message_edit",
    "message_read",
    "message_allow",
    "message_deny",
    "message_typing_state",
    "message_reaction_event",
)
# What the token must be allowed; the last one is needed only to see where VK calls.
RIGHTS = ("messages", "photos", "docs", "manage")

FIELDS = (
    AccountField("address", _("Number of the community"), required=True, help=_("Only digits, as in vk.com/club123.")),
    AccountField(
        "access_token",
        _("Access token"),
        FieldKind.SECRET,
        required=True,
        help=_("Of the community: Manage → API usage → Access tokens."),
        group=_("Community"),
    ),
    AccountField(
        "secret",
        _("Secret key"),
        FieldKind.SECRET,
        required=True,
        help=_("Any word; enter the same one under API usage → Callback API. VK sends it with every call."),
        group=_("Callback API"),
    ),
    AccountField(
        "confirmation",
        _("String to be returned"),
        required=True,
        help=_("Shown under API usage → Callback API. VK asks for it once, when you press “Confirm”."),
        group=_("Callback API"),
    ),
    AccountField("api_base", _("Address of the VK API"), help=API_BASE, group=_("Connection"), rare=True),
    AccountField(
        "timeout",
        _("Patience in seconds"),
        FieldKind.NUMBER,
        help=_("How long VK may keep silent. Empty: 30."),
        group=_("Connection"),
        rare=True,
    ),
)


def check(account: AccountConfig) -> list[Finding]:
    """Return whether VK takes the token, what it allows, and whether VK calls us. Never raises."""
    trial = _Trial(account)
    return steps.run(
        [
            (gettext("The token"), trial.token),
            (gettext("What the token allows"), trial.rights),
            (gettext("The Callback API"), trial.entered),
            (gettext("VK calls us"), trial.webhook),
            (gettext("What VK tells us"), trial.events),
        ]
    )


class _Trial:
    def __init__(self, account: AccountConfig) -> None:
        self._account = account
        self._rights: set[str] = set()
        self._server = Node({}, "server")

    def token(self) -> str:
        steps.want(self._account, "access_token", gettext("The token is missing."))
        groups = VkApi(self._account).ask("groups.getById").child("response").children("groups")
        (community, *_others) = groups or [Node({}, "group")]
        number = community.identifier("id")
        if number != self._account.address:
            raise Failed(gettext("This token belongs to the community %(id)s.") % {"id": number})
        return gettext("This is the community “%(name)s”.") % {"name": community.text("name")}

    def rights(self) -> str:
        said = VkApi(self._account).ask("groups.getTokenPermissions").child("response")
        self._rights = {right.text("name") for right in said.children("permissions")}
        missing = [right for right in RIGHTS if right not in self._rights]
        if "messages" in missing:
            raise Failed(gettext("The token is not allowed to write messages. Make one that is."))
        if missing:
            return gettext("Everything but %(missing)s.") % {"missing": ", ".join(missing)}
        return gettext("Everything this desk needs.")

    def entered(self) -> str:
        words = gettext("The secret key is missing, so every call of VK is turned away.")
        steps.want(self._account, "secret", words)
        if not self._account.settings.get("confirmation"):
            raise Failed(gettext("The string to be returned is missing, so VK cannot confirm our address."))
        return ""

    def webhook(self) -> str:
        if "manage" not in self._rights:
            return gettext("The token is not allowed to see that. Write to the community to try.")
        said = VkApi(self._account).ask("groups.getCallbackServers", group_id=self._account.address)
        servers = said.child("response").children("items")
        ours = [server for server in servers if server.text("url") == self._account.webhook]
        if not ours:
            raise Failed(_elsewhere(servers))
        self._server = ours[0]
        if self._server.text("status") != "ok":
            raise Failed(gettext("VK knows our address and has not confirmed it. Press “Confirm” there."))
        if not same(self._server.optional_text("secret_key"), self._account.credentials["secret"]):
            raise Failed(gettext("VK calls us with another secret key. Enter the same one there and here."))
        return gettext("VK calls the webhook address of this account.")

    def events(self) -> str:
        if "manage" not in self._rights:
            return gettext("The token is not allowed to see that. Write to the community to try.")
        server = self._server.identifier("id")
        asked = {"group_id": self._account.address, "server_id": server}
        told = VkApi(self._account).ask("groups.getCallbackSettings", **asked).child("response").child("events")
        missing = [event for event in EVENTS if told.values.get(event) not in (1, True)]
        if "message_new" in missing:
            raise Failed(gettext("VK keeps new messages back. Tick them under Callback API → Event types."))
        if missing:
            return gettext("Everything but %(missing)s.") % {"missing": ", ".join(missing)}
        return gettext("Everything this desk can show.")


def _elsewhere(servers: list[Node]) -> str:
    hosts = sorted({urlsplit(server.text("url")).hostname or "" for server in servers} - {""})
    if not hosts:
        return gettext("VK does not know where to call. Enter the webhook address under Callback API.")
    words = gettext("VK calls other addresses, on %(hosts)s. Enter ours under Callback API.")
    return words % {"hosts": ", ".join(hosts)}
