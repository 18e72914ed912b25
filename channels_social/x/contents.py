"""What stands in one direct message. Pure.

Source: developer.x.com, "Message Create Object": texts come with three characters escaped and with addresses shortened.
"""

from typing import Any
from urllib.parse import urlsplit

from channels_social import wording
from channels_social.content import Content
from channels_social.reading import Node
from csplatform.gateway.contract import FileReference, InboundAttachment
from csplatform.gateway.errors import Unreadable

_ESCAPES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))
# Where the address of a picture begins, at X's host of what is not open; three more parts name it.
_PICTURE = ["1.1", "ton", "data", "dm"]
_TYPES = {"jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png", "webp": "image/webp", "gif": "image/gif"}


def content_of(message: Node) -> Content:
    """Return the words, the file and the pressed button of a message. Raises Unreadable."""
    text = _whole(message)
    attachment = message.optional_child("attachment")
    kind = attachment.text("type") if attachment else ""
    files: tuple[InboundAttachment, ...] = ()
    if attachment and kind == "media":
        media = attachment.child("media")
        text = text.replace(media.optional_text("url"), "").rstrip() if media.optional_text("url") else text
        files = _file(media)
        text = text if files else _below(text, wording.unsupported(media.optional_text("type")))
    elif attachment and kind == "location":
        text = _below(text, _place(attachment.child("location")))
    elif kind:
        text = _below(text, wording.unsupported(kind))
    pressed = message.optional_child("quick_reply_response")
    metadata = {"button": pressed.optional_text("metadata")} if pressed else {}
    return Content(text, files, metadata)


def _whole(message: Node) -> str:
    """Return the text as it was written: short addresses made long, and what was escaped."""
    text = message.optional_text("text")
    entities = message.optional_child("entities")
    for link in entities.children("urls") if entities else []:
        short, long = link.optional_text("url"), link.optional_text("expanded_url")
        if short and long:
            text = text.replace(short, long)
    for escaped, character in _ESCAPES:
        text = text.replace(escaped, character)
    return text


def _file(media: Node) -> tuple[InboundAttachment, ...]:
    kind = media.text("type")
    if kind == "photo":
        path = _parts(media.text("media_url_https"))
        if path[:4] != _PICTURE or len(path) != 7:
            return ()
        ending = path[-1].rpartition(".")[2]
        reference = FileReference(f"picture:{'/'.join(path[4:])}")
        return (InboundAttachment(f"picture.{ending}", _TYPES.get(ending, "image/jpeg"), reference),)
    if kind in {"video", "animated_gif"} and (best := _best_film(media)):
        return (InboundAttachment("video.mp4", "video/mp4", FileReference(f"film:{best}")),)
    return ()


def _best_film(media: Node) -> str:
    """Return the path of the film with the most bits per second, empty where there is none as MP4."""
    films = [one for one in media.child("video_info").children("variants") if one.text("content_type") == "video/mp4"]
    if not films:
        return ""
    best = max(films, key=_bits)
    return "/".join(_parts(best.text("url")))


def _bits(film: Node) -> float:
    return film.number("bitrate") if film.has("bitrate") else 0.0


def _parts(url: str) -> list[str]:
    """Return the parts of an address's path; its host is X's, and named elsewhere."""
    try:
        parts = urlsplit(url).path.strip("/").split("/")
    except ValueError:
        raise Unreadable("the address of a file is none") from None
    return [] if ".." in parts else parts


def _place(location: Node) -> str:
    """Return a place; X writes the longitude first, as GeoJSON does."""
    if location.text("type") != "shared_coordinate":
        place = location.optional_child("shared_place")
        named = place.optional_child("place") if place else None
        return "📍 " + named.text("full_name") if named else wording.unsupported("location")
    point: Any = location.child("shared_coordinate").child("coordinates").values.get("coordinates")
    if not isinstance(point, list) or len(point) != 2:
        raise Unreadable("the coordinates are not two numbers")
    return wording.place(Node({"longitude": point[0], "latitude": point[1]}, "coordinates"))


def _below(text: str, line: str) -> str:
    return "\n".join(part for part in (text, line) if part)
