"""A reply as messages.send wants it. Source: repo VKCOM/vk-api-schema, messages/methods.json; dev.vk.com, keyboards."""

import json
from datetime import timedelta
from typing import Any

from channels_social import wording
from channels_social.measures import shortened
from channels_social.vk import ids
from channels_social.vk.client import VkApi
from csplatform.gateway.contract import OutboundAttachment, OutboundMessage

MAX_PHOTO = 50_000_000
PHOTO_TYPES = frozenset({"image/jpeg", "image/png", "image/gif"})
# Documents that VK takes from nobody: music and programs. They go as a link.
NOT_TAKEN = frozenset({"mp3", "exe", "msi", "bat", "cmd", "com", "scr", "apk", "jar", "vbs", "ps1"})
LIFETIME = timedelta(days=30)
# Keyboards inside a message: so many buttons, two in a row.
MOST_BUTTONS = 10
MAX_LABEL = 40


def parameters_of(api: VkApi, message: OutboundMessage) -> dict[str, Any]:
    """Return what goes with `message`, its file uploaded. Raises SendFailed, SendUnavailable."""
    parameters: dict[str, Any] = {
        "random_id": ids.random_id(message.key),
        # VK hands this back with its report of what the community said.
        "payload": json.dumps({"key": message.key}),
        # So that “@all” or “*id1” in an answer calls nobody.
        "disable_mentions": 1,
    }
    text = message.text
    for file in message.attachments:
        if file.name.rpartition(".")[2].lower() in NOT_TAKEN:
            text = "\n\n".join(part for part in (text, wording.file(file.name, file.link(LIFETIME))) if part)
        else:
            parameters["attachment"] = api.upload(message.recipient, file, as_photo=_is_photo(file))
    if text:
        parameters["message"] = text
    if answered := ids.number_of(message.reply_to, message.recipient):
        quoted = {"peer_id": int(message.recipient), "conversation_message_ids": [int(answered)], "is_reply": True}
        parameters["forward"] = json.dumps(quoted)
    if message.quick_replies:
        parameters["keyboard"] = json.dumps(_keyboard(message.quick_replies), ensure_ascii=False)
    return parameters


def _is_photo(file: OutboundAttachment) -> bool:
    return file.content_type in PHOTO_TYPES and file.size <= MAX_PHOTO


def _keyboard(texts: tuple[str, ...]) -> dict[str, Any]:
    buttons = [{"action": {"type": "text", "label": shortened(text, MAX_LABEL)}} for text in texts]
    return {"inline": True, "buttons": [buttons[at : at + 2] for at in range(0, len(buttons), 2)]}
