"""What a customer service message says, in WeChat's words."""

from datetime import timedelta
from typing import Any

from channels_social import wording
from channels_social.tencent.api import Api
from channels_social.tencent.outgoing import kind_of, numbered
from csplatform.gateway.contract import OutboundAttachment, OutboundMessage

# Which types WeChat shows or plays, up to how many bytes. Of other files it only carries the address.
# Source: developers.weixin.qq.com/doc/service/api/material/temporary/api_uploadtempmedia.html.
KINDS = {
    "image": (frozenset({"image/jpeg", "image/png", "image/gif", "image/bmp"}), 10_000_000),
    "voice": (frozenset({"audio/amr", "audio/mpeg"}), 2_000_000),
    "video": (frozenset({"video/mp4"}), 10_000_000),
}
MOST_BUTTONS = 10
MOST_BUTTON = 128  # bytes; WeChat names no limit, its sibling WeCom this one
# So long the address of a file is good.
LIFETIME = timedelta(days=7)


def body_of(api: Api, message: OutboundMessage) -> dict[str, Any]:
    """Return what to send; a file that WeChat carries is handed over first."""
    if message.attachments:
        return _file(api, message.attachments[0])
    if message.quick_replies:
        buttons = numbered(message.quick_replies, MOST_BUTTON)
        menu = {"head_content": message.text, "list": buttons, "tail_content": ""}
        return {"msgtype": "msgmenu", "msgmenu": menu}
    return {"msgtype": "text", "text": {"content": message.text}}


def _file(api: Api, attachment: OutboundAttachment) -> dict[str, Any]:
    kind = kind_of(attachment, KINDS)
    if not kind:
        return {"msgtype": "text", "text": {"content": wording.file(attachment.name, attachment.link(LIFETIME))}}
    media: dict[str, Any] = {"media_id": api.upload(kind, attachment)}
    if kind == "video":
        media["title"] = attachment.name
    return {"msgtype": kind, kind: media}
