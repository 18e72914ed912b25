"""A file as an attachment of a direct message: uploaded in pieces, and looked at by X before it may be sent.

Source: docs.x.com/x-api/media/quickstart/media-upload-chunked and /best-practices; openapi.json of API v2.
"""

import time
from datetime import timedelta

from django.utils.translation import gettext_noop

from channels_social import calling, wording
from channels_social.reading import Node
from channels_social.x.client import Api
from csplatform.gateway.contract import OutboundAttachment
from csplatform.gateway.errors import SendFailed, SendUnavailable, Unreadable

# Bytes.
MAX_IMAGE, MAX_GIF, MAX_VIDEO = 5_000_000, 15_000_000, 512_000_000
PIECE = 4_000_000
CATEGORIES = {
    **dict.fromkeys(["image/jpeg", "image/png", "image/webp"], ("dm_image", MAX_IMAGE)),
    "image/gif": ("dm_gif", MAX_GIF),
    **dict.fromkeys(["video/mp4", "video/quicktime"], ("dm_video", MAX_VIDEO)),
}
# So many times, and never longer than so many seconds each, a film is waited for.
LOOKS, PAUSE = 10, 5.0
# How long a customer may wait before looking at a file that is sent as an address.
LIFETIME = timedelta(days=30)

STILL_CONVERTED = gettext_noop("X is still converting this file.")
UNUSABLE = gettext_noop("X cannot make sense of this file.")


def category_of(file: OutboundAttachment) -> str:
    """Return what X calls such an attachment, empty where it carries none such."""
    category, most = CATEGORIES.get(file.content_type, ("", 0))
    return category if file.size <= most else ""


def address_of(file: OutboundAttachment) -> str:
    """Return a file as lines of text, for a person to open."""
    return wording.file(file.name[:200], file.link(LIFETIME))


def upload(api: Api, file: OutboundAttachment, category: str) -> str:
    """Return the id under which X keeps a file. Raises SendFailed, SendUnavailable."""
    data = file.open()
    asked = {"media_type": file.content_type, "media_category": category, "total_bytes": len(data)}
    try:
        media_id = api.ask("POST", "2/media/upload/initialize", json=asked).identifier("id")
        for index, start in enumerate(range(0, len(data), PIECE)):
            piece = {"media": (file.name, data[start : start + PIECE], "application/octet-stream")}
            api.tell(f"2/media/upload/{media_id}/append", data={"segment_index": str(index)}, files=piece)
        _wait_for(api, media_id, api.ask("POST", f"2/media/upload/{media_id}/finalize"))
    except Unreadable:
        raise SendUnavailable(calling.BROKEN_OFF) from None
    return media_id


def _wait_for(api: Api, media_id: str, said: Node) -> None:
    for _look in range(LOOKS):
        processing = said.optional_child("processing_info")
        state = processing.text("state").lower() if processing else "succeeded"
        if state == "succeeded":
            return
        if state == "failed":
            raise SendFailed(UNUSABLE, code=state)
        time.sleep(min(_pause(processing), PAUSE))
        said = api.ask("GET", "2/media/upload", params={"command": "STATUS", "media_id": media_id})
    raise SendUnavailable(STILL_CONVERTED)


def _pause(processing: Node | None) -> float:
    if processing is None or not processing.has("check_after_secs"):
        return 1.0
    return max(0.0, processing.number("check_after_secs"))
