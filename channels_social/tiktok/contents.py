"""What a message to a customer is made of. Pure. TikTok takes a text or a picture, never both.

Source: business-api.tiktok.com/portal/docs, "Send a message to a conversation" and "Upload a media file".
"""

from datetime import timedelta
from typing import Any

from channels_social import wording
from channels_social.measures import shortened, utf16_units
from csplatform.gateway.contract import OutboundAttachment, OutboundMessage

# In UTF-16 units, as an emoji may count. TikTok takes 6,000: the rest is left for answers that are offered as lines.
MAX_TEXT = 5_700
MAX_BUTTONS, MAX_QUESTION, MAX_BUTTON, MAX_LINE = 3, 40, 20, 80
# Bytes.
MAX_PICTURE = 3_000_000
# How long a customer may wait before looking at a file that is sent as an address.
LIFETIME = timedelta(days=30)


def words(message: OutboundMessage) -> dict[str, Any]:
    """Return a text. Its answers are buttons where TikTok has room for them, else lines below it."""
    if not message.quick_replies:
        quoted = {"referenced_message_info": {"referenced_message_id": message.reply_to}} if message.reply_to else {}
        return _text(message.text) | quoted
    buttons_fit = all(utf16_units(reply) <= MAX_BUTTON for reply in message.quick_replies)
    if utf16_units(message.text) <= MAX_QUESTION and buttons_fit:
        return {"message_type": "TEMPLATE", "template": _card(message)}
    return _text("\n".join([message.text, *(f"• {shortened(reply, MAX_LINE)}" for reply in message.quick_replies)]))


def is_picture(file: OutboundAttachment) -> bool:
    """Tell whether TikTok carries a file."""
    return file.content_type in {"image/jpeg", "image/png"} and file.size <= MAX_PICTURE


def picture(media_id: str) -> dict[str, Any]:
    """Return a picture that was uploaded."""
    return {"message_type": "IMAGE", "image": {"media_id": media_id}}


def address(file: OutboundAttachment) -> dict[str, Any]:
    """Return a file as lines of text, for a person to open."""
    return _text(wording.file(file.name[:200], file.link(LIFETIME)))


def _text(text: str) -> dict[str, Any]:
    return {"message_type": "TEXT", "text": {"body": text}}


def _card(message: OutboundMessage) -> dict[str, Any]:
    """Return a question with its answers; what is pressed comes back as a text."""
    buttons = [
        {"type": "REPLY", "title": reply, "id": f"reply-{index}"} for index, reply in enumerate(message.quick_replies)
    ]
    return {"type": "QA_BUTTON_CARD", "title": message.text, "buttons": buttons}
