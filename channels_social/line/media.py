"""A file as a LINE message. LINE takes no uploads: the customer's device fetches what it shows when it is looked at.

Sources: developers.line.biz/en/reference/messaging-api/#image-message, #video-message and #audio-message.
"""

import struct
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.templatetags.static import static

from channels_social import wording
from csplatform.gateway.contract import OutboundAttachment

# Bytes.
MAX_IMAGE = 10_000_000
MAX_PREVIEW = 1_000_000
MAX_FILM = 200_000_000
# How long a customer may wait before looking at it.
LIFETIME = timedelta(days=30)


def message_with(file: OutboundAttachment) -> dict[str, Any]:
    """Return the message that shows a file. What LINE does not carry becomes a text with a link."""
    url = file.link(LIFETIME)
    if file.content_type in {"image/jpeg", "image/png"} and file.size <= MAX_IMAGE:
        preview = url if file.size <= MAX_PREVIEW else _stand_in("picture")
        return {"type": "image", "originalContentUrl": url, "previewImageUrl": preview}
    if file.content_type == "video/mp4" and file.size <= MAX_FILM:
        return {"type": "video", "originalContentUrl": url, "previewImageUrl": _stand_in("film")}
    if file.content_type in {"audio/mp4", "audio/x-m4a"} and (duration := milliseconds(file.open())):
        return {"type": "audio", "originalContentUrl": url, "duration": duration}
    return {"type": "text", "text": wording.file(file.name, url)}


def _stand_in(name: str) -> str:
    """Return the address of what is shown until the real thing is tapped."""
    return str(settings.PUBLIC_URL) + static(f"channels_social/{name}.png")


def milliseconds(data: bytes) -> int:
    """Return how long an MP4 file plays (ISO/IEC 14496-12, 8.2.2), 0 where it does not say."""
    at = data.find(b"mvhd") + 4
    try:
        if at < 4:
            return 0
        form = ">12xII" if data[at] == 0 else ">20xIQ"
        scale, duration = struct.unpack_from(form, data, at)
    except (struct.error, IndexError):
        return 0
    return int(duration * 1000 / scale) if scale else 0
