"""A reply as the Bot API wants it: its method, its parameters, its file. Source: core.telegram.org/bots/api."""

from typing import Any

from channels_social.telegram import groups
from csplatform.gateway.contract import OutboundAttachment, OutboundMessage

# Pictures up to this size (bytes) are shown as pictures; larger ones go as a document.
MAX_PHOTO = 10_000_000
METHODS = {
    "image/jpeg": "sendPhoto",
    "image/png": "sendPhoto",
    "image/webp": "sendPhoto",
    "image/gif": "sendAnimation",
    "video/mp4": "sendVideo",
    "audio/mpeg": "sendAudio",
    "audio/mp4": "sendAudio",
    "audio/x-m4a": "sendAudio",
    "audio/ogg": "sendVoice",
}
# One button a row, so that long ones can be read on a phone.
MOST_BUTTONS = 10


def method_for(file: OutboundAttachment) -> str:
    """Return the method by which Telegram shows a file as what it is; everything else goes as a document."""
    method = METHODS.get(file.content_type, "sendDocument")
    return "sendDocument" if method == "sendPhoto" and file.size > MAX_PHOTO else method


def parameters_of(message: OutboundMessage) -> dict[str, Any]:
    """Return what goes with `message` beside its text and its file."""
    chat = groups.chat_of(message.recipient)
    parameters: dict[str, Any] = {"chat_id": chat}
    if answered := _message_number(message.reply_to, chat):
        # A message that the customer deleted meanwhile is no reason to keep the answer back.
        parameters["reply_parameters"] = {"message_id": answered, "allow_sending_without_reply": True}
    if message.quick_replies and chat == message.recipient:  # in a group everybody would get them
        # These buttons say their text for the customer, and leave when one was pressed.
        rows = [[{"text": text}] for text in message.quick_replies]
        parameters["reply_markup"] = {"keyboard": rows, "one_time_keyboard": True, "resize_keyboard": True}
    return parameters


def _message_number(external_id: str, chat: str) -> int | None:
    """Return Telegram's number of a message in `chat`; None for anything else, as a button's press."""
    _chat, _colon, number = external_id.partition(":")
    return int(number) if _chat == chat and number.isascii() and number.isdigit() else None
