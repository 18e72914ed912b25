"""What an administrator enters for a chat, and whether it makes sense: the widget leaves out what does not."""

from functools import partial

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from channels_webchat.colors import is_color
from channels_webchat.files import CHOICES as FILE_CHOICES
from channels_webchat.form import OPTIONAL, REQUIRED
from channels_webchat.identity import SHORTEST_SECRET
from channels_webchat.look import AgentNames, Icon, Theme, is_picture
from channels_webchat.origins import is_origin
from csplatform.gateway.contract import AccountConfig, AccountField, FieldKind, Finding
from csplatform.gateway.steps import Failed, run

_widget = partial(AccountField, group=_("Widget"))
_mail = partial(AccountField, group=_("Answers by mail"))
_form = partial(AccountField, group=_("Before the first message"), rare=True)
_ASKED = (("", _("Not asked")), (OPTIONAL, _("Optional")), (REQUIRED, _("Required")))
_PER_LANGUAGE = _("In several languages: Orders | zh-Hans: 订单 | es: Pedidos. The first counts for all others.")
_CONSENT = _(
    "Such as: I agree to the [privacy policy](https://shop.example/privacy) | es: Acepto la [política…](https://…)"
)

FIELDS = (
    AccountField(
        "address",
        _("Key"),
        required=True,
        help=_("Any word; sites that embed the chat name it as data-key. Not secret."),
    ),
    _widget("title", _("Title"), help=_("What the chat is headed with. Empty: the name of this account.")),
    _widget("color", _("Colour"), help=_("The brand's, such as #2563eb.")),
    _widget(
        "theme",
        _("Light or dark"),
        FieldKind.CHOICE,
        choices=((Theme.AUTO, _("As the visitor's device")), (Theme.LIGHT, _("Light")), (Theme.DARK, _("Dark"))),
    ),
    _widget("logo", _("Logo"), help=_("The address of a square picture, such as https://shop.example/logo.svg.")),
    _widget(
        "launcher_icon",
        _("Icon of the button"),
        FieldKind.CHOICE,
        choices=((Icon.BUBBLE, _("Speech bubble")), (Icon.QUESTION, _("Question mark")), (Icon.HEART, _("Heart"))),
    ),
    _widget("launcher_text", _("Words on the button"), help=_PER_LANGUAGE),
    _widget(
        "position",
        _("Position"),
        FieldKind.CHOICE,
        choices=(("end", _("Where a line ends")), ("start", _("Where a line begins"))),
        default="end",
    ),
    _widget(
        "agent_names",
        _("Names of agents"),
        FieldKind.CHOICE,
        choices=(
            (AgentNames.GIVEN, _("Given name")),
            (AgentNames.FULL, _("Full name")),
            (AgentNames.NONE, _("Not shown")),
        ),
    ),
    _widget(
        "quick_replies",
        _("First words to choose from"),
        FieldKind.LIST,
        help=_("One a line: shown as buttons under the greeting."),
    ),
    _widget(
        "calendar",
        _("Opening hours"),
        help=_("The name of a calendar of the service levels. Outside of its hours the chat says when you are back."),
    ),
    _mail(
        "mail_account",
        _("Mail account for who has gone"),
        help=_("The address of one of your mail accounts: what a visitor did not read in the chat goes out by it."),
    ),
    _mail(
        "mail_after",
        _("Minutes until then"),
        FieldKind.NUMBER,
        help=_("How long an answer may stay unread; empty: 10. Who wrote outside of the hours gets a mail at once."),
    ),
    _widget("queue", _("Show the place in the queue"), FieldKind.SWITCH, default=True),
    _widget("help", _("Show the help centre"), FieldKind.SWITCH, default=True),
    _widget(
        "files",
        _("Files that visitors may send"),
        FieldKind.CHOICE,
        choices=tuple((value, label) for value, (label, _allowed) in FILE_CHOICES.items()),
    ),
    _form("ask_name", _("Name"), FieldKind.CHOICE, choices=_ASKED),
    _form("ask_email", _("E-mail address"), FieldKind.CHOICE, choices=_ASKED),
    _form("ask_topics", _("Topics to choose from"), FieldKind.LIST, help=_PER_LANGUAGE),
    _form("topics_required", _("A topic must be chosen"), FieldKind.SWITCH, default=False),
    _form("ask_question", _("A question of your own"), help=_PER_LANGUAGE),
    _form("question_required", _("It must be answered"), FieldKind.SWITCH, default=False),
    _form("consent", _("What visitors agree to"), FieldKind.LONG_TEXT, help=_CONSENT),
    _form("consent_required", _("A box must be ticked"), FieldKind.SWITCH, default=False),
    _widget("ask_details", _("Visitors may give name and address"), FieldKind.SWITCH, default=True),
    _widget(
        "allowed_origins",
        _("Sites that may embed it"),
        FieldKind.LIST,
        help=_("One a line, such as https://shop.example or *.shop.example. Empty: every site."),
    ),
    AccountField(
        "identity_secret",
        _("Secret for signed-in visitors"),
        FieldKind.SECRET,
        group=_("Signed-in visitors"),
        help=_("At least 32 characters. Your site signs a token (JWT, HS256) with it that says who a visitor is."),
        rare=True,
    ),
    AccountField(
        "identity_issuer",
        _("Issuer"),
        group=_("Signed-in visitors"),
        help=_("The “iss” that those tokens must have. Empty: any."),
        rare=True,
    ),
    _widget("demo", _("Show the demo shop"), FieldKind.SWITCH, default=False),
)


def check(account: AccountConfig) -> list[Finding]:
    """Return whether the widget can use what was entered. Never raises."""
    settings = account.settings
    return [
        *run([(gettext("Colour"), lambda: _colour(settings.get("color")))]),
        *run([(gettext("Sites that may embed it"), lambda: _sites(settings.get("allowed_origins")))]),
        *run([(gettext("Secret for signed-in visitors"), lambda: _secret(account.credentials.get("identity_secret")))]),
        *run([(gettext("Logo"), lambda: _logo(settings.get("logo")))]),
    ]


def _secret(given: str | None) -> str:
    if given and len(given) < SHORTEST_SECRET:
        words = gettext("It has %(has)d characters and needs %(needs)d, so nobody can sign in.")
        raise Failed(words % {"has": len(given), "needs": SHORTEST_SECRET})
    return "" if given else gettext("None: all visitors are anonymous.")


def _colour(given: object) -> str:
    if given and not (isinstance(given, str) and is_color(given)):
        words = gettext(
            "“%(given)s” is no colour, so the usual one is shown. Write it as # and six digits, such as #2563eb."
        )
        raise Failed(words % {"given": given})
    return "" if given else gettext("The usual one.")


def _logo(given: object) -> str:
    if given and not (isinstance(given, str) and is_picture(given)):
        words = gettext("“%(given)s” cannot be shown. Enter an address that begins with https:// and has no “?”.")
        raise Failed(words % {"given": given})
    return "" if given else gettext("None: the first letter of the title is shown.")


def _sites(given: object) -> str:
    sites = given if isinstance(given, list) else []
    wrong = [str(site) for site in sites if not (isinstance(site, str) and is_origin(site))]
    if wrong:
        words = gettext(
            "These are no sites, so nobody can embed the chat there: %(sites)s. Leave paths and spaces out."
        )
        raise Failed(words % {"sites": ", ".join(wrong)})
    return ", ".join(sites) or gettext("Every site.")
