"""What a VK message holds beside its text. Pure. Source: repo VKCOM/vk-api-schema, messages/objects.json and others."""

from collections.abc import Callable, Sequence

from channels_social import wording
from channels_social.content import Content
from channels_social.reading import Node
from csplatform.gateway.contract import FileReference, InboundAttachment

SITE = "https://vk.com"
# Forwarded messages may hold forwarded messages; so deep is looked.
DEPTH = 4


def content_of(message: Node, depth: int = 0) -> Content:
    """Return a message's words and files, those of the messages that it forwards included."""
    parts = [Content(message.optional_text("text")), *_place(message)]
    parts += [_attachment(attachment) for attachment in message.children("attachments")]
    if depth < DEPTH:
        parts += [_forwarded(content_of(other, depth + 1)) for other in message.children("fwd_messages")]
    text = "\n".join(part.text for part in parts if part.text)
    return Content(text, tuple(file for part in parts for file in part.attachments))


def _forwarded(content: Content) -> Content:
    return Content(f"↪ {content.text}".strip(), content.attachments)


def _place(message: Node) -> list[Content]:
    geo = message.optional_child("geo")
    where = geo.optional_child("coordinates") if geo else None
    if geo is None or where is None:
        return []
    place = geo.optional_child("place")
    return [Content(wording.place(where, place.optional_text("title") if place else ""))]


def _attachment(attachment: Node) -> Content:
    kind = attachment.text("type")
    reader = _KINDS.get(kind)
    return reader(attachment.child(kind)) if reader else Content(wording.unsupported(kind))


def _photo(photo: Node) -> Content:
    original = photo.optional_child("orig_photo")
    return _file("photo.jpg", "image/jpeg", original.text("url") if original else _largest(photo.children("sizes")))


def _document(document: Node) -> Content:
    name, ending = document.text("title") or "file", document.optional_text("ext")
    shown = name if not ending or name.lower().endswith(f".{ending.lower()}") else f"{name}.{ending}"
    return _file(shown, "application/octet-stream", document.optional_text("url"))


def _voice(voice: Node) -> Content:
    return _file("voice.mp3", "audio/mpeg", voice.text("link_mp3"))


def _graffiti(picture: Node) -> Content:
    return _file("graffiti.png", "image/png", picture.text("url"))


def _sticker(sticker: Node) -> Content:
    if url := _largest(sticker.children("images")):
        return _file("sticker.png", "image/png", url)
    return Content(wording.unsupported(f"sticker {sticker.identifier('sticker_id')}"))


def _gift(gift: Node) -> Content:
    return _file("gift.jpg", "image/jpeg", gift.optional_text("thumb_256"))


def _song(song: Node) -> Content:
    return Content(f"🎵 {song.optional_text('artist')} – {song.optional_text('title')}")


def _poll(poll: Node) -> Content:
    return Content(f"{wording.unsupported('poll')}\n{poll.optional_text('question')}")


def _link(link: Node) -> Content:
    return Content(wording.link(link.optional_text("title"), link.text("url")))


def _page(kind: str, title: str) -> Callable[[Node], Content]:
    """Return how to read what has a page of its own on VK, as a film or a post; `title` names what it is called by."""

    def read_page(thing: Node) -> Content:
        owner = "owner_id" if thing.has("owner_id") else "to_id"
        return Content(
            wording.link(thing.optional_text(title), f"{SITE}/{kind}{thing.identifier(owner)}_{thing.identifier('id')}")
        )

    return read_page


_KINDS: dict[str, Callable[[Node], Content]] = {
    "photo": _photo,
    "doc": _document,
    "audio_message": _voice,
    "graffiti": _graffiti,
    "sticker": _sticker,
    "gift": _gift,
    "audio": _song,
    "poll": _poll,
    "link": _link,
    "article": _link,
    "video": _page("video", "title"),
    "wall": _page("wall", "text"),
    "market": _page("product", "title"),
    "story": _page("story", "title"),
    "podcast": _page("podcast", "title"),
}


def _file(name: str, content_type: str, url: str) -> Content:
    """Return a file to fetch, or a place-holder with its name where VK gives no address for it."""
    if not url:
        return Content(wording.unsupported(name))
    return Content(attachments=(InboundAttachment(name, content_type, FileReference(url)),))


def _largest(sizes: Sequence[Node]) -> str:
    """Return the address of the largest of several sizes of a picture, empty where there is none."""
    best = max(sizes, key=lambda size: size.number("width") * size.number("height"), default=None)
    return best.text("url") if best else ""
