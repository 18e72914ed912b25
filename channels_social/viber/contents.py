"""A reply as Viber wants it: its kind, its members, its buttons. Viber takes no uploads, only addresses.

Source: creators.viber.com/docs/bots-api/data-models/message.
"""

from datetime import timedelta
from html import escape
from typing import Any

from csplatform.gateway.contract import OutboundAttachment, OutboundMessage

# Bytes.
MAX_PICTURE = 1_000_000
MAX_FILM = 26_000_000
MAX_FILE_NAME = 256
# Devices fetch films and files when they are tapped.
LIFETIME = timedelta(days=30)
MAX_BUTTON = 250


def content_of(message: OutboundMessage) -> dict[str, Any]:
    """Return what `message` adds to the envelope: a text, or its one file."""
    content: dict[str, Any] = {"type": "text", "text": message.text}
    if message.attachments:
        content = _file(message.attachments[0])
    if message.quick_replies:
        content["keyboard"] = {"Type": "keyboard", "Buttons": [_button(text) for text in message.quick_replies]}
    return content


def _file(file: OutboundAttachment) -> dict[str, Any]:
    url = file.link(LIFETIME)
    if file.content_type in {"image/jpeg", "image/png"} and file.size <= MAX_PICTURE:
        return {"type": "picture", "text": "", "media": url}
    if file.content_type == "video/mp4" and file.size <= MAX_FILM:
        return {"type": "video", "media": url, "size": file.size}
    return {"type": "file", "media": url, "size": file.size, "file_name": file.name[-MAX_FILE_NAME:]}


def _button(text: str) -> dict[str, Any]:
    """Return a button as wide as the keyboard, which says `text` for the customer; Viber reads its label as HTML."""
    said = text[:MAX_BUTTON]
    while len(escape(said)) > MAX_BUTTON:
        said = said[:-1]
    return {"Columns": 6, "Rows": 1, "ActionType": "reply", "ActionBody": said, "Text": escape(said)}
