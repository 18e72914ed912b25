"""A web chat account as its widget shows it.

Account settings, all optional:
    color            "#2563eb": the brand's colour
    title            the name in the header; else the account's name
    allowed_origins  ["https://shop.example"]: which sites may embed it; empty for every site
    ask_details      false: never ask for a name and an e-mail address
    position         "start": the other side of the page
    quick_replies    ["Where is my order?"]: buttons under the greeting
    calendar         the name of the calendar with the opening hours (`opening.py`)
    demo             true: serve the demo shop
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from channels_webchat.channel import WebChatChannel
from channels_webchat.colors import is_color
from channels_webchat.origins import is_origin
from csplatform.gateway.models import ChannelAccount

DEFAULT_COLOR = "#3b5bdb"
MOST_QUICK_REPLIES = 6


@dataclass(frozen=True, slots=True)
class Widget:
    """What the account's settings say, made safe to use."""

    key: str
    title: str
    color: str
    allowed_origins: tuple[str, ...]
    asks_details: bool
    is_demo: bool
    side: str
    quick_replies: tuple[str, ...]


def widget_account(key: str) -> ChannelAccount | None:
    """Return the active web chat account with this public key."""
    accounts = ChannelAccount.objects.filter(channel=WebChatChannel.slug, is_active=True)
    return accounts.filter(address=key).first()


def widget_of(account: ChannelAccount) -> Widget:
    """Return what the widget shows; settings that make no sense count as absent."""
    settings: Mapping[str, Any] = account.settings if isinstance(account.settings, dict) else {}
    color, origins = settings.get("color"), settings.get("allowed_origins")
    return Widget(
        key=account.address,
        title=str(settings.get("title") or account.name),
        color=color if isinstance(color, str) and is_color(color) else DEFAULT_COLOR,
        allowed_origins=tuple(
            origin.rstrip("/") for origin in _list(origins) if isinstance(origin, str) and is_origin(origin)
        ),
        asks_details=settings.get("ask_details") is not False,
        is_demo=settings.get("demo") is True,
        side="start" if settings.get("position") == "start" else "end",
        quick_replies=tuple(
            words.strip()[:100] for words in _list(settings.get("quick_replies")) if isinstance(words, str)
        )[:MOST_QUICK_REPLIES],
    )


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
