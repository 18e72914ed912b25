"""A web chat account as its widget shows it.

Account settings, all optional; those of the form before the first message stand in `form.py`:
    color            "#2563eb": the brand's colour
    theme            "light" or "dark"; else as the visitor's device is set
    title            the name in the header; else the account's name
    logo             "https://shop.example/logo.svg": shown beside the title
    launcher_text    "Help | zh-Hans: 帮助": words beside the launcher's icon
    launcher_icon    "question" or "heart"; else a speech bubble
    position         "start": the other side of the page
    agent_names      "full" or "none"; else agents are called by their given names
    allowed_origins  ["https://shop.example"]: which sites may embed it; empty for every site
    ask_details      false: never ask for a name and an e-mail address
    quick_replies    ["Where is my order?"]: buttons under the greeting
    calendar         the name of the calendar with the opening hours (`opening.py`)
    files            "pictures", "office" or "none" (`files.py`)
    help             false: no help centre in the chat
    queue            false: visitors are not told their place in the queue
    demo             true: serve the demo shop
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from channels_webchat.channel import WebChatChannel
from channels_webchat.colors import is_color
from channels_webchat.files import Allowed, allowed_by
from channels_webchat.form import Form, form_of
from channels_webchat.look import AgentNames, Icon, Theme, is_picture
from channels_webchat.origins import is_origin
from channels_webchat.wordings import Wording, wording
from csplatform.gateway.models import ChannelAccount

DEFAULT_COLOR = "#3b5bdb"
MOST_QUICK_REPLIES = 6

Choice = TypeVar("Choice", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Widget:
    """What the account's settings say, made safe to use."""

    key: str
    title: str
    color: str
    theme: Theme
    logo: str
    launcher_text: Wording | None
    launcher_icon: Icon
    agent_names: AgentNames
    allowed_origins: tuple[str, ...]
    asks_details: bool
    is_demo: bool
    side: str
    quick_replies: tuple[str, ...]
    files: Allowed
    form: Form
    has_help: bool
    shows_queue: bool


def widget_account(key: str) -> ChannelAccount | None:
    """Return the active web chat account with this public key."""
    accounts = ChannelAccount.objects.filter(channel=WebChatChannel.slug, is_active=True)
    return accounts.filter(address=key).first()


def widget_of(account: ChannelAccount) -> Widget:
    """Return what the widget shows; settings that make no sense count as absent."""
    settings: Mapping[str, Any] = account.settings if isinstance(account.settings, dict) else {}
    color, logo, origins = settings.get("color"), settings.get("logo"), settings.get("allowed_origins")
    return Widget(
        key=account.address,
        title=str(settings.get("title") or account.name),
        color=color if isinstance(color, str) and is_color(color) else DEFAULT_COLOR,
        theme=_choice(Theme, settings.get("theme")),
        logo=logo if isinstance(logo, str) and is_picture(logo) else "",
        launcher_text=wording(settings.get("launcher_text")),
        launcher_icon=_choice(Icon, settings.get("launcher_icon")),
        agent_names=_choice(AgentNames, settings.get("agent_names")),
        allowed_origins=tuple(
            origin.rstrip("/") for origin in _list(origins) if isinstance(origin, str) and is_origin(origin)
        ),
        asks_details=settings.get("ask_details") is not False,
        is_demo=settings.get("demo") is True,
        side="start" if settings.get("position") == "start" else "end",
        quick_replies=tuple(
            words.strip()[:100] for words in _list(settings.get("quick_replies")) if isinstance(words, str)
        )[:MOST_QUICK_REPLIES],
        files=allowed_by(settings),
        form=form_of(settings),
        has_help=settings.get("help") is not False,
        shows_queue=settings.get("queue") is not False,
    )


def _choice(choices: type[Choice], value: object) -> Choice:
    return choices(value) if isinstance(value, str) and value in {*choices} else choices("")


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
