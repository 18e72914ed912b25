"""A file as an Instagram message. Meta fetches it from an address of ours at once.

Source: developers.facebook.com/documentation/business-messaging/instagram-messaging/features/send-message.
"""

from datetime import timedelta
from typing import Any

from channels_social import wording
from csplatform.gateway.contract import OutboundAttachment

MAX_IMAGE = 8_000_000
_AUDIO = {"audio/aac", "audio/mp4", "audio/m4a", "audio/x-m4a", "audio/wav", "audio/x-wav"}
_VIDEO = {"video/mp4", "video/ogg", "video/x-msvideo", "video/quicktime", "video/webm"}
KINDS = {
    **dict.fromkeys(["image/jpeg", "image/png", "image/gif"], "image"),
    **dict.fromkeys(_AUDIO, "audio"),
    **dict.fromkeys(_VIDEO, "video"),
    "application/pdf": "file",
}
# For Meta, which may be slow or come twice; for a person, who may look at it only after the holidays.
FETCHED_WITHIN = timedelta(hours=1)
LOOKED_AT_WITHIN = timedelta(days=30)


def content_with(file: OutboundAttachment) -> dict[str, Any]:
    """Return the message that shows a file. What Instagram does not carry becomes a text with a link."""
    kind = KINDS.get(file.content_type)
    if kind is None or (kind == "image" and file.size > MAX_IMAGE):
        return {"text": wording.file(file.name[:200], file.link(LOOKED_AT_WITHIN))}
    return {"attachment": {"type": kind, "payload": {"url": file.link(FETCHED_WITHIN)}}}
