"""What stands in one item of 微信客服: its words and its files. Pure."""

import json
from collections.abc import Callable

from channels_social import wording
from channels_social.content import Content
from channels_social.reading import Node, node
from csplatform.common.text import without_nul
from csplatform.gateway.contract import FileReference, InboundAttachment
from csplatform.gateway.errors import Unreadable

# Kinds that are a file, its name and type. A file's own name comes with the file.
_FILES = {
    "image": ("image.jpg", "image/jpeg"),
    "voice": ("voice.amr", "audio/amr"),
    "video": ("video.mp4", "video/mp4"),
    "file": ("", "application/octet-stream"),
}


def content_of(item: Node) -> Content:
    """Return the content of an item; of kinds that we do not know, that there is something."""
    kind = item.text("msgtype")
    if kind in _FILES:
        name, content_type = _FILES[kind]
        reference = FileReference(item.child(kind).identifier("media_id"))
        return Content(attachments=(InboundAttachment(name, content_type, reference),))
    if kind == "text":
        text = item.child("text")
        metadata = {"button": text.text("menu_id")} if text.optional_text("menu_id") else {}
        return Content(text.text("content"), metadata=metadata)
    reader = _TEXTS.get(kind)
    if reader is None:
        return Content(wording.unsupported(kind), metadata={"unsupported": kind})
    return Content(reader(item.child(kind)))


def _lines(sign: str, *parts: str) -> str:
    return f"{sign} " + "\n".join(part for part in parts if part)


def _place(place: Node) -> str:
    return wording.place(place, place.optional_text("name"), place.optional_text("address"))


def _link(link: Node) -> str:
    words = "\n".join(filter(None, (link.optional_text(name) for name in ("title", "desc"))))
    return wording.link(words, link.optional_text("url"))


def _menu(menu: Node) -> str:
    """Return a question that a colleague asked in WeCom, with its choices."""
    choices = [_choice(entry) for entry in menu.children("list")]
    return "\n".join(filter(None, [menu.optional_text("head_content"), *choices, menu.optional_text("tail_content")]))


def _choice(entry: Node) -> str:
    kind = entry.text("type")
    return "• " + entry.child(kind).optional_text("content") if entry.has(kind) else ""


def _product(product: Node) -> str:
    return _lines("🛒", product.optional_text("title"), product.optional_text("shop_nickname"))


def _order(order: Node) -> str:
    return _lines("🛒", *(order.optional_text(name) for name in ("order_id", "product_titles", "price_wording")))


def _film(film: Node) -> str:
    return _lines("🎬", film.optional_text("nickname"), film.optional_text("title"))


def _chat(chat: Node) -> str:
    """Return a conversation that somebody passed on, a line a message."""
    return _lines("💬", chat.optional_text("title"), *map(_passed_on, chat.children("item")))


def _passed_on(item: Node) -> str:
    try:
        said = node(json.loads(item.text("msg_content")), ".msg_content")
        text = said.child("text").text("content")
    except (ValueError, RecursionError, Unreadable):
        text = wording.unsupported(item.optional_text("msgtype"))
    return without_nul(f"{item.optional_text('sender_name')}: {text}")


_TEXTS: dict[str, Callable[[Node], str]] = {
    "location": _place,
    "link": _link,
    "business_card": lambda card: wording.person(card.optional_text("userid"), []),
    "miniprogram": lambda program: wording.link(program.optional_text("title"), program.optional_text("pagepath")),
    "msgmenu": _menu,
    "channels_shop_product": _product,
    "channels_shop_order": _order,
    "channels": _film,
    "merged_msg": _chat,
}
