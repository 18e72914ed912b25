"""Answers offered as buttons, or as a list where there are more of them than fit below a message.

Sources: developers.facebook.com/documentation/business-messaging/whatsapp/messages/interactive-reply-buttons-messages
and interactive-list-messages.
"""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext, override

MOST_BUTTONS = 3
MOST_ROWS = 10
# Characters: of a text above buttons, of a button, of a row and of what stands below its title.
MAX_BUTTONS_TEXT = 1024
MAX_BUTTON = 20
MAX_ROW = 24
MAX_DESCRIPTION = 72
MAX_ID = 200


def content_with(text: str, replies: Sequence[str], language: str) -> dict[str, Any]:
    """Return the message that offers `replies`; `language` (BCP 47) is for the word that opens a list."""
    if (
        len(replies) <= MOST_BUTTONS
        and len(text) <= MAX_BUTTONS_TEXT
        and all(len(one) <= MAX_BUTTON for one in replies)
    ):
        buttons = [{"type": "reply", "reply": {"id": one[:MAX_ID], "title": one}} for one in replies]
        return _interactive("button", text, {"buttons": buttons})
    with override(language or None):
        opener = gettext("Choose")
    rows = [_row(one) for one in replies[:MOST_ROWS]]
    return _interactive("list", text, {"button": opener[:MAX_BUTTON], "sections": [{"rows": rows}]})


def _row(text: str) -> dict[str, str]:
    row = {"id": text[:MAX_ID], "title": text}
    if len(text) > MAX_ROW:
        row |= {"title": text[: MAX_ROW - 1] + "…", "description": text[:MAX_DESCRIPTION]}
    return row


def _interactive(kind: str, text: str, action: dict[str, Any]) -> dict[str, Any]:
    return {"type": "interactive", "interactive": {"type": kind, "body": {"text": text}, "action": action}}
