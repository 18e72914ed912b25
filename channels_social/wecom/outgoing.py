"""What an answer says, in WeCom's words."""

from typing import Any

from django.utils.translation import gettext_noop

from channels_social.measures import utf8_bytes
from channels_social.tencent.api import Api
from channels_social.tencent.outgoing import kind_of, numbered
from csplatform.gateway.contract import OutboundMessage
from csplatform.gateway.errors import SendFailed

# Which types WeCom shows or plays, up to how many bytes; everything else goes as a file of up to 20 MB.
# Source: developer.work.weixin.qq.com/document/path/90253.
KINDS = {
    "image": (frozenset({"image/jpeg", "image/png"}), 10_000_000),
    "voice": (frozenset({"audio/amr"}), 2_000_000),
    "video": (frozenset({"video/mp4"}), 10_000_000),
}
MAX_FILE = 20_000_000
# Of a question with buttons; bytes. Source: /document/path/94677.
MOST_BUTTONS = 10
MOST_QUESTION = 1024
MOST_BUTTON = 128
LONG_QUESTION = gettext_noop("A question with buttons may have 1,024 bytes in WeCom; this one is longer.")


def body_of(api: Api, message: OutboundMessage) -> dict[str, Any]:
    """Return what to send; a file is handed over first. Raises SendFailed for a question that is too long."""
    if message.attachments:
        (attachment,) = message.attachments
        kind = kind_of(attachment, KINDS) or "file"
        return {"msgtype": kind, kind: {"media_id": api.upload(kind, attachment)}}
    if not message.quick_replies:
        return {"msgtype": "text", "text": {"content": message.text}}
    if utf8_bytes(message.text) > MOST_QUESTION:
        raise SendFailed(LONG_QUESTION)
    buttons = [{"type": "click", "click": button} for button in numbered(message.quick_replies, MOST_BUTTON)]
    return {"msgtype": "msgmenu", "msgmenu": {"head_content": message.text, "list": buttons}}
